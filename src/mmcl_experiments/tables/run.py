"""Liu et al.'s tables on synthetic data, row by row: (a) linear maps, (b) permutations.

One run trains one row at one seed, so that a sweep spreads rows and seeds over machines. Row
names are the paper's in short, as in `results/published/liu_synthetic.yml`: the world's space,
marginal and conditional, then the model's space and law. Sp sphere, B box, Un unbounded;
U uniform, v von Mises-Fisher, L Laplace, N normal, G generalized normal (beta 3).
"""

from typing import Any

import pandas as pd

from mmcl_experiments import nearest
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.rows import Row, draw_model, game_of, measure, training

TABLE_A = (
    "Sp U v -> Sp v",
    "Sp U L -> Sp v",
    "Sp U N -> Sp v",
    "B U N -> Un N",
    "B U L -> Un N",
    "B U L -> Un G",
    "B U N -> Un G",
    "Sp N(1) L -> Sp v",
    "Sp N(1) N -> Sp v",
    "Un L(1) N -> Un N",
    "Un N(1) N -> Un N",
)
TABLE_B = (
    "B U L -> B L",
    "B U G -> B G",
    "B U N -> B N",
    "B U L -> B N",
    "B U L -> B G",
    "B U L -> Un L",
)
HEADLINES = {TABLE_A[0]: "linear_r2", TABLE_B[0]: "mcc"}
SPACES = {"Sp": "sphere", "B": "box", "Un": "unbounded"}
MARGINALS = {"U": "uniform", "L(1)": "laplace", "N(1)": "normal"}
CONDITIONALS = {"v": "vmf", "L": "laplace", "N": "normal", "G": "cubic"}
SCORES = {"v": "dot", "L": "l1", "N": "l2", "G": "l3"}


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, metric, value; row, table ("a" or "b") and seed."""
    name = nearest(settings["row"], [*TABLE_A, *TABLE_B], "row")
    row = row_of(name)
    model, game = draw_model(row, settings, seed), game_of(row, settings)
    fitted = fitting.fit(model, game, training(row, settings), seed)
    rows = measure(row, fitted, settings, seed, baseline=settings["baselines"])
    table = "a" if name in TABLE_A else "b"
    return pd.DataFrame(rows).assign(row=name, table=table, seed=seed)


def row_of(name: str) -> Row:
    """The row behind a name such as 'B U L -> Un N'."""
    world, model = name.split(" -> ")
    space, marginal, conditional = world.split()
    codes, law = model.split()
    return Row(
        space=SPACES[space],
        marginal=MARGINALS[marginal],
        conditional=CONDITIONALS[conditional],
        codes=SPACES[codes],
        score=SCORES[law],
    )


def beside(found: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Published values next to ours, in percent, one row for each that was printed.

    found: rows of `run`, of the contrastive codes; published: `results.published("liu_synthetic")`.
    Columns: table, published, printed, checked (whether a source was at hand), mean, low, high
    over seeds, and difference (ours less theirs). Errors: ValueError for a row that is missing.
    """
    ours = found[found["code"].eq("contrastive")].groupby(["row", "metric"]).value
    summary = 100 * ours.agg(["mean", "min", "max"])
    rows = {}
    for name in (*TABLE_A, *TABLE_B):
        ((_, printed),) = published[published.row.eq(name)].iterrows()
        if (name, printed.metric) not in summary.index:
            raise ValueError(f"{name!r} has no {printed.metric}; run all rows of both tables")
        mean, low, high = summary.loc[(name, printed.metric)]
        rows[name] = {
            "table": printed.table,
            "published": printed.value,
            "printed": printed.printed,
            "checked": printed.evidence in "VS",
            "mean": mean,
            "low": low,
            "high": high,
            "difference": mean - printed.value,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def agreement(found: pd.DataFrame, published: pd.DataFrame) -> dict[str, float]:
    """How far our rows and the printed ones agree: "a.rank", "a.signs", "b.rank", "b.signs".

    rank: Spearman's correlation over a table's rows. signs: the share of rows, but for the first,
    in which both or neither fall below the first row by more than half a percentage point.
    """
    agreed = {}
    both: Any = beside(found, published).groupby("table")[["mean", "published"]]
    for name, values in both:
        falls = values.iloc[0] - values.iloc[1:] > 0.5
        agreed[f"{name}.rank"] = float(values.corr("spearman").iloc[0, 1])
        agreed[f"{name}.signs"] = float(falls["mean"].eq(falls["published"]).mean())
    return agreed


def grown(found: pd.DataFrame) -> pd.DataFrame:
    """The first rows of both tables by how they were trained: what a learning curve shows.

    found: a sweep of `run` over steps, kappa, centered and lr. Columns: world, steps, centered,
    lr, seed, then score (linear R2 on the sphere, MCC in the box), gap, nats, inverse_temperature.
    """
    recipe = ["steps", "centered", "lr", "seed"]
    ours: Any = found[found.code.eq("contrastive")]
    parts = []
    for row, metric in HEADLINES.items():
        wide = ours[ours.row.eq(row)].pivot(
            index=["kappa", *recipe], columns="metric", values="value"
        )
        part = wide.reset_index()
        names = [f"sphere, kappa {kappa:g}" for kappa in part.kappa]
        parts.append(part.assign(world=names if row in TABLE_A else "box", score=part[metric]))
    table: Any = pd.concat(parts, ignore_index=True)
    return table[["world", *recipe, "score", "gap", "nats", "inverse_temperature"]]
