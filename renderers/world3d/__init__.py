"""Worlds in three dimensions: meshes, cameras, and a float64 ray caster that says what is seen."""
