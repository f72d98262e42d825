// Tabulator as a sheet: letters over the columns, numbers before the rows, ranges of cells.
(() => {
  const D = cw.data, cols = D.widths.length, letter = (c) => String.fromCharCode(65 + c);
  const root = document.getElementById('grid');
  const table = new Tabulator(root, {
    height: '100%',
    data: D.cells.map((row, id) => Object.fromEntries([['id', id], ...row.map((v, c) => [letter(c), v])])),
    columns: D.widths.map((width, c) => ({ title: letter(c), field: letter(c), width, minWidth: 24 })),
    columnDefaults: { headerSort: false, resizable: 'header', editor: 'input', editorParams: { selectContents: true } },
    rowHeader: { formatter: 'rownum', resizable: false, frozen: true, width: 4 * D.size, hozAlign: 'center' },
    editTriggerEvent: 'dblclick', selectableRange: true, selectableRangeColumns: true, selectableRangeRows: true,
  });
  const column = (el) => el.getAttribute('tabulator-field').charCodeAt(0) - 65;
  function describe() {
    for (const head of root.querySelectorAll('.tabulator-col[tabulator-field]')) cw.describe(head, { kind: 'column', col: column(head) });
    for (const grip of root.querySelectorAll('.tabulator-headers .tabulator-col-resize-handle')) {
      const head = grip.previousElementSibling;
      if (head && head.hasAttribute('tabulator-field')) cw.describe(grip, { kind: 'column_edge', col: column(head) });
    }
    for (const line of root.querySelectorAll('.tabulator-table > .tabulator-row')) {
      const row = table.getRow(line).getPosition() - 1;
      for (const cell of line.querySelectorAll('.tabulator-cell')) {
        if (cell.hasAttribute('tabulator-field')) cw.describe(cell, { kind: 'cell', row, col: column(cell) });
        else cw.describe(cell, { kind: 'row', row });
      }
    }
  }
  const ranges = table.modules.selectRange;
  cw.state = () => ({
    selection: ranges.ranges.map((r) => [r.top, r.left - 1, r.bottom, r.right - 1]),
    active: [ranges.activeRange.start.row, ranges.activeRange.start.col - 1],
    editing: !!table.modules.edit.currentCell,
    values: table.getData().map((row) => D.widths.map((_, c) => row[letter(c)])),
    widths: table.getColumns().slice(-cols).map((c) => c.getWidth()),
    heights: [],
  });
  table.on('tableBuilt', () => {
    const [r, c] = D.active;
    table.getRanges()[0].setBounds(table.getRows()[r].getCell(letter(c)));
    cw.keep(root, describe);
  });
})();
