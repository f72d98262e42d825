"""The `corpuswright` command: a file for each group of commands."""
