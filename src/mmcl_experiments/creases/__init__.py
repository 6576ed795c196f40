"""Creases or corners? The score, the codes' space and heads, one at a time, in one world.

`run` trains a cell of the 2 x 2 x 2, `remedies` has what may help a cell that gets stuck.
Not here: other worlds and scores, which are in `convex_body` and `robustness`.
"""
