"""Charts drawn by matplotlib as SVG, each mark with the id of its node."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

_XML = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_FIXED = 100.0  # dots an inch: sizes below are pixels / _FIXED inches


def svg(chart: Mapping[str, Any], width: float, height: float) -> str:
    """Return a chart (`charts.drawn`) as an SVG element of `width` by `height` pixels.

    Text stays text, in the document's font, and is laid out by whoever shows it.
    """
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "corpuswright"})
    figure = Figure(figsize=(width / _FIXED, height / _FIXED), dpi=_FIXED, layout="constrained")
    figure.patch.set_alpha(0)
    axes: Any = figure.add_subplot()
    axes.patch.set_alpha(0)
    points = chart["size"] * 72 / _FIXED
    {"pie": _pie, "line": _line}.get(chart["kind"], _bars)(axes, chart, points)
    if chart["kind"] != "pie":
        _dress(axes, chart, points)
    _legend(figure, axes, chart, points)
    sink = io.StringIO()
    figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    text = _XML.sub("", sink.getvalue(), count=1)
    # The browser's own family; matplotlib writes its fallbacks, which are none of the document's.
    text = re.sub(r"font(-family)?: ?([^;\"]*?)'?DejaVu Sans'?[^;\"]*", lambda m: _font(m, chart),
                  text)  # fmt: skip
    return re.sub(
        r'width="[^"]*pt"',
        f'width="{width}"',
        re.sub(r'height="[^"]*pt"', f'height="{height}"', text, count=1),
        count=1,
    )


def _font(match: re.Match[str], chart: Mapping[str, Any]) -> str:
    if match[1]:
        return f"font-family: '{chart['font']}'"
    return f"font: {match[2]}'{chart['font']}'"


def _bars(axes: Any, chart: Mapping[str, Any], points: float) -> None:
    across, stacked = chart["kind"] == "horizontal_bar", chart["kind"] == "stacked_bar"
    places = np.arange(len(chart["categories"]))
    count = 1 if stacked else len(chart["series"])
    wide = 0.72 / count
    below = np.zeros(len(places))
    for s, series in enumerate(chart["series"]):
        at = places + (0 if stacked else (s - (count - 1) / 2) * wide)
        values = np.array([m["value"] for m in series["marks"]])
        fills = [m["fill"] for m in series["marks"]]
        draw = axes.barh if across else axes.bar
        start = {"left" if across else "bottom": below if stacked else 0}
        drawn = draw(at, values, wide * 0.94, color=fills, label=series["name"], zorder=3, **start)
        if stacked:
            below = below + values
        for patch, mark, x, value in zip(drawn, series["marks"], at, values, strict=True):
            patch.set_gid(mark["id"])
            if mark["label"]:
                where = (value, x) if across else (x, value)
                axes.annotate(mark["label"], where, (5, 0) if across else (0, 4),
                              textcoords="offset points", color=chart["ink"], fontsize=points,
                              ha="left" if across else "center",
                              va="center" if across else "bottom")  # fmt: skip
    ticks = axes.set_yticks if across else axes.set_xticks
    ticks(places, chart["categories"])
    if across:
        axes.invert_yaxis()


def _line(axes: Any, chart: Mapping[str, Any], points: float) -> None:
    places = np.arange(len(chart["categories"]))
    for series in chart["series"]:
        values = [m["value"] for m in series["marks"]]
        axes.plot(places, values, color=series["fill"], linewidth=2.2, label=series["name"],
                  zorder=3)  # fmt: skip
        for x, mark in zip(places, series["marks"], strict=True):
            axes.plot([x], [mark["value"]], "o", color=mark["fill"], markersize=6.5, zorder=4,
                      markeredgewidth=0, gid=mark["id"])  # fmt: skip
            if mark["label"]:
                axes.annotate(
                    mark["label"],
                    (x, mark["value"]),
                    (0, 7),
                    va="bottom",
                    ha="center",
                    textcoords="offset points",
                    color=chart["ink"],
                    fontsize=points,
                )
    axes.set_xticks(places, chart["categories"])
    axes.set_xlim(-0.35, len(places) - 0.65)


def _pie(axes: Any, chart: Mapping[str, Any], points: float) -> None:
    marks = chart["series"][0]["marks"]
    wedges = axes.pie([m["value"] for m in marks], colors=[m["fill"] for m in marks],
                      startangle=90, counterclock=False)[0]  # fmt: skip
    for wedge, mark in zip(wedges, marks, strict=True):
        wedge.set_gid(mark["id"])
        wedge.set_label(mark["category"])
        wedge.set_linewidth(0)


def _dress(axes: Any, chart: Mapping[str, Any], points: float) -> None:
    across, ink = chart["kind"] == "horizontal_bar", chart["ink"]
    axes.set_xlabel(chart["x_title"], fontsize=points, color=ink)
    axes.set_ylabel(chart["y_title"], fontsize=points, color=ink)
    levels = [i * chart["step"] for i in range(len(chart["ticks"]))]
    (axes.set_xticks if across else axes.set_yticks)(levels, chart["ticks"])
    (axes.set_xlim if across else axes.set_ylim)(0, chart["end"])
    axes.grid(axis="x" if across else "y", color=ink, alpha=0.15, linewidth=0.8)
    axes.set_axisbelow(True)
    for spine in ("top", "right", *(("bottom",) if across else ("left",))):
        axes.spines[spine].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(ink)
    axes.tick_params(colors=ink, labelsize=points, length=0)
    # Unseen, and where the axis says 0 and its end: numbers are read back from these.
    rule = axes.axvline if across else axes.axhline
    for place, value in enumerate((0, chart["end"])):
        rule(value, linewidth=0.01, alpha=0.004, gid=f"{chart['id']}.level{place}", clip_on=False)


def _legend(figure: Any, axes: Any, chart: Mapping[str, Any], points: float) -> None:
    if not chart["legend"] or not chart["entries"]:
        return
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=e["fill"], label=e["text"]) for e in chart["entries"]]
    side = {"top": "outside upper center", "bottom": "outside lower center",
            "right": "outside center right"}[chart["legend"]]  # fmt: skip
    figure.legend(handles=handles, loc=side, frameon=False, fontsize=points,
                  labelcolor=chart["ink"], ncols=1 if chart["legend"] == "right" else 4,
                  handlelength=1.2, handleheight=0.9)  # fmt: skip
