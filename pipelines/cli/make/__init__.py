"""Commands that make: build, estimate, fetch, init."""
