"""The parts of a chapter, their order, and its size."""

import ast
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mmcl_book.lint import Cell, Problems, Source, markdown

DEFAULTS = {"PROFILE": "default", "SEED": 0, "OUT": None}
CELLS, LINES, MEDIAN, WORDS, OBJECTIVES = (10, 30), 30, 6, (2000, 3500), 4
HINT = re.compile(r"[*_]{1,2}Hints?\b[^*_\n]*[*_]{1,2}")
ENDS_IN_CLAIM = re.compile(r"\{claim\}`[^`]+`\W*$")
Lacks = Iterator[tuple[str, str]]  # what was found, what is wanted


@dataclass(frozen=True)
class Part:
    """A section of a chapter: its title, where it starts, its Markdown."""

    title: str
    cell: Cell
    text: str


def parts_of(source: Source) -> list[Part]:
    """The chapter's sections, by second-level headings, with all Markdown up to the next one."""
    found: list[Part] = []
    for cell in source.of_kind("markdown"):
        for piece in re.split(r"(?m)^(?=##\s)", cell.source):
            titles = [title for level, title in markdown.headings(piece) if level == 2]
            if titles and piece.startswith("##"):
                found.append(Part(titles[0], cell, piece))
            elif found:
                found[-1] = replace(found[-1], text=f"{found[-1].text}\n\n{piece}")
    return found


def problems(source: Source) -> Problems:
    """What a chapter lacks, and what it has too much of."""
    parts = parts_of(source)
    by_name = {
        name: part
        for name in PARTS
        for part in reversed(parts)
        if part.title.lower().startswith(name.lower())
    }
    for name in PARTS:
        if name not in by_name:
            yield None, "anatomy", f"no section '## {name}'", "add it, with this heading"
    order = [parts.index(part) for part in by_name.values()]
    if order != sorted(order):
        wanted = f"put them in this order: {', '.join(PARTS)}"
        yield None, "anatomy", "the sections are in another order", wanted
    prose = source.of_kind("markdown")
    titles = [cell.number for cell in prose for n, _ in markdown.headings(cell.source) if n == 1]
    if titles != [1]:
        text = f"titles ('# ...') in the cells {titles}"
        yield None, "anatomy", text, "give the chapter one title, in its first cell"
    for name, part in by_name.items():
        if check := PARTS[name]:
            rule = "exercises" if check is exercises else "anatomy"
            yield from ((part.cell, rule, *problem) for problem in check(part.text))
    if question := by_name.get("The question"):
        yield from predictions(source, question)
    yield from parameters(source, question)
    yield from size(source)


def objectives(text: str) -> Lacks:
    """At most four verbs."""
    if not 1 <= (count := len(markdown.bullets(text))) <= OBJECTIVES:
        yield f"{count} objectives", f"list 1 to {OBJECTIVES} things, each starting with a verb"


def needs(text: str) -> Lacks:
    """A table of prerequisites."""
    if not markdown.inner(text, "table_open"):
        wanted = "list concept, necessary or helpful, and a link in a table"
        yield "'You need' has no table", wanted


def predicts(text: str) -> bool:
    """Whether Markdown holds a box that asks for a prediction."""
    boxes = ("admonition", "dropdown", "card")
    found = [each for each in markdown.directives(text) if each.name in boxes]
    return any("predict" in each.argument.lower() for each in found)


def predictions(source: Source, question: Part) -> Problems:
    """A prediction box in the question, before any code has run."""
    if not predicts(question.text):
        wanted = "add an admonition whose title says 'predict', before any result"
        yield question.cell, "anatomy", "'The question' has no prediction box", wanted
        return
    places = [cell.number for cell in source.of_kind("markdown") if predicts(cell.source)]
    place = min(number for number in places if number >= question.cell.number)
    early = [c for c in source.of_kind("code") if c.number < place and "parameters" not in c.tags]
    if early:
        wanted = "move it before all code but the parameters"
        yield early[0], "anatomy", "code comes before the prediction box", wanted


