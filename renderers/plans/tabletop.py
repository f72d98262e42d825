"""A table as who sits at it sees it: boxes with lids, cups that are filled, cubes, balls, a hand.

What the hand does is a chore's (`renderers.plans.chores`); here it is brought into space, frame by
frame. A state of the chore is a look of the scene: a lid is up or down, water stands in a cup or
not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from corpuswright.renderers.plans import action_model, chores
from corpuswright.renderers.plans.action_model import (
    BALL,
    BOX,
    CUBE,
    CUP,
    TABLE,
    HandAction,
    TableState,
)
from corpuswright.renderers.plans.chores import Chore
from corpuswright.renderers.world3d import meshes, solids
from corpuswright.renderers.world3d.meshes import Mesh
from corpuswright.renderers.world3d.world import (
    Camera,
    Floats,
    Thing,
    World,
    look_at,
    moved,
    pose_of,
)
from corpuswright.storage.records import Json

VERSION = 1  # bump when the same chore looks otherwise

# Metres, z = 0 on the table. Ours: things of a kitchen's size within an arm's reach.
EYE, TARGET = (0.0, -0.34, 0.58), (0.0, 0.36, 0.02)
FOCAL = 1.1  # widths of the image: 49 degrees, so that cups of some pixels are told apart
SWAY = 0.006  # a head is never quite still
DEEP = 0.75  # of the floor below the table
WIDE, LONG, THICK = 1.5, 0.9, 0.04  # of the table
BACK, FRONT = 0.52, 0.26  # rows: boxes stand behind, so that no lid hides anything
BOX_SIZE, WALL = (0.19, 0.15, 0.10), 0.008
UP = np.radians(105.0)  # of a lid that is open
SIDE = 0.075  # of cubes and balls
CUP_WIDE, CUP_HIGH, WATER = 0.08, 0.09, 0.065
HIGH = 0.30  # at which things are carried: above lids that are up
TILT = np.radians(80.0)  # of a cup that is poured from
FIST, ARM = 0.035, 0.022  # radii
SHOULDER = (0.30, -0.30, 0.30)
REST = (0.16, 0.02, 0.16)  # where the hand is while it has done nothing
SKIN = ("#c68863", "#8d5a3c", "#e0b08c", "#6b4430")
WOOD = ("#b58a5a", "#8a6a48", "#d8c9ae", "#9aa0a6")
WET = "#2f86d6"


def compose(parameters: Json) -> World:
    """Return the world of a spec: parameters `seed`, `width`, `height`, `chore`, `light`."""
    rng = np.random.Generator(np.random.PCG64(int(parameters["seed"])))
    chore = chores.from_json(parameters["chore"])
    stage = _Stage(chore, _places(rng, chore.start))
    stage.play()
    camera = _camera(rng, (int(parameters["width"]), int(parameters["height"])), chore.frames)
    skin, wood = (solids.rgb(str(rng.choice(of))) for of in (SKIN, WOOD))
    flat = pose_of(np.array([0.0, 0.35, -THICK / 2]), np.eye(3), np.array([WIDE, LONG, THICK]))
    ground = pose_of(np.array([0.0, 0.0, -DEEP]), np.eye(3), 20.0)
    things = [
        *stage.things(),
        _rigid("hand", "hand", skin, _ball(FIST), _at(stage.hand), smooth=True),
        _arm(stage.hand, skin),
        _rigid(TABLE, TABLE, wood, meshes.cube(), flat[None]),
        _rigid(
            "floor",
            "floor",
            solids.rgb(str(rng.choice(solids.FLOORS))),
            meshes.grid(1),
            ground[None],
        ),
    ]
    sky, sun = solids.rgb(str(rng.choice(solids.SKIES))), (float(rng.uniform(20, 50)), 30.0)
    return World(things, camera, sky, sun, str(parameters.get("light", "")))


class _Stage:
    """Where everything is in each frame: filled deed by deed."""

    def __init__(self, chore: Chore, homes: Mapping[str, Floats]) -> None:
        self._chore, self._homes = chore, homes
        n = chore.frames
        self.hand = np.tile(np.array(REST), (n, 1))
        names = action_model.things(chore.start)
        self._at = {t: np.tile(self._rest(chore.start, t), (n, 1)) for t in names}
        self._tilt = {t: np.zeros(n) for t in names if action_model.kind(t) == CUP}
        self._lid = {t: np.zeros(n) for t in names if action_model.kind(t) == BOX}
        self._level = {t: np.zeros(n) for t in self._tilt}
        self._settle(chore.start, 0)

    def play(self) -> None:
        """Do all deeds."""
        state = self._chore.start
        moves = [m for n in range(len(self._chore.steps)) for m in self._chore.movements(n)]
        for deed, (first, end) in moves:
            after = action_model.done(state, deed)
            self._settle(after, end)
            self._do(
                state, deed, np.arange(first, end), (np.arange(end - first) + 1.0) / (end - first)
            )
            self.hand[end:] = self.hand[end - 1]
            state = after

    def things(self) -> list[Thing]:
        """Return the things of the chore."""
        out: list[Thing] = []
        for name in self._at:
            hue, _, kind = name.rpartition(" ")
            colour, at = solids.rgb(solids.COLOURS[hue]), self._at[name]
            if kind == BOX:
                out.append(_box(name, hue, colour, at[0], self._lid[name]))
            elif kind == CUP:
                poses = _at(at, self._tilt[name])
                out.append(_rigid(name, kind, colour, _cup(), poses, hue))
                out.append(_water(name, poses, self._level[name]))
            else:
                lifted = at + np.array([0, 0, SIDE / 2])
                mesh = _ball(SIDE / 2) if kind == BALL else _scaled(meshes.cube(), SIDE)
                out.append(_rigid(name, kind, colour, mesh, _at(lifted), hue, kind == BALL))
        return out

    def _settle(self, state: TableState, frame: int) -> None:
        """Set what is so in a state, from a frame on."""
        for t in self._at:
            if ("held", t) not in state:
                self._at[t][frame:] = self._rest(state, t)
            else:
                self._at[t][frame:] = self._at[t][frame - 1]
        for t, lid in self._lid.items():
            lid[frame:] = UP if ("open", t) in state else 0.0
        for t, level in self._level.items():
            level[frame:] = 1.0 if ("full", t) in state else 0.0

    def _rest(self, state: TableState, thing: str) -> Floats:
        """Return where the bottom of a thing is that nobody holds."""
        place = next((f for f in state if f[0] in ("on", "in") and f[1] == thing), None)
        if place is None or place[2] == TABLE:
            return self._homes[thing]
        below = self._rest(state, place[2])
        if place[0] == "in":
            return below + np.array([0, 0, WALL])
        return below + np.array(
            [0, 0, SIDE if action_model.kind(place[2]) == CUBE else BOX_SIZE[2]]
        )

    def _do(self, state: TableState, deed: HandAction, at: Any, t: Floats) -> None:
        """Move hand and thing through the frames `at`; `t` goes up to 1."""
        verb, x, y = deed
        here = self.hand[max(at[0] - 1, 0)]
        if verb in ("open", "close"):
            low, high = (0.0, UP) if verb == "open" else (UP, 0.0)
            turned = np.where(t < 0.5, low, low + (high - low) * _ease(2 * t - 1))
            self._lid[x][at] = turned
            edge = _edge(self._homes[x], turned)
            self.hand[at] = np.where((t < 0.5)[:, None], _way(here, edge[0], _ease(2 * t)), edge)
            return
        grip = np.array([0, 0, _grip(x)])
        if verb == "take":
            place = self._rest(state, x)
            lifted = place.copy()
            lifted[2] = HIGH
            self._at[x][at] = _way(place, lifted, _ease(3 * t - 2))
            going = _way(here, place + grip, _ease(1.5 * t))
            self.hand[at] = np.where((t < 2 / 3)[:, None], going, self._at[x][at] + grip)
            return
        held = self._at[x][at[0] - 1]
        if verb == "pour":
            self._pour(x, y, at, t, held)
        else:
            place = self._rest(action_model.done(state, deed), x)
            above = np.array([*place[:2], HIGH])
            path = np.where(
                (t < 0.6)[:, None],
                _way(held, above, _ease(t / 0.6)),
                _way(above, place, _ease((t - 0.6) / 0.4)),
            )
            self._at[x][at] = path
        self.hand[at] = self._at[x][at] + grip

    def _pour(self, x: str, y: str, at: Any, t: Floats, held: Floats) -> None:
        """Bring a cup beside another one's rim, tilt it over there, and set it upright again."""
        target = self._at[y][at[0]]
        beside = target + np.array([-1.15 * CUP_WIDE, 0, CUP_HIGH + 0.05])
        self._at[x][at] = _way(held, beside, _ease(3 * t))
        over = _ease(np.minimum(3 * t - 1, 3 - 3 * t))
        self._tilt[x][at] = TILT * over
        moved_ = _ease(3 * t - 1)
        self._level[x][at], self._level[y][at] = 1 - moved_, moved_


