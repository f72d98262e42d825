"""What lies beside a rendered video, in folders and tars; and what does not tell the truth."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

from corpuswright.quality.subjects import frame_detections
from corpuswright.quality.video import rendered_truth
from corpuswright.quality.video.rendered_truth import NoTruthError
from corpuswright.storage import samples
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.credits import Credits
from corpuswright.storage.inputs.references import Reference
from corpuswright.storage.media import clips
from corpuswright.storage.records import Element, Scene, Spec

INSTANCES = np.zeros((4, 12, 16), np.uint16)
INSTANCES[:, 3:9, 4:10] = 1
INSTANCES[2, 0:2, 0:2] = 2  # of nothing that the record names


def record(fps: float = 8.0) -> bytes:
    box = (4.0, 3.0, 10.0, 9.0)
    quad = ((4.0, 3.0), (10.0, 3.0), (10.0, 9.0), (4.0, 9.0))
    thing = Element(
        "e0",
        "img",
        "red cube",
        quad,
        box,
        box,
        1.0,
        None,
        "",
        {},
        {"instance": 1, "type": "cube"},
        None,
    )
    scene = Scene((16, 12), (1.0, 1.0), (thing,), {"clip": {"fps": fps, "things": ["t0"]}})
    return samples.write(Spec("a-00000000-0000", "a", "clip", {}, ()), scene, [])


def lay(folder: Path, **files: bytes) -> Reference:
    held = {
        "mp4": b"pictures",
        "json": record(),
        "passes.npz": clips.packed({"instances": INSTANCES}),
        **files,
    }
    for ending, data in held.items():
        if data:
            (folder / f"clip.{ending}").write_bytes(data)
    (found,) = (
        r
        for part in references.parts(folder)
        for r in references.read(part, Credits(), "", "")
        if r.uri.endswith("clip.mp4")
    )
    return found


def test_truth_is_read_from_a_folder_and_from_a_tar(tmp_path: Path):
    where = lay(tmp_path)
    plain = rendered_truth.of(where)
    assert plain.words == {1: "cube"} and plain.fps == 8 and (plain.instances == INSTANCES).all()
    packed = tmp_path / "packed"
    packed.mkdir()
    with tarfile.open(packed / "000.tar", "w") as out:
        for path in sorted(tmp_path.glob("clip.*")):
            out.add(path, f"deep/{path.name}")
    (inside,) = (
        r
        for part in references.parts(packed)
        for r in references.read(part, Credits(), "", "")
        if r.uri.endswith(".mp4")
    )
    assert (rendered_truth.of(inside).instances == INSTANCES).all()
    (seen,) = frame_detections.of_truth(plain, 0.25, 8, (32, 24))(
        0
    )  # the frame shown at 0.25 s is the third
    assert seen.word == "cube" and seen.box == (8.0, 6.0, 20.0, 18.0)
    assert seen.mask is not None and seen.mask.sum() == 12 * 12
    assert plain.at(99.0).shape == (12, 16)


@pytest.mark.parametrize(
    "files",
    [
        {"json": b""}, {"passes.npz": b""}, {"json": b"[]"}, {"json": b"{"},
        {"json": record(fps=0.0)}, {"passes.npz": b"PK"},
        {"passes.npz": clips.packed({"instances": INSTANCES})[:200]},
        {"passes.npz": clips.packed({"depth": INSTANCES})},
        {"passes.npz": clips.packed({"instances": INSTANCES[0]})},
        {"passes.npz": clips.packed({"instances": INSTANCES[:0]})},
        {"passes.npz": clips.packed({"instances": INSTANCES.astype(float)})},
    ],
)  # fmt: skip
def test_what_is_no_truth_is_told_and_names_no_path(tmp_path: Path, files: dict[str, bytes]):
    where = lay(tmp_path, **files)
    with pytest.raises(NoTruthError) as told:
        rendered_truth.of(where)
    assert str(tmp_path) not in str(told.value) and str(told.value).startswith(where.uri)


def test_what_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    where = lay(
        tmp_path, **{"passes.npz": clips.packed({"instances": np.zeros((9, 99, 99), "u2")})}
    )
    monkeypatch.setattr(rendered_truth, "MAX_BYTES", 20_000)
    with pytest.raises(NoTruthError, match="20000 bytes at most"):
        rendered_truth.of(where)
