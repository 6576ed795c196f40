"""What chapter 11 says of its table: a code's score of each factor."""

from typing import Any

import pandas as pd
from scipy import stats

from mmcl.world.factors import FACTORS
from mmcl_experiments.beside.rule import interval

# Of a world the dependence here, and the paper's figure of its like.
WORLDS = {"independent": ("none", "11"), "dependent": ("causal", "3")}


def by_factor(rows: pd.DataFrame, modality: str, code: str = "contrastive") -> pd.DataFrame:
    """A code's scores, a row a factor: linear, nonlinear (means over seeds) and worst.

    worst: the nonlinear score of the worst seed.
    """
    rows = rows[rows.modality.eq(modality) & rows.code.eq(code)]  # type: ignore[assignment]
    groups = rows.groupby(["factor", "metric"]).value
    scores = groups.mean().unstack()
    scores["worst"] = groups.min().unstack()["nonlinear"]
    return scores.loc[list(FACTORS)]


def by_seed(rows: pd.DataFrame, modality: str, names: list[str]) -> pd.DataFrame:
    """Nonlinear scores of single factors, a row a seed, of codes of 12 numbers in the free world.

    rows: a recorded sweep; modality: whose code.
    """
    kept: Any = rows[rows.modality.eq(modality) & rows.code.eq("contrastive")]
    kept = kept[kept["size"].eq(12) & kept.dependence.eq("none") & kept.metric.eq("nonlinear")]
    return kept.pivot(index="seed", columns="factor", values="value")[names]


def beside(rows: pd.DataFrame, printed: pd.DataFrame, size: int) -> pd.DataFrame:
    """What pictures' codes of one size tell of shape and hue, beside the paper's, as it scores.

    The paper plots accuracy of the shape with chance in it, so ours gets its chance back.
    printed: `mmcl_experiments.results.published("daunhawer_images")`. Rows: world, factor.
    Columns: here (mean over seeds), low and high (95 % t interval), paper, value.
    """
    kept: Any = rows[rows.modality.eq("x") & rows.code.eq("contrastive")]
    kept = kept[kept["size"].eq(size) & kept.metric.eq("nonlinear")]
    found = {}
    for world, (dependence, figure) in WORLDS.items():
        for factor, chance in (("shape", 1 / len(FACTORS["shape"].values)), ("hue", 0.0)):
            values = kept[kept.dependence.eq(dependence) & kept.factor.eq(factor)].value
            values = chance + (1 - chance) * values
            reach = float(stats.t.ppf(0.975, len(values) - 1)) * values.sem()
            paper: Any = printed[
                printed.figure.eq(figure) & printed.modality.eq("x") & printed.factor.eq(factor)
            ]
            row: Any = paper[paper["size"].eq(str(size))].iloc[0]
            ends = {"low": values.mean() - reach, "high": values.mean() + reach}
            both = {"here": values.mean(), **ends, "paper": row.printed, "value": row.value}
            found[world, factor] = both
    return pd.DataFrame(found).T.rename_axis(["world", "factor"]).infer_objects()


def by_size(rows: pd.DataFrame, printed: pd.DataFrame, factors: list[str]) -> pd.DataFrame:
    """What pictures' codes tell of factors by their size, beside the paper's, as it scores.

    Columns: world, factor, size (all of the paper's), value (theirs), mean and half (ours, a 95 %
    t interval over seeds; NaN where nothing is recorded).
    """
    kept: Any = rows[rows.modality.eq("x") & rows.code.eq("contrastive")]
    kept = kept[kept.metric.eq("nonlinear")]
    paper: Any = printed[printed.modality.eq("x")].set_index(["figure", "factor"])
    found = []
    for factor in factors:
        chance = 1 / len(FACTORS[factor].values) if FACTORS[factor].values else 0.0
        for world, (dependence, figure) in WORLDS.items():
            ours = kept[kept.dependence.eq(dependence) & kept.factor.eq(factor)]
            for size, value in paper.loc[(figure, factor), ["size", "value"]].to_numpy():
                scores = ours[ours["size"].eq(int(size))].value.to_numpy()
                scores = chance + (1 - chance) * scores
                row = {"world": world, "factor": factor, "size": int(size), "value": value}
                mean = scores.mean() if len(scores) else float("nan")
                found.append(row | {"mean": mean, "half": interval(scores)})
    return pd.DataFrame(found)


def over_sizes(seen: pd.DataFrame) -> dict[str, Any]:
    """What chapter 11 says of the curves of `by_size`, from codes of four numbers on.

    order: whether at each size that is recorded the shape is below the paper's in both worlds, and
    the free hue above it. least: by how much the shape is below at least. two: the free hue from
    codes of two numbers. one: the shape from codes of one number, which is a sign on a sphere, in
    the better of the worlds.
    """
    some: Any = seen.dropna(subset="mean")
    free = some[some.world.eq("independent") & some.factor.eq("hue")]
    shape = some[some.factor.eq("shape") & some["size"].ge(4)]
    later = free[free["size"].ge(4)]
    lacks = shape.value - shape["mean"]
    return {
        "order": bool(lacks.gt(0).all() and later["mean"].gt(later.value).all()),
        "least": float(lacks.min()),
        "two": float(free.loc[free["size"].eq(2), "mean"].item()),
        "one": float(some.loc[some.factor.eq("shape") & some["size"].eq(1), "mean"].max()),
    }
