"""Joins outputs of an executed notebook to its source: prose edits need no execution."""

import json
from pathlib import Path

from mmcl_book.keys import outlines
from mmcl_book.notebooks import Notebook, code_cells, parse, read, tags_of, text_of


def errors_in(notebook: Notebook) -> list[str]:
    """One line for each cell that raised without saying, by `raises-exception`, that it should."""
    found = []
    for cell in code_cells(notebook):
        if "raises-exception" in tags_of(cell):
            continue
        for output in cell.get("outputs", []):
            if output.get("output_type") == "error":
                reason = f"{output.get('ename', 'error')}: {output.get('evalue', '')}"
                found.append(f"cell {cell.get('id', '?')} raised {reason[:200]}")
    if not found and notebook.get("metadata", {}).get("papermill", {}).get("exception"):
        found.append("its run was recorded as failed")
    return found


def outlined(notebook: Notebook) -> dict[str | None, str]:
    """What counts of each code cell, by its id: comments and how it imports do not."""
    cells = [cell for cell in code_cells(notebook) if "injected-parameters" not in tags_of(cell)]
    texts = outlines(text_of(cell) for cell in cells)
    return {cell.get("id"): text for cell, text in zip(cells, texts, strict=True)}


def graft(source: Notebook, executed: Notebook) -> list[str]:
    """Give each code cell of `source` the outputs of the executed cell with its id and code.

    Changes `source` in place and returns one line for each cell without such a partner.
    """
    partners = {cell.get("id"): cell for cell in code_cells(executed)}
    ran, now = outlined(executed), outlined(source)
    problems = []
    for cell in code_cells(source):
        partner = partners.get(cell.get("id"))
        if not text_of(cell).strip():
            continue
        if partner is None:
            problems.append(f"cell {cell.get('id', '?')} has no executed copy")
        elif ran[cell.get("id")] != now[cell.get("id")]:
            problems.append(f"cell {cell.get('id', '?')} was edited after it ran")
        else:
            cell["outputs"] = partner.get("outputs", [])
            cell["execution_count"] = partner.get("execution_count")
    metadata = executed.get("metadata", {})
    for key in ("language_info", "widgets"):
        if key in metadata:
            source.setdefault("metadata", {})[key] = metadata[key]
    return problems


def with_outputs(text: str, place: str, copy: Path, advice: str) -> tuple[str, list[str]]:
    """The source's text with the outputs of `copy`, and what is wrong with that copy.

    `advice` ends each problem: what to run.
    """
    source = parse(text, place)
    if not copy.is_file():
        return text, [f"{place} was not executed at this profile; {advice}"]
    executed = read(copy)
    problems = [f"{place}: {line}; {advice}" for line in graft(source, executed)]
    problems += [f"{place}: {line}; mend it, then {advice}" for line in errors_in(executed)]
    return json.dumps(source), problems
