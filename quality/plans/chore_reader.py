"""A blind reader of what is said about chores, and its test by doing: nothing is taken as true.

It shares no words with what writes them (`annotators.plans.chore_wording`): sentences are taken
apart (`quality.plans.chore_statements`), facts are held against the states of the chore, orders are
carried out in its state machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from corpuswright.quality.grounding.patterns import Unclear
from corpuswright.quality.plans.chore_statements import (
    DONE,
    NAME,
    Statement,
    is_so,
    order,
    statement,
    those,
)
from corpuswright.renderers.plans import action_model, chores
from corpuswright.renderers.plans.action_model import (
    AFFORDANCE,
    SPATIAL,
    DeedError,
    Fact,
    Goal,
    HandAction,
    TableState,
)
from corpuswright.renderers.plans.chores import Chore
from corpuswright.storage.records import Rejection, Scene, Task

VERSION = 3  # bump when a verdict can change

# What serves to what, and whether the thing that is put there has it or the one that is handled.
_OFFERS = {
    "grasp point": "take",
    "support surface": "put on",
    "containment interior": "put in",
    "pouring lip": "pour",
    "hinge": "open close",
}
_WHY = re.compile(
    r"It is done because (?:step (?P<step>\d+) needs this|this is part of the goal): "
    r"(?P<fact>.+\.)"
)
_IFDONE = re.compile(r"What if somebody had done this before: (.+)\?")
_IF_HELD = re.compile(rf"What if the hand already held the {NAME}\?")
_BOTH = re.compile(r"It can be done because of both: (.+), and (.+)\.")
_OFFERED = re.compile(rf"It is the {NAME}, which offers this: (?P<what>[a-z ]+)\.( .+\.)?")
_CHAIN = re.compile(r"Before: (?P<before>.+\.) Then: (?P<then>.+)")


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a question of a chore whose answer cannot be read, or is not so."""
    holds = task.expected
    chore = chores.from_json(scene.state["chore"])
    shown, said = {e.name for e in scene.elements}, f"{task.text} {holds['answer']}"
    hidden = [t for t in action_model.things(chore.start) if t in said and t not in shown]
    if hidden:
        return Rejection("thing_not_seen", hidden[0])
    if not task.elements:
        return Rejection("nothing_is_named", said[:120])
    try:
        _READERS[holds["task"]](_Read(chore, holds.get("asked", task.text), holds))
    except Unclear as unclear:
        return unclear.rejection
    except ValueError as error:  # of another number of sentences than are told apart
        return Rejection("sentence_not_read", f"{holds['answer']!r:.100}: {error}")
    return None


def shown_deed(scene: Scene, task: Task) -> HandAction | None:
    """Return the deed that the first frame of a question shows; None of a frame of no step."""
    chore = chores.from_json(scene.state["chore"])
    try:
        return _Read(chore, task.text, task.expected).at()[0]
    except Unclear:
        return None


class _Read:
    """A question with its answer, and the chore that it is about."""

    def __init__(self, chore: Chore, question: str, holds: Mapping[str, Any]) -> None:
        self.chore, self.question, self.parts = chore, question, holds["parts"]
        self.answer, self.number = str(holds["answer"]), int(holds["step"]) - 1
        self.frame = int(holds["spans"][0][0])
        self.partial = bool(holds.get("partial"))  # an option: it may leave something out

    @property
    def step(self) -> Goal:
        return self.chore.steps[self.number]

    @property
    def before(self) -> TableState:
        return self.chore.state(self.number)

    @property
    def then(self) -> TableState:
        return self.chore.state(self.number + 1)

    def at(self) -> tuple[HandAction, TableState]:
        """Return the deed that its frame shows, and the state before it."""
        state = self.before
        for deed, (first, end) in self.chore.movements(self.number):
            if first <= self.frame < end:
                return deed, state
            state = action_model.done(state, deed)
        raise Unclear("frame_of_no_step", f"frame {self.frame}, step {self.number + 1}")


