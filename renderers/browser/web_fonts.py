"""Answers what pages ask font services for, from packages: nothing leaves the machine.

Google Fonts' style sheets, and icon fonts on the networks that deliver npm's packages. Which faces
these services send hangs on the browser and the day; here it hangs on the package, whose sha256 is
known. A font that none of the packages holds stays refused and is told of, as any other host is.
"""

from __future__ import annotations

import base64
import contextlib
import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from playwright.sync_api import CDPSession, Error

from corpuswright.renderers.browser.server import PageServer
from corpuswright.storage.inputs.sites import Site

VERSION = 1  # bump when another font answers

# The most used families of Google Fonts (Web Almanac 2024, Fonts) as far as a package of theirs
# is small, and the icon fonts that templates of npm load from elsewhere.
_TEXT = {
    "Roboto": ("@fontsource-variable/roboto@5.3.0",
               "03510ae8a8159543ebef8d35280cf6821099ef3f61d31858458ac8bf1a8e983e", "OFL-1.1"),
    "Open Sans": ("@fontsource-variable/open-sans@5.3.0",
                  "8f4c371d85381ef59af7ce93db9e0687fc7418409d366f6cace8f5d53c81711f", "OFL-1.1"),
    "Montserrat": ("@fontsource-variable/montserrat@5.3.0",
                   "d51603ef08d0087a07497488cf20007b3499fd4f4466c8a791389468bc941dfb", "OFL-1.1"),
    "Inter": ("@fontsource-variable/inter@5.3.0",
              "d26710dd38e7217484a1d47ee76c024977ec550548876f26d06ed1844af09a14", "OFL-1.1"),
    "Raleway": ("@fontsource-variable/raleway@5.3.0",
                "e8b80bf103bdde987607f1ea8edcecff6aa46b5c941c4d3743a357c2c5235fa3", "OFL-1.1"),
    "Nunito": ("@fontsource-variable/nunito@5.3.0",
               "be290c38a2fa3422e2b51c0c4992511a9483d6f6e0074fc24eb8968e6ac67330", "OFL-1.1"),
    "Lato": ("@fontsource/lato@5.3.0",
             "50db251f16e9a6c35fe0177b4692b7ec78478b9734c9272d980a75343638aa5c", "OFL-1.1"),
    "Poppins": ("@fontsource/poppins@5.3.0",
                "f4779bb12acaaa07dc7dd8da82ab0f61515fea2f30664535f7a249eeb0dd5bcf", "OFL-1.1"),
}  # fmt: skip
_ICONS = {
    "font-awesome": ("font-awesome@4.7.0",
                     "92042b715919e17499ded134884b0318fd88041efac9b0f3204069df52222a61",
                     "OFL-1.1 AND MIT"),
    "@fortawesome/fontawesome-free": (
        "@fortawesome/fontawesome-free@7.3.1",
        "ca4e32843bd81711894385c2466fb19c55cfd32ef3c58830b2d1df7bd42e6571",
        "CC-BY-4.0 AND OFL-1.1 AND MIT"),
    "bootstrap-icons": ("bootstrap-icons@1.13.2",
                        "7b5960145e1ab14a49a117f96a9e5a54a94fdf07f21e302d9e4f88d73dd19f9c", "MIT"),
    "material-icons": ("material-icons@1.13.14",
                       "31196d01fc9f0615eb35bd0c51a40a2248351268432c5939fe8a2ebee21aa599",
                       "Apache-2.0"),
}  # fmt: skip


def _site(package: str, digest: str, licence: str) -> Site:
    name = f"web-fonts-{package.rpartition('@')[0].rpartition('/')[2]}"
    return Site(name, ".", (), licence, "as its package says", package, digest)


# What a build fetches where its pages name one of the hosts below.
SITES = tuple(_site(*found) for found in (*_TEXT.values(), *_ICONS.values()))

GOOGLE, GOOGLE_FILES = "fonts.googleapis.com", "fonts.gstatic.com"
_NPM = {"cdn.jsdelivr.net": "npm/", "unpkg.com": ""}
_OTHERS = ("cdnjs.cloudflare.com", "use.fontawesome.com", "maxcdn.bootstrapcdn.com",
           "stackpath.bootstrapcdn.com", "netdna.bootstrapcdn.com")  # fmt: skip
HOSTS = (GOOGLE, GOOGLE_FILES, *_NPM, *_OTHERS)
# For Chrome's `Fetch.enable`: only requests to these hosts are stopped and looked at.
PATTERNS = [{"urlPattern": f"http*://{host}/*"} for host in HOSTS]

# Where these services keep a version of Font Awesome: 4 is another package than 5 and later.
_AWESOME = re.compile(
    r"(?:ajax/libs/font-awesome/|font-awesome/|releases/v)(\d+)[^/]*/(.+)", re.IGNORECASE
)
_BOOTSTRAP_ICONS = re.compile(r"ajax/libs/bootstrap-icons/[^/]+/(.+)")
_PACKAGE = re.compile(r"((?:@[^/@]+/)?[^/@]+)(?:@[^/]*)?/(.+)")

_CSS = "text/css; charset=utf-8"
_TYPES = {".css": _CSS, ".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf"}


class Answer(NamedTuple):
    """A body and its media type."""

    body: bytes
    kind: str


