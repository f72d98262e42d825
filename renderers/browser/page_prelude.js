// Runs in every frame before the page's own scripts: time that we turn by hand, a fixed random
// seed, no animation, no dialog. What a page draws then depends on the page alone.
(() => {
  if (window.__corpuswright) return;
  const START = 1767225600000; // 2026-01-01T00:00:00Z: any fixed day, far from a leap day
  const RealDate = Date;
  const channelTick = () => new Promise((go) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { channel.port1.close(); go(); };
    channel.port2.postMessage(0);
  });
  const realTimeout = window.setTimeout.bind(window);
  const realFrame = window.requestAnimationFrame.bind(window);
  // A frame drawn for real: layout, resize and intersection observers have had their say, the last
  // by a task that is queued behind the frame. A frame that is not on show draws none, hence the
  // time-out.
  const drawn = () => new Promise((go) => {
    realFrame(() => channelTick().then(channelTick).then(go));
    realTimeout(go, 250);
  });
  let now = 0, next = 1, ran = 0;
  const timers = new Map();
  let frames = new Map();

  // Date and performance.now
  const FakeDate = new Proxy(RealDate, {
    construct: (target, args, as) =>
      Reflect.construct(target, args.length ? args : [START + Math.floor(now)], as === FakeDate ? target : as),
    apply: () => new RealDate(START + Math.floor(now)).toString(),
    get: (target, key) => (key === 'now' ? () => START + Math.floor(now) : Reflect.get(target, key)),
  });
  RealDate.prototype.constructor = FakeDate;
  window.Date = FakeDate;
  performance.now = () => now;

  // A linear congruential generator (Numerical Recipes): any fixed sequence serves
  let state = 42;
  Math.random = () => (state = (state * 1664525 + 1013904223) % 4294967296) / 4294967296;
  if (window.crypto && crypto.getRandomValues) {
    crypto.getRandomValues = (a) => {
      const bytes = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
      for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(Math.random() * 256);
      return a;
    };
    crypto.randomUUID = () => '00000000-0000-4000-8000-' +
      Math.floor(Math.random() * 2 ** 48).toString(16).padStart(12, '0');
  }

  const add = (call, delay, args, every) => {
    const id = next++;
    if (typeof call !== 'function') { const code = String(call); call = () => (0, eval)(code); }
    const wait = Math.max(Number(delay) || 0, 1);
    timers.set(id, { at: now + wait, wait, call, args, every });
    return id;
  };
  window.setTimeout = (call, delay, ...args) => add(call, delay, args, false);
  window.setInterval = (call, delay, ...args) => add(call, delay, args, true);
  window.clearTimeout = window.clearInterval = (id) => { timers.delete(id); };
  window.requestAnimationFrame = (call) => { const id = next++; frames.set(id, call); return id; };
  window.cancelAnimationFrame = (id) => { frames.delete(id); };
  window.requestIdleCallback = (call) =>
    add(() => call({ didTimeout: false, timeRemaining: () => 50 }), 1, [], false);
  window.cancelIdleCallback = window.clearTimeout;

  for (const name of ['alert', 'print', 'stop']) window[name] = () => {};
  window.confirm = () => false;
  window.prompt = () => null;
  window.open = () => null;

  // Animations end where they would end; nothing blinks
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`*, *::before, *::after {
    animation-duration: 0s !important; animation-delay: 0s !important;
    animation-iteration-count: 1 !important; transition: none !important;
    caret-color: transparent !important; scroll-behavior: auto !important; }`);
  const still = (root) => {
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  };
  still(document);
  // Closed shadow roots are opened so that they can be measured
  const attach = Element.prototype.attachShadow;
  const roots = [];
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, { ...options, mode: 'open' });
    still(root);
    roots.push(root);
    return root;
  };

  const run = (call, ...args) => { try { call(...args); } catch (error) { console.error(error); } };
  const FRAME = 1000 / 60;

  // Turn time to `until` (ms after the start). Returns how many callbacks have run in all.
  const advance = async (until, limit) => {
    while (now < until && ran < limit) {
      let at = until;
      for (const t of timers.values()) if (t.at < at) at = t.at;
      if (frames.size) at = Math.min(at, (Math.floor(now / FRAME + 1e-6) + 1) * FRAME);
      now = Math.max(now, at);
      const due = [...timers].filter(([, t]) => t.at <= now).sort((a, b) => a[1].at - b[1].at || a[0] - b[0]);
      for (const [id, t] of due) {
        if (!timers.has(id)) continue;
        if (t.every) t.at += t.wait; else timers.delete(id);
        run(t.call, ...t.args);
        ran++;
      }
      if (frames.size && Math.abs(now / FRAME - Math.round(now / FRAME)) < 1e-6) {
        const calls = frames;
        frames = new Map();
        for (const call of calls.values()) { run(call, now); ran++; }
      }
      await channelTick();
    }
    return ran;
  };

  // Everything that decides pixels is there: fonts, images, animations at their end.
  const settle = async () => {
    still(document);
    roots.forEach(still);
    await document.fonts.ready;
    const images = [...document.images].filter((i) => i.loading !== 'lazy' || i.complete);
    await Promise.race([
      Promise.all(images.map((i) => i.decode().catch(() => {}))),
      new Promise((go) => realTimeout(go, 5000)),
    ]);
    for (const a of document.getAnimations()) {
      try { a.finish(); } catch { a.cancel(); } // an endless one cannot finish
    }
    await drawn();
    return true;
  };
  Object.defineProperty(window, '__corpuswright', { value: Object.freeze({ advance, settle }) });
})();
