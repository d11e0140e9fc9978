// Figures in a page: custom elements over one engine, which is loaded when the first of them is near the screen.
//
//   <sediment-figure steps="put a 1; sync" controls="put crash recover"> <figure>picture, caption and words</figure> </sediment-figure>
//   <sediment-predict steps="…" answer="get a" choices="1 | not found" ask="…" then="…"></sediment-predict>
//   <sediment-measure></sediment-measure>
//
// The attributes of a figure are those of viz/shows/figure.h. The picture inside is what a page without JavaScript, a printer and
// a search engine see. Nothing is drawn while nothing moves.

const BASE = new URL('.', import.meta.url);
const FONTS = ['Inter-Regular.otf', 'Inter-SemiBold.otf', 'JetBrainsMono-Regular.ttf'];
const DESCRIBES = ['show', 'from', 'to', 'steps', 'start', 'store', 'segment', 'sync', 'merge', 'snapshots', 'seed', 'reserve', 'without',
  'hero', 'answer', 'at'];
const MOST_PIXELS = 1.3e6; // of a canvas: more would only make it slow
const NARROW = 520; // CSS pixels
const CALM = window.matchMedia('(prefers-reduced-motion: reduce)');

// ---- the engine

let loading = null;

// The engine, once for all figures of the page.
export function engine() {
  loading ??= load();
  return loading;
}

