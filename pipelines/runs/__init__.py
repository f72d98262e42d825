"""Builds as Dagster runs in this process, and what is left of runs that were killed."""