def answer(url: str, sites: Mapping[str, Path | str]) -> Answer | None:
    """Return what a font service would send, from the packages among `sites`; None if nothing.

    Args:
        url: As the page asks for it.
        sites: Folders by name; those of `SITES` are looked into.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    path = unquote(parts.path).lstrip("/")
    if host == GOOGLE and path in ("css", "css2", "icon"):
        return _google(parse_qs(parts.query).get("family", []), sites)
    if host in (GOOGLE, GOOGLE_FILES):
        name, _, rest = path.partition("/")  # as the style sheet above names its files
        return _file(sites.get(name), rest)
    if named := _packaged(host, path):
        package, rest = named
        if package in _ICONS or package.startswith(("@fontsource/", "@fontsource-variable/")):
            return _file(sites.get(f"web-fonts-{package.rpartition('/')[2]}"), rest)
    return None


def answer_from(cdp: CDPSession, server: PageServer) -> None:
    """Have requests for web fonts answered from the packages among its sites, if any.

    By the protocol, since these are asked for over TLS, which our proxy does not open. Chrome
    stops what matches the patterns and nothing else, so that its cache serves the rest.
    """
    sites = server.sites
    if not any(site.name in sites for site in SITES):
        return

    def paused(event: dict[str, Any]) -> None:
        asked, found = {"requestId": event["requestId"]}, None
        if event["request"]["method"] == "GET":
            found = answer(event["request"]["url"], sites)
        with contextlib.suppress(Error):  # the page may have left
            if found is None:
                cdp.send("Fetch.continueRequest", asked)
                return
            server.traffic.served.append(event["request"]["url"])
            named = {"Content-Type": found.kind, "Access-Control-Allow-Origin": "*"}
            headers = [{"name": k, "value": v} for k, v in named.items()]
            body = base64.b64encode(found.body).decode()
            cdp.send(
                "Fetch.fulfillRequest",
                {**asked, "responseCode": 200, "responseHeaders": headers, "body": body},
            )

    cdp.on("Fetch.requestPaused", paused)
    cdp.send("Fetch.enable", {"patterns": PATTERNS})


def needed(folder: Path) -> bool:
    """Say whether a file below a folder, of those that can ask for fonts, names such a host."""
    names = [host.encode() for host in HOSTS]
    return any(
        any(name in text for name in names)
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in (".html", ".htm", ".css", ".js", ".mjs") and file.is_file()
        for text in (file.read_bytes(),)
    )


def _packaged(host: str, path: str) -> tuple[str, str] | None:
    """Return the package, and the path in it, that a delivery network's path names, if any."""
    if host in _NPM:
        found = _PACKAGE.fullmatch(path.removeprefix(_NPM[host]))
        return (found[1], found[2]) if found else None
    if found := _BOOTSTRAP_ICONS.fullmatch(path):
        return "bootstrap-icons", found[1]
    if found := _AWESOME.fullmatch(path):
        old = int(found[1]) <= 4
        return "font-awesome" if old else "@fortawesome/fontawesome-free", found[2]
    return None


def _google(families: list[str], sites: Mapping[str, Path | str]) -> Answer | None:
    """Return the faces of all families asked for; None where one of them is in no package.

    Both of Google's forms are read: `family=A:400,700|B` and `family=A:wght@400&family=B`. All
    weights and subsets of a family are told of, and a browser loads those that it uses.
    """
    names = [f.partition(":")[0].strip() for asked in families for f in asked.split("|")]
    sheets = list[str]()
    for name in names:
        found = _icons(name, sites) if name.startswith("Material Icons") else _faces(name, sites)
        if found is None:
            return None
        sheets.append(found)
    return Answer("\n".join(sheets).encode(), _CSS) if sheets else None


def _faces(name: str, sites: Mapping[str, Path | str]) -> str | None:
    if name not in _TEXT:
        return None
    site = _site(*_TEXT[name]).name
    root = sites.get(site)
    if not isinstance(root, Path):
        return None
    kind = "wght*.css" if (root / "wght.css").exists() else "[1-9]00*.css"
    text = "\n".join(f.read_text() for f in sorted(root.glob(kind)))
    text = re.sub(r"url\(\./", f"url(https://{GOOGLE_FILES}/{site}/", text)
    return text.replace(f"'{name} Variable'", f"'{name}'")


def _icons(name: str, sites: Mapping[str, Path | str]) -> str | None:
    root = sites.get("web-fonts-material-icons")
    style = name.removeprefix("Material Icons").strip().lower().replace(" ", "-") or "filled"
    if not isinstance(root, Path) or not (root / "iconfont" / f"{style}.css").is_file():
        return None
    text = (root / "iconfont" / f"{style}.css").read_text()
    return text.replace(
        'url("./', f'url("https://{GOOGLE_FILES}/web-fonts-material-icons/iconfont/'
    )


def _file(root: Path | str | None, path: str) -> Answer | None:
    if not isinstance(root, Path):
        return None
    try:
        file = (root / path).resolve()
        if not file.is_relative_to(root.resolve()) or not file.is_file():
            return None
    except (OSError, ValueError):  # a name too long, or with a null byte
        return None
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0]
    return Answer(file.read_bytes(), kind or "application/octet-stream")
