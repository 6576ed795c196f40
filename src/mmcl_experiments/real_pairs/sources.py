"""ConVIRT's and CLASP's published features, as files of `mmcl.data`, and all pairs by name.

They stand here and not in `mmcl.data`, so that no experiment that reads other files is made with
other code. `register` puts them into the registry, where `mmcl data` finds them.
"""

from typing import Any

import numpy as np

from mmcl import data
from mmcl.data import GAP, Source
from mmcl.naming import nearest

FILES = (
    Source("contrastive_pairs/features_convirt.npy", GAP,
           "8cfb9c31888d12726a3f8b551bed64f04b25d1c76d5353b0a3e9efeceb43edb9", "MIT",
           "ConVIRT of 500 medical images and reports: float32 (2, 500, 512), of length one"),
    Source("contrastive_pairs/features_convirt_random.npy", GAP,
           "2fd5698e712d5e0d72256a1b29044b2059818f0575ab12bfcb2c5ae13092007f", "MIT",
           "the same network before training"),
    Source("contrastive_pairs/features_clasp.npy", GAP,
           "5a1d12a68729405003fe19b271a38ae35adab97c139e4b4a51d70b18c44bf628", "MIT",
           "CLASP of 99 amino-acid sequences and descriptions: float32 (2, 99, 768), of length "
           "one"),
    Source("contrastive_pairs/features_clasp_random.npy", GAP,
           "2a159d008b7527e9fbd3de49daf9116d9500d1aaa250c3a5b009b162c5f4066b", "MIT",
           "the same network before training"),
)  # fmt: skip
# By name; the first of each two is trained, and the other the same network with random weights.
PAIRS = {
    "CLIP": "clip_coco500/features_clip.npy",
    "untrained CLIP": "clip_coco500/features_clip_random.npy",
    "ConVIRT": "contrastive_pairs/features_convirt.npy",
    "untrained ConVIRT": "contrastive_pairs/features_convirt_random.npy",
    "CLASP": "contrastive_pairs/features_clasp.npy",
    "untrained CLASP": "contrastive_pairs/features_clasp_random.npy",
}
READS = (
    "clip_coco500/features_clip.npy", "clip_coco500/features_clip_random.npy",
    "contrastive_pairs/features_convirt.npy", "contrastive_pairs/features_convirt_random.npy",
    "contrastive_pairs/features_clasp.npy", "contrastive_pairs/features_clasp_random.npy",
)  # fmt: skip


def register() -> None:
    """Put FILES into the registry, once."""
    registry: Any = data
    registry.SOURCES = (*data.SOURCES, *(each for each in FILES if each not in data.SOURCES))


def pairs(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Both sides (n, d) of pairs by their name in PAIRS, as float64.

    Errors: ValueError for another name; OSError when the file can't be had.
    """
    x, t = data.load(PAIRS[nearest(name, list(PAIRS), "pairs")]).astype(np.float64)
    return x, t


register()
