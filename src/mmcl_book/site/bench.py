"""The {bench} directive: a table of an accepted benchmark, or where its numbers come from."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mmcl.errors import InputError, UserError
from mmcl_book.ledger import claims
from mmcl_book.records import store as records
from mmcl_book.site.remembered import remember, warn, watch
from mmcl_book.site.tables import table_node
from mmcl_book.terminal import count


def parts(root: Path, name: str, table: str) -> dict[str, Any]:
    """What is shown of a benchmark such as cpu/step: a table, or a sentence if none is named.

    Errors: ValueError says what is missing and how to get it.
    """
    if not claims.BENCH.fullmatch(name):
        raise InputError(f"{{bench}} was given {name!r}; give a benchmark such as cpu/step")
    path = records.accepted_path(root, "bench", name)
    if not path.is_file():
        where = path.relative_to(root).as_posix()
        raise InputError(f"there is no {where}; run make bench, and copy its files as it says")
    record = records.load(path)
    stale = record["key"] != records.current_key(root, record)
    if not table:
        return {"sentence": origin(record["provenance"], stale)}
    tables = record.get("tables", {})
    if table not in tables:
        raise InputError(f"{name} has no table {table!r}; it has {', '.join(tables) or 'none'}")
    return {**tables[table], "stale": stale}


def origin(provenance: dict[str, Any], stale: bool) -> str:
    """Where numbers come from, in one sentence."""
    device = provenance["device"].partition(", ")
    commit = f"commit {(provenance['commit'] or 'unknown')[:7]}"
    found = [
        f"Measured on {provenance['finished'][:10]} on {device[2] or device[0]}",
        count(provenance["threads"], "thread"),
        f"torch {provenance['versions'].get('torch', 'unknown')}",
        commit + (" with uncommitted changes" if provenance["dirty"] is not False else ""),
        *(["with older code than there is now"] if stale else []),
    ]
    return ", ".join(found) + "."


class BenchDirective(SphinxDirective):
    """`{bench} cpu/step forms`: a table of a benchmark; without its name, a sentence on origins."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the table; a missing benchmark is a warning."""
        name, table = self.arguments[0], "".join(self.arguments[1:])
        if self.config.mmcl_profile == "smoke":
            return [nodes.paragraph("", "Not shown at this size.")]
        try:
            found = parts(Path(self.env.srcdir), name, table)
        except UserError as error:
            warn(self, "bench", error)
            return []
        remember(self.env, "bench", (name, table), found)
        if "sentence" in found:
            return [nodes.paragraph("", found["sentence"])]
        return [table_of(found)]


def table_of(found: dict[str, Any]) -> nodes.table:
    """A table's nodes."""
    rows = [[[nodes.Text(str(cell))] for cell in cells] for cells in found["rows"]]
    stale = " (measured with older code)" if found["stale"] else ""
    heads = [name or "what" for name in found["columns"]]
    return table_node(heads, rows, css="bench", title=found["caption"] + stale)


def setup(app: Sphinx) -> None:
    """Register the directive and its events."""
    app.add_directive("bench", BenchDirective)
    watch(app, "bench", lambda app, target: parts(Path(app.srcdir), *target))
