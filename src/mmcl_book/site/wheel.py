"""The wheel of a checkout, for a release and for editions: built in a copy, with what is installed.

It needs no network, and leaves nothing in the checkout.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mmcl.errors import InputError

PARTS = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "src", "results",
         "exercises", "book/predictions")  # fmt: skip
LEFT_OUT = ("__pycache__", "*.egg-info", "answers")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def wheel(root: Path, out: Path) -> Path:
    """Build the wheel of a checkout, in a copy: the checkout stays as it is. About ten seconds.

    Errors: InputError says why it can't be built.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name in PARTS:
            if (root / name).is_dir():
                ignored = shutil.ignore_patterns(*LEFT_OUT)
                shutil.copytree(root / name, Path(scratch) / name, ignore=ignored)
            else:
                shutil.copy(root / name, scratch)
        command = [sys.executable, "-c", BUILD, str(out.resolve())]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    built = sorted(out.glob("*.whl"))
    if done.returncode or not built:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(f"the wheel of {root} can't be built: {last}; pip install -U setuptools")
    return built[0]
