"""Tasks of a page: the request that asks for it, and the repair of its spoilt version."""

from __future__ import annotations

from typing import Any, cast

from corpuswright.annotators.documents.webpages import requests
from corpuswright.annotators.documents.webpages.requests import DETAILS, Detail
from corpuswright.renderers.documents.webpages.plan import read
from corpuswright.storage import keys
from corpuswright.storage.records import Origin, Sample, Task

VERSION = requests.VERSION * 10 + 1  # bump the last digit when tasks come out otherwise

_REPAIRS = (
    "Something is wrong with this page. Say what it is, and repair it.",
    "One thing on this page is not as it was planned. Find it and put it right.",
    "Review this page, name its defect, and give the corrected HTML.",
    "This page has a single fault. Which element has it, and what has to be changed?",
)


def propose(sample: Sample) -> list[Task]:
    """Return a request of each detail, and one repair.

    `expected` of a repair has the `issue` that its defect is, the `node` that has it, the name of
    the `defect`, and `about`: what was done.
    """
    state: Any = sample.scene.state
    plan, twin = read(state["plan"]), state["twin"]
    rng = keys.generator(sample.spec.corpus, "text", VERSION, sample.key)
    tops = tuple(e.id for e in sample.scene.elements if e.parent is None)
    origin = Origin("page_tasks", VERSION)
    cell = {"domain": "webpage", "dimension": "page"}
    shares = state["colours"]
    tasks = [
        Task(keys.task_key(sample.key, n), "prompt", tops,
             requests.write(plan, cast(Detail, detail), rng, shares), detail, (), (), origin,
             {**cell, "detail": detail})
        for n, detail in enumerate(DETAILS)
    ]  # fmt: skip
    at = [e.id for e in sample.scene.elements if e.attributes["node"] == twin["node"]]
    expected = {**cell, "issue": twin["issue"], "node": twin["node"], "defect": twin["kind"],
                "about": twin["about"]}  # fmt: skip
    text = _REPAIRS[int(rng.integers(0, len(_REPAIRS)))]
    tasks.append(Task(keys.task_key(sample.key, len(tasks)), "repair", tuple(at), text, "repair",
                      (), (), origin, expected))  # fmt: skip
    return tasks
