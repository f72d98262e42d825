// Draws the charts of a page by their libraries, all of them as SVG, and says where each mark came
// to lie. `charts` is what renderers/documents/charts.py's `drawn` returns; ids are those of nodes.
(() => {
  const cw = (window.cw = { marks: {}, axes: {}, faults: [] });

  const face = (c) => `'${c.font}'`; // a name may end in a number, as no bare one may
  const labelOf = (m) => (m.label ? m.label : "");

  // The box of an SVG shape without its stroke, in pixels of the viewport.
  // An SVG element is painted from a whole pixel of the device on, wherever its place is.
  const snapped = cw.snapped = (el) => {
    const svg = el.closest(".chart-host").querySelector("svg"), r = svg.getBoundingClientRect();
    const off = (v) => Math.round(v * devicePixelRatio) / devicePixelRatio - v;
    const t = el.getScreenCTM();
    return { a: t.a, b: t.b, c: t.c, d: t.d, e: t.e + off(r.left), f: t.f + off(r.top) };
  };
  const boxOf = (el) => {
    const b = el.getBBox(), t = snapped(el);
    const xs = [], ys = [];
    for (const [x, y] of [[b.x, b.y], [b.x + b.width, b.y], [b.x, b.y + b.height],
                          [b.x + b.width, b.y + b.height]]) {
      xs.push(t.a * x + t.c * y + t.e);
      ys.push(t.b * x + t.d * y + t.f);
    }
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  };
  const origin = (host) => {
    const r = host.querySelector("svg").getBoundingClientRect();
    const whole = (v) => Math.round(v * devicePixelRatio) / devicePixelRatio;
    return { x: whole(r.x), y: whole(r.y) };
  };
  const fillOf = (el) => getComputedStyle(el).fill;

  const echartsOption = (c) => {
    const text = { color: c.ink, fontFamily: face(c), fontSize: c.size };
    const legend = c.legend && {
      show: true, textStyle: text, icon: "rect",
      data: c.entries.map((e) => ({ name: `s${e.of}`, itemStyle: { color: e.fill } })),
      formatter: (name) => c.entries.find((e) => `s${e.of}` === name).text,
      itemWidth: 16, itemHeight: 12, selectedMode: false,
      ...(c.legend === "top" ? { top: 0, left: "center" } :
          c.legend === "bottom" ? { bottom: 0, left: "center" } :
          { right: 0, top: "middle", orient: "vertical" }),
    };
    if (c.kind === "pie") {
      return {
        animation: false, legend,
        series: [{
          type: "pie", radius: ["0%", "72%"],
          center: [c.legend === "right" ? "40%" : "50%",
                   c.legend === "top" ? "56%" : c.legend === "bottom" ? "44%" : "50%"],
          label: { show: false }, silent: true, itemStyle: { borderWidth: 0 },
          data: c.series[0].marks.map((m, i) => ({
            value: m.value, name: `s${i}`, itemStyle: { color: m.fill } })),
        }],
      };
    }
    const across = c.kind === "horizontal_bar";
    const category = {
      type: "category", data: c.categories, name: across ? c.y_title : c.x_title,
      inverse: across, axisLabel: { ...text, interval: 0 }, nameLocation: "middle",
      nameTextStyle: text, nameGap: across ? 8 + 7.2 * Math.max(...c.categories.map(
        (t) => t.length)) * c.size / 13 : c.size * 2.3,
      axisLine: { lineStyle: { color: c.ink } }, axisTick: { show: false },
      boundaryGap: true,
    };
    const longest = Math.max(...c.ticks.map((t) => t.length));
    const value = {
      type: "value", min: 0, max: c.end, interval: c.step, name: across ? c.x_title : c.y_title,
      nameLocation: "middle", nameTextStyle: text,
      nameGap: across ? c.size * 2.3 : 16 + 7.5 * longest * c.size / 13,
      axisLabel: { ...text, formatter: (v) => c.ticks[Math.round(v / c.step)] },
      splitLine: { lineStyle: { color: c.ink, opacity: 0.15 } },
    };
    return {
      animation: false, legend, textStyle: text,
      grid: {
        containLabel: true, left: c.size * 2.6, bottom: c.size * (c.legend === "bottom" ? 4.6 : 2.6),
        top: c.size * (c.legend === "top" ? 3 : 1.6), right: c.legend === "right" ? 150 : 24,
      },
      [across ? "yAxis" : "xAxis"]: category,
      [across ? "xAxis" : "yAxis"]: value,
      series: c.series.map((s, number) => ({
        name: `s${number}`, type: c.kind === "line" ? "line" : "bar", silent: true,
        stack: c.kind === "stacked_bar" ? "all" : undefined,
        symbol: "circle", symbolSize: 9, showAllSymbol: true, lineStyle: { width: 3, color: s.fill },
        itemStyle: { color: s.fill, borderWidth: 0 }, barMaxWidth: 90,
        barCategoryGap: "35%", barGap: "8%",
        label: { show: s.marks.some((m) => m.label), position: across ? "right" : "top", ...text,
                 formatter: (p) => labelOf(s.marks[p.dataIndex]) },
        data: s.marks.map((m) => ({ value: m.value, itemStyle: { color: m.fill } })),
      })),
    };
  };

  const drawEcharts = async (c, host) => {
    const chart = echarts.init(host, null, { renderer: "svg", width: c.size_px[0],
                                             height: c.size_px[1] });
    chart.setOption(echartsOption(c));
    const at = origin(host);
    // What is drawn lies on whole pixels where that is sharper; the model does not say so.
    const paths = [...host.querySelectorAll("path")].map(boxOf);
    const drawn = (box) => {
      const off = (other) => Math.max(...box.map((v, i) => Math.abs(v - other[i])));
      const near = paths.reduce((a, b) => (off(b) < off(a) ? b : a));
      return off(near) < 2 ? near : box;
    };
    c.series.forEach((s, i) => {
      const data = chart.getModel().getSeriesByIndex(i).getData();
      s.marks.forEach((m, j) => {
        let el = data.getItemGraphicEl(j);
        if (el && el.childAt) el = el.childAt(0); // a line's symbol lies in a group of its own
        if (!el) return;
        const r = el.getBoundingRect().clone();
        const t = el.getComputedTransform();
        if (t) r.applyTransform(t);
        cw.marks[m.id] = { box: drawn([at.x + r.x, at.y + r.y, at.x + r.x + r.width,
                                       at.y + r.y + r.height]), fill: el.style.fill };
      });
    });
    if (c.kind !== "pie") {
      const axis = c.kind === "horizontal_bar" ? "x" : "y";
      const finder = axis === "x" ? { xAxisIndex: 0 } : { yAxisIndex: 0 };
      const p = (v) => chart.convertToPixel(finder, v) + (axis === "x" ? at.x : at.y);
      cw.axes[c.id] = [axis, 0, p(0), c.end, p(c.end)];
    }
  };

  const vegaSpec = (c) => {
    const rows = [];
    c.series.forEach((s, number) => s.marks.forEach((m, i) => rows.push({
      id: m.id, category: m.category, series: `s${c.kind === "pie" ? i : number}`, value: m.value,
      fill: m.fill, label: m.label })));
    const across = c.kind === "horizontal_bar", line = c.kind === "line";
    const parts = c.kind === "pie" ? c.series[0].marks : c.series;
    const names = parts.map((_, i) => `s${i}`);
    const said = Object.fromEntries(c.entries.map((e) => [`s${e.of}`, e.text]));
    const painted = (i, fill) => (c.entries.find((e) => e.of === i) || { fill }).fill;
    // The colours of the legend; marks have their own.
    const colour = {
      field: "series", type: "nominal",
      scale: { domain: names, range: parts.map((p, i) => painted(i, p.fill)) },
      legend: c.legend && c.entries.length
        ? { orient: c.legend, title: null, values: c.entries.map((e) => `s${e.of}`),
            labelExpr: `(${JSON.stringify(said)})[datum.value]`, symbolType: "square",
            symbolOpacity: 1, symbolStrokeWidth: 0 } : null,
    };
    const own = { field: "fill", type: "nominal", scale: null, legend: null };
    const axis = { labelFont: face(c), titleFont: face(c), labelFontSize: c.size,
                   titleFontSize: c.size, labelColor: c.ink, titleColor: c.ink,
                   domainColor: c.ink, tickColor: c.ink, gridOpacity: 0.15, gridColor: c.ink,
                   titleFontWeight: "normal", labelLimit: 0, titleLimit: 0 };
    const config = { axis, legend: { labelFont: face(c), labelFontSize: c.size, labelColor: c.ink,
                                     labelLimit: 0, columns: c.legend === "right" ? 1 : 3 },
                     view: { stroke: null }, background: null, font: face(c) };
    const base = { $schema: "vega-lite", data: { values: rows }, config,
                   width: c.size_px[0], height: c.size_px[1], padding: 0,
                   autosize: { type: "fit", contains: "padding" } };
    if (c.kind === "pie") {
      return { ...base, mark: { type: "arc", stroke: null },
               encoding: { theta: { field: "value", type: "quantitative", stack: true },
                           order: { field: "id" }, color: colour } };
    }
    const ticks = [];
    for (let i = 0; i < c.ticks.length; i++) ticks.push(i * c.step);
    const category = { field: "category", type: "nominal", sort: null, title: across ? c.y_title
                       : c.x_title, axis: { labelAngle: 0, ticks: false, grid: false } };
    const value = { field: "value", type: "quantitative", title: across ? c.x_title : c.y_title,
                    scale: { domain: [0, c.end], nice: false },
                    axis: { values: ticks, labelExpr:
                      `${JSON.stringify(c.ticks)}[round(datum.value / ${c.step})]` } };
    const place = across ? { y: category, x: value } : { x: category, y: value };
    if (c.kind === "grouped_bar") place.xOffset = { field: "series", sort: names };
    if (c.kind === "stacked_bar") value.stack = "zero";
    const mark = line ? { type: "circle", size: 80, opacity: 1 } : { type: "bar" };
    const one = { field: "series" };
    const layers = [{ mark, encoding: { ...place, color: own, detail: one } }];
    if (line) {
      layers.unshift({ mark: { type: "line", strokeWidth: 3 },
                       encoding: { ...place, detail: one, color: {
                         field: "series", type: "nominal", legend: null,
                         scale: { domain: names, range: c.series.map((s) => s.fill) } } } });
    }
    if (c.legend) {
      // A legend of its own, so that it can be other than the marks: its points have no size.
      layers.push({ mark: { type: "square", size: 0 },
                    encoding: { ...place, fill: colour } });
    }
    if (rows.some((r) => r.label)) {
      layers.push({
        mark: across ? { type: "text", align: "left", dx: 4, baseline: "middle" }
                     : { type: "text", dy: line ? -12 : -7 },
        encoding: { ...place, text: { field: "label" }, color: { value: c.ink },
                    size: { value: c.size } } });
    }
    return { ...base, layer: layers };
  };

  const drawVega = async (c, host) => {
    const spec = vegaLite.compile(vegaSpec(c)).spec;
    const view = new vega.View(vega.parse(spec), { renderer: "svg", container: host,
                                                   hover: false, logLevel: vega.Error });
    await view.runAsync();
    const walk = (item) => {
      if (item.marktype && item.role === "mark" && ["rect", "arc", "symbol"].includes(item.marktype))
        for (const one of item.items)
          if (one.datum && one.datum.id && one._svg && one.size !== 0) // not the legend's points
            cw.marks[one.datum.id] = { box: boxOf(one._svg), fill: fillOf(one._svg) };
      for (const child of item.items || []) walk(child);
    };
    walk(view.scenegraph().root);
    if (c.kind !== "pie") {
      const axis = c.kind === "horizontal_bar" ? "x" : "y";
      const at = origin(host), inner = view.origin();
      const p = (v) => view.scale(axis)(v) + (axis === "x" ? at.x + inner[0] : at.y + inner[1]);
      cw.axes[c.id] = [axis, 0, p(0), c.end, p(c.end)];
    }
  };

  // Drawn by matplotlib beforehand: marks are groups with the nodes' ids.
  const readMatplotlib = async (c, host) => {
    for (const s of c.series)
      for (const m of s.marks) {
        const el = host.querySelector(`[id="${m.id}"]`);
        // A marker is used from a definition, which has no colour of its own.
        const shape = el && (el.querySelector("use") || el.querySelector("path") || el);
        if (shape) cw.marks[m.id] = { box: boxOf(shape), fill: fillOf(shape) };
      }
    if (c.kind !== "pie") {
      const axis = c.kind === "horizontal_bar" ? "x" : "y";
      const mid = (v) => {
        const b = boxOf(host.querySelector(`[id="${c.id}.level${v}"] path`));
        return axis === "x" ? (b[0] + b[2]) / 2 : (b[1] + b[3]) / 2;
      };
      cw.axes[c.id] = [axis, 0, mid(0), c.end, mid(1)];
    }
  };

  const draw = { echarts: drawEcharts, vega: drawVega, matplotlib: readMatplotlib };
  cw.ready = (async () => {
    // Fonts come when something is set in them: what a script measures would come too late.
    for (const c of CW_CHARTS)
      for (const weight of [400, 700]) await document.fonts.load(`${weight} 12px '${c.font}'`);
    await document.fonts.ready;
    for (const face of document.fonts)
      if (face.status === "error") cw.faults.push(["font_missing", face.family]);
    for (const c of CW_CHARTS) {
      const host = document.querySelector(`[data-node="${c.id}"] .chart-host`);
      try {
        await draw[c.library](c, host);
        if (!host.querySelector("svg")) cw.faults.push(["chart_not_drawn", c.id]);
      } catch (error) {
        cw.faults.push(["chart_not_drawn", `${c.id}: ${error}`]);
      }
    }
    return true;
  })();
})();
