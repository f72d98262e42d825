"""Questions about documents, and the prompts that ask for them."""
