"""What cells do: randomness by argument, no downloads, no folders of one machine, named values."""

import ast
import re
from collections.abc import Iterator

from mmcl_book import keys as reach
from mmcl_book.keys.canonical import python_of
from mmcl_book.lint import Cell, Finding, Source

SEEDED = ("default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64", "PCG64DXSM",
          "Philox", "MT19937", "SFC64")  # fmt: skip
DRAWS = re.compile(
    r"torch\.(rand|randn|randint|randperm|rand_like|randn_like|randint_like|normal|bernoulli"
    r"|multinomial|poisson)"
)
IN_PLACE = ("random_", "normal_", "uniform_", "exponential_", "bernoulli_", "cauchy_",
            "geometric_", "log_normal_")  # fmt: skip
LAYERS = re.compile(
    r"(torch\.)?nn\.(Linear|Bilinear|Conv\w*|Embedding\w*|RNN\w*|LSTM\w*|GRU\w*|Transformer\w*"
    r"|MultiheadAttention|Dropout\w*)"
)
DOWNLOADERS = ("urllib", "requests", "httpx", "aiohttp", "wget", "pooch", "huggingface_hub",
               "gdown", "ftplib", "socket")  # fmt: skip
RUNNERS = ("os.system", "os.popen", "subprocess.run", "subprocess.Popen", "subprocess.call",
           "subprocess.check_call", "subprocess.check_output")  # fmt: skip
ADDRESS = re.compile(r"(https?|ftp|s3|gs)://")
ABSOLUTE = re.compile(r"(/[\w.-]+){2,}/?|/(home|tmp|root|data|content|Users|mnt|work)|~/.*|file:.*")
DRIVE = re.compile(r"[A-Za-z]:[\\/].*")


def parsed(source: Source) -> Iterator[tuple[Cell, ast.Module, dict[str, str]]]:
    """Each code cell with its syntax tree and the names imported up to it.

    A cell that is no Python is left out; `sources` reports it.
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
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from import_problems(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from string_problems(node.value)


def call_problems(node: ast.Call, name: str, seeded: bool) -> Iterator[tuple[str, str, str]]:
    """Calls that draw without a seed, download, run programs or hide warnings."""
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    wanted = "draw from a generator: mmcl.randomness.stream(SEED, 'purpose')"
    parts = name.split(".")
    if name.startswith("numpy.random.") and parts[2] not in SEEDED:
        yield "random", f"{name} draws from numpy's global state", wanted
    elif parts[-1] == "default_rng" and (
        not (node.args or keywords) or (node.args and is_none(node.args[0]))
    ):
        yield "random", "default_rng() without a seed", wanted
    elif DRAWS.fullmatch(name) and "generator" not in keywords and not seeded:
        yield "random", f"{name} without a generator", wanted
    elif LAYERS.fullmatch(name) and not seeded:
        text = f"{name} takes its first weights from torch's global state"
        yield "random", text, "call torch.manual_seed(SEED) first, or use mmcl.encoders"
    elif parts[-1] in IN_PLACE and "generator" not in keywords and not seeded:
        yield "random", f"{name}() without a generator", wanted
    if parts[0] == "random" and len(parts) > 1:
        yield "random", f"{name} draws from Python's global state", wanted
    if (
        name.startswith("torch.hub.")
        or parts[-1].startswith("fetch_")
        or is_true(keywords.get("download"))
    ):
        yield "download", f"{name} downloads", "let the package's data registry do it"
    if name in RUNNERS:
        yield "shell", f"{name} runs another program", "call the package instead"
    hides = [*node.args[:1], keywords.get("action")]
    if parts[-1] in ("filterwarnings", "simplefilter", "catch_warnings") and any(
        isinstance(each, ast.Constant) and each.value == "ignore" for each in hides
    ):
        yield "warnings", "warnings are hidden", "mend their cause, or say what they mean"


def is_none(node: ast.AST) -> bool:
    """Whether an expression is None itself."""
    return isinstance(node, ast.Constant) and node.value is None


def is_true(node: ast.AST | None) -> bool:
    """Whether an expression is True itself."""
    return isinstance(node, ast.Constant) and node.value is True


def import_problems(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str, str]]:
    """Imports of what downloads or draws globally."""
    names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    for name in names:
        top = name.split(".")[0]
        if top in DOWNLOADERS and name != "urllib.parse":
            yield "download", f"{name} is imported", "let the package's data registry fetch files"
        if name == "random":
            wanted = "draw from a generator: mmcl.randomness.stream(SEED, 'purpose')"
            yield "random", "the module random is imported", wanted


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
        if claim.record != source.name:
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
