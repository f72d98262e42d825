// Monaco, the editor of VS Code: it draws its own lines, so letters are found line by line, and the
// selection is its own. Offsets are in UTF-16 units, as text.js has them.
(() => {
  const D = cw.data, root = document.getElementById('editor');
  require.config({ paths: { vs: 'http://monaco.localhost/min/vs' } });
  require(['vs/editor/editor.main'], () => {
    // What a language service finds it draws when it is ready, by no clock of ours: there is none.
    (monaco.typescript || monaco.languages.typescript).javascriptDefaults.setModeConfiguration({});
    const editor = monaco.editor.create(root, {
      value: D.text, language: 'javascript', theme: D.theme, fontFamily: D.font, fontSize: D.size, lineHeight: D.line,
      minimap: { enabled: D.minimap }, lineNumbers: D.numbers ? 'on' : 'off', quickSuggestions: false,
      scrollBeyondLastLine: false, cursorBlinking: 'solid', links: false, colorDecorators: false, defaultColorDecorators: 'never',
    });
    const model = editor.getModel(), at = (lineNumber, column) => model.getOffsetAt({ lineNumber, column });
    if (D.select) {
      editor.focus();
      const [a, b] = D.select.map((o) => model.getPositionAt(o));
      editor.setSelection(new monaco.Selection(a.lineNumber, a.column, b.lineNumber, b.column));
    }
    cw.state = () => {
      const text = model.getValue(), s = editor.getSelection();
      if (!editor.hasTextFocus()) return { text, selection: null, anchor: null };
      return { text, selection: [at(s.startLineNumber, s.startColumn), at(s.endLineNumber, s.endColumn)],
        anchor: at(s.selectionStartLineNumber, s.selectionStartColumn) };
    };
    cw.makers.push(() => {
      const frame = root.getBoundingClientRect(), layout = editor.getLayoutInfo();
      const box = [frame.left + layout.contentLeft, frame.top,
        frame.left + layout.contentLeft + layout.contentWidth - layout.verticalScrollbarWidth, frame.bottom];
      const numbers = new Map();
      for (let n = 1; n <= model.getLineCount(); n++) numbers.set(editor.getTopForLineNumber(n), n);
      const glyphs = [], lines = [], range = document.createRange();
      const drawn = [...root.querySelectorAll('.view-line')].map((el) => [numbers.get(parseFloat(el.style.top)), el]);
      for (const [number, el] of drawn.sort((a, b) => a[0] - b[0])) {
        const { top, bottom } = el.getBoundingClientRect();
        if (top < box[1] - 0.5 || bottom > box[3] + 0.5) continue;
        if (el.textContent.replace(/\u00a0/g, ' ') !== model.getLineContent(number)) throw new Error(`line ${number} is drawn otherwise`);
        const walk = document.createTreeWalker(el, NodeFilter.SHOW_TEXT);
        let column = 1, line = -1;
        while (walk.nextNode()) {
          for (let i = 0; i < walk.currentNode.data.length; i++, column++) {
            if (column >= model.getLineMaxColumn(number)) break;
            range.setStart(walk.currentNode, i);
            range.setEnd(walk.currentNode, i + 1);
            const { left, right } = range.getBoundingClientRect();
            if (left < box[0] - 0.5 || right > box[2] + 0.5) continue;
            if (line < 0) line = lines.push([top, bottom]) - 1;
            glyphs.push([at(number, column), 1, left, right, line, false]);
          }
        }
      }
      return [{ role: 'textbox', text: model.getValue(), box, attributes: { kind: 'text', editable: true, glyphs, lines } }];
    });
  });
})();
