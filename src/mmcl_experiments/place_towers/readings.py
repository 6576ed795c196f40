"""Reading the table of `place_towers`: means over seeds, by the names of the chapter's claims."""

from typing import Any

import pandas as pd

NETWORKS = ("trained", "untrained")


def numbers(table: pd.DataFrame) -> dict[str, float]:
    """What the chapter says of the table."""
    rows: Any = table[table.part.ne("pictures")]
    means = rows.groupby(["part", "network", "label", "scale"]).value.mean()
    found = {"half": means["half"].item(), "gap": means["gap"].item()}
    for network in NETWORKS:
        found[f"dimensions.{network}"] = means["dimensions", network].item()
    for label in ("elsewhere", "antimeridian", "pole"):
        found[f"edge.{label}"] = means["edges", "trained", label].item()
    for network in (*NETWORKS, "fourier"):
        for label in ("land", "sea"):
            found[f"{label}.{network}"] = means["sea", network, label].item()
    for word, scale in {"one": 1.0, "seventeen": 17.0}.items():
        found[f"length.{word}"] = means["scales", "trained", "", scale]
    return found | pictures(table)


def pictures(table: pd.DataFrame) -> dict[str, float]:
    """How much of the gondola lies in Italy, and how many of the pictures in the United States."""
    rows: Any = table[table.part.eq("pictures")]
    top = rows.groupby("label").country.agg(lambda each: each.mode()[0])
    italian = rows[rows.label.eq("gondola") & rows.country.eq("IT")]
    share = italian.value.sum() / rows.seed.nunique()
    return {"gondola.share": share, "pictures.us": int(top.eq("US").sum())}
