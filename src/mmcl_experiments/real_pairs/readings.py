"""Reading the table of `real_pairs`: networks side by side, leads of ICA, what was foretold."""

from typing import Any

import pandas as pd

NETWORKS = ("CLIP", "ConVIRT", "CLASP")
# What `book/predictions/real_pairs.yml` foretold before the run.
SENTENCES: dict[str, dict[str, Any]] = {
    "pca": {"lead": "ICA - PCA", "networks": ["ConVIRT", "CLASP"], "least": 20, "says": "above"},
    "rotation":
        {"lead": "ICA - rotation", "networks": ["ConVIRT", "CLASP"], "least": 10, "says": "above"},
    "untrained": {
        "lead": "ICA - rotation", "networks": [f"untrained {name}" for name in NETWORKS],
        "least": 5, "says": "small", "level": 0.02,
    },
}  # fmt: skip
TABLE = {  # a row of the page's table: what it is called, its metric and arm
    "pairs": ("pairs", ""),
    "different pairs": ("objects", ""),
    "partner first, of 99": ("recall", ""),
    "nats of log 99": ("nats", ""),
    "modality gap": ("distance", ""),
    "cosine of two images": ("mean", "images"),
    "cosine of partners": ("mean", "partners"),
    "participation ratio": ("participation", ""),
    "axes by likelihood": ("axes", ""),
    "shared directions": ("directions", ""),
}


def whole(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of all pairs as they are, no halving alone."""
    rows: Any = table[table.rows.eq(0) & table.prepared.eq("as they are") & table.halving.lt(0)]
    return rows


def looks(table: pd.DataFrame) -> pd.DataFrame:
    """What `clip_features` measures: a row a measure, a column a network, trained and not."""
    rows = whole(table)
    rows = rows[rows.k.eq(0)].set_index(["metric", "arm", "source"]).value.unstack()
    names = [f"{kind}{name}" for name in NETWORKS for kind in ("", "untrained ")]
    return pd.DataFrame({label: rows.loc[at, names] for label, at in TABLE.items()}).T


def leads(table: pd.DataFrame, lead: str, metric: str = "difference") -> pd.DataFrame:
    """ICA minus a rival: value, low and high, a row each network (`source`) and size."""
    rows = whole(table)
    rows = rows[rows.metric.eq(metric) & rows.arm.eq(lead)]
    return rows.set_index(["source", "k"])[["value", "low", "high"]].sort_index()


def cells(table: pd.DataFrame, name: str) -> pd.Series:
    """What each cell of one of SENTENCES says: "above", "below" or "open"; of one with a level
    "small" or "large"."""
    sentence = SENTENCES[name]
    found = leads(table, sentence["lead"])
    place = found.index.get_level_values
    some = place("source").isin(sentence["networks"]) & (place("k") >= sentence["least"])
    found = found[some]
    if "level" in sentence:
        return found.value.map(lambda gap: "small" if gap < sentence["level"] else "large")
    said = pd.Series("open", index=found.index)
    said[found.low > 0], said[found.high < 0] = "above", "below"
    return said
