"""Grounding on tables: real data in a spreadsheet, worked on by mouse and keyboard.

The table modality of Phi-Ground-Any (arXiv 2605.12501, §4.2 and App. C.3): cells, ranges, edges,
the fill handle. The paper's tables are pictures of tables; ours are applications, so that each task
is performed and its end state compared with what the task says.
"""

from __future__ import annotations

from corpuswright.annotators.grounding import table as grounding_table
from corpuswright.assets.grounding import composed, view_sizes
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import APPLICATION_STEPS, ENGINE
from corpuswright.quality.execution import perform
from corpuswright.quality.grounding import action_regions
from corpuswright.quality.grounding import table as read_table
from corpuswright.renderers.apps import table, tabular_files
from corpuswright.storage.inputs.sites import Site
from corpuswright.storage.records import Json

VEGA = Site(
    name="vega-datasets",
    package="vega-datasets@3.2.1",
    package_sha256="6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3",
    root="data",
    pages=("*.json", "*.csv"),
    licence="BSD-3-Clause",
    author="the Vega contributors, and the sources its datapackage.json names for each file",
)
# Libraries, no sources: a package without pages is served to the scenes of the corpus.
TABULATOR = Site(
    name="tabulator",
    package="tabulator-tables@6.5.3",
    package_sha256="a3aeb833e5cf924c8a686fa6748c1070c5fde8e605e0b1734000c35b78571a9b",
    root=".",
    pages=(),
    licence="MIT",
    author="Oli Folkerd",
)
AG_GRID = Site(
    name="ag-grid",
    package="ag-grid-community@36.2.0",
    package_sha256="691720b60486ab2e8ebafb6f760b198a718c766c55d3c4e204264d44e636a816",
    root=".",
    pages=(),
    licence="MIT",
    author="AG Grid Ltd",
)

RECIPE: Json = {
    # Scenes of each data file in a partition. Ours: about 100 scenes, as the GUI corpus has.
    "variants": 2,
    # Share of scenes in Tabulator or ag-grid. Ours: they have fewer kinds of tasks than our sheet.
    "real_apps": 0.4,
    **view_sizes.SIZES,
    "codec": "png",
}

CORPUS = RenderedCorpus(
    name="grounding_table",
    reference="corpuswright.assets.grounding.table:CORPUS",
    summary="Real data in spreadsheets and grids: cells, ranges, edges and fill handles.",
    steps=APPLICATION_STEPS,
    engine=ENGINE,
    sites=(VEGA, TABULATOR, AG_GRID),
    recipe=RECIPE,
    plan=composed.planner("table", lambda path: (TABULATOR, AG_GRID)),
    propose=grounding_table.propose,
    checks=(action_regions.check, read_table.check),
    resolve=read_table.check,
    spoil=read_table.wrong_versions,
    judge=composed.judge(tabular_files.read),
    play=perform.execute,
    versions=composed.versions(
        table.VERSION,
        grounding_table.ACTIONS_VERSION,
        grounding_table.TEXT_VERSION,
        read_table.VERSION,
        intake=2,
    ),
    accepts=composed.accepts,
)
