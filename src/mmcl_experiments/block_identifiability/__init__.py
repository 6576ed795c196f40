"""Theorem 1 of Daunhawer et al. (2023): which blocks of latents do contrastive codes hold?"""
