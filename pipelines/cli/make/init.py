"""`corpuswright init`: a working corpus of the user's own, small and whole."""

from __future__ import annotations

from pathlib import Path

from corpuswright.pipelines.cli.console import DONE

_CORPUS = '''\
"""A corpus of my own: my pages, with one more check. Build it with

    corpuswright build my_corpus:CORPUS --out corpora
"""

from dataclasses import replace
from pathlib import Path

from corpuswright.assets.grounding.gui import CORPUS as GUI
from corpuswright.storage.records import Rejection, Scene, Task
from corpuswright.storage.inputs.sites import Site

PAGES = Site(
    name="my-pages",
    root=str(Path(__file__).parent / "pages"),
    pages=("*.html",),
    licence="CC0-1.0",
    author="me",
)


def no_shouting(scene: Scene, task: Task) -> Rejection | None:
    """A check sees the scene and one task; it returns None to keep, or why not."""
    return Rejection("shouting", task.text) if task.text.isupper() else None


CORPUS = replace(
    GUI,
    name="my_corpus",
    reference="my_corpus:CORPUS",
    sites=(PAGES,),
    recipe={**GUI.recipe, "variants": 2, "states": 0, "areas": {"786432": 1.0}},
    checks=(*GUI.checks, no_shouting),
    # Raise `checks` whenever a check of yours changes: what it judged is judged anew.
    versions={**GUI.versions, "checks": 100},
)
'''

_DEFINITIONS = '''\
"""My Dagster: everything that ships, and mine. `corpuswright ui --module my_definitions`."""

import dagster as dg
from corpuswright.pipelines.definitions import corpuswright_definitions
from my_corpus import CORPUS

defs = dg.Definitions.merge(corpuswright_definitions(), corpuswright_definitions(CORPUS))
'''

_PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Orders</title>
<style>body{font:16px sans-serif;margin:2rem} td,th,button{padding:.3rem 1rem}</style>
<h1>Orders</h1>
<p><label>Search orders <input type="search"></label> <button>Search</button></p>
<table><tr><th>Order</th><th>City</th><th></th></tr>
<tr><td>1041</td><td>Oslo</td><td><button>Ship</button> <a href="#1041">Details</a></td></tr>
<tr><td>1042</td><td>Lima</td><td><button>Ship</button> <a href="#1042">Details</a></td></tr>
</table>
<p><label><input type="checkbox"> Show archived orders</label></p>
</html>
"""


def write(folder: Path) -> list[Path]:
    """Write the example into `folder` and return the files.

    Raises:
        LookupError: One of the files is there already.
    """
    files = {
        "my_corpus.py": _CORPUS,
        "my_definitions.py": _DEFINITIONS,
        "pages/orders.html": _PAGE,
    }
    there = [n for n in files if (folder / n).exists()]
    if there:
        raise LookupError(f"expected none of {sorted(files)} in {folder}, found {there}")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [folder / n for n in files]


def init(folder: Path = Path(), /) -> int:
    """Write a working corpus of your own into a folder.

    Args:
        folder: Where; this folder unless it is said.
    """
    print("wrote", *(str(p) for p in write(folder)))
    if folder != Path():
        print(f"cd {folder}")
    print("build it:  corpuswright build my_corpus:CORPUS --out corpora")
    return DONE