async function bytesOf(name) {
  const response = await fetch(new URL(name, BASE));
  if (!response.ok) throw new Error(`${name} cannot be loaded: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function load() {
  const script = new Promise((done, failed) => {
    const element = document.createElement('script');
    element.src = new URL('sediment-viz.js', BASE);
    element.onload = done;
    element.onerror = () => failed(new Error('sediment-viz.js cannot be loaded'));
    document.head.append(element);
  });
  const fonts = Promise.all(FONTS.map(bytesOf));
  await script;
  const module = await globalThis.createSediment({
    locateFile: (name) => new URL(name, BASE).href,
    print: console.log,
    printErr: console.warn,
    copied: (text) => navigator.clipboard?.writeText(text).catch(() => {}),
  });
  module.FS.mkdir('/fonts');
  for (const [i, bytes] of (await fonts).entries()) module.FS.writeFile(`/fonts/${FONTS[i]}`, bytes);
  return new Engine(module);
}

class Engine {
  constructor(module) {
    this.module = module;
  }

  // The engine's sources, for the panel Code. Not needed for the first picture.
  loadSources() {
    this.sources ??= bytesOf('sources.json').then((bytes) => {
      const { FS } = this.module;
      FS.mkdirTree('/sources/engine');
      for (const [name, text] of Object.entries(JSON.parse(new TextDecoder().decode(bytes)))) FS.writeFile(`/sources/${name}`, text);
    }).catch((error) => console.warn(error));
  }

  call(name, result, ...values) {
    const types = values.map((value) => (typeof value === 'string' ? 'string' : 'number'));
    return this.module.ccall(name, result, types, values);
  }

  // Throws an Error that says what is wrong with the description.
  open(description, whole) {
    const id = this.call('figure_open', 'number', JSON.stringify(description), whole ? 1 : 0);
    if (id === 0) throw new Error(this.call('figure_message', 'string'));
    return id;
  }

  answer(description) {
    const told = JSON.parse(this.call('figure_answer', 'string', JSON.stringify(description)));
    if (told.error) throw new Error(told.error);
    return told.answer;
  }

  pixels(width, height) {
    const begin = this.call('figure_pixels', 'number');
    return new Uint8ClampedArray(this.module.HEAPU8.buffer, begin, width * height * 4);
  }
}

// ---- keys: the numbers are those of viz/draw/imgui_compat.h

const KEYS = {
  Space: 32, Comma: 44, Minus: 45, Period: 46, Slash: 47, Equal: 61, BracketLeft: 91, BracketRight: 93, Escape: 256, Enter: 257,
  Tab: 258, Backspace: 259, Insert: 260, Delete: 261, ArrowRight: 262, ArrowLeft: 263, ArrowDown: 264, ArrowUp: 265, PageUp: 266,
  PageDown: 267, Home: 268, End: 269, NumpadEnter: 335, ShiftLeft: 340, ControlLeft: 341, AltLeft: 342, MetaLeft: 343,
  ShiftRight: 344, ControlRight: 345, AltRight: 346, MetaRight: 347,
};

// What a figure takes: to move in time, and in the atlas. All other keys are the page's, such as those that scroll it.
const KEYS_OF_FIGURES = ['Space', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'Escape', 'ShiftLeft', 'ShiftRight'];
const KEYS_OF_ATLAS = ['ArrowUp', 'ArrowDown', 'Enter'];

function keyOf(event) {
  if (KEYS[event.code]) return KEYS[event.code];
  if (/^[a-z]$/i.test(event.key)) return event.key.toUpperCase().charCodeAt(0); // where it is printed, not where it is on a US keyboard
  const named = /^(?:Key([A-Z])|Digit([0-9]))$/.exec(event.code);
  return named ? (named[1] ?? named[2]).charCodeAt(0) : 0;
}

// ---- a canvas with a figure in it

class Screen {
  constructor(engine, canvas, id, whole) {
    Object.assign(this, { engine, canvas, id, whole });
    this.entriesAtFirst = this.state().entries;
    this.context = canvas.getContext('2d', { alpha: false });
    this.frames = 0;
    this.asked = 0; // frames that must follow, although nothing moves: ImGui reacts a frame after an event
    this.last = 0;
    this.scheduled = false;
    this.visible = true;
    this.listen();
    this.resizing = new ResizeObserver(() => this.wake());
    this.resizing.observe(canvas);
  }

  close() {
    this.resizing.disconnect();
    if (this.id !== 0) this.engine.call('figure_close', null, this.id);
    this.id = 0;
  }

  do(what) {
    const refused = this.engine.call('figure_do', 'string', this.id, what);
    this.wake();
    return refused;
  }

  status() {
    return JSON.parse(this.engine.call('figure_status', 'string', this.id));
  }

  state() {
    return JSON.parse(this.engine.call('figure_state', 'string', this.id));
  }

  // Whether a reader has added something to what was opened.
  isChanged() {
    const { branches, entries } = this.state();
    return branches !== 1 || entries !== this.entriesAtFirst;
  }

  // Draws until nothing moves.
  wake(frames = 3) {
    this.asked = Math.max(this.asked, frames);
    if (this.scheduled || !this.visible || this.id === 0) return;
    this.scheduled = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  size() {
    const box = this.canvas.getBoundingClientRect();
    const width = Math.max(1, box.width);
    const height = Math.max(1, box.height);
    const ratio = Math.min(window.devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / (width * height)));
    return { width: Math.round(width * ratio), height: Math.round(height * ratio), ratio };
  }

  frame(now) {
    this.scheduled = false;
    if (this.id === 0) return;
    const { width, height, ratio } = this.size();
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.ratio = ratio;
    const seconds = this.last === 0 ? 0 : (now - this.last) / 1000;
    const scale = Math.round(ratio * (this.canvas.clientWidth < NARROW ? 0.875 : 1) * 16) / 16;
    const moves = this.engine.call('figure_frame', 'number', this.id, width, height, scale, seconds);
    this.context.putImageData(new ImageData(this.engine.pixels(width, height), width, height), 0, 0);
    ++this.frames;
    this.asked = Math.max(0, this.asked - 1);
    this.last = moves || this.asked > 0 ? now : 0;
    if (this.frames === 10) this.engine.loadSources();
    this.drawn?.();
    if (moves || this.asked > 0) this.wake(this.asked);
  }

  pointer(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / Math.max(1, box.width);
    this.engine.call('figure_pointer', null, this.id, (event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
    this.wake();
  }

  listen() {
    const { canvas } = this;
    const button = (event, down) => {
      const number = [0, 2, 1][event.button] ?? 0;
      this.engine.call('figure_button', null, this.id, number, down ? 1 : 0);
      this.wake(4);
    };
    const leave = () => {
      this.engine.call('figure_leave', null, this.id);
      this.wake();
    };
    // A finger on a figure may be about to scroll the page, so it presses only when it is lifted, unless the page has scrolled.
    const mayScroll = (event) => event.pointerType === 'touch' && !this.whole;
    canvas.addEventListener('pointermove', (event) => mayScroll(event) || this.pointer(event));
    canvas.addEventListener('pointerdown', (event) => {
      if (mayScroll(event)) return;
      canvas.focus({ preventScroll: true });
      if (event.pointerType !== 'touch') canvas.setPointerCapture(event.pointerId);
      this.pointer(event);
      button(event, true);
    });
    canvas.addEventListener('pointerup', (event) => {
      this.pointer(event);
      if (mayScroll(event)) button(event, true);
      button(event, false);
    });
    canvas.addEventListener('pointercancel', (event) => {
      leave(); // so that what was pressed is not done
      button(event, false);
    });
    canvas.addEventListener('pointerleave', (event) => mayScroll(event) || leave());
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('wheel', (event) => {
      if (!this.whole && !event.ctrlKey) return; // the page scrolls
      event.preventDefault();
      this.engine.call('figure_wheel', null, this.id, -Math.sign(event.deltaX), -Math.sign(event.deltaY));
      this.wake();
    }, { passive: false });
    for (const type of ['keydown', 'keyup']) {
      canvas.addEventListener(type, (event) => this.key(event, type === 'keydown'));
    }
    canvas.addEventListener('blur', () => this.releaseKeys());
    this.held = new Set();
  }

  key(event, down) {
    if (!this.takes(event)) return;
    const key = keyOf(event);
    const isText = [...event.key].length === 1 && !event.ctrlKey && !event.metaKey;
    if (key === 0 && !isText) return;
    if (key !== 0) {
      this.engine.call('figure_key', null, this.id, key, down ? 1 : 0);
      down ? this.held.add(key) : this.held.delete(key);
    }
    if (down && isText) this.engine.call('figure_character', null, this.id, event.key.codePointAt(0), event.repeat ? 1 : 0);
    event.preventDefault();
    this.wake(4);
  }

  // Whether a key is for what is in the canvas. Tab always goes on to the page's next control.
  takes(event) {
    const { code, key } = event;
    const control = event.ctrlKey || event.metaKey;
    const isHeld = event.type === 'keyup' && this.held.has(keyOf(event));
    if (isHeld) return true;
    if (key === 'Tab') return false;
    if (!this.whole) {
      if (control || event.altKey) return false;
      return KEYS_OF_FIGURES.includes(code) || (this.hasAtlas && KEYS_OF_ATLAS.includes(code));
    }
    if (event.altKey && /^(Arrow|Home|End|F\d)/.test(code)) return false; // the browser's history
    if (!control) return true;
    if (/^(Control|Meta|Shift)/.test(code)) return true;
    return key.toLowerCase() !== 'v' && 'cxazyos+=-0'.includes(key.toLowerCase()); // `paste` follows Ctrl+V
  }

  releaseKeys() {
    for (const key of this.held) this.engine.call('figure_key', null, this.id, key, 0);
    this.held.clear();
    this.wake();
  }
}

// ---- elements

const nearScreen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) target.seen(isIntersecting);
}, { rootMargin: '200px' });

function describe(element) {
  const description = {};
  for (const name of DESCRIBES) if (element.hasAttribute(name)) description[name] = element.getAttribute(name);
  return description;
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

const isDark = () => document.body.dataset.mdColorScheme === 'slate';

const OPERATIONS = {
  sync: ['Sync', 'fsync the log: what was written becomes durable'],
  roll: ['Roll', 'close this segment and begin a new one'],
  merge: ['Merge step', 'one step of a merge'],
  crash: ['Crash', 'the power fails here: what is not durable is lost'],
  recover: ['Recover', 'open the store on what the crash has left'],
  flip: ['Flip a bit', 'one bit of a record on the disk changes'],
};
const COMMANDS = { sync: 'do sync', roll: 'do roll', merge: 'do merge step', crash: 'do crash', recover: 'do recover', flip: 'flip' };

class FigureElement extends HTMLElement {
  connectedCallback() {
    nearScreen.observe(this);
  }

  // It may be put elsewhere in the page, and then begins anew.
  disconnectedCallback() {
    nearScreen.unobserve(this);
    this.screen?.close();
    this.themes?.disconnect();
    for (const part of this.made ?? []) part.remove();
    if (window.sedimentFigures?.[this.id] === this) delete window.sedimentFigures[this.id];
    this.screen = this.made = this.themes = null;
    this.opening = false;
    this.removeAttribute('live');
  }

  async seen(isNear) {
    this.isNear = isNear;
    if (this.screen) {
      this.screen.visible = isNear;
      if (isNear) this.screen.wake();
      return;
    }
    if (!isNear || this.opening) return;
    this.opening = true;
    try {
      const loaded = await engine();
      if (this.isConnected && !this.screen) this.start(loaded);
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error) {
    const words = make('p', { class: 'says refused', role: 'status' }, `This figure cannot run here: ${error.message}`);
    this.append(words);
    (this.made ??= []).push(words);
    console.error(error);
  }

  start(loaded) {
    const id = loaded.open(describe(this), false);
    const figure = this.querySelector('figure') ?? this.appendChild(make('figure'));
    const height = Number(this.getAttribute('height') ?? 400);
    const title = this.querySelector('figcaption')?.textContent ?? 'A figure';
    const canvas = make('canvas', { tabindex: '0', role: 'img', 'aria-label': title });
    const narrow = this.clientWidth < NARROW;
    const panelBelow = this.clientWidth < 720 && this.hasAttribute('hero') && this.getAttribute('hero') !== 'stage';
    canvas.style.height = `${panelBelow ? Math.max(height, 520) : narrow ? Math.min(height, 420) : height}px`;
    const picture = figure.querySelector('img');
    picture ? picture.after(canvas) : figure.append(canvas);
    this.canvas = canvas;
    this.made = [canvas];
    this.screen = new Screen(loaded, canvas, id, false);
    this.screen.hasAtlas = this.getAttribute('hero') === 'Crash atlas';
    this.screen.visible = this.isNear;
    this.screen.drawn = () => this.tell();
    this.controls(figure, canvas);
    this.setAttribute('live', '');
    if (CALM.matches) this.screen.do('calm');
    this.paint();
    this.themes = new MutationObserver(() => this.paint());
    this.themes.observe(document.body, { attributes: true, attributeFilter: ['data-md-color-scheme'] });
    this.screen.wake();
    (window.sedimentFigures ??= {})[this.id] = this;
  }

  paint() {
    this.screen?.do(isDark() ? 'dark' : 'light');
  }

  controls(figure, canvas) {
    const button = (text, what, action, name) => make('button', { type: 'button', title: what, 'data-do': name ?? text, click: action }, text);
    const does = (what) => () => this.act(what);
    this.slider = make('input', {
      type: 'range', min: 0, max: 1000, step: 1, 'aria-label': 'moment', input: () => {
        const { from, to } = this.screen.status();
        this.screen.do(`at ${from + (to - from) * this.slider.value / 1000}`);
      },
    });
    this.playButton = button('Play', 'play or pause', () => this.act(this.screen.status().playing ? 'pause' : 'play'), 'play');
    const first = make('div', { class: 'controls', role: 'group', 'aria-label': 'time' },
      button('Start', 'back to the beginning', does('restart'), 'restart'), button('◀ Back', 'one operation back', does('back'), 'back'),
      this.playButton, button('Step ▶', 'one operation forward', does('step'), 'step'), this.slider);
    this.says = make('p', { class: 'says', role: 'status', 'aria-live': 'polite' });
    const wanted = (this.getAttribute('controls') ?? '').split(/\s+/).filter(Boolean);
    const parts = [first];
    const typed = ['put', 'get', 'remove'].filter((name) => wanted.includes(name));
    const second = make('div', { class: 'controls', role: 'group', 'aria-label': 'operations' });
    if (typed.length > 0) {
      const line = make('input', {
        type: 'text', 'aria-label': 'an operation', placeholder: typed.includes('put') ? 'put rain 7mm' : `${typed[0]} rain`,
        autocapitalize: 'none', autocomplete: 'off', spellcheck: 'false', enterkeyhint: 'go',
        keydown: (event) => event.key === 'Enter' && this.type(line),
      });
      second.append(line, button('Do it', 'do this operation', () => this.type(line), 'type'));
    }
    for (const name of wanted) {
      if (OPERATIONS[name]) second.append(button(OPERATIONS[name][0], OPERATIONS[name][1], does(COMMANDS[name]), name));
    }
    second.append(button('Copy link', 'a link to this moment, with what you did', () => this.copyLink(), 'link'));
    parts.push(second, this.says);
    canvas.after(...parts);
    this.made.push(...parts);
  }

  type(line) {
    const text = line.value.trim() || line.placeholder;
    if (this.act(`do ${text}`)) line.value = '';
  }

  // Whether it was done. Recover also opens a store that was closed.
  act(what) {
    const opens = what === COMMANDS.recover && this.state().store === 'closed';
    const refused = this.screen.do(opens ? 'do open' : what);
    this.refused = refused;
    this.tell();
    return refused === '';
  }

  tell() {
    const { from, now, to, playing, sentence } = this.screen.status();
    const text = this.refused || sentence;
    if (this.says.textContent !== text && !playing) this.says.textContent = text;
    if (playing && this.says.textContent !== sentence) this.says.textContent = sentence;
    this.says.classList.toggle('refused', Boolean(this.refused));
    if (playing) this.refused = '';
    this.playButton.textContent = playing ? 'Pause' : 'Play';
    const share = to > from ? Math.round(1000 * (now - from) / (to - from)) : 0;
    if (document.activeElement !== this.slider || playing) this.slider.value = share;
  }

  link() {
    return linkTo(this.screen, this.getAttribute('show'));
  }

  async copyLink() {
    let link = '';
    try {
      link = this.link();
      await navigator.clipboard.writeText(link);
      this.refused = '';
      this.says.textContent = 'The link is copied.';
    } catch (error) {
      this.says.textContent = link || error.message; // no clipboard: it can be selected here
    }
  }

  state() {
    return this.screen.state();
  }
  // One operation on, or back. Whether it was done.
  step(forward = true) {
    return this.act(forward ? 'step' : 'back');
  }
  digest() {
    return this.screen.engine.call('figure_digest', 'string', this.screen.id);
  }
  get frames() {
    return this.screen?.frames ?? 0;
  }
}

class PredictElement extends HTMLElement {
  connectedCallback() {
    if (this.form) return;
    const choices = this.getAttribute('choices').split('|').map((text) => text.trim());
    const name = `answer-${this.id || Math.random()}`;
    this.labels = choices.map((text) => make('label', {}, make('input', { type: 'radio', name, value: text }), ` ${text}`));
    this.then = make('div', { class: 'then', role: 'status', 'aria-live': 'polite' });
    const check = make('button', { type: 'button', click: () => this.check() }, 'Check');
    this.form = make('fieldset', {}, make('legend', {}, 'Predict'), make('p', {}, this.getAttribute('ask')), ...this.labels, check, this.then);
    this.replaceChildren(this.form);
  }

  async check() {
    const chosen = this.querySelector('input:checked');
    if (!chosen) {
      this.then.textContent = 'Choose an answer first.';
      return;
    }
    this.then.textContent = 'The engine runs it …';
    try {
      const answer = (await engine()).answer(describe(this));
      for (const label of this.labels) {
        const { value, checked } = label.querySelector('input');
        label.classList.toggle('right', value === answer);
        label.classList.toggle('wrong', checked && value !== answer);
      }
      const isRight = chosen.value === answer;
      this.setAttribute('answered', isRight ? 'right' : 'wrong');
      this.then.textContent = `${isRight ? '✓ Right.' : `✗ Not so. The engine says: ${answer}.`} ${this.getAttribute('then') ?? ''}`;
    } catch (error) {
      this.then.textContent = `The engine cannot answer here: ${error.message}`;
      console.error(error);
    }
  }
}

const LINES = [1000, 2000, 5000, 10000, 20000];

class MeasureElement extends HTMLElement {
  connectedCallback() {
    if (this.button) return;
    this.button = make('button', { type: 'button', click: () => this.run() }, 'Measure in this browser');
    this.result = make('div', { role: 'status', 'aria-live': 'polite' });
    this.append(this.button, this.result);
  }

  async run() {
    this.button.disabled = true;
    const times = [];
    try {
      const loaded = await engine();
      for (const lines of LINES) {
        this.result.textContent = `${lines.toLocaleString('en')} lines …`;
        await new Promise((done) => setTimeout(done, 20));
        const time = loaded.call('measure_scan', 'number', lines);
        if (time < 0) throw new Error('the text log failed');
        times.push(time);
      }
      this.show(times);
    } catch (error) {
      this.result.textContent = `It cannot be measured here: ${error.message}`;
      console.error(error);
    }
    this.button.disabled = false;
  }

  show(times) {
    const width = 640, height = 240, left = 60, bottom = 200, top = 16, right = 620;
    const most = Math.max(...times, 1e-6);
    const x = (lines) => left + (right - left) * lines / LINES.at(-1);
    const y = (time) => bottom - (bottom - top) * time / most;
    const points = times.map((time, i) => `${x(LINES[i])},${y(time)}`).join(' ');
    const dots = times.map((time, i) => `<circle cx="${x(LINES[i])}" cy="${y(time)}" r="4" fill="currentColor"/>`).join('');
    const names = LINES.map((lines) => `<text x="${x(lines)}" y="${bottom + 18}" text-anchor="middle">${lines.toLocaleString('en')}</text>`).join('');
    const rows = times.map((time, i) => `<tr><td>${LINES[i].toLocaleString('en')}</td><td>${time.toFixed(3)}</td></tr>`).join('');
    this.result.innerHTML = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Milliseconds for a get, against the lines of the log: up to ${most.toFixed(2)} ms" font-size="12" fill="currentColor">
      <path d="M${left},${top}V${bottom}H${right}" fill="none" stroke="currentColor" opacity=".5"/>
      <polyline points="${points}" fill="none" stroke="currentColor" stroke-width="2"/>${dots}${names}
      <text x="${left - 8}" y="${top + 8}" text-anchor="end">${most.toFixed(2)} ms</text><text x="${left - 8}" y="${bottom}" text-anchor="end">0</text>
      <text x="${right}" y="${bottom + 36}" text-anchor="end">lines in the log</text></svg>
      <table><thead><tr><th>lines</th><th>ms for a get</th></tr></thead><tbody>${rows}</tbody></table>`;
    this.setAttribute('measured', '');
  }
}

