"""The `corpuswright` command.

Exit codes: 0 done, 1 failed, 2 bad arguments, 3 nothing was kept.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import NoReturn

from cyclopts import App, CycloptsError, Parameter

from corpuswright.pipelines.cli.console import (
    BAD_ARGUMENTS,
    DELIVER,
    DONE,
    FAILED,
    JUDGE,
    LOOK,
    MAKE,
    RUN,
)
from corpuswright.pipelines.cli.deliver import delete, export, opencustom, subset, sweep, upgrade
from corpuswright.pipelines.cli.judge import benchmark, overlap, review, score, verify
from corpuswright.pipelines.cli.look import diff, list_corpora, sample, show, status
from corpuswright.pipelines.cli.make import build, estimate, fetch, init, page
from corpuswright.pipelines.cli.run import ui
from corpuswright.storage import disk
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.releases.manifest import NoRelease
from corpuswright.storage.releases.manifest_format import OtherVersion

# What is wrong with a path that was named.
PATHS = (
    FileNotFoundError,
    NotADirectoryError,
    IsADirectoryError,
    FileExistsError,
    PermissionError,
)

# What only some commands need is imported by them: `--help` is quick, and so is a worker process,
# which loads this module too.


def app() -> App:
    """Return the command with all its commands."""
    made = App(
        name="corpuswright",
        help="Multimodal training corpora whose ground truth is exact.",
        version=version("corpuswright"),
        default_parameter=Parameter(negative=()),
    )
    made.command(build.build, group=MAKE)
    made.command(estimate.estimate, group=MAKE)
    made.command(fetch.fetch, group=MAKE)
    made.command(init.init, group=MAKE)
    made.command(page.page, group=MAKE)
    made.command(list_corpora.list_corpora, name="list", group=LOOK)
    made.command(status.status, group=LOOK)
    made.command(show.show, group=LOOK)
    made.command(sample.sample, group=LOOK)
    made.command(diff.diff, group=LOOK)
    made.command(verify.verify, group=JUDGE)
    made.command(review.review, group=JUDGE)
    made.command(score.score, group=JUDGE)
    made.command(benchmark.benchmark, group=JUDGE)
    made.command(overlap.overlap, group=JUDGE)
    made.command(export.export, group=DELIVER)
    made.command(subset.subset, group=DELIVER)
    made.command(opencustom.opencustom, group=DELIVER)
    made.command(delete.delete, group=DELIVER)
    made.command(sweep.sweep, group=DELIVER)
    made.command(upgrade.upgrade, group=DELIVER)
    made.command(ui.ui, group=RUN)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    # A corpus of the user's own is importable from the folder they stand in.
    sys.path.insert(0, os.getcwd())
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, (os.getcwd(), os.environ.get("PYTHONPATH")))
    )
    try:
        ended = app()(words, exit_on_error=False, print_error=False, result_action="return_value")
        return ended if isinstance(ended, int) else DONE
    except CycloptsError as error:
        return _told(str(error), BAD_ARGUMENTS)
    except LookupError as error:
        return _told(str(error.args[0]), BAD_ARGUMENTS)
    except (NoRelease, OtherVersion) as error:
        return _told(" ".join(str(error).split()), BAD_ARGUMENTS)
    except PATHS as error:
        return _told(f"{error.filename or 'a file'}: {str(error.strerror).lower()}", BAD_ARGUMENTS)
    except (disk.StorageError, SourceError, RuntimeError) as error:
        return _told(str(error), FAILED)
    except KeyboardInterrupt:
        return _told("stopped; what is finished is kept, the same command goes on", FAILED)


def _told(why: str, code: int) -> int:
    print(f"corpuswright: {why}", file=sys.stderr)
    return code


def run() -> NoReturn:
    """Run the command of this process and leave without tearing the interpreter down.

    Arrow starts threads of its own even for reading a small index; a process that ends while one of
    them is starting aborts ("terminate called without an active exception"), 1 in 3 on a busy
    machine. Everything Python wants to do at exit is done before.
    """
    try:
        code = main()
    except SystemExit as end:  # whatever a library that is called asks for
        code = end.code if isinstance(end.code, int) else BAD_ARGUMENTS
    except BrokenPipeError:  # whoever read it has seen enough: `corpuswright show KEY | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
