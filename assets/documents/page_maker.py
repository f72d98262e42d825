"""One page from a brief: planned, its pictures made or found, put together, checked, repaired."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from corpuswright.annotators.documents.webpages import briefs
from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.media_endpoint import MediaError, MediaMaker
from corpuswright.annotators.llm.model_file import Model
from corpuswright.annotators.llm.requests import Answer, Question, template
from corpuswright.quality.documents.webpages import (
    issues,
    model_turn,
    page_checks,
    reflection,
    second_look,
)
from corpuswright.renderers.apps import tabular_files
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.documents.webpages import bundle, pictures, show
from corpuswright.renderers.documents.webpages.pictures import Offered
from corpuswright.renderers.documents.webpages.plan import (
    MOST_ROWS,
    Chart,
    PagePlan,
    PagePlanError,
    Section,
    read,
    with_sources,
)
from corpuswright.storage import disk, keys
from corpuswright.storage.keys import sha256
from corpuswright.storage.media import decoder, images

VERSION = 1  # bump when the same brief gives another page

OWN = "own-pictures"  # host name of the user's pictures
LEDGER = ".corpuswright"  # folder beside pages: what was asked and paid for
LEAST_TOKENS = 8192  # that a model may answer a plan with: the largest here have some 6,000
SIDEWAYS = 60  # letters of all names from which bars lie on their side: below them is no room
Tell = Callable[[str], None]


@dataclass(slots=True)
class Maker:
    """Makes pages.

    Attributes:
        pages: The browser, over packages and the user's pictures.
        offered: Pictures that may be shown.
        model: Who plans and reviews; None for the planner that reads briefs itself.
        store: Where its answers are kept.
        picture_maker: Makes pictures, if there is an endpoint for them.
        video_maker: Makes videos, likewise.
        tables: The user's, by path.
        seed: Of what a brief leaves open.
        turns: How often the model reviews at most.
    """

    pages: GuiRenderer
    offered: Sequence[Offered]
    store: Path
    model: Model | None = None
    picture_maker: MediaMaker | None = None
    video_maker: MediaMaker | None = None
    tables: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    seed: str = ""
    turns: int = 3
    _client: Client | None = None

    def make(self, brief: str, to: Path, tell: Tell) -> dict[str, Any]:
        """Make a page of a brief in a folder; returns its report.

        The folder gets `index.html`, `assets/`, `plan.json`, `page.png` and `report.json`.

        Raises:
            PagePlanError, BriefError: There is no plan to be made of it.
            PageFault: The page cannot be shown.
        """
        before = self._spent()
        plan = self.charted(self.plan(brief))
        tell(f"planned: {len(plan.sections)} sections, {len(list(plan.pictures()))} pictures, "
             f"{len(list(plan.charts()))} charts")  # fmt: skip
        plan, media, notes = self.media(plan, tell)
        files = {**bundle.write(plan, self.pages.read), **media}
        reasons: dict[str, int] = {}
        turn = model_turn.turn(self._ask, reasons) if self.model is not None else None

        def shown(page: Mapping[str, bytes], width: int) -> show.Shown:
            return show.show(page, width, self.pages, 1.0, audit=True, printed=True)

        def again(p: PagePlan) -> page_checks.Planned:
            return page_checks.planned(p, files, self.pages)

        done = reflection.reflect(files, again(plan), again, shown, turn, self.turns, self._spent)
        for n, one in enumerate(done.rounds):
            kept = ", kept" if n == done.kept else ""
            tell(f"round {n} ({one.by}): {len(one.issues)} issues, {one.penalty:g}{kept}")
        report = {"of": self.made_of(brief),
                  **self._report(brief, done, notes, reasons, self._spent() - before)}  # fmt: skip
        self._write(to, done, report)
        return report

    def made_of(self, brief: str) -> str:
        """Return the hash of what decides a page: brief, seed, tables, who plans."""
        who = self.model.endpoint.model if self.model else ""
        given = [sha256(data) for data in self.tables.values()]
        return sha256("\0".join([str(VERSION), who, self.seed, brief, *given]))

    def plan(self, brief: str) -> PagePlan:
        """Return the plan of a brief: a model's, or what is read of it without one."""
        if self.model is None:
            rng = keys.generator("page", "brief", VERSION, sha256(f"{self.seed}\0{brief}"))
            return briefs.plan(brief, rng)
        if not brief.strip() or len(brief) > briefs.MOST_BRIEF:
            raise briefs.BriefError(f"expected a brief of 1 to {briefs.MOST_BRIEF} letters")
        answer = self._ask(Question("plan", template("page_plan"), brief, PagePlan))
        if not isinstance(answer.value, PagePlan):
            raise PagePlanError("plan_invalid", f"the model's plan: {answer.reason}")
        # A file that a model names is none of ours: pictures come by their captions.
        plain = answer.value.model_dump(mode="json")
        _without_sources(plain)
        return read(plain)

    def charted(self, plan: PagePlan) -> PagePlan:
        """Return a plan whose charts show the user's tables, in order; a section more for each."""
        sections, left = list(plan.sections), list(self.tables.items())
        for n, section in enumerate(sections):
            if section.chart is not None and left:
                chart = _of_table(*left.pop(0), section.chart)
                sections[n] = section.model_copy(update={"chart": chart})
        for number, (path, data) in enumerate(left, 1):
            chart = _of_table(path, data, None)
            end = len(sections) - (sections[-1].kind == "footer")
            added = Section(id=f"data{number}", kind="chart", layout="media_right",
                            heading=chart.title, chart=chart)  # fmt: skip
            sections.insert(end, added)
        return plan.model_copy(update={"sections": sections})

    def media(
        self, plan: PagePlan, tell: Tell
    ) -> tuple[PagePlan, dict[str, bytes], dict[str, str]]:
        """Return a plan with its pictures and videos in place, their files, and what went wrong."""
        if any(not o.portrait and o.site == OWN for o in self.offered):
            plan = _photographed(plan)  # who brings pictures wants them shown
        sources, photographs, drawn = pictures.placed(plan, self.offered)
        files: dict[str, bytes] = {}
        notes: dict[str, str] = {}
        captions = {id: o.caption for id, o in photographs.items()}
        for id, picture in plan.pictures():
            if self.picture_maker is None:
                break
            try:
                prompt = f"{picture.kind}: {picture.caption}"
                data = self._kept(prompt, "png", self.picture_maker.picture, prompt, picture.width,
                                  picture.height)  # fmt: skip
                _, image = decoder.decoded(data, most=images.MAX_PIXELS)
            except (MediaError, decoder.Refused) as error:
                notes[id] = f"no picture made: {error}"
                continue
            tell(f"picture {id}")
            sources[id] = f"assets/{id}.png"
            files[sources[id]] = images.encode(image, "png")
            captions.pop(id, None)
            photographs.pop(id, None)
            drawn.pop(id, None)
        files |= {sources[id]: self._picture(o) for id, o in photographs.items()}
        files |= {sources[id]: pictures.draw(p, plan.style) for id, p in drawn.items()}
        plan = self._videos(with_sources(plan, sources, captions), files, notes, tell)
        return plan, files, notes

    def _videos(
        self, plan: PagePlan, files: dict[str, bytes], notes: dict[str, str], tell: Tell
    ) -> PagePlan:
        made: dict[str, str] = {}
        for id, video in plan.videos():
            try:
                if self.video_maker is None:
                    raise MediaError("no endpoint makes videos (--videos)")
                data = self._kept(video.caption, "mp4", self.video_maker.video, video.caption,
                                  video.width, video.height, video.seconds)  # fmt: skip
            except MediaError as error:
                notes[id] = f"no video made: {error}"
                continue
            tell(f"video {id}")
            made[id] = f"assets/{id}.mp4"
            files[made[id]] = data
        plan = with_sources(plan, made)
        # What nobody has made is told in words instead of standing there black.
        sections = [
            s.model_copy(update={"video": None, "kind": "story", "text": s.text or
                                 (s.video.caption if s.video else "")})
            if s.video is not None and f"{s.id}.video" not in made else s
            for s in plan.sections
        ]  # fmt: skip
        return plan.model_copy(update={"sections": sections})

    def _picture(self, offered: Offered) -> bytes:
        """Return a picture's file as a browser shows it, whatever format it came in."""
        data = self.pages.read(offered.site, offered.path)
        if Path(offered.path).suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"):
            return data
        _, image = decoder.decoded(data, most=images.MAX_PIXELS)
        return images.encode(image, "png")

    def _kept(self, prompt: str, kind: str, ask: Callable[..., bytes], *how: Any) -> bytes:
        """Return what was made for a prompt before, or have it made: it is paid for once."""
        path = self.store / "made" / f"{sha256(f'{prompt} {how}')[:24]}.{kind}"
        if not path.exists():
            data = ask(*how)
            path.parent.mkdir(parents=True, exist_ok=True)
            disk.write_file(self.store, path, data)
        return path.read_bytes()

    def _ask(self, question: Question) -> Answer:
        return model_file.answers_of(self._asking(), [question], "page")[question.id]

    def _asking(self) -> Client:
        assert self.model is not None
        if self._client is None:
            end = replace(self.model.endpoint,
                          max_tokens=max(self.model.endpoint.max_tokens, LEAST_TOKENS))  # fmt: skip
            self.store.mkdir(parents=True, exist_ok=True)
            self._client = model_file.client(self.store, "page", replace(self.model, endpoint=end))
        return self._client

    def _spent(self) -> float:
        return 0.0 if self.model is None else self._asking().ledger.spent("page").cost

    def _report(
        self, brief: str, done: reflection.Reflected, notes: Mapping[str, str],
        reasons: Mapping[str, int], cost: float,
    ) -> dict[str, Any]:  # fmt: skip
        first, best = done.rounds[0], done.best
        found, asked = briefs.recall(brief, done.plan)
        return {
            "planner": self.model.endpoint.model if self.model else "briefs",
            "kept": done.kept,
            "held_back": done.held_back,
            "chosen_by": {"checker": "issues", "first": first.penalty, "kept": best.penalty},
            "reported_by": {
                "checker": "second_look",
                "first": second_look.penalty(first.faults or ()),
                "kept": second_look.penalty(best.faults or ()),
            },
            "quoted_words": {"in_the_brief": asked, "on_the_page": found,
                             "not_on_the_page": briefs.missing(brief, done.plan)},
            "cost": round(cost, 6),
            "rounds": [r.told() for r in done.rounds],
            "media": dict(notes),
            "model_turns_without_effect": dict(reasons),
            "issues_left": [{"kind": i.kind, "node": i.node, "seen": i.detail}
                            for i in best.issues],
            "versions": {"maker": VERSION, "issues": issues.VERSION,
                         "second_look": second_look.VERSION},
        }  # fmt: skip

    def _write(self, to: Path, done: reflection.Reflected, report: Mapping[str, Any]) -> None:
        to.mkdir(parents=True, exist_ok=True)
        for path in [p for p in (to / "assets").rglob("*") if p.is_file()]:
            if path.relative_to(to).as_posix() not in done.best.files:
                path.unlink()  # of a page that stood here before
        for path, data in done.best.files.items():
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            disk.write_file(self.store, to / path, data)
        disk.write_file(self.store, to / "page.png", done.best.shown.png)
        plan = json.dumps(done.plan.model_dump(mode="json"), ensure_ascii=False, indent=1)
        disk.write_file(self.store, to / "plan.json", plan.encode())
        told = json.dumps(report, ensure_ascii=False, indent=1)
        disk.write_file(self.store, to / "report.json", told.encode())


