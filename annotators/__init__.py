"""From a Scene to language and typed actions; one file per kind of annotation."""
