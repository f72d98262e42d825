"""Questions about clips with plans, judged by another model before they enter.

Causal-Plan (arXiv 2606.01810) has two ways: a strict audit on seven axes, or two judges whose
scores are capped and ranked. What a reply comes to is `quality.plans.judges`'s arithmetic; all of
it fails closed: a question that no reply can be read of does not enter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.model_file import Model
from corpuswright.annotators.llm.requests import Prompt, Question, template
from corpuswright.annotators.plans import model_prompts
from corpuswright.annotators.plans import questions as plan_questions
from corpuswright.annotators.plans.questions import Asked
from corpuswright.assets.builds import progress
from corpuswright.assets.video import cut
from corpuswright.assets.video.rows import ClipRow
from corpuswright.quality.plans import judges
from corpuswright.quality.plans.judges import JudgeReply
from corpuswright.storage.media import video
from corpuswright.storage.records import Rejection

VERSION = judges.VERSION
CHUNK = 4  # clips at a time: the frames of their questions are in memory meanwhile

How = Literal["audit", "scores"]
AUDIT, GROUNDED, CAUSAL = (template(n) for n in ("plan_audit", "plan_grounded", "plan_causal"))
# By how it is judged: what is asked of each question, in turn.
PROMPTS: Mapping[How, Sequence[tuple[Prompt, type[BaseModel]]]] = {
    "audit": ((AUDIT, judges.Audit),),
    "scores": ((GROUNDED, judges.Grounded), (CAUSAL, judges.Causal)),
}


class ShownClip(NamedTuple):
    """A question of a clip: which clip, which of its questions, and its frames as JPEG."""

    key: str
    number: int
    asked: Asked
    images: tuple[bytes, ...]


def verdicts(
    asking: Client,
    judge: Model,
    how: How,
    folder: Path,
    rows: Sequence[ClipRow],
    questions: Mapping[str, Sequence[Asked]],
    name: str,
) -> tuple[dict[str, list[Rejection | None]], dict[str, list[str]]]:
    """Return, by clip, why each of its questions does not enter; None for those that do.

    And keys in the ledger of what was answered.

    Args:
        asking: The judge's client.
        judge: Whom is asked; it sees.
        how: As above.
        folder: Of the packs that `rows` are cut into.
        rows: Clips.
        questions: Theirs, by key; clips without any are passed over.
        name: Of who asks, for messages.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    model_file.wants_images(judge, name)
    asked = [r for r in rows if questions.get(r["key"])]
    replies: dict[tuple[str, int], list[str | None]] = {}
    used: dict[str, list[str]] = {r["key"]: [] for r in asked}
    with progress.bar(f"{name} judged", len(asked)) as bar:
        for at in range(0, len(asked), CHUNK):
            chunk = asked[at : at + CHUNK]
            seen = [
                s for r in chunk for s in shown(folder, r, dict(enumerate(questions[r["key"]])))
            ]
            for prompt, schema in PROMPTS[how]:
                made = [_question(s, prompt, schema) for s in seen]
                found = model_file.answers_of(asking, made, name)
                for s, q in zip(seen, made, strict=True):
                    value, answer = found[q.id].value, found[q.id]
                    reply = None if value is None else value.model_dump_json()
                    replies.setdefault((s.key, s.number), []).append(reply)
                    used[s.key].append(answer.key)
            bar.update(len(chunk))
    places = [*replies]
    texts = [_text(questions[k][n]) for k, n in places]
    out: dict[str, list[Rejection | None]] = {r["key"]: [] for r in asked}
    for (key, _), why in zip(places, _why(how, texts, [*replies.values()]), strict=True):
        out[key].append(why)
    return out, used


def _why(
    how: How, texts: Sequence[str], replies: Sequence[Sequence[str | None]]
) -> list[Rejection | None]:
    """Return why each question is refused, of all that are judged together."""
    if how == "audit":
        audits = [judges.passes(t, r[0]) for t, r in zip(texts, replies, strict=True)]
        return [None if a.score == 100 else _refused("audit", a) for a in audits]
    first = [judges.grounded(t, r[0]) for t, r in zip(texts, replies, strict=True)]
    keep = judges.upper(first)
    second = [judges.causal(t, r[1]) for t, r in zip(texts, replies, strict=True)]
    # The second judge ranks what the first has left.
    places = [n for n, yes in enumerate(keep) if yes]
    passed = judges.accepted([second[n] for n in places])
    accepted = {n for n, yes in zip(places, passed, strict=True) if yes}
    return [
        None if n in accepted else _refused("causal", b) if keep[n] else _refused("grounded", a)
        for n, (a, b) in enumerate(zip(first, second, strict=True))
    ]


def _refused(judge: str, found: JudgeReply) -> Rejection:
    if found.score is None:
        return Rejection(f"{judge}_no_reply", found.reason)
    return Rejection(f"{judge}_refuses", f"{found.score:g} {found.reason}".strip())


def _question(s: ShownClip, prompt: Prompt, schema: type[BaseModel]) -> Question:
    return Question(f"{s.key}/{s.number}", prompt, _text(s.asked), schema, s.images)


def _text(asked: Asked) -> str:
    shown = ", ".join(f"{a} to {b - 1}" for a, b in asked.spans)
    return f"Frames {shown}.\n\nQuestion: {asked.question}\n\nAnswer: {asked.answer}"


def shown(folder: Path, row: ClipRow, questions: Mapping[int, Asked]) -> list[ShownClip]:
    """Return questions of a clip, by their number, with the frames that each shows."""
    data = cut.data(folder, row)
    pictures = video.decode(data, row["key"], model_prompts.MOST_FRAMES)
    drawn = [model_prompts.numbered(p, n) for n, p in enumerate(pictures)]
    return [
        ShownClip(row["key"], n, a, tuple(drawn[p] for p in plan_questions.frames(a.kind, a.spans)))
        for n, a in sorted(questions.items())
    ]
