"""Theorem 1 of Daunhawer et al. (2023) against the number of pairs; it waits for an accelerator."""
