"""BizGenEval: its prompts with their checklists, and the released score of a judge's answers.

400 prompts of business images in 20 cells (five domains x four dimensions), 20 questions each, all
written so that yes is right; 10 of them are easy and 10 hard (arXiv 2603.25732; BizGenEval's code
at 1c15075, `evaluation/summarize.py`). A judge's answers for one image are one JSON file, called as
the image: `<domain>_<dimension>_<id>.json`, whose `meta_info` has a `result` for each question by
its number, from 1.

The released summary leaves out images that have no file, without a word. Here such a group has no
score, and the files that lack are named; `released` gives what the summary would.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator

from corpuswright.storage.shown import one_line

QUESTIONS = 20  # of each prompt
# What an error costs of an image's 1.0: of all 20 questions, and of 10 easy or hard ones.
ERROR, ERROR_OF_HALF = 0.1, 0.2
MAX_JSON = 4 << 20  # bytes of one result file; a judge's reasons for 20 questions take some 10 kB
UNANSWERED = "missing_from_output"  # the reason of what a judge did not answer: counted as wrong

Domain = Literal["slides", "webpage", "poster", "chart", "scientific_figure"]
Dimension = Literal["layout", "attribute", "text", "knowledge"]
Subset = Literal["all", "easy", "hard"]
DOMAINS: Sequence[str] = get_args(Domain)
DIMENSIONS: Sequence[str] = get_args(Dimension)
SUBSETS: Sequence[Subset] = ("easy", "hard", "all")


class BizGenError(ValueError):
    """The prompts, or a result, cannot be read; the message says which, and what was expected."""


class BizGenPrompt(BaseModel, extra="ignore", frozen=True):
    """One prompt and its checklist; numbers of questions count from 1."""

    id: int
    prompt: str = Field(min_length=1)
    domain: Domain
    dimension: Dimension
    aspect_ratio: str | None = None
    reference_image_wh: str | None = None
    questions: tuple[str, ...] = Field(min_length=QUESTIONS, max_length=QUESTIONS)
    eval_tag: Literal["layout", "attribute", "text", "text1", "knowledge"]
    easy_qidxs: tuple[int, ...]
    hard_qidxs: tuple[int, ...]

    @model_validator(mode="after")
    def _parts(self) -> BizGenPrompt:
        if sorted((*self.easy_qidxs, *self.hard_qidxs)) != list(range(1, QUESTIONS + 1)):
            raise ValueError(f"expected each of 1 to {QUESTIONS} to be easy or hard, once")
        return self

    @property
    def name(self) -> str:
        """What its image and its result are called, without an ending."""
        return f"{self.domain}_{self.dimension}_{self.id}"

    def numbers(self, subset: Subset) -> Sequence[int]:
        """Return the numbers of a subset's questions."""
        halves = {"easy": self.easy_qidxs, "hard": self.hard_qidxs}
        return halves.get(subset, range(1, QUESTIONS + 1))


class JudgedImage(NamedTuple):
    """What a judge said of one image.

    Attributes:
        right: For each question, in their order, whether the answer was yes.
        unanswered: How many it did not answer; they count as wrong.
        neither: How many it answered with something else than true or false, such as "yes"; the
            released summary takes these for wrong, too.
    """

    right: tuple[bool, ...]
    unanswered: int
    neither: int = 0


def read(path: Path) -> list[BizGenPrompt]:
    """Return the prompts of a JSON-lines file, in its order.

    Raises:
        BizGenError: A line is no prompt, or two have one name.
    """
    found: list[BizGenPrompt] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(BizGenPrompt.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(p) for p in first["loc"]) or "the row"
            raise BizGenError(
                f"{path.name}, line {number}: {where}: {first['msg']}; expected a row of "
                "BizGenEval's dataset"
            ) from None
    if not found:
        raise BizGenError(f"{path}: expected BizGenEval's rows, saw none")
    names = [p.name for p in found]
    if twice := next((n for n in names if names.count(n) > 1), ""):
        raise BizGenError(f"{path.name}: {twice} stands there twice")
    return found


