// A desktop: windows that move, come to the front and are resized by their edges; in them sliders,
// files that go into an upload area, cards that go from list to list, a log that scrolls.
(() => {
  const D = cw.data, desk = document.getElementById('desk');
  const S = { windows: {}, sliders: {}, uploads: [], cards: {}, scrolled: {}, order: D.windows.map((w) => w.id) };
  const el = (parent, cls, what, text) => {
    const e = document.createElement('div');
    e.className = cls;
    if (text !== undefined) e.textContent = text;
    if (what) cw.describe(e, what);
    if (what && ROLES[what.kind]) e.setAttribute('role', ROLES[what.kind]);
    parent.append(e);
    return e;
  };
  const ROLES = { title: 'heading', list: 'heading', label: 'heading', file: 'button', card: 'button', task: 'button', upload: 'button' };
  const MIN = [160, 110], EDGE = D.edge;
  const front = (id) => { S.order = [...S.order.filter((o) => o !== id), id]; stack(); };
  const stack = () => S.order.forEach((id, z) => { const w = document.getElementById(id); if (w) w.style.zIndex = z + 1; });

  // A thing carried from `from`; let go over something with `data-drop` it goes there.
  function carry(thing, drop) {
    cw.drag(thing, () => ({ up: (u) => {
      const under = document.elementsFromPoint(u.clientX, u.clientY).find((n) => n !== thing);
      const target = under && under.closest('[data-drop]');
      if (target) drop(target);
    } }));
  }
  const FILL = {
    settings: (w, body) => {
      for (const s of w.items) {
        S.sliders[s.name] = s.value;
        const row = el(body, 'row');
        el(row, 'label', { kind: 'label', name: s.name }, s.name);
        const track = el(row, 'track', { kind: 'track', name: s.name });
        track.style.width = `${w.track}px`;
        const knob = el(track, 'knob', { kind: 'knob', name: s.name });
        const value = el(row, 'value', null, '');
        const show = () => { knob.style.left = `${(S.sliders[s.name] / 100) * w.track}px`; value.textContent = String(Math.round(S.sliders[s.name])); };
        cw.drag(knob, (e) => {
          const off = e.clientX - track.getBoundingClientRect().left - (S.sliders[s.name] / 100) * w.track;
          return { move: (m) => {
            const x = m.clientX - off - track.getBoundingClientRect().left;
            S.sliders[s.name] = Math.max(0, Math.min(100, (x / w.track) * 100));
            show();
          } };
        });
        show();
      }
    },
    files: (w, body) => {
      for (const name of w.items) {
        const file = el(body, 'file', { kind: 'file', name });
        const icon = el(file, 'icon', null, name.split('.').pop().toUpperCase());
        icon.dataset.x = '';
        el(file, 'name', null, name);
        carry(file, (target) => { if (target.dataset.drop === 'upload') { S.uploads.push(name); el(target, 'done', null, `✓ ${name}`); } });
      }
    },
    upload: (w, body) => {
      const area = el(body, 'area', { kind: 'upload' }, w.items[0]);
      area.dataset.drop = 'upload';
    },
    board: (w, body) => {
      for (const list of w.items) {
        const column = el(body, 'column');
        column.dataset.drop = list.name;
        el(column, 'head', { kind: 'list', name: list.name }, list.name);
        for (const name of list.cards) {
          S.cards[name] = list.name;
          const card = el(column, 'card', { kind: 'card', name }, name);
          carry(card, (target) => { if (target.dataset.drop !== 'upload') { S.cards[name] = target.dataset.drop; target.append(card); } });
        }
      }
    },
    log: (w, body) => {
      body.classList.add('log');
      cw.describe(body, { kind: 'log', window: w.id });
      S.scrolled[w.id] = 0;
      body.addEventListener('scroll', () => { S.scrolled[w.id] = Math.round(body.scrollTop); });
      for (const line of w.items) el(body, 'entry', null, line);
    },
  };

  for (const w of D.windows) {
    const at = S.windows[w.id] = { x: w.x, y: w.y, w: w.w, h: w.h };
    const frame = el(desk, 'window');
    frame.id = w.id;
    const lay = () => Object.assign(frame.style, { left: `${at.x}px`, top: `${at.y}px`, width: `${at.w}px`, height: `${at.h}px` });
    frame.addEventListener('mousedown', () => front(w.id), true);
    const bar = el(frame, 'bar');
    const title = el(bar, 'title', { kind: 'title', window: w.id }, w.title);
    cw.drag(title, (e) => {
      const [x, y] = [e.clientX - at.x, e.clientY - at.y];
      return { move: (m) => { at.x = m.clientX - x; at.y = m.clientY - y; lay(); } };
    });
    const close = el(bar, 'close', { kind: 'close', window: w.id }, '×');
    close.onclick = () => { delete S.windows[w.id]; frame.remove(); S.order = S.order.filter((o) => o !== w.id); };
    const body = el(frame, 'body');
    FILL[w.kind](w, body);
    for (const side of ['right', 'left', 'bottom']) {
      const grip = el(frame, `edge ${side}`, { kind: 'edge', window: w.id, side });
      cw.drag(grip, () => ({ move: (m) => {
        if (side === 'right') at.w = Math.max(MIN[0], m.clientX - at.x);
        if (side === 'bottom') at.h = Math.max(MIN[1], m.clientY - at.y);
        if (side === 'left') { const far = at.x + at.w; at.x = Math.min(far - MIN[0], m.clientX); at.w = far - at.x; }
        lay();
      } }));
    }
    lay();
  }
  const bar = el(desk, 'taskbar');
  for (const w of D.windows) {
    const b = el(bar, 'task', { kind: 'task', window: w.id }, w.title);
    b.onclick = () => { if (document.getElementById(w.id)) front(w.id); };
  }

  stack();
  cw.state = () => ({ ...S });
})();
