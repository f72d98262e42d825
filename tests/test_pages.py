"""Pages hold: every command in them parses and is accepted, every link leads somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpuswright.pipelines.cli import main
from corpuswright.pipelines.cli.make.recipe import parsed
from corpuswright.pipelines.corpora import CORPORA, MIXTURES
from corpuswright.storage.exports.clip_formats import CLIP_FORMATS
from corpuswright.storage.exports.task_formats import FORMATS

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    p
    for p in (*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/**/README.md"))
    if "inputs" not in p.parts and "bench" not in p.parts
)
_FENCED = re.compile(r"```(\w*)\n(.*?)```", re.S)
_LAYERS = "storage|renderers|annotators|quality|assets|pipelines|tests|deploy"
_PATH = re.compile(rf"`((?:{_LAYERS})/[\w/.-]+\.(?:py|md|toml|txt))`")
_INLINE = re.compile(r"`(corpuswright [a-z][^`]*)`")


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of each command of a page, without variables and what comes after it."""
    text = page.read_text()
    blocks = [body for kind, body in _FENCED.findall(text) if kind in ("", "sh", "bash")]
    lines = [line for body in blocks for line in body.replace("\\\n", " ").splitlines()]
    prose = _FENCED.sub("", text)
    # In a sentence a command stands alone, or with what it is told: then it is held as well.
    lines += [
        " ".join(found.split())
        for found in _INLINE.findall(prose)
        if "--to" in found or found.startswith(("corpuswright build", "corpuswright delete"))
    ]
    for line in lines:
        for part in line.split("&&"):
            if "corpuswright" not in part:
                continue
            words = shlex.split(part, comments=True)
            while words and "=" in words[0] and not words[0].startswith("-"):
                words = words[1:]  # an environment's variable
            if words[:1] == ["corpuswright"] and len(words) > 1 and words[1].islower():
                yield words[1:]


def test_there_are_pages_for_every_family():
    families = {p.name for p in (ROOT / "assets").iterdir() if (p / "__init__.py").exists()}
    families -= {"builds", "curation", "synthesis"}  # engines: their docstrings say it
    assert families <= {p.parent.name for p in PAGES if p.parent.parent.name == "assets"}
    assert len((ROOT / "README.md").read_text().splitlines()) <= 180


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_is_one(page: Path):
    app = main.app()
    for words in commands(page):
        if any(w.isupper() and len(w) > 2 and "=" in w for w in words):  # `--set NAME=JSON`
            continue
        _, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
        given = {**bound.arguments}
        if (corpus := given.get("corpus")) and ":" not in corpus and corpus.islower():
            assert corpus in CORPORA, words
            if words[0] == "build" and corpus not in MIXTURES:
                accepted(corpus, list(given.get("set_", ())))
        if "format_" in given:
            assert given["format_"] in {*FORMATS, *CLIP_FORMATS}, words


def accepted(corpus: str, pairs: list[str]) -> None:
    """Hold values to what the corpus accepts; files and folders that a page invents are none."""
    own = CORPORA[corpus]
    recipe: dict[str, Any] = parsed(pairs, own.recipe)
    assert set(recipe) <= set(own.recipe), pairs
    invented = {n for n, v in recipe.items() if isinstance(v, str) and re.search(r"[.:/]", v)}
    own.accepts({**own.recipe, **{n: v for n, v in recipe.items() if n not in invented}})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_and_every_path_leads_somewhere(page: Path):
    text = page.read_text()
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", text):
        assert (page.parent / target).exists(), target
    for path in _PATH.findall(text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_import_of_a_snippet_is_there(page: Path):
    for kind, body in _FENCED.findall(page.read_text()):
        if kind == "python":
            lines = re.findall(r"^from corpuswright\.\S+ import [^\n(]+$", body, re.M)
            exec("\n".join(lines), {})
