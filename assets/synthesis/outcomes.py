"""What enters a release and what does not: every spec of a partition with all its verdicts."""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from corpuswright.assets.synthesis import corpus as synthesis_corpus
from corpuswright.quality.execution import perform
from corpuswright.quality.grounding import negatives, scene_duplicates
from corpuswright.storage import samples
from corpuswright.storage.build_state import packs
from corpuswright.storage.build_state.feature_tables import Tables
from corpuswright.storage.build_state.stage_rows import Stage, StageRow
from corpuswright.storage.keys import source_id
from corpuswright.storage.records import (
    Annotation,
    Json,
    MediaRef,
    Origin,
    Outcome,
    Rejection,
    Scene,
    Spec,
    Task,
    from_dict,
    from_json,
)
from corpuswright.storage.releases import manifest
from corpuswright.storage.shards import webdataset


class SceneOutcome(NamedTuple):
    """One spec with all its verdicts; `reason` is empty for a sample that is kept.

    `verdicts` has reason and value for each task's key, `after` what the executed ones have made of
    their scene.
    """

    spec: Spec
    scene: StageRow
    tasks: tuple[Task, ...]
    verdicts: Mapping[str, tuple[str, str]]
    reason: str
    value: str
    after: Mapping[str, Any]


def judge(
    tables: Tables, chain: Sequence[Stage], partition: str, samples: int | None
) -> list[SceneOutcome]:
    """Return the specs that decide the release, in key order, with their verdicts.

    With `samples` set, these are the specs up to and with the last one needed.
    """
    rows = {s.name: {r.key: r for r in tables.read(s.name, partition)} for s in chain[2:]}
    ready = [k for k in rows["spec"] if k in rows["verified"]]
    twins = scene_duplicates.check_set(
        scene_duplicates.Print(p["key"], p["page"], tuple(p["words"]), p["dhash"])
        for k in ready
        if not rows["scene"][k].reason
        for p in [json.loads(rows["scene"][k].body)["print"]]
    )
    out: list[SceneOutcome] = []
    kept = 0
    for key in ready:
        scene = rows["scene"][key]
        tasks = tuple(from_dict(Task, t) for t in json.loads(rows["instructions"][key].body))
        found = json.loads(rows["verified"][key].body)
        verdicts = {
            t.key: (found[t.key]["reason"], found[t.key]["value"]) if found[t.key] else ("", "")
            for t in tasks
        }
        reason, value = scene.reason, scene.value
        if not reason and key in twins:
            reason, value = twins[key].reason, twins[key].value
        if not reason and not any(not r for r, _ in verdicts.values()):
            reason, value = "no_task_kept", f"{len(tasks)} proposed"
        spec = from_json(Spec, rows["spec"][key].body)
        after = json.loads(rows["replay"][key].body).get("after", {})
        out.append(SceneOutcome(spec, scene, tasks, verdicts, reason, value, after))
        kept += not reason
        if samples is not None and kept == samples:
            break
    return out


class RewordedTasks(NamedTuple):
    """What became of a model's words for one task, or of its own tasks for one scene.

    `answers` are the keys in the ledger of what it was worked out from, `after` what tasks of its
    own have made of their scene.
    """

    tasks: list[Task]
    thoughts: list[Annotation]
    rejected: dict[str, Rejection]
    answers: list[str]
    after: Mapping[str, Any] = MappingProxyType({})


def entry(
    store: Path,
    corpus: synthesis_corpus.RenderedCorpus,
    j: SceneOutcome,
    words: Sequence[RewordedTasks] = (),
) -> webdataset.Entry:
    """Return the files of a kept sample, as they stand in a shard."""
    body = json.loads(j.scene.body)
    scene = from_json(Scene, packs.read(store, from_dict(MediaRef, body["scene"])))
    kept = [t for t in j.tasks if not j.verdicts[t.key][0]]
    refs = dict(body["media"])
    changes: list[Annotation] = []
    refused = [a for t in kept for a in negatives.of(scene, t, corpus.spoil, corpus.resolve)]
    kept += [t for w in words for t in w.tasks]
    executed = ChainMap({**j.after}, *({**w.after} for w in words))
    for task in kept:
        if task.key in executed:
            number, after = task.key[-2:], executed[task.key]
            refs[f"{number}.after.png"] = after["image"]
            changes.append(_change(task, after["state"]))
    text = samples.write(
        j.spec, scene, kept, [*changes, *refused, *(a for w in words for a in w.thoughts)]
    )
    files = {ext: packs.read(store, from_dict(MediaRef, ref)) for ext, ref in refs.items()}
    return webdataset.Entry(j.spec.key, len(kept), {**files, "json": text})


def _change(task: Task, state: Json) -> Annotation:
    """Return what executing a task has changed of the application's state: [old, new] by path."""
    origin = Origin("execute", perform.VERSION)
    return Annotation(task.key, "state_change", task.elements, "", origin, state)


def outcomes(
    judged: Iterable[SceneOutcome], words: Mapping[str, Sequence[RewordedTasks]] | None = None
) -> Iterator[Outcome]:
    """Yield how each scene and each of its tasks ended, those in other words among them."""
    for j in judged:
        uri = j.spec.sources[0].uri if j.spec.sources else j.spec.key
        stage = "scene" if j.scene.reason else "verified"
        yield _outcome(j.spec.key, uri, "scene", uri, stage, j.reason, j.value)
        for task in j.tasks:
            reason, value = j.verdicts[task.key]
            if not reason and j.reason:
                reason, value = "scene_rejected", j.reason
            yield _outcome(task.key, j.spec.key, "task", uri, "verified", reason, value)
        for w in (words or {}).get(j.spec.key, ()):
            for task in w.tasks:
                yield _outcome(task.key, j.spec.key, "task", uri, "words", "", "")
            for key, why in w.rejected.items():
                yield _outcome(key, j.spec.key, "task", uri, "words", why.reason, why.value)


def page_outcomes(uris: Iterable[str], intake: Iterable[StageRow]) -> list[Outcome]:
    """Return how each page ended at intake."""
    by_id = {source_id(u): u for u in uris}
    return [
        _outcome(by_id[r.key], "", "page", by_id[r.key], "intake", r.reason, r.value)
        for r in intake
        if r.key in by_id
    ]


def state_outcomes(uris: Iterable[str], states: Iterable[StageRow]) -> list[Outcome]:
    """Return how each state that was tried ended: the scripts' and the explorer's."""
    by_id = {source_id(u): u for u in uris}
    return [
        _outcome(f"{by_id[r.key]}#{name}", by_id[r.key], "state", by_id[r.key], "states", why, seen)
        for r in states
        if r.key in by_id
        for name, _, why, seen in json.loads(r.body)
    ]


def _outcome(
    key: str, parent: str, unit: str, source: str, stage: str, reason: str, value: str
) -> Outcome:
    ending = manifest.REJECTED if reason else manifest.KEPT
    return Outcome(key, parent, unit, source, stage, ending, reason, value)
