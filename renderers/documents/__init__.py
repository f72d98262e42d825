"""Documents: slides, pages, posters, charts and figures, planned, rendered and measured."""
