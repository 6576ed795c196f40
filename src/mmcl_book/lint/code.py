"""What cells do: randomness by argument, no downloads, no folders of one machine, named values."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ruff import find_ruff_bin

from mmcl_book import keys as reach
from mmcl_book.keys.canonical import python_of
from mmcl_book.lint import Cell, Finding, Source

GENERATOR = "draw from a generator: mmcl.randomness.stream(SEED, 'purpose')"
OTHERWISE = {"NPY002": GENERATOR}  # what is wanted where ruff's message doesn't say it
GATES = Path(__file__).with_name("gates.toml")
DRAWS = re.compile(
    r"torch\.(rand|randn|randint|randperm|rand_like|randn_like|randint_like|normal|bernoulli"
    r"|multinomial|poisson)"
    r"|.*\.(random|normal|uniform|exponential|bernoulli|cauchy|geometric|log_normal)_"
)
LAYERS = re.compile(
    r"(torch\.)?nn\.(Linear|Bilinear|Conv\w*|Embedding\w*|RNN\w*|LSTM\w*|GRU\w*|Transformer\w*"
    r"|MultiheadAttention|Dropout\w*)"
)
ADDRESS = re.compile(r"(https?|ftp|s3|gs)://")
ABSOLUTE = re.compile(r"(/[\w.-]+){2,}/?|/(home|tmp|root|data|content|Users|mnt|work)|~/.*|file:.*")
DRIVE = re.compile(r"[A-Za-z]:[\\/].*")


def parsed(source: Source) -> Iterator[tuple[Cell, ast.Module, dict[str, str]]]:
    """Each code cell with its syntax tree and the names imported up to it.

    A cell that is no Python is left out; `banned` reports it.
    """
    aliases: dict[str, str] = {}
    for cell in source.of_kind("code"):
        try:
            tree = ast.parse(python_of(cell.source))
        except SyntaxError:
            continue
        aliases.update(imports_of(tree))
        yield cell, tree, aliases


def findings(source: Source) -> Iterator[Finding]:
    """What is wrong with the code of a chapter."""
    seeded = False
    for cell, tree, aliases in parsed(source):
        for rule, found, wanted in problems(tree, aliases, seeded):
            yield source.finding(cell, rule, found, wanted)
        seeded = seeded or any(
            dotted(node.func, aliases) == "torch.manual_seed" and node.args
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        )
    yield from banned(source)
    yield from metric_findings(source)
    yield from reader_findings(source)


def imports_of(tree: ast.AST) -> dict[str, str]:
    """What local names stand for: {"np": "numpy", "nn": "torch.nn"}."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.split(".")[0]
                names[alias.asname or name] = name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def dotted(node: ast.AST, aliases: dict[str, str]) -> str:
    """The full dotted name of an expression such as `np.random.rand`.

    A part that is no name, as in `f(x).normal_`, becomes "?".
    """
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    first = aliases.get(node.id, node.id) if isinstance(node, ast.Name) else "?"
    return ".".join([first, *reversed(parts)])


def problems(
    tree: ast.AST, aliases: dict[str, str], seeded: bool
) -> Iterator[tuple[str, str, str]]:
    """(rule, what was found, what is wanted) for one cell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from call_problems(node, dotted(node.func, aliases), seeded)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from string_problems(node.value)


def call_problems(node: ast.Call, name: str, seeded: bool) -> Iterator[tuple[str, str, str]]:
    """Calls that draw without a seed, download, or hide warnings."""
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    function = name.split(".")[-1]
    if function == "default_rng" and all(is_(e, None) for e in (*node.args, *keywords.values())):
        yield "random", "default_rng() without a seed", GENERATOR
    elif DRAWS.fullmatch(name) and "generator" not in keywords and not seeded:
        yield "random", f"{name}() without a generator", GENERATOR
    elif LAYERS.fullmatch(name) and not seeded:
        text = f"{name} takes its first weights from torch's global state"
        yield "random", text, "call torch.manual_seed(SEED) first, or use mmcl.encoders"
    if function.startswith("fetch_") or is_(keywords.get("download"), True):
        yield "download", f"{name} downloads", "let the package's data registry do it"
    if function in ("filterwarnings", "simplefilter", "catch_warnings") and any(
        is_(each, "ignore") for each in (*node.args[:1], keywords.get("action"))
    ):
        yield "warnings", "warnings are hidden", "mend their cause, or say what they mean"


def is_(node: ast.AST | None, value: object) -> bool:
    """Whether an expression is this very constant."""
    return isinstance(node, ast.Constant) and (type(node.value), node.value) == (type(value), value)


def banned(source: Source) -> Iterator[Finding]:
    """What ruff finds: names that chapters don't use (see gates.toml), and what is no Python."""
    how = ("--no-cache", "--config", GATES, "--output-format", "json")
    command = [find_ruff_bin(), "check", *how, source.path]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    for each in json.loads(done.stdout):
        rule, (found, _, wanted) = each["code"] or "syntax", each["message"].partition(": ")
        place = source.cells[each["cell"] - 1]
        yield source.finding(place, rule, found, wanted or OTHERWISE.get(rule, "mend the code"))


def string_problems(text: str) -> Iterator[tuple[str, str, str]]:
    """Addresses and absolute paths."""
    if ADDRESS.match(text):
        yield "download", f"the address {text[:60]!r}", "name it in the text, and load by name"
    elif ABSOLUTE.fullmatch(text) or DRIVE.fullmatch(text):
        yield "path", f"the absolute path {text[:60]!r}", "use a path below OUT, or load by name"


def reader_findings(source: Source) -> Iterator[Finding]:
    """Calls with a variable where the chapter's key needs to know what they read."""
    cells = source.of_kind("code")
    facts = reach.facts_of_cells([cell.source for cell in cells])
    for call, reader in reach.undeclared(reach.installed(), facts):
        text = f"{reader} without a literal name"
        constant = "READS = (...)" if reader in reach.FILES else "Chapter(..., uses=(...))"
        wanted = f"call it with a text, or list in {constant} what it may be called with"
        yield source.finding(cells[call.cell - 1], "uses", text, wanted)


def metric_findings(source: Source) -> Iterator[Finding]:
    """Values that the ledger takes from this chapter and that it doesn't note."""
    names = [name for _, tree, _ in parsed(source) for name in noted(tree)]
    patterns = [re.compile(name) for name in names]
    for claim in source.ledger.values():
        if claim.record != source.path.stem:
            continue
        if not any(pattern.fullmatch(claim.metric) for pattern in patterns):
            text = f"the claim {claim.id} is judged by {claim.metric!r}, which no cell notes"
            wanted = f"add note({claim.metric!r}, ...) or expect({claim.metric!r}, ...)"
            yield source.finding(None, "metric", text, wanted)


def noted(tree: ast.Module) -> Iterator[str]:
    """Patterns of the names that a cell notes; the changing parts of an f-string match anything."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
            if name in ("note", "expect"):
                yield pattern_of(node.args[0])


def pattern_of(node: ast.expr) -> str:
    """A regular expression for the text that an expression gives."""
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(map(pattern_of, node.values))
    return ".+"
