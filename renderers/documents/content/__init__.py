"""What documents say: topics, tables of real numbers, facts that are computed."""
