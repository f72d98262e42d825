"""Subjects of clips: which ones stay, whether they stay themselves, their captions."""
