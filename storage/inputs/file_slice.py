"""A stretch of a file as a file: a member of a tar, read without unpacking it."""

from __future__ import annotations

import io
import os
from typing import BinaryIO, cast

from corpuswright.storage.inputs.references import Reference


class FileSlice(io.RawIOBase):
    """Bytes `offset` to `offset + length` of a file, read-only and seekable.

    Raises:
        OSError: The file cannot be opened, or ends before the stretch does.
    """

    def __init__(self, path: str, offset: int = 0, length: int = -1) -> None:
        """Open the file; a negative length is all that is behind `offset`."""
        self._file = open(path, "rb", buffering=0)
        there = os.fstat(self._file.fileno()).st_size - offset
        self.length = there if length < 0 else length
        if self.length > there:
            self._file.close()
            raise OSError(f"{path}: expected {self.length} bytes from {offset} on, saw {there}")
        self._offset, self._at = offset, 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; as io.RawIOBase.seek."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.length}[whence]
        if base + offset < 0:
            raise ValueError(f"expected a place in the file, saw {base + offset}")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def readinto(self, buffer: object) -> int:
        """Read into a buffer; as io.RawIOBase.readinto."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        wanted = max(0, min(len(view), self.length - self._at))
        self._file.seek(self._offset + self._at)
        number = self._file.readinto(view[:wanted]) or 0
        self._at += number
        return number

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def opened(where: Reference) -> BinaryIO:
    """Return a reference's bytes as a buffered file; raises OSError."""
    raw = FileSlice(where.file, where.offset, where.length)
    return cast(BinaryIO, io.BufferedReader(raw, 1 << 18))
