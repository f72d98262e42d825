"""Layouts: what stands where, one file a kind of document."""
