"""Lens-RL: prompts with rubrics."""
