"""One file per corpus, and the stages they share."""
