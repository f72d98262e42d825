"""Models that plug in: scorers, detectors, segmenters, shot detectors."""
