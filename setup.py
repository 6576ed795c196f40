"""Builds as pyproject.toml says, and puts the accepted results into the wheel."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithResults(build_py):
    """Copies `results/` to where `mmcl_experiments.recorded.places` looks without a book."""

    def run(self):
        """Build; an editable install reads the checkout's own."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "mmcl_experiments" / "_release" / "results"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree("results", target, ignore=shutil.ignore_patterns("clip"))


setup(cmdclass={"build_py": WithResults})
