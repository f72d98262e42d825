"""Durable writes: a file is either whole under its name or not there at all.

Every write, fsync and rename of the storage layer goes through the primitives at the top, which is
also where the crash-injection tests cut in.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import socket
from collections.abc import Generator, Iterable
from pathlib import Path

STAGING = ".staging"  # unfinished files live here, in the store itself so that rename is atomic


class StorageError(Exception):
    """A store's files are not what they must be.

    StorageError
      · DiskFull          no room; says how much was asked and is free
      · StoreLocked       another writer holds the store
      · PackError         a pack is missing, truncated or altered
      · ShardError        a shard or its index is missing, truncated or altered
      · ReleaseError      a manifest is missing or does not hold
    """


class DiskFull(StorageError):
    """A write found no room."""


class StoreLocked(StorageError):
    """Another process writes to this store."""


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _fsync(fd: int) -> None:
    os.fsync(fd)


def _rename(source: Path, target: Path) -> None:
    source.rename(target)


def _fsync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        _fsync(fd)
    finally:
        os.close(fd)


def stage(store: Path, name: str, chunks: Iterable[bytes]) -> Path:
    """Write `chunks` to a staged file of `store`, fsync it, and return its path.

    The name carries the process id and a random part, so two attempts never meet in one file.

    Raises:
        DiskFull: There is no room; the partial file is removed.
    """
    folder = store / STAGING
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}-{os.urandom(6).hex()}-{name}"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    written = 0
    try:
        for chunk in chunks:
            _write(fd, chunk)
            written += len(chunk)
        _fsync(fd)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        with contextlib.suppress(OSError):
            path.unlink()
        free = shutil.disk_usage(store).free
        raise DiskFull(
            f"{path.name}: no room after {written} bytes, {free} bytes are free at {store}; "
            "free some space and run the same command again, finished work is kept"
        ) from error
    finally:
        os.close(fd)
    return path


def publish(staged: Path, target: Path) -> None:
    """Give a staged file its name, durably; an existing target is replaced in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _rename(staged, target)
    _fsync_folder(target.parent)


def write_file(store: Path, target: Path, data: bytes) -> None:
    """Write `data` to `target` inside `store`: whole or not at all; raises DiskFull."""
    publish(stage(store, target.name, (data,)), target)


def sweep_staging(store: Path) -> int:
    """Remove what killed writers left in the staging folder; call with the writer lock held."""
    folder = store / STAGING
    stale = list(folder.iterdir()) if folder.is_dir() else []
    for path in stale:
        path.unlink()
    return len(stale)


@contextlib.contextmanager
def writer_lock(store: Path) -> Generator[None]:
    """Hold the store's one writer lock; the operating system frees it if the process dies.

    Raises:
        StoreLocked: Another process holds it; the message names host, process and command.
    """
    store.mkdir(parents=True, exist_ok=True)
    path = store / "writer.lock"
    with path.open("a+") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            f.seek(0)
            raise StoreLocked(
                f"{path}: expected no other writer, found {f.read() or 'one that left no name'}; "
                "wait for it to end, or stop it: what it finished is kept"
            ) from None
        f.seek(0)
        f.truncate()
        f.write(json.dumps({"host": socket.gethostname(), "pid": os.getpid()}))
        f.flush()
        yield
