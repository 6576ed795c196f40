"""A world of pictures and captions whose factors are known.

`factors` says what there is and draws it; `shapes`, `scene`, `trace`, `shading` and `domains`
make pictures of it; `palettes`, `captions` and `tokens` make texts; `store` and `dataset` keep
both. The split of the factors is that of Multimodal3DIdent (Daunhawer et al., 2023), without
its downloads and without Blender. Nothing is imported here.
"""
