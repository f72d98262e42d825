"""A release: its manifest, which is its commit, stores elsewhere, what stays and what goes."""
