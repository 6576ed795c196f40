"""What the chapters run and draw: a room a topic, and what a page needs of the ledger.

An experiment `name` is a room `mmcl_experiments/name/`: `run.py` with a function
`run(settings, seed) -> pandas.DataFrame`, one row per measurement; `settings.py`, its settings;
`readings.py`, what a page says of its table; `figures.py`, what a page draws of it.
"""

from mmcl.naming import nearest
from mmcl_experiments.rooms import (
    PROFILES,
    checked_seed,
    module,
    names,
    run,
    run_alone,
    run_seeds,
    seeds,
    settings,
)

__all__ = [
    "PROFILES", "checked_seed", "module", "names", "nearest", "run", "run_alone", "run_seeds",
    "seeds", "settings",
]  # fmt: skip
