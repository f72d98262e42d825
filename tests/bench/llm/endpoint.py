"""How busy the model client keeps an endpoint: `python -m tests.bench.llm.endpoint`, one line.

A server with PLACES places answers in 0.15 to 0.45 s; a quarter of the tries end in 429 with
Retry-After or in 500. Busy is the share of places in work from the first request until no row is
left to come.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from pydantic import BaseModel

from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.ledger import Budget, Ledger
from corpuswright.annotators.llm.requests import Endpoint, Prompt, Question
from tests.fixtures.model_server import one_in, serve

PLACES, ROWS = 16, 1000


class Colour(BaseModel):
    row: int
    colour: str


def main() -> None:
    prompt = Prompt("colours", "Say the row and its colour.")
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(one_in(4, "429_retry_after", "500"), seconds=0.3) as server,
    ):
        ledger = Ledger(f"sqlite:///{Path(folder) / 'models.sqlite'}")
        client = Client(Endpoint(server.url, "tiny", concurrency=PLACES), ledger, Budget("bench"))
        found = client.ask([Question(f"r{n}", prompt, f"row {n}", Colour) for n in range(ROWS)])
    answered = sum(a.value is not None for a in found)
    print(
        f"{server.calls} calls, {answered} of {ROWS} rows answered, most in flight "
        f"{server.most_in_flight} of {PLACES}, endpoint busy {100 * server.busy(PLACES):.1f} %"
    )


if __name__ == "__main__":
    main()
