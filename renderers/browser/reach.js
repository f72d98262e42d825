// Finds what a step addresses and brings it into view. Returns the point [x, y] (CSS px of the top
// viewport) to put the mouse on, null where the verb was performed here, or a string: why not.
(verb, at, value) => {
  const collapse = (s) => (s || '').replace(/\p{Co}+/gu, ' ').replace(/\s+/g, ' ').trim();
  const named = at.match(/^(\w+) "(.*)"$/);
  const inner = (el) => {
    if (el.shadowRoot) return el.shadowRoot;
    try { return el.contentDocument || null; } catch { return null; }
  };
  function* all(root) {
    for (const el of root.querySelectorAll('*')) {
      yield el;
      const inside = inner(el);
      if (inside) yield* all(inside);
    }
  }
  const byName = () => {
    for (const el of all(document))
      if (el.computedRole === named[1] && collapse(el.computedName) === named[2] && el.checkVisibility({ visibilityProperty: true })) return el;
    return null;
  };
  const byPath = () => {
    let root = document, el = null;
    for (const part of at.split(' >>> ')) {
      el = root && root.querySelector(part);
      if (!el) return null;
      root = inner(el);
    }
    return el;
  };
  const el = named ? byName() : byPath();
  if (!el) return 'not on the page';

  const offset = (doc) => {
    const frame = doc.defaultView.frameElement;
    if (!frame) return [0, 0];
    const b = frame.getBoundingClientRect(), s = getComputedStyle(frame), o = offset(frame.ownerDocument);
    return [o[0] + b.left + frame.clientLeft + parseFloat(s.paddingLeft), o[1] + b.top + frame.clientTop + parseFloat(s.paddingTop)];
  };
  const up = (n) => n.assignedSlot || n.parentElement || n.getRootNode().host || n.ownerDocument.defaultView?.frameElement || null;
  const reaches = (x, y) => {
    let found = el.getRootNode().elementFromPoint(x, y);
    while (found && found.shadowRoot && found !== el) {
      const deeper = found.shadowRoot.elementFromPoint(x, y);
      if (!deeper || deeper === found) break;
      found = deeper;
    }
    for (let n = found; n; n = up(n)) if (n === el) return true;
    return false;
  };

  if (verb === 'focus') { el.focus(); return el.getRootNode().activeElement === el ? null : 'takes no focus'; }
  if (verb === 'scroll') {
    const way = el.scrollHeight - el.clientHeight;
    if (way <= 0) return 'has nothing to scroll';
    el.scrollTop = Number(value) * way;
    return null;
  }
  const tell = () => { for (const type of ['input', 'change']) el.dispatchEvent(new Event(type, { bubbles: true })); };
  if (verb === 'select') {
    const option = [...(el.options || [])].find((o) => collapse(o.label) === value);
    if (!option) return `has no option ${value}`;
    el.value = option.value;
    tell();
    return null;
  }
  if (verb === 'fill' && /^(date|time|month|week|datetime-local|color|range)$/.test(el.type)) {
    el.value = value;
    tell();
    return el.value === value ? null : `does not take ${value}`;
  }
  el.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
  const b = el.getBoundingClientRect(), [dx, dy] = offset(el.ownerDocument);
  for (const [fx, fy] of [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75], [0.1, 0.5], [0.9, 0.5]]) {
    const x = b.left + fx * b.width, y = b.top + fy * b.height;
    if (reaches(x, y)) return [x + dx, y + dy];
  }
  return 'is covered';
}