def _sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=\.) ", text.strip()) if s]


def _facts(text: str) -> list[Statement]:
    found = [(s, statement(s)) for s in _sentences(text)]
    for sentence, one in found:
        if one is None:
            raise Unclear("sentence_not_read", sentence[:120])
    return [one for _, one in found if one is not None]


def _true(state: TableState, said: Sequence[Statement]) -> None:
    for one in said:
        if not is_so(state, one):
            raise Unclear("fact_is_not_so", " ".join(one.fact) + ("" if one.holds else ", not"))


def _steps(said: Sequence[str]) -> list[Goal]:
    out: list[Goal] = []
    for sentence in said:
        one = order(sentence)
        if one is None:
            raise Unclear("sentence_not_read", sentence[:120])
        out.append(one)
    return out


def _same(seen: object, expected: object) -> None:
    if seen != expected:
        raise Unclear("answer_is_another", f"{seen}, expected {expected}"[:160])


def _listed(text: str) -> list[str]:
    return re.findall(r'\d+\) "([^"]+)"', text)


def brought(chore: Chore, number: int) -> set[Fact]:
    """Return what a step needs that did not hold until the step just before was done."""
    before, then = chore.state(number - 1), chore.state(number)
    wanted = {f for d in chore.steps[number].deeds for f in action_model.needs(d) if f[0] != "held"}
    return {f for f in wanted if action_model.holds(then, f) and not action_model.holds(before, f)}


def _states(r: _Read, state: TableState, names: Sequence[str], whole: set[Statement]) -> None:
    """Hold an answer of facts: all of one sort, all so, and none of `whole` left out."""
    said = _facts(r.answer)
    for one in said:
        if one.fact[0] not in names:
            raise Unclear("fact_of_another_sort", " ".join(one.fact))
    _true(state, said)
    left = {s for s in whole if s.fact[0] in names} - set(said)
    if left and not r.partial:
        raise Unclear("fact_left_out", " ".join(sorted(s.fact for s in left)[0]))


def _needed(r: _Read, names: Sequence[str]) -> None:
    wanted = {f for d in r.step.deeds for f in action_model.needs(d) if f[0] != "held"}
    before = r.at()[1] if r.partial else r.before  # an option tells of the deed that is shown
    _states(r, before, names, those(f for f in wanted if action_model.holds(before, f)))


def _changed(r: _Read, names: Sequence[str]) -> None:
    if r.partial:
        deed, before = r.at()
        _states(r, action_model.done(before, deed), names, set())
        return
    _states(r, r.then, names, those(r.then - r.before))


def _feasible(r: _Read) -> None:
    found = _BOTH.fullmatch(r.answer)
    if found is None:
        raise Unclear("sentence_not_read", r.answer[:120])
    one, other = (_facts(f"{g}.")[0] for g in found.groups())
    if one.fact[0] not in SPATIAL or other.fact[0] not in AFFORDANCE:
        raise Unclear("fact_of_another_sort", r.answer[:120])
    _true(r.before, [one, other])


def _offered(r: _Read) -> None:
    found = _OFFERED.fullmatch(r.answer)
    if found is None:
        raise Unclear("sentence_not_read", r.answer[:120])
    deed, _ = r.at()
    _same(found["x"], deed.target if deed.verb in ("put on", "put in") else deed.patient)
    if deed.verb not in _OFFERS.get(found["what"], "none"):
        raise Unclear("answer_is_another", f"{found['what']} does not serve to {deed.verb}")


def _chained(r: _Read) -> None:
    found = _CHAIN.fullmatch(r.answer)
    if found is None:
        raise Unclear("sentence_not_read", r.answer[:120])
    deed, state = r.at()
    *rest, last = _sentences(found["before"])
    if rest and statement(last) is None:  # how it comes about, in words of its own
        found_before = " ".join(rest)
    else:
        found_before = found["before"]
    then = action_model.done(state, deed)
    _true(state, _facts(found_before))
    _true(then, _facts(found["then"]))
    if r.partial and any(is_so(state, one) for one in _facts(found["then"])):
        raise Unclear("fact_was_so_before", found["then"][:120])


