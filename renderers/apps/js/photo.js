// An image editor: regions selected and moved, the photograph moved, cropped, painted over, outlined
// by a lasso, and pushed. Lengths are CSS pixels of the board; regions come in the photograph's.
(() => {
  const D = cw.data, canvas = document.getElementById('canvas'), board = document.getElementById('board');
  const image = document.getElementById('photo'), pen = canvas.getContext('2d');
  const [left, above, wide, high] = D.photo.box, fit = wide / D.photo.size[0];
  const S = { selected: D.selected, photo: [left, above], crop: D.tool === 'Crop' ? [left, above, left + wide, above + high] : null,
    drawn: null, moved: {}, painted: {}, spill: 0, lasso: {}, pushes: [] };
  const HANDLE = D.handle, STILL = 4; // a press that goes less far is a click
  let stroke = null, ghost = null;

  const area = (o) => Math.abs(o.reduce((s, [x, y], i) => { const [a, b] = o[(i + 1) % o.length]; return s + x * b - a * y; }, 0) / 2);
  const placed = (ps) => ps.map(([x, y]) => [left + x * fit, above + y * fit]);
  const regions = D.regions.map((r) => ({ ...r, outline: placed(r.outline), vertices: placed(r.vertices) }));
  const by = Object.fromEntries(regions.map((r) => [r.id, r]));
  // Smaller regions lie on top: a hat on a head can be taken.
  const stack = [...regions].sort((a, b) => area(a.outline) - area(b.outline) || (a.id < b.id ? -1 : 1));
  const shift = (r) => S.moved[r.id] || [0, 0];
  const inside = (o, [x, y]) => {
    let odd = false;
    for (let i = 0, j = o.length - 1; i < o.length; j = i++) {
      const [ax, ay] = o[i], [bx, by_] = o[j];
      if ((ay > y) !== (by_ > y) && x < ((bx - ax) * (y - ay)) / (by_ - ay) + ax) odd = !odd;
    }
    return odd;
  };
  const top = ([x, y]) => stack.find((r) => { const [dx, dy] = shift(r); return inside(r.outline, [x - dx, y - dy]); });
  const inPhoto = ([x, y]) => x >= S.photo[0] && y >= S.photo[1] && x < S.photo[0] + wide && y < S.photo[1] + high;
  const bounds = (o) => { const xs = o.map((p) => p[0]), ys = o.map((p) => p[1]); return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]; };
  const path = (o, [dx, dy] = [0, 0]) => {
    const p = new Path2D();
    o.forEach(([x, y], i) => p[i ? 'lineTo' : 'moveTo'](x + dx, y + dy));
    p.closePath();
    return p;
  };
  const radius = (r) => D.brush * Math.sqrt(area(r.outline));
  // One brush for a scene: that of the largest region there is something to do with.
  const brush = Math.max(4, ...stack.filter((r) => r.usable).slice(-1).map(radius));

  function size() {
    const r = devicePixelRatio, b = board.getBoundingClientRect();
    canvas.width = Math.round(b.width * r);
    canvas.height = Math.round(b.height * r);
    canvas.style.width = `${b.width}px`;
    canvas.style.height = `${b.height}px`;
    pen.setTransform(r, 0, 0, r, 0, 0);
    pen.imageSmoothingQuality = 'high';
  }
  const dashes = (p) => {
    pen.lineWidth = 2;
    for (const [colour, offset] of [['#fff', 0], ['#111', 5]]) { pen.strokeStyle = colour; pen.setLineDash([5, 5]); pen.lineDashOffset = offset; pen.stroke(p); }
    pen.setLineDash([]);
  };
  const lineOf = (points) => { const p = new Path2D(); points.forEach(([x, y], i) => p[i ? 'lineTo' : 'moveTo'](x, y)); return p; };
  function draw() {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    const [x, y] = S.photo, dx = x - left, dy = y - above;
    pen.drawImage(image, x, y, wide, high);
    // What was moved leaves a hole and lies where it went.
    for (const [id, d] of Object.entries(S.moved)) { pen.fillStyle = '#7f7f7f'; pen.fill(path(by[id].outline)); void d; }
    for (const [id, d] of Object.entries(S.moved)) {
      pen.save();
      pen.clip(path(by[id].outline, d));
      pen.drawImage(image, left + d[0], above + d[1], wide, high);
      pen.restore();
    }
    for (const [fx, fy, tx, ty] of S.pushes) {
      // What was under the brush lies now where the push ended.
      pen.save();
      pen.beginPath();
      pen.arc(tx, ty, brush, 0, 7);
      pen.clip();
      pen.drawImage(image, left + tx - fx, above + ty - fy, wide, high);
      pen.restore();
    }
    if (S.selected) dashes(path(by[S.selected].outline, [shift(by[S.selected])[0] + dx, shift(by[S.selected])[1] + dy]));
    if (S.crop) {
      const [x0, y0, x1, y1] = S.crop;
      pen.fillStyle = 'rgba(0,0,0,0.5)';
      pen.beginPath();
      pen.rect(left, above, wide, high);
      pen.rect(x0, y0, x1 - x0, y1 - y0);
      pen.fill('evenodd');
      dashes(lineOf([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]));
      for (const p of Object.values(handles())) { pen.fillStyle = '#fff'; pen.fillRect(p[0] - HANDLE / 2, p[1] - HANDLE / 2, HANDLE, HANDLE); pen.strokeStyle = '#111'; pen.lineWidth = 1; pen.strokeRect(p[0] - HANDLE / 2, p[1] - HANDLE / 2, HANDLE, HANDLE); }
    }
    if (stroke && D.tool === 'Quick select') { pen.strokeStyle = 'rgba(26,115,232,0.45)'; pen.lineWidth = 2 * brush; pen.lineCap = pen.lineJoin = 'round'; pen.stroke(lineOf(stroke)); }
    if (stroke && D.tool === 'Lasso') dashes(path(stroke));
    if (ghost) dashes(path(ghost));
  }
  const handles = () => { const [x0, y0, x1, y1] = S.crop; return { nw: [x0, y0], ne: [x1, y0], se: [x1, y1], sw: [x0, y1] }; };

  // Areas are counted in pixels of a mask, one for each CSS pixel.
  const masks = {};
  function mask(paint) {
    const c = new OffscreenCanvas(Math.ceil(canvas.clientWidth), Math.ceil(canvas.clientHeight)), g = c.getContext('2d', { willReadFrequently: true });
    paint(g);
    const d = g.getImageData(0, 0, c.width, c.height).data, out = new Uint8Array(c.width * c.height);
    for (let i = 0; i < out.length; i++) out[i] = d[4 * i + 3] > 127;
    return out;
  }
  const maskOf = (r) => (masks[r.id] ||= mask((g) => g.fill(path(r.outline))));
  const count = (m) => m.reduce((n, v) => n + v, 0);
  const both = (a, b) => { let n = 0; for (let i = 0; i < a.length; i++) n += a[i] & b[i]; return n; };
  const cent = (v) => Math.round(v * 100) / 100;

  const at = (e) => { const b = canvas.getBoundingClientRect(); return [e.clientX - b.left, e.clientY - b.top]; };
  const clamp = ([x, y]) => [Math.min(Math.max(x, left), left + wide), Math.min(Math.max(y, above), above + high)];
  const tools = {
    Select: (from) => {
      const r = top(from);
      return { up: (u) => {
        const to = at(u), far = Math.hypot(to[0] - from[0], to[1] - from[1]) > STILL;
        if (far && r) S.moved[r.id] = [shift(r)[0] + to[0] - from[0], shift(r)[1] + to[1] - from[1]];
        else if (!far && S.selected && r !== by[S.selected]) S.selected = null; // the first click lets go
        else if (!far) S.selected = r && r.usable ? r.id : null;
        draw();
      } };
    },
    Move: (from) => (inPhoto(from) ? { up: (u) => {
      const to = at(u);
      S.photo = [S.photo[0] + to[0] - from[0], S.photo[1] + to[1] - from[1]];
      draw();
    } } : null),
    Crop: (from) => {
      const held = Object.entries(handles()).find(([, p]) => Math.max(Math.abs(p[0] - from[0]), Math.abs(p[1] - from[1])) <= HANDLE / 2 + 1);
      const frame = (to) => {
        if (!held) return [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])];
        const [x0, y0, x1, y1] = S.crop, name = held[0];
        return [name.includes('w') ? to[0] : x0, name.includes('n') ? to[1] : y0, name.includes('e') ? to[0] : x1, name.includes('s') ? to[1] : y1];
      };
      return {
        move: (m) => { const [x0, y0, x1, y1] = frame(clamp(at(m))); ghost = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]; draw(); },
        up: (u) => { const to = clamp(at(u)); ghost = null; if (Math.hypot(to[0] - from[0], to[1] - from[1]) > STILL) { S.crop = frame(to); if (!held) S.drawn = `${to[0] < from[0] ? 'left' : 'right'} ${to[1] < from[1] ? 'up' : 'down'}`; } draw(); },
      };
    },
    'Quick select': (from) => {
      stroke = [from];
      return { move: (m) => { stroke.push(at(m)); draw(); }, up: () => {
        const painted = mask((g) => { g.lineWidth = 2 * brush; g.lineCap = g.lineJoin = 'round'; g.stroke(lineOf(stroke)); });
        for (const r of regions) if (r.usable) S.painted[r.id] = cent(both(painted, maskOf(r)) / Math.max(1, count(maskOf(r))));
        const most = regions.filter((r) => r.usable).sort((a, b) => S.painted[b.id] - S.painted[a.id])[0];
        S.spill = most ? cent((count(painted) - both(painted, maskOf(most))) / Math.max(1, count(maskOf(most)))) : 0;
        draw();
      } };
    },
    Lasso: (from) => {
      stroke = [from];
      return { move: (m) => { stroke.push(at(m)); draw(); }, up: () => {
        const drawn = mask((g) => g.fill(path(stroke))), n = count(drawn);
        for (const r of regions) if (r.usable) { const b = both(drawn, maskOf(r)); S.lasso[r.id] = cent(b / Math.max(1, n + count(maskOf(r)) - b)); }
        draw();
      } };
    },
    Warp: (from) => (inPhoto(from) ? { up: (u) => { const to = at(u); if (Math.hypot(to[0] - from[0], to[1] - from[1]) > STILL) S.pushes.push([...from, ...to]); draw(); } } : null),
  };
  cw.drag(canvas, (e) => tools[D.tool](at(e)));

  // --- truth ---------------------------------------------------------------------------------
  cw.makers.push(() => {
    const f = canvas.getBoundingClientRect(), to = ([x, y]) => [x + f.left, y + f.top];
    const boxed = ([x0, y0, x1, y1]) => [...to([x0, y0]), ...to([x1, y1])];
    const [x, y] = S.photo, whole = [x, y, x + wide, y + high], all = { role: 'img', hits: 1 };
    const parts = [
      { ...all, name: 'board', box: boxed([0, 0, canvas.clientWidth, canvas.clientHeight]), point: null, attributes: { kind: 'board' } },
      { ...all, name: 'photo', box: boxed(whole), point: to([x + wide / 2, y + high / 2]), attributes: { kind: 'photo' } },
    ];
    if (S.crop) parts.push({ ...all, name: 'crop frame', box: boxed(S.crop), point: null,
      attributes: { kind: 'crop', points: Object.fromEntries(Object.entries(handles()).map(([n, p]) => [n, to(p)])) } });
    // Regions of a photograph that lies elsewhere than it was opened are of no use in this tool.
    if (D.tool !== 'Move') for (const r of regions) {
      const b = bounds(r.outline), hits = [];
      let n = 0, seen = 0;
      for (let i = 0; i < 21; i++) for (let j = 0; j < 21; j++) {
        const p = [b[0] + (b[2] - b[0]) * (i + 0.5) / 21, b[1] + (b[3] - b[1]) * (j + 0.5) / 21];
        if (!inside(r.outline, p)) continue;
        n++;
        if (top(p) === r) seen++;
        // How far a press may miss and still take it, in 8 directions.
        let room = 0;
        while (room < 40 && [0, 1, 2, 3, 4, 5, 6, 7].every((k) => top([p[0] + (room + 1) * Math.cos(k * Math.PI / 4), p[1] + (room + 1) * Math.sin(k * Math.PI / 4)]) === r)) room++;
        if (room >= 3) hits.push([room, p]);
      }
      hits.sort((a, c) => c[0] - a[0] || a[1][0] - c[1][0] || a[1][1] - c[1][1]);
      const on = (i, sign) => r.outline.reduce((m, p) => (sign * p[i] < sign * m[i] ? p : m));
      parts.push({
        role: 'img', name: r.name, hits: n ? seen / n : 0, box: boxed(b), point: hits.length ? to(hits[0][1]) : null,
        state: { selected: S.selected === r.id },
        attributes: { kind: 'region', id: r.id, usable: r.usable, origin: r.origin, bounds: boxed(b), outline: r.outline.map(to), vertices: r.vertices.map(to),
          points: { center: to([(b[0] + b[2]) / 2, (b[1] + b[3]) / 2]), left: to(on(0, 1)), right: to(on(0, -1)), top: to(on(1, 1)), bottom: to(on(1, -1)) } },
      });
    }
    return parts;
  });
  cw.state = () => ({ tool: D.tool, brush: cent(brush), ...S });
  size();
  // Geometry needs no pixels: without this, an image that cannot be shown would go unnoticed.
  let broken = 'the photograph was never drawn';
  cw.makers.unshift(() => { if (broken) throw new Error(broken); return []; });
  image.decode().then(() => { broken = ''; draw(); }, (e) => { broken = `the photograph cannot be shown: ${e}`; });
})();
