"""A progress bar on the terminal of whoever types the command, and none elsewhere."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

from tqdm import tqdm


@contextlib.contextmanager
def bar(title: str, total: int) -> Generator[tqdm[Any]]:
    """Yield a bar of `total` steps, disabled where there is nobody to look at it.

    Dagster redirects a step's output to its log, so standard error is no terminal here; the command
    line says by CORPUSWRIGHT_PROGRESS that it was one.
    """
    with contextlib.ExitStack() as stack:
        terminal = None
        if os.environ.get("CORPUSWRIGHT_PROGRESS"):
            with contextlib.suppress(OSError):
                terminal = stack.enter_context(Path("/dev/tty").open("w"))
        yield stack.enter_context(
            tqdm(total=total, desc=title, file=terminal, disable=terminal is None)
        )