def read_results(
    prompts: Sequence[BizGenPrompt], folder: Path
) -> tuple[dict[str, JudgedImage], dict[str, str]]:
    """Return a judge's answers by name of the image, and why others have none.

    Args:
        prompts: Whose answers are wanted.
        folder: Of the result files.
    """
    found: dict[str, JudgedImage] = {}
    without: dict[str, str] = {}
    for prompt in prompts:
        path = folder / f"{prompt.name}.json"
        if not path.is_file():
            without[prompt.name] = "no file"
            continue
        try:
            found[prompt.name] = _result(path)
        except BizGenError as error:
            without[prompt.name] = str(error)
    return found, without


def _result(path: Path) -> JudgedImage:
    if path.stat().st_size > MAX_JSON:
        raise BizGenError(f"more than {MAX_JSON} bytes")
    try:
        plain: Any = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BizGenError(f"no JSON: {error}"[:200]) from None
    said: Any = plain.get("meta_info") if isinstance(plain, dict) else None  # type: ignore[reportUnknownMemberType]
    if not isinstance(said, dict) or not said:
        raise BizGenError("expected `meta_info` with the answers, saw none")
    answers: list[Mapping[str, Any]] = []
    for number in range(1, QUESTIONS + 1):
        one: Any = said.get(str(number))  # type: ignore[reportUnknownMemberType]
        answers.append(one if isinstance(one, dict) else {"reason": UNANSWERED})
    return JudgedImage(
        tuple(a.get("result") is True for a in answers),
        sum(a.get("reason") == UNANSWERED for a in answers),
        sum("result" in a and not isinstance(a["result"], bool) for a in answers),
    )


def image_score(prompt: BizGenPrompt, judged: JudgedImage, subset: Subset) -> float:
    """Return the released score of one image, 0 to 1: what is left after each error's cost."""
    errors = sum(not judged.right[n - 1] for n in prompt.numbers(subset))
    return max(0.0, 1.0 - (ERROR if subset == "all" else ERROR_OF_HALF) * errors)


class Scores(NamedTuple):
    """Mean scores of a subset of questions, 0 to 1; None where an image of a group has no answers.

    `by_domain` and `by_dimension` are means over the groups that the prompts have, each with the
    same weight.
    """

    domains: Mapping[str, float | None]
    dimensions: Mapping[str, float | None]
    by_domain: float | None
    by_dimension: float | None


def scores(
    prompts: Sequence[BizGenPrompt], results: Mapping[str, JudgedImage], subset: Subset
) -> Scores:
    """Return a subset's scores by domain and by dimension, none for a group that lacks an image."""
    return _scores(prompts, results, subset, whole=True)


def released(
    prompts: Sequence[BizGenPrompt], results: Mapping[str, JudgedImage], subset: Subset
) -> Scores:
    """Return what the released summary says: means over whatever images have answers."""
    return _scores(prompts, results, subset, whole=False)


def _scores(
    prompts: Sequence[BizGenPrompt],
    results: Mapping[str, JudgedImage],
    subset: Subset,
    whole: bool,
) -> Scores:
    def mean(of: Sequence[BizGenPrompt]) -> float | None:
        values = [image_score(p, results[p.name], subset) for p in of if p.name in results]
        return fmean(values) if values and (len(values) == len(of) or not whole) else None

    def grouped(names: Sequence[str], group: str) -> tuple[dict[str, float | None], float | None]:
        of = {n: [p for p in prompts if getattr(p, group) == n] for n in names}
        found = {n: mean(ps) for n, ps in of.items() if ps}
        there = [v for v in found.values() if v is not None]
        return found, fmean(there) if there and (len(there) == len(found) or not whole) else None

    domains, by_domain = grouped(DOMAINS, "domain")
    dimensions, by_dimension = grouped(DIMENSIONS, "dimension")
    return Scores(domains, dimensions, by_domain, by_dimension)


def report(prompts: Sequence[BizGenPrompt], folder: Path) -> dict[str, Any]:
    """Return everything that is told of a judge's answers, ready for JSON."""
    results, without = read_results(prompts, folder)
    return {
        "benchmark": "bizgeneval",
        "prompts": len(prompts),
        "judged": len(results),
        "without_answers": {n: one_line(why) for n, why in without.items()},
        "unanswered_questions": sum(r.unanswered for r in results.values()),
        "neither_true_nor_false": sum(r.neither for r in results.values()),
        "scores": {s: scores(prompts, results, s)._asdict() for s in SUBSETS},
        "released": {s: released(prompts, results, s)._asdict() for s in SUBSETS},
    }
