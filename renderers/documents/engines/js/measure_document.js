// Measures a document's page: of each node its box, its looks and the ink of each letter; of each
// chart the marks and all texts. Pixels of the viewport.
async () => {
  await window.cw.ready;
  const canvas = document.createElement("canvas").getContext("2d",
    { willReadFrequently: true });
  const inks = new Map(), dpr = window.devicePixelRatio;
  // Of a letter: left, right, up and down from its place on the line, and the line's ascent. Bounds
  // that a font tells are rounded out to whole pixels, and letters are fitted to pixels when they
  // are drawn: so each is drawn once, and the edges of its ink are read.
  const ink = (s, letter) => {
    const font = `${s.fontStyle} ${s.fontWeight} ${parseFloat(s.fontSize) * dpr}px ${s.fontFamily}`;
    const key = font + "|" + letter;
    if (!inks.has(key)) {
      canvas.font = font;
      const m = canvas.measureText(letter), ascent = Math.round(m.fontBoundingBoxAscent);
      inks.set(key, [...edges(font, letter, m), ascent].map((v) => v / dpr));
    }
    return inks.get(key);
  };
  const edges = (font, letter, bounds) => {
    const [left, right, up, down] = ["Left", "Right", "Ascent", "Descent"]
      .map((side) => bounds["actualBoundingBox" + side]);
    const x = Math.ceil(left) + 2, y = Math.ceil(up) + 2;
    const wide = x + Math.ceil(right) + 2, high = y + Math.ceil(down) + 2;
    if (!(wide > 0 && high > 0 && wide * high < 4e6)) return [-left, right, up, down];
    const held = canvas.canvas;
    if (wide > held.width || high > held.height) {
      held.width = Math.max(held.width, wide); // which also clears it, and forgets the font
      held.height = Math.max(held.height, high);
      canvas.font = font;
    }
    canvas.clearRect(0, 0, wide, high);
    canvas.fillText(letter, x, y);
    const data = canvas.getImageData(0, 0, wide, high).data;
    const columns = new Uint8Array(wide), lines = new Uint8Array(high);
    for (let row = 0, at = 3; row < high; row++) {
      for (let column = 0; column < wide; column++, at += 4) {
        const covered = data[at];
        if (covered > columns[column]) columns[column] = covered;
        if (covered > lines[row]) lines[row] = covered;
      }
    }
    const [x0, x1] = ends(columns), [y0, y1] = ends(lines);
    return x0 < x1 ? [x0 - x, x1 - x, y - y0, y1 - y] : [-left, right, up, down];
  };
  // Where ink begins and ends, from how much of each row or column is covered, of 255: as far
  // inside a pixel as that is not covered.
  const ends = (covered) => {
    const first = covered.findIndex((c) => c > 25), last = covered.findLastIndex((c) => c > 25);
    return first < 0 ? [0, 0] : [first + 1 - covered[first] / 255, last + covered[last] / 255];
  };
  const hex = (c) => {
    const m = c.match(/rgba?\(([^)]+)\)/);
    if (!m) return c;
    const [r, g, b, a] = m[1].split(/[,/ ]+/).filter(Boolean).map(Number);
    if (a === 0) return "";
    return "#" + [r, g, b].map((v) => Math.round(v).toString(16).padStart(2, "0")).join("");
  };

  // Letters of text in HTML: where each begins comes from the layout, its ink from the font.
  const letters = (el) => {
    const out = [];
    const walker = document.createTreeWalker(el, NodeFilter.SHOW_TEXT, {
      acceptNode: (n) => n.parentElement.closest("[data-node]") === el &&
        !n.parentElement.closest("svg, style, script") ? 1 : 2 });
    const range = document.createRange();
    while (walker.nextNode()) {
      const node = walker.currentNode, style = getComputedStyle(node.parentElement);
      for (let i = 0; i < node.data.length; i++) {
        const letter = node.data[i];
        if (!letter.trim()) continue;
        range.setStart(node, i);
        range.setEnd(node, i + 1);
        const r = range.getBoundingClientRect();
        if (!r.width && !r.height) continue;
        const [l, w, a, d, up] = ink(style, letter);
        // Lines stand on whole pixels.
        const base = Math.round((r.top + up) * dpr) / dpr;
        out.push([letter, r.left + l, base - a, r.left + w, base + d]);
      }
    }
    return out;
  };
  const svgLetters = (el) => {
    const out = [], text = el.textContent, style = getComputedStyle(el);
    const t = window.cw.snapped(el), number = el.getNumberOfChars();
    for (let i = 0; i < number; i++) {
      const letter = text[i];
      if (!letter || !letter.trim()) continue;
      const p = el.getStartPositionOfChar(i), [l, w, a, d] = ink(style, letter);
      const turn = el.getRotationOfChar(i) * Math.PI / 180;
      const xs = [], ys = [];
      for (const [x0, y0] of [[l, -a], [w, -a], [l, d], [w, d]]) {
        const x = p.x + x0 * Math.cos(turn) - y0 * Math.sin(turn);
        const y = p.y + x0 * Math.sin(turn) + y0 * Math.cos(turn);
        xs.push(t.a * x + t.c * y + t.e);
        ys.push(t.b * x + t.d * y + t.f);
      }
      out.push([letter, Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]);
    }
    return out;
  };

  const found = { nodes: {}, texts: {}, marks: window.cw.marks, axes: window.cw.axes,
    faults: window.cw.faults, page: [0, 0] };
  for (const el of document.querySelectorAll("[data-node]")) {
    const r = el.getBoundingClientRect(), s = getComputedStyle(el);
    found.page = [Math.max(found.page[0], r.right), Math.max(found.page[1], Math.round(r.bottom))];
    found.nodes[el.dataset.node] = {
      box: [r.left, r.top, r.right, r.bottom], fill: hex(s.backgroundColor), colour: hex(s.color),
      stroke: parseFloat(s.borderTopWidth) ? hex(s.borderTopColor) : "",
      stroke_width: parseFloat(s.borderTopWidth), dashed: s.borderTopStyle === "dashed",
      radius: parseFloat(s.borderTopLeftRadius) || 0, size: parseFloat(s.fontSize),
      bold: Number(s.fontWeight) >= 600, italic: s.fontStyle === "italic",
      font: s.fontFamily.split(",")[0].replaceAll(/['"]/g, ""), letters: letters(el),
      picture: el.querySelector(":scope > img")
        ? el.querySelector(":scope > img").naturalWidth > 0 : null,
    };
    if (el.querySelector(":scope > .chart-host")) {
      found.texts[el.dataset.node] = [...el.querySelectorAll("text")]
        .filter((t) => t.textContent.trim() && getComputedStyle(t).visibility !== "hidden" &&
          Number(getComputedStyle(t).opacity) > 0 && t.getNumberOfChars())
        .map((t) => ({ text: t.textContent, colour: hex(getComputedStyle(t).fill),
                       size: parseFloat(getComputedStyle(t).fontSize), letters: svgLetters(t) }));
    }
  }
  for (const m of Object.values(found.marks)) m.fill = hex(m.fill || "") || m.fill;
  return found;
}
