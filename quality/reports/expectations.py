"""Great Expectations on the table of kept tasks, and a one-page report of our own.

The library's own HTML page loads style sheets from eight outside hosts; ours is one file that needs
nothing.
"""

from __future__ import annotations

import html
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from corpuswright.storage.records import Scene, Task

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:0 0 1.5rem}"
    "td,th{padding:.25rem .75rem;text-align:left;border-bottom:1px solid #ddd}"
)


class Finding(NamedTuple):
    """One expectation: what it says, whether it held, and the figures seen."""

    expectation: str
    held: bool
    seen: Mapping[str, Any]


def task_table(tasks: Iterable[tuple[Scene, Task]]) -> pd.DataFrame:
    """Return the table the expectations look at: one row a kept task."""
    rows: list[dict[str, Any]] = []
    for scene, task in tasks:
        # A caption asks for no action: it has no place that could be looked at.
        x, y = task.targets[0].point if task.targets else (None, None)
        rows.append(
            {
                "key": task.key,
                "text": task.text,
                "style": task.style,
                "action": task.actions[0].kind if task.actions else None,
                # A question may tell a goal and list options, a prompt a whole document.
                "words": len(task.text.split())
                if task.kind != "prompt" and "answer" not in task.expected
                else None,
                "x_share": None if x is None else x / scene.size[0],
                "y_share": None if y is None else y / scene.size[1],
                "accept_polygons": len(task.targets[0].accept) if task.targets else None,
                "visible_fraction": scene.elements[int(task.elements[0][1:])].visible_fraction,
            }
        )
    return pd.DataFrame(rows)


def examine(table: pd.DataFrame) -> list[Finding]:
    """Return the findings on the table of kept tasks."""
    _loadable()
    from great_expectations import expectations

    gxe: Any = expectations  # its names are public, and not exported as type checkers want it

    return validate(
        table,
        (
            gxe.ExpectTableRowCountToBeBetween(min_value=1),
            gxe.ExpectColumnValuesToBeUnique(column="key"),
            gxe.ExpectColumnValuesToMatchRegex(
                column="key", regex=r"^[a-z][a-z0-9_]*-([0-9a-f]{12}|\d{8})-\d{4}-\d{2}$"
            ),
            gxe.ExpectColumnValuesToNotBeNull(column="text"),
            # a quotation of 40 words and what is done with it; longer is a grammar's fault
            gxe.ExpectColumnValuesToBeBetween(column="words", min_value=2, max_value=60),
            gxe.ExpectColumnValuesToBeBetween(column="x_share", min_value=0, max_value=1),
            gxe.ExpectColumnValuesToBeBetween(column="y_share", min_value=0, max_value=1),
            gxe.ExpectColumnValuesToBeBetween(column="accept_polygons", min_value=1),
            gxe.ExpectColumnValuesToBeBetween(
                column="visible_fraction", min_value=0, max_value=1, strict_min=True
            ),
        ),
    )


def between(
    table: pd.DataFrame, limits: Mapping[str, tuple[float | None, float | None]]
) -> list[Finding]:
    """Return the findings on columns whose values have a least and a most; None for no limit.

    `seen` has both, and the least and the greatest value of the column.
    """
    _loadable()
    from great_expectations import expectations

    gxe: Any = expectations  # its names are public, and not exported as type checkers want it

    asked = [
        gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high)
        for name, (low, high) in limits.items()
    ]
    known: dict[str, dict[str, Any]] = {}
    for name, (low, high) in limits.items():
        values = sorted({table[name].min().item(), table[name].max().item()})
        known[f"({name})"] = {"least": low, "most": high, "values": values}
    return [
        f._replace(seen={**known[f.expectation[f.expectation.index("(") :]], **f.seen})
        for f in validate(table, asked)
    ]


def validate(table: pd.DataFrame, asked: Iterable[Any]) -> list[Finding]:
    """Return what Great Expectations finds; it needs 8 s to load, and only here is it loaded."""
    _loadable()
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    suite = gx.ExpectationSuite(name="asked")
    for expectation in asked:
        suite.add_expectation(expectation)
    batch = (
        context.data_sources.add_pandas("source")
        .add_dataframe_asset("table")
        .add_batch_definition_whole_dataframe("all")
        .get_batch({"dataframe": table})
    )
    result = batch.validate(suite, result_format="SUMMARY")
    return sorted(_finding(r) for r in result.results)


def _loadable() -> None:
    """Make the process one that Great Expectations can be imported in."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    # It imports pyspark.sql.connect, which takes a main module without a file (that of a run which
    # Dagster's UI launched, or of a pytest-xdist worker) for a doctest and exits the process.
    main = sys.modules["__main__"]
    if not hasattr(main, "__file__"):
        main.__file__ = __file__


def _finding(result: Any) -> Finding:
    config = result.expectation_config
    column = config.kwargs.get("column")
    name = config.type + (f"({column})" if column else "")
    wanted = ("element_count", "unexpected_count", "missing_count", "observed_value")
    seen = {k: v for k, v in result.result.items() if k in wanted}
    return Finding(name, bool(result.success), seen)


def report(title: str, sections: Sequence[tuple[str, Sequence[Sequence[object]]]]) -> str:
    """Return one HTML page that needs nothing else: a heading and a table for each section.

    The first row of each table is its head.
    """
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f"<title>{html.escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f"<h1>{html.escape(title)}</h1>",
    ]
    for heading, rows in sections:
        parts.append(f"<h2>{html.escape(heading)}</h2><table>")
        for i, row in enumerate(rows):
            tag = "td" if i else "th"
            cells = "".join(f"<{tag}>{html.escape(str(c))}</{tag}>" for c in row)
            parts.append(f"<tr>{cells}</tr>")
        parts.append("</table>")
    return "\n".join(parts)
