"""Questions about what charts show: values, extremes, legends."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from corpuswright.annotators.documents.question import Question, one_of
from corpuswright.renderers.documents import colours
from corpuswright.renderers.documents.content.tables import said
from corpuswright.renderers.documents.document import Document, Node


def ask(document: Document, rng: np.random.Generator, of: str) -> Iterator[Question]:
    """Yield questions about what charts show: values, extremes, legends."""
    for chart in document.of("chart"):
        step, decimals = float(chart.data["chart"]["step"]), int(chart.data["chart"]["decimals"])
        parts = document.children(chart.id)
        marks = [p for p in parts if p.role in ("bar", "point")]
        for mark in marks:
            value = float(mark.data["value"])
            shift = float(one_of(rng, (-1.6, -1.1, -0.7, 0.7, 1.1, 1.6))) * step
            for claimed in (value, value + shift):
                if claimed >= 0:
                    unit = str(chart.data["chart"]["unit"])
                    tail = f" {unit}" if unit else ""
                    yield Question("value", of, True,
                                   f"Does {mark.name} stand at about {said(claimed, decimals)}"
                                   f"{tail}?", ("value_is", mark.id, round(claimed, 6), step),
                                   (mark.id,))  # fmt: skip
        for _ in range(8):
            if len(marks) > 1:
                a, b = (marks[i] for i in rng.choice(len(marks), 2, replace=False).tolist())
                yield Question("higher", of, False,
                               f"Does {a.name} show a higher value than {b.name}?",
                               ("higher", a.id, b.id, step), (a.id, b.id))  # fmt: skip
        rows: dict[str, list[Node]] = {}
        for mark in marks:
            rows.setdefault(mark.id.rpartition("_")[0], []).append(mark)
        for row in rows.values():
            if len(row) < 3:
                continue
            name = str(row[0].data["series"])
            whose = f" of {name}" if name and len(rows) > 1 else ""
            for lowest, word in ((False, "highest"), (True, "lowest")):
                mark = one_of(rng, row)
                best = (min if lowest else max)(row, key=lambda m: float(m.data["value"]))
                for chosen in dict.fromkeys((best.id, mark.id)):
                    shown = document.node(chosen)
                    yield Question("extreme", of, True,
                                   f"Is {shown.name} the {word} {shown.role}{whose}?",
                                   ("highest", chosen, step, lowest), (chosen,))  # fmt: skip
        entries = [p for p in parts if p.role == "legend entry"]
        for entry in entries:
            for other in (entry, one_of(rng, entries)):
                colour = str(other.style["fill"])
                where = chart.name if len(document.of("chart")) > 1 else "the chart"
                yield Question("legend", of, False,
                               f"Does the legend of {where} give {colours.name_of(colour)} to "
                               f"“{entry.text}”?", ("legend_is", chart.id, entry.text, colour),
                               (entry.id,))  # fmt: skip
