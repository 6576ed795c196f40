"""Every published value that the book keeps, our runs beside it, and a verdict.

`rule` says what a verdict is, `blocks`, `images` and `linear` which runs of ours stand beside which
paper's values, `everything` puts them together, `figures` draws them. Nothing is trained here.
"""
