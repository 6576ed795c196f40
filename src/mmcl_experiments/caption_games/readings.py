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