def _photographed(plan: PagePlan) -> PagePlan:
    """Return a plan whose illustrations are photographs."""
    plain = plan.model_dump(mode="json")
    for section in plain["sections"]:
        for thing in (section, *section["items"]):
            if thing["picture"] and thing["picture"]["kind"] == "illustration":
                thing["picture"]["kind"] = "photograph"
    return read(plain)


def _without_sources(plain: Any) -> None:
    if isinstance(plain, dict):
        if "source" in plain:
            plain["source"] = ""
        for value in plain.values():  # pyright: ignore[reportUnknownVariableType]
            _without_sources(value)
    elif isinstance(plain, list):
        for value in plain:  # pyright: ignore[reportUnknownVariableType]
            _without_sources(value)


def _of_table(path: str, data: bytes, like: Chart | None) -> Chart:
    """Return a chart of a table of the user's, drawn as another one would have been.

    Names are its first column of unlike texts, values its first of numbers; other columns of
    numbers as large stand beside it, three in all.

    Raises:
        NotTabular: There are no such columns.
    """
    frame = _frame(path, data)
    if len(frame) > MOST_ROWS:
        raise tabular_files.NotTabular(
            f"{path}: a chart shows {MOST_ROWS} rows at most, saw {len(frame)}: give those to show"
        )
    numbers = {c: pd.to_numeric(frame[c], errors="coerce") for c in frame.columns}
    numeric = [c for c in frame.columns if numbers[c].notna().all() and (numbers[c] >= 0).all()]
    named = [c for c in frame.columns if c not in numeric[1:] and frame[c].astype(str).is_unique]
    names = next((c for c in named if c not in numeric), next(iter(named), None))
    value = next((c for c in numeric if c != names), None)
    if names is None or value is None or len(frame) < 2 or not numbers[value].any():
        raise tabular_files.NotTabular(
            f"{path}: expected a column of unlike names, one of numbers from 0 on, and two rows, "
            f"saw {[str(c) for c in frame.columns][:8]}"
        )
    alike = [c for c in numeric if c != names and numbers[c].any()
             and 1 / 20 < numbers[c].max() / numbers[value].max() < 20][:3]  # fmt: skip
    kind = like.kind if like and like.kind in ("bar", "horizontal_bar", "line") else "bar"
    if len(alike) > 1 and kind != "line":
        kind = "grouped_bar"
    categories = [str(v)[:60] for v in frame[names]]
    if kind == "bar" and sum(map(len, categories)) > SIDEWAYS:
        kind = "horizontal_bar"
    title = Path(path).stem.replace("_", " ").replace("-", " ").capitalize()
    try:
        return Chart(
            kind=kind, library=like.library if like else "echarts", title=title[:160],
            category=str(names)[:160], value="" if len(alike) > 1 else str(value)[:160],
            categories=categories, series=[str(c)[:160] for c in alike] if len(alike) > 1 else [""],
            values=[[float(v) for v in numbers[c]] for c in (alike if len(alike) > 1 else [value])],
        )  # fmt: skip
    except ValidationError as error:
        first = error.errors()[0]
        raise tabular_files.NotTabular(f"{path}: {first['msg']}") from None


def _frame(path: str, data: bytes) -> pd.DataFrame:
    try:
        if path.lower().endswith(".json"):
            return pd.DataFrame(json.loads(data))
        return pd.read_csv(io.BytesIO(data))
    except (ValueError, TypeError) as error:
        raise tabular_files.NotTabular(f"{path}: {str(error)[:120]}") from None
