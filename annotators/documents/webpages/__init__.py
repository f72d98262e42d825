"""Words of web pages: requests for them, briefs that are read, tasks."""
