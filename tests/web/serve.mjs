// What the tests in a browser share: a server for a folder, a browser without a screen, and the faults of a page.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, normalize, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const modules = process.env.NODE_MODULES_DIR ?? '.';
export const fromModules = createRequire(join(resolve(modules), 'here.js'));
const { chromium } = fromModules('playwright-core');

const CONTENT_TYPES = {
  '.css': 'text/css', '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.png': 'image/png',
  '.svg': 'image/svg+xml', '.wasm': 'application/wasm',
};

// `sent`: the gzipped bytes of each path that was asked for, as a server such as GitHub Pages would send them.
export async function serve(folder) {
  const sent = new Map();
  const server = createServer(async (request, response) => {
    try {
      const path = normalize(new URL(request.url, 'http://page').pathname);
      const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
      const bytes = await readFile(file);
      sent.set(path, gzipSync(bytes, { level: 9 }).length);
      response.writeHead(200, { 'content-type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream' });
      response.end(bytes);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { address: `http://127.0.0.1:${server.address().port}/`, sent, close: () => server.close() };
}

// A browser. open() gives a page in a profile of its own, with an empty cache.
export async function browse(flags = []) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--disable-gpu', ...flags],
  });
  return {
    open: async (device) => (await browser.newContext(device)).newPage(),
    close: () => browser.close(),
  };
}

// Collects what no page may do. With an address: every request must go there.
export function watchErrors(page, address = '') {
  const errors = [];
  page.on('request', (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(address)) errors.push(`from elsewhere: ${request.url()}`);
  });
  page.on('pageerror', (error) => errors.push(`error on the page: ${error.message}`));
  page.on('requestfailed', (request) => errors.push(`not loaded: ${request.url()}`));
  page.on('response', (response) => response.status() >= 400 && errors.push(`${response.status()}: ${response.url()}`));
  page.on('console', (message) => message.type() === 'error' && errors.push(`on the console: ${message.text()}`));
  return errors;
}
