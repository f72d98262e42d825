"""Predictions scored by the rules of a benchmark."""
