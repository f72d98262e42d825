"""The dataset card: what a person (and the Hugging Face hub) reads first of a release."""

from __future__ import annotations

from corpuswright.storage.records import Json, Release


def card(release: Release, recipe: Json, sources: dict[str, tuple[str, str]]) -> str:
    """Return the README.md of a release, with the hub's YAML head; deterministic.

    Args:
        release: The manifest.
        recipe: Parameters the corpus was made with.
        sources: Licence and author by site.
    """
    licences = sorted({licence for licence, _ in sources.values()})
    counts = "\n".join(
        f"| {unit} | {c['kept']} | {c['rejected']} |" for unit, c in release.counts.items()
    )
    reasons = "\n".join(
        f"| {unit} | {reason} | {n} |"
        for unit, found in release.rejections.items()
        for reason, n in found.items()
    )
    credit = "\n".join(
        f"- {site}: {author}, {licence}" for site, (licence, author) in sources.items()
    )
    values = "\n".join(f"- `{name}`: `{value}`" for name, value in sorted(recipe.items()))
    return f"""---
license: {"other" if len(licences) != 1 else licences[0].lower()}
configs:
- config_name: default
  data_files:
  - split: train
    path: "shards/*.tar"
---

# {release.corpus}

Release `{release.plan}`: {release.counts["scene"]["kept"]} images with
{release.counts["task"]["kept"]} tasks in {len(release.shards)} WebDataset shards. A record is
`<key>.json` (spec, scene with measured elements, tasks) and the image.

Every action was executed with real input events on the live page, and every sentence was read back
by a resolver that sees only the sentence and the elements. Coordinates are float pixels of the
stored image, origin at the top-left corner of the top-left pixel, boxes half-open.

| unit | kept | rejected |
|---|---|---|
{counts}

| unit | rejected for | count |
|---|---|---|
{reasons}

Sources:
{credit}

Recipe:
{values}
"""