def _places(rng: np.random.Generator, start: TableState) -> dict[str, Floats]:
    """Return where each thing stands while it is on the table: boxes behind, the rest before."""
    names = action_model.things(start)
    behind = [n for n in names if action_model.kind(n) == BOX]
    before = [n for n in names if n not in behind]
    out: dict[str, Floats] = {}
    for row, y, width in ((behind, BACK, 0.3), (before, FRONT, 0.165)):
        order = [row[int(i)] for i in rng.permutation(len(row))]
        for i, name in enumerate(order):
            near = rng.uniform(-0.02, 0.02, 2)
            out[name] = np.array([(i - (len(row) - 1) / 2) * width + near[0], y + near[1], 0.0])
    return out


def _camera(rng: np.random.Generator, size: tuple[int, int], frames: int) -> Camera:
    """Return a head's camera that sways a little."""
    t, phase = np.arange(frames) / frames * 2 * np.pi, rng.uniform(0, 2 * np.pi, 3)
    sway = SWAY * np.stack(
        [np.sin(2 * t + phase[0]), np.sin(3 * t + phase[1]), np.sin(2 * t + phase[2])], axis=1
    )
    poses = np.stack([look_at(np.array(EYE) + s, np.array(TARGET) + s / 2) for s in sway])
    return Camera(size, poses, np.full(frames, FOCAL * size[0]))


