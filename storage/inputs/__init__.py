"""What corpora are made from: sites by package or URL, references to images, lists of URLs."""
