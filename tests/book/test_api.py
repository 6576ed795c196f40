"""The package's pages: every public name, with a docstring that says what a caller must know."""

import ast
import doctest
import importlib
import re
from pathlib import Path

import pytest
import sample_book
from sample_book import PROJECT, write

from mmcl_book import keys
from mmcl_book.site import api, names
from mmcl_book.site.build import BuildError, build, folders
from mmcl_book.site.names import Name

ARRAYS = re.compile(r"ndarray|Tensor|ArrayLike")
SHAPE = re.compile(r"\((?:[\w .+*/-]+,)+[\w .+*/-]*\)|scalar|shape", re.IGNORECASE)
WIDE = 76  # characters of code that a page is wide
EXAMPLE = re.compile(r"^\s*>>> ", re.MULTILINE)


def modules(package: str = "mmcl") -> dict[str, dict[str, Name]]:
    tree = keys.tree_of(PROJECT)
    return {m: names.of_module(tree, m) for m in sorted(tree.files) if m.split(".")[0] == package}


PUBLIC = [name for found in modules().values() for name in found.values()]
USED = names.walk(PROJECT)
TOLD = {name.path: name for found in USED.values() for name in found}


def without(found: list[Name], lacks: object) -> list[str]:
    """The names, and their methods, of which `lacks` is true."""
    everything = [each for name in found for each in (name, *name.members)]
    return [each.path for each in everything if lacks(each)]  # type: ignore[operator]


def undocumented(name: Name) -> bool:
    return len(name.doc.split()) < 3 or not name.doc.split("\n")[0].rstrip().endswith((".", ":"))


def shapeless(name: Name) -> bool:
    """Whether a function of arrays doesn't say which shape they have."""
    asked = name.kind == "function" and ARRAYS.search(name.signature)
    return bool(asked) and not SHAPE.search(name.doc)


def test_every_public_name_has_a_docstring() -> None:
    assert len(PUBLIC) > 400
    assert without(PUBLIC, lambda name: not name.doc) == []
    assert without([*TOLD.values()], lambda name: not name.doc) == []


def test_functions_of_arrays_name_their_shapes() -> None:
    asked = [name for name in PUBLIC if ARRAYS.search(name.signature)]
    assert len(asked) > 150
    assert without(PUBLIC, shapeless) == []


def test_canaries_without_a_docstring_or_a_shape_are_seen() -> None:
    bare = ast.parse("class A:\n    def f(self): ...\n\ndef g(x: np.ndarray):\n    'Of x.'")
    made = [names.described(node, "m") for node in bare.body]  # type: ignore[arg-type]
    assert without(made, lambda name: not name.doc) == ["m.A", "m.A.f"]
    assert without(made, shapeless) == ["m.g"]


# What a reader calls first: a world, two encoders, a loss, the metrics, one's own features.
FIRST = (
    "model.LatentPartialCausalModel", "model.preset", "laws.VonMisesFisher", "mixing.draw_mixing",
    "randomness.stream", "losses.info_nce", "encoders.Encoder", "training.train", "ica.LinearICA",
    "metrics.regression.linear_r2", "metrics.regression.kernel_r2", "metrics.matching.mcc",
    "metrics.disentanglement.dci", "metrics.disentanglement.mig", "metrics.disentanglement.sap",
    "metrics.dimension.shared_dimension", "metrics.stability.gaussianity",
    "features.diagnose.diagnose", "features.representations.representation",
    "features.probes.draw_shots", "features.heads.head", "data.source",
)  # fmt: skip


def test_what_a_reader_calls_first_has_an_example() -> None:
    shown = {name.path: bool(EXAMPLE.search(name.doc)) for name in PUBLIC}
    assert [name for name in FIRST if not shown[f"mmcl.{name}"]] == []
    assert not shown["mmcl.naming.nearest"]  # what has none is seen


def wide(doc: str) -> list[str]:
    """Lines of an example that a page shows only in part."""
    lines = [line.strip() for line in doc.split("\n")]
    return [line for line in lines if line.startswith((">>>", "...")) and len(line) > WIDE]


def test_examples_fit_the_page() -> None:
    shown = [each for name in PUBLIC for each in (name, *name.members)]
    assert {name.path: found for name in shown if (found := wide(name.doc))} == {}
    assert wide(f">>> {'1 + ' * 20}1\n21") != []


