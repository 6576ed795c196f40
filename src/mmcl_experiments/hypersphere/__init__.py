"""Theorem 4.1 of Liu et al. as an experiment: what do contrastive codes on the sphere recover?"""
