"""The card of an export: what its numbers mean, how much there is, and on whose terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from corpuswright.storage import samples
from corpuswright.storage.exports.coordinates import (
    QWEN_FACTOR,
    QWEN_MAX_PIXELS,
    QWEN_MIN_PIXELS,
)
from corpuswright.storage.exports.export_result import ExportResult
from corpuswright.storage.records import Release, Source
from corpuswright.storage.samples import Record
from corpuswright.storage.shown import code, markdown

_PIXELS = (
    "pixels of the image beside it; the origin is the top-left corner of the top-left pixel, whose "
    "centre is (0.5, 0.5)"
)
_QWEN = (
    "whole pixels of the image as Qwen2.5-VL sees it, not of the file: after its smart resize, to "
    f"sides that are multiples of {QWEN_FACTOR} and a budget of {QWEN_MIN_PIXELS} to "
    f"{QWEN_MAX_PIXELS} pixels. Train with the same `min_pixels` and `max_pixels`"
)
_FLOW = "pixels of the frame that a point moves to the next frame (or to the one before)"
_SECONDS = "times are seconds from the clip's beginning"


class Notes(NamedTuple):
    """What a format can hold, and what its numbers are."""

    holds: str
    coordinates: str


NOTES: Mapping[str, Notes] = {
    "coco": Notes("boxes of elements", f"[x, y, width, height], 2 decimals, {_PIXELS}"),
    "sharegpt": Notes("captions, questions, and actions on pictures", f"2 decimals, {_PIXELS}"),
    "qwen": Notes("captions, questions, and actions on pictures", _QWEN),
    "phi_ground": Notes(
        "actions on pictures",
        "shares of width and height from 0 to 1, 5 decimals, behind the symbols of "
        "`coordinate_map`",
    ),
    "cuactspot": Notes("actions with points, in pages and applications", f"2 decimals, {_PIXELS}"),
    "prompt_image": Notes("prompts and the documents they ask for", "none"),
    "preference": Notes("documents and their twins, with one fault each", "none"),
    "judge": Notes(
        "yes-or-no questions about documents and their twins",
        f"`evidence` are [x0, y0, x1, y1], 2 decimals, {_PIXELS}",
    ),
    "screenshot_html": Notes("pages with their HTML", "CSS pixels in `html` and `plan`"),
    "page_repair": Notes("pages with one defect", "CSS pixels in `html`"),
    "coco_video": Notes(
        "tracks of objects with masks", f"[x, y, width, height], {_PIXELS}; null where unseen"
    ),
    "flo": Notes("flow", f"{_FLOW}; 1e10 where there is no point"),
    "hsv": Notes("flow", f"{_FLOW}, divided by the clip's `scale` in `flow.jsonl`"),
    "kitti": Notes("flow", f"{_FLOW}, times 64 plus 32768; the third channel is validity"),
    "magicdata": Notes("pictures with masks and boxes of objects", "boxes are drawn, in pixels"),
    "npz": Notes("flow", f"{_FLOW}, float32, with a code for each"),
    "qwen_video": Notes("captions, plans, and questions on clips with pictures", _SECONDS),
    "tracks": Notes("tracks of points", "float32 pixels of the frame; `occluded` where not seen"),
    "trajectory_maps": Notes(
        "pictures with masks and boxes of objects", "maps are drawn, in pixels of the frame"
    ),
}


@dataclass(slots=True)
class Seen:
    """What went through an export: sizes of pictures, and on whose terms they are."""

    sizes: Counter[tuple[int, int]] = field(default_factory=Counter[tuple[int, int]])
    terms: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def watch(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield records as they come, and note them."""
        for record in records:
            body = samples.read(record.files["json"])
            self.sizes[body.scene.size] += 1
            sources: tuple[Source, ...] = body.spec.sources
            for terms in {(s.licence, s.author) for s in sources} or {("", "")}:
                self.terms[terms] += 1
            yield record


def write(folder: Path, made: Release, name: str, result: ExportResult, seen: Seen) -> None:
    """Write `README.md` of an export.

    Args:
        folder: Of the export.
        made: The release it is of.
        name: The format's; one of the user's own has no notes here.
        result: How much was written.
        seen: What went through.
    """
    notes = NOTES.get(name)
    lines = [
        f"# {made.corpus} as {markdown(name)}",
        "",
        f"From release `{made.plan}` of Corpuswright's {made.corpus}: {result.images} samples, "
        f"{result.tasks} entries.",
        "",
    ]
    if notes is not None:
        lines += [f"- The format holds {notes.holds}.", f"- Coordinates: {notes.coordinates}."]
    shown = [s for s in seen.sizes if min(s) > 0]
    if shown:
        least, most = (pick(shown, key=lambda s: s[0] * s[1]) for pick in (min, max))
        lines.append(f"- Sizes: from {least[0]} x {least[1]} to {most[0]} x {most[1]} pixels.")
    lines += ["", "## Licences", "", "| licence | author | samples |", "| --- | --- | --- |"]
    for (licence, author), number in sorted(seen.terms.items()):
        shown_terms = markdown(licence) or "none: drawn", markdown(author) or "none"
        lines.append(f"| {shown_terms[0]} | {shown_terms[1]} | {number} |")
    lines += ["", f"All terms: `ATTRIBUTION.md` of the release {code(made.plan)} in its store."]
    (folder / "README.md").write_text("\n".join(lines) + "\n", "utf-8")
