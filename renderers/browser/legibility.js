// What must show ink if names are to be read, and how to take that ink away; runs after measure.js,
// in its world. `named` is [number of an element, how it is named][].
(named) => {
  const cw = corpuswright;
  const LETTER = /[\p{L}\p{N}]/u, RIGHT_TO_LEFT = /[\p{Script=Hebr}\p{Script=Arab}\p{Script=Syrc}\p{Script=Thaa}\p{Script=Nkoo}]/u;
  const AWAY = 4; // CSS px that a letter may stand out of its element's box: italics, tight lines
  const ROUNDS = 4; // of names that lie on each other: more than that no page needs
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

  function* texts(node) {
    if (node.nodeType === 3) { if (node.data.trim()) yield node; return; }
    if (node.nodeType === 1) for (const child of (cw.rootOf(node) || node).childNodes) yield* texts(child);
  }
  // Boxes of an element's letters, in the order of its text; null where they are not drawn in it.
  function letters(el) {
    const boxes = [];
    let before = null;
    for (const node of texts(el)) {
      if (!node.parentElement?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const range = node.ownerDocument.createRange(), context = cw.contextOf(node.parentElement);
      for (const { segment, index } of segmenter.segment(node.data)) {
        if (!LETTER.test(segment)) continue;
        range.setStart(node, index);
        range.setEnd(node, index + segment.length);
        const rect = range.getClientRects()[0];
        if (!rect || rect.width < 1 || rect.height < 1) continue; // a part of a ligature
        const box = cw.toTop(rect, context), way = RIGHT_TO_LEFT.test(segment) ? -1 : 1;
        const height = box[3] - box[1], line = before && Math.abs(box[1] - before.box[1]) < height / 2;
        if (line && way === before.way && way * (box[0] - before.box[0]) < -0.5) return null;
        before = { box, way };
        boxes.push(box);
      }
    }
    return boxes;
  }
  const whole = (number) => [cw.shown[number]];
  const label = (el) => el.labels[0];
  const found = [];
  for (const [number, how] of named) {
    const el = cw.els[number];
    const boxes = how === 'text' ? letters(el) : how === 'label' ? letters(label(el)) : whole(number);
    if (!boxes || !boxes.length) continue;
    // Letters that stand elsewhere (a negative indent, a child put away) name nothing that one sees.
    const [x0, y0, x1, y1] = cw.shown[number], near = ([a, b, c, d]) =>
      (a + c) / 2 > x0 - AWAY && (a + c) / 2 < x1 + AWAY && (b + d) / 2 > y0 - AWAY && (b + d) / 2 < y1 + AWAY;
    if (how !== 'text' || boxes.every(near)) found.push({ number, how, el, boxes });
  }

  // Names that lie on each other are looked at one after the other: the upper one's ink is no proof
  // of the lower one.
  const around = (boxes) => [0, 1, 2, 3].map((i) => (i < 2 ? Math.min : Math.max)(...boxes.map((b) => b[i])));
  const rounds = [];
  for (const one of found) {
    const own = around(one.boxes);
    const free = (round) => round.every(({ area: b }) => own[2] <= b[0] || b[2] <= own[0] || own[3] <= b[1] || b[3] <= own[1]);
    let round = rounds.find(free);
    if (!round && rounds.length < ROUNDS) rounds.push(round = []);
    if (round) round.push({ ...one, area: own });
  }

  const changed = [];
  const set = (el, values) => {
    changed.push([el, 'style', el.getAttribute('style')]);
    for (const [name, value] of Object.entries({ transition: 'none', animation: 'none', ...values }))
      el.style.setProperty(name, value, 'important');
  };
  const CLEAR = { color: 'transparent', '-webkit-text-fill-color': 'transparent', 'text-shadow': 'none',
    '-webkit-text-stroke-color': 'transparent', 'text-decoration-color': 'transparent' };
  const bare = (el) => {
    const style = el.ownerDocument.defaultView.getComputedStyle(el);
    const cut = /text/.test(style.backgroundClip) ? { 'background-image': 'none', 'background-color': 'transparent' } : {};
    set(el, { ...CLEAR, ...cut, ...(el.ownerSVGElement ? { fill: 'transparent', stroke: 'transparent' } : {}) });
  };
  function* inside(el) {
    yield el;
    for (const child of (cw.rootOf(el) || el).children) yield* inside(child);
  }
  const sheets = new Map();
  const pseudo = (el) => { // what ::before and ::after draw cannot be reached from the element
    const root = el.getRootNode(), view = el.ownerDocument.defaultView;
    changed.push([el, 'data-corpuswright-bare', el.getAttribute('data-corpuswright-bare')]);
    el.setAttribute('data-corpuswright-bare', '');
    if (sheets.has(root)) return;
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync('[data-corpuswright-bare]::before,[data-corpuswright-bare]::after{visibility:hidden!important}');
    sheets.set(root, root.adoptedStyleSheets);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  };
  const HIDE = {
    text: (el) => { for (const holder of new Set([...texts(el)].map((t) => t.parentElement))) if (holder) bare(holder); },
    label: (el) => HIDE.text(label(el)),
    value: (el) => bare(el),
    placeholder: (el) => {
      changed.push([el, 'placeholder', el.getAttribute('placeholder')]);
      el.removeAttribute('placeholder');
    },
    icon: (el) => {
      for (const part of inside(el)) {
        if (/^(svg|img|canvas)$/.test(part.localName)) set(part, { visibility: 'hidden' });
        else if (!part.ownerSVGElement) { set(part, { ...CLEAR, 'background-image': 'none' }); pseudo(part); }
      }
    },
  };
  cw.bare = (n) => { for (const one of rounds[n]) HIDE[one.how](one.el); };
  cw.dressed = () => {
    for (const [el, name, value] of changed.reverse())
      if (value === null) el.removeAttribute(name); else el.setAttribute(name, value);
    changed.length = 0;
    for (const [root, held] of sheets) root.adoptedStyleSheets = held;
    sheets.clear();
  };
  return rounds.map((round) => round.map(({ number, boxes }) => [number, boxes]));
}
