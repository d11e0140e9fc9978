// The tour in a headless Chromium: it loads, plays, stops and resumes, without an error on the page.
//   node tests/web/tour.test.mjs PAGE_FOLDER SCREENSHOT      (./dev web --test does this)
// playwright-core is looked up from NODE_MODULES_DIR, so that nothing is installed among the sources.
import assert from 'node:assert/strict';
import { browse, serve, watchErrors } from './serve.mjs';

const [pageFolder, screenshot] = process.argv.slice(2);
if (!pageFolder || !screenshot) {
  console.error('usage: node tour.test.mjs PAGE_FOLDER SCREENSHOT');
  process.exit(2);
}

// A key must be down for at least one frame, and where nothing moves no frame is drawn. So everything waits for frames of the
// program, or asks it for some.
class Tour {
  constructor(page) {
    this.page = page;
  }

  state() {
    return this.page.evaluate(() => viz.state());
  }

  frames(count) {
    return this.page.evaluate(
      (count) =>
        new Promise((done) => {
          const last = viz.frame() + count;
          viz.screen.wake(count);
          const look = () => (viz.frame() >= last ? done() : requestAnimationFrame(look));
          look();
        }),
      count,
    );
  }

  async press(key) {
    await this.page.keyboard.down(key);
    await this.frames(2);
    await this.page.keyboard.up(key);
    await this.frames(2);
  }

  async until(what, condition, most = 600) {
    for (let frames = 0; frames < most; frames += 5) {
      const state = await this.state();
      if (condition(state)) return state;
      await this.frames(5);
    }
    assert.fail(`after ${most} frames not yet: ${what}; the state is ${JSON.stringify(await this.state())}`);
  }
}

const server = await serve(pageFolder);
const browser = await browse();
let errors = [];
let exitCode = 0;
try {
  const page = await browser.open({ viewport: { width: 1280, height: 720 } });
  errors = watchErrors(page);

  const opened = performance.now();
  await page.goto(server.address);
  const drawn = () => window.viz?.frame() > 3;
  await page.waitForFunction(drawn, null, { timeout: 60000 }).catch(async () => {
    assert.fail(`nothing was drawn; the page says: ${await page.locator('#message').textContent()}`);
  });
  console.log(`first frames after ${Math.round(performance.now() - opened)} ms`);
  assert.equal(await page.locator('#message').isVisible(), false, 'the loading text is gone');

  const tour = new Tour(page);
  const begin = await tour.state();
  assert.equal(begin.playing, true, 'the tour plays by itself');
  assert.ok(begin.entries > 0, 'there is something to show');
  await tour.until('the position moves', (state) => state.position > begin.position);
  console.log('it plays');

  await tour.press('Space');
  const stopped = await tour.state();
  assert.equal(stopped.playing, false, 'Space stops it');
  await tour.frames(20);
  const still = await tour.state();
  assert.equal(still.position, stopped.position, 'it stays where it was stopped');
  assert.equal(still.time, stopped.time, 'and so does its clock');
  console.log('Space stops it');

  await tour.press('Space');
  assert.equal((await tour.state()).playing, true, 'Space starts it again');
  await tour.until('the clock goes on', (state) => state.time > stopped.time);
  console.log('Space starts it again');

  // The whole show at four times the speed: through the crash, whose picture is kept, to the end.
  for (let i = 0; i < 2; ++i) await tour.press('=');
  const longest = 9000; // frames: two and a half minutes at 60 per second
  await tour.until('the power fails', (state) => state.store === 'crashed', longest);
  await tour.press('Space');
  assert.ok((await tour.state()).lost > 0, 'the crash has taken something');
  await page.screenshot({ path: screenshot });
  await tour.press('Space');
  const end = await tour.until('the end', (state) => state.time === state.duration && !state.playing, longest);
  assert.equal(end.position, end.entries, 'everything has happened');
  assert.equal(end.store, 'open', 'the store has recovered');
  console.log(`it was played to its end: ${end.entries} entries`);

  const first = await page.evaluate(() => ({ frame: viz.frame(), at: performance.now() }));
  await tour.frames(30);
  const last = await page.evaluate(() => ({ frame: viz.frame(), at: performance.now() }));
  console.log(`${Math.round(((last.frame - first.frame) * 1000) / (last.at - first.at))} frames a second`);
  await page.waitForTimeout(500);
  const drawnAtEnd = await page.evaluate(() => viz.frame());
  await page.waitForTimeout(1000);
  assert.equal(await page.evaluate(() => viz.frame()), drawnAtEnd, 'no frame is drawn while nothing moves');
  assert.deepEqual(errors, []);
  console.log(`the page has no errors; its picture is ${screenshot}`);
} catch (error) {
  exitCode = 1;
  console.error(`FAILED: ${error.message}`);
  for (const each of errors) console.error(`  ${each}`);
} finally {
  await browser.close();
  server.close();
}
process.exit(exitCode);
