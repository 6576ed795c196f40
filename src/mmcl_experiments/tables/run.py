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
