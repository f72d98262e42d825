"""Pictures of others, checked without a model: OCR, colours and geometry, their error measured."""