customElements.define('sediment-figure', FigureElement);
customElements.define('sediment-predict', PredictElement);
customElements.define('sediment-measure', MeasureElement);

// ---- the whole application, in a page of its own

const SETTINGS = ['store', 'segment', 'sync', 'merge', 'snapshots', 'seed', 'reserve', 'without'];
const OF_SCREEN = ['theme', 'layout', 'panel'];

// Puts the application into this canvas. The query says what to show: ?show=torn-tail&at=40&panel=Recovery, or ?steps=put a 1;sync.
// `notes` of the result: what in the query means nothing, in sentences.
export async function showWhole(canvas, query) {
  const loaded = await engine();
  const wanted = Object.fromEntries(query);
  const notes = [];
  const description = {};
  for (const [name, value] of query) {
    if (DESCRIBES.includes(name) && name !== 'answer') description[name] = value;
    else if (!OF_SCREEN.includes(name)) notes.push(`This page does not know “${name}” in its address.`);
  }
  let at;
  if (description.show && !description.from) {
    at = description.at;
    delete description.at;
  }
  if (at !== undefined && !/^\d{1,9}$/.test(at)) {
    notes.push(`“at” in the address is a number of entries, not “${at}”.`);
    at = undefined;
  }
  const isTour = Object.keys(description).length === 0;
  if (isTour) {
    loaded.module.FS.writeFile('/README.md', await bytesOf('README.md'));
    description.text = '/README.md';
  } else if (!description.show && SETTINGS.some((name) => name in description)) {
    description.steps ??= ''; // an empty store with these settings
  }
  const screen = new Screen(loaded, canvas, loaded.open(description, true), true);
  const ask = (what) => {
    const refused = screen.do(what);
    if (refused) notes.push(`${refused[0].toUpperCase()}${refused.slice(1)}.`);
  };
  screen.do('ask');
  if (['light', 'dark'].includes(wanted.theme)) screen.do(wanted.theme);
  else if (wanted.theme !== undefined) notes.push(`“theme” in the address is light or dark, not “${wanted.theme}”.`);
  if (wanted.layout !== undefined) ask(`layout ${wanted.layout}`);
  if (wanted.panel !== undefined && wanted.panel !== 'stage') ask(`panel ${wanted.panel}`);
  if (CALM.matches) screen.do('calm');
  if (at !== undefined) screen.do(`entry ${at}`);
  else if (isTour || (description.show && !description.from)) screen.do('play');
  canvas.addEventListener('paste', (event) => paste(screen, event));
  screen.notes = notes;
  return screen;
}

