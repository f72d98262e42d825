// A spreadsheet: select by click, drag, Shift and Ctrl; edit by double-click; resize by the edges of
// the headers; fill by the handle; move by the border of the selection.
(() => {
  const D = cw.data, grid = document.getElementById('grid');
  const GRIP = D.grip, HANDLE = D.handle, EDGE = 5;
  const S = { widths: [...D.widths], heights: [...D.heights], selection: D.selection, active: D.active,
    values: D.cells.map((row) => [...row]), editing: null };
  const hiddenCols = new Set(D.hidden_columns), hiddenRows = new Set(D.hidden_rows);
  const merged = new Map(D.merged.map(([r, c, rows, cols]) => [`${r},${c}`, [rows, cols]]));
  const covered = new Set();
  for (const [r, c, rows, cols] of D.merged)
    for (let i = r; i < r + rows; i++) for (let j = c; j < c + cols; j++) if (i !== r || j !== c) covered.add(`${i},${j}`);
  const rows = S.heights.length, cols = S.widths.length;
  const letter = (c) => String.fromCharCode(65 + c);
  const sum = (list, hidden, n) => { let t = 0; for (let i = 0; i < n; i++) if (!hidden.has(i)) t += list[i]; return t; };
  const left = (c) => D.row_head + sum(S.widths, hiddenCols, c), top = (r) => D.col_head + sum(S.heights, hiddenRows, r);
  const at = (e) => {
    const box = grid.getBoundingClientRect(), x = e.clientX - box.left, y = e.clientY - box.top;
    let c = 0, r = 0;
    for (let i = 0; i < cols; i++) if (!hiddenCols.has(i) && x >= left(i)) c = i;
    for (let i = 0; i < rows; i++) if (!hiddenRows.has(i) && y >= top(i)) r = i;
    for (const [key, [h, w]] of merged) {
      const [mr, mc] = key.split(',').map(Number);
      if (r >= mr && r < mr + h && c >= mc && c < mc + w) return [mr, mc];
    }
    return [r, c];
  };
  const range = (a, b) => {
    const span = ([r, c]) => { const [h, w] = merged.get(`${r},${c}`) || [1, 1]; return [r, c, r + h - 1, c + w - 1]; };
    const [p, q] = [span(a), span(b)];
    return [Math.min(p[0], q[0]), Math.min(p[1], q[1]), Math.max(p[2], q[2]), Math.max(p[3], q[3])];
  };
  const add = (cls, x, y, w, h, what, text = '') => {
    const el = document.createElement('div');
    el.className = cls;
    Object.assign(el.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
    if (text) el.textContent = text;
    if (what) cw.describe(el, what);
    grid.append(el);
    return el;
  };
  const role = (el, name) => { el.setAttribute('role', name); return el; };

  function draw() {
    grid.replaceChildren();
    add('corner', 0, 0, D.row_head, D.col_head);
    const inside = ([a, b, c, d], r, k) => r >= a && r <= c && k >= b && k <= d;
    const picked = (r, c) => S.selection.some((s) => inside(s, r, c));
    for (let c = 0; c < cols; c++) {
      if (hiddenCols.has(c)) continue;
      const whole = S.selection.some((s) => s[0] === 0 && s[2] === rows - 1 && s[1] <= c && c <= s[3]);
      const head = role(add(`head top${whole ? ' picked' : ''}`, left(c), 0, S.widths[c], D.col_head,
        { kind: 'column', col: c }, D.letters ? letter(c) : ''), 'columnheader');
      head.onmousedown = () => { S.selection = [[0, c, rows - 1, c]]; S.active = [0, c]; draw(); };
    }
    for (let r = 0; r < rows; r++) {
      if (hiddenRows.has(r)) continue;
      const head = role(add('head side', 0, top(r), D.row_head, S.heights[r], { kind: 'row', row: r }, String(r + 1)), 'rowheader');
      head.onmousedown = () => { S.selection = [[r, 0, r, cols - 1]]; S.active = [r, 0]; draw(); };
      for (let c = 0; c < cols; c++) {
        if (hiddenCols.has(c) || covered.has(`${r},${c}`)) continue;
        const [h, w] = merged.get(`${r},${c}`) || [1, 1];
        const x = left(c), y = top(r), wide = left(c + w) - x, high = top(r + h) - y;
        const text = S.values[r][c];
        const number = text !== '' && !isNaN(Number(text));
        const cls = `cell${picked(r, c) ? ' picked' : ''}${r === 0 ? ' title' : ''}${number ? ' number' : ''}${r % 2 && D.striped ? ' odd' : ''}`;
        role(add(cls, x, y, wide, high, { kind: 'cell', row: r, col: c, ...(h * w > 1 ? { rows: h, cols: w } : {}) }, text), 'gridcell');
      }
    }
    if (S.selection.length === 1 && !S.editing) {
      const [r0, c0, r1, c1] = S.selection[0];
      const x0 = left(c0), y0 = top(r0), x1 = left(c1 + 1), y1 = top(r1 + 1), w = x1 - x0, h = y1 - y0;
      add('outline', x0 - 1, y0 - 1, w + 1, h + 1);
      const e = EDGE, k = HANDLE;
      for (const [side, x, y, a, b] of [['top', x0, y0 - e / 2, w, e], ['left', x0 - e / 2, y0, e, h],
        ['bottom', x0, y1 - e / 2, w - k, e], ['right', x1 - e / 2, y0, e, h - k]])
        cw.drag(add('edge', x, y, a, b, { kind: 'selection_edge', side }), grabSelection);
      cw.drag(add('fill', x1 - k / 2, y1 - k / 2, k, k, { kind: 'fill_handle' }), grabFill);
    }
    for (let c = 0; c < cols; c++) if (!hiddenCols.has(c))
      cw.drag(add('grip across', left(c + 1) - GRIP / 2, 0, GRIP, D.col_head, { kind: 'column_edge', col: c }), (e) => {
        const from = e.clientX, was = S.widths[c];
        return { up: (u) => { S.widths[c] = Math.max(24, was + u.clientX - from); draw(); } };
      });
    for (let r = 0; r < rows; r++) if (!hiddenRows.has(r))
      cw.drag(add('grip along', 0, top(r + 1) - GRIP / 2, D.row_head, GRIP, { kind: 'row_edge', row: r }), (e) => {
        const from = e.clientY, was = S.heights[r];
        return { up: (u) => { S.heights[r] = Math.max(14, was + u.clientY - from); draw(); } };
      });
  }

  function grabSelection(e) {
    const [r0, c0, r1, c1] = S.selection[0], [gr, gc] = [Math.min(Math.max(at(e)[0], r0), r1), Math.min(Math.max(at(e)[1], c0), c1)];
    return { up: (u) => {
      const [r, c] = at(u), dr = r - gr, dc = c - gc;
      if (!dr && !dc) return;
      if (r0 + dr < 0 || c0 + dc < 0 || r1 + dr >= rows || c1 + dc >= cols) return;
      const taken = [];
      for (let i = r0; i <= r1; i++) for (let j = c0; j <= c1; j++) { taken.push([i, j, S.values[i][j]]); S.values[i][j] = ''; }
      for (const [i, j, v] of taken) S.values[i + dr][j + dc] = v;
      S.selection = [[r0 + dr, c0 + dc, r1 + dr, c1 + dc]];
      S.active = [r0 + dr, c0 + dc];
      draw();
    } };
  }
  function grabFill() {
    const [r0, c0, r1, c1] = S.selection[0];
    return { up: (u) => {
      const [r, c] = at(u);
      if (r > r1) for (let i = r1 + 1; i <= r; i++) for (let j = c0; j <= c1; j++) S.values[i][j] = S.values[r0 + (i - r0) % (r1 - r0 + 1)][j];
      else if (c > c1) for (let j = c1 + 1; j <= c; j++) for (let i = r0; i <= r1; i++) S.values[i][j] = S.values[i][c0 + (j - c0) % (c1 - c0 + 1)];
      else return;
      S.selection = [[r0, c0, Math.max(r, r1), r > r1 ? c1 : Math.max(c, c1)]];
      draw();
    } };
  }

  cw.drag(grid, (e) => {
    if (!e.target.classList.contains('cell')) return null;
    if (S.editing) commit();
    const here = at(e);
    // The first press has drawn the cells anew, so a browser sees no double-click: its count tells.
    if (e.detail === 2) { e.preventDefault(); edit(here); return null; }
    if (e.shiftKey) { S.selection = [range(S.active, here)]; draw(); return null; }
    if (e.ctrlKey) { S.selection = [...S.selection, range(here, here)]; S.active = here; draw(); return null; }
    S.active = here;
    S.selection = [range(here, here)];
    draw();
    return { move: (m) => { S.selection = [range(here, at(m))]; draw(); } };
  });
  function edit([r, c]) {
    S.editing = [r, c];
    draw();
    const [h, w] = merged.get(`${r},${c}`) || [1, 1];
    const input = document.createElement('input');
    input.className = 'editor';
    input.value = S.values[r][c];
    Object.assign(input.style, { left: `${left(c)}px`, top: `${top(r)}px`, width: `${left(c + w) - left(c)}px`, height: `${top(r + h) - top(r)}px` });
    input.onkeydown = (e) => {
      if (e.key === 'Enter') commit();
      if (e.key === 'Escape') { S.editing = null; draw(); }
      e.stopPropagation();
    };
    grid.append(input);
    input.focus();
    input.select();
  }
  function commit() {
    const [r, c] = S.editing, input = grid.querySelector('.editor');
    S.values[r][c] = input.value;
    S.editing = null;
    draw();
  }
  cw.state = () => ({ selection: S.selection, active: S.active, editing: S.editing, values: S.values,
    widths: S.widths, heights: S.heights });
  draw();
})();
