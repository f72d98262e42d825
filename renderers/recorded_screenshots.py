"""Recorded steps of people at work: a screenshot, what was said to be done, and the code of it.

Read as OpenCUA publishes them (AgentNet, arXiv 2508.09123): JSON lines, a trajectory each, with
`traj` of steps `{image, value: {action, code, last_step_correct, last_step_redundant}}`; the code
is PyAutoGUI with places as shares of the screen. Nothing can be measured behind such a picture: its
elements are the lines of text that OCR reads in it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from PIL import Image
from pydantic import JsonValue

from corpuswright.renderers import ocr
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.exports import pyautogui
from corpuswright.storage.media import decoder, images
from corpuswright.storage.records import Element, Json, Render, Scene

VERSION = 1  # bump when scenes come out otherwise

MEDIUM = "recorded"
MAX_LINE = 4 << 20  # bytes of one trajectory: the longest published ones have some 100 kB
LONGEST = 400  # characters of what is said
SURE = 0.6  # of a line that OCR reads, below which it is none; RapidOCR's own limit is 0.5


def steps_of(line: bytes) -> list[dict[str, Any]]:
    """Return the steps of one trajectory; raises ValueError with what was expected."""
    if len(line) > MAX_LINE:
        raise ValueError(f"expected at most {MAX_LINE} bytes a trajectory, saw {len(line)}")
    try:
        plain = json.loads(line)
    except RecursionError:
        raise ValueError("expected a trajectory, saw JSON nested too deeply to be one") from None
    steps = cast(dict[str, Any], plain).get("traj") if isinstance(plain, dict) else None
    if not isinstance(steps, list) or not all(isinstance(s, dict) for s in cast(Any, steps)):
        raise ValueError("expected an object with `traj`, a list of steps")
    return cast(list[dict[str, Any]], steps)


def render(parameters: Json, file: Path) -> Render:
    """Return the picture and the scene of one step.

    Args:
        parameters: `at` (offset and length of the trajectory's line in the file), `step`.
        file: The trajectories; images lie in `images/` beside it, or beside it.

    Raises:
        PageFault: The step is no single click, was found wrong or needless by who published it,
            says nothing, or its image cannot be read.
    """
    with file.open("rb") as f:
        f.seek(parameters["at"][0])
        line = f.read(parameters["at"][1])
    step = steps_of(line)[parameters["step"]]
    value: dict[str, Any] = step.get("value") if isinstance(step.get("value"), dict) else {}
    if value.get("last_step_correct") is False or value.get("last_step_redundant") is True:
        raise PageFault("marked_wrong_or_redundant", str(value.get("reflection", ""))[:120])
    said = value.get("action")
    if not isinstance(said, str) or not 3 <= len(said.strip()) <= LONGEST:
        raise PageFault("says_nothing", repr(said)[:120])
    try:
        actions = pyautogui.parse(str(value.get("code", "")))
    except pyautogui.CodeError as error:
        raise PageFault("code_not_read", str(error)[:120]) from None
    if len(actions) != 1 or len(actions[0].points) != 1 or actions[0].kind == "scroll":
        raise PageFault("not_one_click", "; ".join(a.kind for a in actions)[:120])
    ((x, y),) = actions[0].points
    if not (0 <= x < 1 and 0 <= y < 1):
        raise PageFault("point_outside_the_image", f"{x}, {y}: expected shares of the screen")
    image = _image(file.parent, str(step.get("image", "")))
    record: dict[str, JsonValue] = {
        "said": " ".join(said.split()),
        "kind": actions[0].kind,
        "modifiers": [*actions[0].modifiers],
        "point": [x * image.width, y * image.height],
    }
    found = [line for line in ocr.lines(image) if line.sure >= SURE]
    elements = tuple(_element(i, line) for i, line in enumerate(found))
    state: Json = {"recorded": record}
    codec: images.Codec = parameters.get("codec", "png")
    scene = Scene(image.size, (1.0, 1.0), elements, state)
    return Render({codec: images.encode(image, codec)}, scene)


def _image(folder: Path, name: str) -> Image.Image:
    for place in (folder / "images" / name, folder / name):
        if name and place.is_file() and place.resolve().is_relative_to(folder.resolve()):
            try:
                return decoder.decoded(place.read_bytes(), most=images.MAX_PIXELS)[1]
            except decoder.Refused as refused:
                raise PageFault("image_not_usable", str(refused)[:120]) from None
    raise PageFault("image_missing", name[:120])


def _element(number: int, line: ocr.Line) -> Element:
    x0, y0, x1, y1 = line.box
    return Element(
        id=f"e{number}",
        role="text",
        name=line.text,
        quad=((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
        box=line.box,
        visible_box=line.box,
        visible_fraction=1.0,
        click_point=((x0 + x1) / 2, (y0 + y1) / 2),
        text=line.text,
        state={},
        attributes={"kind": "line", "named_by": "ocr"},
        parent=None,
    )
