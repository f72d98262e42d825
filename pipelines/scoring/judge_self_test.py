"""`corpuswright score bizgeneval --self-test`: how often a judge is wrong, on documents of ours.

It is shown each document of a `designs` release and its twin, and asked their questions as the
benchmark asks them: all of an image in one call. Its error is told by dimension, by kind of
question and by kind of fault; a judge that says yes to everything is refused.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, Field

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.requests import Question, template
from corpuswright.quality.benchmarks import judge_error
from corpuswright.quality.benchmarks.judge_error import JudgeError, Rate
from corpuswright.storage import samples
from corpuswright.storage.loaders.loader import Loader

CORPUS = "designs"
NAME = "judge_error"


class Verdicts(BaseModel):
    """What a judge answers."""

    answers: list[bool] = Field(max_length=100)


class Asked(NamedTuple):
    """One question about one picture, with what is so."""

    dimension: str
    kind: str
    fault: str
    text: str
    right: bool


class Shown(NamedTuple):
    """A picture, and all that is asked about it."""

    id: str
    png: bytes
    asked: tuple[Asked, ...]


def pictures(store: Path, number: int | None = None) -> Iterator[Shown]:
    """Yield each document of the newest release and its twin, with their questions."""
    for count, record in enumerate(Loader.open(store, CORPUS, seed=None).records()):
        if number is not None and count >= number:
            return
        body = samples.read(record.files["json"])
        twin: Any = body.scene.state["twin"]
        tasks = [t for t in body.tasks if "twin" in t.expected]
        for name, which, fault in (("png", "answer", ""), ("twin.png", "twin", twin["kind"])):
            asked = tuple(
                Asked(t.expected["dimension"], t.kind, fault, t.text, t.expected[which])
                for t in tasks
            )
            yield Shown(f"{record.key}.{which}", record.files[name], asked)


def examine(store: Path, path: Path | None, out: Path | None) -> int:
    """Try a judge, print how often it is wrong; return 1 where nothing can be made of it.

    Raises:
        ModelError: It cannot be asked, or leaves questions unanswered.
    """
    if path is None:
        raise ValueError("--model: expected the judge that is to be tried")
    model = model_file.load(path)
    model_file.wants_images(model, "score bizgeneval --self-test")
    shown = list(pictures(store))
    asking = model_file.client(store, CORPUS, model)
    prompt = template("judging_document")
    questions = [Question(s.id, prompt, _listed(s.asked), Verdicts, (s.png,)) for s in shown]
    answers = model_file.answers_of(asking, questions, "score bizgeneval --self-test")
    pairs: list[tuple[Asked, bool | None]] = []
    lost = 0
    for picture in shown:
        value = answers[picture.id].value
        said = value.answers if isinstance(value, Verdicts) else []
        lost += len(said) != len(picture.asked)
        pairs += [(a, said[i] if i < len(said) else None) for i, a in enumerate(picture.asked)]
    made = report(model.endpoint.model, pairs)
    made["pictures"], made["pictures_without_all_answers"] = len(shown), lost
    tell(made)
    if out is not None:
        out.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 1 if made["refused"] else 0


def _listed(asked: Sequence[Asked]) -> str:
    return "\n".join(f"{n}. {a.text}" for n, a in enumerate(asked, 1))


def report(model: str, pairs: Sequence[tuple[Asked, bool | None]]) -> dict[str, Any]:
    """Return a judge's error rates, ready for JSON: in all, by dimension, kind and fault."""
    whole = judge_error.measure([(a.right, said) for a, said in pairs])
    groups: dict[str, dict[str, list[tuple[bool, bool | None]]]] = {
        "dimension": defaultdict(list), "kind": defaultdict(list), "fault": defaultdict(list),
    }  # fmt: skip
    for asked, said in pairs:
        for name, value in (("dimension", asked.dimension), ("kind", asked.kind),
                            ("fault", asked.fault)):  # fmt: skip
            if value:
                groups[name][value].append((asked.right, said))
    return {
        "benchmark": NAME,
        "judge": model,
        "questions": len(pairs),
        "refused": judge_error.refusal(whole),
        "all": plain(whole),
        **{
            f"by_{name}": {k: plain(judge_error.measure(v)) for k, v in sorted(found.items())}
            for name, found in groups.items()
        },
    }


def plain(error: JudgeError) -> dict[str, Any]:
    """Return rates as JSON values: counts, shares and intervals."""
    return {
        name: {
            "wrong": rate.wrong,
            "of": rate.of,
            "share": rate.share,
            "interval": list(rate.interval) if rate.interval else None,
        }
        for name, rate in (("false_yes", error.false_yes), ("false_no", error.false_no))
    }


def read(path: Path) -> tuple[JudgeError, dict[str, JudgeError]]:
    """Return a judge's error in all and by dimension, from the file of a self-test.

    Raises:
        ValueError: It is none.
    """
    try:
        made = json.loads(path.read_text("utf-8"))
        if made["benchmark"] != NAME:
            raise ValueError(made["benchmark"])
        return _error(made["all"]), {k: _error(v) for k, v in made["by_dimension"].items()}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"--judge-error {path}: expected the file that `score bizgeneval --self-test --json` "
            f"writes: {error}"
        ) from None


def _error(plain_: Mapping[str, Any]) -> JudgeError:
    rates = [Rate(int(plain_[n]["wrong"]), int(plain_[n]["of"])) for n in ("false_yes", "false_no")]
    return JudgeError(rates[0], rates[1])


def tell(made: Mapping[str, Any]) -> None:
    """Print a self-test."""
    print(f"{made['judge']}: {made['questions']} questions about {made['pictures']} pictures")
    print(f"{'':24}{'yes to what is not so':>32}{'no to what is so':>32}")
    rows = [("all", made["all"]), *made["by_dimension"].items(), *made["by_kind"].items()]
    rows += [(f"twin: {k}", v) for k, v in made["by_fault"].items()]
    for name, found in rows:
        print(f"{name:24}{told(found['false_yes']):>32}{told(found['false_no']):>32}")
    if lost := made["pictures_without_all_answers"]:
        print(f"{lost} pictures did not get an answer to each question: what lacks counts as no")
    if made["refused"]:
        print(f"refused: {made['refused']}")


def told(rate: Mapping[str, Any]) -> str:
    """Return a rate as it is printed: share, interval, of how many."""
    if rate["share"] is None:
        return "-"
    low, high = rate["interval"]
    return f"{rate['share']:.1%} ({low:.1%} to {high:.1%}) of {rate['of']}"
