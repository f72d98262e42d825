"""Facts worked out a second time, by other means than those that made them.

Molar masses from a table of standard atomic weights, equations by counting atoms, units by their
definitions, statistics and geometry by the textbook: whatever a sheet states must come out again.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from corpuswright.quality.execution import perform
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.storage.records import Rejection, Sample

VERSION = 2  # bump when a verdict can change

# Standard atomic weights, abridged (IUPAC 2021), of the elements of facts.REACTIONS.
WEIGHTS: Mapping[str, float] = {
    "H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "Na": 22.990, "Al": 26.982, "S": 32.06,
    "Cl": 35.45, "K": 39.098, "Ca": 40.078, "Fe": 55.845, "Zn": 65.38,
}  # fmt: skip
# In SI: offset before, and factor; by definition (BIPM, NIST SP 811).
UNITS: Mapping[str, tuple[float, float]] = {
    "km": (0, 1000), "mile": (0, 1609.344), "degC": (273.15, 1), "degF": (459.67, 5 / 9),
    "km/h": (0, 1 / 3.6), "mph": (0, 0.44704), "liter": (0, 1e-3), "gallon": (0, 3.785411784e-3),
    "bar": (0, 1e5), "psi": (0, 6894.757293168), "m**2": (0, 1), "acre": (0, 4046.8564224),
    "kJ": (0, 1000), "kcal": (0, 4184), "kg": (0, 1), "lb": (0, 0.45359237), "m": (0, 1),
    "ft": (0, 0.3048), "kW": (0, 1000), "hp": (0, 745.6998715822702), "pint": (0, 4.73176473e-4),
    "ml": (0, 1e-6),
}  # fmt: skip


def atoms(formula: str) -> dict[str, int]:
    """Return how many atoms of each element a formula has."""
    out: dict[str, int] = {}
    for element, count in re.findall(r"([A-Z][a-z]?)(\d*)", formula):
        out[element] = out.get(element, 0) + int(count or 1)
    return out


def molar_mass(formula: str) -> float:
    """Return the molar mass of a formula in g/mol."""
    return sum(WEIGHTS[e] * n for e, n in atoms(formula).items())


def factors(left: list[str], right: list[str]) -> list[int]:
    """Return the smallest whole factors of a reaction, by trying them in order of their sum."""
    formulas = [*left, *right]
    counts = [atoms(f) for f in formulas]
    elements = sorted({e for c in counts for e in c})
    rows = [
        [Fraction(c.get(e, 0) * (1 if i < len(left) else -1)) for i, c in enumerate(counts)]
        for e in elements
    ]
    # Gauss to reduced rows; the last factor is free.
    pivots: list[int] = []
    at = 0
    for column in range(len(formulas)):
        pivot = next((r for r in range(at, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [v / rows[at][column] for v in rows[at]]
        for r in range(len(rows)):
            if r != at and rows[r][column]:
                by = rows[r][column]
                rows[r] = [a - by * b for a, b in zip(rows[r], rows[at], strict=True)]
        pivots.append(column)
        at += 1
    free = next(c for c in range(len(formulas)) if c not in pivots)
    values = [Fraction(0)] * len(formulas)
    values[free] = Fraction(1)
    for r, column in enumerate(pivots):
        values[column] = -rows[r][free]
    scale = math.lcm(*(v.denominator for v in values))
    whole = [int(v * scale) for v in values]
    shared = math.gcd(*whole)
    return [abs(v // shared) for v in whole]


def _factor(a: Mapping[str, Any]) -> float:
    both = [*a["left"], *a["right"]]
    return factors(a["left"], a["right"])[both.index(a["formula"])]


def _yield(a: Mapping[str, Any]) -> float:
    both = [*a["left"], *a["right"]]
    n = factors(a["left"], a["right"])
    moles = a["grams"] / molar_mass(a["of"])
    return moles * n[both.index(a["product"])] / n[both.index(a["of"])] * molar_mass(a["product"])


def _unit(a: Mapping[str, Any]) -> float:
    before, by = UNITS[a["from"]]
    offset, factor = UNITS[a["to"]]
    return (a["amount"] + before) * by / factor - offset


def _statistic(a: Mapping[str, Any]) -> float:
    sample: list[int] = a["sample"]
    return {
        "mean": statistics.fmean, "median": statistics.median, "sum": sum, "count": len,
        "max": max, "min": min, "deviation": statistics.stdev,
        "range": lambda s: max(s) - min(s),
    }[a["which"]](sample)  # fmt: skip


def _triangle(a: Mapping[str, Any]) -> float:
    x, y = a["a"], a["b"]
    c = math.sqrt(x * x + y * y)
    return {
        "hypotenuse": c, "area": x * y / 2, "perimeter": x + y + c,
        "angle": math.degrees(math.asin(x / c)), "height": x * y / c,
        "inradius": x * y / (x + y + c), "circumradius": c / 2, "square": x * x + y * y,
    }[a["which"]]  # fmt: skip


def _mechanics(a: Mapping[str, Any]) -> float:
    m, v, t, h, g = a["m"], a["v"], a["t"], a["h"], 9.81
    return {
        "kinetic": 0.5 * m * v * v, "momentum": m * v, "distance": v * t, "weight": m * g,
        "potential": m * g * h, "fall": math.sqrt(2 * h / g),
        "impact": g * math.sqrt(2 * h / g), "braking": v / t,
    }[a["which"]]  # fmt: skip


def _network(a: Mapping[str, Any]) -> float:
    number, lines = int(a["places"]), [tuple(map(int, line)) for line in a["lines"]]
    way = [[0.0 if i == j else math.inf for j in range(number)] for i in range(number)]
    for i, j, length in lines:
        way[i][j] = way[j][i] = float(length)
    for k in range(number):  # Floyd and Warshall
        for i in range(number):
            for j in range(number):
                way[i][j] = min(way[i][j], way[i][k] + way[k][j])
    home = list(range(number))  # Kruskal: shortest lines first, where they join two parts
    tree = 0
    for i, j, length in sorted(lines, key=lambda line: line[2]):
        if home[i] != home[j]:
            tree += length
            old = home[j]
            home = [home[i] if h == old else h for h in home]
    at = int(a.get("at", 0))
    return {
        "shortest": way[int(a.get("start", 0))][int(a.get("end", 0))],
        "total": sum(length for _, _, length in lines),
        "tree": tree,
        "degree": sum(at in (i, j) for i, j, _ in lines),
        "farthest": max(way[at]),
        "count": len(lines),
    }[a["which"]]  # fmt: skip


SOLVE: Mapping[str, Callable[[Mapping[str, Any]], float]] = {
    "molar_mass": lambda a: molar_mass(a["formula"]),
    "factor": _factor,
    "yield": _yield,
    "unit": _unit,
    "statistic": _statistic,
    "triangle": _triangle,
    "mechanics": _mechanics,
    "network": _network,
}


def solve(about: Mapping[str, Any]) -> float:
    """Return a fact's value, worked out anew; raises KeyError for a kind that is not known."""
    return SOLVE[about["kind"]](about)


