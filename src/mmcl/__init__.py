"""Helpers of the book: from a causal model of two modalities to what contrastive learning recovers.

Nothing is imported here, so that `import mmcl` is instant; import the module that you need,
for example `from mmcl.model import preset`.
"""

__version__ = "0.1.0"
