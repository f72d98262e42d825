"""A TensorFlow.js graph model as ONNX: a model that npm brings, run without Node.

Takes convolutional networks of one image (N, H, W, 3): the operations in `_PLAIN` and those that
`_Graph` writes out, laid out as TensorFlow.js has them (`tfjs-converter`'s graph-model JSON with
its weights beside it). Arrays are (N, C, H, W) in what comes out.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

_PLAIN = {"Mul": "Mul", "Add": "Add", "AddV2": "Add", "Sub": "Sub", "Relu": "Relu",
          "Sigmoid": "Sigmoid", "Identity": "Identity"}  # fmt: skip
_CONVOLUTIONS = (
    "Conv2D",
    "_FusedConv2D",
    "DepthwiseConv2dNative",
    "FusedDepthwiseConv2dNative",
)
_KINDS = {"float16": np.float16, "float32": np.float32, "int32": np.int32}


class TfjsError(ValueError):
    """A file is no such model, or has an operation that is not known; the message says which."""


def onnx_of(path: Path, outputs: Sequence[str]) -> bytes:
    """Return the ONNX model that computes some nodes of a graph model.

    Args:
        path: The model's JSON; its weights lie beside it.
        outputs: Names of the nodes that are wanted, (N, H, W, C) in the graph, (N, C, H, W) here.

    Raises:
        TfjsError: As above.
    """
    from onnx import helper

    try:
        plain = cast(dict[str, Any], json.loads(path.read_text("utf-8")))
        nodes = {n["name"]: n for n in plain["modelTopology"]["node"]}
        graph = _Graph(nodes, _weights(path.parent, plain["weightsManifest"]))
        for name in outputs:
            graph.add(name)
    except (KeyError, OSError, ValueError) as error:
        raise TfjsError(f"{path.name}: expected a graph model with {list(outputs)}: {error}") from (
            error
        )
    ends: Any = [helper.make_tensor_value_info(n, 1, None) for n in outputs]
    made: Any = helper.make_graph(graph.made, path.stem, graph.inputs, ends, graph.constants)
    model: Any = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return model.SerializeToString()


def _weights(folder: Path, manifest: Any) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for group in manifest:
        data, at = b"".join((folder / p).read_bytes() for p in group["paths"]), 0
        for told in group["weights"]:
            packed = told.get("quantization", {})
            if packed and packed["dtype"] != "float16":
                raise TfjsError(f"{told['name']}: expected float16, saw {packed['dtype']}")
            kind = _KINDS[packed["dtype"] if packed else told["dtype"]]
            array = np.frombuffer(data, kind, int(np.prod(told["shape"])), at)
            at += array.nbytes
            wide = np.float32 if array.dtype == np.float16 else array.dtype
            found[told["name"]] = array.reshape(told["shape"]).astype(wide)
    return found


class _Graph:
    def __init__(self, nodes: dict[str, Any], weights: dict[str, NDArray[Any]]) -> None:
        self._nodes, self._weights = nodes, weights
        self._there: set[str] = set()
        self.made: list[Any] = []
        self.inputs: list[Any] = []
        self.constants: list[Any] = []

    def add(self, name: str) -> str:
        """Write out a node after all that it hangs on; return its name."""
        if name in self._there:
            return name
        node = self._nodes[name]
        op, asked = node["op"], [str(i).split(":")[0] for i in node.get("input", ())]
        self._there.add(name)
        if op == "Placeholder":
            self._input(name, node)
        elif op == "Const":
            array = self._weights[name]
            # What goes along the last axis goes along the second one here.
            self._constant(name, array.reshape(1, -1, 1, 1) if array.ndim == 1 else array)
        elif op in _PLAIN:
            self._node(_PLAIN[op], [self.add(i) for i in asked], name)
        elif op == "Relu6":
            low, high = (self._constant(f"{name}/{v}", np.float32(v)) for v in (0, 6))
            self._node("Clip", [self.add(asked[0]), low, high], name)
        elif op == "Mean":
            if sorted(self._weights[asked[1]].ravel().tolist()) != [1, 2]:
                raise TfjsError(f"{name}: expected the mean of height and width")
            axes = self._constant(f"{name}/axes", np.array([2, 3], np.int64))
            self._node("ReduceMean", [self.add(asked[0]), axes], name, keepdims=1)
        elif op == "ConcatV2":
            self._node("Concat", [self.add(i) for i in asked[:-1]], name, axis=1)
        elif op == "ResizeBilinear":
            self._resize(name, asked)
        elif op in _CONVOLUTIONS:
            self._convolution(name, "epthwise" in op, asked, node["attr"])
        else:
            raise TfjsError(f"{name}: the operation {op} is not known")
        return name

    def _node(self, op: str, inputs: list[str], output: str, **attributes: Any) -> None:
        from onnx import helper

        self.made.append(helper.make_node(op, inputs, [output], **attributes))

    def _constant(self, name: str, array: Any) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def _input(self, name: str, node: Any) -> None:
        from onnx import helper

        _, high, wide, deep = (int(d["size"]) for d in node["attr"]["shape"]["shape"]["dim"])
        self.inputs.append(helper.make_tensor_value_info(name, 1, [1, deep, high, wide]))

    def _resize(self, name: str, asked: list[str]) -> None:
        attributes = self._nodes[name]["attr"]
        if any(attributes.get(a, {}).get("b") for a in ("align_corners", "half_pixel_centers")):
            raise TfjsError(f"{name}: expected corners that are not aligned, and no half pixels")
        size = self._constant(f"{name}/size", self._weights[asked[1]].astype(np.int64))
        self._node(
            "Resize",
            [self.add(asked[0]), "", "", size],
            name,
            mode="linear",
            coordinate_transformation_mode="asymmetric",
            axes=[2, 3],
        )

    def _convolution(self, name: str, deep: bool, asked: list[str], attributes: Any) -> None:
        kernel = self._weights[asked[1]]  # (h, w, in, out), of a deep one (h, w, in, multiplier)
        high, wide, into, out = kernel.shape
        if deep:
            kernel = kernel.reshape(high, wide, 1, into * out)
        weight = self._constant(f"{name}/kernel", kernel.transpose(3, 2, 0, 1))
        inputs = [self.add(asked[0]), weight]
        after = [_text(s) for s in attributes.get("fused_ops", {}).get("list", {}).get("s", ())]
        if after[:1] == ["BiasAdd"]:
            bias = self._weights[asked[2]].ravel()
            inputs.append(self._constant(f"{name}/bias", bias))
        then = after[1:]
        if then not in ([], ["Relu"], ["Relu6"]):
            raise TfjsError(f"{name}: {then} after a convolution is not known")
        end = f"{name}/before" if then else name
        pad = _text(attributes["padding"]["s"])
        self._node(
            "Conv",
            inputs,
            end,
            group=into if deep else 1,
            strides=_ints(attributes, "strides"),
            dilations=_ints(attributes, "dilations"),
            auto_pad={"SAME": "SAME_UPPER", "VALID": "VALID"}[pad],
        )
        if then == ["Relu"]:
            self._node("Relu", [end], name)
        elif then:
            low, high_ = (self._constant(f"{name}/{v}", np.float32(v)) for v in (0, 6))
            self._node("Clip", [end, low, high_], name)


def _text(coded: str) -> str:
    return base64.b64decode(coded).decode()


def _ints(attributes: Any, name: str) -> list[int]:
    found = attributes.get(name, {}).get("list", {}).get("i", ["1", "1", "1", "1"])
    return [int(v) for v in found[1:3]]
