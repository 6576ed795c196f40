"""What chapter 09 says of training: whether codes wind at its end, by loss, start and budget."""

import pandas as pd


def windings(table: pd.DataFrame) -> pd.DataFrame:
    """A row a loss, start, rate and number of steps: share of far neighbors before and after.

    Columns: runs, before and end (means of "apart"), worst (its largest at the end), left (runs
    that end below .1), r2 (the lowest kernel R2 of content at the end).
    """
    cell = ["loss", "start", "lr", "steps"]
    rows = table.pivot_table("value", [*cell, "seed"], ["when", "metric"])
    groups = rows["end", "apart"].groupby(cell)
    found = pd.DataFrame({"runs": groups.size(), "end": groups.mean(), "worst": groups.max()})
    found["left"] = (rows["end", "apart"] < 0.1).groupby(cell).sum()
    found["r2"] = rows["end", "kernel_r2"].groupby(cell).min()
    if "start" in rows:
        found["before"] = rows["start", "apart"].groupby(cell).mean()
    return found


def of_training(found: pd.DataFrame) -> dict[str, float]:
    """Of `windings`: random starts, and what is left of a told winding by rate and loss."""
    fresh, told = found.xs(0, level="start"), found.xs(2, level="start")
    brisk, gentle = (told.xs(rate, level="lr") for rate in (0.02, 0.001))
    numbers = {
        "trained.worst": fresh.worst.max(),
        "trained.runs": int(fresh.runs.sum()),
        "told.start": told.before.min(),
        "told.brisk": brisk.worst.max(),
    }
    for steps, suffix in ((600, ""), (2400, "_longer")):
        left = gentle.xs(steps, level="steps").end
        numbers[f"told.theorem{suffix}"] = left["max-entropy"]
        numbers[f"told.infonce{suffix}"] = left["cross-modal"]
    return numbers
