// svgedit: our shapes in its canvas. They are told of as the canvas's own are (canvas.js).
(() => {
  const D = cw.data, root = document.getElementById('editor'), NS = 'http://www.w3.org/2000/svg';
  // It asks for pictures by paths that are relative to its own page.
  const base = document.createElement('base');
  base.href = document.querySelector('script[src*="iife-Editor"]').src;
  document.head.append(base);
  const [wide, high] = D.size, by = Object.fromEntries(D.shapes.map((s) => [s.id, s]));
  const drawn = (s) => `<polygon id="${s.id}" points="${s.unit.map(([u, v]) => `${s.cx + (u - 0.5) * s.w},${s.cy + (v - 0.5) * s.h}`).join(' ')}"
    fill="${s.fill}" fill-rule="evenodd" stroke="${s.stroke}" stroke-width="${s.width}"${s.dash ? ` stroke-dasharray="${s.width * 3},${s.width * 2}"` : ''}/>`;
  const editor = new (Editor.default || Editor)(root);
  editor.setConfig({ dimensions: [wide, high], extensions: [], noDefaultExtensions: true, noStorageOnLoad: true, allowInitialUserOverride: false, showRulers: false });
  editor.ready(() => {
    editor.loadSvgString(`<svg xmlns="${NS}" width="${wide}" height="${high}">${D.shapes.map(drawn).join('')}</svg>`);
    const board = editor.svgCanvas, shapes = () => D.shapes.map((s) => document.getElementById(s.id)).filter(Boolean);
    board.selectOnly(D.selected.map((id) => document.getElementById(id)), true);
    const chosen = () => board.getSelectedElements().filter(Boolean).map((e) => e.id).sort();
    let marquee = null, from = null;
    root.addEventListener('mousedown', (e) => { from = [e.clientX, e.clientY]; }, true);
    addEventListener('mouseup', (e) => {
      if (from && board.getMode() === 'multiselect') marquee = `${e.clientX < from[0] ? 'left' : 'right'} ${e.clientY < from[1] ? 'up' : 'down'}`;
      from = null;
    }, true);
    // An SVG is painted from a whole pixel on; where the browser says it stands is not rounded, but
    // kept in 64ths of a pixel: a half must stay one to be rounded up as the browser does.
    const snap = (v) => Math.round(Math.round(v * devicePixelRatio * 64) / 64) / devicePixelRatio - v;
    const shown = ([x, y]) => { const b = document.getElementById('svgroot').getBoundingClientRect(); return [x + snap(b.left), y + snap(b.top)]; };
    const put = (e, x, y) => { const p = new DOMPoint(x, y).matrixTransform(e.getScreenCTM()); return shown([p.x, p.y]); };
    // Of a shape in the drawing's own units: a resized one may keep its corners and have a matrix.
    const frame = (e) => document.getElementById('svgcontent').getScreenCTM().inverse().multiply(e.getScreenCTM());
    const turned = (m) => Math.round(Math.atan2(m.b, m.a) * 180 / Math.PI * 100 + 36000) / 100 % 360;
    const at = ([x, y]) => document.elementFromPoint(x, y);
    const middle = (e) => { const b = e.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; };
    cw.state = () => ({
      selected: chosen(), marquee,
      shapes: Object.fromEntries(shapes().map((e) => {
        // To a hundredth: turning a shape about its centre moves that by less.
        const b = e.getBBox(), m = frame(e), p = new DOMPoint(...middle(e)).matrixTransform(m), round = (v) => Math.round(v * 100) / 100;
        const [w, h] = [b.width * Math.hypot(m.a, m.b), b.height * Math.hypot(m.c, m.d)];
        return [e.id, { cx: round(p.x), cy: round(p.y), w: round(w), h: round(h), angle: turned(m), text: '' }];
      })),
    });
    const grip = (name) => {
      const found = document.getElementById(name === 'rotate' ? 'selectorGrip_rotate' : `selectorGrip_resize_${name}`);
      const b = found?.getBoundingClientRect(), p = b && shown([b.left + b.width / 2, b.top + b.height / 2]);
      // The rod of the rotation handle begins at the upper grip, and there takes the press for itself.
      const free = b?.width && [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]].every(([u, v]) => at([p[0] + u, p[1] + v]) === found);
      return free ? p : null;
    };
    cw.makers.push(() => shapes().map((e, z) => {
      const s = by[e.id], b = e.getBBox(), mid = put(e, ...middle(e)), selected = chosen().includes(e.id);
      const outline = [...e.points].map((p) => put(e, p.x, p.y)), xs = outline.map((p) => p[0]), ys = outline.map((p) => p[1]);
      const [x0, y0, x1, y1] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)], pad = s.width / 2, hits = [];
      let all = 0, seen = 0;
      for (let i = 0; i < 15; i++) for (let j = 0; j < 15; j++) {
        const [x, y] = [b.x + b.width * (i + 0.5) / 15, b.y + b.height * (j + 0.5) / 15];
        if (!e.isPointInFill(new DOMPoint(x, y))) continue;
        all++;
        const p = put(e, x, y);
        if (at(p) !== e) continue;
        seen++;
        // A margin of 3 px inside keeps the point off edges whose pixels are blended.
        if ([[3, 0], [-3, 0], [0, 3], [0, -3]].every(([u, v]) => at([p[0] + u, p[1] + v]) === e)) hits.push(p);
      }
      const away = ([x, y]) => Math.hypot(x - mid[0], y - mid[1]);
      hits.sort((p, q) => away(p) - away(q) || p[0] - q[0] || p[1] - q[1]);
      const points = { center: mid, n: put(e, b.x + b.width / 2, b.y), s: put(e, b.x + b.width / 2, b.y + b.height), w: put(e, b.x, b.y + b.height / 2), e: put(e, b.x + b.width, b.y + b.height / 2) };
      if (selected && chosen().length === 1) for (const name of ['n', 's', 'w', 'e', 'nw', 'ne', 'sw', 'se', 'rotate']) {
        const p = grip(name);
        if (p) points[name === 'rotate' ? name : `grip ${name}`] = p;
      }
      return {
        role: 'img', name: s.type, text: '', hits: all ? seen / all : 0, box: [x0 - pad, y0 - pad, x1 + pad, y1 + pad], point: hits[0] || null, state: { selected },
        attributes: { kind: 'shape', id: s.id, type: s.type, fill: s.fill_name, stroke: s.stroke_name, width: s.width, dashed: !!s.dash, z, angle: turned(frame(e)), free: false,
          bounds: [x0, y0, x1, y1], outline, points },
      };
    }));
  });
  editor.init();
})();
