"""PexelsCustom-1M's recipe on Spark: clips with subjects cut out, followed, and a text of each.

PexelsCustom (CustoMDiT, arXiv 2606.11783) has a million triplets of identity, text and video; its
code takes the middle frame of each video, describes it, takes the nouns, detects and segments them,
filters them in order, and has a caption written for each. That is done here, on clips that were
watched whole; and what its release lacks: cuts, motion, duplicates, test sets, licence and author,
and whether a subject stays itself over all of its clip (`quality.subjects.tracking`).

Without a model nothing is described: the detector looks for all that it knows, and a subject's text
is its video's title where that names it, or its word.
"""

from __future__ import annotations

import functools
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import Field

from corpuswright.annotators.captions import subjects as caption_subjects
from corpuswright.annotators.llm import model_file
from corpuswright.annotators.vocabularies import open_custom_categories, wordnet
from corpuswright.assets.builds import spark
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.curation import checkpoints, rejections
from corpuswright.assets.curation.build import Curated
from corpuswright.assets.curation.score_recipe import Share
from corpuswright.assets.curation.shard_writer import Recorded
from corpuswright.assets.images import steps
from corpuswright.assets.subjects import ask, detect, records
from corpuswright.assets.subjects.ask import Asked, Told
from corpuswright.assets.subjects.detect import Looking
from corpuswright.assets.video import recipe as video_recipe
from corpuswright.assets.video import steps as video_steps
from corpuswright.quality.models import detectors, segmenters
from corpuswright.quality.models.scorers import ScorerError
from corpuswright.quality.subjects import captions, filters, frame_detections, tracking
from corpuswright.storage.inputs import sites
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.records import Json, canonical, to_dict

VERSION = 1  # bump when a step's table is written in another way

RECIPE: Json = {
    **video_recipe.RECIPE,
    # Who finds things (quality.models.detectors); "truth" reads what lies beside rendered clips.
    # The release has GroundingDINO, which no package brings.
    "detector": detectors.CENTERNET,
    # Who cuts them out (quality.models.segmenters), "" for nobody. The release has SAM 2.1.
    "segmenter": segmenters.GRABCUT,
    # Of a detector's score: the release's for boxes.
    "least_score": 0.35,
    # Frames of a clip in which subjects are looked for. Ours: one a second of a clip of 6 s.
    "looks": 7,
    # Whether a subject's category is looked up in WordNet, which is fetched at first.
    "ontology": True,
}


class Recipe(video_recipe.Values):
    """What values the recipe may have."""

    detector: str = Field(min_length=1, max_length=500)
    segmenter: str = Field(max_length=500)
    least_score: Share
    looks: int = Field(ge=2, le=1000)
    ontology: bool


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    found = video_recipe.accepts(Recipe, recipe)
    for name, of in (("detector", _detector), ("segmenter", _segmenter)):
        try:
            of(str(getattr(found, name)))
        except ScorerError as error:
            raise ValueError(f"--set {name}: {error}") from None


def _detector(name: str) -> str:
    return frame_detections.TRUTH if name == frame_detections.TRUTH else detectors.identity(name)


def _segmenter(name: str) -> str:
    return segmenters.identity(name) if name else ""


