"""What must hold of documents, and of the questions asked about them."""
