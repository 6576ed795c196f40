"""What an edition brings along so that it can be installed: the release, its versions, its CLIP.

The wheel is built of the checkout that writes the edition, so that students run what the lecturer
has tried, whether or not that version is in a package index. It has no weights of the book's own
CLIP (`results/clip`); a folder above the notebooks is where chapters look for them.
"""

import shutil
from pathlib import Path

from mmcl import __version__, files
from mmcl_book.site.wheel import wheel

WHEELS = "wheels"
CLIP = Path("results") / "clip"
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
