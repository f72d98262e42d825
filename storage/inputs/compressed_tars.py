"""Tars that are compressed: unpacked to plain ones first, since a member is read by its place.

Which they are is told by their first bytes, whatever they are called: the offsets that a reader of
a compressed tar gives are those of another stream.
"""

from __future__ import annotations

import lzma
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpuswright.storage.keys import sha256

ENDINGS = (".tar", ".tgz", ".tar.gz", ".tar.zst", ".tar.bz2", ".tar.xz")
MOST = 1 << 42  # bytes of one, unpacked: 4 TiB. Ours: a disk is full before
TIMES = 1100  # how much larger than it is: deflate reaches 1032, above it a tar is a bomb
_CHUNK = 1 << 22
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
}


class NotUnpacked(ValueError):
    """A compressed tar breaks off, or is too large unpacked."""


def is_tar(path: str) -> bool:
    """Say whether a file is one by its name."""
    return path.lower().endswith(ENDINGS)


def compression(path: Path) -> str:
    """Return how a file is compressed; empty if it is not."""
    with path.open("rb") as f:
        head = f.read(6)
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")


def place(path: Path, folder: Path) -> Path:
    """Return where a compressed tar lies unpacked in a folder, once it is there.

    Named by the tar's place, size and time: another tar is another file.
    """
    stat = path.stat()
    return folder / f"{sha256(f'{path} {stat.st_size} {stat.st_mtime_ns}')[:32]}.tar"


def unpack(store: Path, path: Path, folder: Path) -> Path:
    """Unpack a compressed tar into a folder of the store, unless it lies there; return its place.

    Raises:
        NotUnpacked: It breaks off, or is too large.
        DiskFull: There is no room.
    """
    target = place(path, folder)
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Beside its place: what other writers find in the store's own staging, they sweep.
        part = target.with_suffix(f".{os.getpid()}.part")
        try:
            with part.open("wb") as f:
                for chunk in _readable(path):
                    f.write(chunk)
                f.flush()
                os.fsync(f.fileno())
            # The original's time: unpacked anew, it is the same file to whoever compares stamps.
            os.utime(part, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
    return target


def _readable(path: Path) -> Iterator[bytes]:
    try:
        yield from _bytes(path)
    except (OSError, pa.ArrowException, lzma.LZMAError, EOFError) as error:
        raise NotUnpacked(str(error).splitlines()[0][:120] if str(error) else "") from error


def _bytes(path: Path) -> Iterator[bytes]:
    most, total = min(MOST, TIMES * path.stat().st_size + _CHUNK), 0
    with ExitStack() as stack:
        kind = compression(path)
        stream: Any = (
            stack.enter_context(lzma.open(path))
            if kind == "xz"
            else stack.enter_context(pa.CompressedInputStream(pa.OSFile(str(path)), kind))
        )
        while chunk := stream.read(_CHUNK):
            total += len(chunk)
            if total > most:
                raise NotUnpacked(f"more than {most} bytes unpacked")
            yield chunk
