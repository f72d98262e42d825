"""Sparse accessors of GLB files written out, as most readers of glTF need them.

An accessor may name only the values in which it differs from another block, or from zeros (glTF
2.0, 3.6.2.3). trimesh 5.2 reads such a one without its differences: a flat thing.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_COMPONENTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_JSON, _BIN = b"JSON", b"BIN\0"


def dense(data: bytes, most: int) -> bytes:
    """Return a GLB file without sparse accessors; one that has none, or is no GLB, as it is.

    Raises:
        ValueError: An accessor lies outside its buffer, or all would take more than `most` bytes.
    """
    if data[:4] != b"glTF" or b'"sparse"' not in data:
        return data
    tree, binary = _chunks(data)
    views: list[dict[str, Any]] = tree.setdefault("bufferViews", [])
    added: list[bytes] = []
    end = len(binary) + -len(binary) % 4
    for accessor in tree.get("accessors", ()):
        if "sparse" not in accessor:
            continue
        values = _values(accessor, views, binary, most - end)
        raw = values.tobytes()
        raw += b"\0" * (-len(raw) % 4)
        del accessor["sparse"]
        accessor |= {"bufferView": len(views), "byteOffset": 0}
        views.append({"buffer": 0, "byteOffset": end, "byteLength": values.nbytes})
        added.append(raw)
        end += len(raw)
    binary = binary + b"\0" * (-len(binary) % 4) + b"".join(added)
    tree["buffers"] = [{**(tree.get("buffers") or [{}])[0], "byteLength": len(binary)}]
    head = json.dumps(tree).encode()
    head += b" " * (-len(head) % 4)
    chunks = struct.pack("<I4s", len(head), _JSON) + head
    chunks += struct.pack("<I4s", len(binary), _BIN) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    at, found = 12, dict[bytes, bytes]()
    while at + 8 <= len(data):
        length, kind = struct.unpack_from("<I4s", data, at)
        found.setdefault(kind, data[at + 8 : at + 8 + length])
        at += 8 + length
    return json.loads(found[_JSON]), found.get(_BIN, b"")


def _values(
    accessor: dict[str, Any], views: list[dict[str, Any]], binary: bytes, room: int
) -> NDArray[Any]:
    """Return what an accessor means: (count, components)."""
    kind = np.dtype(_TYPES[accessor["componentType"]])
    shape = int(accessor["count"]), _COMPONENTS[accessor["type"]]
    if shape[0] * shape[1] * kind.itemsize > room:
        raise ValueError(f"an accessor of {shape[0]} values is larger than the file may be")
    values = np.zeros(shape, kind)
    if "bufferView" in accessor:
        view = views[accessor["bufferView"]]
        offset = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        step = view.get("byteStride", shape[1] * kind.itemsize)
        rows = np.ndarray(shape, kind, binary, offset, (step, kind.itemsize))
        values[:] = rows
    sparse = accessor["sparse"]
    number = int(sparse["count"])
    at = _read(sparse["indices"], _TYPES[sparse["indices"]["componentType"]], number, views, binary)
    new = _read(sparse["values"], kind, number * shape[1], views, binary)
    values[at] = new.reshape(number, shape[1])
    return values


def _read(
    where: dict[str, Any], kind: Any, number: int, views: list[dict[str, Any]], binary: bytes
) -> NDArray[Any]:
    offset = views[where["bufferView"]].get("byteOffset", 0) + where.get("byteOffset", 0)
    return np.frombuffer(binary, kind, number, offset)
