"""Requests read back: what is asked for is what the page shows, and wrong ones are told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from corpuswright.annotators.documents.webpages import requests
from corpuswright.quality.documents.webpages import page_checks
from corpuswright.renderers.documents.webpages import bundle
from corpuswright.renderers.documents.webpages.plan import PagePlan
from corpuswright.renderers.documents.webpages.tags import parts
from corpuswright.storage.records import Element, Origin, Scene, Task
from tests.fixtures import webpages


def scene(plan: PagePlan) -> Scene:
    """Return a page's scene as far as requests are held to it: its words, no pixels."""

    def read(site: str, path: str) -> bytes:
        return b"<svg></svg>"

    elements = [
        Element(f"e{n}", p.role, p.text, ((0, 0),) * 4, (0, 0, 1, 1), None, None, None, p.text, {},
                {"node": p.id}, None)
        for n, p in enumerate(parts(bundle.body(plan, read)))
    ]  # fmt: skip
    return Scene((10, 10), (1, 1), tuple(elements), {"plan": plan.model_dump(mode="json")})


def task(text: str, detail: str) -> Task:
    cell: Any = {"domain": "webpage", "dimension": "page"}
    return Task("k-00", "prompt", (), text, detail, (), (), Origin("tasks", 1), cell)


@pytest.mark.parametrize("detail", requests.DETAILS)
def test_requests_are_of_their_page_and_wrong_ones_are_caught(detail: Any):
    missed: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for seed in range(80):
        plan = webpages.plan(seed)
        text = requests.write(plan, detail, np.random.default_rng(seed))
        asked, shown = task(text, detail), scene(plan)
        assert page_checks.check(shown, asked) is None, text
        assert "  " not in text and ".”." not in text
        for kind, wrong in page_checks.wrong_versions(shown, asked):
            tried[kind] += 1
            missed[kind] += page_checks.check(shown, wrong) is None
    assert tried and not missed.total(), missed


def test_a_full_request_gives_every_word():
    for seed in range(30):
        plan = webpages.plan(seed)
        text = requests.write(plan, "full", np.random.default_rng(seed))
        for element in scene(plan).elements:
            assert element.text.strip("“”") in text, (seed, element.name)


def test_requests_differ():
    openings: Counter[str] = Counter()
    whole: set[str] = set()
    for seed in range(120):
        text = requests.write(webpages.plan(seed), "outline", np.random.default_rng(seed))
        openings[" ".join(text.split()[:4])] += 1
        whole.add(text)
    assert len(whole) == 120 and max(openings.values()) <= 20


def test_only_colours_that_are_seen_are_named_and_always_some():
    for seed in range(40):
        plan = webpages.plan(seed)
        shares = {a: 0.0 for a in plan.style.accents}
        shown = scene(plan)
        shown = replace(shown, state={**shown.state, "colours": shares})
        for detail in requests.DETAILS:
            text = requests.write(plan, detail, np.random.default_rng(seed), shares)  # type: ignore[arg-type]
            assert page_checks.check(shown, task(text, detail)) is None, text
            assert " as accent" not in text
            if detail == "short":
                assert text.count(" and ") >= 2, text  # of sections, and of colours
