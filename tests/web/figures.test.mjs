// Figures in a page of their own, and the whole application by its address: keys, fingers, links, and what is wrong told in words.
//   node tests/web/figures.test.mjs PAGE_FOLDER [SCREENSHOTS]      (./dev web --test does this)
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browse, serve, watchErrors } from './serve.mjs';

const [pageFolder, screenshots] = process.argv.slice(2);
if (!pageFolder) {
  console.error('usage: node figures.test.mjs PAGE_FOLDER [SCREENSHOTS]');
  process.exit(2);
}
const WIDE = { viewport: { width: 1280, height: 720 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 3 };

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Figures</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="sediment.css"><script type="module" src="sediment.js"></script></head>
<body>
<sediment-figure id="typed" steps="put rain 12mm; put wind 40kmh; sync; put storm x" controls="put get crash recover">
  <figure><figcaption>Typed</figcaption></figure></sediment-figure>
<sediment-figure id="part" show="torn-tail" from="The power fails during the write" to="A torn tail"></sediment-figure>
<sediment-predict id="asked" ask="What does get storm return?" answer="get storm" choices="x | not found"
  steps="put rain 12mm; sync; put storm x; crash lose-unsynced; recover" then="It was not durable."></sediment-predict>
<p style="height: 3000px">Below</p>
<sediment-figure id="far" steps="put a 1"></sediment-figure>
</body></html>`;

// A copy, with the page in it: the folder that was built stays as it is.
const folder = await mkdtemp(join(tmpdir(), 'sediment-figures-'));
await cp(pageFolder, folder, { recursive: true });
await writeFile(join(folder, 'figures.html'), PAGE);
const server = await serve(folder);
const browser = await browse();

const until = (page, what, ...values) => page.waitForFunction(what, values.length > 1 ? values : values[0], { timeout: 60000 });
const status = (page, id) => page.evaluate((id) => window.sedimentFigures[id].screen.status(), id);

async function openFigures(device) {
  const page = await browser.open(device);
  const errors = watchErrors(page);
  await page.goto(`${server.address}figures.html`);
  await until(page, () => window.sedimentFigures?.typed?.frames > 2);
  return { page, errors };
}

// Until it draws, or says why it does not.
async function openWhole(query, device = WIDE) {
  const page = await browser.open(device);
  const errors = watchErrors(page);
  await page.goto(`${server.address}index.html${query}`);
  await until(page, () => window.viz?.frame() > 2 || /cannot/.test(document.getElementById('message').textContent));
  return { page, errors };
}

const TESTS = {
  async 'a figure takes the keys that move it, and leaves the others to the browser'() {
    const { page, errors } = await openFigures(WIDE);
    const taken = await page.evaluate(() => {
      const canvas = document.querySelector('#typed canvas');
      canvas.focus();
      const keys = {
        Space: { key: ' ', code: 'Space' }, ArrowLeft: { key: 'ArrowLeft', code: 'ArrowLeft' }, Home: { key: 'Home', code: 'Home' },
        Tab: { key: 'Tab', code: 'Tab' }, F5: { key: 'F5', code: 'F5' }, F12: { key: 'F12', code: 'F12' },
        back: { key: 'ArrowLeft', code: 'ArrowLeft', altKey: true }, larger: { key: '+', code: 'Equal', ctrlKey: true },
        find: { key: 'f', code: 'KeyF', ctrlKey: true }, save: { key: 's', code: 'KeyS', ctrlKey: true },
        PageDown: { key: 'PageDown', code: 'PageDown' }, ArrowDown: { key: 'ArrowDown', code: 'ArrowDown' }, letter: { key: 'l', code: 'KeyL' },
      };
      const press = (type, init) => canvas.dispatchEvent(new KeyboardEvent(type, { ...init, bubbles: true, cancelable: true }));
      return Object.keys(keys).filter((name) => {
        const isTaken = !press('keydown', keys[name]);
        press('keyup', keys[name]);
        return isTaken;
      });
    });
    assert.deepEqual(taken, ['Space', 'ArrowLeft', 'Home']);
    await page.evaluate(() => document.querySelector('#typed canvas').focus());
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.do), 'restart', 'Tab goes on to the first button');
    const begin = await page.evaluate(() => window.sedimentFigures.typed.screen.do('restart') || window.sedimentFigures.typed.screen.status().now);
    assert.equal(await page.evaluate(() => window.sedimentFigures.typed.step()), true);
    assert.ok((await status(page, 'typed')).now > begin, 'step() is one operation');
    assert.deepEqual(errors, []);
  },

  async 'playing a part of a show with Space ends where the part ends'() {
    const { page, errors } = await openFigures(WIDE);
    await page.locator('#part').scrollIntoViewIfNeeded();
    await until(page, () => window.sedimentFigures?.part?.frames > 2);
    await page.evaluate(() => document.querySelector('#part canvas').focus());
    await page.keyboard.down('Space');
    await until(page, () => window.sedimentFigures.part.screen.status().playing);
    await page.keyboard.up('Space');
    await until(page, () => !window.sedimentFigures.part.screen.status().playing);
    const { now, to } = await status(page, 'part');
    assert.equal(now, to);
    assert.equal(await page.evaluate(() => window.sedimentFigures.part.state().layout), 'figure');
    assert.deepEqual(errors, []);
  },

  async 'a figure that is put elsewhere in the page begins anew'() {
    const { page, errors } = await openFigures(WIDE);
    const isClosed = await page.evaluate(() => {
      document.getElementById('asked').after(document.getElementById('typed'));
      return window.sedimentFigures.typed === undefined;
    });
    assert.ok(isClosed, 'it is closed');
    await page.locator('#typed').scrollIntoViewIfNeeded();
    await until(page, () => window.sedimentFigures?.typed?.frames > 2);
    assert.equal(await page.locator('#typed canvas').count(), 1, 'with one picture');
    assert.equal(await page.locator('#typed [data-do=play]').count(), 1, 'and one set of buttons');
    assert.deepEqual(errors, []);
  },

  async 'a finger that scrolls presses nothing, and one that taps does'() {
    const { page, errors } = await openFigures(PHONE);
    const place = await page.evaluate(() => {
      window.presses = [];
      const { engine } = window.sedimentFigures.typed.screen;
      const call = engine.call.bind(engine);
      engine.call = (name, ...rest) => {
        if (name === 'figure_button') window.presses.push(rest.at(-1));
        return call(name, ...rest);
      };
      const { x, y, width, height } = document.querySelector('#typed canvas').getBoundingClientRect();
      return { x: x + width / 2, y: y + height * 0.8 };
    });
    const touch = await page.context().newCDPSession(page);
    const send = (type, ...touchPoints) => touch.send('Input.dispatchTouchEvent', { type, touchPoints });
    await send('touchStart', place);
    for (let moved = 20; moved <= 240; moved += 20) await send('touchMove', { x: place.x, y: place.y - moved });
    await send('touchEnd');
    await until(page, () => scrollY > 50);
    assert.deepEqual(await page.evaluate(() => window.presses.filter(Boolean)), [], 'nothing was pressed');
    await page.evaluate(() => scrollTo(0, 0));
    await send('touchStart', place);
    await send('touchEnd');
    await until(page, () => window.presses.includes(1));
    assert.ok(await page.evaluate(() => window.presses.at(-1) === 0), 'and released');
    if (screenshots) await page.screenshot({ path: join(screenshots, 'figures-phone.png') });
    assert.deepEqual(errors, []);
  },

  async 'a question is answered by the keyboard, in words'() {
    const { page, errors } = await openFigures(WIDE);
    await page.locator('#asked input').first().focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until(page, () => document.getElementById('asked').hasAttribute('answered'));
    assert.match(await page.locator('#asked .then').textContent(), /Not so\. The engine says: not found\. It was not durable\./);
    await page.locator('#asked input').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until(page, () => document.getElementById('asked').getAttribute('answered') === 'right');
    assert.deepEqual(errors, []);
  },

  async 'a figure that is far away loads nothing'() {
    const { page } = await openFigures(WIDE);
    await page.waitForTimeout(300);
    assert.equal(await page.evaluate(() => window.sedimentFigures.far), undefined);
    await page.locator('#far').scrollIntoViewIfNeeded();
    await until(page, () => window.sedimentFigures.far?.frames > 2);
  },

  async 'a link holds what was typed at the end of a show'() {
    for (const show of ['torn-tail', 'merge']) {
      const { page } = await openWhole(`?show=${show}&at=99999&theme=light`);
      const shown = page.url();
      await page.click('#link');
      assert.match(page.url(), new RegExp(`show=${show}&at=\\d+`), 'an unchanged show is named');
      for (const typed of ['put new 1', 'sync']) {
        await page.fill('#line', typed);
        await page.press('#line', 'Enter');
      }
      await until(page, () => !window.viz.state().playing);
      const digest = await page.evaluate(() => window.viz.digest());
      await page.click('#link');
      await until(page, (shown) => location.href !== shown && !location.search.includes('show='), shown);
      const other = await openWhole(new URL(page.url()).search);
      assert.equal(await other.page.evaluate(() => window.viz.digest()), digest, `${show}: the same trace in another profile`);
      assert.equal(await other.page.evaluate(() => window.viz.state().theme), 'light', 'and the same theme');
      assert.deepEqual(other.errors, []);
    }
  },

  async 'what is wrong in an address is told in words'() {
    const REFUSED = {
      '?show=nothing': /there is no show "nothing"; there are: first-append/,
      '?steps=fly': /step 1, "fly": there is no operation "fly"/,
      '?segment=9': /"segment" of a figure is a number from 64/,
      '?show=merge&segment=512': /"segment" of a figure does not go with|"segment" of a figure needs/,
      '?show=merge&steps=sync': /"steps" of a figure does not go with "show"/,
    };
    for (const [query, words] of Object.entries(REFUSED)) {
      const { page } = await openWhole(query);
      assert.match(await page.locator('#message').textContent(), words, query);
      await page.context().close();
    }
    const TOLD = {
      '?show=merge&panel=Nonsense': /This layout has no panel "Nonsense"\./,
      '?show=merge&layout=nonsense': /There is no layout "nonsense"; there are learn/,
      '?show=merge&theme=pink': /light or dark, not “pink”/,
      '?show=merge&at=x': /a number of entries, not “x”/,
      '?show=merge&pannel=Index': /does not know “pannel”/,
    };
    for (const [query, words] of Object.entries(TOLD)) {
      const { page, errors } = await openWhole(query);
      assert.match(await page.locator('#said').textContent(), words, query);
      assert.deepEqual(errors, [], query);
      await page.context().close();
    }
    const { page, errors } = await openWhole('?show=torn-tail&at=40&panel=stage');
    assert.equal(await page.evaluate(() => window.viz.state().position), 40);
    assert.doesNotMatch(await page.locator('#said').textContent(), /panel/);
    const own = await openWhole('?segment=512&sync=every-write&theme=light&layout=crash');
    assert.deepEqual(await own.page.evaluate(() => (({ layout, theme }) => ({ layout, theme }))(window.viz.state())), { layout: 'crash', theme: 'light' });
    assert.deepEqual([...errors, ...own.errors], []);
  },

  async 'Tab leaves the application'() {
    const { page } = await openWhole('?show=merge&at=10');
    await page.focus('#canvas');
    await page.keyboard.press('Tab');
    assert.notEqual(await page.evaluate(() => document.activeElement.id), 'canvas');
  },
};

if (screenshots) await mkdir(screenshots, { recursive: true });
let failed = 0;
for (const [name, test] of Object.entries(TESTS)) {
  try {
    await test();
    console.log(`ok: ${name}`);
  } catch (error) {
    ++failed;
    console.error(`FAILED: ${name}: ${error.message}`);
  }
}
await browser.close();
server.close();
await rm(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
