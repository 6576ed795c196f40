"""Both theorems of Liu et al., one assumption broken at a time: groups first, then fresh seeds."""
