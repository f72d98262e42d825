"""Two releases of a corpus side by side: what came, what went, what changed, and why."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from cyclopts import Parameter

from corpuswright.pipelines.cli.console import DONE, STORE, released
from corpuswright.quality.reports import contact_sheets
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.loaders.loader import Loader, examples
from corpuswright.storage.records import Outcome, Release
from corpuswright.storage.releases import manifest, remote_store, removed
from corpuswright.storage.samples import Record

PICTURES = 20  # pairs on the page: what a person looks through before their coffee is cold


class Difference(NamedTuple):
    """Keys of samples by what became of them, and the reasons of those that went."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    reasons: Mapping[str, int]


def compare(store: Path, a: Release, b: Release) -> Difference:
    """Return what `b` has that `a` has not. A sample has changed if a byte of it has."""
    before, after = _records(store, a), _records(store, b)
    gone = sorted(set(before) - set(after))
    ended: dict[str, Outcome] = {o.key: o for o in manifest.outcomes(store, b)}
    was = {o.key: o.source for o in manifest.outcomes(store, a)}
    why = Counter(
        (ended[k].reason or "kept in no shard") if k in ended else _unknown(store, b, k, was[k])
        for k in gone
    )
    return Difference(
        tuple(sorted(set(after) - set(before))),
        tuple(gone),
        tuple(sorted(k for k in set(before) & set(after) if before[k].files != after[k].files)),
        dict(sorted(why.items())),
    )


def _unknown(store: Path, made: Release, key: str, source: str) -> str:
    """Return why a release has no outcome for a sample that another one has, of a source."""
    if tombstones.load(store, made.corpus).hold_key(key):
        return "deleted"
    parts: Any = made.plan_inputs.get("inputs", {})
    there = any(source in p.get("sources", {}) for p in parts.values())
    return "not_asked_for" if there or not source else "source_gone"


def find(store: Path, corpus: str, beginning: str) -> Release:
    """Return the release whose plan hash begins so.

    Raises:
        LookupError: There is none, or more than one.
    """
    plans = sorted(p.parent.name for p in (store / corpus).glob("releases/*/manifest.json"))
    found = [p for p in plans if p.startswith(beginning)]
    if len(found) != 1:
        gone = removed.told(store, corpus, beginning)
        raise LookupError(
            f"expected the beginning of one of {plans}, saw {beginning!r}"
            + (f"; {gone}" if gone else "")
        )
    return manifest.load(store, corpus, found[0])


def diff(
    corpus: str,
    a: str,
    b: str | None = None,
    /,
    *,
    out: Path = STORE,
    page: Annotated[Path | None, Parameter(name="--html")] = None,
) -> int:
    """Show what one release has that another has not, and why.

    Args:
        corpus: Slug of a corpus.
        a: Plan hash (or its beginning) of the older release.
        b: Of the newer one; the newest unless it is said.
        out: The store.
        page: Write a page with pictures side by side to this file.
    """
    store, corpus = out, released(out, corpus)
    old = find(store, corpus, a)
    new = find(store, corpus, b) if b else manifest.load(store, corpus)
    found = compare(store, old, new)
    print(f"{old.plan} → {new.plan}")
    for name in ("added", "removed", "changed"):
        keys = getattr(found, name)
        print(f"  {len(keys):6} {name}" + (f", such as {keys[0]}" if keys else ""))
    for reason, number in found.reasons.items():
        print(f"         {number:6} {reason}")
    if page is not None:
        page.write_text(_page(store, old, new, found))
        print(f"page: {page}")
    return DONE


def _records(store: Path, made: Release) -> dict[str, Record]:
    remote_store.here(store, made.corpus)
    return {r.key: r for r in Loader(store, made, seed=None).records()}


def _page(store: Path, old: Release, new: Release, found: Difference) -> str:
    before, after = _records(store, old), _records(store, new)
    rows = [f"<h1>{html.escape(new.corpus)}: {old.plan} → {new.plan}</h1>"]
    for name in ("added", "removed", "changed"):
        keys: tuple[str, ...] = getattr(found, name)
        rows.append(f"<h2>{len(keys)} {name}</h2>")
        for key in keys[:PICTURES]:
            sides = "".join(_picture(r[key]) for r in (before, after) if key in r)
            rows.append(f"<figure>{sides}<figcaption>{html.escape(key)}</figcaption></figure>")
    return "<!doctype html><meta charset=utf-8>" + "\n".join(rows)


def _picture(record: Record) -> str:
    found = examples(record)
    if not found[0].has_image:
        return f"<p>{html.escape(found[0].text)}</p>"
    return contact_sheets.inline(
        contact_sheets.jpeg(contact_sheets.tile(found[0].image, found[0].task))
    )
