"""What chapter 11 says of its games: what each changed rule does to the scores of factors."""

from typing import Any

import pandas as pd

from mmcl_experiments.beside.rule import interval

ASKED = {"shape": "x", "hue": "x", "phrasing": "t", "palette": "t"}  # of which modality's code
RULES = {  # by temperature (0: learned), negatives, and whether captions name the color
    (0.0, "cross-modal", True): "as above",
    (1.0, "cross-modal", True): "temperature held at 1",
    (0.0, "both", True): "negatives of both modalities",
    (0.0, "cross-modal", False): "no word for the color",
    (1.0, "both", True): "temperature and negatives",
}


def by_rule(usual: pd.DataFrame, changed: pd.DataFrame) -> pd.DataFrame:
    """Nonlinear scores of four factors by rule, from recorded sweeps at one size and world.

    usual: rows of `images_and_captions`; changed: rows of `caption_games`. Rows: rule, factor.
    Columns: mean and half of its 95 % t interval over seeds, from chance (0) to perfect (1).
    """
    same = usual[usual.code.eq("contrastive")]
    same = same.assign(tau=0.0, negatives="cross-modal", hue_in_words=True)
    rows: Any = pd.concat([same, changed])
    rows = rows[rows.metric.eq("nonlinear") & rows.modality.eq(rows.factor.map(ASKED))]
    rule = [RULES[k] for k in zip(rows.tau, rows.negatives, rows.hue_in_words, strict=True)]
    seeds: Any = rows.assign(rule=rule).groupby(["rule", "factor", "seed"]).value.mean()
    found = seeds.groupby(["rule", "factor"]).agg(["mean", lambda v: interval(v.to_numpy())])
    order = [(rule, factor) for rule in RULES.values() for factor in ASKED]
    return found.set_axis(["mean", "half"], axis=1).reindex(order)


def noted(rules: pd.DataFrame) -> dict[str, float]:
    """What chapter 11 notes of `by_rule`, by name: means."""
    means: Any = rules["mean"].unstack()
    named = {"silent": "no word for the color", "usual": "as above",
             "together": "temperature and negatives"}  # fmt: skip
    found = {f"{name}.{factor}": float(means.at[rule, factor])
             for name, rule in named.items() for factor in ("shape", "hue")}  # fmt: skip
    found["negatives.hue"] = float(means.at["negatives of both modalities", "hue"])
    return found | {"phrasing": float(means.phrasing.max())}


def moved(rules: pd.DataFrame, factor: str) -> list[str]:
    """The rules under which a factor's interval lies apart from the usual one."""
    of: Any = rules.xs(factor, level="factor")
    low, high = of["mean"] - of.half, of["mean"] + of.half
    apart = low.gt(high["as above"]) | high.lt(low["as above"])
    return list(apart[apart].index)


def shown(rules: pd.DataFrame) -> pd.DataFrame:
    """Means with half of their intervals as a table to read: a row a rule, a column a factor."""
    words = [f"{mean:.2f} ± {half:.2f}" for mean, half in rules[["mean", "half"]].to_numpy()]
    table: Any = pd.Series(words, rules.index).unstack()
    order = list(dict.fromkeys(rules.index.get_level_values("rule")))
    return table.loc[order, list(ASKED)].rename_axis(index=None, columns=None)
