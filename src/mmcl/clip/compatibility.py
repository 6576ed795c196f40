"""The one door to open_clip, which opens beside a torch without CUDA too.

torchvision's wheel links CUDA. Where its operators can't be loaded, as beside a CPU build of torch,
`import torchvision` fails on the shape rules of two operators that don't exist. Declared without
a body they keep it quiet, and whoever calls one still gets torchvision's own error.
"""

import importlib
import importlib.util
import warnings
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from mmcl.errors import MissingPackage

INSTALL = "pip install -c constraints.txt -e '.[clip]'"
SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


@cache
def open_clip() -> ModuleType:
    """The module open_clip, on any build of torch.

    Errors: ModuleNotFoundError, with the command that installs it.
    """
    for name in ("torchvision", "open_clip"):
        if importlib.util.find_spec(name) is None:
            raise MissingPackage(f"{name} isn't installed; run: {INSTALL}")
    declare_operators()
    with warnings.catch_warnings():  # in a notebook, of widgets that a progress bar would like
        warnings.filterwarnings("ignore", message="IProgress not found")
        return importlib.import_module("open_clip")


@cache
def declare_operators() -> Any:
    """Declare torchvision's operators where its library can't be loaded; else step aside.

    Returns None where torchvision is native, else what keeps the declarations alive.
    """
    import torch

    if native():
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in SCHEMAS:
        library.define(schema)
    return library


def native() -> bool:
    """Whether torchvision's operators load beside this torch. Doesn't import torchvision."""
    import torch

    spec = importlib.util.find_spec("torchvision")
    for folder in (spec and spec.submodule_search_locations) or ():
        for path in sorted(Path(folder).glob("_C*")):
            try:
                torch.ops.load_library(str(path))
            except OSError:
                continue
            return hasattr(torch.ops.torchvision, "nms")
    return False
