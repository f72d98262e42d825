// Text in an editor or on a page: every letter's box, and the selection, counted in UTF-16 units of
// one logical text (the text nodes in order, a line feed between blocks).
(() => {
  const D = cw.data, root = document.querySelector(D.root || '#text');
  const segmenter = new Intl.Segmenter(document.documentElement.lang || 'en', { granularity: 'grapheme' });
  const area = root.localName === 'textarea' ? root : null;
  const mirror = area && document.getElementById('mirror');
  const source = mirror || root;
  const block = (n) => n.parentElement.closest(D.block);

  // [text node, offset in the logical text] of everything that is shown
  function nodes() {
    const out = [], walk = document.createTreeWalker(source, NodeFilter.SHOW_TEXT);
    let at = 0, last = null;
    while (walk.nextNode()) {
      const node = walk.currentNode, mine = block(node);
      if (!mine || !node.data) continue;
      if (last && mine !== last) at += 1;
      out.push([node, at]);
      at += node.data.length;
      last = mine;
    }
    return out;
  }
  // A browser keeps two spaces in a row by making one of them a no-break space: both read as spaces.
  const text = () => raw().replace(/\u00a0/g, ' ');
  const raw = () => {
    if (area) return area.value;
    let out = '', last = null;
    for (const [node] of nodes()) { const mine = block(node); if (last && mine !== last) out += '\n'; out += node.data; last = mine; }
    return out;
  };
  function offset(node, inside) {
    const all = nodes();
    const hit = all.find(([n]) => n === node);
    if (hit) return hit[1] + inside;
    // A place said in terms of an element: before its child `inside`
    const range = document.createRange();
    range.setStart(node, inside);
    for (const [n, at] of all) if (range.comparePoint(n, 0) >= 0) return at;
    const end = all[all.length - 1];
    return end ? end[1] + end[0].data.length : 0;
  }
  function selection() {
    if (area) return document.activeElement === area ? [area.selectionStart, area.selectionEnd] : null;
    const s = getSelection();
    if (!s.rangeCount || !root.contains(s.anchorNode)) return null;
    const r = s.getRangeAt(0);
    return [offset(r.startContainer, r.startOffset), offset(r.endContainer, r.endOffset)];
  }
  function anchor() {
    if (area) return document.activeElement !== area ? null : area.selectionDirection === 'backward' ? area.selectionEnd : area.selectionStart;
    const s = getSelection();
    return s.rangeCount && root.contains(s.anchorNode) ? offset(s.anchorNode, s.anchorOffset) : null;
  }
  function parts() {
    const frame = root.getBoundingClientRect(), glyphs = [], lines = [];
    const clip = [Math.max(frame.left, 0), Math.max(frame.top, 0), Math.min(frame.right, innerWidth), Math.min(frame.bottom, innerHeight)];
    const range = document.createRange();
    let mine = null;
    const scrollY = area ? area.scrollTop : 0;
    for (const [node, at] of nodes()) {
      const here = block(node);
      for (const { segment, index } of segmenter.segment(node.data)) {
        range.setStart(node, index);
        range.setEnd(node, index + segment.length);
        const rects = [...range.getClientRects()].filter((q) => q.width > 0.2);
        if (rects.length !== 1 || segment === '\n') continue;
        const q = rects[0], top = q.top - scrollY, bottom = q.bottom - scrollY;
        if (q.left < clip[0] - 0.5 || q.right > clip[2] + 0.5 || top < clip[1] - 0.5 || bottom > clip[3] + 0.5) continue;
        const now = lines[lines.length - 1], middle = (top + bottom) / 2;
        if (!now || here !== mine || middle > now[1] || middle < now[0]) lines.push([top, bottom]);
        else { now[0] = Math.min(now[0], top); now[1] = Math.max(now[1], bottom); }
        mine = here;
        glyphs.push([at + index, segment.length, q.left, q.right, lines.length - 1]);
      }
    }
    // Direction as drawn: towards the next letter of the line, for its last one from the one before
    glyphs.forEach((g, i) => {
      const [a, b] = [glyphs[i - 1], glyphs[i + 1]];
      g[5] = b && b[4] === g[4] ? b[2] < g[2] : a && a[4] === g[4] ? a[5] : false;
    });
    return [{ role: D.editable ? 'textbox' : 'document', text: text(), box: [frame.left, frame.top, frame.right, frame.bottom],
      attributes: { kind: 'text', editable: D.editable, glyphs, lines } }];
  }
  cw.makers.push(parts);
  cw.state = () => ({ text: text(), selection: selection(), anchor: anchor() });

  if (area) {
    area.value = D.text;
    mirror.textContent = D.text;
  }
  if (D.select) {
    root.focus();
    const all = nodes(), [a, b] = D.select;
    const place = (o) => { const [n, at] = [...all].reverse().find(([, x]) => x <= o); return [n, Math.min(o - at, n.data.length)]; };
    const range = document.createRange();
    range.setStart(...place(a));
    range.setEnd(...place(b));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }
})();
