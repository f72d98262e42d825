"""`corpuswright delete`: samples taken back, for good."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from corpuswright.pipelines.cli.console import DONE, STORE
from corpuswright.storage.build_state.tombstones import Kind, Selection
from corpuswright.storage.shown import count


def delete(
    corpus: str,
    /,
    *,
    key: str | None = None,
    source: str | None = None,
    author: str | None = None,
    licence: str | None = None,
    out: Path = STORE,
) -> int:
    """Take samples back: from packs, tables and every release.

    Args:
        corpus: Slug of a corpus.
        key: One sample.
        source: A page's URI (SITE/PATH), or a site's name.
        author: Whose samples.
        licence: Of which terms.
        out: The store.
    """
    from corpuswright.pipelines.corpora import find
    from corpuswright.pipelines.runs import in_process

    named = {"key": key, "source": source, "author": author, "licence": licence}
    given = {kind: value for kind, value in named.items() if value is not None}
    if len(given) != 1:
        saw = ", ".join(f"--{k}" for k in given) or "none"
        raise LookupError(f"expected one of --key, --source, --author, --licence; saw {saw}")
    ((kind, value),) = given.items()
    found, store = find(corpus), out.resolve()
    done = found.engine.delete(found, store, Selection(cast(Kind, kind), value))
    in_process.forget_previews(store, found.name)
    noun = found.units["scene"]
    if not (done.samples or done.scenes or done.pages):
        print(f"{found.name}: nothing of it is left, it was deleted before")
    else:
        page = found.units.get("page", "page")
        pages = f" and {count(done.pages, page)}" if done.pages else ""
        print(
            f"{found.name}: {count(done.samples, noun)} deleted, with "
            f"{count(done.scenes, 'key')}{pages} that are withdrawn, near duplicates included"
        )
        print("the next build plans without them: its release has another name, its shards may too")
    print(f"{count(done.releases, 'release')} that held them removed")
    if done.made is not None:
        left = count(done.made.counts["scene"]["kept"], noun)
        print(f"the release is now {done.made.plan}, {left}")
    return DONE
