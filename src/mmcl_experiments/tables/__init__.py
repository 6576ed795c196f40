"""Liu et al.'s tables on synthetic data, row by row: (a) linear maps, (b) permutations."""
