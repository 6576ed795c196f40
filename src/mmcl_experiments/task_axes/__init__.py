"""Tasks of one factor, of two, and of mixtures: do axes that fit a task better help more there?"""
