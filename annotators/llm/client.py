"""The one client that talks to models: any OpenAI-compatible endpoint, JSON that fits a schema.

An answer is a value of the schema, or a counted failure with its reason, never a placeholder. Only
validated answers are stored, under a hash of everything that decides them; whoever asks again, in
this run or after a kill, is not charged again. One answer that does not fit is sent back with what
is wrong, then the question is asked once afresh, then it has failed. What the endpoint is to blame
for (rate limits, 5xx, time-outs, resets) is tried again with full jitter and decides nothing about
the question: it ends unanswered, and the next run asks it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, cast

from corpuswright.annotators.llm import wire
from corpuswright.annotators.llm.ledger import FAILED, Budget, Ledger, Stored
from corpuswright.annotators.llm.rate_limit import Pace
from corpuswright.annotators.llm.requests import Answer, Endpoint, Question, Status
from corpuswright.annotators.llm.wire import Reply
from corpuswright.storage.inputs import retry_after
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import canonical
from corpuswright.storage.secrets import Secrets, of_url, shown_url

if TYPE_CHECKING:
    import openai
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

# openai needs a second to load: only a process that asks a model does.
Mode = Literal["live", "replay"]
T = TypeVar("T")

_LOG = logging.getLogger("corpuswright.llm")
TRIES = 8  # of one HTTP request; with waits of up to a minute a short outage is sat out
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
RETRIED = (408, 409, 429)  # and all of 5xx; other 4xx will not get better
_CORRECTABLE = ("invalid_json", "schema_violation")  # the rest is nothing to send back
FATAL = (401, 403, 404)  # a wrong key or model: no row can succeed


class EndpointError(RuntimeError):
    """The endpoint refuses every request; the message says how, without the key."""


class CassetteMiss(LookupError):
    """Replay was asked for an answer that is not on record."""


class _Try(NamedTuple):
    """A question as it is put; `status` is what an answer to it would be worth."""

    question: Question
    key: str
    status: Status
    messages: Sequence[Mapping[str, Any]]


class _Again(NamedTuple):
    """A request that is to be sent again: the least to wait in seconds, and a 5xx if it was one."""

    seconds: float
    status: int = 0


class _Unanswered(Exception):
    """The question could not be put; the reason is not the question's."""


