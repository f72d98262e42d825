"""The engine of rendered corpora: units in a pool of workers, from specs to shards."""
