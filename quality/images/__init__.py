"""Measures of images, filters over them, hashes of near duplicates, what files say of training."""
