"""Rounds of finding and repairing: exact issues first, then a model; the best round is kept.

As MM-WebAgent's hierarchical reflection (arXiv 2604.15309), with two differences: what is wrong is
measured, and the round that is kept is reported by another checker than the one that chose it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from corpuswright.quality.documents.webpages import issues, repairs, second_look
from corpuswright.quality.documents.webpages.issues import Issue
from corpuswright.quality.documents.webpages.repairs import Edit, Planned
from corpuswright.quality.documents.webpages.second_look import Fault
from corpuswright.renderers.documents.webpages.plan import PagePlan
from corpuswright.renderers.documents.webpages.show import Shown
from corpuswright.renderers.documents.webpages.tags import parts

VERSION = 1  # bump when the same page ends otherwise

LADDER = ("element", "context", "page", "adjusted")

Show = Callable[[Mapping[str, bytes], int], Shown]
Plan = Callable[[PagePlan], Planned]  # makes a plan into what a page is put back to
# A model's turn: page, picture, issues → another page and its edits; None if it has nothing to say.
Turn = Callable[[Planned, Mapping[str, bytes], Shown, Sequence[Issue]],
                tuple[Mapping[str, bytes], list[Edit]] | None]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Round:
    """One state of a page: how it came about, what is wrong with it by both checkers.

    Attributes:
        by: `made`, a level of repair, or `model`.
        files: The page.
        issues: Of the first checker, which chooses.
        penalty: Their weights in all.
        edits: What was changed since the round that it began from.
        faults: Of the second checker; None where it was not asked.
        cost: Of the model in this round, in its currency.
    """

    by: str
    files: Mapping[str, bytes]
    shown: Shown
    issues: Sequence[Issue]
    penalty: float
    edits: Sequence[Edit] = ()
    faults: Sequence[Fault] | None = None
    cost: float = 0.0

    def told(self) -> dict[str, Any]:
        """Return a round as JSON values, without files and pictures."""
        second = None if self.faults is None else second_look.penalty(self.faults)
        return {
            "by": self.by, "penalty": self.penalty, "second_penalty": second, "cost": self.cost,
            "issues": [{**asdict(i), "level": i.level} for i in self.issues],
            "edits": [asdict(e) for e in self.edits],
            "faults": None if self.faults is None else [asdict(f) for f in self.faults],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reflected:
    """A page after all rounds: which round is kept, and its plan.

    `held_back` says that the second checker found the chosen round worse than the first, so that
    the page is kept as it was made.
    """

    plan: PagePlan
    rounds: Sequence[Round]
    kept: int
    held_back: bool = False

    @property
    def best(self) -> Round:
        """The round that is kept."""
        return self.rounds[self.kept]


def reflect(
    files: Mapping[str, bytes], planned: Planned, plan: Plan, show: Show, turn: Turn | None = None,
    turns: int = 3, spent: Callable[[], float] = lambda: 0.0,
) -> Reflected:  # fmt: skip
    """Return a page repaired as far as it can be.

    Args:
        files: The page as it was made, or as somebody has changed it.
        planned: What it was to be.
        plan: Makes another plan into the same.
        show: Shows a page in a window of some width, printed too.
        turn: A model's, after the deterministic rounds.
        turns: How often a model is asked at most (MM-WebAgent: 3).
        spent: What the model has cost so far.
    """

    def looked(by: str, page: Mapping[str, bytes], edits: Sequence[Edit], of: Planned) -> Round:
        shown = show(page, of.plan.width)
        found = issues.find(of.plan, parts(of.body), shown)
        return Round(by, page, shown, found, issues.penalty(found), edits)

    rounds = [looked("made", files, (), planned)]
    plans = [planned]
    best = 0
    for level in LADDER:
        if not rounds[best].issues:
            break
        page, edits = repairs.repair(rounds[best].files, rounds[best].issues, plans[best], level)
        if not edits:
            continue
        rounds.append(looked(level, page, edits, plans[best]))
        plans.append(plans[best])
        best = _better(rounds, best)
    if rounds[best].issues and (other := repairs.simpler(plans[best].plan, rounds[best].issues)):
        again = plan(other)
        page = {**again.files, **{p: b for p, b in rounds[best].files.items()
                                  if p not in again.files and p.startswith("assets/")}}  # fmt: skip
        edits = [Edit("adjusted", "", "charts set otherwise", "a chart could not be drawn")]
        rounds.append(looked("adjusted", page, edits, again))
        plans.append(again)
        best = _better(rounds, best)
    for _ in range(turns if turn is not None else 0):
        assert turn is not None
        before_cost = spent()
        said = turn(plans[best], rounds[best].files, rounds[best].shown, rounds[best].issues)
        if said is None:
            break
        made = looked("model", said[0], said[1], plans[best])
        rounds.append(replace(made, cost=round(spent() - before_cost, 6)))
        plans.append(plans[best])
        before, best = best, _better(rounds, best)
        if before == best:
            break  # it made nothing better: asked again, it would be asked the same
    return _reported(rounds, plans, best)


def _better(rounds: Sequence[Round], best: int) -> int:
    """Return the last round where it is better than the best so far, or else that one."""
    return len(rounds) - 1 if rounds[-1].penalty < rounds[best].penalty else best


def _reported(rounds: list[Round], plans: Sequence[Planned], best: int) -> Reflected:
    for n in sorted({0, best}):
        faults = second_look.find(plans[n].plan, parts(plans[n].body), rounds[n].shown)
        rounds[n] = replace(rounds[n], faults=faults)
    first, kept = rounds[0].faults or (), rounds[best].faults or ()
    held_back = second_look.penalty(kept) > second_look.penalty(first)
    if held_back:
        best = 0
    return Reflected(plans[best].plan, rounds, best, held_back)
