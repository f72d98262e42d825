"""What is done: media packs, feature tables, rows of stages, what was withdrawn."""
