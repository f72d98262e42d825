"""Pictures for people: a sample with its targets drawn in, and a contact sheet of many."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from corpuswright.storage.records import Point, Task
from corpuswright.storage.shown import one_line

ACCEPT = (0, 160, 60)
FORBID = (220, 40, 40)
POINT = (255, 0, 200)
QUALITY = 85  # of JPEGs that people look at


def draw_task(image: Image.Image, task: Task) -> Image.Image:
    """Return `image` with the task's regions (accept green, forbidden red) and click points.

    Of a question, with the boxes of what its answer hangs on.
    """
    out = image.copy()
    pen = ImageDraw.Draw(out)
    wide = max(2, round(out.width / 600))
    for box in task.expected.get("evidence", ()):
        pen.rectangle(box, outline=POINT, width=wide)
    for target in task.targets:
        for colour, polygons in ((FORBID, target.forbid), (ACCEPT, target.accept)):
            for polygon in polygons:
                pen.line([*polygon, polygon[0]], fill=colour, width=wide)
    at = [p for action in task.actions for p in action.points]
    if len(at) > 1:
        pen.line(at, fill=POINT, width=max(1, wide // 2))
    for x, y in at:
        near, far = 3 * wide, 6 * wide  # four ticks around the point: what is named stays readable
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            ends = [(x + dx * r, y + dy * r) for r in (near, far)]
            pen.line(ends, fill=POINT, width=wide)
    return out


def tile(image: Image.Image, task: Task, size: tuple[int, int] = (480, 300)) -> Image.Image:
    """Return one tile: the whole image small, the target enlarged, and the sentence below."""
    drawn = draw_task(image, task)
    width, height = size
    out = Image.new("RGB", size, "white")
    whole = drawn.copy()
    # A caption's picture is looked at as a whole; of a target, one sees no more than it.
    room = width // 2 if task.targets else width
    whole.thumbnail((room - 6, height - 60))
    out.paste(whole, ((room - whole.width) // 2, (height - 60 - whole.height) // 2 + 4))
    if task.targets:
        _enlarged(out, drawn, task, size)
    pen = ImageDraw.Draw(out)
    font = ImageFont.load_default(14)
    words, line, lines = one_line(said(task)).split(), "", list[str]()
    for word in words:
        if pen.textlength(f"{line} {word}", font=font) > width - 12:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    for i, text in enumerate([*lines, line][:3]):
        pen.text((6, height - 54 + 17 * i), text, fill="black", font=font)
    pen.rectangle((0, 0, width - 1, height - 1), outline=(200, 200, 200))
    return out


def said(task: Task) -> str:
    """Return a task's sentence on one line; of a question about a pair, with both answers."""
    text = " ".join(task.text.split())
    if "twin" not in task.expected:
        return text
    yes = {True: "yes", False: "no"}
    return f"{text} {yes[task.expected['answer']]}; its twin: {yes[task.expected['twin']]}"


def _enlarged(out: Image.Image, drawn: Image.Image, task: Task, size: tuple[int, int]) -> None:
    """Paste what is around a task's targets into the right half of a tile."""
    width, height = size
    shown = [q for p in task.targets[0].accept for q in p]
    shown += [t.point for t in task.targets]
    x, y = (sum(v) / 2 for v in zip(*_corners(shown), strict=True))
    half = max(90, *(abs(v - c) * 1.2 for q in shown for v, c in zip(q, (x, y), strict=True)))
    half = min(half, min(drawn.size) / 2)
    x, y = (min(max(v, half), whole - half) for v, whole in zip((x, y), drawn.size, strict=True))
    crop = drawn.crop((int(x - half), int(y - half), int(x + half), int(y + half)))
    side = min(width // 2 - 6, height - 60)
    out.paste(crop.resize((side, side)), (width // 2 + 2, 4))


def _corners(points: Sequence[Point]) -> tuple[Point, Point]:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs), min(ys)), (max(xs), max(ys))


def captioned(image: Image.Image, text: str, size: tuple[int, int]) -> Image.Image:
    """Return one tile: the image as large as there is room for, and a line of text below."""
    width, height = size
    out = Image.new("RGB", size, "white")
    whole = image.copy()
    whole.thumbnail((width - 6, height - 26))
    out.paste(whole, ((width - whole.width) // 2, (height - 22 - whole.height) // 2))
    pen, font = ImageDraw.Draw(out), ImageFont.load_default(11)
    text = one_line(text)
    while text and pen.textlength(text, font=font) > width - 8:
        text = text[:-1]
    pen.text((4, height - 18), text, fill="black", font=font)
    pen.rectangle((0, 0, width - 1, height - 1), outline=(200, 200, 200))
    return out


def sheet(tiles: Sequence[Image.Image], columns: int = 4) -> bytes:
    """Return the tiles as one JPEG."""
    if not tiles:
        raise ValueError("expected at least one tile")
    width, height = tiles[0].size
    rows = -(-len(tiles) // columns)
    out = Image.new("RGB", (columns * width, rows * height), "white")
    for i, t in enumerate(tiles):
        out.paste(t, (i % columns * width, i // columns * height))
    return jpeg(out)


def jpeg(image: Image.Image) -> bytes:
    """Return `image` as a JPEG for people to look at."""
    sink = io.BytesIO()
    image.convert("RGB").save(sink, "JPEG", quality=QUALITY)
    return sink.getvalue()


def inline(data: bytes) -> str:
    """Return an HTML image that carries its JPEG with it."""
    return f'<img src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'
