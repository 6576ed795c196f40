"""Builds as pyproject.toml says, and puts results, predictions and exercises into the wheel."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithResults(build_py):
    """Copies what is read where there is no book to the release's folder."""

    def run(self):
        """Build; an editable install reads the checkout's own."""
        super().run()
        if not self.editable_mode:
            release = Path(self.build_lib) / "mmcl_experiments" / "_release"
            shutil.rmtree(release, ignore_errors=True)
            for name in ("results", "exercises", "book/predictions"):
                # of exercises only what students may see
                without = shutil.ignore_patterns("clip", "answers", "__pycache__")
                shutil.copytree(name, release / name, ignore=without)


setup(cmdclass={"build_py": WithResults})
