// Measures a page as it is shown: of each planned element its box, words, looks and state; links,
// headings, and what stands out of the page. CSS pixels of the page. Called in an isolated world.
() => {
  const rgba = (c) => {
    const m = c.match(/rgba?\(([^)]+)\)/);
    return m ? m[1].split(/[,/ ]+/).filter(Boolean).map(Number) : [0, 0, 0, 0];
  };
  const hex = ([r, g, b]) => "#" + [r, g, b].map((v) =>
    Math.round(v).toString(16).padStart(2, "0")).join("");
  // What an element stands on: the nearest fill around it, half-transparent ones laid over another.
  const ground = (el) => {
    const fills = [];
    for (let at = el; at; at = at.parentElement) {
      const [r, g, b, a = 1] = rgba(getComputedStyle(at).backgroundColor);
      if (a > 0) fills.push([r, g, b, a]);
      if (a === 1) break;
    }
    let seen = [255, 255, 255];
    for (const [r, g, b, a] of fills.reverse())
      seen = [r, g, b].map((v, i) => v * a + seen[i] * (1 - a));
    return hex(seen);
  };
  const opacity = (el) => {
    let seen = 1;
    for (let at = el; at; at = at.parentElement) seen *= Number(getComputedStyle(at).opacity);
    return seen;
  };
  const own = (el) => {
    let text = "";
    for (const n of el.childNodes) if (n.nodeType === 3) text += n.data;
    return text.replace(/\s+/g, " ").trim();
  };
  // Of its own text only: the boxes of the lines.
  const lines = (el) => {
    const out = [], range = document.createRange();
    for (const n of el.childNodes)
      if (n.nodeType === 3 && n.data.trim()) {
        range.selectNodeContents(n);
        for (const r of range.getClientRects())
          if (r.width > 0.5) out.push([r.left + scrollX, r.top + scrollY,
                                       r.right + scrollX, r.bottom + scrollY]);
      }
    return out;
  };
  const box = (el) => {
    const r = el.getBoundingClientRect();
    return [r.left + scrollX, r.top + scrollY, r.right + scrollX, r.bottom + scrollY];
  };
  const parent = (el) => el.parentElement && el.parentElement.closest("[data-node]");

  const nodes = [];
  let order = 0;
  for (const el of document.querySelectorAll("[data-node]")) {
    const s = getComputedStyle(el), up = parent(el), own_ = own(el);
    const one = {
      id: el.dataset.node, tag: el.tagName.toLowerCase(), parent: up ? up.dataset.node : "",
      section: (el.closest("section, nav, body > footer") || { dataset: {} }).dataset.node || "",
      order: order++, box: box(el), text: own_, lines: own_ ? lines(el) : [],
      shown: el.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
        opacity(el) > 0.05 && el.getBoundingClientRect().width > 0 &&
        el.getBoundingClientRect().height > 0,
      colour: hex(rgba(s.color)), ground: ground(el), fill: rgba(s.backgroundColor)[3] === 0 ? "" :
        hex(rgba(s.backgroundColor)),
      edge: parseFloat(s.borderTopWidth) && rgba(s.borderTopColor)[3] !== 0
        ? hex(rgba(s.borderTopColor)) : "",
      size: parseFloat(s.fontSize), font: s.fontFamily.split(",")[0].replaceAll(/['"]/g, ""),
      opacity: opacity(el), href: el.getAttribute("href"), alt: el.getAttribute("alt"),
      label: el.getAttribute("aria-label"), src: el.getAttribute("src"),
    };
    if (el.tagName === "IMG") {
      one.natural = [el.naturalWidth, el.naturalHeight];
      one.fit = s.objectFit;
    }
    if (el.tagName === "VIDEO")
      one.natural = [el.videoWidth, el.videoHeight];
    nodes.push(one);
  }
  const ids = new Set([...document.querySelectorAll("[id]")].map((e) => e.id));
  const links = [...document.querySelectorAll("a[href]")].map((a) => {
    const to = a.getAttribute("href"), inside = to.startsWith("#");
    return { node: a.dataset.node || "", to, reached: !inside || (to !== "#" && ids.has(to.slice(1))) };
  });
  // Words that no planned element holds: whatever a page says, its plan says.
  const strays = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const n = walker.currentNode, at = n.parentElement;
    if (!n.data.trim() || at.closest("script, style, svg, noscript") ||
        at.hasAttribute("data-node")) continue;
    strays.push(n.data.replace(/\s+/g, " ").trim().slice(0, 80));
  }
  // The mark of a chart is measured by its own script; what it is drawn in is looked at here.
  const charts = {};
  for (const el of document.querySelectorAll("[data-node] > .chart-host"))
    charts[el.parentElement.dataset.node] = {
      drawn: !!el.querySelector("svg"),
      texts: [...el.querySelectorAll("text")].filter((t) => t.textContent.trim() &&
        getComputedStyle(t).visibility !== "hidden").map((t) => t.textContent),
    };
  // Pictures, videos and charts, on pages of others too.
  const media = [];
  for (const el of document.querySelectorAll("img, video, iframe, canvas, svg, .chart-host")) {
    const kind = { IMG: "image", VIDEO: "video" }[el.tagName] || "chart";
    const b = box(el);
    if (el.parentElement.closest(".chart-host, svg, [data-cw-seen]")) continue;
    if (b[2] - b[0] < 64 || b[3] - b[1] < 48) continue; // an icon
    media.push({ kind, box: b, src: (el.getAttribute("src") || "").slice(0, 200),
                 alt: (el.getAttribute("alt") || el.getAttribute("aria-label") || "").slice(0, 300) });
  }
  return { nodes, links, strays, charts, media,
           title: document.title, words: document.body.innerText.slice(0, 200000) + " " +
             media.map((m) => m.alt).join(" "),
           broken_images: [...document.images].filter((i) => i.complete && !i.naturalWidth).length,
           wide: document.documentElement.scrollWidth, view: innerWidth,
           high: document.documentElement.scrollHeight };
}
