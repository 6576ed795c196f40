"""Reading the table of `real_pairs`: networks side by side, leads of ICA, what was foretold.

And what chapter 13 says of COCO's pairs in `clip_components` and `coco_axes`.
"""

from typing import Any

import pandas as pd

NETWORKS = ("CLIP", "ConVIRT", "CLASP")
AT = (
    ("CLIP", 5), ("CLIP", 10), ("CLIP", 20),
    ("ConVIRT", 20), ("CLASP", 20), ("untrained CLASP", 20),
)  # fmt: skip
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
SHOWN = ("apart", "rotation", "pca", "low_a", "low_b")  # of the diagnosis
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


def features(table: pd.DataFrame) -> dict[str, float]:
    """What chapter 12 notes, by name: of each trained network, and of CLIP with 99 pairs."""
    seen, found = looks(table), {}
    names = {"recall": "partner first, of 99", "gap": "modality gap", "shared": "shared directions"}
    for network in NETWORKS:
        for short, label in names.items():
            found[f"{network.lower()}.{short}"] = float(seen.loc[label, network])
    few: Any = table[table.rows.eq(99) & table.source.eq("CLIP") & table.metric.eq("directions")]
    return {**found, "few.shared": float(few.value.item())}


def alike(table: pd.DataFrame) -> bool:
    """Whether each trained network has a gap, narrower than untrained, and cones: two images nearer
    than cosine 0.5, and partners farther than that."""
    seen = looks(table).T
    each = seen.loc[list(NETWORKS)]
    before = seen.loc[[f"untrained {name}" for name in NETWORKS], "modality gap"].to_numpy()
    gap = each["modality gap"].gt(0.5) & each["modality gap"].lt(before)
    cones = each["cosine of two images"].gt(0.5) & each["cosine of partners"].lt(0.5)
    return bool((gap & cones).all())


def leads(table: pd.DataFrame, lead: str, metric: str = "difference") -> pd.DataFrame:
    """ICA minus a rival: value, low and high, a row each network (`source`) and size."""
    rows: Any = whole(table)
    rows = rows[rows.metric.eq(metric) & rows.arm.eq(lead)]
    return rows.set_index(["source", "k"])[["value", "low", "high"]].sort_index()


def at(table: pd.DataFrame, name: str, k: int) -> pd.Series:
    """Mean held-out correlations of a network's matched axes at k components, by arm."""
    rows = whole(table)
    rows = rows[rows.metric.eq("held out") & rows.source.eq(name) & rows.k.eq(k)]
    return rows.set_index("arm").value


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


def noted(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What chapter 13 notes of leads, by name, as `note` takes it."""
    found: dict[str, dict[str, Any]] = {}
    for lead in ("ICA - rotation", "ICA - PCA"):
        rows, short = leads(table, lead), lead.split()[-1].lower()
        for name, k in AT:
            row = rows.loc[name, k]
            whose = name.lower().replace("untrained ", "fresh.")
            about = f"real.{whose}.{short}.{k}"
            found[about] = {"value": row.value, "low": row.low, "high": row.high}
    other = leads(table, "ICA - PCA", "other pairs").loc["CLIP", 20]
    ahead = leads(table, "ICA - PCA").loc["CLIP"]
    searches = table[table.metric.eq("converged")].value
    few: Any = table[table.rows.eq(99) & table.source.eq("CLIP")]
    few = few[few.k.eq(20) & few.halving.lt(0)]
    few = few[few.metric.eq("difference") & few.arm.eq("ICA - PCA")].iloc[0]
    return {
        **found,
        "real.other.low": {"value": other.low},
        "real.from": {"value": int(ahead.index[ahead.low > 0].min())},
        "real.converged": {"value": searches.min()},
        "real.few": {"value": few.value, "low": few.low, "high": few.high},
    }


def judged(table: pd.DataFrame) -> dict[str, tuple[bool, str]]:
    """What chapter 13 expects, by name: whether it holds, and its words. The first are SENTENCES,
    each of which holds when each of its cells is as it says."""
    kept = {name: bool(cells(table, name).eq(sentence["says"]).all())
            for name, sentence in SENTENCES.items()}  # fmt: skip
    gaps = leads(table, "ICA - PCA")
    coco, convirt = gaps.loc["CLIP"], gaps.loc["ConVIRT"]
    late = bool((coco.low > 0).eq(coco.index >= 20).all())
    clasp = pd.concat([leads(table, f"ICA - {rival}", "other pairs").loc["CLASP"]
                       for rival in ("rotation", "PCA")])  # fmt: skip
    other = leads(table, "ICA - PCA", "other pairs").loc["ConVIRT"]
    ended = bool(table.value[table.metric.eq("converged")].eq(1).all())
    return {
        "pca.holds": (kept["pca"], "ICA beats principal axes in ConVIRT and CLASP, too"),
        "rotation.holds": (kept["rotation"], "ICA beats random axes in ConVIRT and CLASP, too"),
        "untrained.holds": (kept["untrained"], "Untrained, ICA leads turns by under 0.02"),
        "late": (late, "On COCO ICA beats principal axes from twenty components on, not before"),
        "ended": (ended, "Each search for components converged"),
        "unsure": (bool((clasp.low < 0).all()), "For other proteins CLASP's leads are open"),
        "below": (bool((convirt.high < 0).all()), "In ConVIRT principal axes beat ICA everywhere"),
        "open": (bool((other.low.lt(0) & other.high.gt(0)).all()), "For other reports it is open"),
    }


# COCO's pairs in other experiments


def halvings(fixed: Any, recorded: Any) -> dict[str, dict[str, Any]]:
    """What chapter 13 notes of `clip_components`: ICA minus rotation, mean of four sizes.

    fixed: the run of COCO's pairs on one halving; recorded: the sweep, a seed each halving.
    """
    first = fixed[fixed.metric.eq("difference") & fixed.k.eq(0)].iloc[0]
    some = recorded.source.eq("clip") & recorded.metric.eq("difference") & recorded.k.eq(0)
    all_of_them = recorded[some].value
    return {
        "primary": {"value": first.value, "low": first.low, "high": first.high},
        "primary.low": {"value": first.low},
        "primary.high": {"value": first.high},
        "halvings.mean": {"value": all_of_them.mean()},
        "halvings.lowest": {"value": all_of_them.min()},
        "halvings.highest": {"value": all_of_them.max()},
        "halvings.rank": {"value": int((all_of_them >= first.value - 1e-9).sum())},
    }


def told(table: pd.DataFrame, k: int) -> dict[str, float]:
    """What chapter 13 notes of `coco_axes`: scores at k components; how many sizes were tried, at
    how many axes meet and are ahead of principal axes, and the largest that the rows allow."""
    wide: Any = table[table.k.gt(0)].pivot_table("value", "k", "metric")
    found = {name: float(wide[name][k]) for name in SHOWN}
    found |= {"tried": len(wide), "sizes": int((wide.meets * wide.beats_pca).sum())}
    return {**found, "enough": int(wide.index[wide.enough.eq(1)].max())}


def silent(table: pd.DataFrame) -> bool:
    """Whether the verdict is that it can't say."""
    return bool(table.loc[table.metric.eq("meet"), "value"].item() == 0)
