"""`corpuswright status`: what the newest release holds, and why the rest is out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from corpuswright.pipelines.cli.console import DONE, STORE, released
from corpuswright.storage.releases import manifest
from corpuswright.storage.shown import count


def status(
    corpus: str, /, *, out: Path = STORE, as_json: Annotated[bool, Parameter(name="--json")] = False
) -> int:
    """Show what the newest release holds, and why the rest is out.

    Args:
        corpus: Slug of a corpus.
        out: The store.
        as_json: Print counts and reasons as JSON.
    """
    made = manifest.load(out, released(out, corpus))
    if as_json:
        print(json.dumps({"plan": made.plan, "counts": made.counts, "rejected": made.rejections}))
        return DONE
    units = manifest.units(made)
    print(f"{made.corpus}, release {made.plan}{'' if made.shards else ': nothing is left in it'}")
    for shard in made.shards:
        held = f"{count(shard.samples, units['scene'])}  {count(shard.tasks, units['task'])}"
        print(f"  {shard.name}  {held}  {shard.bytes} bytes")
    for unit, counts in made.counts.items():
        if not any(counts.values()):  # a drawn corpus has no pages
            continue
        print(f"  {units[unit]:8} {counts['kept']:6} kept  {counts['rejected']:6} rejected")
        for reason, number in made.rejections.get(unit, {}).items():
            print(f"           {number:6} {reason}")
    return DONE
