"""CSV files of a page: rows of its recorded sweeps, tables of its figures; the site makes them."""

import base64
import re
import warnings
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

from mmcl import files
from mmcl.errors import UserError
from mmcl_book.site.standing import SPAN
from mmcl_experiments import results
from mmcl_experiments.recorded import sheets, tasks

LOG = logging.getLogger(__name__)
FOLDER = "_static/data"
MOST = 10_000_000  # bytes of all CSV files of a site; zipped, an eighth of it
FIGURE = '<figure class="mmcl-figure">'
CARRIED = re.compile(r'download="figure\.csv" href="data:text/csv;base64,([^"]+)"')
LEFT_OUT = "Settings that all rows share are left out, and lists that another column tells"
ROWS = f'{{}} <a class="mmcl-data" {{}} title="{LEFT_OUT}">{{}}</a>'


def offer(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Make files of the tables that a page's figures carry, and of the sweeps that it speaks of.

    A file has the name of its chapter and the figure's place in it, or the sweep's.
    """

    def made(file: str, content: bytes) -> str:
        files.write_bytes(folder / file, content)
        return f'download href="{context["pathto"](f"{FOLDER}/{file}", resource=True)}"'

    def of_sweep(found: re.Match[str]) -> str:
        try:
            rows = rows_of(found[2], found[1], Path(app.srcdir))
        except UserError:
            return found[0]  # the sentence says what is missing
        address = made(f"sweep-{found[2]}-{found[1]}.csv", rows.encode())
        return ROWS.format(found[0], address, f"Its rows ({sheets.size(rows)})")

    name = re.sub("^(notebooks|book)/", "", pagename).replace("/", "-")
    folder = Path(app.outdir) / FOLDER
    for old in folder.glob(f"{name}-figure-*.csv"):
        old.unlink()
    parts = SPAN.sub(of_sweep, context.get("body") or "").split(FIGURE)
    for place, part in enumerate(parts):
        if found := CARRIED.search(part):
            address = made(f"{name}-figure-{place}.csv", base64.b64decode(found[1]))
            parts[place] = part.replace(found[0], address)
        if sheets.TOO_LARGE in part and app.config.mmcl_profile == "default":
            wanted = f"give show(..., data=) what it draws, at most {sheets.LIMIT} bytes"
            text = f"the table of figure {place} is too large to offer; {wanted}"
            LOG.warning(text, location=pagename, type="mmcl", subtype="data")
    if context.get("body"):
        context["body"] = FIGURE.join(parts)


def rows_of(experiment: str, profile: str, root: Path) -> str:
    """The CSV of an accepted sweep. Errors: as `results.recorded`."""
    with warnings.catch_warnings():  # the page says which code the rows are of
        warnings.filterwarnings("ignore", message=r".*versions of the code")
        return sheets.csv(tasks.table(results.accepted(experiment, profile, root)))


def weigh(app: Sphinx, error: Exception | None) -> None:
    """Warn when the files are too many or too large for a site that one carries around."""
    found = sum(file.stat().st_size for file in (Path(app.outdir) / FOLDER).glob("*.csv"))
    if error is None and found > MOST:
        text = "the site's CSV files have %d bytes, at most %d are wanted; aggregate the largest"
        LOG.warning(text, found, MOST, type="mmcl", subtype="data")


def setup(app: Sphinx) -> None:
    """Connect to the build, before `standing` fills its sentences."""
    app.connect("html-page-context", offer, priority=400)
    app.connect("build-finished", weigh)
