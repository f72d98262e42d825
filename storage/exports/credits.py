"""Whom a release is owed to: licence and author of every source that is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from corpuswright.storage.records import Release


class Credit(NamedTuple):
    """One site's share of a release."""

    site: str
    licence: str
    author: str
    pages: int


def credits_of(release: Release) -> list[Credit]:
    """Return a credit for each site, licence and author among the release's sources."""
    found: dict[tuple[str, str, str], set[str]] = {}
    partitions: Mapping[str, Any] = release.plan_inputs.get("inputs", {})  # type: ignore[assignment]
    for inputs in partitions.values():
        for uri, (_, licence, author) in inputs["sources"].items():
            found.setdefault((uri.split("/")[0], licence, author), set()).add(uri)
    return [Credit(*who, len(uris)) for who, uris in sorted(found.items())]


def attribution(release: Release) -> str:
    """Return the text of `ATTRIBUTION.md`."""
    lines = [
        f"- **{c.site}** by {c.author}, licence {c.licence}: {c.pages} pages"
        for c in credits_of(release)
    ]
    return (
        f"# Attribution\n\n{release.corpus}, release `{release.plan}`, is made from:\n\n"
        + "\n".join(lines)
        + "\n"
    )
