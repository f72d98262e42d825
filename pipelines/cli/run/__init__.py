"""Commands that run services: ui."""
