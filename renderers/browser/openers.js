// What a person would try on this page: [kind, verb, address, value] each, in document order. Runs
// after measure.js; the address is role and name where no other element on show has the same, else
// a CSS path, ` >>> ` going into shadow roots and frames.
() => {
  const collapse = (s) => (s || '').replace(/\p{Co}+/gu, ' ').replace(/\s+/g, ' ').trim();
  const within = (el) => {
    const root = el.getRootNode();
    if (el.id && root.querySelectorAll(`#${CSS.escape(el.id)}`).length === 1) return `#${CSS.escape(el.id)}`;
    const parent = el.parentElement;
    const twins = parent ? [...parent.children].filter((c) => c.localName === el.localName) : [el];
    const own = el.localName + (twins.length > 1 ? `:nth-of-type(${twins.indexOf(el) + 1})` : '');
    return parent ? `${within(parent)} > ${own}` : own;
  };
  const path = (el) => {
    const root = el.getRootNode();
    if (root.host) return `${path(root.host)} >>> ${within(el)}`;
    const frame = root.defaultView && root.defaultView.frameElement;
    return frame ? `${path(frame)} >>> ${within(el)}` : within(el);
  };
  const shown = new Map();
  const count = (root) => {
    for (const el of root.querySelectorAll('*')) {
      if (el.computedName && el.checkVisibility({ visibilityProperty: true })) {
        const key = `${el.computedRole} "${collapse(el.computedName)}"`;
        shown.set(key, (shown.get(key) || 0) + 1);
      }
      if (el.shadowRoot) count(el.shadowRoot);
      let inside = null;
      try { inside = el.contentDocument; } catch { /* another origin */ }
      if (inside) count(inside);
    }
  };
  count(document);
  const address = (el) => {
    const key = `${el.computedRole} "${collapse(el.computedName)}"`;
    return /^\w+ "[^"]{1,80}"$/.test(key) && shown.get(key) === 1 ? key : path(el);
  };
  // Plain ASCII text of a kind with the field; any fixed words serve
  const text = (el) => ({
    email: 'ann@example.com', number: el.min || '7', tel: '555 0100', url: 'https://example.com', password: 'secret-7',
    date: '2026-02-14', time: '09:30', month: '2026-02', week: '2026-W07', 'datetime-local': '2026-02-14T09:30',
    search: 'report', color: '#3366cc', range: el.max || '70',
  })[el.type] || 'Ann Lee';
  const found = [];
  const add = (kind, verb, el, value = '') => found.push([kind, verb, address(el), value]);
  for (const el of corpuswright.els) {
    const role = el.computedRole || '', tag = el.localName, label = collapse(el.computedName);
    if (el.disabled || el.getAttribute('aria-disabled') === 'true') continue;
    const data = [...el.attributes].some((a) => /^data-(bs-)?(toggle|dropdown|modal|menu|popover|open|target)/.test(a.name));
    const away = tag === 'a' && el.hasAttribute('href') && !/^(#|javascript:)/.test(el.getAttribute('href'));
    if (el.getAttribute('aria-haspopup') || el.getAttribute('aria-expanded') === 'false' || data || tag === 'summary') {
      if (!away && tag !== 'select') add('menu', 'click', el);
    } else if (tag === 'select') {
      const other = [...el.options].find((o) => !o.selected && !o.disabled && collapse(o.label));
      if (other && !el.multiple) add('select', 'select', el, collapse(other.label));
    } else if (role === 'tab' && el.getAttribute('aria-selected') !== 'true') add('tab', 'click', el);
    else if ((tag === 'input' || tag === 'textarea') && /textbox|searchbox|combobox|spinbutton|slider/.test(role) && !el.readOnly)
      add('field', 'fill', el, text(el));
    else if (/checkbox|radio|switch/.test(role)) add('toggle', 'click', el);
    else if (role === 'row' && getComputedStyle(el).cursor === 'pointer') add('row', 'click', el);
    else if (role === 'button' && !away && !(el.type === 'submit' && el.form)) add('button', 'click', el);
    if ((role === 'button' || role === 'link' || role === 'menuitem') && label) add('hover', 'hover', el);
  }
  for (const el of document.querySelectorAll('*')) {
    const style = getComputedStyle(el), b = el.getBoundingClientRect();
    if (/auto|scroll/.test(style.overflowY) && el.scrollHeight > el.clientHeight + 40 && el !== document.body &&
        el !== document.documentElement && b.width > 40 && b.height > 40 && b.top < innerHeight && b.bottom > 0)
      add('pane', 'scroll', el, '0.5');
  }
  return found;
}
