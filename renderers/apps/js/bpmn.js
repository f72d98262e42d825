// bpmn-js: a diagram of tasks with their names. Shapes are told of as the canvas's own are (canvas.js).
(() => {
  const D = cw.data, root = document.getElementById('editor');
  const modeler = new BpmnJS({ container: root, gridSnapping: { active: false } });
  const esc = (s) => s.replace(/[<&"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const node = (s) => `<bpmn:${s.what} id="${s.id}" name="${esc(s.text)}" />`;
  const drawn = (s) => `<bpmndi:BPMNShape id="${s.id}_di" bpmnElement="${s.id}"><dc:Bounds x="${s.x}" y="${s.y}" width="${s.w}" height="${s.h}" /></bpmndi:BPMNShape>`;
  const xml = `<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="d" targetNamespace="http://bpmn.io/schema/bpmn">
    <bpmn:process id="p" isExecutable="false">${D.shapes.map(node).join('')}</bpmn:process>
    <bpmndi:BPMNDiagram id="dd"><bpmndi:BPMNPlane id="pl" bpmnElement="p">${D.shapes.map(drawn).join('')}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>`;
  modeler.importXML(xml).then(() => {
    const [canvas, registry, selection] = ['canvas', 'elementRegistry', 'selection'].map((n) => modeler.get(n));
    canvas.viewbox({ x: 0, y: 0, width: root.clientWidth, height: root.clientHeight });
    const shapes = () => D.shapes.map((s) => registry.get(s.id)).filter(Boolean);
    const text = (s) => s.businessObject.name || '';
    const box = (s) => {
      const v = canvas.viewbox(), f = root.getBoundingClientRect();
      const [x, y] = [f.left + (s.x - v.x) * v.scale, f.top + (s.y - v.y) * v.scale];
      return [x, y, x + s.width * v.scale, y + s.height * v.scale];
    };
    const at = ([x, y]) => document.elementFromPoint(x, y)?.closest('.djs-element')?.dataset.elementId;
    // Does nothing lie on the letters of its name, and they on nothing else?
    const legible = (s) => {
      const b = registry.getGraphics(s)?.querySelector('text')?.getBoundingClientRect();
      if (!b?.width) return false;
      for (let i = 0; i <= 16; i++) for (let j = 0; j <= 4; j++)
        if (at([b.left + (b.width * i) / 16, b.top + (b.height * j) / 4]) !== s.id) return false;
      return true;
    };
    cw.state = () => ({
      selected: selection.get().map((s) => s.id).sort(),
      shapes: Object.fromEntries(shapes().map((s) => [s.id, { cx: s.x + s.width / 2, cy: s.y + s.height / 2, w: s.width, h: s.height, angle: 0, text: text(s) }])),
    });
    cw.makers.push(() => shapes().map((s, z) => {
      const [x0, y0, x1, y1] = box(s), mid = [(x0 + x1) / 2, (y0 + y1) / 2], hits = [];
      for (let i = 0; i < 15; i++) for (let j = 0; j < 15; j++) {
        const p = [x0 + (x1 - x0) * (i + 0.5) / 15, y0 + (y1 - y0) * (j + 0.5) / 15];
        if (at(p) === s.id) hits.push(p);
      }
      const away = ([x, y]) => Math.hypot(x - mid[0], y - mid[1]);
      hits.sort((p, q) => away(p) - away(q) || p[0] - q[0] || p[1] - q[1]);
      return {
        role: 'img', name: 'task', text: text(s), hits: hits.length / 225, box: [x0 - 1, y0 - 1, x1 + 1, y1 + 1], point: hits[0] || null,
        state: { selected: selection.isSelected(s) },
        attributes: { kind: 'shape', id: s.id, type: 'task', fill: '', stroke: 'black', width: 2, dashed: false, z, angle: 0, free: false, legible: legible(s),
          bounds: [x0, y0, x1, y1], outline: [[x0, y0], [x1, y0], [x1, y1], [x0, y1]],
          points: { center: mid, n: [mid[0], y0], s: [mid[0], y1], w: [x0, mid[1]], e: [x1, mid[1]] } },
      };
    }));
  });
})();
