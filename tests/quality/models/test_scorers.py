"""Scores by models that plug in: each kind for real, and what is said where one is wrong."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from corpuswright.quality.models import http_service, scorers
from tests.fixtures.synthetic_images import texture

MEAN = "tests.quality.models.test_scorers:mean_of"


def flat(value: int, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    return np.full((size[1], size[0], 3), value, np.uint8)


def mean_of(device: str) -> Any:
    """A scorer as a user writes it: loaded once, then called with batches."""

    def score(images: Sequence[np.ndarray]) -> list[float | None]:
        assert device in ("cpu", "cuda:1")
        return [None if i.max() == 0 else float(i.mean()) / 255 for i in images]

    return score


def too_few(device: str) -> Any:
    return lambda images: [0.5]


def words(device: str) -> Any:
    return lambda images: ["fine"] * len(images)


def model(path: Path, shape: Sequence[Any] = (1, 3, 8, 8)) -> str:
    """Write a model whose output is the mean of each channel."""
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)
    graph = helper.make_graph([node], "means", [given], [made])
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return str(path)


@contextmanager
def service(*answers: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A service that gives these answers in turn, the last one for ever; "mean" is a real one.

    Yields its URL and the bodies that it was sent.
    """
    left, seen = list(answers), list[dict[str, Any]]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = left.pop(0) if len(left) > 1 else left[0]
            seen.append(body)
            if isinstance(answer, int):
                self.send_error(answer)
                return
            if answer == "mean":
                images = [Image.open(io.BytesIO(base64.b64decode(i))) for i in body["images"]]
                answer = {"scores": [float(np.asarray(i).mean()) / 255 for i in images]}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/score", seen
    finally:
        server.shutdown()
        server.server_close()


def test_the_model_of_a_package_is_real():
    photo = np.asarray(texture(3))
    (alone,) = scorers.scores("opennsfw", [photo])
    assert alone is not None and 0 <= alone < 0.5
    assert scorers.scores("opennsfw", [flat(9), photo])[1] == alone, "hangs on its image alone"


def test_text_area_is_the_share_under_lines():
    pytest.importorskip("rapidocr")
    page = Image.new("RGB", (600, 400), "white")
    from PIL import ImageDraw

    ImageDraw.Draw(page).text((40, 40), "Fourteen boxes of apples", fill="black", font_size=40)
    written, plain = scorers.scores("rapidocr", [np.asarray(page), flat(200, (600, 400))])
    assert written is not None and 0.03 < written < 0.25 and plain == 0


def test_an_onnx_file_sees_what_it_wants(tmp_path: Path):
    image = flat(0)
    image[..., 0] = 255
    name = model(tmp_path / "means.onnx")
    assert scorers.scores(name, [image]) == [0.0], "the last column: blue"
    other = model(tmp_path / "other.onnx", (1, 3, "h", "w"))
    (tmp_path / "other.onnx.json").write_text(
        '{"column": 2, "bgr": true, "mean": [0.5, 0, 0], "std": [0.5, 1, 1], "size": [8, 8]}'
    )
    assert scorers.scores(other, [image, flat(255)]) == [1.0, 1.0]
    assert scorers.fingerprint(name) != scorers.fingerprint(other)


def test_a_callable_and_a_service_give_scores_and_none(monkeypatch: pytest.MonkeyPatch):
    assert scorers.scores(MEAN, [flat(51), flat(0)]) == [0.2, None]
    monkeypatch.setenv(scorers.DEVICE, "cuda:1")
    assert scorers.scores(MEAN, [flat(51)]) == [0.2]
    monkeypatch.setattr(http_service, "BACKOFF_S", 0.0)
    monkeypatch.setattr(http_service, "JITTER_S", 0.0)
    with service(503, 429, "mean") as (url, seen):
        assert scorers.scores(url, [flat(51), flat(102)]) == [0.2, 0.4]
        assert [len(s["images"]) for s in seen] == [2, 2, 2]
    with service({"scores": [None, float("nan")]}) as (url, _):
        assert scorers.scores(url, [flat(1), flat(2)]) == [None, None]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none_such", "module:callable or a URL"),
        ("none.such:thing", "No module"),
        ("tests.quality.models.test_scorers:none", "no attribute"),
        ("none.onnx", "expected an ONNX file"),
        ("tests.quality.models.test_scorers:too_few", "expected 2 scores, saw 1"),
        ("tests.quality.models.test_scorers:words", "expected numbers, saw 'fine'"),
    ],
)
def test_what_is_wrong_with_a_scorer_is_said(name: str, said: str):
    with pytest.raises(scorers.ScorerError, match=said):
        scorers.fingerprint(name)
        scorers.scores(name, [flat(1), flat(2)])


def test_a_broken_file_or_service_is_no_score(tmp_path: Path):
    (tmp_path / "a.onnx").write_bytes(b"no model")
    with pytest.raises(scorers.ScorerError, match="expected an ONNX model"):
        scorers.scores(str(tmp_path / "a.onnx"), [flat(1)])
    name = model(tmp_path / "b.onnx")
    (tmp_path / "b.onnx.json").write_text('{"sizes": [8, 8]}')
    with pytest.raises(scorers.ScorerError, match="sizes"):
        scorers.fingerprint(name)
    (tmp_path / "b.onnx.json").write_text('{"size": [9, 9]}')
    with pytest.raises(scorers.ScorerError, match="does not take"):
        scorers.scores(name, [flat(1)])
    for answer, said in ((404, "HTTP 404"), ({"score": [1]}, "expected"), ("mean", "saw 1")):
        with service(answer if answer != "mean" else {"scores": [1.0]}) as (url, _):
            with pytest.raises(scorers.ScorerError, match=said):
                scorers.scores(url, [flat(1), flat(2)])
