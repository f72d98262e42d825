"""Sentences for tasks on scenes, by a grammar for each kind of scene."""
