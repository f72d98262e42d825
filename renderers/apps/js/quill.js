// Quill with its own toolbar; the text inside is read and measured as any other (text.js).
(() => {
  const D = cw.data;
  const quill = new Quill('#editor', { theme: 'snow', modules: { toolbar: D.toolbar } });
  quill.setContents(D.blocks.flatMap(([heading, text]) => [{ insert: text }, { insert: '\n', attributes: heading ? { header: 2 } : {} }]));
  quill.root.setAttribute('spellcheck', 'false');
  if (D.rtl) quill.root.setAttribute('dir', 'rtl');
})();
