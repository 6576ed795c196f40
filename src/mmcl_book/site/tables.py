"""Tables as docutils has them."""

from collections.abc import Sequence

from docutils import nodes

Cell = Sequence[nodes.Node]  # inline nodes


def table_node(
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    css: str,
    title: str = "",
    widths: Sequence[int] = (),
) -> nodes.table:
    """A table with a row of headings; widths: of the columns, alike if none are given."""
    group = nodes.tgroup("", cols=len(heads))
    group += [nodes.colspec("", colwidth=width) for width in widths or [1] * len(heads)]
    group += nodes.thead("", row_node([[nodes.Text(head)] for head in heads]))
    group += nodes.tbody("", *map(row_node, rows))
    table = nodes.table("", group, classes=[css])
    if title:
        table.insert(0, nodes.title("", title))
    return table


def row_node(cells: Sequence[Cell]) -> nodes.row:
    """One row."""
    return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells])
