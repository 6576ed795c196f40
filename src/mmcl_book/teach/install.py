"""What an edition brings along so that it can be installed: the release, its versions, its CLIP.

The wheel is built of the checkout that writes the edition, so that students run what the lecturer
has tried, whether or not that version is in a package index. It has no weights of the book's own
CLIP (`results/clip`); a folder above the notebooks is where chapters look for them.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mmcl import __version__, files
from mmcl.errors import InputError

WHEELS = "wheels"
CLIP = Path("results") / "clip"
PARTS = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "src", "results",
         "exercises", "book/predictions")  # fmt: skip
LEFT_OUT = ("__pycache__", "*.egg-info", "answers")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
REQUIREMENTS = f"""# Python 3.11 or later; the wheel carries the recorded results.
--find-links {WHEELS}
-c constraints.txt
mmcl[book,clip] == {__version__}
jupyterlab >= 4, < 5
"""


def write(root: Path, made: Path) -> None:
    """Write requirements, pins and the wheel into an edition; none of a book without a package."""
    files.write_text(made / "requirements.txt", REQUIREMENTS)
    if (root / "pyproject.toml").is_file():
        shutil.copy(root / "constraints.txt", made)
        wheel(root, made / WHEELS)
    if (root / CLIP).is_dir():
        shutil.copytree(root / CLIP, made / CLIP)


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
