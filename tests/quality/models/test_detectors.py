"""Detectors and segmenters that plug in, and the model that a package brings."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from corpuswright.quality.models import centernet, detectors, http_service, segmenters, tfjs_to_onnx
from corpuswright.quality.models.scorers import ScorerError
from corpuswright.quality.subjects import frame_detections
from tests.quality.models.test_scorers import service

HIGH, WIDE = 90, 120
DISC = ((np.mgrid[0:HIGH, 0:WIDE][1] - 70) ** 2 + (np.mgrid[0:HIGH, 0:WIDE][0] - 40) ** 2) < 25**2
BOX = (45.0, 15.0, 96.0, 66.0)


def picture() -> np.ndarray:
    rng = np.random.default_rng(1)
    made = np.full((HIGH, WIDE, 3), (60, 110, 70)) + rng.integers(-9, 10, (HIGH, WIDE, 3))
    made[DISC] = np.array((220, 60, 40)) + rng.integers(-9, 10, (int(DISC.sum()), 3))
    return made.astype(np.uint8)


class Both:
    """A detector and a segmenter that know the picture."""

    version = "1"

    def __init__(self, device: str) -> None:
        self.device = device

    def __call__(self, pixels: np.ndarray, asked: Any) -> list[Any]:
        if asked and not isinstance(asked[0], str):
            return [(DISC, 0.9), (DISC, float("nan"))][: len(asked)]
        return [("Ball", BOX, 0.75), ("ball", (-9, -9, 10, 10), 0.5), ("cat", (500, 0, 600, 9), 1)]


def wrong(device: str) -> Any:
    return lambda pixels, asked: [("ball", "everywhere", 1.0)]


MODEL = "tests.quality.models.test_detectors:Both"
WRONG = "tests.quality.models.test_detectors:wrong"


def test_a_callable_finds_what_is_asked_for_inside_the_picture():
    found = detectors.found(MODEL, picture(), ["ball"])
    assert [(f.word, f.box, f.score) for f in found] == [
        ("Ball", BOX, 0.75),
        ("ball", (0.0, 0.0, 10.0, 10.0), 0.5),
    ]
    assert detectors.found(MODEL, picture(), ["dog"]) == []
    assert detectors.fingerprint(MODEL).startswith(f"{MODEL} 1 ")
    with pytest.raises(ScorerError, match="expected word, box and score"):
        detectors.found(WRONG, picture(), ["ball"])
    with pytest.raises(ScorerError, match="expected"):
        detectors.fingerprint("nobody")


def test_an_onnx_file_is_one_of_torchvision_s(tmp_path: Path):
    from onnx import TensorProto, helper, numpy_helper

    def constant(name: str, value: np.ndarray) -> Any:
        return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))

    nodes = [
        constant("boxes", np.array([[22, 7, 48, 33], [0, 0, 5, 5]], np.float32)),
        constant("labels", np.array([1, 7], np.int64)),  # the last one has no name
        constant("scores", np.array([0.8, 0.9], np.float32)),
    ]
    asked = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 45, 60])
    gives = [
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [2, 4]),
        helper.make_tensor_value_info("labels", TensorProto.INT64, [2]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, [2]),
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "d", [asked], gives),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=8,
    )
    file = tmp_path / "d.onnx"
    file.write_bytes(model.SerializeToString())
    with pytest.raises(ScorerError, match=r"expected.*classes"):
        detectors.fingerprint(str(file))
    (tmp_path / "d.onnx.json").write_text('{"classes": ["", "ball"]}')
    (found,) = detectors.found(str(file), picture(), [])
    assert found == ("ball", (44.0, 14.0, 96.0, 66.0), 0.8)


def test_a_service_is_asked_for_words_and_boxes():
    sink = io.BytesIO()
    Image.fromarray(DISC).save(sink, "PNG")
    mask = base64.b64encode(sink.getvalue()).decode()
    with service({"found": [[{"word": "ball", "box": BOX, "score": 0.6}]]}) as (url, asked):
        assert detectors.found(url, picture(), ["ball"]) == [("ball", BOX, 0.6)]
        assert asked[0]["words"] == ["ball"]
        sent = Image.open(io.BytesIO(base64.b64decode(asked[0]["images"][0])))
        assert (np.asarray(sent) == picture()).all()
    with service({"masks": [{"png": mask, "score": 0.7}, {"png": mask}]}) as (url, asked):
        cuts = segmenters.masks(url, picture(), [BOX, BOX])
        assert [c is not None and (c.mask == DISC).all() for c in cuts] == [True, True]
        assert [c.score for c in cuts if c] == [0.7, None] and asked[0]["boxes"][0] == list(BOX)
    with service({"masks": [{"png": mask[:-40]}]}) as (url, _), pytest.raises(ScorerError):
        segmenters.masks(url, picture(), [BOX])
    with service({"nothing": 1}) as (url, _), pytest.raises(ScorerError, match="found"):
        detectors.found(url, picture(), [])


def test_masks_are_those_of_the_things_and_a_missing_score_is_missing():
    (cut,) = segmenters.masks("grabcut", picture(), [BOX])
    assert cut is not None and cut.score is None
    assert (cut.mask & DISC).sum() / (cut.mask | DISC).sum() > 0.95
    again = segmenters.masks("grabcut", picture(), [BOX])[0]
    assert again is not None and (again.mask == cut.mask).all()
    one, other = segmenters.masks(MODEL, picture(), [BOX, BOX])
    assert one is not None and one.score == 0.9
    assert other is not None and other.score is None
    with pytest.raises(ScorerError, match="expected a mask of"):
        segmenters.masks("tests.quality.models.test_detectors:small", picture(), [BOX])
    assert segmenters.fingerprint("grabcut").startswith("grabcut opencv ")


def small(device: str) -> Any:
    return lambda pixels, boxes: [(DISC[1:], 1.0)]


def test_an_eye_looks_at_a_frame_once_and_heeds_the_least_score():
    class Counting(list[np.ndarray]):
        looked = 0

        def __getitem__(self, n: Any) -> Any:
            self.looked += 1
            return super().__getitem__(n)

    frames = Counting([picture(), picture()])
    eye = frame_detections.by_models(frames, MODEL, MODEL, [], 0.6)
    assert [s.word for s in eye(0)] == ["Ball"] and eye(0)[0].mask_score == 0.9
    before = frames.looked
    assert eye(0) == eye(0) and frames.looked == before
    bare = frame_detections.by_models(frames, MODEL, "", [], 0.6)(1)
    assert [(s.word, s.mask, s.mask_score) for s in bare] == [("Ball", None, None)]


def test_the_package_s_model_sees_people_where_they_are(tmp_path: Path):
    path = centernet.fetched(Path("inputs"))
    # Its own picture of people: a collage of portraits.
    with Image.open(path.parent.parent / "assets/samples.jpg") as image:
        pixels = np.asarray(image.convert("RGB"))
    found = detectors.found(str(path), pixels, [])
    people = [f for f in found if f.word == "person" and f.score >= 0.35]
    assert people and people[0] == found[0]
    assert detectors.found(str(path), pixels, ["zebra"]) == []
    high, wide = pixels.shape[:2]
    for f in found:
        assert 0 <= f.box[0] < f.box[2] <= wide and 0 <= f.box[1] < f.box[3] <= high
    plain = detectors.found(str(path), np.full((200, 300, 3), 128, np.uint8), [])
    assert [f for f in plain if f.score >= 0.35] == []


# --- TensorFlow.js's graphs as ONNX --------------------------------------------------------------


def coded(text: str) -> dict[str, str]:
    return {"s": base64.b64encode(text.encode()).decode()}


def test_a_graph_computes_what_its_operations_say(tmp_path: Path):
    rng = np.random.default_rng(3)
    kernel = rng.normal(0, 0.4, (3, 3, 3, 4)).astype(np.float16)
    bias = rng.normal(0, 0.4, 4).astype(np.float16)
    deep = rng.normal(0, 0.4, (3, 3, 4, 1)).astype(np.float16)
    by = rng.normal(1, 0.2, 4).astype(np.float16)
    weights = {"k": kernel, "b": bias, "d": deep, "by": by, "axes": np.array([1, 2], np.int32),
               "size": np.array([8, 10], np.int32), "axis": np.array(3, np.int32)}  # fmt: skip
    strides = {"list": {"i": ["1", "2", "2", "1"]}}
    once = {"list": {"i": ["1", "1", "1", "1"]}}
    fused = {"list": {"s": [coded("BiasAdd")["s"], coded("Relu6")["s"]]}}
    dims = {"shape": {"dim": [{"size": s} for s in ("1", "8", "10", "3")]}}
    nodes = [
        {"name": "in", "op": "Placeholder", "attr": {"shape": dims}},
        *({"name": n, "op": "Const"} for n in weights),
        {"name": "c", "op": "_FusedConv2D", "input": ["in", "k", "b"],
         "attr": {"strides": strides, "padding": coded("SAME"), "fused_ops": fused}},
        {"name": "w", "op": "DepthwiseConv2dNative", "input": ["c", "d"],
         "attr": {"strides": once, "padding": coded("SAME")}},
        {"name": "m", "op": "Mul", "input": ["w", "by"]},
        {"name": "mean", "op": "Mean", "input": ["m", "axes"]},
        {"name": "plus", "op": "AddV2", "input": ["m", "mean"]},
        {"name": "up", "op": "ResizeBilinear", "input": ["plus", "size"], "attr": {}},
        {"name": "both", "op": "ConcatV2", "input": ["up", "in", "axis"]},
        {"name": "out", "op": "Sigmoid", "input": ["both"]},
    ]  # fmt: skip
    told = [
        {"name": n, "shape": list(a.shape), "dtype": "int32"}
        if a.dtype == np.int32
        else {
            "name": n,
            "shape": list(a.shape),
            "dtype": "float32",
            "quantization": {"dtype": "float16"},
        }
        for n, a in weights.items()
    ]
    manifest = [{"paths": ["w.bin"], "weights": told}]
    plain = {"modelTopology": {"node": nodes}, "weightsManifest": manifest}
    (tmp_path / "w.bin").write_bytes(b"".join(a.tobytes() for a in weights.values()))
    (tmp_path / "g.json").write_text(json.dumps(plain))
    import onnxruntime

    session = onnxruntime.InferenceSession(tfjs_to_onnx.onnx_of(tmp_path / "g.json", ["out"]))
    x = rng.normal(0, 1, (8, 10, 3)).astype(np.float32)
    (seen,) = session.run(None, {"in": x.transpose(2, 0, 1)[None]})
    assert np.abs(seen[0].transpose(1, 2, 0) - by_hand(x, kernel, bias, deep, by)).max() < 1e-5

    nodes[-1]["op"] = "Tanh"
    (tmp_path / "g.json").write_text(json.dumps(plain))
    with pytest.raises(tfjs_to_onnx.TfjsError, match="Tanh is not known"):
        tfjs_to_onnx.onnx_of(tmp_path / "g.json", ["out"])
    with pytest.raises(tfjs_to_onnx.TfjsError, match="expected a graph model"):
        tfjs_to_onnx.onnx_of(tmp_path / "none.json", ["out"])


def by_hand(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, deep: np.ndarray, by: np.ndarray
) -> np.ndarray:
    """The graph above, pixel by pixel, as TensorFlow says what SAME and bilinear are."""
    k, d = kernel.astype(np.float64), deep.astype(np.float64)
    # SAME with stride 2 on even sides: nothing before, one row and one column behind.
    wide = np.pad(x.astype(np.float64), ((0, 1), (0, 1), (0, 0)))
    c = np.array(
        [
            [
                np.einsum("ijc,ijco->o", wide[2 * r : 2 * r + 3, 2 * s : 2 * s + 3], k)
                for s in range(5)
            ]
            for r in range(4)
        ]
    )
    c = np.clip(c + bias.astype(np.float64), 0, 6)
    around = np.pad(c, ((1, 1), (1, 1), (0, 0)))
    w = np.array(
        [
            [(around[r : r + 3, s : s + 3] * d[:, :, :, 0]).sum((0, 1)) for s in range(5)]
            for r in range(4)
        ]
    )
    m = w * by.astype(np.float64)
    plus = m + m.mean((0, 1))
    up = np.zeros((8, 10, 4))
    for r in range(8):
        for s in range(10):
            a, b = r / 2, s / 2
            i, j = int(a), int(b)
            i2, j2 = min(i + 1, 3), min(j + 1, 4)
            u, v = a - i, b - j
            up[r, s] = (
                plus[i, j] * (1 - u) * (1 - v)
                + plus[i2, j] * u * (1 - v)
                + plus[i, j2] * (1 - u) * v
                + plus[i2, j2] * u * v
            )
    return 1 / (1 + np.exp(-np.concatenate([up, x], 2)))


def test_a_service_that_gives_nothing_is_asked_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_service, "BACKOFF_S", 0.0)
    monkeypatch.setattr(http_service, "JITTER_S", 0.0)
    with pytest.raises(ScorerError, match="after 5 tries: ConnectionError"):
        detectors.found("http://127.0.0.1:9/", picture(), [])