def exercises(text: str) -> Lacks:
    """At least two exercises, each with hints and a solution in a dropdown."""
    all_of_it = markdown.directives(text)
    given = [each for each in all_of_it if each.name in ("exercise", "exercise-start")]
    solutions = {e.argument: e for e in all_of_it if e.name in ("solution", "solution-start")}
    boxes = [each for each in all_of_it if "hint" in f"{each.name} {each.argument}".lower()]
    hints = len(boxes) + len(HINT.findall(text))
    if len(given) < 2:
        yield f"{len(given)} exercises", "give at least two {exercise} blocks"
    for exercise in given:
        label = exercise.options.get("label", "")
        solution = solutions.get(label)
        if not label or solution is None:
            found = f"the exercise with the label {label!r} has no solution"
            yield found, "give it a :label:, and add a {solution} of that label"
        elif "dropdown" not in solution.options.get("class", ""):
            yield f"the solution of {label!r} is open", "add ':class: dropdown' to it"
    if hints < len(given):
        wanted = "give each one a line '*Hint:* ...', a {hint} block, or a dropdown named 'Hint'"
        yield f"{hints} hints for {len(given)} exercises", wanted


def learned(text: str) -> Lacks:
    """Each thing learned ends in a number of the ledger."""
    bullets = markdown.bullets(text)
    if not bullets:
        yield "'What you can now claim' has no list", "list what was shown, with its {claim}s"
    for bullet in bullets:
        if not ENDS_IN_CLAIM.search(bullet):
            yield f"no claim at the end of {bullet[:50]!r}", "end the line with {claim}`id`"


def sources(text: str) -> Lacks:
    """The section says something."""
    if markdown.words(text) < 5:
        yield "'Sources' is empty", "name the sources and what to read next"


PARTS = {
    "You will be able to": objectives,
    "You need": needs,
    "The question": None,
    "Break it": None,
    "Exercises": exercises,
    "What you can now claim": learned,
    "Sources": sources,
}


def parameters(source: Source, question: Part | None) -> Problems:
    """One cell of literals: PROFILE, SEED, OUT and at most three more."""
    marked = [cell for cell in source.of_kind("code") if "parameters" in cell.tags]
    if len(marked) != 1:
        yield None, "parameters", f"{len(marked)} cells are tagged parameters", "tag exactly one"
        return
    cell = marked[0]
    if question is not None and cell.number < question.cell.number:
        yield cell, "parameters", "the parameters come before the question", "move them after it"
    values = {}
    try:
        for node in ast.parse(cell.source).body:
            assert isinstance(node, ast.Assign)
            values[ast.unparse(node.targets[0])] = ast.literal_eval(node.value)
    except (AssertionError, ValueError, SyntaxError):
        wanted = "only assign plain values, one on each line"
        yield cell, "parameters", "the parameters do more than assign", wanted
        return
    for name, default in DEFAULTS.items():
        if name not in values or values[name] != default:
            found = f"{name} is {values.get(name, 'missing')!r}"
            yield cell, "parameters", found, f"write {name} = {default!r}"
    if (count := len(values.keys() - DEFAULTS.keys())) > 3:
        text = f"{count} parameters besides {', '.join(DEFAULTS)}"
        yield cell, "parameters", text, "keep at most three; put others in a settings.py"


def size(source: Source) -> Problems:
    """Number and length of code cells, words of prose."""
    code = source.of_kind("code")
    lengths = [len(cell.source.strip().splitlines()) for cell in code]
    for cell, length in zip(code, lengths, strict=True):
        if length > LINES:
            yield cell, "size", f"{length} lines of code", f"have at most {LINES} in a cell"
    half = statistics.median(lengths or [0])
    words = sum(markdown.words(cell.source) for cell in source.of_kind("markdown"))
    for count, (least, most), what in (
        (len(code), CELLS, "code cells"),
        (half, (0, MEDIAN), "lines or more in half of the code cells"),
        (words, WORDS, "words of prose"),
    ):
        if not least <= count <= most:
            yield None, "size", f"{count:g} {what}", f"have {least} to {most}"