def _ease(t: Floats) -> Floats:
    """Return 0 to 1 with rest at both ends; t below 0 is 0, above 1 is 1."""
    s = np.clip(t, 0.0, 1.0)
    return s * s * (3 - 2 * s)


def _way(a: Floats, b: Floats, s: Floats) -> Floats:
    return a + (b - a) * s[:, None]


def _grip(thing: str) -> float:
    """Return how high above its bottom a thing is held: from above."""
    return {CUP: CUP_HIGH, CUBE: SIDE, BALL: SIDE}[action_model.kind(thing)] + 0.4 * FIST


def _edge(home: Floats, angles: Floats) -> Floats:
    """Return (N, 3) places of the front edge of a lid that is up by radians."""
    _, deep, high = BOX_SIZE
    y, z = deep / 2 - deep * np.cos(angles), high + deep * np.sin(angles)
    return home + np.stack([np.zeros_like(y), y, z + FIST], axis=1)


def _at(places: Floats, tilts: Floats | None = None) -> Floats:
    """Return (F, 4, 4) poses: moved there, and turned towards +x by radians."""
    angles = np.zeros(len(places)) if tilts is None else tilts
    poses = np.tile(np.eye(4), (len(places), 1, 1))
    c, s = np.cos(angles), np.sin(angles)
    poses[:, 0, 0], poses[:, 0, 2], poses[:, 2, 0], poses[:, 2, 2] = c, s, -s, c
    poses[:, :3, 3] = places
    return poses


def _rigid(
    id_: str,
    kind: str,
    colour: tuple[float, float, float],
    mesh: Mesh,
    poses: Floats,
    hue: str = "",
    smooth: bool = False,
) -> Thing:
    return Thing(
        id_,
        kind,
        colour,
        mesh.faces,
        moved(mesh.vertices, poses),
        poses,
        meshes.bounds(mesh.vertices),
        smooth,
        hue=hue,
    )


