"""What a model writes for tasks: other words, and tasks of its own."""
