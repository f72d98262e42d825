"""What was asked of models, answered and spent: one database for cache, calls and budgets.

A call is a row before it is sent, so a killed process leaves a row for every request that may have
reached the endpoint. A budget is taken from in one conditional UPDATE, whole or not at all, so
processes that share a database never exceed it together. An answer and the end of its call are one
transaction: a row that was paid for is never paid for twice. SQLite in WAL mode serves one host;
PostgreSQL, by URL, many.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.schema import CreateIndex, CreateTable

from corpuswright.storage.records import canonical

FAILED = "failed"  # the status of a question that got no valid answer; its value is the reason

_META = sa.MetaData()
_ANSWERS = sa.Table(
    "answers",
    _META,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("value", sa.Text, nullable=False),  # JSON
    sa.Column("model", sa.Text, nullable=False),
)
_CALLS = sa.Table(
    "calls",
    _META,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(64), nullable=False, index=True),
    sa.Column("budget", sa.Text, nullable=False),
    sa.Column("ending", sa.String(32), nullable=False),  # "" while in flight
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("tokens", sa.Integer, nullable=False),  # while in flight the most it can be
    sa.Column("cost", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
)
_BUDGETS = sa.Table(
    "budgets",
    _META,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("tokens", sa.Integer, nullable=False),
    sa.Column("cost", sa.Float, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that may be spent under a name, by all processes and runs; None is no limit.

    Attributes:
        name: Whose budget: a corpus, a run.
        calls: HTTP requests, each try counts.
        tokens: Prompt and completion together.
        cost: In the currency of the endpoint's prices.
    """

    name: str
    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None


class Spent(NamedTuple):
    """What was spent under a name; calls in flight count with the most they can cost."""

    calls: int
    tokens: int
    cost: float


class Stored(NamedTuple):
    """A validated answer, or for a replay the reason why there was none."""

    status: str
    value: Any
    model: str


