"""Measures of videos, filters over videos and clips, clip windows, near duplicates, splits."""
