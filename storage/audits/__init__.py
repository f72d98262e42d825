"""Verdicts of people on samples, kept beside a corpus."""
