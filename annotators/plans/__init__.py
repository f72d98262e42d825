"""Plans of clips: their schema, the questions asked of them, how a model is asked for them."""