def _goal(r: _Read) -> None:
    found = re.fullmatch(r"Bring it about that (.+)\.", r.answer)
    if found is None:
        raise Unclear("sentence_not_read", r.answer[:120])
    said = {s for part in found[1].split("; ") for s in _facts(f"{part}.")}
    _same(said, those(r.chore.state(len(r.chore.steps)) - r.chore.start))


def _anchors(r: _Read) -> None:
    said = set(r.answer.rstrip(".").split(", "))
    _same(said, {s.patient for s in r.chore.steps})
    _same(said <= set(r.parts["candidates"]), True)


def _of_step(r: _Read) -> None:
    _same(_steps([r.answer]), [r.step])


def _phrase(r: _Read) -> None:
    _same(r.answer, f"The hand does this to the {r.step.patient}: {r.step.verb}.")


def _evolves(r: _Read) -> None:
    deed, state = r.at()
    first, *facts = _sentences(r.answer)
    found = [(p.fullmatch(first.rstrip(".")), verb) for p, verb in DONE]
    said = [(verb, *(g or "" for g in m.groups())) for m, verb in found if m]
    if not said:
        raise Unclear("sentence_not_read", first[:120])
    _same(said, [tuple(w for w in deed if w)])
    then = action_model.done(state, deed)
    if not facts:
        raise Unclear("fact_left_out", "what is changed")
    for one in _facts(" ".join(facts)):
        _true(then, [one])
        if is_so(state, one):
            raise Unclear("fact_was_so_before", " ".join(one.fact))


def _why(r: _Read) -> None:
    found = _WHY.fullmatch(r.answer)
    if found is None:
        raise Unclear("sentence_not_read", r.answer[:120])
    (said,) = _facts(found["fact"])
    later = int(found["step"]) - 1 if found["step"] else len(r.chore.steps)
    if is_so(r.before, said):
        raise Unclear("fact_was_so_before", " ".join(said.fact))
    if later <= r.number or (found["step"] and later >= len(r.chore.steps)):
        raise Unclear("answer_is_another", f"step {later + 1} does not come later")
    for n in range(r.number + 1, later + 1):  # so it is, and stays until it is needed
        _true(r.chore.state(n), [said])
    if later < len(r.chore.steps):
        wanted = those(f for d in r.chore.steps[later].deeds for f in action_model.needs(d))
        _same(said in wanted, True)
    else:
        _same(said in those(r.chore.state(later) - r.chore.start), True)


def _depends(r: _Read) -> None:
    head, *facts = _sentences(r.answer)
    if head != "The step before brings about what this one needs.":
        raise Unclear("sentence_not_read", head[:120])
    _same(set(_facts(" ".join(facts))), those(brought(r.chore, r.number)))


def _next(r: _Read) -> None:
    _same(_steps([r.answer]), [r.chore.steps[r.number + 1]])


def _middle(r: _Read) -> None:
    _same(_steps(_listed(r.answer)), [*r.chore.steps[1:-1]])


def _following(r: _Read) -> None:
    said = _steps(_listed(r.answer))
    _same(said, [*r.chore.steps[r.number + 1 :][: len(said)]])
    asked = re.search(r"next (\d+) steps", r.question)
    _same(asked is not None and int(asked[1]), len(said))


