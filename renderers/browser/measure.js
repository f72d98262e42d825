// Measures everything a page has drawn, in one call; runs in an isolated world, where the page
// cannot have replaced the functions used here. Lengths are CSS pixels of the top viewport.
(limits) => {
  const CANDIDATE_ROLES = new Set(['button', 'link', 'checkbox', 'radio', 'switch', 'tab', 'menuitem',
    'menuitemcheckbox', 'menuitemradio', 'option', 'treeitem', 'textbox', 'searchbox', 'combobox',
    'spinbutton', 'slider', 'listbox', 'gridcell', 'columnheader']);
  const KEPT_ATTRIBUTES = ['href', 'type', 'placeholder', 'title', 'alt', 'aria-label'];
  const FOCUSABLE = 'a[href],button,input:not([type=hidden]),select,textarea,summary,' +
    '[role],[tabindex],[onclick],[contenteditable=""],[contenteditable=true]';
  const els = [], records = [], clips = new Map(), opaque = [];
  let seen = 0;

  const cut = (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  const empty = (b) => b[2] - b[0] <= 0 || b[3] - b[1] <= 0;
  // Glyphs of icon fonts are letters of private use: no word of a name.
  const collapse = (s) => s.replace(/\p{Co}+/gu, ' ').replace(/\s+/g, ' ').trim();
  // `cwRoots` has the closed shadow roots (browser/page.py): they are drawn like any other.
  const rootOf = (el) => el.shadowRoot || globalThis.cwRoots?.get(el) || null;
  const viewport = [0, 0, document.documentElement.clientWidth || innerWidth, innerHeight];

  // Transforms after which a bounding rectangle is no longer the shape: asked of the engine later
  const bent = (style) => {
    if (style.rotate !== 'none' || (style.offsetPath && style.offsetPath !== 'none')) return true;
    if (style.transform === 'none' && style.scale === 'none') return false;
    const m = new DOMMatrixReadOnly(style.transform);
    const [sx, sy] = style.scale === 'none' ? [1, 1] : style.scale.split(' ').map(Number);
    return !m.is2D || Math.abs(m.b) > 1e-9 || Math.abs(m.c) > 1e-9 || m.a * sx < 0 || m.d * (sy ?? sx) < 0;
  };
  const contains = (style) => style.transform !== 'none' || style.rotate !== 'none' || style.scale !== 'none' ||
    style.translate !== 'none' || style.filter !== 'none' || style.perspective !== 'none' ||
    (style.backdropFilter && style.backdropFilter !== 'none') || /paint|layout|strict|content/.test(style.contain) ||
    /transform|filter|perspective/.test(style.willChange);

  const toTop = (r, c) => [c.x + r.left * c.sx, c.y + r.top * c.sy, c.x + r.right * c.sx, c.y + r.bottom * c.sy];

  function walk(el, parent, c) {
    if (++seen > limits.elements) return;
    const style = getComputedStyle(el);
    if (style.display === 'none') return;
    const contents = style.display === 'contents';
    const place = style.position;
    // What stands in the top layer is clipped by its viewport alone, and no ancestor transforms it.
    const raised = el.matches(':modal, :popover-open, :fullscreen');
    if (raised) c = { ...c, bent: false, flow: c.view, abs: c.view, fixed: c.view };
    const own = place === 'fixed' ? c.fixed : place === 'absolute' ? c.abs : c.flow;
    const isBent = c.bent || bent(style);
    let flow = own, index = parent;
    if (!contents) {
      const rect = el.getBoundingClientRect();
      const box = toTop(rect, c);
      const kx = el.offsetWidth ? (rect.width / el.offsetWidth) * c.sx : c.sx;
      const ky = el.offsetHeight ? (rect.height / el.offsetHeight) * c.sy : c.sy;
      const root = el === el.ownerDocument.documentElement || el === el.ownerDocument.body;
      const clipped = (style.overflowX !== 'visible' || style.overflowY !== 'visible' || /paint|strict|content/.test(style.contain));
      if (clipped && !root && el.clientWidth + el.clientHeight > 0) {
        const inner = [box[0] + el.clientLeft * kx, box[1] + el.clientTop * ky];
        const pad = [inner[0], inner[1], inner[0] + el.clientWidth * kx, inner[1] + el.clientHeight * ky];
        if (style.overflowX === 'visible') { pad[0] = -1e9; pad[2] = 1e9; }
        if (style.overflowY === 'visible') { pad[1] = -1e9; pad[3] = 1e9; }
        flow = cut(own, pad);
      }
      clips.set(el, flow);
      const shown = cut(box, own);
      if (!empty(shown) && el.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
        index = record(el, style, box, shown, parent, isBent, c, index);
      if (el.localName === 'iframe' || el.localName === 'frame') {
        enter(el, style, box, shown, index, isBent, kx, ky);
        return;
      }
    }
    const holdsFixed = contains(style);
    const holdsAbs = holdsFixed || place !== 'static';
    const inner = { ...c, bent: isBent, flow, abs: holdsAbs ? flow : c.abs, fixed: holdsFixed ? flow : c.fixed };
    const assigned = el.localName === 'slot' ? el.assignedElements() : [];
    if (assigned.length) for (const child of assigned) walk(child, index, inner);
    else for (const child of (rootOf(el) || el).children) walk(child, index, inner);
  }

  function enter(el, style, box, shown, index, isBent, kx, ky) {
    let inside = null;
    try { inside = el.contentDocument; } catch { /* another origin */ }
    const why = !inside || !inside.documentElement ? 'cross_origin_frame' : isBent ? 'transformed_frame' : null;
    if (why) { if (!empty(shown)) opaque.push({ box: shown, why }); return; }
    const left = box[0] + (el.clientLeft + parseFloat(style.paddingLeft)) * kx;
    const top = box[1] + (el.clientTop + parseFloat(style.paddingTop)) * ky;
    const w = inside.defaultView.innerWidth * kx, h = inside.defaultView.innerHeight * ky;
    const clip = cut(shown, [left, top, left + w, top + h]);
    if (empty(clip)) return;
    walk(inside.documentElement, index, { x: left, y: top, sx: kx, sy: ky, bent: false, flow: clip, abs: clip, fixed: clip, view: clip });
  }

  function record(el, style, box, shown, parent, isBent, c, index) {
    const role = el.computedRole || '';
    const direct = [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const described = !!(limits.described && el.dataset && el.dataset.cw);
    const candidate = described || (el.matches(FOCUSABLE) && (CANDIDATE_ROLES.has(role) || el.hasAttribute('onclick'))) ||
      CANDIDATE_ROLES.has(role);
    if (!candidate && !direct && (role === '' || role === 'generic' || role === 'none')) return index;
    const r = { parent, role, box, shown, bent: isBent, candidate, name: collapse(el.computedName || '') || collapse(el.title || ''), state: {}, attributes: {} };
    r.text = direct || candidate ? collapse(el.textContent).slice(0, 200) : '';
    for (const name of KEPT_ATTRIBUTES) if (el.hasAttribute(name)) r.attributes[name] = el.getAttribute(name).slice(0, 200);
    if (described) Object.assign(r.attributes, JSON.parse(el.dataset.cw));
    r.attributes.tag = el.localName;
    states(el, r.state);
    const rects = [...el.getClientRects()].filter((q) => q.width > 0 && q.height > 0);
    if (rects.length > 1 && candidate) r.attributes.fragments = rects.map((q) => cut(toTop(q, c), shown)).filter((q) => !empty(q));
    if (candidate) {
      const k = el.offsetWidth ? (box[2] - box[0]) / el.offsetWidth : 1;
      const radii = ['TopLeft', 'TopRight', 'BottomRight', 'BottomLeft'].map((n) => corner(style[`border${n}Radius`], box) * k);
      if (radii.some((v) => v > 0)) r.attributes.radius = radii;
      if (el.disabled || el.getAttribute('aria-disabled') === 'true') r.state.disabled = true;
    }
    els.push(el);
    records.push(r);
    return records.length - 1;
  }

  const corner = (value, box) => {
    const first = (value || '0px').split(' ')[0];
    const n = parseFloat(first);
    return first.endsWith('%') ? (n / 100) * Math.min(box[2] - box[0], box[3] - box[1]) : n;
  };

  function states(el, state) {
    if ('checked' in el && /checkbox|radio/.test(el.type)) state.checked = el.checked;
    if (['input', 'textarea', 'select'].includes(el.localName) && el.type !== 'password') state.value = String(el.value).slice(0, 200);
    for (const name of ['expanded', 'selected', 'pressed', 'checked', 'current'])
      if (el.hasAttribute(`aria-${name}`)) state[name] = el.getAttribute(`aria-${name}`);
    if (el.ownerDocument.activeElement === el && el !== el.ownerDocument.body) state.focused = true;
  }

  // --- hit tests ---------------------------------------------------------------------------
  const hit = (x, y) => {
    let root = document, el = null;
    for (let depth = 0; depth < 20; depth++) {
      const found = root.elementFromPoint(x, y);
      if (!found || found === el) return el;
      el = found;
      const inner = rootOf(el);
      if (inner) { root = inner; continue; }
      if (el.localName === 'iframe') {
        let inside = null;
        try { inside = el.contentDocument; } catch { /* another origin */ }
        if (!inside) return el;
        const b = el.getBoundingClientRect(), s = getComputedStyle(el);
        const kx = el.offsetWidth ? b.width / el.offsetWidth : 1, ky = el.offsetHeight ? b.height / el.offsetHeight : 1;
        x = (x - b.left) / kx - el.clientLeft - parseFloat(s.paddingLeft);
        y = (y - b.top) / ky - el.clientTop - parseFloat(s.paddingTop);
        root = inside;
        continue;
      }
      return el;
    }
    return el;
  };
  const up = (n) => n.assignedSlot || n.parentElement || n.getRootNode().host || n.ownerDocument.defaultView?.frameElement || null;
  const reaches = (target, found) => {
    for (let n = found; n; n = up(n)) if (n === target) return true;
    return false;
  };
  const N = 5;
  function probe(el, r) {
    const [x0, y0, x1, y1] = r.shown;
    let hits = 0, best = null, distance = Infinity, mask = '';
    for (let j = 0; j < N; j++) for (let i = 0; i < N; i++) {
      const x = x0 + ((i + 0.5) / N) * (x1 - x0), y = y0 + ((j + 0.5) / N) * (y1 - y0);
      const ok = reaches(el, hit(x, y));
      mask += ok ? '1' : '0';
      if (!ok) continue;
      hits++;
      const d = (i - 2) ** 2 + (j - 2) ** 2;
      if (d < distance) { distance = d; best = [x, y]; }
    }
    r.hits = hits / (N * N);
    r.point = best;
    r.attributes.probes = mask; // row by row, from the top left
  }

  // --- is the name to be seen? ---------------------------------------------------------------
  // Text of `el` whose every line lies inside what clips it: what a person can read in the pixels.
  function readable(el, c) {
    const parts = [];
    const visit = (node) => {
      if (node.nodeType === 3) {
        if (!node.data.trim()) return true;
        const range = node.ownerDocument.createRange();
        range.selectNodeContents(node);
        const clip = clips.get(node.parentElement);
        const rects = [...range.getClientRects()];
        if (!rects.length || !clip || !node.parentElement.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return true;
        if (parseFloat(getComputedStyle(node.parentElement).fontSize) < 6) return false;
        for (const q of rects) {
          const b = toTop(q, c);
          if (b[0] < clip[0] - 1 || b[1] < clip[1] - 2 || b[2] > clip[2] + 1 || b[3] > clip[3] + 2) return false;
          if (reaches(el, hit((b[0] + b[2]) / 2, (b[1] + b[3]) / 2)) === false) return false;
        }
        if (!ligature(node)) parts.push(node.data);
        return true;
      }
      if (node.nodeType !== 1) return true;
      for (const child of (rootOf(node) || node).childNodes) if (!visit(child)) return false;
      return true;
    };
    return visit(el) ? collapse(parts.join(' ')) : null;
  }
  // Is this text drawn as a picture: a word that an icon font has a ligature for? Then its letters
  // are not as wide as each of them alone.
  const widths = (globalThis.cwWidths ??= new OffscreenCanvas(1, 1).getContext('2d'));
  function ligature(node) {
    const word = node.data.trim();
    if (!/^[a-z][a-z0-9_]*$/.test(word)) return false;
    const style = getComputedStyle(node.parentElement);
    widths.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const wide = (text) => widths.measureText(text).width;
    const apart = [...word].reduce((sum, letter) => sum + wide(letter), 0);
    return Math.abs(wide(word) - apart) > 0.3 * Math.max(apart, 1);
  }
  function ligatures(el) {
    const found = [], walker = el.ownerDocument.createTreeWalker(el, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (ligature(walker.currentNode)) found.push(walker.currentNode.data.trim());
    return found;
  }
  function named(el, r, c) {
    const squeeze = (s) => s.replace(/\s/g, '');
    if (!r.name) return 'none';
    const pictures = ligatures(el);
    // Half of the name is the word that makes the picture: nobody reads it, nobody says it.
    if (pictures.some((word) => ` ${r.name} `.includes(` ${word} `))) return 'hidden';
    const shown = readable(el, c);
    if (shown !== null && squeeze(shown) === squeeze(r.name)) return 'text';
    if (['submit', 'button', 'reset'].includes(el.type) && el.value === r.name) return 'value';
    if (el.labels && el.labels.length === 1) {
      const label = readable(el.labels[0], c);
      if (label !== null && squeeze(label) === squeeze(r.name)) return 'label';
    }
    if (el.placeholder && collapse(el.placeholder) === r.name && !el.value) return 'placeholder';
    // Of pictures only what can be pressed is named by tooltip, label or alt text.
    if (shown === '' && /^(button|link)$/.test(r.role) && (pictures.length || pictured(el))) return 'icon';
    return 'hidden'; // not to be read in the pixels, and no picture to go by
  }
  // Does the element draw a picture: an image, a background, a glyph of an icon font?
  function pictured(el) {
    const seen = (n) => {
      const b = n.getBoundingClientRect();
      return b.width >= 4 && b.height >= 4 && n.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    };
    const whole = (n) => n.localName !== 'img' || n.naturalWidth > 0; // not broken
    for (const n of el.querySelectorAll('svg,img,canvas')) if (whole(n) && seen(n)) return true;
    for (const n of [el, ...el.querySelectorAll('*')]) {
      if (!seen(n) || n.ownerSVGElement) continue;
      if (getComputedStyle(n).backgroundImage.includes('url(')) return true;
      for (const side of ['::before', '::after']) {
        const glyph = getComputedStyle(n, side);
        // Below half its ink a glyph is a hint, like the arrows of a table that is not sorted.
        if (!/^(none|normal|""|)$/.test(glyph.content) && glyph.opacity >= 0.5) return true;
      }
    }
    return false;
  }

  const contexts = new Map();
  const top = { x: 0, y: 0, sx: 1, sy: 1, bent: false, flow: viewport, abs: viewport, fixed: viewport, view: viewport };
  walk(document.documentElement, -1, top);
  const contextOf = (el) => {
    const doc = el.ownerDocument;
    if (doc === document) return top;
    if (!contexts.has(doc)) {
      const f = doc.defaultView.frameElement, b = f.getBoundingClientRect(), s = getComputedStyle(f), o = contextOf(f);
      const kx = f.offsetWidth ? (b.width / f.offsetWidth) * o.sx : o.sx, ky = f.offsetHeight ? (b.height / f.offsetHeight) * o.sy : o.sy;
      contexts.set(doc, { ...o, x: o.x + b.left * o.sx + (f.clientLeft + parseFloat(s.paddingLeft)) * kx,
        y: o.y + b.top * o.sy + (f.clientTop + parseFloat(s.paddingTop)) * ky, sx: kx, sy: ky });
    }
    return contexts.get(doc);
  };
  let probed = 0;
  records.forEach((r, i) => {
    if (!r.candidate || probed >= limits.probes) return;
    if (r.shown[2] - r.shown[0] < 4 || r.shown[3] - r.shown[1] < 4) return;
    probed++;
    probe(els[i], r);
    r.attributes.named_by = named(els[i], r, contextOf(els[i]));
  });
  const stateOf = (n) => { const state = {}; states(els[n], state); return state; };
  globalThis.corpuswright = { els, shown: records.map((r) => r.shown), reaches, hit, contextOf, toTop, rootOf, stateOf };
  return { records, opaque, seen, scroll: [scrollX, scrollY], viewport: [innerWidth, innerHeight],
    page: [document.documentElement.scrollWidth, document.documentElement.scrollHeight] };
}
