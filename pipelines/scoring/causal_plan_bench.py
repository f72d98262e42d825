"""`corpuswright score causal_plan_bench`: a model's answers to why, what follows, and what if.

Twelve tasks, six by choice and six in words, and their macro mean, as Causal-Plan-Bench
(arXiv 2606.01810) has it. Words are read by a blind reader, which knows the truth; and judged by a
model where one is named, whose own errors `--self-test` measures first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.plans import model_prompts
from corpuswright.annotators.plans import questions as plan_questions
from corpuswright.assets.plans import causal_plan_bench
from corpuswright.quality.benchmarks import bootstrap, causal_plan_rubric, chosen_option
from corpuswright.quality.plans import multiple_choice, words_alone
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips
from corpuswright.storage.records import Rejection, Scene, Task

CORPUS = "causal_plan_bench"
UNREAD = "sentence_not_read"
WRONG_PER_RIGHT = 1  # answers a judge is tried with for each right one: as many, so shares compare


class Item(NamedTuple):
    """One question of the bench: the task, what it is about, and its frames as JPEG."""

    task: Task
    scene: Scene
    images: tuple[bytes, ...]

    @property
    def number(self) -> int:
        """Which of the twenty tasks it is."""
        return self.task.expected["task"]

    @property
    def answer(self) -> str:
        """What is right: words, or the letter of an option."""
        return str(self.task.expected["answer"])


class AnswerVerdict(NamedTuple):
    """How one answer came out; `reason` says why it is not right.

    `right` is None for words that cannot be read: nothing tells whether they are.
    """

    key: str
    task: str
    right: bool | None
    reason: str
    judged: float | None


def items(store: Path, pictures: bool) -> Iterator[Item]:
    """Yield the questions of the store's newest release; with `pictures`, also what they show."""
    for record in Loader.open(store, CORPUS, seed=None).records():
        clip = clips.read(record)
        for task in clip.tasks:
            yield Item(task, clip.scene, _shown(clip, task) if pictures else ())


def score(store: Path, predictions: Path, model: Path | None, out: Path | None) -> int:
    """Score answers (JSON lines of `key` and `answer`), print the report; return the exit code.

    Raises:
        ValueError: Questions have no answer, or a line is none.
        ModelError: The judge does not answer.
    """
    said = _answers(predictions)
    asked = list(items(store, model is not None))
    if missing := [i.task.key for i in asked if i.task.key not in said]:
        raise ValueError(
            f"{len(missing)} of {len(asked)} questions have no answer, and none is scored without: "
            f"{missing[0]}"
        )
    given = [(i, said[i.task.key]) for i in asked]
    judged = _judged(store, model, given) if model else [None] * len(given)
    made = report([_verdict(i, s, j) for (i, s), j in zip(given, judged, strict=True)])
    _tell(made)
    _write(made, out)
    return 0


def examine(store: Path, model: Path | None, out: Path | None) -> int:
    """Try judges on answers that are known to be right or wrong, and print how often each errs.

    Three that need no model come first: the blind reader, one that takes everything and one that
    takes nothing. Returns 1 if the model that is named does not tell right from wrong.
    """
    all_ = list(items(store, model is not None))
    asked = [i for i in all_ if i.number in causal_plan_rubric.CRITERIA]
    if not asked:
        raise ValueError(f"{store}: {CORPUS} has no questions in words")
    wrong = [(i, w) for i in asked for w in _wrong(i)]
    made: dict[str, Any] = {
        "benchmark": CORPUS,
        "judges": {},
        "by_words_alone": _by_words_alone(all_),
    }
    for name, (hits, number) in made["by_words_alone"].items():
        low, high = causal_plan_rubric.interval(hits, number)
        print(
            f"{name}: {100 * hits / number:.1f} % ({100 * low:.1f} to {100 * high:.1f}) right by "
            "a solver that has all other questions and no picture"
        )
    known: dict[str, tuple[Sequence[float | None], Sequence[float | None]]] = {
        "the blind reader": ([_read(i, i.answer) for i in asked], [_read(i, w) for i, w in wrong]),
        "takes everything": ([1.0] * len(asked), [1.0] * len(wrong)),
        "takes nothing": ([0.0] * len(asked), [0.0] * len(wrong)),
    }
    if model is not None:
        name = model_file.load(model).endpoint.model
        both = [*((i, i.answer) for i in asked), *wrong]
        found = _judged(store, model, both)
        known[name] = found[: len(asked)], found[len(asked) :]
    for name, (of_right, of_wrong) in known.items():
        errors = causal_plan_rubric.errors(of_right, of_wrong)
        made["judges"][name] = {**errors._asdict(), "tells_apart": errors.tells_apart}
        _say(name, errors)
    _write(made, out)
    return 0 if model is None or made["judges"][[*known][-1]]["tells_apart"] else 1


