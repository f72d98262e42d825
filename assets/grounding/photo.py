"""Grounding on photographs: an image editor, whose tools are used on regions of real photographs.

The image modality of Phi-Ground-Any (arXiv 2605.12501, §4.2 and App. C.5). Its regions come from a
segmentation model and its tasks are not checked; ours come with the photographs (COCO masks), from
a finder of yours, or are what pixels decide alone (annotators.masks.colour_regions); each task is
performed.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from corpuswright.annotators.grounding import photo as grounding_photo
from corpuswright.annotators.grounding import photo_wording
from corpuswright.annotators.masks import coco_masks, colour_regions
from corpuswright.annotators.masks.coco_masks import GivenRegions
from corpuswright.annotators.masks.colour_regions import Find, Region
from corpuswright.assets.grounding import composed, view_sizes
from corpuswright.assets.synthesis.corpus import JudgePage, RenderedCorpus
from corpuswright.assets.synthesis.steps import APPLICATION_STEPS, ENGINE
from corpuswright.quality.execution import perform
from corpuswright.quality.grounding import action_regions
from corpuswright.quality.grounding import photo as read_photo
from corpuswright.renderers.apps import photo
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.intake import PageVerdict
from corpuswright.renderers.browser.page import View
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.inputs.sites import Site
from corpuswright.storage.keys import sha256
from corpuswright.storage.media import decoder, images
from corpuswright.storage.records import Json, canonical

MOST = 24  # regions of a photograph that are kept, largest first: a scene has room for no more
LEAST = 240  # pixels of the shorter side: below, an image is an icon, not a photograph; ours
_GLOBS = ("*.jpg", "*.jpeg", "*.png")


def judge(find: Find = colour_regions.colour_areas) -> JudgePage:
    """Return an intake that finds a photograph's regions: COCO's where there are, else `find`'s.

    Photographs below an `annotations.json` have their regions from it; those it does not name are
    refused. A corpus of your own may have `judge=judge(my_detector)`.
    """

    def judged(renderer: GuiRenderer, page: Mapping[str, Any], view: View) -> PageVerdict:
        try:
            data = renderer.read(page["site"], page["path"])
            source, image = decoder.decoded(data, most=images.MAX_PIXELS)
            if min(image.size) < LEAST:
                return PageVerdict("too_small", f"{image.width}x{image.height} pixels")
            given = _given(renderer.sites[page["site"]], page["path"], image.size)
            if given is not None and _ambiguous(source, decoder.stored_size(data)):
                said = f"EXIF turns it by {decoder.orientation(source)}, and its sizes are the same"
                return PageVerdict("masks_turned_or_not", said)
            regions = list(find(np.asarray(image))) if given is None else given.regions
        except PageFault as fault:
            return PageVerdict(fault.reason, fault.value)
        except coco_masks.CocoError as error:
            return PageVerdict("masks_not_usable", str(error)[:200])
        except decoder.Refused as refused:
            return PageVerdict(refused.rejection.reason, refused.rejection.value)
        order = sorted(regions, key=lambda r: (-_area(r), r.outline))
        # A name that a dropped region has too would fit more than the scene says.
        shared = {r.name for r in order[MOST:]}
        kept = [r._replace(usable=r.usable and r.name not in shared) for r in order[:MOST]]
        if not any(r.usable for r in kept):
            return PageVerdict("no_region", f"none of {len(regions)} can be told and traced")
        found: dict[str, Any] = {
            "size": list(image.size),
            "regions": [_plain(i, r) for i, r in enumerate(kept)],
            **({"unread": given.unread} if given is not None and given.unread else {}),
        }
        return PageVerdict("", print=sha256(data), found=canonical(found))

    return judged


def _ambiguous(source: Image.Image, stored: tuple[int, int]) -> bool:
    """Say whether nobody can tell if annotations count stored pixels, or those that one sees.

    A picture that is turned by a quarter has other sizes then, and its annotations name one.
    """
    turned = decoder.orientation(source)
    return turned in (2, 3, 4) or (turned > 4 and stored[0] == stored[1])


def _given(root: Path | str, path: str, size: tuple[int, int]) -> GivenRegions | None:
    """Return the regions that the nearest COCO file gives; None if there is none.

    It stands in the photograph's folder or one above it, and names photographs from there.
    """
    place = Path(root) / path
    for folder in [p for p in place.parents if p.is_relative_to(root)]:
        file = folder / coco_masks.FILE
        if not file.is_file():
            continue
        if file.stat().st_size > coco_masks.MAX_BYTES:
            raise coco_masks.CocoError(
                f"{coco_masks.FILE}: expected at most {coco_masks.MAX_BYTES} bytes"
            )
        name = place.relative_to(folder).as_posix()
        return _parsed(file, file.stat().st_mtime_ns).regions(name, size)
    return None


@functools.lru_cache(maxsize=2)
def _parsed(file: Path, changed: int) -> coco_masks.Masks:
    return coco_masks.parse(file.read_bytes())


def _area(region: Region) -> float:
    corners = np.array(region.outline)
    x, y = corners[:, 0], corners[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def _plain(number: int, region: Region) -> dict[str, Any]:
    return {
        "id": f"r{number}",
        "name": region.name,
        "outline": [list(p) for p in region.outline],
        "vertices": [
            [round(x, 2), round(y, 2)] for x, y in colour_regions.boundary(region.outline)
        ],
        "usable": region.usable,
        "origin": region.origin,
    }


PAPER_KIT = Site(
    name="paper-kit",
    package="paper-kit-2@2.1.0",
    package_sha256="ea262b722403d0b838682218476775fe6500d13bc2b265000837cb613c8e7657",
    root="assets/img",
    pages=_GLOBS,
    licence="MIT",
    author="Creative Tim, and the photographers whom the files are named after",
)
MATERIAL_KIT = Site(
    name="material-kit",
    package="material-kit@2.0.4",
    package_sha256="543712c988b2697c61a7ef6c9527ebf850b21b56e1bdfd7258fc6d333f725602",
    root="assets/img",
    pages=_GLOBS,
    licence="MIT",
    author="Creative Tim, and the photographers whom the files are named after",
)

RECIPE: Json = {
    # Scenes of each photograph in a partition. Ours: about 100 scenes, as the GUI corpus has.
    "variants": 4,
    **view_sizes.SIZES,
    "codec": "png",
}


def accepts(recipe: Json) -> None:
    """Raise ValueError as `composed.accepts` does, and before any work if OpenCV is missing."""
    composed.accepts(recipe)
    try:
        colour_regions.cv2()
    except ImportError as error:
        raise ValueError(str(error)) from error


CORPUS = RenderedCorpus(
    name="grounding_photo",
    reference="corpuswright.assets.grounding.photo:CORPUS",
    summary="Photographs in an editor: regions selected, carried, cropped, traced, painted over.",
    steps=APPLICATION_STEPS,
    engine=ENGINE,
    sites=(PAPER_KIT, MATERIAL_KIT),
    recipe=RECIPE,
    plan=composed.planner("photo"),
    propose=grounding_photo.propose,
    checks=(action_regions.check, read_photo.check),
    resolve=read_photo.check,
    spoil=read_photo.wrong_versions,
    judge=judge(),
    play=perform.execute,
    versions=composed.versions(
        photo.VERSION,
        grounding_photo.ACTIONS_VERSION,
        photo_wording.VERSION,
        read_photo.VERSION,
        intake=colour_regions.VERSION * 100 + decoder.VERSION,
    ),
    accepts=accepts,
)
