"""What a person sees of a curated release: the funnel, what was kept, what was dropped and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image

from corpuswright.assets.curation.listing import ReferenceRow
from corpuswright.quality.reports import contact_sheets, expectations
from corpuswright.storage import disk
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.references import Reference
from corpuswright.storage.media import decoder
from corpuswright.storage.records import Release, canonical
from corpuswright.storage.releases import manifest

TILES = 24  # kept images on the sheet: as many as a person takes in at a glance
EACH = 6  # dropped images of one reason
TILE = (200, 170)
AFTER = ("captioned", "bucketed", "shards")  # steps of images after their filters

Funnel = Sequence[Mapping[str, Any]]


class _Shown(ReferenceRow):
    stage: str
    reason: str
    value: str
    bucket: str


def funnel(
    outcomes: Iterable[Mapping[str, Any]],
    stages: Sequence[str],
    always: Collection[str],
    missing: Sequence[str] = (),
    taken_down: int = 0,
) -> Funnel:
    """Return, stage by stage in order, how many units came in, went on, and were dropped why.

    Args:
        outcomes: Of units of one kind.
        stages: In order.
        always: Those that are told of even if they drop nothing.
        missing: Those that have no model, and say so.
        taken_down: Units that were taken down since: in no outcome, and counted first.
    """
    units = list(outcomes)
    left = len(units)
    found: list[Mapping[str, Any]] = []
    if taken_down:
        entry = {"stage": "taken_down", "in": left + taken_down, "out": left}
        found.append({**entry, "reasons": {"deleted": taken_down}})
    for stage in stages:
        reasons = Counter(o["reason"] for o in units if o["reason"] and o["stage"] == stage)
        gone = sum(reasons.values())
        if gone or stage in always:
            entry = {"stage": stage, "in": left, "out": left - gone}
            entry |= {"missing": True} if stage in missing else {}
            found.append({**entry, "reasons": dict(sorted(reasons.items()))})
        left -= gone
    return found


def lines(found: Mapping[str, Funnel]) -> list[str]:
    """Return the funnel as lines of text."""
    out: list[str] = []
    for partition, steps in found.items():
        out.append(f"  partition {partition}:")
        for step in steps:
            line = f"    {step['stage']:16} {step['in']:8} → {step['out']:8}  {_why(step)}"
            out.append(line)
    return out


def _why(step: Mapping[str, Any]) -> str:
    """Return what a stage has dropped and why, or that it had no model to look with."""
    why = ", ".join(f"{n} {r}" for r, n in step["reasons"].items())
    return why or ("no model, passed on unseen" if step.get("missing") else "")


def write(
    store: Path,
    made: Release,
    found: Mapping[str, Funnel],
    lengths: Mapping[str, Mapping[str, Mapping[str, float]]],
    sheets: Mapping[str, tuple[str, Sequence[Image.Image]]],
) -> None:
    """Write report and contact sheets beside a committed release.

    Args:
        store: The store.
        made: What is committed.
        found: Funnels, by partition.
        lengths: Words of captions, by partition and kind.
        sheets: By file name, whether they show what is `kept` or `dropped`, and their tiles.
    """
    noun = manifest.units(made)["scene"]
    folder = manifest.folder(store, made.corpus, made.plan)
    rows = [("partition", "stage", "in", "out", "dropped")] + [
        (p, s["stage"], s["in"], s["out"], _why(s)) for p, steps in found.items() for s in steps
    ]
    shard_rows = [("shard", f"{noun}s", "bytes")] + [
        (s.name, s.samples, s.bytes) for s in made.shards
    ]
    sections: list[tuple[str, Sequence[Sequence[object]]]]
    sections = [("Funnel", rows), ("Shards", shard_rows)]
    words = [(p, kind, *of.values()) for p, kinds in lengths.items() for kind, of in kinds.items()]
    if words:
        head = next(of for kinds in lengths.values() for of in kinds.values())
        sections.append(("Words of captions", [("partition", "kind", *head), *words]))
    if held := list(_expected(store, made)):
        head = ("partition", "expected", "limits", "holds", "seen")
        sections.append(("Expectations", [head, *held]))
    pictures: list[tuple[str, str]] = [("file, beside this page", "shows")]
    for name, (what, tiles) in sheets.items():
        if tiles:
            disk.write_file(store, folder / name, contact_sheets.sheet(tiles, 6))
            whole = made.counts["scene"]["kept" if what == "kept" else "rejected"]
            pictures.append((name, f"{len(tiles)} of {whole} {noun}s {what}"))
    sections.append(("Pictures", pictures))
    page = expectations.report(f"{made.corpus}, release {made.plan}", sections)
    disk.write_file(store, folder / "report.html", page.encode())


def _expected(store: Path, made: Release) -> Iterator[tuple[str, str, str, bool, str]]:
    """Yield what Great Expectations has found on aggregates, where it was asked."""
    partitions: Any = made.plan_inputs["partitions"]
    for partition in partitions:
        path = store / made.corpus / "work" / partition / "expectations.json"
        for f in json.loads(path.read_text()) if path.exists() else ():
            seen = dict(f["seen"])
            limits = ["…" if v is None else f"{v:g}" for v in (seen.pop("least"), seen.pop("most"))]
            yield partition, f["expectation"], " to ".join(limits), f["held"], canonical(seen)


def sheets(tables: Sequence[pa.Table]) -> dict[str, tuple[str, Sequence[Image.Image]]]:
    """Return tiles of images that the last step has kept, and of those that are dropped."""
    return {"contact.jpg": ("kept", _kept(tables)), "dropped.jpg": ("dropped", _dropped(tables))}


def _kept(tables: Sequence[pa.Table]) -> list[Image.Image]:
    rows = [r for t in tables for r in _rows(t) if not r["reason"]]
    some = rows[:: max(1, len(rows) // TILES)][:TILES]
    return [tile for r in some if (tile := _tile(r, f"{_name(r)}  {r['bucket']}")) is not None]


def _dropped(tables: Sequence[pa.Table]) -> list[Image.Image]:
    """Return tiles of dropped images that can be shown, those of one reason side by side."""
    by_reason: dict[str, list[_Shown]] = {}
    # Those that were withdrawn, or must not be used, are not shown.
    for row in (r for t in tables for r in _rows(t) if r["reason"]):
        if row["stage"] == "sources":
            continue
        by_reason.setdefault(row["reason"], []).append(row)
    tiles: list[Image.Image] = []
    for reason, rows in sorted(by_reason.items()):
        for row in rows[:EACH]:
            tile = _tile(row, f"{reason}  {_name(row)}")
            if tile is not None:
                tiles.append(tile)
    return tiles


def _name(row: _Shown) -> str:
    return str(row["uri"]).rpartition("/")[2]


def _rows(table: pa.Table) -> list[_Shown]:
    wanted = [*Reference._fields, "stage", "reason", "value", "bucket"]
    return table.select(wanted).to_pylist()


def _tile(row: _Shown, text: str) -> Image.Image | None:
    where = references.of_row(row)
    try:
        _, image = decoder.decoded(references.data(where, decoder.MAX_BYTES), TILE[0] * TILE[1])
    except (OSError, MemoryError, decoder.Refused):
        return None  # gone since: a picture of it is no part of the release
    return contact_sheets.captioned(image, text, TILE)
