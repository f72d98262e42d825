"""What a model says of clips: nouns of the middle frame, and captions of what was found of them.

Nouns are read back by a detector, which has to find them; captions are held to the rules of the
token and name their subject. Who asks nothing has no model's word in a shard.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from corpuswright.annotators.captions import images, subjects
from corpuswright.annotators.captions.images import Caption
from corpuswright.annotators.captions.subjects import Captions, Nouns, Split
from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.model_file import Model
from corpuswright.annotators.llm.requests import Answer, Question
from corpuswright.assets.builds import progress
from corpuswright.assets.subjects.rows import SubjectClip
from corpuswright.assets.video import cut
from corpuswright.quality.images import caption_rules
from corpuswright.quality.subjects import captions as subject_captions
from corpuswright.storage.build_state import packs
from corpuswright.storage.media import video
from corpuswright.storage.records import MediaRef, Rejection, from_dict

VERSION = (subjects.VERSION * 100 + subject_captions.VERSION) * 100 + caption_rules.VERSION
PROMPTS = (
    images.PROMPTS["dense"],
    subjects.NOUNS,
    subjects.BACKGROUND,
    subjects.CAPTION,
)


class SubjectWords(NamedTuple):
    """What a clip's detector is to look for.

    Attributes:
        words: Nouns; none for all that a detector knows.
        background: Of them those that are no subject.
        reason: Why there are no words; empty where there are, or nobody was asked.
        answers: Keys in the ledger of all that was answered.
    """

    words: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    reason: str = ""
    answers: tuple[str, ...] = ()


def middle(folder: Path, row: SubjectClip) -> Image.Image:
    """Return the middle frame of a clip that was cut."""
    shown = list(video.decode(cut.data(folder, row), row["key"]))
    return Image.fromarray(shown[len(shown) // 2])


def words(
    asking: Client, model: Model, folder: Path, rows: Sequence[SubjectClip], name: str
) -> dict[str, SubjectWords]:
    """Return, by key, what a model says is in clips; asks what is not on record.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    model_file.wants_images(model, name)
    out: dict[str, SubjectWords] = {}
    with progress.bar(f"{name} nouns", len(rows)) as bar:
        for chunk in model_file.chunks(rows):
            told = model_file.answers_of(asking, [_described(folder, r) for r in chunk], name)
            described = {
                k: a.value.caption for k, a in told.items() if isinstance(a.value, Caption)
            }
            titles = {r["key"]: r["caption"] for r in chunk}
            named = model_file.answers_of(
                asking,
                [subjects.nouns(k, titles[k], c) for k, c in described.items()],
                name,
            )
            nouns = {
                k: _once(a.value.nouns) for k, a in named.items() if isinstance(a.value, Nouns)
            }
            split = model_file.answers_of(
                asking, [subjects.background(k, w) for k, w in nouns.items() if w], name
            )
            for r in chunk:
                k = r["key"]
                used = tuple(a.key for by in (told, named, split) if (a := by.get(k)) is not None)
                found = nouns.get(k, ())
                behind = split[k].value if k in split else None
                if not isinstance(behind, Split) or set(_once(behind.background)) - set(found):
                    why = "no_nouns" if k in nouns and not found else "not_described"
                    out[k] = SubjectWords(reason=why, answers=used)
                else:
                    out[k] = SubjectWords(found, _once(behind.background), "", used)
            bar.update(len(chunk))
    return out


def _described(folder: Path, row: SubjectClip) -> Question:
    image = images.sent(middle(folder, row))
    return images.question(row["key"], "dense", image, Caption, caption_rules.VERSION)


def _once(said: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(w for n in said if (w := " ".join(n.lower().split()))))


# --- captions of subjects ------------------------------------------------------------------------


class CaptionResult(NamedTuple):
    """One subject's text.

    Attributes:
        text: With the token, directly before the word.
        by: `model`, `source` (the video's own title), or `plain`.
        answer: Its key in the ledger; empty where no model wrote it.
        rejection: Why it is none; None where it holds.
    """

    text: str
    by: str
    answer: str = ""
    rejection: Rejection | None = None


def plain_caption(word: str, title: str) -> CaptionResult:
    """Return the text of a subject that nobody was asked about: its video's title, or its word."""
    marked = _marked(title, word)
    if marked and subject_captions.check(marked, word) is None:
        return CaptionResult(marked, "source")
    return CaptionResult(f"A video of {subject_captions.TOKEN} {word}.", "plain")


def _marked(title: str, word: str) -> str:
    """Return a title with the token before the last place that names `word`; empty if none does."""
    at = subject_captions.last_place(title, word)
    return "" if at is None else f"{title[:at]}{subject_captions.TOKEN} {title[at:]}"


def captions(
    asking: Client, model: Model, folder: Path, rows: Sequence[SubjectClip], name: str
) -> dict[str, list[CaptionResult]]:
    """Return, by key, the text of each subject of a clip, in their order.

    `rows` have `subjects` (their JSON) and `parts` (references to their pictures).

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    out: dict[str, list[CaptionResult]] = {}
    with progress.bar(f"{name} subjects", len(rows)) as bar:
        for chunk in model_file.chunks(rows):
            asked = [q for r in chunk for q in _questions(folder, r)]
            answers = model_file.answers_of(asking, asked, name)
            for r in chunk:
                out[r["key"]] = _read(r, answers)
            bar.update(len(chunk))
    return out


def _groups(row: SubjectClip) -> list[tuple[str, list[int]]]:
    """Return which subjects are asked about together: each word that stands once; others alone."""
    found = [s["word"] for s in json.loads(row["subjects"])]
    count = Counter(found)
    once = [n for n, w in enumerate(found) if count[w] == 1]
    alone = [n for n, w in enumerate(found) if count[w] > 1]
    return [*([("", once)] if once else []), *((f"#{n}", [n]) for n in alone)]


def _questions(folder: Path, row: SubjectClip) -> list[Question]:
    found, parts = json.loads(row["subjects"]), json.loads(row["parts"])
    out: list[Question] = []
    for suffix, which in _groups(row):
        names = [found[n]["word"] for n in which]
        if suffix:
            ref = from_dict(MediaRef, parts[f"subject{which[0]}.png"])
            image, side = Image.open(io.BytesIO(packs.read(folder, ref))), subjects.CROP
        else:
            image, side = middle(folder, row), subjects.WHOLE
        out.append(subjects.captions(f"{row['key']}{suffix}", names, image, side))
    return out


def _read(row: SubjectClip, answers: dict[str, Answer]) -> list[CaptionResult]:
    found = json.loads(row["subjects"])
    told: dict[int, CaptionResult] = {}
    for suffix, which in _groups(row):
        answer = answers[f"{row['key']}{suffix}"]
        made = answer.value.captions if isinstance(answer.value, Captions) else []
        if len(made) != len(which):  # whose caption is whose can no longer be said
            said = answer.reason or f"{len(made)} captions of {len(which)} subjects"
            wrong = Rejection("no_subject_caption", said)
            told |= {n: CaptionResult("", "model", answer.key, wrong) for n in which}
            continue
        for n, text in zip(which, made, strict=True):
            clean = " ".join(text.split())
            wrong = subject_captions.check(clean, found[n]["word"])
            told[n] = CaptionResult(clean, "model", answer.key, wrong)
    return [told[n] for n in range(len(found))]
