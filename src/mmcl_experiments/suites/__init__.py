"""The papers' own experiments on data that a reader has: folders in, accuracies out.

`pictures` lists files with labels and takes their features once; `imagenet`, `coop` and `celeba`
know the layouts of ImageNet and its relatives, of CoOp's few-shot suite, and of CelebA; `judge`
draws shots, fits representations and heads under three protocols, and `attributes` scores CelebA's.
"""

PROTOCOLS = ("leak-free", "matched", "as released")
ROUNDS = 500  # of the bootstrap: test sets are large
