"""Lens: real images, filtered, deduplicated, captioned, bucketed."""
