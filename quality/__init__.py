"""What must hold of a sample or a set before it may enter a release; one file per property."""