@pytest.mark.parametrize(
    "module",
    [
        m
        for m, found in modules().items()
        if any(
            EXAMPLE.search(each.doc) for name in found.values() for each in (name, *name.members)
        )
    ],
)
def test_examples_run(module: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert tried > 0
    assert failed == 0


def test_names_come_in_the_order_in_which_chapters_introduce_them() -> None:
    def place(path: str) -> tuple[str, int]:
        ((chapter, found),) = [c for c in USED.items() if path in [n.path for n in c[1]]]
        return chapter[:2], [name.path for name in found].index(path)

    assert place("mmcl.laws.VonMisesFisher")[0] == "01"
    assert place("mmcl.losses.info_nce")[0] == "02"
    assert place("mmcl.metrics.regression.linear_r2")[0] == "03"
    assert place("mmcl.encoders.Encoder")[0] == "04"
    assert place("mmcl.ica.LinearICA")[0] == "06"
    assert place("mmcl.metrics.regression.linear_r2") < place("mmcl.metrics.matching.mcc")
    assert len(TOLD) == sum(map(len, USED.values()))


def test_each_public_name_is_on_one_of_the_two_pages() -> None:
    both = api.of_chapters(PROJECT) + api.of_modules(PROJECT)
    found = re.findall(r"^`+\{py:(?:function|class)\} ([\w.]+)", both, re.MULTILINE)
    assert len(found) == len(set(found))
    assert {name.path for name in PUBLIC} <= set(found)


def test_equations_are_of_names_that_there_are() -> None:
    known = {name.path for name in PUBLIC}
    equations = api.equations_of(PROJECT)
    assert len(equations) > 20
    assert set(equations) - known == set()


def test_a_docstring_shows_as_it_was_written() -> None:
    shown = api.prose("One *line*, x_i < $5.\n\nShapes: a (n, d).\nErrors: ValueError `a * b`.")
    assert shown == (
        "One \\*line\\*, x\\_i \\< \\$5.\n\nShapes: a (n, d).\n\nErrors: ValueError `a * b`."
    )
    labels = api.prose("x, t: codes (n, d),\nmany: each. Errors: none.\ntau: a number.")
    assert labels == "x, t: codes (n, d),\nmany: each. \n\nErrors: none.\n\ntau: a number."
    assert api.prose("See.\n\n>>> 1 + 1\n2") == "See.\n\n```pycon\n>>> 1 + 1\n2\n```"


def packaged(root: Path, text: str) -> Path:
    """The sample book with a package of one module, which its chapter uses, and a page on it."""
    write(root / "src/mmcl/__init__.py", "")
    write(root / "src/mmcl/losses.py", text)
    code = {"use": ("from mmcl.losses import hinge\nhinge(1.0)", [])}
    sample_book.write_chapter(root, "05_other", "# Another chapter\n\nA story.\n", code=code)
    write(root / "book/notation.md", "# The package\n\n```{api} chapters\n```\n\n# More\n")
    write(root / "book/equations.yml", "mmcl.losses.hinge: '\\max(0, x)'\n")
    return root


MODULE = '''"""Losses."""


def hinge(x: float, *, slope: float = 1.0) -> float:
    """The hinge of x, a number.

    Errors: none.

    >>> hinge(-1.0)
    0.0
    """
    return max(0.0, slope * x)
'''


def test_the_page_has_signature_docstring_equation_and_chapter(sample: Path) -> None:
    build(packaged(sample, MODULE), "default", clean=True)
    page = (folders(sample, "default").html / "book/notation.html").read_text()
    for wanted in ('id="mmcl.losses.hinge"', "The hinge of x", "05_other.html", "\\max(0, x)"):
        assert wanted in page
    assert re.search(r"→.*float", page.replace("&#x2192;", "→"))
    assert "-&gt;" not in page  # one arrow before what a function gives
    before = (folders(sample, "default").html / "book/results.html").stat().st_mtime_ns
    packaged(sample, MODULE.replace("The hinge of x", "A bent line"))
    build(sample, "default")
    page = (folders(sample, "default").html / "book/notation.html").read_text()
    assert "A bent line" in page
    assert (folders(sample, "default").html / "book/results.html").stat().st_mtime_ns == before


def test_another_argument_is_a_warning(sample: Path) -> None:
    write(sample / "book/notation.md", "# The package\n\n```{api} everything\n```\n")
    with pytest.raises(BuildError, match="give chapters or modules"):
        build(sample, "default")
