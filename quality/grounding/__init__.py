"""Blind readers: each finds from a sentence alone what it means on a scene."""
