"""Prompts with rubrics: a taxonomy of items and key points about them."""
