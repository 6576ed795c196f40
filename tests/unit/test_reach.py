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


# Results that cells read by name


READS = {
    "published": "from mmcl.results import published\npublished('paper')",
    "recorded": "from mmcl import results\ntable = results.recorded('sphere')",
    "with a profile": "results.recorded('sphere', profile='default')",
    "or none": "results.recorded_or_none('sphere')",
    "about": "results.about('sphere')",
    "in a function": "def f():\n    return [results.recorded('sphere').value]",
    "a name from elsewhere": "NAMES = ['sphere']\ntables = [results.recorded(n) for n in NAMES]",
    "a magic": "%time published('paper')\npublished('paper')",
}
READS_NOTHING = {
    "another name": "published('papers')\nresults.recorded('sphere_2')",
    "no reader": "experiments.run('sphere')\nread('paper')",
    "a path": "published('../published/paper')",
    "no python": "published('paper'",
}


@pytest.fixture
def with_results(package):
    """A package with a published table and accepted sweeps."""
    package.write("results/published/paper.yml", "rows: []\n")
    for profile in ("default", "paper"):
        package.write(f"results/{profile}/sweeps/sphere.json", "{}")
    return package


def changed_by_results(book, source):
    """Whether new results change the key of a chapter with this cell, and removed ones too."""
    book.add("01_tiny", book.tiny("01_tiny", source))
    keys = [key(book)]
    for content in ("new", "newer"):
        book.write("results/published/paper.yml", content)
        book.write("results/default/sweeps/sphere.json", content)
        keys.append(key(book))
    (book.root / "results/published/paper.yml").unlink()
    (book.root / "results/default/sweeps/sphere.json").unlink()
    keys.append(key(book))
    assert len(set(keys)) in (1, 4)
    return len(set(keys)) == 4


@pytest.mark.parametrize("what", READS)
def test_a_chapter_that_reads_results_depends_on_them(with_results, what):
    assert changed_by_results(with_results, READS[what])


@pytest.mark.parametrize("what", READS_NOTHING)
def test_a_chapter_that_reads_none_does_not(with_results, what):
    assert not changed_by_results(with_results, READS_NOTHING[what])


def test_a_sweep_of_the_same_name_counts_for_its_readers_alone(with_results):
    source = "experiments.run('sphere')\nresults.published('paper')"
    with_results.add("01_tiny", with_results.tiny("01_tiny", source))
    before = key(with_results)
    with_results.write("results/paper/sweeps/sphere.json", "new")
    assert key(with_results) == before


def test_readers_are_functions_of_results():
    from mmcl import results

    assert all(callable(getattr(results, name)) for name in reach.READERS)


def test_a_benchmark_depends_on_its_file_on_helpers_and_on_what_they_reach(package):
    package.write("benchmarks/step.py", '"""A step."""\nfrom mmcl.model import loss\n')
    package.write("benchmarks/other.py", "from mmcl import lazy\n")
    package.write("benchmarks/_helper.py", "import mmcl.files\n")
    before = reach.bench_key(package.root, "cpu/step")
    for name, content in (
        ("benchmarks/step.py", '"""One step."""\nfrom mmcl.model import loss  # a comment\n'),
        ("benchmarks/other.py", "from mmcl import lazy\nNEW = 1\n"),
        ("src/mmcl/lazy.py", "NEW = 1\n"),
    ):
        package.write(name, content)
        assert reach.bench_key(package.root, "cpu/step") == before, name
    keys = {before}
    for name in ("benchmarks/step.py", "benchmarks/_helper.py", "src/mmcl/losses.py",
                 "src/mmcl/files.py"):  # fmt: skip
        package.write(name, (package.root / name).read_text() + "\nNEW = 1\n")
        keys.add(reach.bench_key(package.root, "cpu/step"))
    assert len(keys) == 5
