"""Training on an accelerator, for more pairs than a CPU sees in a night.

What is here: pairs drawn where a network is trained, InfoNCE tile by tile without its matrix of
scores, encoders in lockstep as a CUDA graph. All of it runs on a CPU, too, so that tests can hold
it to `mmcl.model`, `mmcl.losses` and `mmcl.training`, which a laptop uses.
"""
