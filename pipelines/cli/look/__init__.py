"""Commands that look at a store: list, status, show, sample, diff."""
