"""Masks that come with photographs, in COCO's format (cocodataset.org, "Data format")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from corpuswright.annotators.masks import colour_regions
from corpuswright.annotators.masks.colour_regions import Region

FILE = "annotations.json"  # in the photographs' folder, or one above
MAX_BYTES = 1 << 30  # COCO's own training file has 470 MB
_NAME = re.compile(r"[A-Za-z][\w' -]{0,40}\Z")


class CocoError(ValueError):
    """The file is not COCO's format; the message says what was expected."""


class GivenRegions(NamedTuple):
    """What a file says of one photograph: its regions, and how many could not be read, by why."""

    regions: list[Region]
    unread: dict[str, int]


class Masks(NamedTuple):
    """What a file says of each photograph, by its `file_name`: size and annotations."""

    images: Mapping[str, tuple[tuple[int, int], tuple[Mapping[str, Any], ...]]]
    names: Mapping[int, str]

    def regions(self, path: str, size: tuple[int, int]) -> GivenRegions:
        """Return the regions of the photograph at `path`, whose pixels are `size` as one sees it.

        An annotation that cannot be read costs itself, and what else has its category: a sentence
        that names that could be meant for it.

        Raises:
            CocoError: The file does not have it, or says another size.
        """
        if path not in self.images:
            raise CocoError(f"{FILE} has no image with file_name {path!r}")
        said, annotations = self.images[path]
        if said != size:
            raise CocoError(f"{FILE}: {path} is {said}, the photograph {size}")
        found: list[Region] = []
        unread: dict[str, int] = {}
        broken: set[str] = set()
        for a in annotations:
            try:
                region = self._region(a, size)
            except (ValueError, KeyError, TypeError) as error:
                name = self.names.get(a["category_id"], "")
                why = f"{name or 'no category'}: {error}"[:120]
                unread[why] = unread.get(why, 0) + 1
                broken.add(name)
                continue
            if region is not None:
                found.append(region)
        kept = [r._replace(usable=r.usable and r.name not in broken) for r in found]
        return GivenRegions(kept, unread)

    def _region(self, annotation: Mapping[str, Any], size: tuple[int, int]) -> Region | None:
        name = self.names.get(annotation["category_id"], "")
        shape = annotation["segmentation"]
        if shape is None:
            return None  # only a box was annotated
        if isinstance(shape, list) and len(shape) == 1 and len(shape[0]) >= 6:  # type: ignore[arg-type]
            flat: Sequence[float] = shape[0]  # one polygon: taken as it is
            outline = tuple(
                (float(x), float(y)) for x, y in zip(flat[::2], flat[1::2], strict=True)
            )
            area = abs(_area(outline)) / (size[0] * size[1])
            usable = colour_regions.SMALLEST <= area and colour_regions.traceable(outline)
            region = Region(name, outline, usable, "coco")
        elif not shape:
            return None  # only a box was annotated
        else:
            region = colour_regions.from_mask(_mask(shape, size), name, "coco")
        crowd = annotation.get("iscrowd", 0)
        if region is not None and (crowd or not _NAME.match(name)):
            return region._replace(usable=False)
        return region


def _area(polygon: Sequence[tuple[float, float]]) -> float:
    pairs = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs) / 2


def _mask(shape: Any, size: tuple[int, int]) -> Any:
    """Return the mask of several polygons, or of run lengths, plain or compressed."""
    masks = _pycocotools()
    width, height = size
    polygons: list[list[float]] = []
    if isinstance(shape, list):
        polygons = [p for p in cast(list[list[float]], shape) if len(p) >= 6]
        if not polygons:
            raise CocoError("expected polygons of three corners or more")
    elif list(shape["size"]) != [height, width]:
        raise CocoError(f"a mask of size {shape['size']}, expected {[height, width]}")
    try:
        if polygons:
            runs = masks.merge(masks.frPyObjects(polygons, height, width))
        elif isinstance(cast(dict[str, Any], shape)["counts"], list):
            runs = masks.frPyObjects(shape, height, width)
        else:
            runs = shape
        return masks.decode(runs)
    except Exception as error:  # what it raises is its own affair
        raise CocoError(f"a mask that cannot be read: {error!r}"[:160]) from error


def _pycocotools() -> Any:
    try:
        from pycocotools import mask
    except ImportError as error:
        raise ImportError("COCO masks: pip install 'corpuswright[vision]'") from error
    return mask


def parse(data: bytes) -> Masks:
    """Return what a COCO file says.

    Raises:
        CocoError: It is not one.
    """
    try:
        plain = json.loads(data)
        names = {int(c["id"]): str(c["name"]) for c in plain["categories"]}
        by_image: dict[int, list[Mapping[str, Any]]] = {}
        for a in plain["annotations"]:
            by_image.setdefault(int(a["image_id"]), []).append(
                {
                    "category_id": a["category_id"],
                    "segmentation": a.get("segmentation"),
                    "iscrowd": a.get("iscrowd", 0),
                }
            )
        images = {
            str(i["file_name"]): (
                (int(i["width"]), int(i["height"])),
                tuple(by_image.get(int(i["id"]), ())),
            )
            for i in plain["images"]
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CocoError(
            f"{FILE}: expected COCO's images, annotations and categories: {error!r}"[:200]
        ) from error
    return Masks(images, names)
