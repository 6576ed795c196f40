"""`python -m benchmarks [NAME ...]`: measure, print, write; say how the book takes the numbers."""

import argparse
import importlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from benchmarks._measure import ROOT, Sheet
from mmcl_book import check
from mmcl_book.ledger import claims
from mmcl_book.records import store as records

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def moved(root: Path, sheet: Sheet) -> Iterator[str]:
    """Numbers of a sheet that are farther from the book's than the ledger lets them be."""
    path = records.accepted_path(root, "bench", sheet.name)
    book = records.load(path)["values"] if path.is_file() else {}
    for claim in claims.load(root).values():
        both = claim.metric in book and claim.metric in sheet.values
        if claim.record == sheet.name and claim.tolerance is not None and both:
            now, old = (values[claim.metric]["value"] for values in (sheet.values, book))
            if not check.near(now, old, claim.tolerance):
                yield f"{claim.id}: now {now:.4g}, in the book {old:.4g}: find out why"


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
        for line in moved(ROOT, sheet) if options.size == "full" else ():
            print(line, flush=True)
    if options.size == "full":
        target = f"results/bench/{path.parent.name}"
        print(f"For the book: mkdir -p {target} && cp {path.parent}/*.json {target}/")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