def report(verdicts: Sequence[AnswerVerdict]) -> dict[str, Any]:
    """Return shares and 95 % intervals by task, and the macro mean over all twelve.

    What some question lacks is missing from its task, and a mean over tasks of which one is missing
    is missing too; nothing is taken as 0, nothing re-weighted.
    """
    by_task: dict[str, list[AnswerVerdict]] = {}
    for v in verdicts:
        by_task.setdefault(v.task, []).append(v)
    made: dict[str, Any] = {"benchmark": CORPUS, "questions": len(verdicts), "tasks": {}}
    exact: dict[str, list[float]] = {}
    judged: dict[str, list[float]] = {}
    for number in (*causal_plan_bench.CHOICE, *causal_plan_bench.RUBRIC):
        name = plan_questions.KINDS[number].name
        of = by_task.get(name, [])
        if not of:
            continue
        row: dict[str, Any] = {
            "questions": len(of),
            "reasons": _counted(v.reason for v in of if v.reason),
        }
        read = [float(v.right) for v in of if v.right is not None]
        if len(read) == len(of):
            exact[name] = read
            row["right"] = bootstrap.macro_mean({name: read})._asdict()
        scores = [v.judged for v in of if v.judged is not None]
        if number in causal_plan_bench.CHOICE:
            judged[name] = read  # what has no letter is known not to be right
        elif len(scores) == len(of):
            judged[name] = scores
            row["judged"] = bootstrap.macro_mean({name: scores})._asdict()
        elif scores:
            row["not_judged"] = len(of) - len(scores)
        made["tasks"][name] = row
    whole = len(causal_plan_bench.CHOICE) + len(causal_plan_bench.RUBRIC)
    for title, groups in (("right", exact), ("judged", judged)):
        if len(groups) == whole:
            made[title] = bootstrap.macro_mean(groups)._asdict()
    made["answers"] = [v._asdict() for v in verdicts]
    return made


def _verdict(item: Item, said: str, judged: float | None) -> AnswerVerdict:
    name = plan_questions.KINDS[item.number].name
    if "options" in item.task.expected:
        taken = chosen_option.letter(said)
        reason = "" if taken == item.answer else "not_parsed" if taken is None else "another_option"
    else:
        found = _check(item, said)
        reason = "" if found is None else found.reason
    right = None if reason == UNREAD else not reason
    return AnswerVerdict(item.task.key, name, right, reason, judged)


def _check(item: Item, said: str) -> Rejection | None:
    return multiple_choice.check(item.scene, multiple_choice.answered(item.task, said))


def _read(item: Item, said: str) -> float:
    return 1.0 if _check(item, said) is None else 0.0


def _by_words_alone(asked: Sequence[Item]) -> dict[str, tuple[int, int]]:
    """Return, by task and in all, how often a solver without pictures is right, and of how many."""
    choices: list[words_alone.Choice] = []
    texts: dict[str, list[str]] = {}
    for i in asked:
        clip, options = i.task.key.rpartition("-")[0], i.task.expected.get("options")
        if options is None:
            texts.setdefault(clip, []).append(f"{i.task.text} {i.answer}")
        else:
            choices.append(words_alone.Choice(clip, i.number, options, i.answer))
    found: dict[str, list[bool]] = {"all by choice": []}
    for c, hit in zip(choices, words_alone.solved(choices, texts), strict=True):
        found.setdefault(plan_questions.KINDS[c.task].name, []).append(hit)
        found["all by choice"].append(hit)
    return {name: (sum(hits), len(hits)) for name, hits in sorted(found.items()) if hits}


