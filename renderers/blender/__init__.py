"""Blender as an engine: a worker process with an environment of its own, and what talks to it."""
