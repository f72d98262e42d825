"""Causal-Plan's contracts of reasoning traces: what a trace of each task has to do, and its check.

A trace is written before an answer and apart from it. Families, goals, moves, lengths and clusters
of words are those of Causal-Plan's released contracts (arXiv 2606.01810), in our words, and so are
most rules of its validator; the release asks for a number of words and never counts them, here they
are counted. Left out are the rule on the density of some eighty reasoning words, a list of its own;
the layers of tasks 3, 5 and 19 and the terms of 2 and 15 beyond their clusters; pairs of sentences
that are alike; and stems of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from corpuswright.storage.records import Rejection

VERSION = 1  # bump when a verdict can change

SENTENCES = 5  # at least, of more than ten characters
# Times the answer that a trace is long at least, of short answers and of others; and the most that
# is asked for so.
TIMES, TIMES_SHORT, MOST_CHARS = 2.5, 4.0, 1800
SHORT = frozenset((1, 2, 3, 8, 9, 10, 11, 15, 19))
SHARED, SHARED_LISTS = 0.15, 0.10  # share of the answer's words in the trace; of tasks 9 and 18
NEW = 0.5  # share of the trace's fours of words that are not in the answer
REPEATED = 0.15  # share of fours of its second half that its first half has
LATE = 0.8  # share of words of its last two sentences that the answer has, at most
CLUSTERS, LEAST_CLUSTERS = 0.6, 3  # of a task's clusters that are there; and the last one

Cluster = tuple[str, ...]
# One word of each cluster, wherever it stands in a word, counts.
BASE: Mapping[str, Cluster] = {
    "observation": ("visible", "observe", "position", "state", "motion", "contact", "object"),
    "cause": ("because", "therefore", "requires", "enables", "prevents", "depends", "leads"),
    "mechanism": ("force", "friction", "gravity", "rigid", "surface", "trajectory"),
    "counterfactual": (
        "if",
        "without",
        "otherwise",
        "would",
        "alternative",
        "rules out",
        "failure",
    ),
}
FAMILIES: Mapping[str, str] = {
    "perception": "from what is seen to what it is for, with another reading ruled out",
    "affordance": "the state before, what allows the change, the change, and a test that fails",
    "verification": "where things are apart from what they allow, the mechanism, and what if not",
    "planning": "what holds, what is needed next, the steps that meet it, a weaker choice refused",
    "counterfactual": "the usual chain, where it breaks, what follows from that, what mends it",
}
_FORBIDDEN = re.compile(
    r"\bas an ai\b|\blanguage model\b|\bi cannot\b|\bi can't help\b|\bjson\b|\bthe user\b"
    r"|</?think>|\bthe given (?:answer|question)\b|\bprovided answer\b",
    re.IGNORECASE,
)
_OPENER = re.compile(r"\b(?:let me think|let's think|okay\b|sure,)", re.IGNORECASE)
_CLOSER = re.compile(r"final answer|the answer is|in summary|in conclusion", re.IGNORECASE)


class Contract(NamedTuple):
    """What a trace of one task has to do.

    Attributes:
        family: Of `FAMILIES`.
        goal: What it shows.
        moves: What it does on the way, three at least.
        words: At least.
        chars: At least.
        clusters: Of words, beside `BASE`, the last of which it must have.
    """

    family: str
    goal: str
    moves: tuple[str, ...]
    words: int
    chars: int
    clusters: tuple[Cluster, ...]


CONTRACTS: Mapping[int, Contract] = {
    1: Contract("affordance", "which arrangement must hold, and why each part of it",
                ("name positions", "tie each to reach, contact or support",
                 "say which movement fails otherwise"), 210, 950,
                (("spatial", "orientation", "aligned", "proximity", "reach"),)),
    2: Contract("affordance", "which states of things must hold",
                ("name each property", "follow it to the force that it lets pass",
                 "try two failures", "say where it came from"), 260, 1150,
                (("functional", "open", "grasp", "rigid"),
                 ("earlier", "already", "prior", "created"),
                 ("if", "without", "could not", "jam"))),
    3: Contract("verification", "that it can be done now",
                ("check where things are", "check what they allow", "bring both together",
                 "say what fails if one does not hold"), 260, 1250,
                (("feasible", "joint", "verdict", "condition"),)),
    4: Contract("affordance", "what a thing offers, by its shape and its material",
                ("name the place and its properties", "from property to contact to force",
                 "say what fails without it"), 210, 1000,
                (("affordance", "geometry", "material", "hotspot"),)),
    5: Contract("verification", "the whole chain at one moment",
                ("tell conditions of space from those of affordance", "agent, act, patient, force",
                 "effects on space and on affordance"), 260, 1200,
                (("spatial", "precondition", "affordance", "effect", "postcondition"),)),
    6: Contract("affordance", "how the act changes the arrangement",
                ("the arrangement before", "what is moved", "the new relation, what it enables",
                 "what is blocked otherwise"), 210, 950,
                (("after", "moved", "relationship", "enables"),)),
    7: Contract("affordance", "how the act changes what things allow",
                ("what was allowed before", "the physical cause", "the new ability or limit",
                 "what later step uses it"), 220, 1000,
                (("after", "functional", "capability", "transforms", "future"),)),
    8: Contract("perception", "the goal, from a chain of lesser ones",
                ("list acts in order", "say what each brings about", "find what they share",
                 "rule out a weaker reading"), 210, 1000,
                (("sequence", "subgoal", "overall", "goal", "then"),)),
    9: Contract("perception", "which things matter",
                ("the role of each candidate", "take each away", "tell handled ones from others"),
                200, 950, (("tool", "patient", "container", "surface", "bystander"),)),
    10: Contract("perception", "the goal of one step",
                 ("movement, contact, thing", "what changes", "what the plan needs next",
                  "rule out another goal"), 210, 1000,
                 (("step", "goal", "state change", "prior", "next"),)),
    11: Contract("perception", "the act, from how things move",
                 ("trajectory, speed, grip", "compare verbs", "how the patient answers",
                  "why another movement differs"), 220, 1050,
                 (("trajectory", "grip", "verb", "tool"),)),
    12: Contract("affordance", "what changes at one moment",
                 ("what there is before", "where force comes from and goes",
                  "the physical principle", "what there is then, what it enables"), 220, 1050,
                 (("before", "after", "configuration", "changed"),)),
    13: Contract("verification", "why a step is needed",
                 ("what it brings about", "who depends on that", "leave it out: what fails first",
                  "why nothing else provides it"), 240, 1100,
                 (("necessary", "skip", "downstream", "fails"),)),
    14: Contract("verification", "how one step makes the next one possible",
                 ("effects of the first", "needs of the second", "match them",
                  "take the first away"), 230, 1100,
                 (("previous", "next", "dependency", "satisfies"),)),
    15: Contract("planning", "the next step, from what holds so far",
                 ("what holds", "what is still needed", "compare two candidates",
                  "the earliest that can be done"), 270, 1250,
                 (("prefix", "remaining", "candidate"), ("tempting", "weaker", "instead"),
                  ("earliest", "now", "downstream"))),
    16: Contract("planning", "what lies between first and last",
                 ("what the first leaves so", "what the last needs", "each gap",
                  "why each step between"), 260, 1250,
                 (("gap", "middle", "bridge", "head", "tail"),)),
    17: Contract("planning", "some steps ahead",
                 ("what holds", "what makes each step possible", "what each brings about",
                  "how they lead to the goal"), 250, 1200,
                 (("sequence", "predicted", "toward"),)),
    18: Contract("planning", "the link that is broken, and its repair",
                 ("walk the plan in order", "name step and flaw", "what is broken",
                  "that the repaired order works"), 260, 1250,
                 (("flaw", "repair", "order", "broken", "restores"),)),
    19: Contract("counterfactual", "the chain as it is against the chain as supposed",
                 ("the usual chain", "where it breaks", "effects at once, after, at last",
                  "both ends compared"), 290, 1400,
                 (("normal", "disruption", "cascade", "outcome"),)),
    20: Contract("counterfactual", "how to mend it and go on",
                 ("how things stand after the failure", "its physical cause",
                  "which act restores which condition", "that the step can go on"), 270, 1300,
                 (("failure", "recover", "restore", "resume"),)),
}  # fmt: skip


def check(task: int, trace: str, answer: str) -> Rejection | None:
    """Return the first rule that a trace breaks.

    Args:
        task: Of the twenty.
        trace: As it was written, without marks around it.
        answer: What it leads to; it stands apart, and must not be in it.
    """
    return next(_broken(CONTRACTS[task], task, trace.strip(), answer.strip()), None)


def least(task: int, answer: str) -> int:
    """Return how many characters a trace to an answer has at least."""
    times = TIMES_SHORT if task in SHORT else TIMES
    return max(CONTRACTS[task].chars, min(MOST_CHARS, round(times * len(answer))))


def _broken(c: Contract, task: int, trace: str, answer: str) -> Iterator[Rejection]:
    if len(trace) < least(task, answer):
        said = f"{len(trace)} characters, at least {least(task, answer)}"
        yield Rejection("trace_too_short", said)
    words = _words(trace)
    if len(words) < c.words:
        yield Rejection("trace_too_short", f"{len(words)} words, at least {c.words}")
    sentences = [s for s in re.split(r"(?<=[.!?])\s+", trace) if len(s) > 10]
    if len(sentences) < SENTENCES:
        yield Rejection("trace_sentences", f"{len(sentences)}, at least {SENTENCES}")
    wanted = {w for w in _words(answer) if len(w) > 3}
    share = len(wanted & set(words)) / len(wanted) if wanted else 1.0
    if share < (SHARED_LISTS if task in (9, 18) else SHARED):
        yield Rejection("trace_of_another_answer", f"{share:.0%} of the answer's words")
    if len(answer) > 10 and answer.rstrip(".").casefold() in trace.casefold():
        yield Rejection("trace_tells_the_answer", answer[:80])
    fours, theirs = _fours(words), set(_fours(_words(answer)))
    if fours and sum(f not in theirs for f in fours) < NEW * len(fours):
        yield Rejection("trace_copies_the_answer", "")
    if (
        said := _FORBIDDEN.search(trace)
        or _OPENER.search(trace[:80])
        or _CLOSER.search(trace[-100:])
    ):
        yield Rejection("trace_of_no_reasoning", said[0])
    half = len(fours) // 2
    first = set(fours[:half])
    again = sum(f in first for f in fours[half:])
    if fours[half:] and again > REPEATED * len(fours[half:]):
        yield Rejection("trace_repeats_itself", f"{again / len(fours[half:]):.0%}")
    yield from _clusters(c, trace.casefold())
    last = [w for s in sentences[-2:] for w in _words(s)]
    own = set(_words(answer))
    if last and sum(w in own for w in last) > LATE * len(last):
        yield Rejection("trace_ends_as_the_answer", sentences[-1][:80])


def _clusters(c: Contract, trace: str) -> Iterator[Rejection]:
    all_: Sequence[Cluster] = (*BASE.values(), *c.clusters)
    there = [any(w in trace for w in cluster) for cluster in all_]
    enough = max(LEAST_CLUSTERS, int(CLUSTERS * len(all_)))
    if sum(there) < enough:
        yield Rejection("trace_clusters", f"{sum(there)} of {len(all_)}, at least {enough}")
    if not there[-1]:
        yield Rejection("trace_clusters", f"none of {', '.join(all_[-1])}")


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.casefold())


def _fours(words: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(words[n:] for n in range(4)), strict=False))
