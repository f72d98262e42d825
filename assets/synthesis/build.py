"""The driver's side of a build: what is to do, what came out, what enters the manifest.

Order of truth: packs are fsynced by the worker, then the driver writes table rows, then a
partition's record, then the release's manifest. A kill at any point leaves work undone, never half
done; the next build does the rest and ends in the same bytes.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpuswright.annotators.llm import model_file
from corpuswright.assets.builds import tool_versions
from corpuswright.assets.builds.corpus import Log
from corpuswright.assets.builds.options import PARTITIONS, BuildOptions
from corpuswright.assets.builds.release import partition_records
from corpuswright.assets.synthesis import outcomes, rewording
from corpuswright.assets.synthesis.corpus import RenderedCorpus, judge_page
from corpuswright.assets.synthesis.pages import Sites, pages_of, read_links
from corpuswright.quality.grounding import negatives
from corpuswright.renderers.browser import web_fonts
from corpuswright.storage import samples
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.build_state.feature_tables import Tables
from corpuswright.storage.inputs import running_sites
from corpuswright.storage.inputs.sites import Page, SourceError, fetch
from corpuswright.storage.releases import manifest, manifest_format

PAGES = "pages"  # the tables' partition of intake verdicts, shared by all partitions of specs


class SynthesisBuild:
    """A build of one corpus of rendered scenes: its sources, its plan, its tables."""

    def __init__(self, corpus: RenderedCorpus, options: BuildOptions, log: Log = print) -> None:
        """Open the store; nothing is written before a step is taken."""
        self.corpus = corpus
        self.options = options
        self.store = Path(options.out).resolve()
        self.recipe = options.recipe_over(corpus.recipe)
        self.log = log
        self.cost = 0.0  # of models, in this build
        self._pages: list[Page] | None = None

    @functools.cached_property
    def sites(self) -> Sites:
        """The sites with their folders or URLs, fetched if need be."""
        own, b = self.corpus.sites, self.options
        if b.source is not None:
            given = running_sites.sites_of(b.source, b.licence, b.author)
            if self.corpus.judge is not judge_page:
                # Composed from files of its own kinds, not from web pages.
                globs = tuple(self.corpus.takes) or tuple(g for s in own for g in s.pages)
                given = [replace(s, pages=globs, follow=0) for s in given]
            own = [*given, *(s for s in own if not s.pages)]
        found = [(s, fetch(s, Path(b.inputs))) for s in own]
        if self.recipe.get("web_fonts") and any(
            isinstance(root, str) or web_fonts.needed(root) for s, root in found if s.pages
        ):
            try:
                found += [(s, fetch(s, Path(b.inputs))) for s in web_fonts.SITES]
            except SourceError as error:
                raise SourceError(f"{error}; --set web_fonts=false builds without it") from error
        return found

    @property
    def libraries(self) -> Sites:
        """Of the sites those that are no source of pages."""
        return [(s, root) for s, root in self.sites if not s.pages]

    @property
    def pages(self) -> list[Page]:
        """All pages of all sites, in identity order; routes among them as far as intake saw."""
        if self._pages is None:
            found = pages_of(self.sites, read_links(self.links))
            self._pages = [p for p in found if not self.withdrawn.hold_source(p.source)]
        return self._pages

    def forget_pages(self) -> None:
        """Have pages listed anew: intake has found what they link to."""
        self._pages = None

    @functools.cached_property
    def withdrawn(self) -> tombstones.Tombstones:
        """What was deleted from the corpus and must not come back."""
        return tombstones.load(self.store, self.corpus.name)

    @property
    def links(self) -> Path:
        """Where what pages link to is kept."""
        return self.store / self.corpus.name / "links.json"

    @functools.cached_property
    def tools(self) -> dict[str, str]:
        """The tools whose version shows in pixels: those of the first build, unless rebuilding."""
        path = self.store / self.corpus.name / "tools.json"
        return tool_versions.of_build(path, self.options.on_tool_drift, self.log)

    def plan_inputs(self, partition: str) -> dict[str, Any]:
        """Return everything that decides a partition's bytes."""
        return {
            "corpus": self.corpus.name,
            "partition": partition,
            "recipe": self.recipe,
            "negatives": negatives.VERSION,
            "record": samples.VERSION,
            "samples": self.options.samples,
            "scripts": {k: [[s.name, s.steps] for s in v] for k, v in self.corpus.scripts.items()},
            "sources": {
                **{s.name: [s.package_sha256, s.licence, s.author] for s, _ in self.libraries},
                **{
                    p.source.uri: [p.source.sha256, p.source.licence, p.source.author]
                    for p in self.pages
                },
            },
            "licences": sorted(self.options.allow_licence) if self.options.allow_licence else None,
            "tools": self.tools,
            "versions": dict(self.corpus.versions),
            **({"model": rewording.plan_part(self.model)} if self.model else {}),
            **({"about": self.corpus.about} if self.corpus.about else {}),
            **tombstones.plan_part(self.withdrawn),
        }

    def is_done(self, partitions: Sequence[str]) -> bool:
        """Say whether the newest release holds exactly this plan's partitions, bytes in place."""
        try:
            newest = manifest.load(self.store, self.corpus.name)
        except manifest_format.OtherVersion:
            raise  # before hours of work, not after
        except manifest.ReleaseError:
            return False
        made = newest.plan_inputs.get("partitions")
        wanted = {p: manifest.plan_hash(self.plan_inputs(p)) for p in partitions}
        return (
            isinstance(made, dict)
            and all(made.get(p) == h for p, h in wanted.items())
            and manifest.exists(self.store, self.corpus.name, newest.plan)
        )

    def check(self) -> None:
        """Raise SourceError if `source` is no source; quick, before any work."""
        o = self.options
        if o.source is not None:
            running_sites.sites_of(o.source, o.licence, o.author)

    def stale_partitions(self) -> list[str]:
        """Return partitions that were built from something else than what is there now."""
        records = partition_records(self.store, self.corpus.name)
        return [
            p for p, r in records.items() if r["plan"] != manifest.plan_hash(self.plan_inputs(p))
        ]

    def next_partition(self) -> str | None:
        """Return the first partition not built yet, a new range of seeds; None after the last."""
        built = partition_records(self.store, self.corpus.name)
        return next((p for p in PARTITIONS if p not in built), None)

    @functools.cached_property
    def model(self) -> model_file.Model | None:
        """The model that gives kept tasks other words, if one was named."""
        o = self.options
        return model_file.load(o.model, "replay" if o.replay else "live") if o.model else None

    @functools.cached_property
    def tables(self) -> Tables:
        """The corpus's tables."""
        return Tables(self.store, self.corpus.name, self.corpus.stages())

    def judged(self, partition: str) -> list[outcomes.SceneOutcome]:
        """Return the specs that decide the release, in key order, with their verdicts."""
        chain = self.corpus.stages()
        return outcomes.judge(self.tables, chain, partition, self.options.samples)
