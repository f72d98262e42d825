"""Web pages made from a typed plan: its words, pictures and charts, as semantic HTML, measured."""
