"""A judge of web pages: any endpoint that takes images, asked as the released bench asks."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.requests import Question, template
from corpuswright.quality.benchmarks import mm_webgen
from corpuswright.quality.benchmarks.mm_webgen import Verdicts, WebGenBrief
from corpuswright.renderers.documents.webpages.show import Shown

T = TypeVar("T", bound=BaseModel)

TALL = 4000  # pixels of a page's picture that a judge is shown; taller ones are made smaller
MOST_MEDIA = 24  # of each kind on a page that are judged: above any of the briefs


class _Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["image", "video", "chart"]
    words: Annotated[str, Field(max_length=600)]


class WantedAssets(BaseModel):
    """What a brief asks for."""

    model_config = ConfigDict(extra="forbid")
    assets: Annotated[list[_Wanted], Field(max_length=60)] = []


class There(BaseModel):
    """Which of them, by number from 1, a page has."""

    model_config = ConfigDict(extra="forbid")
    there: Annotated[list[int], Field(max_length=60)] = []


@dataclass(slots=True)
class PageJudge:
    """Asks one model; its answers stay in the ledger of a folder."""

    client: Client
    name: str

    @classmethod
    def of(cls, path: Path, store: Path) -> PageJudge:
        """Return the judge that a model file names; raises ModelError if it makes no sense."""
        model = model_file.load(path)
        model_file.wants_images(model, "score mm_webgen")
        return cls(model_file.client(store, "mm_webgen", model), model.endpoint.model)

    def verdicts(self, brief: WebGenBrief, shown: Shown) -> Verdicts:
        """Return all that it says of a page; what it does not answer is None."""
        page = small(shown.png)
        text, id = brief.text, brief.id
        layout = self.ask(f"{id}-layout", "webgen_layout", text, mm_webgen.Layout, page)
        style = self.ask(f"{id}-style", "webgen_style", text, mm_webgen.Style, page)
        looks = self.ask(f"{id}-aesthetics", "webgen_aesthetics", "The page.",
                         mm_webgen.Aesthetics, page)  # fmt: skip
        media = {k: [m for m in shown.found["media"] if m["kind"] == k][:MOST_MEDIA]
                 for k in ("image", "video", "chart")}  # fmt: skip
        images = [self._one(brief, m, shown, page, n, mm_webgen.Asset)
                  for n, m in enumerate(media["image"])]  # fmt: skip
        charts = [self._one(brief, m, shown, page, n, mm_webgen.Asset)
                  for n, m in enumerate(media["chart"])]  # fmt: skip
        videos = [self._one(brief, m, shown, page, n, mm_webgen.Video)
                  for n, m in enumerate(media["video"])]  # fmt: skip
        missing = self._missing(brief, shown, page)
        return Verdicts(
            layout=layout, style=style, aesthetics=looks,
            images=_whole(images, missing), videos=_whole(videos, missing),
            charts=_whole(charts, missing), missing=missing or {},
        )  # fmt: skip

    def _one(
        self, brief: WebGenBrief, media: Mapping[str, Any], shown: Shown, page: bytes, number: int,
        schema: type[T],
    ) -> T | None:  # fmt: skip
        kind = media["kind"]
        about = f"{brief.text}\n\nThe {kind}: {media['alt'] or media['src'] or 'without a name'}"
        return self.ask(f"{brief.id}-{kind}-{number}", f"webgen_{kind}", about, schema, page,
                        cropped(shown, media["box"]))  # fmt: skip

    def _missing(self, brief: WebGenBrief, shown: Shown, page: bytes) -> dict[str, int] | None:
        wanted = self.ask(f"{brief.id}-wanted", "webgen_wanted", brief.text, WantedAssets)
        if wanted is None:
            return None
        if not wanted.assets:
            return {}
        listed = "\n".join(f"{n}. {a.kind}: {a.words}" for n, a in enumerate(wanted.assets, 1))
        has = "\n".join(f"- {m['kind']}: {m['alt'] or m['src']}" for m in shown.found["media"])
        there = self.ask(f"{brief.id}-there", "webgen_there", f"Asked for:\n{listed}\n\nThe page "
                         f"has:\n{has}", There, page)  # fmt: skip
        if there is None:
            return None
        gone = [a.kind for n, a in enumerate(wanted.assets, 1) if n not in there.there]
        return {kind: gone.count(kind) for kind in ("image", "video", "chart") if kind in gone}

    def ask(self, id: str, prompt: str, text: str, schema: type[T], *images: bytes) -> T | None:
        """Return an answer of a schema; None where there is none."""
        question = Question(id, template(prompt), text, schema, images)
        value = model_file.answers_of(self.client, [question], "score mm_webgen")[id].value
        return value if isinstance(value, schema) else None


def _whole(found: list[T | None], missing: dict[str, int] | None) -> list[T] | None:
    """Return verdicts if all are there: of some that are not, nothing is told."""
    if missing is None or any(f is None for f in found):
        return None
    return [f for f in found if f is not None]


def small(png: bytes) -> bytes:
    """Return a page's picture as a judge is shown it."""
    with Image.open(io.BytesIO(png)) as image:
        if image.height <= TALL:
            return png
        size = (round(image.width * TALL / image.height), TALL)
        return _png(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))


def cropped(shown: Shown, box: Any) -> bytes:
    """Return a part of a page's picture, with a margin of 16 pixels; `box` in CSS pixels."""
    with Image.open(io.BytesIO(shown.png)) as image:
        x0, y0, x1, y1 = (v * shown.scale for v in box)
        edges = (max(0, int(x0) - 16), max(0, int(y0) - 16), min(image.width, int(x1) + 16),
                 min(image.height, int(y1) + 16))  # fmt: skip
        if edges[2] <= edges[0] or edges[3] <= edges[1]:
            edges = (0, 0, min(64, image.width), min(64, image.height))
        return _png(image.convert("RGB").crop(edges))


def _png(image: Image.Image) -> bytes:
    sink = io.BytesIO()
    image.save(sink, "PNG")
    return sink.getvalue()
