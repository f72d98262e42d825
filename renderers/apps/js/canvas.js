// A drawing application on one canvas: select, move, resize, rotate, marquee, connect, move corners,
// write into shapes, and a pen.
(() => {
  const D = cw.data, canvas = document.getElementById('canvas'), pen = canvas.getContext('2d');
  const shapes = D.shapes.map((s) => ({ ...s })), by = Object.fromEntries(shapes.map((s) => [s.id, s]));
  const S = { selected: [...D.selected], connections: [], touched: [], editing: null, marquee: null };
  const HANDLE = D.handle, ROTATE = 26, SNAP = 12;
  const KNOBS = { nw: [0, 0], n: [0.5, 0], ne: [1, 0], e: [1, 0.5], se: [1, 1], s: [0.5, 1], sw: [0, 1], w: [0, 0.5] };
  let stroke = null, box = null;

  const fit = () => {
    const r = devicePixelRatio, b = canvas.parentElement.getBoundingClientRect();
    canvas.width = Math.round(b.width * r);
    canvas.height = Math.round(b.height * r);
    canvas.style.width = `${b.width}px`;
    canvas.style.height = `${b.height}px`;
    pen.setTransform(r, 0, 0, r, 0, 0);
  };
  const line = (s) => s.a !== undefined;
  const turn = (s, [x, y]) => { // from the shape's own frame, centre (0, 0), to the canvas
    const t = (s.angle || 0) * Math.PI / 180, c = Math.cos(t), n = Math.sin(t);
    return [s.cx + x * c - y * n, s.cy + x * n + y * c];
  };
  const back = (s, [x, y]) => {
    const t = -(s.angle || 0) * Math.PI / 180, c = Math.cos(t), n = Math.sin(t), dx = x - s.cx, dy = y - s.cy;
    return [dx * c - dy * n, dx * n + dy * c];
  };
  const place = (s, [u, v]) => turn(s, [(u - 0.5) * s.w, (v - 0.5) * s.h]);
  const outline = (s) => (line(s) ? [s.a, s.b] : s.unit.map((p) => place(s, p)));
  const path = (s) => {
    const p = new Path2D();
    outline(s).forEach(([x, y], i) => (i ? p.lineTo(x, y) : p.moveTo(x, y)));
    if (!line(s)) p.closePath();
    return p;
  };
  const near = ([x, y], [a, b], r) => Math.abs(x - a) <= r && Math.abs(y - b) <= r;
  const away = ([x, y], [a, b]) => Math.hypot(x - a, y - b);
  const toLine = (p, a, b) => {
    const l = away(a, b) ** 2 || 1, t = Math.max(0, Math.min(1, ((p[0] - a[0]) * (b[0] - a[0]) + (p[1] - a[1]) * (b[1] - a[1])) / l));
    return away(p, [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
  };
  // What a press at a point takes: topmost first. Own geometry, not the canvas's pixels.
  const inside = (s, [x, y]) => {
    const o = outline(s);
    let odd = false;
    for (let i = 0, j = o.length - 1; i < o.length; j = i++) {
      const [ax, ay] = o[i], [bx, by_] = o[j];
      if ((ay > y) !== (by_ > y) && x < ((bx - ax) * (y - ay)) / (by_ - ay) + ax) odd = !odd;
    }
    return odd;
  };
  const grab = (s) => Math.max(5, s.width / 2 + 2);
  const top = (p) => [...shapes].reverse().find((s) => (line(s) ? toLine(p, s.a, s.b) <= grab(s) : inside(s, p)));
  const bounds = (s) => {
    const o = outline(s), xs = o.map((p) => p[0]), ys = o.map((p) => p[1]);
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  };
  const knobs = (s) => {
    if (line(s)) return { start: s.a, end: s.b };
    const all = Object.fromEntries(Object.entries(KNOBS).map(([n, p]) => [n, place(s, p)]));
    all.rotate = turn(s, [0, -s.h / 2 - ROTATE]);
    return all;
  };
  const corners = (s) => (s.free ? outline(s) : []);
  const font = (s) => `${s.size}px "DejaVu Sans"`;
  // Does all of its text stand on the shape itself, and nothing on the text?
  const legible = (s) => {
    pen.font = font(s);
    const half = pen.measureText(s.text || '').width / 2;
    for (let i = -8; i <= 8; i++) for (let j = -2; j <= 2; j++)
      if (top([s.cx + (half * i) / 8, s.cy + (s.size * j) / 4]) !== s) return false;
    return !!s.text;
  };

  function draw() {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const s of shapes) {
      pen.save();
      pen.lineWidth = s.width;
      pen.strokeStyle = s.stroke;
      pen.setLineDash(s.dash ? [s.width * 3, s.width * 2] : []);
      if (!line(s)) { pen.fillStyle = s.fill; pen.fill(path(s), 'evenodd'); }
      pen.stroke(path(s));
      pen.setLineDash([]);
      if (line(s)) for (const [from, to] of [...(s.type !== 'line' ? [[s.a, s.b]] : []), ...(s.type === 'double arrow' ? [[s.b, s.a]] : [])]) {
        const t = Math.atan2(to[1] - from[1], to[0] - from[0]), l = 6 + 2.5 * s.width;
        pen.beginPath();
        for (const d of [0.45, -0.45]) { pen.moveTo(...to); pen.lineTo(to[0] - l * Math.cos(t + d), to[1] - l * Math.sin(t + d)); }
        pen.stroke();
      }
      if (s.text) {
        pen.fillStyle = s.ink;
        pen.font = font(s);
        pen.textAlign = 'center';
        pen.textBaseline = 'middle';
        pen.fillText(s.text, s.cx, s.cy);
      }
      pen.restore();
    }
    pen.lineWidth = 1;
    for (const id of S.selected) {
      const s = by[id];
      if (!line(s)) { pen.strokeStyle = '#808080'; pen.beginPath(); [[0, 0], [1, 0], [1, 1], [0, 1]].forEach((p, i) => pen[i ? 'lineTo' : 'moveTo'](...place(s, p))); pen.closePath(); pen.stroke(); }
      if (S.selected.length > 1) continue;
      for (const [name, p] of Object.entries(knobs(s))) {
        pen.beginPath();
        if (name === 'rotate') { pen.fillStyle = '#2e7d32'; pen.arc(p[0], p[1], HANDLE / 2, 0, 7); } else { pen.fillStyle = '#d32f2f'; pen.rect(p[0] - HANDLE / 2, p[1] - HANDLE / 2, HANDLE, HANDLE); }
        pen.fill();
      }
      for (const [x, y] of corners(s)) {
        pen.fillStyle = '#1565c0';
        pen.beginPath();
        [[0, -1], [1, 0], [0, 1], [-1, 0]].forEach(([a, b], i) => pen[i ? 'lineTo' : 'moveTo'](x + a * HANDLE * 0.7, y + b * HANDLE * 0.7));
        pen.fill();
      }
    }
    if (box) { pen.strokeStyle = '#1565c0'; pen.strokeRect(box[0], box[1], box[2] - box[0], box[3] - box[1]); }
    if (stroke) { pen.strokeStyle = '#111'; pen.lineWidth = 2; pen.beginPath(); stroke.forEach((p, i) => pen[i ? 'lineTo' : 'moveTo'](...p)); pen.stroke(); }
  }

  const at = (e) => { const b = canvas.getBoundingClientRect(); return [e.clientX - b.left, e.clientY - b.top]; };
  cw.drag(canvas, (e) => {
    const from = at(e);
    if (D.tool === 'pen') return draws(from);
    if (e.detail === 2) { const s = top(from); if (s && !line(s)) { e.preventDefault(); write(s); } return null; }
    const one = S.selected.length === 1 ? by[S.selected[0]] : null;
    if (one) {
      const corner = corners(one).findIndex((p) => near(from, p, HANDLE / 2 + 1));
      if (corner >= 0) return { up: (u) => { reshape(one, corner, at(u)); draw(); } };
      const knob = Object.entries(knobs(one)).find(([, p]) => near(from, p, HANDLE / 2 + 1));
      if (knob) return line(one) ? end(one, knob[0]) : knob[0] === 'rotate' ? rotate(one, from) : resize(one, knob[0], from);
    }
    const s = top(from);
    if (!s) return marquee(from);
    if (e.shiftKey) { S.selected = S.selected.includes(s.id) ? S.selected.filter((i) => i !== s.id) : [...S.selected, s.id]; draw(); return null; }
    S.selected = [s.id];
    draw();
    return { up: (u) => {
      const [x, y] = at(u), dx = x - from[0], dy = y - from[1];
      if (line(s)) { s.a = [s.a[0] + dx, s.a[1] + dy]; s.b = [s.b[0] + dx, s.b[1] + dy]; } else { s.cx += dx; s.cy += dy; }
      draw();
    } };
  });
  function end(s, name) {
    return { up: (u) => {
      let p = at(u);
      S.connections = S.connections.filter(([l, n]) => l !== s.id || n !== name);
      for (const o of shapes) if (!line(o)) for (const side of ['n', 'e', 's', 'w']) {
        const anchor = place(o, KNOBS[side]);
        if (away(p, anchor) <= SNAP) { p = anchor; S.connections.push([s.id, name, o.id, side]); }
      }
      s[name === 'start' ? 'a' : 'b'] = p;
      draw();
    } };
  }
  function rotate(s, from) {
    const was = Math.atan2(from[1] - s.cy, from[0] - s.cx), angle = s.angle || 0;
    return { up: (u) => {
      const [x, y] = at(u), now = Math.atan2(y - s.cy, x - s.cx);
      s.angle = (((angle + (now - was) * 180 / Math.PI) % 360) + 360) % 360;
      draw();
    } };
  }
  function resize(s, name, from) {
    const [u, v] = KNOBS[name], fixed = place(s, [1 - u, 1 - v]), a = back(s, from), w = s.w, h = s.h;
    return { up: (e) => {
      const b = back(s, at(e));
      if (u !== 0.5) s.w = Math.max(8, w + (b[0] - a[0]) * (u ? 1 : -1));
      if (v !== 0.5) s.h = Math.max(8, h + (b[1] - a[1]) * (v ? 1 : -1));
      const now = place(s, [1 - u, 1 - v]);
      s.cx += fixed[0] - now[0];
      s.cy += fixed[1] - now[1];
      draw();
    } };
  }
  function reshape(s, corner, to) {
    const o = outline(s);
    o[corner] = to;
    const xs = o.map((p) => p[0]), ys = o.map((p) => p[1]), x0 = Math.min(...xs), y0 = Math.min(...ys);
    s.w = Math.max(...xs) - x0; s.h = Math.max(...ys) - y0; s.cx = x0 + s.w / 2; s.cy = y0 + s.h / 2;
    s.unit = o.map(([x, y]) => [(x - x0) / s.w, (y - y0) / s.h]);
  }
  function marquee(from) {
    S.selected = [];
    return {
      move: (m) => { const p = at(m); box = [Math.min(from[0], p[0]), Math.min(from[1], p[1]), Math.max(from[0], p[0]), Math.max(from[1], p[1])]; draw(); },
      up: (u) => {
        const [x, y] = at(u);
        S.marquee = `${x < from[0] ? 'left' : 'right'} ${y < from[1] ? 'up' : 'down'}`;
        if (box) S.selected = shapes.filter((s) => { const b = bounds(s); return b[0] >= box[0] && b[1] >= box[1] && b[2] <= box[2] && b[3] <= box[3]; }).map((s) => s.id);
        box = null;
        draw();
      },
    };
  }
  function draws(from) {
    stroke = [from];
    const touch = (p) => {
      const last = stroke[stroke.length - 1];
      stroke.push(p);
      for (const s of shapes) if (!line(s) && toLine([s.cx, s.cy], last, p) <= D.dot && S.touched[S.touched.length - 1] !== s.id) S.touched.push(s.id);
      draw();
    };
    S.touched = [];
    touch(from);
    return { move: (m) => touch(at(m)), up: () => {} };
  }
  function write(s) {
    S.editing = s.id;
    const input = document.createElement('input'), b = canvas.getBoundingClientRect();
    input.className = 'writer';
    Object.assign(input.style, { left: `${b.left + s.cx - 70}px`, top: `${b.top + s.cy - 14}px` });
    input.onkeydown = (e) => {
      e.stopPropagation();
      if (e.key !== 'Enter') return;
      s.text = input.value;
      S.editing = null;
      input.remove();
      draw();
    };
    document.body.append(input);
    input.value = s.text || '';
    input.focus();
    input.select();
  }

  // --- truth ---------------------------------------------------------------------------------
  cw.makers.push(() => {
    const f = canvas.getBoundingClientRect(), shift = ([x, y]) => [x + f.left, y + f.top];
    return shapes.map((s, z) => {
      const o = outline(s), b = bounds(s), pad = s.width / 2, hits = [];
      let all = 0, seen = 0;
      if (line(s)) {
        for (let i = 1; i < 20; i++) { all++; const p = [s.a[0] + (s.b[0] - s.a[0]) * i / 20, s.a[1] + (s.b[1] - s.a[1]) * i / 20]; if (top(p) === s) { seen++; hits.push(p); } }
      } else for (let i = 0; i < 15; i++) for (let j = 0; j < 15; j++) {
        const p = [b[0] + (b[2] - b[0]) * (i + 0.5) / 15, b[1] + (b[3] - b[1]) * (j + 0.5) / 15];
        if (!inside(s, p)) continue;
        all++;
        if (top(p) === s) seen++;
        // A margin of 3 px inside keeps the point off edges whose pixels are blended.
        if ([[0, 0], [3, 0], [-3, 0], [0, 3], [0, -3]].every(([x, y]) => top([p[0] + x, p[1] + y]) === s)) hits.push(p);
      }
      const c = line(s) ? [(s.a[0] + s.b[0]) / 2, (s.a[1] + s.b[1]) / 2] : [s.cx, s.cy];
      hits.sort((p, q) => away(p, c) - away(q, c) || p[0] - q[0] || p[1] - q[1]);
      const points = Object.fromEntries(Object.entries({ ...knobs(s), center: c }).map(([n, p]) => [n, shift(p)]));
      return {
        role: 'img', name: s.type, text: s.text || '', hits: all ? seen / all : 0,
        box: [...shift([b[0] - pad, b[1] - pad]), ...shift([b[2] + pad, b[3] + pad])],
        point: hits.length ? shift(hits[0]) : null,
        state: { selected: S.selected.includes(s.id) },
        attributes: { kind: line(s) ? 'line' : 'shape', id: s.id, type: s.type, fill: s.fill_name || '', stroke: s.stroke_name, width: s.width,
          dashed: !!s.dash, z, angle: s.angle || 0, free: !!s.free, legible: legible(s), points, bounds: [...shift([b[0], b[1]]), ...shift([b[2], b[3]])],
          outline: o.map(shift), ...(s.free ? { vertices: o.map(shift) } : {}) },
      };
    });
  });
  cw.state = () => ({
    selected: [...S.selected].sort(), connections: S.connections, touched: S.touched, editing: S.editing, marquee: S.marquee,
    shapes: Object.fromEntries(shapes.map((s) => [s.id, line(s) ? { a: s.a, b: s.b }
      : { cx: s.cx, cy: s.cy, w: s.w, h: s.h, angle: s.angle || 0, text: s.text || '', ...(s.free ? { corners: outline(s) } : {}) }])),
  });
  fit();
  draw();
})();
