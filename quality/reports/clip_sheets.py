"""A clip on one sheet, over time: pictures with boxes, trails, flow in colours, a plan's steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw

from corpuswright.annotators.plans import chore_wording
from corpuswright.renderers.motion.clip import colours
from corpuswright.renderers.plans import chores
from corpuswright.storage.media.clips import Clip
from corpuswright.storage.shown import one_line

SHOWN = 6  # frames on a sheet
LINE = 14  # px of a step's line
TRAIL = 12  # frames that a point's trail goes back
PALETTE = ("#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4", "#42d4f4", "#f032e6")


def sheet(clip: Clip) -> Image.Image:
    """Return rows of SHOWN frames: pictures with boxes, trails of points, and flow if there is.

    Steps of a plan stand below, a line each, as long as they last.
    """
    frames = len(clip.tracks["visible"])
    # Of a clip that was looked at now and then, those frames: elsewhere nothing is known.
    known = np.flatnonzero(clip.tracks.get("looked", np.ones(frames, bool)))
    some = np.linspace(0, len(known) - 1, min(SHOWN, len(known))).round().astype(int)
    at = known[np.unique(some)].tolist()
    rows = [[_boxes(clip, t) for t in at]]
    if clip.tracks["points"].shape[1] or clip.tracks["joints_seen"].shape[2]:
        rows.append([_trails(clip, t) for t in at])
    if "flow_forward" in clip.passes:
        flow = colours(clip.passes["flow_forward"], clip.passes["flow_forward_codes"])
        rows.append([Image.fromarray(flow[min(t, len(flow) - 1)]) for t in at])
    width, height = rows[0][0].size
    told = steps(clip)
    whole = len(rows) * (height + 4)
    out = Image.new("RGB", (len(at) * (width + 4), whole + LINE * len(told)), "white")
    pen = ImageDraw.Draw(out)
    for n, (text, start, end) in enumerate(told):
        x0, x1 = (round(t / frames * out.width) for t in (start, end))
        y0 = whole + n * LINE
        pen.rectangle((x0, y0 + 1, max(x0, x1 - 2), y0 + LINE - 2), fill=_colour(n))
        # Where nothing is left of the line to its right, the words stand to its left.
        text = one_line(text)
        long = pen.textlength(text)
        pen.text(
            (x0 + 3 if x0 + 3 + long < out.width else max(0, out.width - long - 3), y0 + 1),
            text,
            fill="black",
        )
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            out.paste(image, (x * (width + 4), y * (height + 4)))
    return out


def steps(clip: Clip) -> list[tuple[str, int, int]]:
    """Return what is done in a clip: words, first frame and end of each step; none, if no plan."""
    if "chore" in clip.scene.state:
        chore = chores.from_json(clip.scene.state["chore"])
        starts = (0, *chore.ends)
        return [
            (f"{n}. {chore_wording.step(s)}", a, b)
            for n, (s, a, b) in enumerate(zip(chore.steps, starts, chore.ends, strict=False), 1)
        ]
    told = [a for a in clip.annotations if a.kind == "step"]
    return [
        (f"{n}. {a.text}", int(a.value["start"]), int(a.value["end"]))
        for n, a in enumerate(told, 1)
    ]


def _base(clip: Clip, frame: int) -> Image.Image:
    """Return the picture of a frame, or its things in flat colours."""
    if clip.pictures is not None:
        return Image.fromarray(clip.pictures[frame])
    instances: NDArray[np.uint16] | None = clip.passes.get("instances")
    if instances is None:
        return Image.new("RGB", clip.scene.size, (40, 40, 40))
    shown = np.full((len(clip.ids) + 1, 3), 60, np.uint8)
    for number in clip.named:
        shown[number] = ImageColor.getrgb(_colour(number))
    return Image.fromarray(shown[instances[frame]])


def _colour(number: int) -> str:
    return PALETTE[number % len(PALETTE)]


def _boxes(clip: Clip, frame: int) -> Image.Image:
    out = _base(clip, frame)
    pen = ImageDraw.Draw(out)
    for number in clip.named:
        box = clip.tracks["visible"][frame, number - 1]
        if np.isfinite(box).all():
            x0, y0, x1, y1 = box.tolist()
            pen.rectangle((x0, y0, x1 - 1, y1 - 1), outline=_colour(number))
    pen.text((3, 2), f"{frame}", fill="white")
    return out


def _trails(clip: Clip, frame: int) -> Image.Image:
    out = _base(clip, frame)
    pen = ImageDraw.Draw(out)
    places, codes = clip.tracks["points"], clip.tracks["points_codes"]
    for p in range(places.shape[1]):
        trail = places[max(0, frame - TRAIL) : frame + 1, p]
        trail = trail[np.isfinite(trail).all(axis=1)]
        colour = _colour(int(clip.tracks["points_instance"][p]))
        if len(trail) > 1:
            pen.line([tuple(q) for q in trail.tolist()], fill=colour)
        if codes[frame, p] == 0:
            x, y = places[frame, p].tolist()
            pen.ellipse((x - 1.5, y - 1.5, x + 1.5, y + 1.5), fill=colour)
    for number in clip.named:
        for j, seen in enumerate(clip.tracks["joints_seen"][frame, number - 1].tolist()):
            if seen:
                x, y = clip.tracks["joints_at"][frame, number - 1, j].tolist()
                pen.rectangle((x - 1, y - 1, x + 1, y + 1), fill="white" if seen == 2 else "gray")
    return out
