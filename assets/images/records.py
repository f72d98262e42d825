"""Records of images: bytes that trainers read, their origin, measures and captions."""

from __future__ import annotations

import contextlib
import functools
import io
import json

from PIL import Image

from corpuswright.assets.curation import listing
from corpuswright.assets.curation.shard_writer import Recorded, SourceChanged
from corpuswright.assets.images.rows import ImageRow
from corpuswright.quality.images import filters, measures, opt_outs
from corpuswright.storage import samples
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.references import Reference
from corpuswright.storage.keys import sha256, task_key
from corpuswright.storage.media import captions as media_captions
from corpuswright.storage.media import decoder
from corpuswright.storage.media.captions import WrittenCaption
from corpuswright.storage.media.strip_metadata import NotStripped, stripped
from corpuswright.storage.records import Origin, Scene, Source, Spec, Task
from corpuswright.storage.shards import webdataset

QUALITY = 95  # of what is made plain from a JPEG; ours: no ringing that one sees


MEDIUM = "photograph"


VERSION = 4  # bump when a record is written in another way


_SOURCE = Origin("source", 1)  # of a caption that came along


COLUMNS = [
    "key", "bucket", "shard", *Reference._fields, "sha256", "width", "height", "format", "plain",
    *opt_outs.Said._fields,
    *measures.FIGURES, *filters.SCORES, "captions", "inherited",
]  # fmt: skip


def recorded(corpus: str, captions: int) -> Recorded:
    """Return how images become records; `captions` is the version of what wrote their captions."""
    versions = (VERSION, captions, measures.VERSION)
    return Recorded(COLUMNS, versions, functools.partial(entry, corpus, captions))


def entry(corpus: str, captions: int, row: ImageRow) -> webdataset.Entry:
    """Return the record of an image; `captions` is the version of what wrote its captions.

    Raises:
        SourceChanged: Its bytes are not those that were measured.
    """
    where = references.of_row(row)
    data = references.data(where, decoder.MAX_BYTES)
    if (seen := sha256(data)) != row["sha256"]:
        raise SourceChanged(
            f"{row['uri']}: expected sha256 {row['sha256']} as it was measured, found {seen}; the "
            "source changed meanwhile: run the same command again"
        )
    extension, data, size = upright_srgb(data, row)
    source = Source(row["uri"], row["sha256"], row["licence"], row["author"])
    parameters = {"bucket": row["bucket"], **listing.parameters(row)}
    if row["inherited"]:  # which copy of it stated what this one does not
        parameters["inherited"] = json.loads(row["inherited"])
    written = [c for c in media_captions.load(row["captions"]) if not c.reason]
    tasks = [_caption(row["key"], c, captions) for c in written]
    spec = Spec(row["key"], corpus, MEDIUM, parameters, (source,))
    body = samples.write(spec, Scene(size, (1.0, 1.0), (), {}), tasks)
    return webdataset.Entry(row["key"], len(tasks), {"json": body, extension: data})


def _caption(key: str, c: WrittenCaption, version: int) -> Task:
    origin = Origin("captioning", version, c.model, c.prompt) if c.model else _SOURCE
    return Task(task_key(key, c.number), "caption", (), c.text, c.kind, (), (), origin)


def upright_srgb(data: bytes, row: ImageRow) -> tuple[str, bytes, tuple[int, int]]:
    """Return extension, bytes and size of what trainers read: 8-bit sRGB, the right way up.

    What is that already keeps every byte of its pixels and loses what is said besides (places,
    devices, comments). Else what came from a JPEG is a JPEG again, and what lost nothing loses
    nothing.
    """
    if row["plain"]:
        kind = str(row["format"])
        extension = "jpg" if kind == "jpeg" else kind
        with contextlib.suppress(NotStripped):
            return extension, stripped(data, kind), (row["width"], row["height"])
    _, image = decoder.decoded(data)
    sink = io.BytesIO()
    clean = Image.frombytes("RGB", image.size, image.tobytes())  # without what its head still says
    if row["format"] == "jpeg":
        clean.save(sink, "JPEG", quality=QUALITY, subsampling=0)
        return "jpg", sink.getvalue(), image.size
    clean.save(sink, "PNG", compress_level=6)
    return "png", sink.getvalue(), image.size
