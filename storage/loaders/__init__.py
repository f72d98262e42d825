"""Releases read by training jobs: in order, shuffled, in batches of one size, with torch."""
