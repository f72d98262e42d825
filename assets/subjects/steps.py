"""Steps of clips with subjects: what is found in them, followed, and what is written of each.

Without a model nothing is described: the detector looks for all that it knows, and a subject's text
is its video's title where that names it, or its word.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from corpuswright.annotators.captions import subjects as subject_prompts
from corpuswright.annotators.llm import model_file
from corpuswright.annotators.vocabularies import open_custom_categories as categories
from corpuswright.annotators.vocabularies import wordnet
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.builds.steps import SPARK, Step
from corpuswright.assets.curation import checkpoints, rejections
from corpuswright.assets.curation.build import CurationBuild, once
from corpuswright.assets.curation.shard_writer import Recorded
from corpuswright.assets.subjects import ask, detect, records
from corpuswright.assets.subjects.ask import CaptionResult, SubjectWords
from corpuswright.assets.subjects.detect import SubjectQuery
from corpuswright.assets.subjects.rows import FollowedSubject, FoundSubjects, Subject, SubjectClip
from corpuswright.assets.video import steps as video_steps
from corpuswright.quality.models import detectors, segmenters
from corpuswright.quality.models.scorers import ScorerError
from corpuswright.quality.subjects import filters, frame_detections, tracking
from corpuswright.storage.arrow import Row
from corpuswright.storage.inputs import sites
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.records import canonical, to_dict

VERSION = 1  # bump when a step's table is written in another way


# --- what decides --------------------------------------------------------------------------------


def detector_of(name: str) -> str:
    """Return what decides what a detector finds."""
    return frame_detections.TRUTH if name == frame_detections.TRUTH else detectors.fingerprint(name)


def segmenter_of(name: str) -> str:
    """Return what decides how things are cut out; empty for nobody."""
    return segmenters.fingerprint(name) if name else ""


def rules(build: CurationBuild) -> Row:
    """Return what decides a partition's bytes, besides its videos."""
    shared = video_steps.rules(build)
    plain = {k: v for k, v in shared["recipe"].items() if k not in ("detector", "segmenter")}
    by = (ask.PROMPTS, ask.VERSION)
    model = {"model": model_file.decides(build.model, *by)} if build.model else {}
    ontology = {"wordnet": wordnet.SITE.package} if build.recipe["ontology"] else {}
    return {**shared, "recipe": plain, **_lookers(build), **model, **ontology}


def _lookers(build: CurationBuild) -> dict[str, str]:
    return {
        "detector": detector_of(str(build.recipe["detector"])),
        "segmenter": segmenter_of(str(build.recipe["segmenter"])),
    }


def check(build: CurationBuild) -> None:
    """Raise SourceError if there is nothing to build from, or nobody to look; quick."""
    video_steps.check(build)
    if build.recipe["ontology"]:
        sites.fetch(wordnet.SITE, Path(build.options.inputs))
    try:
        if build.recipe["detector"] != frame_detections.TRUTH:
            detectors.located(str(build.recipe["detector"]), Path(build.options.inputs))
    except ScorerError as error:
        raise SourceError(str(error)) from None


# --- who is looked for, and found ----------------------------------------------------------------

_FOUND = pa.schema([(n, pa.string()) for n in ("subjects", "parts", "lost", "asked")])


def subjects(build: CurationBuild, partition: str) -> Report:
    """Find the subjects of clips and follow them; clips without any are dropped.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    start = time.monotonic()
    table = build.table(partition, "cut")
    rows = rejections.kept(table).to_pylist()
    asked = _asked(build, rows, partition)
    found = _found(build, rows, asked, partition)
    said: list[rejections.Verdict] = []
    cells: list[Row] = []
    for key, verdict in zip(
        table.column("key").to_pylist(), rejections.verdicts(table), strict=True
    ):
        one = found.get(key, {"subjects": "[]", "parts": "{}", "lost": "[]", "reason": ""})
        dropped = bool(one["reason"])
        said.append(("subjects", one["reason"], one["value"]) if dropped else verdict)
        answers = sorted(asked[key].answers) if key in asked else []
        cells.append(
            {**{n: one[n] for n in ("subjects", "parts", "lost")}, "asked": canonical(answers)}
        )
    table = rejections.with_columns(rejections.replaced(table, said), cells, _FOUND)
    build.keep(partition, "subjects", table)
    return rejections.report("subjects", table.num_rows, said, start)


def _asked(
    build: CurationBuild, rows: Sequence[SubjectClip], partition: str
) -> dict[str, SubjectWords]:
    """Return what each clip's detector is to look for."""
    if build.model is None:
        return {r["key"]: SubjectWords() for r in rows}
    with build.asking() as (client, model):
        return ask.words(client, model, build.folder, rows, f"{build.name}-{partition}")