@dataclass(slots=True)
class Client:
    """Asks questions of one endpoint, within one budget.

    Args:
        endpoint: Whom to ask.
        ledger: Where answers and spending are kept; clients of many processes may share it.
        budget: What may be spent.
        mode: `replay` sends nothing: an answer that is not on record is an error.
        retry_failed: Whether a question that got no valid answer in an earlier run is asked again.
    """

    endpoint: Endpoint
    ledger: Ledger
    budget: Budget
    mode: Mode = "live"
    retry_failed: bool = True
    _random: random.Random = field(default_factory=random.SystemRandom)
    _answered: int = 0  # completions since this client was made
    _reached: bool = False  # whether anything has answered since this client was made
    _doubted: bool = False  # whether it was told that the endpoint's usage makes no sense
    _absent: bool = False  # whether nobody is there: what is given up then was worked on by nobody

    def key_of(self, question: Question) -> str:
        """Return the hash of everything that decides an answer."""
        return sha256(
            canonical(
                {
                    "model": self.endpoint.model,
                    "max_tokens": self.endpoint.max_tokens,
                    "temperature": question.temperature,
                    "seed": question.seed,
                    "prompt": question.prompt.text,
                    "text": question.text,
                    "schema": wire.schema_of(question.schema),
                    "images": [
                        sha256(i) for i in (question.images if self.endpoint.takes_images else ())
                    ],
                }
            )
        )

    async def answers(self, questions: Iterable[Question]) -> AsyncIterator[Answer]:
        """Yield an answer for every question, as they come.

        Questions that wait for a retry hold no place at the endpoint; at most four times the
        concurrency are in work, so any number may be passed as a generator.

        Raises:
            EndpointError: The endpoint refuses the key or the model.
            CassetteMiss: In replay.
        """
        source = iter(questions)
        pace = Pace(
            self.endpoint.concurrency,
            self.endpoint.requests_per_minute,
            self.endpoint.tokens_per_minute,
        )
        working: set[asyncio.Task[Answer]] = set()
        done: set[asyncio.Task[Answer]] = set()
        async with self._open() as connection:
            try:
                while True:
                    while len(working) < 4 * self.endpoint.concurrency:
                        question = next(source, None)
                        if question is None:
                            break
                        working.add(asyncio.create_task(self._answer(connection, pace, question)))
                    if not working:
                        return
                    done, working = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        yield task.result()
            finally:
                for task in working:
                    task.cancel()
                # Those of `done` too: where one has failed, the others' errors are nobody's.
                await asyncio.gather(*working, *done, return_exceptions=True)

    def ask(self, questions: Iterable[Question]) -> list[Answer]:
        """Return the answers in the order of the questions; for callers that are not async."""

        async def collect() -> dict[str, Answer]:
            return {a.id: a async for a in self.answers(listed)}

        listed = list(questions)
        found = run(collect())
        return [found[q.id] for q in listed]

    # --- for batch files --------------------------------------------------------------------

    def is_answered(self, key: str) -> bool:
        """Say whether a valid answer is on record."""
        stored = self.ledger.find(key)
        return stored is not None and stored.status != FAILED

    def body(self, question: Question) -> dict[str, Any]:
        """Return the request that puts a question."""
        return wire.body(self.endpoint, question, wire.messages(self.endpoint, question), False)

    def open_call(self, question: Question) -> int | None:
        """Take the most that a question can cost from the budget, if there is that much."""
        return self._open_call(self.key_of(question), wire.messages(self.endpoint, question))

    def take(self, call: int, question: Question, made: ChatCompletion) -> str:
        """Store what a completion is worth; return `ok` or why it is worth nothing."""
        first = wire.messages(self.endpoint, question)
        put = _Try(question, self.key_of(question), "ok", first)
        return self._take(call, put, made, 0.0).reason or "ok"

    # --- one question -----------------------------------------------------------------------

    async def _answer(self, connection: AsyncOpenAI, pace: Pace, question: Question) -> Answer:
        key = self.key_of(question)
        stored = self.ledger.find(key)
        again = self.retry_failed and self.mode == "live"
        if stored is not None and not (stored.status == FAILED and again):
            return _known(question, key, stored)
        if self.mode == "replay":
            raise CassetteMiss(
                f"{question.id}: expected an answer on record under {key}, saw none; "
                "record it with a live run, or undo the change of prompt, model or scene"
            )
        first = wire.messages(self.endpoint, question)
        put = _Try(question, key, "ok", first)
        calls = 0
        while True:
            try:
                reply, n = await self._put(connection, pace, put)
            except _Unanswered as none:
                return Answer(question.id, key, "unanswered", None, str(none), calls)
            calls += n
            if reply.value is not None:
                return Answer(question.id, key, put.status, reply.value, "", calls)
            if put.status == "ok" and reply.reason in _CORRECTABLE:
                wrong = wire.what_is_wrong(question, reply.text)
                put = put._replace(status="repaired", messages=[*first, *wrong])
            elif put.status != "resampled" and not reply.reason.startswith("http_5"):
                put = put._replace(status="resampled", messages=first)
            else:
                self.ledger.store(key, Stored(FAILED, reply.reason, self.endpoint.model))
                return Answer(question.id, key, "failed", None, reply.reason, calls)

    async def _put(self, connection: AsyncOpenAI, pace: Pace, put: _Try) -> tuple[Reply, int]:
        """Send until the endpoint answers; return what it said and the number of calls.

        What fails each time, while others are answered, fails for what it asks: it has no answer.
        """
        before = refused = 0
        for n in range(TRIES):
            async with pace.place(wire.most_tokens(self.endpoint, put.messages)):
                call = self._open_call(put.key, put.messages)
                if call is None:
                    raise _Unanswered("budget_spent")
                started = time.monotonic()
                got = await self._send(connection, call, put)
                seconds = time.monotonic() - started
            await asyncio.sleep(0)  # whoever waits for the place sends before this one is read
            if not isinstance(got, (Reply, _Again)):
                got = self._take(call, put, got, seconds)
            if isinstance(got, Reply):
                return got, n + 1
            refused = got.status if n == 0 or refused else 0  # each time, and no other way
            if n == TRIES - 3:  # late: what was answered before an outage proves nothing
                before = self._answered
            jitter = self._random.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**n))
            # Retry-After is the least; the jitter on top keeps those who wait from coming at once.
            await asyncio.sleep(got.seconds + jitter)
        if refused and self._answered > before:
            return Reply(None, f"http_{refused}"), TRIES
        raise _Unanswered("endpoint_unavailable")

    async def _send(
        self, connection: AsyncOpenAI, call: int, put: _Try
    ) -> ChatCompletion | Reply | _Again:
        """Send one request; return what came, or that it is to be sent again."""
        import openai

        started = time.monotonic()

        def end(ending: str, detail: str = "", **more: Any) -> None:
            seconds, detail = time.monotonic() - started, self.safe(detail)
            self.ledger.close_call(call, ending, seconds=seconds, detail=detail, **more)

        create: Any = connection.chat.completions.create
        try:
            made: ChatCompletion = await create(
                **wire.body(self.endpoint, put.question, put.messages, put.status == "resampled")
            )
            self._reached = True
            return made
        except asyncio.CancelledError:
            free: dict[str, Any] = {"tokens": 0, "cost": 0.0} if self._absent else {}
            end("cancelled", **free)
            raise
        except openai.APITimeoutError:
            end("timeout")  # it may have been worked on: what was taken stays taken
            return _Again(0.0)
        except openai.APIStatusError as error:
            self._reached = True
            code = error.status_code
            end(f"http_{code}", str(error), tokens=0, cost=0.0)
            if code in FATAL:
                raise EndpointError(
                    f"{shown_url(self.endpoint.base_url)}: {code} for model "
                    f"{self.endpoint.model!r}: {self.safe(str(error))[:200]}; check the URL, the "
                    f"model's name and the key in ${self.endpoint.key_variable}"
                ) from None
            if code in RETRIED or code >= 500:
                # 503 and 529 tell of load, which is nobody's question's.
                own = code if code >= 500 and code not in (503, 529) else 0
                return _Again(_retry_after(error), own)
            return Reply(None, f"http_{code}")
        except (openai.APIError, ValueError) as error:  # reset, or a body that is no completion
            # By name: the library that openai sends with is its own affair, and has changed before.
            never_sent = type(error.__cause__).__name__ == "ConnectError"
            used: dict[str, Any] = {"tokens": 0, "cost": 0.0} if never_sent else {}
            end("connection", f"{type(error).__name__}: {error}", **used)
            if never_sent and not self._reached:  # one that has answered before is waited for
                self._absent = True
                raise EndpointError(
                    f"{shown_url(self.endpoint.base_url)}: nobody answers there "
                    f"({self.safe(str(error.__cause__))[:120]}); start the server or correct the "
                    "URL, and type the command again"
                ) from None
            return _Again(0.0)

    def _take(self, call: int, put: _Try, made: ChatCompletion, seconds: float) -> Reply:
        """Read a completion, and note what it is worth and what it used."""
        self._answered += 1
        reply = wire.read(put.question, made)
        used, doubt = wire.used(self.endpoint, put.question, put.messages, made)
        doubt = self.safe(doubt)
        if doubt and not self._doubted:
            self._doubted = True
            _LOG.warning("%s: %s", self.endpoint.model, doubt)
        if reply.value is not None:
            # What was shown to it alone must not come into a corpus by way of its answer.
            said = canonical(reply.value.model_dump(mode="json"))
            if self._secrets().hold(said):
                reply = Reply(None, "repeats_a_secret")
        answer: tuple[str, Stored] | None = None
        if reply.value is not None:
            value = reply.value.model_dump(mode="json")
            answer = put.key, Stored(put.status, value, self.endpoint.model)
        self.ledger.close_call(
            call,
            reply.reason or "ok",
            seconds=seconds,
            detail=self.safe(" ".join(filter(None, (doubt, reply.text)))),
            answer=answer,
            **used,
        )
        return reply

    # --- what is sent ---------------------------------------------------------------------------

    def _open(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        secret = os.environ.get(self.endpoint.key_variable) or "none"  # local servers want none
        return AsyncOpenAI(
            base_url=self.endpoint.base_url,
            api_key=secret,
            max_retries=0,  # retries are ours: each is a call in the ledger
            timeout=self.endpoint.timeout_s,
        )

    # --- what it costs ------------------------------------------------------------------------

    def _open_call(self, key: str, messages: Sequence[Mapping[str, Any]]) -> int | None:
        most = wire.most_tokens(self.endpoint, messages)
        cost = wire.cost(self.endpoint, most - self.endpoint.max_tokens, self.endpoint.max_tokens)
        return self.ledger.open_call(key, self.budget, most, cost)

    def safe(self, text: str) -> str:
        """Return a text without the key: endpoints like to repeat it in their errors."""
        return self._secrets().scrub(text)

    def _secrets(self) -> Secrets:
        key = os.environ.get(self.endpoint.key_variable, "")
        return Secrets((key, *of_url(self.endpoint.base_url)))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns, for callers that are not async.

    In a thread of its own: the caller's may have an event loop already (Playwright's, Dagster's).
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _known(question: Question, key: str, stored: Stored) -> Answer:
    if stored.status == FAILED:
        return Answer(question.id, key, "failed", None, str(stored.value))
    status = cast("Status", stored.status)
    return Answer(question.id, key, status, question.schema.model_validate(stored.value))


def _retry_after(error: openai.APIStatusError) -> float:
    """Return the seconds that a response asks to wait, at most ten times what we would."""
    asked = retry_after.seconds(error.response.headers.get("retry-after", ""))
    return min(asked, 10 * LONGEST_WAIT_S)
