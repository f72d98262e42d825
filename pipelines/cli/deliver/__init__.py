"""Commands that deliver, and take back: export, subset, opencustom, delete, sweep."""