function paste(screen, event) {
  const text = event.clipboardData?.getData('text') ?? '';
  event.preventDefault();
  for (const character of text.split('\n')[0]) screen.engine.call('figure_character', null, screen.id, character.codePointAt(0), 0);
  screen.wake(4 + text.length);
}

// To this moment of a show, or of the run with all that a reader did.
function linkTo(screen, show) {
  const isShow = show && !screen.isChanged();
  const own = isShow ? '' : screen.engine.call('figure_description', 'string', screen.id);
  if (!isShow && !own) throw new Error('This run cannot be put into a link: it was recorded, or consists of several runs.');
  const description = isShow ? { show, at: String(screen.state().position) } : JSON.parse(own);
  const link = new URL('index.html', BASE);
  for (const [name, value] of Object.entries(description)) link.searchParams.set(name, value);
  return link.href;
}

export function linkOf(screen, query) {
  const link = new URL(linkTo(screen, screen.hasDropped ? null : query.get('show')));
  for (const name of OF_SCREEN) if (query.has(name)) link.searchParams.set(name, query.get(name));
  return link.href;
}

// The files of a drop, those in a folder too.
export async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const files = [];
  const read = async (entry) => {
    if (entry.isFile) files.push(await new Promise((done, failed) => entry.file(done, failed)));
    if (!entry.isDirectory) return;
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (some.length === 0) break;
      for (const each of some) await read(each);
    }
  };
  for (const entry of entries) await read(entry);
  return files;
}

// Opens dropped files: a scenario, a trace, or the files of a store. What went wrong is told by the application.
export async function openFiles(screen, files) {
  const { FS } = screen.engine.module;
  const folder = `/dropped-${Date.now()}`;
  FS.mkdir(folder);
  for (const file of files) FS.writeFile(`${folder}/${file.name.replaceAll('/', '-')}`, new Uint8Array(await file.arrayBuffer()));
  const isOne = files.length === 1 && /\.jsonl?$/.test(files[0].name);
  screen.hasDropped = true;
  screen.do(`open ${isOne ? `${folder}/${files[0].name}` : folder}`);
}
