"""The dataset card: what a person (and the Hugging Face hub) reads first of a release."""

from __future__ import annotations

import json
from collections.abc import Set
from typing import Any

from corpuswright.storage.audits.human_reviews import Audit
from corpuswright.storage.exports.metadata.attribution import credits_of
from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest
from corpuswright.storage.shown import code, count, markdown

_PAGES = (
    "Every action was executed with real input events on the live page, and every sentence was "
    "read back by a resolver that sees only the sentence and the elements."
)
_EVERYWHERE = (
    "Coordinates are float pixels of the stored image, origin at the top-left corner of the "
    "top-left pixel, boxes half-open."
)
_ICONS = (
    "Tasks of style `icon` name a picture by tooltip, label or alt text, which is not to be read "
    "in the pixels."
)


_RECORD = "A record is `<key>.json` (spec, scene with measured elements, tasks) and its media."


def card(release: Release, audit: Audit | None = None, used: Set[str] | None = None) -> str:
    """Return the README.md of a release, with the hub's YAML head; a function of these alone.

    `used` are the sources that are in it (`attribution.credits_of`).
    """
    credits, units = credits_of(release, used), manifest.units(release)
    licences = sorted({c.licence for c in credits})
    inputs: Any = release.plan_inputs.get("inputs", {})
    told = {str(i["about"]) for i in inputs.values() if "about" in i}
    if manifest.is_curated(release):  # says itself what a record is
        about = " ".join(sorted(told))
    elif told:
        about = " ".join([_RECORD, *sorted(told), _EVERYWHERE])
    else:
        about = " ".join([_RECORD, _PAGES, _EVERYWHERE, _ICONS])
    partitions: dict[str, Any] = dict(release.plan_inputs.get("inputs", {}))  # type: ignore[call-overload]
    recipes: dict[str, list[str]] = {}
    for name, inputs in partitions.items():
        values = [f"- {code(n)}: {code(str(v))}" for n, v in sorted(inputs["recipe"].items())]
        recipes.setdefault("\n".join(values), []).append(name)
    recipe = "\n\n".join(
        f"Recipe of partition {', '.join(names)}:\n\n{text}" for text, names in recipes.items()
    )
    paths = "\n".join(
        f"    - {manifest.from_folder(release.corpus, s.name)}" for s in release.shards
    )
    counts = "\n".join(
        f"| {units[unit]} | {c['kept']} | {c['rejected']} |"
        for unit, c in release.counts.items()
        if any(c.values())  # what is drawn has no pages
    )
    reasons = "\n".join(
        f"| {units[unit]} | {reason} | {n} |"
        for unit, found in release.rejections.items()
        for reason, n in found.items()
    )
    credit = "\n".join(
        f"- {markdown(c.site)}: {markdown(c.author)}, {markdown(c.licence)}" for c in credits
    )
    # The head is YAML, of which JSON's texts are a part.
    licence = "other" if len(licences) != 1 else json.dumps(licences[0].lower())
    return f"""---
license: {licence}
configs:
- config_name: default
  data_files:
  - split: train
    path:
{paths}
---

# {release.corpus}

Release `{release.plan}`: {count(release.counts["scene"]["kept"], units["scene"])} with
{count(release.counts["task"]["kept"], units["task"])} in
{count(len(release.shards), "WebDataset shard")}.

{about}

| unit | kept | rejected |
|---|---|---|
{counts}

| unit | rejected for | count |
|---|---|---|
{reasons}

Checked by people: {audit or "nobody has reviewed a sample of this release yet"}.

Sources:
{credit}

{recipe}
"""
