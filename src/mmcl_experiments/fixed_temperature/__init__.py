"""Training with a temperature that is held fixed: which codes win, and do they collapse?"""
