"""Small tables of real numbers, to be drawn as charts or set as tables.

Views on the data of `vega-datasets` and on tables of the user's own: what is counted, in which
unit, by which category, in which series.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from corpuswright.renderers.apps import tabular_files

MOST_CATEGORIES, MOST_SERIES = 8, 4  # more are not told apart by eye
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers by category and series, `values[series][category]`.

    `ordered` says that categories are points in time: a line may be drawn through them; `additive`
    that values may be added up, so that a share of their sum means something.
    """

    title: str
    category: str
    value: str
    unit: str
    categories: tuple[str, ...]
    series: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    decimals: int
    ordered: bool
    source: str
    additive: bool = False

    @property
    def value_title(self) -> str:
        """What an axis of the values is called."""
        return f"{self.value} ({self.unit})" if self.unit else self.value


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a file: a frame with columns `category`, `series`, `value` is made of it.

    `title` may speak of `{filter}`, which is what `filters` chose.
    """

    file: str
    title: str
    category: str
    value: str
    unit: str
    make: Callable[[pd.DataFrame], pd.DataFrame]
    decimals: int = 0
    ordered: bool = False
    filters: str = ""
    additive: bool = False


def _columns(category: str, series: str | None, value: str, how: str = "mean", scale: float = 1.0):
    def make(frame: pd.DataFrame) -> pd.DataFrame:
        keys = [category] + ([series] if series else [])
        grouped = frame.groupby(keys, sort=False)[value].agg(how).reset_index()
        grouped = grouped.rename(columns={category: "category", value: "value"})
        grouped["series"] = grouped[series].astype(str) if series else ""
        grouped["value"] = grouped["value"] * scale
        return grouped[["category", "series", "value"]]

    return make


def _wide(category: str, names: dict[str, str], scale: float = 1.0):
    def make(frame: pd.DataFrame) -> pd.DataFrame:
        long = frame.melt(id_vars=[category], value_vars=list(names), var_name="series")
        long["series"] = long["series"].map(names)
        long["value"] = long["value"] * scale
        return long.rename(columns={category: "category"})[["category", "series", "value"]]

    return make


def _every(step: int, column: str = "year"):
    return lambda frame: frame[frame[column].astype(int) % step == 0]


def _by_month(value: str, how: str = "mean"):
    def make(frame: pd.DataFrame) -> pd.DataFrame:
        dates = pd.to_datetime(frame["date"])
        # Every second month: twelve names do not fit below a small chart.
        frame = frame.assign(
            category=[_MONTHS[m - 1] for m in dates.dt.month], month=dates.dt.month
        )
        frame = frame[frame["month"] % 2 == 1].sort_values("month")
        frame["series"] = frame.get("location", pd.Series("", index=frame.index)).astype(str)
        by = ["category", "series"]
        out = frame.groupby(by, sort=False)[value].agg(how).reset_index()
        return out.rename(columns={value: "value"})

    return make


def _by_year(date: str, series: str, value: str, least: int = 0, scale: float = 1.0):
    def make(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.assign(year=pd.to_datetime(frame[date]).dt.year)
        return _columns("year", series, value, scale=scale)(frame[frame["year"] >= least])

    return make


def _chained(*steps: Callable[[pd.DataFrame], pd.DataFrame]):
    def make(frame: pd.DataFrame) -> pd.DataFrame:
        for step in steps:
            frame = step(frame)
        return frame

    return make


def _sexes(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(Sex=frame["Sex"].map({"MALE": "Male", "FEMALE": "Female"}))


_POWER = {"Fossil Fuels": "Fossil fuels", "Nuclear Energy": "Nuclear", "Renewables": "Renewables"}
_WAGES = {"wheat": "Wheat price", "wages": "Weekly wage"}

VIEWS: Sequence[View] = (
    View("barley.json", "Barley yield by site, {filter}", "Site", "Mean yield", "bu/acre",
         _columns("site", "year", "yield"), 1, filters="variety"),
    View("barley.json", "Yield of barley varieties in {filter}", "Variety", "Mean yield",
         "bu/acre", _columns("variety", None, "yield"), 1, filters="site"),
    View("cars.json", "Fuel economy by origin", "Model year", "Mean economy", "mpg",
         _chained(lambda f: f.assign(Year=pd.to_datetime(f["Year"]).dt.year),
                  _columns("Year", "Origin", "Miles_per_Gallon")), 1, True),
    View("cars.json", "Engine power by cylinders", "Cylinders", "Mean power", "hp",
         _chained(lambda f: f.sort_values("Cylinders"),
                  _columns("Cylinders", "Origin", "Horsepower")), 0),
    View("gapminder.json", "Life expectancy since 1955", "Year", "Life expectancy", "years",
         _chained(_every(10), _columns("year", "country", "life_expect")), 1, True),
    View("gapminder.json", "Children per woman since 1955", "Year", "Fertility",
         "children per woman", _chained(_every(10), _columns("year", "country", "fertility")), 1,
         True),
    View("gapminder.json", "Population in 2005", "Country", "Population", "million",
         _chained(lambda f: f[f["year"] == 2005], _columns("country", None, "pop", "sum", 1e-6)),
         1, additive=True),
    View("population.json", "People of the United States by age, {filter}", "Age",
         "People", "million",
         _chained(lambda f: f[f["age"] % 10 == 0].assign(
             sex=f["sex"].map({1: "Men", 2: "Women"}), age=f["age"].astype(str)),
             _columns("age", "sex", "people", "sum", 1e-6)), 2, filters="year", additive=True),
    View("movies.json", "Ratings by genre", "Genre", "Mean IMDB rating", "",
         _columns("Major Genre", None, "IMDB Rating"), 1),
    View("movies.json", "Box office by genre", "Genre", "Mean gross", "million $",
         _columns("Major Genre", None, "Worldwide Gross", "mean", 1e-6), 0),
    View("unemployment-across-industries.json", "Unemployment by industry", "Year",
         "Unemployment rate", "%",
         _columns("year", "series", "rate"), 1, True),
    View("unemployment-across-industries.json", "People out of work in {filter}", "Industry",
         "People", "thousand", _columns("series", None, "count"), 0, filters="year",
         additive=True),
    View("jobs.json", "Share of the workforce, {filter}", "Job", "Share", "per thousand",
         _columns("job", "sex", "perc", "mean", 1000), 1, filters="year"),
    View("wheat.json", "Wheat and wages in England", "Year", "Price", "shillings",
         _chained(_every(20), _wide("year", _WAGES)), 1, True),
    View("penguins.json", "Body mass of penguins", "Species", "Mean body mass", "g",
         _chained(_sexes, _columns("Species", "Sex", "Body Mass (g)")), 0),
    View("penguins.json", "Flipper length by island", "Island", "Mean length", "mm",
         _columns("Island", "Species", "Flipper Length (mm)"), 0),
    View("seattle-weather.csv", "Rain in Seattle", "Month", "Mean rain a day", "mm",
         _by_month("precipitation"), 1, True),
    View("weather.csv", "Highest temperatures of the day", "Month", "Mean maximum", "°C",
         _by_month("temp_max"), 1, True),
    View("weather.csv", "Wind through the year", "Month", "Mean wind", "m/s", _by_month("wind"),
         1, True),
    View("stocks.csv", "Share prices", "Year", "Mean price", "$",
         _by_year("date", "symbol", "price", 2004), 0, True),
    View("iowa-electricity.csv", "Electricity in Iowa", "Year", "Generation", "TWh",
         _chained(lambda f: f.assign(source=f["source"].map(_POWER)),
                  _by_year("year", "source", "net_generation", 2001, 1e-3)), 1, True,
         additive=True),
    View("disasters.csv", "Deaths in natural disasters", "Decade", "Deaths", "thousand",
         _chained(lambda f: f[~f["Entity"].str.startswith("All")].assign(
             decade=(f["Year"] // 10 * 10).astype(str) + "s"),
             _columns("decade", "Entity", "Deaths", "sum", 1e-3)), 1, True, additive=True),
    View("co2-concentration.csv", "Carbon dioxide on Mauna Loa", "Year", "Concentration", "ppm",
         _chained(lambda f: f.assign(year=pd.to_datetime(f["Date"]).dt.year),
                  _every(8), _columns("year", None, "CO2")), 1, True),
    View("gapminder-health-income.csv", "Income per person by country", "Country",
         "Income", "thousand $", _columns("country", None, "income", "mean", 1e-3), 1),
)  # fmt: skip


def draw(
    rng: np.random.Generator, read: Callable[[str], bytes], least: int, most: int, wide: bool
) -> Table:
    """Return a table of `least` to `most` categories; of several series if `wide`.

    Args:
        rng: What is chosen hangs on.
        read: File of `vega-datasets` → its bytes.
        least: Categories.
        most: Categories.
        wide: Whether the table is to have two series and more.
    """
    for _ in range(50):
        view = VIEWS[int(rng.integers(0, len(VIEWS)))]
        table = _drawn(rng, view, _frame(view.file, read(view.file)), least, most, wide)
        if table is not None:
            return table
    raise ValueError(f"expected a table of {least} categories and more, found none in 50 draws")


def of_user(rng: np.random.Generator, path: str, data: bytes, most: int) -> Table:
    """Return a table of a CSV or JSON file of the user's: its first column of names, its numbers.

    Raises:
        NotTabular: There is no column of names, or none of numbers.
    """
    found = tabular_files.read(path, data)
    frame = pd.DataFrame(list(found.rows), columns=list(found.columns))
    numbers = {c: pd.to_numeric(frame[c], errors="coerce") for c in frame.columns}
    numeric = [c for c in frame.columns if numbers[c].notna().all() and not _years(numbers[c])]
    names = [c for c in frame.columns if c not in numeric and frame[c].is_unique]
    if not names or not numeric:
        raise tabular_files.NotTabular(
            f"expected a column of unlike names and one of numbers, saw {list(found.columns)}"
        )
    kept = sorted(rng.choice(len(frame), min(len(frame), most), replace=False).tolist())
    value = numeric[int(rng.integers(0, len(numeric)))]
    values = tuple(float(numbers[value].iloc[i]) for i in kept)
    categories = tuple(str(frame[names[0]].iloc[i]) for i in kept)
    title = PurePosixPath(path).stem.replace("_", " ").replace("-", " ").capitalize()
    return Table(title, names[0], value, "", categories, ("",), (values,), _decimals(values),
                 False, path)  # fmt: skip


def _drawn(
    rng: np.random.Generator, view: View, frame: pd.DataFrame, least: int, most: int, wide: bool
) -> Table | None:
    title = view.title
    if view.filters:
        options = sorted(frame[view.filters].dropna().unique().tolist())
        chosen = options[int(rng.integers(0, len(options)))]
        frame, title = frame[frame[view.filters] == chosen], title.replace("{filter}", str(chosen))
    table = view.make(frame).dropna()
    table = table[(table["category"].astype(str) != "") & (table["value"] >= 0)]
    table = table.assign(category=table["category"].astype(str), series=table["series"].astype(str))
    names = list(dict.fromkeys(table["series"]))
    if wide and len(names) < 2:
        return None
    count = 1 if not wide else int(rng.integers(2, min(MOST_SERIES, len(names)) + 1))
    chosen_series = sorted(rng.choice(len(names), count, replace=False).tolist())
    pivot = table.pivot_table(index="category", columns="series", values="value", sort=False)
    pivot = pivot[[names[i] for i in chosen_series]].dropna()
    pivot = pivot[[len(str(c)) <= 16 for c in pivot.index]]
    if len(pivot) < least:
        return None
    number = int(rng.integers(least, min(most, MOST_CATEGORIES, len(pivot)) + 1))
    kept = sorted(rng.choice(len(pivot), number, replace=False).tolist())
    if view.ordered:  # points in time, evenly: a line through them is no lie
        apart = int(rng.integers(1, max(1, (len(pivot) - 1) // (number - 1)) + 1))
        last = len(pivot) - 1 - apart * (number - 1)
        start = int(rng.integers(0, last + 1))
        kept = list(range(start, start + apart * (number - 1) + 1, apart))
    pivot = pivot.iloc[kept]
    rounded = np.round(pivot.to_numpy(dtype=float), view.decimals)
    # What is the same to the eye, or next to nothing beside the rest, cannot be asked about.
    if rounded.max() <= 0 or (rounded < rounded.max() * 0.02).any() or rounded.size < 3:
        return None
    series = tuple(names[i] for i in chosen_series)
    if len(names) > 1 and not wide:
        title = f"{title}: {series[0]}"
        series = ("",)
    return Table(title, view.category, view.value, view.unit, tuple(map(str, pivot.index)), series,
                 tuple(tuple(map(float, column)) for column in rounded.T), view.decimals,
                 view.ordered, f"vega-datasets/{view.file}", view.additive)  # fmt: skip


def _years(values: pd.Series) -> bool:
    """Whether numbers are years, or something like them: nobody draws these as bars from 0."""
    return bool(((values >= 1000) & (values <= 2100) & (values % 1 == 0)).all())


def _decimals(values: Sequence[float]) -> int:
    return 0 if all(v == round(v) for v in values) else 2


def _frame(path: str, data: bytes) -> pd.DataFrame:
    if path.endswith(".json"):
        return pd.read_json(io.BytesIO(data), convert_dates=False)
    return pd.read_csv(io.BytesIO(data))


def said(value: float, decimals: int) -> str:
    """Return a number as people write it: 12,400 or 3.7."""
    return f"{value:,.{decimals}f}"


def axis_of(values: Sequence[float]) -> tuple[float, float]:
    """Return end and step of an axis from 0 that holds some values: four to six round steps."""
    top = max(values) * 1.05
    power = 10.0 ** np.floor(np.log10(top / 5))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        step: float = float(factor * power)
        if top / step <= 6:
            return float(np.ceil(top / step) * step), step
    raise AssertionError("unreachable")


def ticks_of(end: float, step: float) -> list[str]:
    """Return the labels of an axis from 0 to `end`."""
    decimals = 0
    while decimals < 4 and abs(step - round(step, decimals)) > 1e-9:
        decimals += 1
    count = round(end / step)
    return [said(i * step, decimals) for i in range(count + 1)]


def summary(table: Table) -> dict[str, dict[str, float]]:
    """Return a table's sum, mean, median and range by series, from the values as they are shown."""
    out: dict[str, dict[str, float]] = {}
    for name, values in zip(table.series, table.values, strict=True):
        high, low = int(np.argmax(values)), int(np.argmin(values))
        out[name] = {
            "sum": float(np.sum(values)),
            "mean": float(np.mean(values)),
            "median": float(np.median(values)),
            "range": values[high] - values[low],
            "highest value": values[high],
        }
    return out
