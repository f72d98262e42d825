"""Whom a release is owed to: licence and author of every source that is in it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, NamedTuple

from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest
from corpuswright.storage.shown import markdown


class Credit(NamedTuple):
    """One site's share of a release."""

    site: str
    licence: str
    author: str
    sources: int


def credits_of(release: Release, used: Set[str] | None = None) -> list[Credit]:
    """Return a credit for each site, licence and author among the release's sources.

    `used` are the URIs of those that something in the release was made from; all if None.
    """
    found: dict[tuple[str, str, str], set[str]] = {}
    partitions: Mapping[str, Any] = release.plan_inputs.get("inputs", {})  # type: ignore[assignment]
    for inputs in partitions.values():
        for uri, (_, licence, author) in inputs["sources"].items():
            if used is None or uri in used:
                found.setdefault((uri.split("/")[0], licence, author), set()).add(uri)
    return [Credit(*who, len(uris)) for who, uris in sorted(found.items())]


def attribution(release: Release, used: Set[str] | None = None) -> str:
    """Return the text of `ATTRIBUTION.md`; `used` as in `credits_of`."""
    units = manifest.units(release)
    # Clips are cut from videos, which have a name of their own; an image is its own source.
    whole = manifest.is_curated(release) and units["page"] == "page"
    noun = units["scene" if whole else "page"]
    lines = [
        f"- **{markdown(c.site)}** by {markdown(c.author)}, licence {markdown(c.licence)}: "
        f"{c.sources} {noun}{'' if c.sources == 1 else 's'}"
        for c in credits_of(release, used)
    ]
    return (
        f"# Attribution\n\n{release.corpus}, release `{release.plan}`, is made from:\n\n"
        + "\n".join(lines)
        + "\n"
    )