class Ledger:
    """The database behind one or many clients.

    Args:
        url: SQLAlchemy URL, e.g. `sqlite:///corpora/models.sqlite`.
    """

    def __init__(self, url: str) -> None:
        self.engine: Engine = sa.create_engine(url)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _tune)
        with self.engine.begin() as connection:  # processes may start at once
            for table in _META.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))

    def find(self, key: str) -> Stored | None:
        """Return the answer under a key, if there is one."""
        wanted = sa.select(_ANSWERS).where(_ANSWERS.c.key == key)
        with self.engine.connect() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else Stored(row.status, json.loads(row.value), row.model)

    def open_call(self, key: str, budget: Budget, tokens: int, cost: float) -> int | None:
        """Take a call and the most it can cost from a budget, and note it as in flight.

        Returns:
            The call's id; None when the budget has not that much left, and then nothing is taken.
        """
        b = _BUDGETS.c
        take = (
            sa.update(_BUDGETS)
            .where(b.name == budget.name)
            .values(calls=b.calls + 1, tokens=b.tokens + tokens, cost=b.cost + cost)
        )
        for column, more, most in (
            (b.calls, 1, budget.calls),
            (b.tokens, tokens, budget.tokens),
            (b.cost, cost, budget.cost),
        ):
            if most is not None:
                take = take.where(column + more <= most)
        with self.engine.begin() as connection:
            self._ensure(connection, budget.name)
            if connection.execute(take).rowcount == 0:
                return None
            row = {"key": key, "budget": budget.name, "ending": "", "detail": "", "seconds": 0.0}
            made = connection.execute(
                sa.insert(_CALLS).values(**row, tokens=tokens, cost=cost).returning(_CALLS.c.id)
            )
            return int(made.scalar_one())

    def close_call(
        self,
        call: int,
        ending: str,
        *,
        seconds: float,
        tokens: int | None = None,
        cost: float | None = None,
        detail: str = "",
        answer: tuple[str, Stored] | None = None,
    ) -> None:
        """Note how a call ended and give back what it did not use.

        Args:
            call: Its id.
            ending: `ok`, or why there is no answer.
            seconds: How long it took.
            tokens: What it used; None where nobody knows, and then what was taken stays taken.
            cost: As tokens.
            detail: For a person; must hold no secret.
            answer: Key and answer to store, in the same transaction.
        """
        c, b = _CALLS.c, _BUDGETS.c
        with self.engine.begin() as connection:
            row = connection.execute(
                sa.update(_CALLS)
                .where(c.id == call)
                .values(ending=ending, detail=detail[:500], seconds=seconds)
                .returning(c.budget, c.tokens, c.cost)
            ).one()
            if tokens is not None and cost is not None:
                connection.execute(
                    sa.update(_CALLS).where(c.id == call).values(tokens=tokens, cost=cost)
                )
                connection.execute(
                    sa.update(_BUDGETS)
                    .where(b.name == row.budget)
                    .values(tokens=b.tokens - row.tokens + tokens, cost=b.cost - row.cost + cost)
                )
            if answer is not None:
                self._store(connection, *answer)

    def in_flight(self, key: str) -> int | None:
        """Return the newest call for a key that has not ended, if there is one."""
        c = _CALLS.c
        wanted = sa.select(sa.func.max(c.id)).where(c.key == key, c.ending == "")
        with self.engine.connect() as connection:
            return connection.execute(wanted).scalar_one()

    def store(self, key: str, answer: Stored) -> None:
        """Store an answer that no call brought: a failure, or one from a batch file."""
        with self.engine.begin() as connection:
            self._store(connection, key, answer)

    def keep_only(self, keys: Collection[str]) -> None:
        """Remove all other answers, and what calls about them noted of texts; costs stay."""
        local = self.engine.dialect.name == "sqlite"
        with self.engine.begin() as connection:
            if local:  # what is deleted is overwritten, not only unlinked
                connection.execute(sa.text("PRAGMA secure_delete = ON"))
            known = connection.execute(sa.select(_ANSWERS.c.key)).scalars().all()
            asked = connection.execute(sa.select(_CALLS.c.key).distinct()).scalars().all()
            for key in {*known, *asked} - set(keys):
                connection.execute(sa.delete(_ANSWERS).where(_ANSWERS.c.key == key))
                connection.execute(sa.update(_CALLS).where(_CALLS.c.key == key).values(detail=""))
        if local:
            with self.engine.connect() as connection:
                connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def spent(self, budget: str) -> Spent:
        """Return what was spent under a name."""
        wanted = sa.select(_BUDGETS).where(_BUDGETS.c.name == budget)
        with self.engine.connect() as connection:
            row = connection.execute(wanted).one_or_none()
        return Spent(0, 0, 0.0) if row is None else Spent(row.calls, row.tokens, row.cost)

    def endings(self, budget: str) -> Mapping[str, int]:
        """Return how many calls ended how; "" counts those in flight, or killed in flight."""
        wanted = (
            sa.select(_CALLS.c.ending, sa.func.count())
            .where(_CALLS.c.budget == budget)
            .group_by(_CALLS.c.ending)
        )
        with self.engine.connect() as connection:
            return {ending: int(n) for ending, n in connection.execute(wanted)}

    def write_cassette(self, keys: list[str]) -> str:
        """Return the answers under keys as sorted JSON lines; KeyError where there is none."""
        lines: list[str] = []
        for key in sorted(set(keys)):
            found = self.find(key)
            if found is None:
                raise KeyError(f"no answer under {key}")
            lines.append(canonical({"key": key, **found._asdict()}))
        return "".join(f"{line}\n" for line in lines)

    def read_cassette(self, text: str) -> None:
        """Store the answers of a cassette."""
        with self.engine.begin() as connection:
            for line in text.splitlines():
                plain = json.loads(line)
                stored = Stored(plain["status"], plain["value"], plain["model"])
                self._store(connection, plain["key"], stored)

    def _store(self, connection: sa.Connection, key: str, answer: Stored) -> None:
        # The first good answer stays: what was read under a key once is read under it for good.
        known = sa.select(_ANSWERS.c.status).where(_ANSWERS.c.key == key)
        before = connection.execute(known).scalar_one_or_none()
        plain = {"status": answer.status, "value": canonical(answer.value), "model": answer.model}
        if before is None:
            connection.execute(sa.insert(_ANSWERS).values(key=key, **plain))
        elif before == FAILED:
            connection.execute(sa.update(_ANSWERS).where(_ANSWERS.c.key == key).values(**plain))

    def _ensure(self, connection: sa.Connection, budget: str) -> None:
        """Make the budget's row; the write lock that this takes orders all that follows."""
        row = sa.select(sa.literal(budget), sa.literal(0), sa.literal(0), sa.literal(0.0)).where(
            ~sa.exists().where(_BUDGETS.c.name == budget)
        )
        connection.execute(
            sa.insert(_BUDGETS).from_select(["name", "calls", "tokens", "cost"], row)
        )


def _tune(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=60000")  # first: the next one may have to wait already
    cursor.execute("PRAGMA journal_mode=WAL")
    # A crash of the machine may lose the last moments of the ledger, never its consistency; a kill
    # of the process loses nothing.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
