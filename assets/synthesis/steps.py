"""Steps of corpora of rendered scenes, and the engine that takes them.

What the driver needs (tables, releases, models) is imported when a step is taken: worker processes
load a corpus, and with it this module, a thousand times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpuswright.assets.builds.corpus import Engine, Log
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.builds.reports import Deleted, Report
from corpuswright.assets.builds.steps import (
    BLENDER,
    BROWSER,
    EXPECTATIONS,
    SOMETHING_KEPT,
    Check,
    CheckResult,
    Step,
)
from corpuswright.storage import keys
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.records import Json, Release


def _specs(build: Any, partition: str) -> Report:
    from corpuswright.assets.synthesis import intake

    return intake.specs(build, partition)


def _scenes(build: Any, partition: str) -> Report:
    from corpuswright.assets.synthesis import run_stages

    return run_stages.scenes(build, partition)


def _instructions(build: Any, partition: str) -> Report:
    from corpuswright.assets.synthesis import run_stages

    return run_stages.instructions(build, partition)


def _verified(build: Any, partition: str) -> Report:
    from corpuswright.assets.synthesis import verify

    return verify.verified(build, partition)


def _shards(build: Any, partition: str) -> Report:
    from corpuswright.assets.synthesis import release

    return release.shards(build, partition)


def _something_kept(build: Any, partitions: Sequence[str]) -> CheckResult:
    kept = [sum(not j.reason for j in build.judged(p)) for p in partitions]
    return CheckResult(all(kept), {"kept_samples": sum(kept)})


def _expectations(build: Any, partitions: Sequence[str]) -> CheckResult:
    from corpuswright.assets.synthesis import release

    return release.check_expectations(build, partitions)


KEPT = Check(SOMETHING_KEPT, "Every partition keeps a sample.", _something_kept)
EXPECTED = Check(
    EXPECTATIONS,
    "Kept tasks are what is expected of them, and planted wrong sentences are caught.",
    _expectations,
)


def steps(specs: str, scenes: str, instructions: str, verified: str, by: str) -> list[Step[Any]]:
    """Return the five steps, told in a family's own words.

    Args:
        specs: What is there after planning.
        scenes: What is rendered.
        instructions: What is written.
        verified: How that is verified.
        by: What renders: `playwright`, `blender`, or `python` for pictures that are given.
    """
    pool = {"playwright": BROWSER, "blender": BLENDER}.get(by)
    kind, pure = frozenset({by}), frozenset({"python"})
    performed = kind if by == "playwright" else pure
    return [
        Step("specs", specs, _specs, performed, "page", pool if by == "playwright" else None,
             ("plan", "intake", "states")),
        Step("scenes", scenes, _scenes, kind, "scene", pool, ("scene",)),
        Step("instructions", instructions, _instructions, pure, "scene", None,
             ("actions", "text")),
        Step("verified", verified, _verified, kind, "scene", pool,
             ("replay", "checks", "near_duplicates"), (KEPT, EXPECTED)),
        Step("shards", "The partition's samples in key order, as WebDataset shards named by their "
             "content.", _shards, frozenset({"webdataset"}), "sample"),
    ]  # fmt: skip


PAGE_STEPS = steps(
    "Every page judged at intake, and the ways in which the stable ones are looked at.",
    "Pixels, and the measured geometry of everything drawn.",
    "Tasks: a sentence, an action over elements, and where it may land.",
    "Every task executed with the real mouse and read back by the blind resolver.",
    "playwright",
)
APPLICATION_STEPS = steps(
    "Files of data judged at intake, and the scenes that are composed from them.",
    "Pixels of working applications, and the measured geometry of everything in them.",
    "Tasks: a sentence, an action over elements, and what must hold afterwards.",
    "Every task performed in the application with real input events: exactly what its sentence "
    "says has changed. Read back by the blind resolver.",
    "playwright",
)
DOCUMENT_STEPS = steps(
    "Tables of data judged at intake, and the documents that are planned: 20 cells, evenly.",
    "Documents and their mutated twins, drawn and measured letter by letter and mark by mark.",
    "The prompt that asks for each document, and a checklist with answers for it and its twin.",
    "Facts worked out a second time, every answer found in what was measured of both pictures, "
    "every sentence read back.",
    "playwright",
)
WEBPAGE_STEPS = steps(
    "Pictures judged at intake, and the pages that are planned: style, sections, words, charts.",
    "Pages and their versions with one defect, shown whole, with a box for every planned part.",
    "Requests for each page in three lengths, and the repair of its defect.",
    "Pages found clean by two checkers, defects found and repaired, requests read back.",
    "playwright",
)
RECORDED_STEPS = steps(
    "Recorded trajectories judged at intake, and the steps that are taken from them.",
    "Screenshots as they were recorded, with what OCR reads on them.",
    "The sentences that came with the recording, and the click of a person.",
    "Every sentence read back: OCR finds what it quotes at the click and nowhere else.",
    "python",
)
WORLD_STEPS = steps(
    "Worlds in three dimensions as they are to be drawn, each from its own seed.",
    "Pictures and passes by Blender, held to a float64 caster on every pixel.",
    "Tasks over things on a floor: names, depths, what stands before what.",
    "Rays through every task's points cast anew, and sentences read back.",
    "blender",
)
CLIP_STEPS = steps(
    "Worlds that move as they are to be drawn, each from its own seed.",
    "Clips: pictures, flow, depth, identity and tracks, held to a float64 caster on every pixel.",
    "Captions of what moves, by a grammar.",
    "Captions read back against the tracks.",
    "blender",
)
ACTIVITY_STEPS = steps(
    "Scripted activities at a table, each from its own seed.",
    "Clips of them, with the state of every thing at every frame.",
    "Questions about causes, and answers that are found by doing.",
    "Answers read back by a blind reader that does it again, and worlds baked anew.",
    "blender",
)


def _open(corpus: Any, options: BuildOptions, log: Log) -> Any:
    from corpuswright.assets.synthesis.build import SynthesisBuild

    return SynthesisBuild(corpus, options, log)


def _publish(build: Any, run: Json) -> Release:
    from corpuswright.assets.synthesis import release

    return release.publish(build, run)


def _why_nothing(build: Any, partitions: Sequence[str]) -> list[str]:
    uris = {keys.source_id(p.source.uri): p.source.uri for p in build.pages}
    lines: list[str] = []
    for stage in ("intake", "scene", "replay"):
        rows = [r for r in build.tables.read(stage) if r.reason]
        for reason, number in Counter(r.reason for r in rows).most_common():
            first = next(r for r in rows if r.reason == reason)
            where = uris.get(first.key, first.key)
            lines.append(f"{stage}: {number} {reason}, such as {where}: {first.value}")
    return lines


def _delete(corpus: Any, store: Path, selection: Selection) -> Deleted:
    from corpuswright.assets.synthesis import deletion

    return deletion.delete(corpus, store, selection)


def _estimate(build: Any, partition: str, samples: int) -> list[str]:
    from corpuswright.assets.synthesis import estimate

    return estimate.estimate(build, partition, samples).lines()


ENGINE = Engine(_open, _publish, _why_nothing, _delete, _estimate)
