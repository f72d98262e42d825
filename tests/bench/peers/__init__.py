"""Scripts that run in an environment of a peer's own; each prints one line of JSON."""
