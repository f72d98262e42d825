"""What a build reads: its sites, their pages, and which of them it must not use."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from corpuswright.storage.inputs import credits, running_sites
from corpuswright.storage.inputs import sites as input_sites
from corpuswright.storage.inputs.sites import Page, Site
from corpuswright.storage.keys import sha256

Sites = Sequence[tuple[Site, Path | str]]
Links = Mapping[str, Sequence[str]]  # page (`<site>/<path>`) → paths of its own site


def pages_of(sites: Sites, links: Links) -> list[Page]:
    """Return all pages of all sites, in identity order; `links` as intake saw them."""
    found: list[Page] = []
    for site, root in sites:
        prefix = f"{site.name}/"
        own = {u.removeprefix(prefix): ls for u, ls in links.items() if u.startswith(prefix)}
        if isinstance(root, Path):
            found += _credited(site, root, input_sites.list_pages(site, root, own))
        else:
            paths = [*site.pages, *input_sites.followed(site.pages, own, site.follow)]
            found += [
                input_sites.page_of(site, path, running_sites.content_sha256(f"{root}/{path}"))
                for path in paths
            ]
    signed = {s.name: sha256(Path(s.signed_in).read_bytes()) for s, _ in sites if s.signed_in}
    found = [
        p._replace(source=replace(p.source, sha256=sha256(p.source.sha256 + signed[p.site])))
        if p.site in signed
        else p
        for p in found
    ]
    return sorted(found, key=lambda p: p.source.uri)


def _credited(site: Site, root: Path, pages: Sequence[Page]) -> list[Page]:
    """Return pages of a folder on the terms that its `credits.csv` states for each."""
    said = credits_of(site, root)
    if not said.rows:
        return list(pages)

    def on_terms(page: Page) -> Page:
        row = said.of(page.path)
        terms = {n: row[n] for n in ("licence", "author") if row.get(n)}
        return page._replace(source=replace(page.source, **terms))

    return [on_terms(p) for p in pages if p.path != credits.FILE]


def credits_of(site: Site, root: Path) -> credits.Credits:
    """Return what a user's folder says of its files; nothing of a package's.

    A `credits.csv` without a column `path` is a file of the user's like any other.

    Raises:
        SourceError: It cannot be read.
    """
    file = root / credits.FILE
    if site.package is not None or not file.is_file():
        return credits.Credits()
    with file.open("rb") as lines:
        names = lines.readline(4096).decode("utf-8-sig", "replace").strip().split(",")
    return credits.read(root) if "path" in [n.strip('" ') for n in names] else credits.Credits()


def refusals(
    sites: Sites, pages: Iterable[Page], licences: Collection[str] | None
) -> dict[str, tuple[str, str]]:
    """Return reason and value by URI of the pages that must not be rendered.

    Args:
        sites: The sites.
        pages: Their pages, in identity order.
        licences: The licences that may be used; None for all.
    """
    roots = {site.name: root for site, root in sites if isinstance(root, str)}
    robots = {name: running_sites.robots(root) for name, root in roots.items()}
    said = {s.name: credits_of(s, root) for s, root in sites if isinstance(root, Path)}
    taken: Counter[str] = Counter()
    refused: dict[str, tuple[str, str]] = {}
    for page in pages:
        uri, root = page.source.uri, roots.get(page.site)
        if page.site in said and (fault := said[page.site].fault(page.path)):
            refused[uri] = (credits.NEARLY, fault.removeprefix(credits.NEARLY).strip())
        elif licences is not None and page.source.licence not in licences:
            refused[uri] = ("licence_not_allowed", page.source.licence)
        elif root and not robots[page.site].can_fetch(f"{root}/{page.path}", running_sites.AGENT):
            refused[uri] = ("robots_disallow", f"{root}/{page.path}")
        elif root and taken[page.site] >= running_sites.DOMAIN_CAP:
            refused[uri] = ("domain_cap", f"more than {running_sites.DOMAIN_CAP} pages")
        else:
            taken[page.site] += 1
    return refused


def read_links(path: Path) -> Links:
    """Return the links that earlier intakes saw; none before the first."""
    return json.loads(path.read_text()) if path.exists() else {}
