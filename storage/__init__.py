"""Records, identity, packs, tables, shards, releases and the loader."""
