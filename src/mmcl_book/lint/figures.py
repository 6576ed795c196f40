"""Pictures that code makes: shown by `mmcl_experiments.figures`, with alt text and a caption."""

import ast
from collections.abc import Iterator

from mmcl_book.keys.scopes import Scopes
from mmcl_book.lint import Problems, Source
from mmcl_book.lint.code import calls_in, dotted, parsed

DOORS = (
    "mmcl_experiments.figures.show",
    "mmcl_experiments.figures.interactive.turntable",
    "mmcl_experiments.figures.interactive.slider",
)
LIBRARIES = ("matplotlib", "seaborn", "plotly")
HARMLESS = ("rcParams", "rc", "rc_context", "style", "close", "set_theme", "colormaps", "hues")
METHODS = ("plot", "hist", "boxplot")
ALT, CAPTION = 20, 10  # characters at least
WANTED = "show it with figures.show(fig, alt=..., caption=...)"


def problems(source: Source) -> Problems:
    """Cells that make a figure and don't show it through the door, or without words."""
    for cell, tree, scopes in parsed(source):
        calls = calls_in(tree)
        doors = [call for call in calls if dotted(call.func, scopes) in DOORS]
        for call in doors:
            for text in wordless(call):
                yield cell, "alt", text, WANTED
            if not displayed(call, tree):
                text = f"{ast.unparse(call.func)} gives a figure that the page doesn't show"
                wanted = "make it the cell's last line, or wrap it in display(...)"
                yield cell, "figure", text, wanted
        shows = [call for call in calls if dotted(call.func, scopes).endswith(".show")]
        others = [call for call in shows if call not in doors]
        for call in others:
            yield cell, "alt", f"{ast.unparse(call.func)}() shows a figure without words", WANTED
        made = maker(calls, scopes)
        if made and not doors and not others:
            yield cell, "alt", f"{made} makes a figure that has no words", WANTED


def wordless(call: ast.Call) -> Iterator[str]:
    """What a call that shows a figure lacks."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    for name, least in (("alt", ALT), ("caption", CAPTION)):
        value = given.get(name)
        if value is None and None not in given:
            yield f"{ast.unparse(call.func)} without {name}"
        elif isinstance(value, ast.Constant) and len(str(value.value or "").strip()) < least:
            yield f"{ast.unparse(call.func)} with {name}={value.value!r}, which says too little"


def displayed(call: ast.Call, tree: ast.Module) -> bool:
    """Whether a call is the cell's last line, or an argument of `display`."""
    last = tree.body[-1]
    shown = [each for each in calls_in(tree) if ast.unparse(each.func) == "display"]
    inside = any(call in calls_in(each) for each in shown)
    return inside or (isinstance(last, ast.Expr) and last.value is call)


def maker(calls: list[ast.Call], scopes: Scopes) -> str:
    """The first call that makes or fills a figure, else an empty string."""
    for call in calls:
        name = dotted(call.func, scopes)
        first, *parts = name.split(".")
        drawn = first in LIBRARIES and not set(parts) & set(HARMLESS)
        ours = name.startswith("mmcl_experiments.figures.") and name not in DOORS
        if drawn or ours or (parts and parts[-1] in METHODS):
            return ast.unparse(call.func)
    return ""
