"""Facts that are computed: what a sheet of knowledge states, and what is nearly so but wrong.

A fact says how it was come by (`about`), so that whoever doubts it can work it out again by another
way (`quality.documents.solve`). Wrong values are what people get by a usual slip: a factor of ten
or two, one step left out, a sign, two numbers swapped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from corpuswright.renderers.documents.content.tables import said

VERSION = 2  # bump when facts come out otherwise


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement: `label` says of what, `text` the value as it is shown.

    Attributes:
        about: What it was computed from, by name; `kind` says by which rule.
        wrong: Values as they would be shown, each wrong.
    """

    label: str
    text: str
    value: float
    about: dict[str, Any]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A few facts under one heading, with a formula or equation they hang on."""

    title: str
    lead: str
    formula: str
    facts: tuple[Fact, ...]


# Unbalanced: (what goes in, what comes out, what it is called).
REACTIONS: Sequence[tuple[tuple[str, ...], tuple[str, ...], str]] = (
    (("CH4", "O2"), ("CO2", "H2O"), "Burning methane"),
    (("C3H8", "O2"), ("CO2", "H2O"), "Burning propane"),
    (("N2", "H2"), ("NH3",), "Making ammonia"),
    (("Fe2O3", "CO"), ("Fe", "CO2"), "Smelting iron"),
    (("Al", "Fe2O3"), ("Al2O3", "Fe"), "The thermite reaction"),
    (("CaCO3", "HCl"), ("CaCl2", "CO2", "H2O"), "Limestone in acid"),
    (("Na", "H2O"), ("NaOH", "H2"), "Sodium in water"),
    (("C6H12O6", "O2"), ("CO2", "H2O"), "Respiration of glucose"),
    (("C2H5OH", "O2"), ("CO2", "H2O"), "Burning ethanol"),
    (("Zn", "HCl"), ("ZnCl2", "H2"), "Zinc in acid"),
    (("KClO3",), ("KCl", "O2"), "Oxygen from potassium chlorate"),
    (("SO2", "O2"), ("SO3",), "The contact process"),
)
_UNITS = (
    ("Marathon distance", "km", "mile", 42.195, 2), ("Boiling point of water", "degC", "degF",
    100.0, 0), ("Speed limit in town", "km/h", "mph", 50.0, 1), ("A barrel of oil", "liter",
    "gallon", 158.987, 1), ("Tyre pressure", "bar", "psi", 2.4, 1), ("Area of a pitch", "m**2",
    "acre", 7140.0, 2), ("Energy of a meal", "kJ", "kcal", 2500.0, 0), ("A sack of cement", "kg",
    "lb", 25.0, 1), ("Cruising altitude", "m", "ft", 11000.0, 0), ("Room temperature", "degC",
    "degF", 21.0, 1), ("Power of an engine", "kW", "hp", 85.0, 0), ("A pint of milk", "pint",
    "ml", 1.0, 0),
)  # fmt: skip
_SHOWN = {
    "km": "km", "mile": "miles", "degC": "°C", "degF": "°F", "km/h": "km/h", "mph": "mph",
    "liter": "litres", "gallon": "US gallons", "bar": "bar", "psi": "psi", "m**2": "m²",
    "acre": "acres", "kJ": "kJ", "kcal": "kcal", "kg": "kg", "lb": "lb", "m": "m", "ft": "ft",
    "kW": "kW", "hp": "hp", "pint": "US pint", "ml": "ml",
}  # fmt: skip


def draw(rng: np.random.Generator, count: int) -> Sheet:
    """Return a sheet of `count` facts or fewer, of one of the kinds."""
    return KINDS[int(rng.integers(0, len(KINDS)))](rng, count)


def subscripted(formula: str) -> str:
    """Return a formula with its numbers as subscripts: H₂O."""
    return formula.translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def equation(left: Sequence[str], right: Sequence[str], factors: Sequence[int]) -> str:
    """Return a reaction with its factors, as it is written."""
    terms = [f"{n if n > 1 else ''}{' ' if n > 1 else ''}{subscripted(f)}"
             for n, f in zip(factors, [*left, *right], strict=True)]  # fmt: skip
    return " + ".join(terms[: len(left)]) + " → " + " + ".join(terms[len(left) :])


def balance(left: Sequence[str], right: Sequence[str]) -> list[int]:
    """Return the smallest whole factors that balance a reaction."""
    import sympy
    from molmass import Formula

    counts = [{e: c.count for e, c in Formula(f).composition().items()} for f in (*left, *right)]
    elements = sorted({e for c in counts for e in c})
    signs = [1] * len(left) + [-1] * len(right)
    matrix = sympy.Matrix(
        [[s * c.get(e, 0) for s, c in zip(signs, counts, strict=True)] for e in elements]
    )
    (vector,) = matrix.nullspace()
    scale = sympy.ilcm(*(v.q for v in vector))
    return [int(abs(v * scale)) for v in vector]


def molar_mass(formula: str) -> float:
    """Return the molar mass of a formula in g/mol."""
    from molmass import Formula

    return float(Formula(formula).mass)


def _fact(
    label: str, value: float, decimals: int, unit: str, about: dict[str, Any],
    wrong: Sequence[float],
) -> Fact:  # fmt: skip
    tail = f" {unit}" if unit else ""
    text = said(value, decimals) + tail
    others = [said(w, decimals) + tail for w in wrong]
    kept = tuple(dict.fromkeys(o for o in others if o != text))
    return Fact(label, text, value, {**about, "decimals": decimals}, kept)


def _chemistry(rng: np.random.Generator, count: int) -> Sheet:
    left, right, name = REACTIONS[int(rng.integers(0, len(REACTIONS)))]
    factors = balance(left, right)
    facts: list[Fact] = []
    for n, formula in zip(factors, [*left, *right], strict=True):
        shown = subscripted(formula)
        mass = molar_mass(formula)
        facts.append(_fact(f"Molar mass of {shown}", mass, 2, "g/mol",
                           {"kind": "molar_mass", "formula": formula},
                           [mass * 2, mass + 1.008, mass - 15.999, mass / 2]))  # fmt: skip
        about = {"kind": "factor", "left": [*left], "right": [*right], "formula": formula}
        facts.append(_fact(f"Factor of {shown} in the equation", n, 0, "", about,
                           [n + 1, n + 2, n * 2]))  # fmt: skip
    grams = float(rng.choice([10, 20, 50, 100]))
    for product in right:
        a, b = factors[0], factors[len(left) + right.index(product)]
        yields = grams / molar_mass(left[0]) * b / a * molar_mass(product)
        about = {"kind": "yield", "left": [*left], "right": [*right], "grams": grams, "of": left[0],
                 "product": product}  # fmt: skip
        facts.append(
            _fact(
                f"{subscripted(product)} from {grams:g} g of {subscripted(left[0])}",
                yields,
                1,
                "g",
                about,
                [yields * a / b if a != b else yields * 2, yields * 10, grams],
            )
        )
    chosen = rng.permutation(len(facts))[:count].tolist()
    return Sheet(
        name,
        "Amounts follow from the balanced equation.",
        equation(left, right, factors),
        tuple(facts[i] for i in sorted(chosen)),
    )


def _units(rng: np.random.Generator, count: int) -> Sheet:
    import pint

    registry: Any = pint.UnitRegistry()
    facts: list[Fact] = []
    for i in rng.permutation(len(_UNITS))[:count].tolist():
        name, source, target, amount, decimals = _UNITS[i]
        value = float(registry.Quantity(amount, source).to(target).magnitude)
        about = {"kind": "unit", "amount": amount, "from": source, "to": target}
        start = said(amount, 0 if amount == round(amount) else 1)
        back = amount * amount / value
        facts.append(_fact(f"{name}, {start} {_SHOWN[source]}", value, decimals, _SHOWN[target],
                           about, [value * 10, back, value * 1.1, value * 0.9]))  # fmt: skip
    return Sheet("One quantity, two units", "The same amounts, converted.", "", tuple(facts))


def _statistics(rng: np.random.Generator, count: int) -> Sheet:
    size = int(rng.integers(5, 9))
    sample = sorted(int(v) for v in rng.integers(4, 60, size))
    mean, median = float(np.mean(sample)), float(np.median(sample))
    deviation = float(np.std(sample, ddof=1))
    about = {"kind": "statistic", "sample": sample}

    def of(label: str, which: str, value: float, decimals: int, wrong: Sequence[float]) -> Fact:
        return _fact(label, value, decimals, "", {**about, "which": which}, wrong)

    total = float(sum(sample))
    facts = [
        of("Mean", "mean", mean, 2, [median, mean + 1, total / (size - 1)]),
        of("Median", "median", median, 1, [float(sample[size // 2 - 1]) - 0.5, mean, median + 2]),
        of("Range", "range", sample[-1] - sample[0], 0, [sample[-1], sample[-1] - sample[0] + 1]),
        of("Sum", "sum", total, 0, [total + 1, total - sample[0], total * 2]),
        of("Sample standard deviation", "deviation", deviation, 2,
           [deviation**2, deviation * 2, float(np.std(sample)) + 0.3]),
        of("Number of values", "count", size, 0, [size + 1, size - 1]),
        of("Largest value", "max", sample[-1], 0, [sample[-2] - 1, sample[-1] + 3]),
        of("Smallest value", "min", sample[0], 0, [sample[1] + 1, sample[0] + 2]),
    ]  # fmt: skip
    chosen = sorted(rng.permutation(len(facts))[:count].tolist())
    listed = ", ".join(str(v) for v in sample)
    return Sheet("Describing a sample", "All results are computed from the values below.",
                 f"Values: {listed}", tuple(facts[i] for i in chosen))  # fmt: skip


def _geometry(rng: np.random.Generator, count: int) -> Sheet:
    a, b = float(rng.integers(3, 15)), float(rng.integers(4, 20))
    side = float(np.hypot(a, b))
    about = {"kind": "triangle", "a": a, "b": b}

    def of(label: str, which: str, value: float, unit: str, wrong: Sequence[float]) -> Fact:
        return _fact(label, value, 1, unit, {**about, "which": which}, wrong)

    angle = float(np.degrees(np.arctan2(a, b)))
    facts = [
        of("Hypotenuse c", "hypotenuse", side, "cm", [a + b, side * 2, side + 1.3]),
        of("Area", "area", a * b / 2, "cm²", [a * b, a + b, a * b / 2 + 5]),
        of("Perimeter", "perimeter", a + b + side, "cm", [2 * (a + b), a * b, a + b]),
        of("Angle opposite a", "angle", angle, "°", [90 - angle + 1, angle + 10, angle * 2]),
        of("Height on the hypotenuse", "height", a * b / side, "cm", [a * b / 2, side / 2 + 1]),
        of("Radius of the incircle", "inradius", (a + b - side) / 2, "cm", [a / 2 + 1, b / 2 + 2]),
        of("Radius of the circumcircle", "circumradius", side / 2, "cm", [side, a + 1.7]),
        of("Area of the square on c", "square", side**2, "cm²", [side * 4, a * b + 3]),
    ]  # fmt: skip
    chosen = sorted(rng.permutation(len(facts))[:count].tolist())
    return Sheet("A right triangle", "The angle between a and b is a right angle.",
                 f"a = {a:g} cm, b = {b:g} cm", tuple(facts[i] for i in chosen))  # fmt: skip


def _mechanics(rng: np.random.Generator, count: int) -> Sheet:
    mass, speed = float(rng.integers(2, 90)), float(rng.integers(3, 30))
    seconds, drop = float(rng.integers(2, 9)), float(rng.integers(5, 80))
    g = 9.81
    about = {"kind": "mechanics", "m": mass, "v": speed, "t": seconds, "h": drop}

    def of(
        label: str, which: str, value: float, unit: str, decimals: int, wrong: Sequence[float]
    ) -> Fact:
        return _fact(label, value, decimals, unit, {**about, "which": which}, wrong)

    kinetic, potential = mass * speed**2 / 2, mass * g * drop
    fall = float(np.sqrt(2 * drop / g))
    facts = [
        of("Kinetic energy", "kinetic", kinetic, "J", 0, [kinetic * 2, mass * speed, kinetic / 2]),
        of("Momentum", "momentum", mass * speed, "kg·m/s", 0, [kinetic, mass * speed * 2]),
        of("Distance in the given time", "distance", speed * seconds, "m", 0,
           [speed * seconds / 2, speed + seconds, speed * seconds * 2]),
        of("Weight", "weight", mass * g, "N", 1, [mass, mass * g * 2, mass / g]),
        of("Potential energy", "potential", potential, "J", 0, [mass * drop, potential / 2]),
        of("Time of free fall", "fall", fall, "s", 2, [drop / g, fall * 2, fall**2]),
        of("Speed after the fall", "impact", float(np.sqrt(2 * g * drop)), "m/s", 1,
           [g * drop, drop / 2, float(np.sqrt(g * drop))]),
        of("Deceleration to rest in the given time", "braking", speed / seconds, "m/s²", 2,
           [speed * seconds, speed / seconds * 2]),
    ]  # fmt: skip
    chosen = sorted(rng.permutation(len(facts))[:count].tolist())
    given = f"m = {mass:g} kg, v = {speed:g} m/s, t = {seconds:g} s, h = {drop:g} m"
    return Sheet("A body in motion", "Free fall without air, g = 9.81 m/s².", given,
                 tuple(facts[i] for i in chosen))  # fmt: skip


def _network(rng: np.random.Generator, count: int) -> Sheet:
    """Return facts of a network of places: ways through it, what joins it all."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree

    number = int(rng.integers(5, 7))
    names = "ABCDEF"[:number]
    order = rng.permutation(number).tolist()
    pairs = [tuple(sorted(p)) for p in pairwise(order)]  # all can be reached
    every = [(i, j) for i in range(number) for j in range(i + 1, number) if (i, j) not in pairs]
    pairs += [every[i] for i in rng.permutation(len(every))[: int(rng.integers(2, 4))].tolist()]
    lengths = {p: int(rng.integers(3, 29)) for p in sorted(pairs)}
    ends = np.array(list(lengths))
    whole = csr_array((list(lengths.values()), (ends[:, 0], ends[:, 1])), shape=(number, number))
    way = dijkstra(whole, directed=False)
    tree = float(minimum_spanning_tree(whole).sum())
    about = {"kind": "network", "places": number, "lines": [[*p, v] for p, v in lengths.items()]}

    def of(label: str, which: str, value: float, unit: str, wrong: Sequence[float], **more: int
           ) -> Fact:  # fmt: skip
        return _fact(label, value, 0, unit, {**about, "which": which, **more}, wrong)

    total = float(sum(lengths.values()))
    a, b = (int(v) for v in rng.choice(number, 2, replace=False))
    c = int(rng.integers(0, number))
    degree = float(sum(c in p for p in lengths))
    far = float(way[c].max())
    # A way back is no other question.
    pairs = sorted({(min(p), max(p)) for p in ((a, b), (b, c), (0, number - 1)) if p[0] != p[1]})
    facts = [
        of(f"Shortest way from {names[i]} to {names[j]}", "shortest", float(way[i, j]), "km",
           [way[i, j] + 3, float(way[i, j]) - 1, way[i, j] * 2],
           start=i, end=j)
        for i, j in pairs
    ]  # fmt: skip
    facts += [
        of("Length of all lines", "total", total, "km", [total + 7, tree, total * 2]),
        of("Least length that joins all places", "tree", tree, "km", [total, tree + 4, tree - 3]),
        of(f"Lines at {names[c]}", "degree", degree, "", [degree + 1, degree + 2], at=c),
        of(f"Way to the place farthest from {names[c]}", "farthest", far, "km",
           [far + 5, far * 2, far - 2], at=c),
        of("Number of lines", "count", len(lengths), "", [len(lengths) + 1, number]),
    ]  # fmt: skip
    chosen = sorted(rng.permutation(len(facts))[:count].tolist())
    listed = ", ".join(f"{names[i]}–{names[j]} {v}" for (i, j), v in lengths.items())
    return Sheet("A small railway", "Lines run both ways; lengths are in kilometres.", listed,
                 tuple(facts[i] for i in chosen))  # fmt: skip


KINDS: Sequence[Callable[[np.random.Generator, int], Sheet]] = (
    _chemistry, _chemistry, _units, _statistics, _geometry, _mechanics, _network,
)  # fmt: skip
