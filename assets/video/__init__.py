"""Real videos as clips: measured, filtered, deduplicated, cut, scored."""