def _repaired(r: _Read) -> None:
    """Do both plans: the one with the flaw must not come to the end, the other one must."""
    found = re.match(r"Step (?P<place>\d+): (?P<flaw>[a-z_]+)\. ", r.answer)
    if found is None:
        raise Unclear("sentence_not_read", r.answer[:120])
    flaw, place, state = found["flaw"], int(found["place"]) - 1, r.then
    bad, said, whole = _listed(r.question), _listed(r.answer), list(r.parts["repaired"])
    if not said:
        raise Unclear("sentence_not_read", r.answer[:120])
    good = _steps(said)
    # As many steps as were shown, or one more where one had come too early.
    if len(good) not in (len(bad), len(whole)):
        raise Unclear("answer_is_another", f"{len(good)} steps, expected {len(whole)}")
    _same(good, [*r.chore.steps[r.number + 1 :][: len(good)]])
    _same(flaw, r.parts["flaw"])
    differ = [n for n, (a, b) in enumerate(zip(map(order, bad), good, strict=False)) if a != b]
    _same(differ[:1], [place])
    if flaw == "granularity_mismatch":
        _same(order(bad[place]), None)
        return
    # Where it fails, or the state that it ends in; either way it does not do what is wanted.
    failed, end = len(bad), state
    for n, step in enumerate(_steps(bad)):
        try:
            end = action_model.after(end, [step])
        except DeedError:
            failed = n
            break
    if failed == len(bad) and end == action_model.after(state, good):
        raise Unclear("flaw_is_none", f"{flaw}: the plan comes to the same end")
    if flaw in ("precondition_missing", "wrong_ordering") and failed != place:
        raise Unclear("flaw_is_none", f"{flaw}: step {place + 1} can be done")
    earlier = [*r.chore.steps[: r.number + 1]]
    _same((flaw == "redundant_step") <= (_steps(bad)[place] in earlier), True)


def _disturbed(r: _Read, what_if: str) -> TableState:
    """Return the state in which the step of a question finds things, after what it supposes."""
    if held := _IF_HELD.fullmatch(what_if):
        cause = HandAction("take", held["x"])
        found: TableState | None = _tried(r.before, cause)
    elif done := _IFDONE.fullmatch(what_if):
        (step,) = _steps([done[1]])
        found = (
            None if action_model.missing(r.before, step) else action_model.after(r.before, [step])
        )
    else:
        raise Unclear("sentence_not_read", what_if[:120])
    if found is None:
        raise Unclear("cause_is_impossible", what_if[:120])
    return found


def _tried(state: TableState, deed: HandAction) -> TableState | None:
    try:
        return action_model.done(state, deed)
    except DeedError:
        return None


def _outcome(r: _Read) -> None:
    head, *facts = _sentences(r.answer)
    if head != "The step could not be done.":
        raise Unclear("sentence_not_read", head[:120])
    missing = action_model.missing(_disturbed(r, r.question), r.step)
    _same(set(_facts(" ".join(facts))), those(missing, holds=False))
    _same(bool(missing), True)


def _recovers(r: _Read) -> None:
    state = _disturbed(r, r.parts["what_if"])
    if not action_model.missing(state, r.step):
        raise Unclear("nothing_in_the_way", r.parts["what_if"][:120])
    (remedy,) = _steps([r.answer])
    if not action_model.possible(remedy):
        raise Unclear("remedy_does_not_help", r.answer[:120])
    if ("held", remedy.patient) in state:  # it is in the hand already
        then = _tried(state, HandAction(*remedy))
    else:
        then = None if action_model.missing(state, remedy) else action_model.after(state, [remedy])
    if then is None or action_model.missing(then, r.step):
        raise Unclear("remedy_does_not_help", r.answer[:120])


_READERS: Mapping[int, Callable[[_Read], None]] = {
    1: lambda r: _needed(r, SPATIAL), 2: lambda r: _needed(r, AFFORDANCE), 3: _feasible,
    4: _offered, 5: _chained, 6: lambda r: _changed(r, SPATIAL),
    7: lambda r: _changed(r, AFFORDANCE), 8: _goal, 9: _anchors, 10: _of_step, 11: _phrase,
    12: _evolves, 13: _why, 14: _depends, 15: _next, 16: _middle, 17: _following, 18: _repaired,
    19: _outcome, 20: _recovers,
}  # fmt: skip