def work_out(renderer: GuiRenderer, sample: Sample) -> perform.Played:
    """Work out every fact of a sample again: a fact that comes out otherwise refuses its questions.

    Values are compared as they are shown, a unit in the last place apart.
    """
    state: Any = sample.scene.state
    wrong: dict[str, str] = {}
    nodes = {n["id"]: n for n in state["document"]["nodes"]}
    for node in nodes.values():
        fact = node["data"].get("fact")
        if isinstance(fact, dict):
            found, decimals = solve(fact), int(fact["decimals"])
        elif isinstance(fact, str):
            found, decimals = _summary(nodes, node), int(node["data"]["decimals"])
        else:
            continue
        if abs(found - float(node["data"]["value"])) > 1.01 * 10.0**-decimals:
            wrong[node["id"]] = f"{node['text']}, worked out {found:.6g}"
    ids = {e.id: str(e.attributes["node"]) for e in sample.scene.elements}
    verdicts: dict[str, Rejection | None] = {}
    for task in sample.tasks:
        bad = [wrong[ids[e]] for e in task.elements if ids.get(e) in wrong]
        verdicts[task.key] = Rejection("fact_not_so", bad[0]) if bad else None
    return perform.Played(verdicts, {})


def _summary(nodes: Mapping[str, Any], node: Mapping[str, Any]) -> float:
    """Return what a summary should say, from the values of the chart's marks."""
    marks = [
        float(n["data"]["value"])
        for n in nodes.values()
        if "place" in n["data"] and n["data"]["series"] == node["data"]["series"]
    ]
    return {
        "mean": statistics.fmean, "median": statistics.median, "sum": math.fsum,
        "range": lambda s: max(s) - min(s), "highest value": max,
    }[node["data"]["fact"]](marks)  # fmt: skip
