"""Where corpora are run: the command line, Dagster's definitions, and training jobs."""
