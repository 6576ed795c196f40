"""Which words load on which component? Fitted on one vocabulary, read on words of another."""
