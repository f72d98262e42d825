"""A small deterministic tar: POSIX ustar, one member a file, zero owner and time.

`tarfile` spends most of its time on header fields that never vary here; writing one template and
patching name, size and checksum is several times faster (tests/bench/RESULTS.md). Any tar reader
reads the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BLOCK = 512
END = bytes(2 * BLOCK)
_MAX_SIZE = 8**11 - 1  # 11 octal digits (POSIX ustar), 8 GiB
_ZERO = bytes(BLOCK)


class Member(NamedTuple):
    """Where a member's bytes lie in its file."""

    name: str
    offset: int
    length: int


class TarError(ValueError):
    """The bytes are not a tar this module writes; the message says where and what was expected."""


def _template() -> bytes:
    head = bytearray(BLOCK)
    head[100:108] = b"0000644\0"
    head[108:116] = b"0000000\0"
    head[116:124] = b"0000000\0"
    head[136:148] = b"00000000000\0"
    head[156:157] = b"0"
    head[257:265] = b"ustar\x0000"
    head[329:337] = b"0000000\0"
    head[337:345] = b"0000000\0"
    return bytes(head)


_TEMPLATE = _template()
_AFTER_SIZE = _TEMPLATE[136:148]
_AFTER_CHECKSUM = _TEMPLATE[156:]
_BASE_SUM = sum(_TEMPLATE) + 8 * 32  # the checksum field counts as eight spaces


def header(name: str, size: int) -> bytes:
    """Return the 512-byte header of a regular file.

    Raises:
        TarError: The name is longer than 100 bytes or the size above 8 GiB (ustar's limits).
    """
    raw = name.encode()
    if not 0 < len(raw) <= 100 or not 0 <= size <= _MAX_SIZE:
        raise TarError(
            f"expected a name of 1 to 100 bytes and a size below 8 GiB, saw {name!r}, {size}"
        )
    digits = b"%011o" % size
    checksum = _BASE_SUM + sum(raw) + sum(digits)
    return b"".join(
        (
            raw.ljust(100, b"\0"),
            _TEMPLATE[100:124],
            digits,
            b"\0",
            _AFTER_SIZE,
            b"%06o\0 " % checksum,
            _AFTER_CHECKSUM,
        )
    )


def padding(size: int) -> bytes:
    """Return the zeros that fill the last block of a member of `size` bytes."""
    return _ZERO[: -size % BLOCK]


def member(name: str, data: bytes) -> bytes:
    """Return one whole member: header, data, padding."""
    return b"".join((header(name, len(data)), data, padding(len(data))))


def members(path: Path) -> Iterator[Member]:
    """Yield the members of a tar in order; reads headers only.

    Raises:
        TarError: A header does not hold, or the file ends before its end mark.
    """
    size = path.stat().st_size
    with path.open("rb", buffering=1 << 16) as f:
        offset = 0
        while True:
            head = f.read(BLOCK)
            if len(head) < BLOCK:
                raise TarError(f"{path}: expected a header at {offset}, the file ends at {size}")
            if head == _ZERO:
                return
            name, length = _parse(head, path, offset)
            start = offset + BLOCK
            offset = start + length + (-length % BLOCK)
            if offset > size:
                raise TarError(
                    f"{path}: member {name} needs bytes up to {offset}, the file ends at {size}"
                )
            yield Member(name, start, length)
            f.seek(offset)


def _parse(head: bytes, path: Path, offset: int) -> tuple[str, int]:
    try:
        name = head[:100].rstrip(b"\0").decode()
        length = int(head[124:135], 8)
        stated = int(head[148:154], 8)
    except ValueError as error:
        raise TarError(f"{path}: no tar header at {offset}: {error}") from error
    seen = sum(head) - sum(head[148:156]) + 8 * 32
    if seen != stated:
        raise TarError(f"{path}: header at {offset} sums to {seen}, it says {stated}")
    return name, length
