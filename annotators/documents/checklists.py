"""Checklists: a document's prompt, and twenty questions with the answers for it and its twin."""

from __future__ import annotations

from typing import Any

from corpuswright.annotators.documents import predicates, prompts, questions
from corpuswright.renderers.documents import render
from corpuswright.renderers.documents.document import from_json
from corpuswright.storage import keys
from corpuswright.storage.records import Origin, Sample, Task

VERSION = questions.VERSION * 100 + prompts.VERSION * 10 + predicates.VERSION
PROMPT = "prompt"


def propose(sample: Sample) -> list[Task]:
    """Return the prompt that asks for a document, and the questions about it.

    `expected` of a question has its `answer` for the document and for its `twin`, `dimension`,
    whether it is `hard`, and its machine form, `predicate`; `elements` are what the answer hangs
    on, `evidence` their boxes, in the twin `twin_evidence`. None are asked where the twin turns no
    answer.
    """
    p: Any = sample.spec.parameters
    state: Any = sample.scene.state
    document = from_json(state["document"])
    twin = render.twin_document(document, state["twin"]["changes"])
    rng = keys.generator(sample.spec.corpus, "text", VERSION, sample.key)
    dimension = str(p["dimension"])
    asked = questions.chosen(document, twin, dimension, rng)
    if not any(a.answer != a.twin for a in asked):
        return []
    drawn = {str(e.attributes["node"]): e for e in sample.scene.elements}
    after = {str(e.attributes["node"]): e for e in render.twin_elements(sample.scene)}
    origin = Origin("checklists", VERSION)
    text = prompts.write(document, dimension, rng)
    cell = {"domain": document.domain, "dimension": dimension}
    all_ids = tuple(e.id for e in sample.scene.elements if e.parent is None)
    tasks = [
        Task(keys.task_key(sample.key, 0), PROMPT, all_ids, text, "prompt", (), (), origin, cell)
    ]
    for number, a in enumerate(asked, 1):
        q = a.question
        shown = [drawn[n] for n in q.evidence if n in drawn]
        expected = {
            **cell,
            "evidence": [list(e.box) for e in shown],
            "twin_evidence": [list(after[n].box) for n in q.evidence if n in after],
            "answer": a.answer,
            "twin": a.twin,
            "hard": q.hard,
            "predicate": list(q.predicate),
        }
        tasks.append(
            Task(
                keys.task_key(sample.key, number),
                q.kind,
                tuple(e.id for e in shown),
                q.text,
                "question",
                (),
                (),
                origin,
                expected,
            )
        )
    return tasks
