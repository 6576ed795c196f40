"""What cells do: randomness by argument, no downloads, no folders of one machine, named values."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ruff import find_ruff_bin

from mmcl_book import keys as reach
from mmcl_book.keys.canonical import python_of
from mmcl_book.keys.scopes import Scopes
from mmcl_book.lint import Cell, Problems, Source

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


def parsed(source: Source) -> list[tuple[Cell, ast.Module, Scopes]]:
    """Each code cell with its syntax tree, and what names stand for in all of them.

    A cell that is no Python is left out; `banned` reports it.
    """
    cells = []
    for cell in source.of_kind("code"):
        with suppress(SyntaxError):
            cells.append((cell, ast.parse(python_of(cell.source))))
    whole = [tree for _, tree in cells]
    scopes = Scopes(ast.Module(body=whole, type_ignores=[]))  # type: ignore  # modules in a module
    return [(cell, tree, scopes) for cell, tree in cells]


def calls_in(tree: ast.AST) -> list[ast.Call]:
    """The calls in a tree."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def dotted(node: ast.AST, scopes: Scopes) -> str:
    """The full dotted name of an expression such as `np.random.rand`; of any other, its source."""
    return scopes.path(node) or ast.unparse(node)


def problems(source: Source) -> Problems:
    """What is wrong with the code of a chapter."""
    seeded = False
    for cell, tree, scopes in parsed(source):
        calls = [(call, dotted(call.func, scopes)) for call in calls_in(tree)]
        found = [each for call, name in calls for each in call_problems(call, name, seeded)]
        constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        found += [each for text in constants for each in string_problems(text)]
        yield from ((cell, *each) for each in found)
        seeded = seeded or any(name == "torch.manual_seed" and call.args for call, name in calls)
    yield from banned(source)
    yield from unnoted(source)
    yield from undeclared(source)


def call_problems(node: ast.Call, name: str, seeded: bool) -> Iterator[tuple[str, str, str]]:
    """Calls that draw without a seed, download, or hide warnings."""
    keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
    values, function = [ast.unparse(each) for each in node.args], name.split(".")[-1]
    if function == "default_rng" and {*values, *keywords.values()} <= {"None"}:
        yield "random", "default_rng() without a seed", GENERATOR
    elif DRAWS.fullmatch(name) and "generator" not in keywords and not seeded:
        yield "random", f"{name}() without a generator", GENERATOR
    elif LAYERS.fullmatch(name) and not seeded:
        text = f"{name} takes its first weights from torch's global state"
        yield "random", text, "call torch.manual_seed(SEED) first, or use mmcl.encoders"
    if function.startswith("fetch_") or keywords.get("download") == "True":
        yield "download", f"{name} downloads", "let the package's data registry do it"
    hides = "'ignore'" in (*values[:1], keywords.get("action"))
    if function in ("filterwarnings", "simplefilter", "catch_warnings") and hides:
        yield "warnings", "warnings are hidden", "mend their cause, or say what they mean"


def banned(source: Source) -> Problems:
    """What ruff finds: names that chapters don't use (see gates.toml), and what is no Python."""
    how = ("--no-cache", "--config", GATES, "--output-format", "json")
    command = [find_ruff_bin(), "check", *how, source.path]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    for each in json.loads(done.stdout):
        rule, (found, _, wanted) = each["code"] or "syntax", each["message"].partition(": ")
        wanted = wanted or OTHERWISE.get(rule, "mend the code")
        yield source.cells[each["cell"] - 1], rule, found, wanted


def string_problems(text: object) -> Iterator[tuple[str, str, str]]:
    """Addresses and absolute paths among constants."""
    if not isinstance(text, str):
        return
    if ADDRESS.match(text):
        yield "download", f"the address {text[:60]!r}", "name it in the text, and load by name"
    elif ABSOLUTE.fullmatch(text) or DRIVE.fullmatch(text):
        yield "path", f"the absolute path {text[:60]!r}", "use a path below OUT, or load by name"


def undeclared(source: Source) -> Problems:
    """Calls with a variable where the chapter's key needs to know what they read."""
    cells = source.of_kind("code")
    facts = reach.facts_of_cells([cell.source for cell in cells])
    for call, reader in reach.undeclared(reach.installed(), facts):
        text = f"{reader} without a literal name"
        constant = "READS = (...)" if reader in reach.FILES else "Chapter(..., uses=(...))"
        wanted = f"call it with a text, or list in {constant} what it may be called with"
        yield cells[call.cell - 1], "uses", text, wanted


def unnoted(source: Source) -> Problems:
    """Values that the ledger takes from this chapter and that it doesn't note."""
    calls = [call for _, tree, _ in parsed(source) for call in calls_in(tree) if call.args]
    notes = [call for call in calls if ast.unparse(call.func).split(".")[-1] in ("note", "expect")]
    patterns = [re.compile(pattern_of(call.args[0])) for call in notes]
    for claim in source.ledger.values():
        known = any(pattern.fullmatch(claim.metric) for pattern in patterns)
        if claim.record == source.path.stem and not known:
            text = f"the claim {claim.id} is judged by {claim.metric!r}, which no cell notes"
            wanted = f"add note({claim.metric!r}, ...) or expect({claim.metric!r}, ...)"
            yield None, "metric", text, wanted


def pattern_of(node: ast.expr) -> str:
    """A regular expression for the text that an expression gives; anything where it varies."""
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(map(pattern_of, node.values))
    return ".+"
