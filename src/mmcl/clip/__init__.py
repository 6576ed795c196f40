"""CLIP: one of our own on the world of pictures and captions, and features of any.

`compatibility` brings in open_clip, `tokenizer` and `model` make a small CLIP of it, `pairs`,
`training` and `evaluation` train and judge it; `weights`, `inputs` and `features` take features
from any open_clip model. Nothing is imported here.
"""