def _wrong(item: Item) -> list[str]:
    """Return wrong answers to a question, each wrong for certain."""
    found = [
        str(t.expected["answer"]) for _, t in multiple_choice.wrong_versions(item.scene, item.task)
    ]
    return found[:WRONG_PER_RIGHT]


def _judged(store: Path, model: Path, answers: Sequence[tuple[Item, str]]) -> list[float | None]:
    """Return a judge's scores of answers; None by choice, or where its reply was none.

    What it said is on record in the store: asked again, it is not.
    """
    made = model_file.load(model)
    model_file.wants_images(made, CORPUS)
    client: Client = model_file.client(store, CORPUS, made)
    questions = {
        n: causal_plan_rubric.question(f"{n}", i.number, i.task.text, i.answer, said, i.images)
        for n, (i, said) in enumerate(answers)
        if i.number in causal_plan_rubric.CRITERIA
    }
    found = model_file.answers_of(client, [*questions.values()], CORPUS)
    values = [found[f"{n}"].value if n in questions else None for n in range(len(answers))]
    return [v.score if isinstance(v, causal_plan_rubric.RubricScore) else None for v in values]


def _shown(clip: clips.Clip, task: Task) -> tuple[bytes, ...]:
    """Return the frames that a question shows, no more than its kind of evidence may have."""
    pictures = clip.pictures
    if pictures is None:
        raise ValueError(f"{clip.key}: it has no pictures, and a judge looks at them")
    spans: list[list[int]] = task.expected["spans"]
    kind = plan_questions.KINDS[task.expected["task"]]
    places = plan_questions.frames(kind, spans, causal_plan_rubric.MOST_FRAMES)
    return tuple(model_prompts.numbered(pictures[p], p) for p in places)


def _answers(path: Path) -> dict[str, str]:
    out: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            key, said = row["key"], row["answer"]
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                f'{path}:{number}: expected {{"key": ..., "answer": ...}}, saw {line[:80]!r}'
            ) from None
        if not isinstance(said, str):
            raise ValueError(f"{path}:{number}: answer: expected words, saw {said!r}")
        out[str(key)] = said
    return out


def _counted(reasons: Iterator[str]) -> dict[str, int]:
    out: dict[str, int] = {}
    for r in reasons:
        out[r] = out.get(r, 0) + 1
    return dict(sorted(out.items(), key=lambda x: -x[1]))


def _tell(made: Mapping[str, Any]) -> None:
    print(f"{CORPUS}: {made['questions']} questions; right answers, in %")
    for name, row in made["tasks"].items():
        why = ", ".join(f"{n} {r}" for r, n in row["reasons"].items())
        shown = _cell(row["right"]) if "right" in row else "missing"
        line = f"  {name:40} {row['questions']:5}  {shown:22}"
        line += f"  judged {_cell(row['judged'])}" if "judged" in row else ""
        print(f"{line}  {why}".rstrip())
    for title in ("right", "judged"):
        if title in made:
            print(f"  macro mean, {title:28} {_cell(made[title])}")
        else:
            why = "needs answers to all twelve tasks that can be read"
            why = (
                why
                if title == "right"
                else "needs --model FILE, a judge that answers every question"
            )
            print(f"  macro mean, {title}: missing: {why}")


def _cell(e: Mapping[str, float]) -> str:
    estimate = bootstrap.Estimate(**e)
    return f"{100 * estimate.mean:5.1f} ({bootstrap.told(estimate.interval)})"


def _say(name: str, errors: causal_plan_rubric.Errors) -> None:
    def share(of: tuple[int, int]) -> str:
        number, bad = of
        if not number:
            return "missing"
        low, high = causal_plan_rubric.interval(bad, number)
        return f"{100 * bad / number:.1f} % ({100 * low:.1f} to {100 * high:.1f}) of {number}"

    verdict = "tells right from wrong" if errors.tells_apart else "does NOT tell right from wrong"
    print(
        f"{name}: refuses right answers {share(errors.right)}, takes wrong ones "
        f"{share(errors.wrong)}, {errors.unread} replies unread: {verdict}"
    )


def _write(made: Mapping[str, Any], out: Path | None) -> None:
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
