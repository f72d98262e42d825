"""Every action point lies where its target accepts it and where nothing forbids it."""

from __future__ import annotations

from PIL import Image, ImageDraw

from corpuswright.annotators.actions import relative_drags
from corpuswright.storage.records import Point, Polygon, Rejection, Scene, Task

VERSION = 3  # bump when a verdict can change


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a task whose points leave the image, miss their region, or touch a forbidden one."""
    width, height = scene.size
    rank = 0
    for action in task.actions:
        for point in action.points:
            rank += 1
            if not (0 <= point[0] < width and 0 <= point[1] < height):
                return Rejection("point_outside_image", f"{point} of {width}x{height}")
            targets = [t for t in task.targets if t.rank == rank]
            if not targets or not any(_covers(p, point) for t in targets for p in t.accept):
                return Rejection("point_misses_region", f"{point}")
            if any(_covers(p, point) for t in targets for p in t.forbid):
                return Rejection("point_in_forbidden_region", f"{point}")
    gesture = task.expected.get("gesture")
    if gesture and (wrong := relative_drags.fault(gesture, task.actions[0].points, scene.size)):
        return Rejection("gesture_means_another", wrong)
    return None


def _covers(polygon: Polygon, point: Point) -> bool:
    """Rasterise at 8 x around the point: another way than the annotator's, so that both can err."""
    zoom, size = 8, 33
    mask = Image.new("1", (size, size))
    place = [
        ((x - point[0]) * zoom + size / 2, (y - point[1]) * zoom + size / 2) for x, y in polygon
    ]
    ImageDraw.Draw(mask).polygon(place, fill=1, outline=1)
    return bool(mask.getpixel((size // 2, size // 2)))
