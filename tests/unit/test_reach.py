"""What a chapter depends on: every form of import, and what changes a key and what doesn't."""

import json

import pytest

from mmcl import notebooks, reach


@pytest.fixture
def package(book):
    """A small package with one module for each form of import."""
    for name, source in {
        "__init__": '"""The package."""\n__version__ = "1"',
        "files": "def read(): return 1",
        "losses": '"""Losses."""\n\n\ndef loss(x):\n    """A loss."""\n    return x  # plain',
        "model": "from .losses import loss",
        "lazy": "def go():\n    import mmcl.losses as other\n    return other",
        "both": "from mmcl import files, losses",
        "deep/__init__": "",
        "deep/inner": "from .. import files\nfrom . import beside",
        "deep/beside": "",
        "experiments/__init__": "import importlib",
        "experiments/sphere": "from mmcl.model import loss\nimport numpy",
        "experiments/sweep": 'OTHER = "sphere"',
    }.items():
        book.write(f"src/mmcl/{name}.py", source + "\n")
    book.write("src/mmcl/profiles/default.yml", "sphere: {d: 5}\nsweep: {n: 2}\n")
    return book


def names(book, *sources):
    found = reach.reached(book.root / "src" / "mmcl", sources)
    return {name.removeprefix("mmcl.") for name in found} - {"mmcl"}


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("import mmcl.losses", {"losses"}),
        ("from mmcl.losses import loss", {"losses"}),
        ("from mmcl import losses as l", {"losses"}),
        ("from mmcl.model import x", {"model", "losses"}),
        ("def f():\n    from mmcl import lazy", {"lazy", "losses"}),
        ("import mmcl.both", {"both", "files", "losses"}),
        ("import mmcl.deep.inner", {"deep", "deep.inner", "deep.beside", "files"}),
        ("from mmcl import experiments\nexperiments.run('sphere')",
         {"experiments", "experiments.sphere", "model", "losses"}),
        ("name = 'sweep'",
         {"experiments", "experiments.sweep", "experiments.sphere", "model", "losses"}),
        ("importlib.import_module('mmcl.files')", {"files"}),
        ("%matplotlib inline\n!ls\nimport mmcl.files", {"files"}),
        ("%%time\nimport mmcl.files", {"files"}),
        ("import numpy, os", set()),
        ("this is no python", set()),
    ],
)  # fmt: skip
def test_every_form_of_import_is_followed(package, source, wanted):
    assert names(package, source) == wanted


def key(book, **changes):
    path = book.root / "notebooks" / "01_tiny.ipynb"
    return reach.key(book.root, path, **{"profile": "default", "seed": 0, **changes})


@pytest.fixture
def chapter(package):
    """A chapter that runs the experiment `sphere`."""
    package.add("01_tiny", package.tiny("01_tiny", "experiments.run('sphere')"))
    return package


UNCHANGED = {
    "comment": ("src/mmcl/losses.py", "# plain", "# a better comment"),
    "docstring": ("src/mmcl/losses.py", "A loss.", "A loss, in nats."),
    "module docstring": ("src/mmcl/losses.py", "Losses.", "All losses."),
    "version": ("src/mmcl/__init__.py", '"1"', '"2"'),
    "module out of reach": ("src/mmcl/deep/inner.py", "files", "losses"),
    "another experiment's settings": ("src/mmcl/profiles/default.yml", "n: 2", "n: 3"),
}
CHANGED = {
    "code": ("src/mmcl/losses.py", "return x ", "return 2 * x "),
    "settings": ("src/mmcl/profiles/default.yml", "d: 5", "d: 6"),
}


def edit(book, name, old, new):
    text = (book.root / name).read_text()
    assert old in text
    book.write(name, text.replace(old, new))


@pytest.mark.parametrize("what", UNCHANGED)
def test_the_key_stays(chapter, what):
    before = key(chapter)
    edit(chapter, *UNCHANGED[what])
    assert key(chapter) == before


@pytest.mark.parametrize("what", CHANGED)
def test_the_key_changes(chapter, what):
    before = key(chapter)
    edit(chapter, *CHANGED[what])
    assert key(chapter) != before


def test_what_of_a_notebook_counts(chapter):
    path = chapter.root / "notebooks" / "01_tiny.ipynb"
    content = json.loads(path.read_text())
    before = key(chapter)

    def after(change):
        new = json.loads(path.read_text())
        change(new["cells"])
        chapter.add("01_tiny", new)
        found = key(chapter)
        chapter.add("01_tiny", content)
        return found

    assert after(lambda cells: cells[0].update(source="# Other prose")) == before
    assert after(lambda cells: cells[1].update(outputs=[1], execution_count=3)) == before
    assert after(lambda cells: cells[3].update(source="experiments.run('sphere') ")) != before
    assert after(lambda cells: cells[3].update(id="other")) != before
    assert after(lambda cells: cells[3].update(metadata={"tags": ["hide-input"]})) != before
    assert after(lambda cells: cells.insert(3, cells.pop())) != before


def test_what_was_asked_for_counts(chapter):
    before = key(chapter)
    others = [
        key(chapter, profile="paper"),
        key(chapter, seed=1),
        key(chapter, settings={"SIZE": 4}),
        key(chapter, data={"a.csv": "12"}),
    ]
    assert len({before, *others}) == 5
    assert key(chapter, settings={}, data={}) == before


def test_keys_do_not_depend_on_the_version_of_python():
    tree = reach.ast.parse("def f(a, *, b=None):\n    return [a, -1.5, 'x', None, ()]")
    assert reach.canonical(tree) == (
        "Module(body=[FunctionDef(name='f',args=arguments(args=[arg(arg='a')],"
        "kwonlyargs=[arg(arg='b')],kw_defaults=[NoneType:None]),body=[Return(value=List(elts=["
        "Name(id='a'),UnaryOp(op=USub(),operand=float:1.5),str:'x',NoneType:None,Tuple()]))])])"
    )


def test_no_notebook(book):
    path = book.write("notebooks/01_tiny.ipynb", "[]")
    with pytest.raises(ValueError, match="not a notebook"):
        notebooks.read(path)
