"""WebDataset shards named by their content: tars in key order, their indices, size buckets."""
