"""Cells of a chapter as places of a page: an address each, links from figures, a box to rerun."""

import ast
import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from mmcl.errors import InputError
from mmcl_book import notebooks
from mmcl_experiments.rooms import PROFILES

CELL = re.compile(r'<div class="cell [^"]*" id="(cell-[^"]+)">')
CAPTION = re.compile(r'(<figure class="mmcl-figure">(?:(?!</figure>).)*?)(</figcaption>)', re.S)
FIGURE = re.compile(r'<figure class="mmcl-figure">(.*)<figcaption>.*?</figcaption></figure>', re.S)
LINK = ' <a class="mmcl-made" href="#{0}" title="Made by the cell {1}">Its cell</a>'
BOX = """<form class="mmcl-rerun" data-chapter="{chapter}"><details>
<summary>Rerun with other parameters</summary>
<div class="mmcl-choices">{fields}</div>
<p>From any folder, with papermill:</p>
<div class="highlight"><pre data-tool="papermill">{papermill}</pre></div>
<p>Or with the book's own command, which checks names and values first:</p>
<div class="highlight"><pre data-tool="mmcl">{mmcl}</pre></div>
</details></form>"""
HELD = "OUT"  # the commands say where results go


def address(cell: str) -> str:
    """The address of a cell within its page."""
    return f"cell-{cell}"


def executed(root: Path, profile: str, chapter: str) -> Path:
    """Where the executed copy of a chapter is."""
    return root / "_build" / profile / "executed" / "notebooks" / f"{chapter}.ipynb"


def figures_of(root: Path, chapter: str, profile: str) -> dict[str, str]:
    """The figures of a chapter's last run by cell, as HTML without their captions.

    Errors: InputError when the chapter wasn't run at this profile.
    """
    path = executed(root, profile, chapter)
    if not path.is_file():
        again = f"run mmcl run {chapter} --profile {profile}, or without a name for all chapters"
        raise InputError(f"{chapter} was not executed; {again}")
    found = {}
    for cell in notebooks.code_cells(notebooks.read(path)):
        for output in cell.get("outputs", []):
            shown = "".join(output.get("data", {}).get("text/html", ""))
            if match := FIGURE.search(shown):
                found[str(cell.get("id"))] = f'<figure class="mmcl-figure">{match[1]}</figure>'
    return found


def keep(app: Sphinx, docname: str, content: list[str]) -> None:
    """Keep the cells of a chapter until it is parsed."""
    assert app.env is not None
    if str(app.env.doc2path(docname)).endswith(".ipynb"):
        app.env.temp_data["mmcl_cells"] = notebooks.parse(content[0], docname)["cells"]


def place(app: Sphinx, doctree: nodes.document) -> None:
    """Give each code cell an address, and the parameters a box that writes commands."""
    assert app.env is not None
    cells = app.env.temp_data.get("mmcl_cells", [])
    for box in list(doctree.findall(nodes.container)):
        if box.get("nb_element") != "cell_code":
            continue
        cell = cells[box["cell_index"]]
        box["ids"].append(address(str(cell.get("id"))))
        if "parameters" in notebooks.tags_of(cell):
            text = rerun_box(app.env.docname.rpartition("/")[2], notebooks.text_of(cell))
            box.parent.insert(box.parent.index(box) + 1, nodes.raw("", text, format="html"))


def parameters(source: str) -> list[tuple[str, Any, str]]:
    """Names, values and comments of a cell of parameters, but for the folder of the record."""
    lines, found = source.splitlines(), []
    for each in ast.parse(source).body:
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            name, comment = each.targets[0].id, lines[each.lineno - 1].partition("#")[2].strip()
            found.append((name, ast.literal_eval(each.value), comment))
    return [each for each in found if each[0] != HELD]


def rerun_box(chapter: str, source: str) -> str:
    """A form with a field for each parameter, and the commands for a first try at smoke."""
    known = parameters(source)
    commands = {
        "papermill": f"papermill notebooks/{chapter}.ipynb out.ipynb -p PROFILE smoke",
        "mmcl": f"mmcl run {chapter} --profile smoke --out my_run",
    }
    fields = "".join(field(*each) for each in known)
    return BOX.format(chapter=chapter, fields=fields, **commands)


def field(name: str, value: Any, comment: str) -> str:
    """A labeled field; the script tells by `data-default` what was changed."""
    about = f'name="{name}" data-default="{html.escape(str(value))}"'
    if name == "PROFILE":
        chosen = {"smoke": " selected"}
        options = "".join(f"<option{chosen.get(each, '')}>{each}</option>" for each in PROFILES)
        control = f"<select {about}>{options}</select>"
    else:
        step = {int: "1", float: "any"}.get(type(value))
        kind = f'type="number" step="{step}"' if step else 'type="text"'
        control = f'<input {kind} {about} value="{html.escape(str(value))}">'
    return f"<label>{name} {control} <small>{html.escape(comment)}</small></label>"


def link(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Lead from each figure of a chapter to the cell that made it."""
    parts = CELL.split(context.get("body") or "")
    if len(parts) < 2:
        return
    marks = [found[0] for found in CELL.finditer(context["body"])]
    body = [parts[0]]
    for mark, name, text in zip(marks, parts[1::2], parts[2::2], strict=True):
        said = html.escape(name.removeprefix("cell-"))
        body += [mark, CAPTION.sub(lambda m, n=name, s=said: m[1] + LINK.format(n, s) + m[2], text)]
    context["body"] = "".join(body)


def setup(app: Sphinx) -> None:
    """Connect to the build, after outputs were joined to their sources."""
    app.connect("source-read", keep, priority=900)
    app.connect("doctree-read", place)
    app.connect("html-page-context", link)