def _box(
    name: str, hue: str, colour: tuple[float, float, float], home: Floats, lid: Floats
) -> Thing:
    """Return a box at rest whose lid turns about its rear edge; its bounds are those of it shut."""
    (w, d, h), t = BOX_SIZE, WALL
    walls = [
        _plate((0, 0, t / 2), (w, d, t)),
        *(_plate((x * (w - t) / 2, 0, h / 2), (t, d, h - t)) for x in (-1, 1)),
        *(_plate((0, y * (d - t) / 2, h / 2), (w - 2 * t, t, h - t)) for y in (-1, 1)),
    ]
    body, cover = _joined(walls), _plate((0, -d / 2, -t / 2), (w, d, t))
    c, s = np.cos(lid), np.sin(lid)
    hinge = np.array([0, d / 2, h])
    x, y, z = cover.vertices.T
    turned = (
        np.stack(
            [
                np.broadcast_to(x, (len(lid), len(x))),
                np.outer(c, y) + np.outer(s, z),
                -np.outer(s, y) + np.outer(c, z),
            ],
            axis=2,
        )
        + hinge
    )
    rest = np.broadcast_to(body.vertices, (len(lid), *body.vertices.shape))
    whole = _joined([body, cover])
    vertices = np.concatenate([rest, turned], axis=1) + home
    low, high = np.array([-w / 2, -d / 2, 0]), np.array([w / 2, d / 2, h])
    return Thing(
        name, BOX, colour, whole.faces, vertices, _at(home[None]), np.stack([low, high]), hue=hue
    )


def _cup() -> Mesh:
    """Return a cup without a handle, open above, on z = 0."""
    r, t = CUP_WIDE / 2, 0.005
    radius = np.array([r - t, r - t, r, r])
    return meshes.turned(radius, np.array([t, CUP_HIGH, CUP_HIGH, 0.0]), 24, t, 0.0)


def _water(cup: str, poses: Floats, level: Floats) -> Thing:
    """Return what is in a cup: as high as its level; where it is nothing, it hides in the base."""
    unit = meshes.cylinder()
    r, t = CUP_WIDE / 2 - 0.0051, 0.005
    high, wide = WATER * level, np.where(level > 0, 2 * r, 1e-4)
    own = np.stack(
        [
            np.outer(wide, unit.vertices[:, 0]),
            np.outer(wide, unit.vertices[:, 1]),
            t / 2 + np.outer(t / 2 * (level > 0) + high, unit.vertices[:, 2] + 0.5),
        ],
        axis=2,
    )
    world = np.einsum("fij,fvj->fvi", poses[:, :3, :3], own) + poses[:, None, :3, 3]
    low, top = np.array([-r, -r, t]), np.array([r, r, t + WATER])
    return Thing(
        f"water of {cup}", "water", solids.rgb(WET), unit.faces, world, poses, np.stack([low, top])
    )


def _arm(hand: Floats, skin: tuple[float, float, float]) -> Thing:
    """Return the forearm: from the hand back to where the elbow must be."""
    unit = meshes.cylinder(16)
    along = np.array(SHOULDER) - hand
    z = along / np.linalg.norm(along, axis=1, keepdims=True)
    x = np.cross(np.broadcast_to([0.0, 1.0, 0.0], z.shape), z)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    turn = np.stack([x, np.cross(z, x), z], axis=2)
    length = np.linalg.norm(along, axis=1)
    poses = np.tile(np.eye(4), (len(hand), 1, 1))
    poses[:, :3, :3], poses[:, :3, 3] = turn, hand + along / 2
    own = np.empty((len(hand), len(unit.vertices), 3))
    own[:, :, :2] = unit.vertices[:, :2] * 2 * ARM
    own[:, :, 2] = np.outer(length, unit.vertices[:, 2])
    world = np.einsum("fij,fvj->fvi", turn, own) + poses[:, None, :3, 3]
    return Thing("arm", "arm", skin, unit.faces, world, poses, meshes.bounds(own[0]), True)


def _ball(radius: float) -> Mesh:
    return _scaled(meshes.sphere(), 2 * radius)


def _scaled(mesh: Mesh, by: float) -> Mesh:
    return Mesh(mesh.vertices * by, mesh.faces)


def _plate(middle: tuple[float, float, float], size: tuple[float, float, float]) -> Mesh:
    cube = meshes.cube()
    return Mesh(cube.vertices * np.array(size) + np.array(middle), cube.faces)


def _joined(parts: Sequence[Mesh]) -> Mesh:
    shifts = np.cumsum([0, *(len(m.vertices) for m in parts)])
    faces = [m.faces + s for m, s in zip(parts, shifts, strict=False)]
    return Mesh(np.concatenate([m.vertices for m in parts]), np.concatenate(faces))
