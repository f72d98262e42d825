"""Captions: of images by a model, of rendered motion by a grammar, of subjects."""
