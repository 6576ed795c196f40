"""The {beside} directive: published values beside ours, with verdicts, as the rule has them now."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mmcl.errors import InputError, UserError
from mmcl.naming import nearest
from mmcl_book.site.remembered import remember, warn, watch
from mmcl_book.site.tables import table_node
from mmcl_experiments.beside.everything import counts, everything
from mmcl_experiments.beside.rule import KINDS
from mmcl_experiments.recorded.published import EVIDENCE

HEADS = ("What", "Published", "Here", "Verdict")
SUMMARY = ("Paper", "Values", *(kind.capitalize() for kind in KINDS))
ALT = "A dot a published value, by verdict: most lie along the diagonal, a few far from it."
CAPTION = "Each dot is a value of ours over the published one, which was read in its source."
CURVES_ALT = (
    "Style falls to none as contents take more values, in both lines. Content stays near one in "
    "the paper however many style or private numbers there are; here it falls from seven on, and "
    "longer trainings bring it back, at nine in part."
)
CURVES_CAPTION = (
    "Figures 5c and 6 of Daunhawer et al. beside three seeds of a smaller world. Red: its longest "
    "trainings."
)


def table_of(app: Sphinx) -> Any:
    """All published values with their verdicts, read once a build."""
    if not hasattr(app, "mmcl_beside"):
        app.mmcl_beside = everything(Path(app.srcdir))  # type: ignore[attr-defined]
    return app.mmcl_beside  # type: ignore[attr-defined]


def shown(app: Sphinx, what: str) -> Any:
    """What the page shows: "counts", "figure", "curves" or "summary", else the table of that name.

    Errors: UserError for an unknown table.
    """
    table = table_of(app)
    if not len(table):
        raise InputError("results/published holds no values; add them, or leave out {beside}")
    if what == "counts":
        return counts(table)
    if what == "figure":
        judged = table[table.kind.ne("not comparable") & table.evidence.eq("V")]
        judged = judged.fillna({"spread": 0.0})
        return judged[["table", "what", "value", "spread", "mean", "half", "kind"]].to_dict("list")
    if what == "curves":
        from mmcl_experiments.beside.curves import points

        return points(Path(app.srcdir)).to_dict("list")
    if what == "summary":
        kinds = table.groupby("table", sort=False).kind.value_counts().unstack(fill_value=0)
        kinds = kinds.reindex(columns=list(KINDS), fill_value=0)
        return [[name, int(row.sum()), *map(int, row)] for name, row in kinds.iterrows()]
    nearest(what, list(dict.fromkeys(table.table)), "table of {beside}")
    rows = table[table.table.eq(what)]
    return [
        [row.what, theirs(row.theirs, row.evidence), row.ours, row.verdict]
        for row in rows.itertuples()
    ]


def theirs(printed: str, evidence: str) -> str:
    """A published value, with how well it is known where nobody has read it in the paper."""
    known = evidence == "V" or "unverified" in printed or printed == "not found"
    return printed if known else f"{printed} ({EVIDENCE[evidence]})"


class BesideDirective(SphinxDirective):
    """`{beside} counts`, `summary`, `figure`, `curves`, or the name of a table."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Build what was asked for; an unknown table is a warning."""
        what = self.arguments[0]
        try:
            found = shown(self.env.app, what)
        except UserError as error:
            warn(self, "beside", error)
            return []
        remember(self.env, "beside", what, found)
        if what == "counts":
            return [nodes.paragraph("", sentence(found))]
        if what in ("figure", "curves"):
            return [nodes.raw("", drawn(what, found), format="html")]
        heads = SUMMARY if what == "summary" else HEADS
        cells = [[[nodes.Text(str(cell))] for cell in row] for row in found]
        title = "" if what == "summary" else what
        return [table_node(heads, cells, css="beside", title=title)]


def sentence(found: dict[str, int]) -> str:
    """The counts in words."""
    kinds = ", ".join(f"{kind} {found[kind]}" for kind in KINDS)
    known = f"{found['read']} were read in the papers or in raw logs"
    return f"The book keeps {found['all']} published values, of which {known}. By verdict: {kinds}."


def drawn(what: str, found: dict[str, list[Any]]) -> str:
    """A figure as HTML."""
    import pandas as pd

    from mmcl_experiments import figures
    from mmcl_experiments.beside.curves import over
    from mmcl_experiments.beside.figures import against

    table = pd.DataFrame(found)
    if what == "curves":
        return figures.show(over(table), alt=CURVES_ALT, caption=CURVES_CAPTION).markup
    return figures.show(against(table), alt=ALT, caption=CAPTION).markup


def setup(app: Sphinx) -> None:
    """Register the directive and its events."""
    app.add_directive("beside", BesideDirective)
    watch(app, "beside", shown)
