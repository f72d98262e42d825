"""Prompts read back for their key points, their rubrics, and the reward they give."""
