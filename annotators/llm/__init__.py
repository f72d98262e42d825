"""The one client of language models: requests, ledger, rate limits, batch files, templates."""
