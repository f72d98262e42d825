"""Captions of rendered motion, read back against the tracks."""
