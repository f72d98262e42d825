"""The stages that every page corpus goes through, as pure functions over batches of units.

`Corpus` says what is particular to one corpus; `Worker` is what a pool or Spark runs. The driver's
side, which keeps tables and commits releases, is `assets.synthesis.build`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpuswright.assets.synthesis import executors
from corpuswright.assets.synthesis.corpus import RenderedCorpus, load
from corpuswright.quality.execution import perform, proposed_tasks
from corpuswright.quality.grounding import scene_duplicates
from corpuswright.renderers import media
from corpuswright.renderers.browser import page_states
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.build_state import packs
from corpuswright.storage.build_state.stage_rows import StageRow
from corpuswright.storage.inputs.running_sites import is_url
from corpuswright.storage.keys import sha256
from corpuswright.storage.media import images
from corpuswright.storage.records import (
    Action,
    Json,
    MediaRef,
    Rejection,
    Sample,
    Scene,
    Spec,
    Task,
    canonical,
    from_dict,
    from_json,
    to_dict,
    to_json,
)


@dataclass(frozen=True, slots=True)
class Worker:
    """One stage of one corpus over Arrow batches; picklable, so any engine can carry it."""

    reference: str
    stage: str
    store: str
    sites: Mapping[str, str]
    access: Mapping[str, tuple[tuple[str, ...], str | None]]

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the result rows of a batch of units."""
        units = executors.units_of(batch)
        corpus = load(self.reference)
        context = _Context(
            corpus,
            Path(self.store),
            GuiRenderer(
                {n: p if is_url(p) else Path(p) for n, p in self.sites.items()},
                tuple(sorted({*corpus.allow, *(h for a, _ in self.access.values() for h in a)})),
                {n: Path(s) for n, (_, s) in self.access.items() if s},
            ),
        )
        return executors.batch_of(_STAGES[self.stage](context, units))


@dataclass(frozen=True, slots=True)
class _Context:
    corpus: RenderedCorpus
    store: Path
    renderer: GuiRenderer


def _intake(context: _Context, units: Sequence[executors.Unit]) -> list[StageRow]:
    rows: list[StageRow] = []
    for key, body in units:
        page = json.loads(body)
        if page["refused"]:
            rows.append(refused("intake", key, *page["refused"]))
            continue
        verdict = context.corpus.judge(context.renderer, page, context.corpus.intake_view)
        found: Json = {"found": verdict.found} if verdict.found else {}
        found |= {"unreached": [*verdict.unreached]} if verdict.unreached else {}
        text = canonical({"reads": list(verdict.reads), "links": list(verdict.links), **found})
        version = sha256(text + verdict.reason)
        rows.append(StageRow(key, {"verdict": version}, text, verdict.reason, verdict.value))
    return rows


def _states(context: _Context, units: Sequence[executors.Unit]) -> list[StageRow]:
    rows: list[StageRow] = []
    for key, body in units:
        page = json.loads(body)
        scripts = context.corpus.scripts.get(f"{page['site']}/{page['path']}", ())
        tried = page_states.explore(
            context.renderer,
            page["site"],
            page["path"],
            context.corpus.intake_view,
            page["states"],
            scripts,
        )
        text = canonical([[t.state.name, t.state.steps, t.reason, t.value] for t in tried])
        rows.append(StageRow(key, {"states": sha256(text)}, text))
    return rows


def _scene(context: _Context, units: Sequence[executors.Unit]) -> list[StageRow]:
    rows: list[StageRow] = []
    files: dict[str, bytes] = {}
    kept: list[tuple[Spec, Sequence[str], Scene, scene_duplicates.Print]] = []
    for key, body in units:
        spec = from_json(Spec, body)
        try:
            render = media.render(spec, context.renderer)
        except PageFault as fault:
            rows.append(refused("scene", key, fault.reason, fault.value))
            continue
        files |= {f"{key}.{ext}": data for ext, data in render.media.items()}
        files[f"{key}.json"] = to_json(render.scene).encode()
        image = images.decode(images.still(render.media), key)
        page = spec.sources[0].uri if "path" in spec.parameters else spec.key
        kept.append(
            (
                spec,
                sorted(render.media),
                render.scene,
                scene_duplicates.print_of(key, page, render.scene, image),
            )
        )
    refs = packs.write_pack(context.store, files) if files else {}
    for spec, names, _, seen in kept:
        held, truth = {n: refs[f"{spec.key}.{n}"] for n in names}, refs[f"{spec.key}.json"]
        body = canonical(
            {
                "media": {n: to_dict(r) for n, r in held.items()},
                "scene": to_dict(truth),
                "print": seen._asdict(),
            }
        )
        shas = [r.sha256 for r in held.values()]
        pixels = shas[0] if len(shas) == 1 else sha256(" ".join(shas))
        rows.append(StageRow(spec.key, {"pixels": pixels, "truth": truth.sha256}, body))
    return rows


