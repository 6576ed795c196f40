"""All published values that the book keeps, each with our runs and a verdict, in one table."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcl.errors import InputError
from mmcl_experiments.beside import blocks, images, linear
from mmcl_experiments.beside.rule import KINDS, Verdict, judge
from mmcl_experiments.block_identifiability.readings import CELL
from mmcl_experiments.recorded.places import published_names, results_root
from mmcl_experiments.results import published

NONE = np.array([])
Judged = Iterator[tuple[str, str, dict[str, Any], Verdict]]  # table, what, published row, verdict
SMALL = "three content numbers and batches of 384 here"
UNSEEN = "ImageNet, or another set of photographs, isn't part of the book"


def of_blocks(printed: pd.DataFrame, root: Path | None) -> Judged:
    """Daunhawer et al., Tables 1 and 4 and Figure 8."""
    runs = blocks.tables(root)
    for row in records(printed):
        cell, table = tuple(row[name] for name in CELL), row["table"]
        values = runs[table].get(cell, NONE)
        never = "its R2 once content is redrawn isn't measured" if not len(values) else ""
        why = never if table == "figure 8" and runs[table] else ""
        yield f"Daunhawer et al., {titled(table)}", cell_words(row), row, verdict(values, row, why)


def of_copies(printed: pd.DataFrame, root: Path | None) -> Judged:
    """An independent run of von Kuegelgen et al.'s code: one mixing, as in Table 1a."""
    runs = blocks.tables(root)["1a"]
    for row in records(printed):
        values = runs.get(tuple(row[name] for name in CELL), NONE)
        table = f"von Kuegelgen et al.'s code, run by others, {row['steps']} steps"
        yield table, cell_words(row), row, verdict(values, row)


def of_curves(printed: pd.DataFrame, root: Path | None) -> Judged:
    """Daunhawer et al., Figures 5c, 6 and 7."""
    runs = blocks.small(root)
    for row in records(printed):
        values = runs.get((row["varied"], row["at"]), NONE)
        why = SMALL if len(values) else "no runs of ours"
        if row["figure"].startswith("7"):
            why = "losses of other batches have other constants; chapter 08 shows our curve"
        what = f"{row['varied']} {row['at']}: {row['measured']}"
        yield f"Daunhawer et al., Figure {row['figure']}", what, row, verdict(values, row, why)


def of_images(printed: pd.DataFrame, root: Path | None) -> Judged:
    """Daunhawer et al., Figures 3 and 11."""
    runs, sides = images.runs(root), {"x": "picture", "t": "caption"}
    for row in records(printed):
        cell = (row["figure"], row["modality"], row["factor"], row["size"])
        what = f"{row['size']} numbers, {sides[row['modality']]}: {row['factor']}"
        why = images.OTHERS.get((row["modality"], row["factor"]), "")
        judged = verdict(runs.get(cell, NONE), row, why)
        yield f"Daunhawer et al., Figure {row['figure']}", what, row, judged


def of_zimmermann(printed: pd.DataFrame, root: Path | None) -> Judged:
    """Zimmermann et al., Tables 1 to 4, in percent."""
    runs, titles = linear.one_mixing(root), {"linear": "Table 1", "permutation": "Table 2"}
    for row in records(printed):
        named, why = linear.name_of(row), ""
        values, what = NONE, str(row["table"])
        if named is None:
            why = "its data, filmed or rendered, aren't part of the book"
        else:
            what = f"{row['training']}: {words_of(row)}"
            values = runs.get((*named, linear.CODES[row["training"]], row["metric"]), NONE)
        title = f"Zimmermann et al., {titles.get(row['table'], 'Tables 3 and 4')}"
        yield title, what, row, verdict(values, row, why, unit=100)


def of_liu(printed: pd.DataFrame, root: Path | None) -> Judged:
    """Liu et al.'s tables on synthetic data, in percent, as quoted or recalled."""
    runs = linear.two_mixings(root)
    for row in records(printed):
        values = runs.get((row["row"], row["metric"]), NONE)
        why = "a range over several rows" if row["table"].startswith("range") else ""
        what = f"{row['table']}: {row['row']}"
        yield "Liu et al., synthetic data", what, row, verdict(values, row, why, unit=100)


def of_photographs(printed: pd.DataFrame, root: Path | None) -> Judged:
    """Tables on photographs, which can't be had here."""
    for row in records(printed):
        labels = [str(row[name]) for name in row if name not in FIELDS]
        yield "CLIP's features of photographs", ", ".join(labels), row, verdict(NONE, row, UNSEEN)


FIELDS = ("value", "spread", "low", "high", "evidence", "source", "printed")
PAPERS: dict[str, Callable[[pd.DataFrame, Path | None], Judged]] = {
    "daunhawer_blocks": of_blocks,
    "daunhawer_figures": of_curves,
    "daunhawer_images": of_images,
    "vonkuegelgen": of_copies,
    "zimmermann": of_zimmermann,
    "liu_synthetic": of_liu,
    **dict.fromkeys(("cca", "clip_few_shot", "liu_few_shot", "liu_imagenet"), of_photographs),
}


def everything(root: Path | None = None) -> pd.DataFrame:
    """A row for each published value of results/published.

    Columns: file, table, what, theirs (as printed), evidence, value and spread (as our values
    are scaled), ours (as shown), mean, half, seeds, kind, verdict. Errors: ValueError for a file
    that PAPERS doesn't know, so that no published value is left without a verdict.
    """
    found = []
    for name in published_names(root or results_root()):
        if name not in PAPERS:
            raise InputError(f"nobody judges results/published/{name}.yml; add it to {__name__}")
        for table, what, row, each in PAPERS[name](published(name, root=root), root):
            unit = 100 if name in ("zimmermann", "liu_synthetic") else 1
            found.append({
                "file": name, "table": table, "what": what,
                "theirs": row["printed"], "evidence": row["evidence"],
                "value": row["value"] / unit, "spread": row["spread"] / unit,
                "ours": each.shown, "mean": each.mean, "half": each.half, "seeds": each.seeds,
                "kind": each.kind, "verdict": each.words,
            })  # fmt: skip
    return pd.DataFrame(found)


def counts(table: pd.DataFrame) -> dict[str, int]:
    """How many values there are, how many were read in the papers (V), and of these each kind."""
    read = table[table.evidence.eq("V")]
    kinds = {kind: int(read.kind.eq(kind).sum()) for kind in KINDS}
    return {"all": len(table), "read": len(read), **kinds}


def verdict(values: np.ndarray, row: dict[str, Any], why: str = "", unit: float = 1) -> Verdict:
    """The rule for a published row; unit: how many of its units are one of ours."""
    return judge(values, row["value"] / unit, row["spread"] / unit, why)


def records(printed: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a published table."""
    return printed.to_dict("records")  # type: ignore[return-value]


def titled(table: str) -> str:
    """A table's name as a heading has it."""
    return table.capitalize() if table.startswith("figure") else f"Table {table}"


def cell_words(row: dict[str, Any]) -> str:
    """A cell of the block tables in words."""
    chosen = [name for name in ("statistical", "causal") if row[name] == "yes"]
    return f"p {row['p']}, {' and '.join(chosen) or 'independent'}: {row['block']}"


def words_of(row: dict[str, Any]) -> str:
    """A row of Zimmermann et al.'s in words."""
    world = f"{row['latent_space']} {row['marginal']} {row['conditional']}"
    return f"{world}, {row['model_space']} {row['model']}"
