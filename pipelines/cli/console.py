"""What commands share: exit codes, the groups of the help, counts in words, folders to write to."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter, validators

from corpuswright.assets.builds.options import POSITIVE
from corpuswright.storage.releases import manifest

DONE, FAILED, BAD_ARGUMENTS, NOTHING_KEPT = 0, 1, 2, 3

MAKE = Group.create_ordered("Make")
LOOK = Group.create_ordered("Look")
JUDGE = Group.create_ordered("Judge")
DELIVER = Group.create_ordered("Deliver")
RUN = Group.create_ordered("Run")

Positive = Annotated[int, POSITIVE]
Port = Annotated[int, POSITIVE, Parameter(validator=validators.Number(gt=0, lt=65536))]
STORE = Path("corpora")  # where a store is unless `--out` says otherwise
PACKAGES = Path("inputs")  # where fetched packages are kept unless `--inputs` says otherwise


def released(store: Path, corpus: str) -> str:
    """Return the slug of a corpus that is read only: any that the store has a release of.

    Raises:
        LookupError: It has none, and there is no such corpus.
    """
    if manifest.latest(store, corpus) is not None:
        return corpus
    from corpuswright.pipelines.corpora import find

    return find(corpus).name


def empty_folder(path: Path) -> Path:
    """Return a folder that is new or empty, made.

    Raises:
        LookupError: It holds files, or is one.
    """
    if path.is_file() or (path.exists() and any(path.iterdir())):
        what = "a file" if path.is_file() else "it holds files"
        raise LookupError(f"--to: expected a new or empty folder, saw {path}: {what}")
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def folder_to_fill(path: Path) -> Generator[Path]:
    """Yield a new or empty folder; what fails, or writes nothing, leaves it as it was.

    Raises:
        LookupError: It holds files, or is one.
    """
    was_there = path.exists()
    empty_folder(path)
    try:
        yield path
    except BaseException:
        _emptied(path)
        if not was_there:
            path.rmdir()
        raise


def _emptied(path: Path) -> None:
    for held in path.iterdir():
        if held.is_dir() and not held.is_symlink():
            shutil.rmtree(held)
        else:
            held.unlink()


def typed() -> str:
    """Return how the command was typed, to suggest another one."""
    return sys.argv[0] if Path(sys.argv[0]).name == "corpuswright" else "corpuswright"
