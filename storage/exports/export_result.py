"""What an export says of itself."""

from __future__ import annotations

from typing import NamedTuple


class ExportResult(NamedTuple):
    """How much an export wrote."""

    images: int
    tasks: int
