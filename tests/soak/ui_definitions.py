"""Definitions for the UI test: the small corpus of the build tests."""

from corpuswright.pipelines.definitions import corpuswright_definitions
from tests.fixtures.small_corpora import SMALL

defs = corpuswright_definitions(SMALL)