class Subjects(video_steps.Filming):
    """A build of clips with subjects; steps are those of `Filming`."""

    def _rules(self) -> dict[str, Any]:
        rules = super()._rules()
        plain = {k: v for k, v in rules["recipe"].items() if k not in ("detector", "segmenter")}
        by = (ask.PROMPTS, ask.VERSION)
        model = {"model": model_file.decides(self.model, *by)} if self.model else {}
        return {
            **rules, "recipe": plain, **self._lookers(), **model,
            **({"wordnet": wordnet.SITE.package} if self.recipe["ontology"] else {}),
        }  # fmt: skip

    def _lookers(self) -> dict[str, str]:
        return {
            "detector": _detector(str(self.recipe["detector"])),
            "segmenter": _segmenter(str(self.recipe["segmenter"])),
        }

    def captioned(self, partition: str) -> Report:
        """Cut the clips that are left, find their subjects, and give each its text.

        Raises:
            ModelError: Questions stay unanswered: the next run goes on.
        """
        start = time.monotonic()
        table = self._cut(partition)
        rows = rejections.kept(table).to_pylist()
        asked = self._asked(rows, partition)
        found = self._found(rows, asked, partition)
        left = [{**r, **found[r["key"]]} for r in rows if not found[r["key"]]["reason"]]
        texts = self._texts(left, partition)
        said: list[rejections.Verdict] = []
        cells: list[dict[str, str]] = []
        nothing = {"subjects": "[]", "parts": "{}", "told": "[]"}
        for key, verdict in zip(table.column("key").to_pylist(), rejections.of(table), strict=True):
            if key not in found:  # dropped before
                said.append(verdict)
                cells.append(nothing)
                continue
            one, told = found[key], texts.get(key, [])
            wrong = [t.rejection for t in told if t.rejection is not None]
            if one["reason"]:
                said.append(("captioned", one["reason"], one["value"]))
            elif len(wrong) == len(told):
                said.append(("captioned", wrong[0].reason, wrong[0].value))
            else:
                said.append(verdict)
            refused = [None if t.rejection is None else to_dict(t.rejection) for t in told]
            refused += json.loads(one["lost"])
            cells.append(
                {
                    "subjects": canonical(self._worded(json.loads(one["subjects"]), told)),
                    "parts": one["parts"],
                    "told": canonical(refused),
                }
            )
        table = table.drop_columns([*rejections.COLUMNS])
        for name in nothing:
            table = table.append_column(name, pa.array([c[name] for c in cells], pa.string()))
        used = {k: sorted({*a.answers, *(t.answer for t in texts.get(k, ()) if t.answer)})
                for k, a in asked.items()}  # fmt: skip
        column = [canonical(used.get(k, [])) for k in table.column("key").to_pylist()]
        table = table.append_column("answers", pa.array(column, pa.string()))
        self._keep(partition, "captioned", rejections.with_verdicts(table, said))
        return rejections.report("captioned", table.num_rows, said, start)

    def _asked(self, rows: Sequence[dict[str, Any]], partition: str) -> dict[str, Asked]:
        """Return what each clip's detector is to look for."""
        if self.model is None:
            return {r["key"]: Asked() for r in rows}
        with self.asking() as (client, model):
            name = f"{self.corpus.name}-{partition}"
            return ask.words(client, model, self._folder, rows, name)

    def _found(
        self, rows: Sequence[dict[str, Any]], asked: dict[str, Asked], partition: str
    ) -> dict[str, dict[str, Any]]:
        """Return, by key, a clip's subjects, or why it has none."""
        out: dict[str, dict[str, Any]] = {
            k: {"reason": a.reason, "value": "", "subjects": "[]", "parts": "{}", "lost": "[]"}
            for k, a in asked.items()
            if a.reason
        }
        put = [
            {**r, "asked": canonical(self._wanted(asked[r["key"]]))}
            for r in rows
            if not asked[r["key"]].reason
        ]
        if put:
            r, inputs = self.recipe, Path(self.build.inputs)
            how = Looking(
                frame_detections.TRUTH if r["detector"] == frame_detections.TRUTH
                else detectors.located(str(r["detector"]), inputs),
                str(r["segmenter"]) and detectors.located(str(r["segmenter"]), inputs),
                float(r["least_score"]), int(r["looks"]), int(r["fps"]),
            )  # fmt: skip
            done, _ = checkpoints.worked(
                self.store,
                self._folder / "work" / "subjects" / partition,
                f"{self.corpus.name} subjects",
                checkpoints.of(
                    pa.Table.from_pylist(put).select(["id", *detect.COLUMNS]),
                    detect.BLOCK,
                ),
                [
                    detect.VERSION, tracking.VERSION, filters.VERSION,
                    *self._lookers().values(), *how[2:],
                ],
                lambda block: detect.looked(
                    spark.session(self.workers), block, self._folder, how
                ),
            )  # fmt: skip
            out |= {row["key"]: row for row in done.to_pylist()}
        return out

    def _wanted(self, asked: Asked) -> dict[str, Any]:
        """Return what a detector is asked for, what that is called, and what is background.

        CenterNet knows 80 classes: a woman is asked for as a person, and called a woman, unless
        another word of the clip is a person as well.
        """
        words = {w: w for w in asked.words}
        if self.recipe["detector"] == detectors.CENTERNET and self.recipe["ontology"]:
            words = {w: self._coco(w) or w for w in asked.words}
        count = Counter(words.values())
        called = {c: w for w, c in words.items() if c != w and count[c] == 1}
        behind = set(asked.background)
        # A class is background if all words for it are.
        behind |= {c for c in count if all(w in behind for w, of in words.items() if of == c)}
        return {"words": sorted(count), "called": called, "background": sorted(behind)}

    def _coco(self, word: str) -> str | None:
        if word not in self._known:
            self._known[word] = open_custom_categories.coco_class(self._nouns, self._classes, word)
        return self._known[word]

    @functools.cached_property
    def _classes(self) -> dict[int, str]:
        return open_custom_categories.coco_classes(self._nouns)

    @functools.cached_property
    def _known(self) -> dict[str, str | None]:
        return {}

    def _texts(self, rows: Sequence[dict[str, Any]], partition: str) -> dict[str, list[Told]]:
        """Return, by key, the text of each subject."""
        if self.model is None:
            return {
                r["key"]: [ask.plain(s["word"], r["caption"]) for s in json.loads(r["subjects"])]
                for r in rows
            }
        with self.asking() as (client, model):
            name = f"{self.corpus.name}-{partition}"
            return ask.captions(client, model, self._folder, rows, name)

    def _worded(
        self, found: Sequence[dict[str, Any]], told: Sequence[Told]
    ) -> list[dict[str, Any]]:
        """Return subjects with text, who wrote it, and their category."""
        model = self.model.endpoint.model if self.model else ""
        return [
            {
                **s,
                "category": self._category(s["word"]),
                "text": "" if t is None or t.rejection else t.text,
                "by": "" if t is None else t.by,
                **(
                    {"model": model, "prompt": caption_subjects.CAPTION.sha256,
                     "version": ask.VERSION}
                    if t is not None and t.by == "model"
                    else {}
                ),
            }
            for s, t in zip(found, told or [None] * len(found), strict=True)
        ]  # fmt: skip

    def _category(self, word: str) -> dict[str, Any] | None:
        """Return the synset of a word and what it is a kind of; None where WordNet has none."""
        if not self.recipe["ontology"]:
            return None
        if word not in self._categories:
            self._categories[word] = self._looked_up(word)
        return self._categories[word]

    @functools.cached_property
    def _categories(self) -> dict[str, dict[str, Any] | None]:
        return {}

    def _looked_up(self, word: str) -> dict[str, Any] | None:
        # COCO's senses are those of who was trained on it: to others a mouse is an animal.
        by_coco = self.recipe["detector"] == detectors.CENTERNET
        try:
            synset = (
                open_custom_categories.sense(self._nouns, word)
                if by_coco
                else self._nouns.find(word)
            )
        except LookupError:
            return None
        kinds = [self._nouns.synsets[o].words[0] for o in self._nouns.above(synset.offset)]
        return {"synset": f"{synset.offset:08d}", "words": list(synset.words), "kinds": kinds[1:]}

    @functools.cached_property
    def _nouns(self) -> wordnet.Nouns:
        return wordnet.read(Path(sites.fetch(wordnet.SITE, Path(self.build.inputs))))

    def check(self) -> None:
        """Raise SourceError if there is nothing to build from, or nobody to look; quick."""
        super().check()
        if self.recipe["ontology"]:
            sites.fetch(wordnet.SITE, Path(self.build.inputs))
        try:
            if self.recipe["detector"] != frame_detections.TRUTH:
                detectors.located(str(self.recipe["detector"]), Path(self.build.inputs))
        except ScorerError as error:
            raise SourceError(str(error)) from None

    def _recorded(self) -> Recorded:
        """Return how clips with subjects become records."""
        versions = (ask.VERSION, detect.VERSION)
        return records.triplets(self.corpus.name, self._folder, self.recipe["fps"], versions)


ABOUT = (
    "A record is `<key>.json`, `<key>.mp4` (the clip), `<key>.jpg` (its middle frame), "
    "`<key>.subjectN.png` (a subject cut out of it, transparent where its mask is not), "
    "`<key>.tracks.npz` (boxes of subjects by frame, `looked` says in which frames somebody "
    "looked) and, where there are masks, `<key>.passes.npz` (`instances`). A task is a subject's "
    "text, with the token `loicea` before its word. Every video and every clip of the source has "
    "one row in `outcomes.parquet`; `funnel.json` counts them by stage."
)

CORPUS = Curated(
    name="pexels_custom",
    reference="corpuswright.assets.subjects.pexels_custom:CORPUS",
    recipe=RECIPE,
    accepts=accepts,
    versions=video_recipe.versions(
        steps.VERSION * 10000 + video_steps.VERSION * 100 + VERSION,
        (ask.VERSION * 100 + detect.VERSION) * 100 + captions.VERSION,
        records.VERSION,
        followed=filters.VERSION * 100 + tracking.VERSION,
        categories=open_custom_categories.VERSION,
    ),
    about=ABOUT,
    steps=Subjects,
    of_images=False,
    units={"page": "video", "scene": "clip", "task": "subject"},
)
