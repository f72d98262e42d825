"""Truth of worlds against closed forms: balls, planes and boxes whose rays are solved on paper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from corpuswright.renderers.world3d import meshes
from corpuswright.renderers.world3d.ground_truth import FlowCode, GroundTruth
from corpuswright.renderers.world3d.world import (
    Camera,
    Floats,
    Thing,
    World,
    centres,
    look_at,
    moved,
    pose_of,
)

SIZE = (96, 72)


def thing(id_: str, mesh: meshes.Mesh, poses: Floats) -> Thing:
    grey = (0.5, 0.5, 0.5)
    return Thing(
        id_,
        "thing",
        grey,
        mesh.faces,
        moved(mesh.vertices, poses),
        poses,
        meshes.bounds(mesh.vertices),
    )


def camera(*poses: Floats, focal: Floats | None = None) -> Camera:
    return Camera(SIZE, np.stack(poses), np.full(len(poses), 80.0) if focal is None else focal)


def turn(*degrees: float) -> Floats:
    return Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()


@pytest.mark.parametrize("name", meshes.PRIMITIVES)
def test_every_primitive_is_closed_and_faces_outward(name: str):
    mesh = meshes.PRIMITIVES[name]()
    edges = np.concatenate([mesh.faces[:, [i, (i + 1) % 3]] for i in range(3)])
    there = {tuple(e) for e in edges.tolist()}
    assert len(there) == len(edges) and {(b, a) for a, b in there} == there
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    assert np.einsum("ti,ti->", a, np.cross(b, c)) / 6 > 0.05, "a volume is positive"
    assert np.abs(meshes.bounds(mesh.vertices)).max() <= 0.5


def slabs(pose: Floats, eye: Floats, rays: Floats) -> Floats:
    """How far rays go until they enter a unit cube; infinite where they miss. By slabs."""
    own = np.linalg.inv(pose)
    begin, way = own[:3, :3] @ eye + own[:3, 3], rays @ own[:3, :3].T
    with np.errstate(divide="ignore"):
        a, b = (-0.5 - begin) / way, (0.5 - begin) / way
    enter, leave = np.minimum(a, b).max(axis=1), np.maximum(a, b).min(axis=1)
    return np.where((enter <= leave) & (enter > 0), enter, np.inf)


def two_cubes(second: Floats, eyes: list[Floats], places: list[Floats]) -> tuple[World, Floats]:
    spins = np.stack([pose_of(p, turn(20 * i, 35 * i, 10)) for i, p in enumerate(places)])
    still = np.stack([pose_of(second, turn(0, 0, 30), 1.4)])
    cube = meshes.cube()
    world = World(
        [thing("a", cube, spins), thing("b", cube, still)],
        camera(*(look_at(e, np.zeros(3)) for e in eyes)),
    )
    return world, still[0]


def test_cubes_are_met_where_slabs_say_and_hidden_where_slabs_say():
    eyes = [np.array([0.0, -5, 1]), np.array([0.9, -4.6, 1.4])]
    places = [np.array([-0.5, -1.0, 0.2]), np.array([0.6, -1.2, 0.1])]
    world, still = two_cubes(np.array([0.4, 1.0, 0.0]), eyes, places)
    truth = GroundTruth(world)
    moving = world.things[0].poses

    def seen(frame: int, pixels: Floats) -> tuple[Floats, Floats]:
        pose = world.camera.poses[frame]
        rays = world.camera.rays(frame, pixels) @ pose[:3, :3].T
        return tuple(slabs(p, pose[:3, 3], rays) for p in (moving[frame], still))  # type: ignore

    a, b = seen(0, centres(SIZE))
    expected = np.where(np.isinf(a) & np.isinf(b), 0, np.where(a < b, 1, 2))
    assert (truth.instances(0).ravel() == expected).all() and {0, 1, 2} == set(expected)
    depth = truth.depth(0).ravel()
    met = expected > 0
    assert np.abs(depth[met] - np.minimum(a, b)[met]).max() < 1e-5

    # Flow: carry the point with its cube by hand, and look whether the ray to it meets another.
    flow = truth.flow(0, 1)
    pose = world.camera.poses[0]
    rays = world.camera.rays(0, centres(SIZE)) @ pose[:3, :3].T
    far = np.minimum(a, b)
    point = pose[:3, 3] + rays * np.where(np.isinf(far), 1.0, far)[:, None]
    own = np.linalg.inv(moving[0])
    carried = (point @ own[:3, :3].T + own[:3, 3]) @ moving[1][:3, :3].T + moving[1][:3, 3]
    there = np.where((expected == 1)[:, None], carried, point)
    pixels, far = world.camera.project(1, there)
    u = flow.pixels.reshape(-1, 2)
    codes = flow.codes.ravel()
    assert np.abs(u - (pixels - centres(SIZE)))[met].max() < 1e-4
    near = np.minimum(*seen(1, pixels))
    hidden = near < far * (1 - 1e-6)
    inside = ((pixels >= 0) & (pixels < SIZE)).all(axis=1) & met
    assert (codes[inside] == np.where(hidden, FlowCode.OCCLUDED, FlowCode.VISIBLE)[inside]).all()
    assert {FlowCode.OCCLUDED, FlowCode.VISIBLE} <= set(codes[inside].tolist())
    assert (codes[~met] == FlowCode.SKY).all()


def test_a_ball_is_as_far_as_its_polygon_is_from_round():
    ball = thing("a", meshes.sphere(90, 180), np.stack([pose_of(np.zeros(3), np.eye(3), 2.0)]))
    world = World([ball], camera(look_at(np.array([0.0, -4, 0]), np.zeros(3))))
    rays = world.camera.rays(0, centres(SIZE))
    unit = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    along = 4 * unit[:, 2]
    inside = along**2 - (16 - 1.0)
    inner = inside > 0.05
    depth = (along - np.sqrt(np.maximum(inside, 0))) * unit[:, 2]
    found = GroundTruth(world).depth(0).ravel()
    assert np.abs(found - depth)[inner].max() < 2e-3
    assert np.isinf(found[inside < -0.05]).all()
    normal = GroundTruth(world).normals(0).reshape(-1, 3)
    outward = rays * depth[:, None] - np.array([0, 0, 4.0])
    assert np.einsum("ni,ni->n", normal, outward)[inner].min() > 0.998


@given(
    st.tuples(*[st.floats(-40, 40)] * 3),
    st.tuples(*[st.floats(-1.5, 1.5)] * 3),
    st.floats(50, 140),
)
def test_flow_of_a_plane_is_its_homography(
    angles: tuple[float, float, float], step: tuple[float, float, float], focal: float
):
    first = look_at(np.array([0.0, -6, 3]), np.zeros(3))
    second = first.copy()
    second[:3, :3] = first[:3, :3] @ turn(*angles)
    second[:3, 3] += step
    plane = thing("p", meshes.grid(1), np.stack([pose_of(np.zeros(3), np.eye(3), 400.0)]))
    view = camera(first, second, focal=np.array([80.0, focal]))
    world = World([plane], view)
    flow = GroundTruth(world).flow(0, 1)
    # H = K' (R - t nᵀ / d) K⁻¹, with the plane n·x = d in the first camera's axes.
    turn_, move = (
        second[:3, :3].T @ first[:3, :3],
        second[:3, :3].T @ (first[:3, 3] - second[:3, 3]),
    )
    normal = first[:3, :3].T @ np.array([0.0, 0, 1])
    distance = -first[2, 3]
    h = view.matrix(1) @ (turn_ + np.outer(move, normal) / distance) @ np.linalg.inv(view.matrix(0))
    x = np.concatenate([centres(SIZE), np.ones((SIZE[0] * SIZE[1], 1))], axis=1)
    y = x @ h.T
    ground = (GroundTruth(world).instances(0).ravel() == 1) & np.isin(
        flow.codes.ravel(), (FlowCode.VISIBLE, FlowCode.OUT_OF_FRAME)
    )
    with np.errstate(all="ignore"):
        expected = y[:, :2] / y[:, 2:] - centres(SIZE)
    error = np.abs(flow.pixels.reshape(-1, 2) - expected)[ground]
    size = np.abs(expected[ground]) + 1
    assert ground.sum() == 0 or (error / size).max() < 1e-5


def test_the_sky_turns_with_the_camera_and_knows_no_steps():
    first = look_at(np.array([0.0, -6, 3]), np.array([0.0, 0, 8]))
    stepped, turned = first.copy(), first.copy()
    stepped[:3, 3] += 5
    turned[:3, :3] = first[:3, :3] @ turn(0, 10, 0)
    world = World([], camera(first, stepped, turned))
    assert np.abs(GroundTruth(world).flow(0, 1).pixels).max() < 1e-4
    there = GroundTruth(world).flow(0, 2)
    middle = there.pixels[SIZE[1] // 2, SIZE[0] // 2]
    x = 0.5 / 80  # the pixel's centre beside the axis
    assert middle[0] == pytest.approx(80 * (np.tan(np.arctan(x) - np.radians(10)) - x), abs=1e-3)
    assert (there.codes == FlowCode.SKY).all()


def test_what_goes_behind_the_camera_or_out_of_the_image_is_said_to():
    eye = look_at(np.array([0.0, -4, 0]), np.zeros(3))
    poses = np.stack([pose_of(np.array(p), np.eye(3)) for p in ((0, 0, 0), (0, -9, 0), (9, 0, 0))])
    world = World([thing("a", meshes.cube(), poses)], camera(eye, eye, eye))
    truth = GroundTruth(world)
    shown = truth.instances(0) == 1
    behind, aside = truth.flow(0, 1), truth.flow(0, 2)
    assert (behind.codes[shown] == FlowCode.BEHIND_CAMERA).all() and not behind.pixels[shown].any()
    assert (aside.codes[shown] == FlowCode.OUT_OF_FRAME).all() and (aside.pixels[shown] > 100).any()


def test_a_mesh_that_goes_through_the_lens_is_seen_beyond_it():
    eye = look_at(np.array([0.0, 0, 1]), np.array([0.0, 10, 1]))
    floor = thing("f", meshes.grid(1), np.stack([pose_of(np.zeros(3), np.eye(3), 100.0)]))
    truth = GroundTruth(World([floor], camera(eye)))
    y = centres(SIZE)[:, 1] - SIZE[1] / 2
    with np.errstate(divide="ignore"):
        depth = np.where(y > 0, 80.0 / y, np.inf)
    found = truth.depth(0).ravel()
    near = (depth < 45) & (y > 0)
    assert np.abs(found[near] - depth[near]).max() < 1e-4 and np.isinf(found[y < 0]).all()


def test_tracks_go_where_flow_goes_and_come_back():
    eyes = [np.array([0.2 * i, -5, 1]) for i in range(4)]
    places = [np.array([-0.5 + 0.4 * i, -1.0, 0.2]) for i in range(4)]
    world, _ = two_cubes(np.array([0.4, 1.0, 0.0]), eyes, places)
    truth = GroundTruth(world)
    pixels = centres(SIZE)
    tracks, codes = truth.tracks(0, pixels)
    assert np.abs(tracks[0] - pixels)[codes[0] == FlowCode.VISIBLE].max() < 1e-9
    assert (codes[0][truth.instances(0).ravel() > 0] == FlowCode.VISIBLE).all()
    for t in (1, 2, 3):
        flow = truth.flow(0, t)
        assert np.abs(tracks[t] - pixels - flow.pixels.reshape(-1, 2)).max() < 1e-4
        assert (codes[t] == flow.codes.ravel()).all()
    # And back again, from where they are seen.
    seen = np.flatnonzero(codes[3] == FlowCode.VISIBLE)
    hits = truth.met(3, tracks[3][seen]).hits
    back, _ = truth.follow(3, 0, tracks[3][seen], hits)
    assert np.abs(back - pixels[seen]).max() < 1e-6
