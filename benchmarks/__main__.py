"""`python -m benchmarks [NAME ...]`: measure, print, write; say how the book takes the numbers."""

import argparse
import importlib
import os
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks._measure import ROOT

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named benchmarks, or all, one after another."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)}")
    parser.add_argument("--size", choices=["full", "tiny"], default="full")
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "bench", metavar="FOLDER")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; give some of {', '.join(NAMES)}")
    device = os.environ.get("MMCL_DEVICE", "cpu")
    torch.set_num_threads(1)
    for name in options.names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        sheet = module.run(module.SIZES[options.size], device)
        sheet.parameters["size"] = options.size
        path = sheet.save(options.out)
        print(f"written: {path}", flush=True)
    if options.size == "full":
        target = f"results/bench/{path.parent.name}"
        print(f"For the book: mkdir -p {target} && cp {path.parent}/*.json {target}/")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
