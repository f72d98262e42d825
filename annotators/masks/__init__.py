"""Regions of photographs, from COCO's annotations or from colours alone."""
