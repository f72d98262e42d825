"""Views of a release for other readers: one file per format."""
