"""GLB files whose accessors are sparse, and whose nodes are mirrored: the thing that was meant."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.world3d import user_models

FAULTS = Path(__file__).parents[2] / "fixtures/faults/models"
BOX = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float64)
# Two triangles a side, counterclockwise from outside.
SIDES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
FACES = np.array([t for a, b, c, d in SIDES for t in ((a, b, c), (a, c, d))])


def volume(vertices: Any, faces: Any) -> float:
    """Return the signed volume of a closed mesh: above 0 where it looks outwards."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def glb(rng: np.random.Generator, meant: Any, sparse: bool, matrix: Any = None) -> bytes:
    """Return a box of vertices `meant`, as a GLB of the specification's bytes."""
    blobs: list[bytes] = []
    views: list[dict[str, int]] = []

    def put(array: Any, stride: int = 0) -> int:
        raw = array.tobytes()
        if stride:
            raw = b"".join(r.tobytes().ljust(stride, b"\7") for r in array)
        at = sum(map(len, blobs))
        blobs.append(raw + b"\0" * (-len(raw) % 4))
        views.append({"buffer": 0, "byteOffset": at, "byteLength": len(raw)})
        views[-1] |= {"byteStride": stride} if stride else {}
        return len(views) - 1

    put(np.zeros(int(rng.integers(1, 9)), "<u4"))  # what stands before
    accessor: dict[str, Any] = {"componentType": 5126, "count": len(meant), "type": "VEC3"}
    accessor |= {"min": meant.min(axis=0).tolist(), "max": meant.max(axis=0).tolist()}
    meant32 = meant.astype("<f4")
    if sparse:
        changed = np.sort(rng.permutation(len(meant))[: int(rng.integers(1, len(meant) + 1))])
        base = meant32.copy()
        base[changed] = rng.normal(size=(len(changed), 3))
        if rng.uniform() < 0.3:  # from zeros
            changed, base = np.arange(len(meant)), np.zeros_like(base)
        else:
            accessor["bufferView"] = put(base, int(rng.choice([0, 16, 24])))
        code = int(rng.choice([5121, 5123, 5125]))
        indices = changed.astype({5121: "<u1", 5123: "<u2", 5125: "<u4"}[code])
        accessor["sparse"] = {
            "count": len(changed),
            "indices": {"bufferView": put(indices), "componentType": code},
            "values": {"bufferView": put(meant32[changed])},
        }
    else:
        accessor["bufferView"] = put(meant32)
    faces = {"bufferView": put(FACES.astype("<u2").reshape(-1)), "componentType": 5123}
    tree = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **({} if matrix is None else {"matrix": matrix})}],
        "buffers": [{"byteLength": sum(map(len, blobs))}], "bufferViews": views,
        "accessors": [accessor, {**faces, "count": FACES.size, "type": "SCALAR"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
    }  # fmt: skip
    head, body = json.dumps(tree).encode(), b"".join(blobs)
    head += b" " * (-len(head) % 4)
    chunks = struct.pack("<I4s", len(head), b"JSON") + head
    chunks += struct.pack("<I4s", len(body), b"BIN\0") + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def loaded(data: bytes) -> Any:
    return user_models.load("s", "crate.glb", lambda site, path: data).mesh


@pytest.mark.parametrize("seed", range(300))
def test_a_sparse_and_mirrored_box_is_the_box_that_was_meant(seed: int):
    rng = np.random.default_rng(seed)
    meant = BOX * rng.uniform(0.5, 2, 3) + rng.uniform(-1, 1, 3)
    matrix = None
    if seed % 2:  # turned, scaled unevenly and, half of them, mirrored
        turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        whole = np.eye(4)
        whole[:3, :3] = turn * rng.uniform(0.5, 2, 3) * rng.choice([-1, 1], 3)
        matrix = whole.T.reshape(-1).tolist()
    found = loaded(glb(rng, meant, sparse=seed % 3 > 0, matrix=matrix))
    assert volume(found.vertices, found.faces) > 0, "its faces look outwards"
    shown = meant if matrix is None else meant @ np.array(matrix).reshape(4, 4)[:3, :3]
    # It is scaled to unit size and turned upright: lengths between corners keep their ratios.
    apart = np.linalg.norm(shown[:, None] - shown[None], axis=-1)
    mine = found.vertices[_order(found.vertices, shown)]
    seen = np.linalg.norm(mine[:, None] - mine[None], axis=-1)
    assert np.allclose(seen / seen.max(), apart / apart.max(), atol=1e-4)


def _order(found: Any, meant: Any) -> Any:
    """Return, for each corner that was meant, the corner that was found: upright, of unit size."""
    upright = meant @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]).T
    low, high = upright.min(axis=0), upright.max(axis=0)
    ends = found.min(axis=0), found.max(axis=0)
    scale = (ends[1] - ends[0]).max() / (high - low).max()
    placed = (upright - (low + high) / 2) * scale + (ends[0] + ends[1]) / 2
    return np.linalg.norm(found[None] - placed[:, None], axis=-1).argmin(axis=1)


def test_the_sparse_crate_is_not_flat():
    found = loaded((FAULTS / "sparse_crate.glb").read_bytes())
    assert (np.ptp(found.vertices, axis=0) > 0.2).all()


def test_a_sparse_accessor_beyond_all_bounds_is_refused():
    rng = np.random.default_rng(0)
    data = glb(rng, BOX, sparse=True)
    huge = data.replace(b'"count": 8', b'"count": 9999999999', 1)
    huge = huge[:8] + struct.pack("<I", len(huge)) + struct.pack("<I", 0) + huge[16:]
    with pytest.raises(PageFault, match="prop_not_read"):
        loaded(huge)