def _found(
    build: CurationBuild,
    rows: Sequence[SubjectClip],
    asked: dict[str, SubjectWords],
    partition: str,
) -> dict[str, FoundSubjects]:
    """Return, by key, a clip's subjects, or why it has none."""
    out: dict[str, FoundSubjects] = {
        k: {"reason": a.reason, "value": "", "subjects": "[]", "parts": "{}", "lost": "[]"}
        for k, a in asked.items()
        if a.reason
    }
    put = [
        {**r, "asked": canonical(_wanted(build, asked[r["key"]]))}
        for r in rows
        if not asked[r["key"]].reason
    ]
    if put:
        r, inputs = build.recipe, Path(build.options.inputs)
        truth = r["detector"] == frame_detections.TRUTH
        how = SubjectQuery(
            frame_detections.TRUTH if truth else detectors.located(str(r["detector"]), inputs),
            str(r["segmenter"]) and detectors.located(str(r["segmenter"]), inputs),
            float(r["least_score"]),
            int(r["looks"]),
            int(r["fps"]),
        )
        done, _ = checkpoints.compute_blocks(
            build.store,
            build.folder / "work" / "subjects" / partition,
            f"{build.name} subjects",
            checkpoints.blocks_of(
                pa.Table.from_pylist(put).select(["id", *detect.COLUMNS]), detect.BLOCK
            ),
            [
                detect.VERSION,
                tracking.VERSION,
                filters.VERSION,
                *_lookers(build).values(),
                *how[2:],
            ],
            lambda block: detect.find_subjects(build.spark(), block, build.folder, how),
        )
        out |= {row["key"]: row for row in done.to_pylist()}
    return out


def _wanted(build: CurationBuild, asked: SubjectWords) -> Row:
    """Return what a detector is asked for, what that is called, and what is background.

    CenterNet knows 80 classes: a woman is asked for as a person, and called a woman, unless
    another word of the clip is a person as well.
    """
    words = {w: w for w in asked.words}
    if build.recipe["detector"] == detectors.CENTERNET and build.recipe["ontology"]:
        words = {w: _coco(build, w) or w for w in asked.words}
    count = Counter(words.values())
    called = {c: w for w, c in words.items() if c != w and count[c] == 1}
    behind = set(asked.background)
    # A class is background if all words for it are.
    behind |= {c for c in count if all(w in behind for w, of in words.items() if of == c)}
    return {"words": sorted(count), "called": called, "background": sorted(behind)}


@once
def _nouns(build: CurationBuild) -> wordnet.Nouns:
    return wordnet.read(Path(sites.fetch(wordnet.SITE, Path(build.options.inputs))))


@once
def _classes(build: CurationBuild) -> dict[int, str]:
    return categories.coco_classes(_nouns(build))


@once
def _known(build: CurationBuild) -> dict[str, str | None]:
    return {}


def _coco(build: CurationBuild, word: str) -> str | None:
    known = _known(build)
    if word not in known:
        known[word] = categories.coco_class(_nouns(build), _classes(build), word)
    return known[word]


# --- what is written of them ---------------------------------------------------------------------

_TOLD = pa.schema([(n, pa.string()) for n in ("detail", "answers")])


