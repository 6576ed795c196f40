"""What chapter 04 says of its learning curves: which recipe each run had, and what it reached."""

from typing import Any

import pandas as pd

RECIPES = {  # by encoder, and whether one encoder and one mixing serve both views
    ("residual", False): "ours",
    ("reference", False): "released",
    ("reference", True): "released, own world",
}


def looks(table: pd.DataFrame) -> pd.DataFrame:
    """What codes held at each look: a row for recipe and pairs seen, a column for each metric.

    table: rows of the experiment. The codes are those of x; several seeds give their mean.
    """
    return _wide(table[table.code.eq("contrastive")], ["recipe", "pairs"])


def untrained(table: pd.DataFrame) -> pd.DataFrame:
    """linear_r2 of raw observations, and nats of the true latents, in each recipe's world."""
    return _wide(table[table.code.ne("contrastive")], ["recipe"])


def _wide(rows: Any, index: list[str]) -> pd.DataFrame:
    recipe = [RECIPES[key] for key in zip(rows.encoder, rows.shared, strict=True)]
    named = rows.assign(recipe=recipe)
    return named.pivot_table(index=index, columns="metric", values="value")
