// ag-grid: a table under its own headings, with one cell in focus. Row 0 is that of the headings.
(() => {
  const D = cw.data, [titles, ...rows] = D.cells, root = document.getElementById('grid');
  let editing = false;
  const api = agGrid.createGrid(root, {
    theme: agGrid[D.theme].withParams({ fontFamily: D.font, fontSize: D.size, wrapperBorderRadius: 0 }),
    columnDefs: titles.map((headerName, c) => ({ headerName, field: `c${c}`, width: D.widths[c], sortable: false })),
    defaultColDef: { editable: true, suppressMovable: true, minWidth: 24 },
    rowData: rows.map((row) => Object.fromEntries(row.map((v, c) => [`c${c}`, v]))),
    animateRows: false,
    onCellEditingStarted: () => { editing = true; },
    onCellEditingStopped: () => { editing = false; },
  });
  const number = (el) => Number(el.getAttribute('col-id').slice(1));
  function describe() {
    for (const head of root.querySelectorAll('.ag-header-cell[col-id]')) {
      cw.describe(head, { kind: 'column', col: number(head), titled: true });
      const grip = head.querySelector('.ag-header-cell-resize');
      if (grip) cw.describe(grip, { kind: 'column_edge', col: number(head) });
    }
    for (const cell of root.querySelectorAll('.ag-cell[col-id]')) {
      const row = 1 + Number(cell.closest('[row-index]').getAttribute('row-index'));
      cw.describe(cell, { kind: 'cell', row, col: number(cell) });
    }
  }
  cw.state = () => {
    const at = api.getFocusedCell();
    const active = at && [at.rowIndex + 1, Number(at.column.getColId().slice(1))];
    const values = [titles];
    api.forEachNode((node) => values.push(titles.map((_, c) => node.data[`c${c}`])));
    return { ranges: false, selection: active ? [[...active, ...active]] : [], active, editing, values,
      widths: api.getColumns().map((c) => c.getActualWidth()), heights: [] };
  };
  cw.keep(root, describe);
  api.setFocusedCell(D.active[0] - 1, `c${D.active[1]}`);
})();