def _instructions(context: _Context, units: Sequence[executors.Unit]) -> list[StageRow]:
    rows: list[StageRow] = []
    for key, body in units:
        sample = _sample(context, json.loads(body))
        tasks = context.corpus.propose(sample)
        plain = [to_dict(t) for t in tasks]
        wording = ("text", "style", "origin")
        actions = [{k: v for k, v in t.items() if k not in wording} for t in plain]
        texts = [{k: t[k] for k in wording} for t in plain]
        truth = json.loads(body)["scene"]["sha256"]
        versions = {
            "actions": sha256(truth + canonical(actions)),
            "text": sha256(truth + canonical(texts)),
        }
        rows.append(StageRow(key, versions, canonical(plain)))
    return rows


def _replay(context: _Context, units: Sequence[executors.Unit]) -> list[StageRow]:
    rows: list[StageRow] = []
    for key, body in units:
        sample = _sample(context, json.loads(body))
        played = perform.Played({}, {})
        try:
            if sample.tasks:
                played = context.corpus.play(context.renderer, sample)
        except PageFault as fault:
            why = Rejection(fault.reason, fault.value)
            played = perform.Played({t.key: why for t in sample.tasks}, {})
        after = _stored(context, played.changes)
        verdicts = _verdicts(played.verdicts)
        text = canonical({"verdicts": verdicts, "after": after})
        # By content: where a pack holds an image depends on which units were done together.
        seen = {k: [sha256(c.png), c.state] for k, c in played.changes.items()}
        rows.append(StageRow(key, {"replay": sha256(canonical([verdicts, seen]))}, text))
    return rows


def _invented(context: _Context, units: Sequence[executors.Unit]) -> list[StageRow]:
    rows: list[StageRow] = []
    for key, body in units:
        plain = json.loads(body)
        sample = _sample(context, plain)
        wanted = [
            proposed_tasks.Proposal(
                from_dict(Task, task), changes, tuple(from_dict(Action, a) for a in reading)
            )
            for task, changes, reading in plain["proposals"]
        ]
        ends, changes = proposed_tasks.perform(context.renderer, sample, wanted)
        found = {k: ["task" if isinstance(e, Task) else "", to_dict(e)] for k, e in ends.items()}
        text = canonical({"ends": found, "after": _stored(context, changes)})
        rows.append(StageRow(key, {"invented": sha256(canonical(found))}, text))
    return rows


def _stored(context: _Context, changes: Mapping[str, perform.Change]) -> dict[str, Any]:
    """Put images after tasks into a pack; returns where they are, and what has changed."""
    files = {_after(k): c.png for k, c in changes.items()}
    refs = packs.write_pack(context.store, files) if files else {}
    return {k: {"image": to_dict(refs[_after(k)]), "state": c.state} for k, c in changes.items()}


def _after(task: str) -> str:
    """Return the name of the image after a task: like all of a sample's, it begins with its key."""
    return f"{task[:-3]}.{task[-2:]}.after.png"


def _verified(context: _Context, units: Sequence[executors.Unit]) -> list[StageRow]:
    rows: list[StageRow] = []
    for key, body in units:
        plain = json.loads(body)
        sample = _sample(context, plain)
        verdicts: dict[str, Rejection | None] = {}
        for task in sample.tasks:
            played = plain["replay"]["verdicts"][task.key]
            verdicts[task.key] = from_dict(Rejection, played) if played else None
            for check in context.corpus.checks:
                verdicts[task.key] = verdicts[task.key] or check(sample.scene, task)
        text = canonical(_verdicts(verdicts))
        rows.append(StageRow(key, {"verified": sha256(text)}, text))
    return rows


_STAGES: Mapping[str, Callable[[_Context, Sequence[executors.Unit]], list[StageRow]]] = {
    "intake": _intake,
    "states": _states,
    "scene": _scene,
    "instructions": _instructions,
    "replay": _replay,
    "verified": _verified,
    "invented": _invented,
}


def refused(stage: str, key: str, reason: str, value: str = "") -> StageRow:
    """Return the row of a unit that a stage could not make, or that an earlier one refused."""
    fields = {
        "intake": ("verdict",),
        "states": ("states",),
        "scene": ("pixels", "truth"),
        "instructions": ("actions", "text"),
        "replay": ("replay",),
        "verified": ("verified",),
        "invented": ("invented",),
    }[stage]
    empty = "[]" if stage in ("states", "instructions") else "{}"
    return StageRow(key, dict.fromkeys(fields, sha256(reason)), empty, reason, value)


def read_scene(store: Path, ref: Mapping[str, Any]) -> Scene:
    """Return the scene that a row's reference points to."""
    return _cached_scene(str(store), json.dumps(ref, sort_keys=True))


@functools.lru_cache(maxsize=64)
def _cached_scene(store: str, ref: str) -> Scene:
    return from_json(Scene, packs.read(Path(store), from_json(MediaRef, ref)))


def _sample(context: _Context, plain: Mapping[str, Any]) -> Sample:
    return Sample(
        key=plain["spec"]["key"],
        spec=from_dict(Spec, plain["spec"]),
        media={e: from_dict(MediaRef, r) for e, r in plain.get("media", {}).items()},
        scene=read_scene(context.store, plain["scene"]),
        tasks=tuple(from_dict(Task, t) for t in plain.get("tasks", ())),
    )


def _verdicts(verdicts: Mapping[str, Rejection | None]) -> dict[str, Any]:
    return {k: to_dict(r) if r else None for k, r in verdicts.items()}
