"""Pages hold: every command in them parses and is accepted, every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from corpuswright.pipelines.cli import main
from corpuswright.pipelines.cli.make.recipe import parsed
from corpuswright.pipelines.corpora import CORPORA, MIXTURES
from corpuswright.storage.exports.clip_formats import CLIP_FORMATS
from corpuswright.storage.exports.task_formats import FORMATS
from tests.fixtures.page_commands import FENCED, PAGES, ROOT, commands

_LAYERS = "storage|renderers|annotators|quality|assets|pipelines|tests|deploy"
_PATH = re.compile(rf"`((?:{_LAYERS})/[\w/.-]+\.(?:py|md|toml|txt))`")


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
    for kind, body in FENCED.findall(page.read_text()):
        if kind == "python":
            lines = re.findall(r"^from corpuswright\.\S+ import [^\n(]+$", body, re.M)
            exec("\n".join(lines), {})


def test_the_pages_whose_commands_soak_runs_are_all_that_have_some():
    from tests.soak.test_page_commands import READ

    named = {str(p.relative_to(ROOT)) for p in PAGES if any(commands(p))}
    assert named == {"README.md", *READ}
