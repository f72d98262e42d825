"""Corpora of GUI grounding, and their mixture."""
