"""What an image file says of its use for training: C2PA manifests, and IPTC's data mining property.

C2PA 1.4 and CAWG 1.1 have an assertion `training-mining` whose entries say of data mining and
training `allowed`, `notAllowed` or `constrained`; IPTC Photo Metadata 2023.1 has PLUS's
`DataMining` in XMP. Re-encoding loses both, so they are read from the bytes as they were found.
Manifests elsewhere that a file only names are not fetched.
"""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Mapping
from importlib import metadata
from typing import Any, NamedTuple

VERSION = 1  # bump when a verdict can change

# Entries that bear on training; `ai_inference` does not.
_ENTRIES = ("data_mining", "ai_training", "ai_generative_training")
# `notAllowed` refuses; what `constrained` asks is prose that no machine keeps; others are odd.
ALLOWED = "allowed"
# An attribute, an element, or an element's resource: a value may stand in any of XMP's three forms.
_MINING = re.compile(
    rb"plus:DataMining(?:\s*=\s*[\"']|\s*>|\s[^<>]*?rdf:resource\s*=\s*[\"'])\s*([^\"'<]{1,200})"
)
NOT_READ = "not_read"
_XMP = b"iTXtXML:com.adobe.xmp\0"
MOST = 1 << 20  # bytes of XMP that are unpacked; a packet of a photograph has some thousand


class Said(NamedTuple):
    """What a file says.

    Attributes:
        c2pa: `Valid`, `Trusted` or `Invalid`, as its manifest is signed; `not_read` with the reason
            where there is one that cannot be read; empty where there is none.
        opt_out: What refuses training, as `c2pa.ai_training notAllowed`; empty where nothing does.
    """

    c2pa: str
    opt_out: str


def read(data: bytes, kind: str) -> Said:
    """Return what an image file says.

    Args:
        data: Its bytes as they were found.
        kind: Pillow's name of its format in lower case, such as `jpeg`.
    """
    told = [v for part in (data, _packed(data)) for v in _MINING.findall(part)]
    values = [v.decode(errors="replace").strip() for v in told]
    mined = next((v for v in values if "DMI-PROHIBITED" in v), "")
    iptc = f"plus:DataMining {mined}" if mined else ""
    if b"c2pa" not in data:  # the label of its box: decides for nearly all, at memory's speed
        return Said("", iptc)
    state, entries = _manifests(data, kind)
    refused = next((f"{n} {use}" for n, use in entries.items() if use != ALLOWED), "")
    return Said(state, refused or iptc)


def _packed(data: bytes) -> bytes:
    """Return the XMP of a PNG that holds it compressed; nothing for any other file."""
    if not data.startswith(b"\x89PNG"):
        return b""
    at = data.find(_XMP)
    if at < 8 or data[at + len(_XMP) : at + len(_XMP) + 1] != b"\1":
        return b""
    end = at + 4 + int.from_bytes(data[at - 4 : at], "big")
    text = data[at + len(_XMP) + 2 : end].split(b"\0", 2)[-1]  # language, its translation
    try:
        return zlib.decompressobj().decompress(text, MOST)
    except zlib.error:
        return b""


def fingerprint() -> str:
    """Return what decides a verdict besides the file: the reader's version, or its absence."""
    try:
        return f"{VERSION} c2pa-python {metadata.version('c2pa-python')}"
    except metadata.PackageNotFoundError:
        return f"{VERSION} none"


def _manifests(data: bytes, kind: str) -> tuple[str, Mapping[str, str]]:
    """Return the state of a file's manifests, and the use that they state of each entry."""
    try:
        import c2pa
    except ImportError:
        return f"{NOT_READ}: it needs pip install 'corpuswright[provenance]'", {}
    settings: dict[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
    try:
        with c2pa.Context.from_dict(settings) as context:
            reader = c2pa.Reader.try_create(f"image/{kind}", io.BytesIO(data), context=context)
            if reader is None:
                return "", {}  # the letters stood there by chance
            with reader:
                told: Any = json.loads(reader.json())
    except (c2pa.C2paError, ValueError) as error:
        return f"{NOT_READ}: {str(error)[:120]}", {}
    uses: dict[str, str] = {}
    # Of all manifests, those of what an image was made from too: the strictest word holds.
    for manifest in told.get("manifests", {}).values():
        for assertion in manifest.get("assertions", []):
            if str(assertion.get("label", "")).partition(".")[2].startswith("training-mining"):
                _collect(assertion.get("data"), uses)
    return str(told.get("validation_state", "Invalid")), uses


def _collect(said: Any, uses: dict[str, str]) -> None:
    """Put the uses of an assertion into `uses`; a refusal is not taken back by another one."""
    entries = said.get("entries") if isinstance(said, dict) else None
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        use = str(entry.get("use", "")) if isinstance(entry, dict) else ""
        if str(name).rpartition(".")[2] in _ENTRIES and uses.get(name, ALLOWED) == ALLOWED:
            uses[str(name)] = use
