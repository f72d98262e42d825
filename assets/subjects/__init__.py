"""PexelsCustom and OpenCustom: clips with subjects, and maps of a test set."""
