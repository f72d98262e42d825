"""Pages held to their plans: what is wrong with one, its repair, and a second checker."""
