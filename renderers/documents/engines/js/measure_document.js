// Measures a document's page: of each node its box, its looks and the ink of each letter; of each
// chart the marks and all texts. Pixels of the viewport.
async () => {
  await window.cw.ready;
  const canvas = document.createElement("canvas").getContext("2d");
  const inks = new Map(), dpr = window.devicePixelRatio;
  // Of a letter: left, right, up and down from its place on the line, and the line's ascent. Fonts
  // are rounded to whole pixels of the device, so they are measured at its size.
  const ink = (font, letter) => {
    const key = font + "|" + letter;
    if (!inks.has(key)) {
      canvas.font = font;
      const m = canvas.measureText(letter);
      inks.set(key, [-m.actualBoundingBoxLeft, m.actualBoundingBoxRight,
        m.actualBoundingBoxAscent, m.actualBoundingBoxDescent,
        Math.round(m.fontBoundingBoxAscent)].map((v) => v / dpr));
    }
    return inks.get(key);
  };
  const fontOf = (s) =>
    `${s.fontStyle} ${s.fontWeight} ${parseFloat(s.fontSize) * dpr}px ${s.fontFamily}`;
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
      const font = fontOf(style);
      for (let i = 0; i < node.data.length; i++) {
        const letter = node.data[i];
        if (!letter.trim()) continue;
        range.setStart(node, i);
        range.setEnd(node, i + 1);
        const r = range.getBoundingClientRect();
        if (!r.width && !r.height) continue;
        const [l, w, a, d, up] = ink(font, letter);
        const base = r.top + up;
        out.push([letter, r.left + l, base - a, r.left + w, base + d]);
      }
    }
    return out;
  };
  const svgLetters = (el) => {
    const out = [], text = el.textContent, font = fontOf(getComputedStyle(el));
    const t = window.cw.snapped(el), number = el.getNumberOfChars();
    for (let i = 0; i < number; i++) {
      const letter = text[i];
      if (!letter || !letter.trim()) continue;
      const p = el.getStartPositionOfChar(i), [l, w, a, d] = ink(font, letter);
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
