"""Croissant 1.1 metadata of a release (docs.mlcommons.org/croissant, specification 1.1).

Shards are `FileObject`s with their sha256; inside them a `FileSet` of images and one of records
are joined by key, the stem of a member's name.
"""

from __future__ import annotations

import json
from collections.abc import Set
from typing import Any

from corpuswright.storage.exports.metadata.attribution import credits_of
from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_KEY = {"regex": r"^(?:.*/)?([^/.]+)\.[^/]*$"}


def croissant(release: Release, used: Set[str] | None = None) -> str:
    """Return `croissant.json` of a release; deterministic, so it names no day of publication."""
    shards = [
        {
            "@type": "cr:FileObject",
            "@id": s.name,
            "name": s.name,
            "contentUrl": manifest.from_folder(release.corpus, s.name),
            "contentSize": f"{s.bytes} B",
            "encodingFormat": "application/x-tar",
            "sha256": s.sha256,
        }
        for s in release.shards
    ]
    inputs: Any = release.plan_inputs.get("inputs", {})
    clips = any("frames" in i["recipe"] for i in inputs.values())
    inside = [{"@id": s.name} for s in release.shards]
    files = [
        {
            "@type": "cr:FileSet",
            "@id": name,
            "name": name,
            "containedIn": inside,
            "encodingFormat": kind,
            "includes": glob,
        }
        for name, kind, glob in (
            ("images", "image/*", ["*.png", "*.webp", "*.jpg"]),
            ("records", "application/json", ["*.json"]),
            *((("clips", "application/octet-stream", ["*.mp4", "*.npz"]),) if clips else ()),
        )
    ]
    credits = credits_of(release, used)
    body: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": release.corpus,
        "description": f"{release.counts['scene']['kept']} images with "
        f"{release.counts['task']['kept']} verified tasks; release {release.plan}.",
        "version": f"1.0.0+{release.plan}",
        "license": sorted({c.licence for c in credits}),
        "creator": [{"@type": "sc:Person", "name": a} for a in sorted({c.author for c in credits})],
        "citeAs": f"{release.corpus}, release {release.plan}",
        "url": f"https://schema.org/Dataset#{release.corpus}",
        "distribution": [*shards, *files],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "samples",
                "name": "samples",
                "key": {"@id": "samples/key"},
                "field": [
                    _field("key", "sc:Text", "records", "filename", [_KEY]),
                    _field("record", "sc:Text", "records", "content", []),
                ],
            },
            {
                "@type": "cr:RecordSet",
                "@id": "pictures",
                "name": "pictures",
                "key": {"@id": "pictures/key"},
                "field": [
                    {
                        **_field("key", "sc:Text", "images", "filename", [_KEY], "pictures"),
                        "references": {"field": {"@id": "samples/key"}},
                    },
                    _field("image", "sc:ImageObject", "images", "content", [], "pictures"),
                ],
            },
        ],
    }
    return json.dumps(body, indent=1, sort_keys=True) + "\n"


def _field(
    name: str,
    kind: str,
    file_set: str,
    what: str,
    transform: list[dict[str, str]],
    records: str = "samples",
) -> dict[str, Any]:
    source: dict[str, Any] = {"fileSet": {"@id": file_set}, "extract": {"fileProperty": what}}
    if transform:
        source["transform"] = transform
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{name}",
        "name": name,
        "dataType": kind,
        "source": source,
    }