def captioned(build: CurationBuild, partition: str) -> Report:
    """Give each subject its text; a clip is dropped none of whose subjects has one that holds.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    start = time.monotonic()
    table = build.table(partition, "subjects")
    rows = table.to_pylist()
    texts = _texts(build, [r for r in rows if not r[rejections.REASON]], partition)
    said: list[rejections.Verdict] = []
    cells: list[Row] = []
    for r, verdict in zip(rows, rejections.verdicts(table), strict=True):
        told = texts.get(r["key"], [])
        wrong = [t.rejection for t in told if t.rejection is not None]
        out = bool(told) and len(wrong) == len(told)
        said.append(("captioned", wrong[0].reason, wrong[0].value) if out else verdict)
        refused = [None if t.rejection is None else to_dict(t.rejection) for t in told]
        used = {*json.loads(r["asked"]), *(t.answer for t in told if t.answer)}
        with_text = _with_text(build, json.loads(r["subjects"]), told) if told else []
        cells.append(
            {
                "subjects": canonical(with_text) if told else r["subjects"],
                "detail": canonical([*refused, *json.loads(r["lost"])]),
                "answers": canonical(sorted(used)),
            }
        )
    at = table.column_names.index("subjects")
    table = table.set_column(
        at, _FOUND.field("subjects"), pa.array([c["subjects"] for c in cells], pa.string())
    )
    table = rejections.with_columns(table.drop_columns(["lost", "asked"]), cells, _TOLD)
    build.keep(partition, "captioned", rejections.replaced(table, said))
    return rejections.report("captioned", table.num_rows, said, start)


def _texts(
    build: CurationBuild, rows: Sequence[SubjectClip], partition: str
) -> dict[str, list[CaptionResult]]:
    """Return, by key, the text of each subject."""
    if build.model is None:
        return {
            r["key"]: [
                ask.plain_caption(s["word"], r["caption"]) for s in json.loads(r["subjects"])
            ]
            for r in rows
        }
    with build.asking() as (client, model):
        return ask.captions(client, model, build.folder, rows, f"{build.name}-{partition}")


def _with_text(
    build: CurationBuild, found: Sequence[FollowedSubject], told: Sequence[CaptionResult]
) -> list[Subject]:
    """Return subjects with text, who wrote it, and their category."""
    model = build.model.endpoint.model if build.model else ""
    out: list[Subject] = []
    for s, t in zip(found, told, strict=True):
        text = "" if t.rejection else t.text
        one: Subject = {**s, "category": _category(build, s["word"]), "text": text, "by": t.by}
        if t.by == "model":
            one["model"], one["prompt"] = model, subject_prompts.CAPTION.sha256
            one["version"] = ask.VERSION
        out.append(one)
    return out


@once
def _categories(build: CurationBuild) -> dict[str, Row | None]:
    return {}


def _category(build: CurationBuild, word: str) -> Row | None:
    """Return the synset of a word and what it is a kind of; None where WordNet has none."""
    if not build.recipe["ontology"]:
        return None
    known = _categories(build)
    if word not in known:
        known[word] = _looked_up(build, word)
    return known[word]


def _looked_up(build: CurationBuild, word: str) -> Row | None:
    # COCO's senses are those of who was trained on it: to others a mouse is an animal.
    by_coco, nouns = build.recipe["detector"] == detectors.CENTERNET, _nouns(build)
    try:
        synset = categories.sense(nouns, word) if by_coco else nouns.find(word)
    except LookupError:
        return None
    kinds = [nouns.synsets[o].words[0] for o in nouns.above(synset.offset)]
    return {"synset": f"{synset.offset:08d}", "words": list(synset.words), "kinds": kinds[1:]}


def _recorded(build: CurationBuild) -> Recorded:
    """Return how clips with subjects become records."""
    versions = (ask.VERSION, detect.VERSION)
    return records.triplets(build.name, build.folder, build.recipe["fps"], versions)


STEPS = video_steps.steps(
    (
        Step("subjects", "Subjects found in each clip, cut out and followed through all of it.",
             subjects, frozenset({"spark"}), "clip", SPARK, ("followed", "categories")),
        Step("captioned", "A text of each subject, by a model or from the video's title, held to "
             "the rules.", captioned, frozenset({"python"}), "clip", None, ("captions",)),
    ),
    _recorded,
)  # fmt: skip
FAMILY = video_steps.FAMILY._replace(rules=rules, check=check)
