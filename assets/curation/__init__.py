"""The engine of curated corpora: tables on Spark, from references to shards."""
