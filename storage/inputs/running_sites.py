"""Running sites: pages by URL, one application on loopback or a list from the open web.

What is fetched here is a page's HTML, to know when it has changed, and `robots.txt`. Pages are
rendered through the page server, which forwards to the site.
"""

from __future__ import annotations

import ipaddress
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from protego import Protego

from corpuswright.storage.inputs.sites import Site, SourceError
from corpuswright.storage.keys import sha256

NOTHING = "User-agent: *\nDisallow: /"  # the robots.txt of a host that cannot be asked
AGENT = "corpuswright"  # how we name ourselves to sites and look ourselves up in robots.txt
TIMEOUT_S = 20
MAX_BODY = 16 << 20
DOMAIN_CAP = 50  # pages of one domain: Phi-Ground-Any's funnel (arXiv 2605.12501, App. C.1)


def is_url(source: str) -> bool:
    """Say whether a source is a URL, not a folder or file."""
    return source.startswith(("http://", "https://"))


def sites_of(source: str, licence: str = "unstated", author: str = "unstated") -> list[Site]:
    """Return the sites that `--source` names: a folder, a URL, or a text file of URLs.

    Raises:
        SourceError: There is no such folder or file, or a line is no URL.
    """
    if is_url(source):
        return _by_domain([source], licence, author)
    path = Path(source).resolve()
    if path.is_file():
        lines = [line.strip() for line in path.read_text().splitlines()]
        urls = [line for line in lines if line and not line.startswith("#")]
        bad = [u for u in urls if not is_url(u) or not urlsplit(u).hostname]
        if bad or not urls:
            raise SourceError(f"{path}: expected one URL a line, saw {bad[:3] or 'none'}")
        return _by_domain(urls, licence, author)
    if not path.is_dir():
        raise SourceError(f"--source: expected a folder, a file of URLs or a URL, saw {source}")
    pages = ("*.html", "*.htm")
    return [Site(_slug(path.name), str(path), pages, licence, author, follow=DOMAIN_CAP)]


def _by_domain(urls: Sequence[str], licence: str, author: str) -> list[Site]:
    pages: dict[str, list[str]] = {}
    for url in urls:
        parts = urlsplit(url)
        path = parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
        listed = pages.setdefault(f"{parts.scheme}://{parts.netloc}", [])
        if path not in listed:
            listed.append(path)
    # Who names one URL wants the application behind it; who lists many has chosen the pages.
    follow = DOMAIN_CAP if len(urls) == 1 else 0
    return [
        Site(_slug(urlsplit(root).netloc), root, tuple(paths), licence, author, follow=follow)
        for root, paths in sorted(pages.items())
    ]


def _slug(name: str) -> str:
    kept = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return kept or "pages"


def content_sha256(url: str) -> str:
    """Return the sha256 of a page's body; of its error, where there is no body to be had."""
    request = urllib.request.Request(url.split("#")[0], headers={"User-Agent": AGENT})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return sha256(answer.read(MAX_BODY))
    except urllib.error.HTTPError as error:
        return sha256(f"status {error.code}")
    except (OSError, ValueError) as error:
        return sha256(type(error).__name__)


def is_loopback(url: str) -> bool:
    """Say whether a URL leads to this machine: the user's own application, asked without robots."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def robots(root: str) -> Protego:
    """Return what robots.txt of the site at `root` says; everything is open on this machine."""
    if is_loopback(root):
        return Protego.parse("")
    request = urllib.request.Request(f"{root}/robots.txt", headers={"User-Agent": AGENT})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return Protego.parse(answer.read(1 << 20).decode("utf-8-sig", "replace"))
    except urllib.error.HTTPError as error:
        # RFC 9309 2.3.1: 4xx leaves everything open, 5xx nothing.
        return Protego.parse("" if error.code < 500 else NOTHING)
    except (OSError, ValueError):
        return Protego.parse(NOTHING)
