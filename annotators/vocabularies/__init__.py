"""WordNet, and the categories that COCO and ImageNet share."""
