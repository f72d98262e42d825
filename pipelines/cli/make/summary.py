"""What a build says at its end: what was kept, what was not, and what to type next."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from corpuswright.assets.curation import contact_sheets
from corpuswright.assets.synthesis.release import UNREACHED
from corpuswright.pipelines.cli.console import DONE, NOTHING_KEPT, typed
from corpuswright.storage import shown
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.releases import manifest, remote_store
from corpuswright.storage.shown import count


def after_build(store: Path, corpus: str, name: str, wanted: int = 0) -> int:
    """Print what was built and what to type next; returns the exit code.

    Args:
        store: The store.
        corpus: The slug.
        name: As whoever built it named the corpus.
        wanted: Samples that were asked for.
    """
    made = manifest.load(store, corpus)
    folder, units = manifest.folder(store, corpus, made.plan), manifest.units(made)
    kept = made.counts["scene"]["kept"]
    pages, tasks = made.counts["page"]["kept"], made.counts["task"]["kept"]
    source = f"from {count(pages, units['page'])} " if pages else ""
    curated = (folder / "funnel.json").exists()
    words = units["task"] if manifest.is_curated(made) else "verified task"
    print(
        f"{corpus} {made.plan}: {count(kept, units['scene'])} with {count(tasks, words)} "
        f"{source}in {count(len(made.shards), 'shard')}"
    )
    if curated:
        print("\n".join(contact_sheets.lines(json.loads((folder / "funnel.json").read_text()))))
    for unit, reasons in made.rejections.items():
        if not (curated and unit == "scene"):  # the funnel has told of these
            told = ", ".join(f"{n} {r}" for r, n in reasons.items())
            print(f"  {units[unit]}s rejected: {told}")
    if kept < wanted:
        print(f"  {wanted} were asked for: the recipe and its sources make no more that hold")
    if (folder / "names.json").exists():
        names = json.loads((folder / "names.json").read_text())
        print(f"  OCR found {names['confirmed']} of {names['sampled']} sampled names in the pixels")
    if (folder / UNREACHED).exists():
        hosts = Counter[str](json.loads((folder / UNREACHED).read_text()))
        named = (f"{shown.one_line(h)} ({count(n, 'page')})" for h, n in hosts.most_common(5))
        asked = ", ".join(named) + (f" and {len(hosts) - 5} more" if len(hosts) > 5 else "")
        print(f"  not reached:  {asked}: what they bring is missing in the pictures")
    if (folder / "contact.jpg").exists():
        print(f"  look at it:   {folder / 'contact.jpg'}")
    print(f"  the report:   {folder / 'report.html'}")
    if not kept:
        return NOTHING_KEPT
    if remote_store.of(store, corpus).url:
        print(f"  verify it:    corpuswright verify {name} --out {store}")
        return DONE
    loader = Loader(store, made, seed=None)
    key = next(r.key for r in loader.records()) if curated else next(e.key for e in loader)
    mine = " --module my_definitions" if Path("my_definitions.py").exists() else ""
    print("next:")
    print(f"  {typed()} show {key} --out {store}")
    print(f"  {typed()} verify {name} --out {store}")
    most = Counter[str]()
    for found in made.rejections.values():
        most.update(found)
    for reason in sorted(most, key=lambda r: (-most[r], r))[:1]:
        print(f"  {typed()} sample {name} --reason {reason} --out {store}")
    print(f"  {typed()} ui --out {store}{mine}")
    return DONE
