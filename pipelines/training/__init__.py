"""Training jobs that pull shards: small, whole, and meant to be copied."""
