"""How well codes recover latents: what a map finds, what a matching finds, what one axis holds.

`linear_r2`, `kernel_r2` and their counterparts for labels, `linear_accuracy` and
`kernel_accuracy`, ask whether the latents are there. `mcc` asks for one code dimension a latent.
`dci`, `mig` and `sap` ask how the latents are spread over the code's dimensions; they take
continuous latents and labels (`discrete`).

Whatever is fitted (a regression, a matching, a choice) is fitted on one half of the rows and
scored on the other half, so that a useless code scores about 0 however many dimensions it has;
`mig`, which fits nothing, says how large its bias is. Halves are drawn, so that the order of rows
doesn't matter, and equal rows share one (`repeats`). Chapter 03 shows what each is blind to.
"""

from mmcl.metrics.disentanglement import DCI, dci, dci_scores, mig, sap
from mmcl.metrics.interventional import interventional_r2
from mmcl.metrics.matching import mcc
from mmcl.metrics.regression import kernel_accuracy, kernel_r2, linear_accuracy, linear_r2

__all__ = [
    "DCI", "dci", "dci_scores", "interventional_r2", "kernel_accuracy", "kernel_r2",
    "linear_accuracy", "linear_r2", "mcc", "mig", "sap",
]  # fmt: skip
