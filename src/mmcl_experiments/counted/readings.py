"""Rules that count copied dimensions from the table of `counted`, and what they are held to.

Written before the first run on reporting seeds. What decides is how nearly the best-kept direction
of style is copied *with content held*, by the law; causal dependence by itself is harmless, since
canonical correlations hold the content that they have found. "corrected" should count right in
nine of ten worlds and seeds in which that number is below 0.93, whatever the world; "fixed"
should count too many where it is above 0.87.
"""

from typing import Any

import numpy as np
import pandas as pd

RULES = ("fixed", "not by chance", "widest gap", "corrected")
THRESHOLD = 0.85  # of the rule "fixed", that of `mmcl.metrics.dimension`
# What the states of a direction correlate at least to pass for copied: a resolution that has to be
# stated, since no sample tells 0.999 from 1. Chosen on seeds 100 and 101, where content had 0.976
# or more and most styles 0.936 or less; styles that are kept to more pass for content.
RESOLUTION = 0.95
EDGES = {"fixed": THRESHOLD, "corrected": RESOLUTION}  # from where on a rule should fail
WORLD = ["p", "covariances", "causal", "change"]


def directions(codes: pd.DataFrame, null: float) -> dict[str, int]:
    """How many leading directions are copied, by rule.

    codes: a row a place, a column a metric. "fixed": correlation above .85. "not by chance": in
    95 % of resampled pairs it is above `null`, what shuffled partners give. "widest gap": among
    those, the ones before the widest gap of Fisher's z, the null being the last. "corrected":
    among those, corrected for the codes' noise it reaches `RESOLUTION`.
    """
    by_chance = leading(codes.low > null)
    levels = [*codes.correlation.iloc[:by_chance], max(null, 0)]
    gaps = -np.diff(np.arctanh(np.clip(levels, None, 1 - 1e-9)))
    return {
        "fixed": int((codes.correlation > THRESHOLD).sum()),
        "not by chance": by_chance,
        "widest gap": int(gaps.argmax()) + 1 if len(gaps) else 0,
        "corrected": min(by_chance, leading(codes.corrected >= RESOLUTION)),
    }


def leading(flags: Any) -> int:
    """How many are true before the first that isn't."""
    return int(np.cumprod(np.asarray(flags, dtype=int)).sum())


def answers(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each world, seed and rule: directions, and the dimension of the sheet in them.

    Columns: those of `WORLD`, content, seed, rule, directions, found, and of the world: style
    (the best-kept direction of style with content held, by the law) and content_r2.
    """
    rows = []
    for key, run in table.groupby([*WORLD, "content", "seed"]):
        codes: Any = run[run.code.eq("contrastive")]
        alone = codes[codes.place.eq(0)].set_index("metric").value
        wide: Any = codes[codes.place.gt(0)].pivot(index="place", columns="metric", values="value")
        law = run[run.metric.eq("given content")].value.max()
        world = dict(zip([*WORLD, "content", "seed"], key, strict=True))  # type: ignore[arg-type]
        world |= {"style": law, "content_r2": alone["content_r2"]}
        for rule, k in directions(wide, float(alone["null"])).items():
            found = round(wide.intrinsic.iloc[k - 1]) if k else 0
            rows.append({**world, "rule": rule, "directions": k, "found": found})
    return pd.DataFrame(rows)


def noted(table: pd.DataFrame) -> dict[str, float]:
    """How often each rule is right, in all and on either side of its edge, and what a cause does.

    table: what `run` returns, of worlds with a caused style among them.
    """
    found = answers(table)
    found["right"] = found.found.eq(found.content)
    short = {"not by chance": "chance", "widest gap": "gap"}
    shares = found.groupby("rule").right.mean()
    values = {f"counted.{short.get(rule, rule)}": shares[rule] for rule in RULES}
    for rule, edge in EDGES.items():
        rows: Any = found[found.rule.eq(rule)]
        left = rows["style"] < edge
        values[f"counted.{rule}_left"] = rows.right[left].mean()
        values[f"counted.{rule}_right"] = rows.right[~left].mean()
    alone = table.causal & table.covariances.eq("identity")
    law: Any = table[alone & table.code.eq("law") & table.place.eq(1)]
    law = law.groupby("metric").value.median()
    values |= {"counted.caused_style": law["style"], "counted.caused_held": law["given content"]}
    caused = found.causal & found.covariances.eq("identity") & found.rule.eq("fixed")
    return {**values, "counted.caused_right": found.right[caused].mean(), **calm(found)}


def calm(found: pd.DataFrame) -> dict[str, float]:
    """How often the corrected rule is right where style is kept below 0.93."""
    rows = found[found.rule.eq("corrected") & found["style"].lt(0.93)]
    return {"counted.calm": rows.found.eq(rows.content).mean()}


def held(table: pd.DataFrame) -> dict[str, tuple[bool, str]]:
    """The bars of this module's docstring, and where misses are: whether they hold, in words."""
    found = answers(table)
    left: Any = found[found.rule.eq("corrected") & found["style"].lt(RESOLUTION)]
    misses = left[left.found.ne(left.content)]
    narrow = misses.found.lt(misses.content) & misses.covariances.str.contains("wishart")
    fixed = found[found.rule.eq("fixed") & found["style"].gt(0.87)]
    return {
        "counted.bar": (
            bool(calm(found)["counted.calm"] >= 0.9),
            "Corrected, nine in ten are right where style is kept below 0.93",
        ),
        "counted.too_many": (
            bool((fixed.found > fixed.content).all()),
            "A fixed threshold counts too many in each run that keeps over 0.87",
        ),
        "counted.too_few": (
            bool(narrow.all()),
            "Left of its edge the corrected rule misses content alone, in Wishart worlds",
        ),
    }
