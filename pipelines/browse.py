"""Looking at what a store holds: status, single samples, samples by reason, verification."""

from __future__ import annotations

import base64
import html
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from corpuswright.quality import previews
from corpuswright.storage import keys, release, shards
from corpuswright.storage.loader import Example, Loader, Record, examples
from corpuswright.storage.records import Release


def after_build(store: Path, corpus: str, name: str) -> int:
    """Print what was built and what to type next; exit code 3 when nothing was kept."""
    made = release.load(store, corpus)
    folder = release.folder(store, corpus, made.plan)
    kept = made.counts["scene"]["kept"]
    print(
        f"{corpus} {made.plan}: {kept} samples with {made.counts['task']['kept']} verified tasks "
        f"from {_pages(made)} pages in {len(made.shards)} shards"
    )
    for unit, reasons in made.rejections.items():
        print(f"  {unit}s rejected: " + ", ".join(f"{n} {r}" for r, n in reasons.items()))
    print(f"  look at it:   {folder / 'contact.jpg'}")
    print(f"  the report:   {folder / 'report.html'}")
    if not kept:
        return 3
    key = made.shards[0].first_key
    print("next:")
    print(f"  corpuswright show {key}-00 --out {store}")
    print(f"  corpuswright verify {name} --out {store}")
    print(f"  corpuswright ui --out {store}")
    return 0


def _pages(made: Release) -> int:
    return made.counts["page"]["kept"]


def status(store: Path, corpus: str, as_json: bool) -> int:
    """Print the newest release's counts and rejections."""
    made = release.load(store, corpus)
    if as_json:
        print(json.dumps({"plan": made.plan, "counts": made.counts, "rejected": made.rejections}))
        return 0
    print(f"{corpus}, release {made.plan}")
    for shard in made.shards:
        print(f"  {shard.name}  {shard.samples} samples  {shard.tasks} tasks  {shard.bytes} bytes")
    for unit, counts in made.counts.items():
        print(f"  {unit:6} {counts['kept']:6} kept  {counts['rejected']:6} rejected")
        for reason, number in made.rejections.get(unit, {}).items():
            print(f"         {number:6} {reason}")
    return 0


def verify(store: Path, corpus: str) -> int:
    """Check every file of the newest release; print each problem."""
    made = release.load(store, corpus)
    problems = release.verify(store, made)
    for problem in problems:
        print(problem)
    tasks = sum(s.tasks for s in made.shards)
    print(f"{made.plan}: {len(made.shards)} shards, {tasks} tasks, {len(problems)} problems")
    return 1 if problems else 0


def find_record(store: Path, key: str) -> Record:
    """Return the record of a sample's (or task's) key from the newest release of its corpus.

    Raises:
        LookupError: The key is none, or the release does not hold it; says how it ended.
    """
    try:
        parts = keys.parse(key)
    except ValueError as error:
        raise LookupError(str(error)) from error
    sample = key if parts.task is None else key[:-3]
    made = release.load(store, parts.corpus)
    for shard in made.shards:
        if shard.first_key <= sample <= shard.last_key:
            for place in shards.read_index(store, shard):
                if place.key == sample:
                    with (store / shard.name).open("rb") as f:
                        f.seek(place.offset)
                        data = f.read(place.length)
                    shards.check_record(data, place, store / shard.name)
                    return Record(sample, shards.split_record(data, sample))
    ended = [o for o in outcomes(store, made) if o["key"] == sample]
    why = f"it was rejected: {ended[0]['reason']} {ended[0]['value']}" if ended else "unknown to it"
    raise LookupError(f"{sample} is not in release {made.plan}: {why}")


def outcomes(store: Path, made: Release) -> list[dict[str, Any]]:
    """Return the rows of a release's outcomes."""
    path = release.folder(store, made.corpus, made.plan) / "outcomes.parquet"
    return pq.read_table(io.BytesIO(path.read_bytes()), use_threads=False).to_pylist()


def show(store: Path, key: str, picture: str | None) -> int:
    """Print a sample's tasks and write a picture of one."""
    record = find_record(store, key)
    found = examples(record)
    wanted = [e for e in found if e.key == key] or found
    for example in wanted:
        task = example.task
        print(f"{task.key}  [{task.style}, {task.actions[0].kind}]  {task.text}")
        x, y = task.targets[0].point
        print(f"    at ({x:.2f}, {y:.2f}) of {example.scene.size}, element {task.elements[0]}")
    path = Path(picture or f"{key}.jpg")
    path.write_bytes(previews.jpeg(previews.draw_task(wanted[0].image, wanted[0].task)))
    print(f"picture: {path}")
    return 0


def sample(store: Path, corpus: str, reason: str | None, number: int, page: str | None) -> int:
    """Print kept samples, or units rejected for `reason`; with `page`, as HTML with pictures."""
    made = release.load(store, corpus)
    if reason is None:
        loader = Loader(store, made, seed=0)
        shown: list[Example] = []
        for example in loader:
            shown.append(example)
            if len(shown) == number:
                break
        rows = [(e.key, e.text, previews.jpeg(previews.tile(e.image, e.task))) for e in shown]
    else:
        found = [o for o in outcomes(store, made) if o["reason"] == reason]
        if not found:
            known = sorted({r for u in made.rejections.values() for r in u})
            raise LookupError(f"--reason: none was rejected for {reason!r}; there are {known}")
        rows = [(o["key"], f"{o['unit']} {o['source']}: {o['value']}", b"") for o in found[:number]]
    for key, text, _ in rows:
        print(key, text)
    if page is not None:
        Path(page).write_text(_page(f"{corpus} {reason or 'kept'}", rows))
        print(f"page: {page}")
    return 0


def _page(title: str, rows: list[tuple[str, str, bytes]]) -> str:
    parts = [f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title>"]
    parts.append("<style>body{font:15px sans-serif}figure{display:inline-block;margin:8px}</style>")
    for key, text, data in rows:
        image = ""
        if data:
            image = f'<img src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'
        caption = f"<code>{html.escape(key)}</code> {html.escape(text)}"
        parts.append(f"<figure>{image}<figcaption>{caption}</figcaption></figure>")
    return "\n".join(parts)
