"""What a chapter depends on: every form of import, and what changes a key and what doesn't."""

import ast
import json
import os
import re
import shutil
from pathlib import Path

import pytest

import mmcl_experiments as experiments
from mmcl import data
from mmcl.features import tagged as features
from mmcl_book import keys as reach
from mmcl_book import notebooks
from mmcl_book.keys import canonical, tree
from mmcl_experiments import results
from mmcl_experiments.recorded import places

ROOT = Path(__file__).parents[2]


SETTINGS = """from dataclasses import dataclass, field
@dataclass(frozen=True)
class Settings:
    n: int = 1

SEEDS = {"smoke": 1, "default": 1, "paper": 2}
SMOKE = {"n": 2}
PAPER = {"n": 3}
"""
SHARED = """from dataclasses import dataclass
@dataclass(frozen=True)
class Shared:
    width: int = 8
    n: int = 0
"""
INHERITS = "from mmcl_experiments.learners.settings import Shared\n" + SETTINGS.replace(
    "Settings:\n", "Settings(Shared):\n    d: int = 5\n"
)


@pytest.fixture
def package(book):
    """A small package with one module for each form of import."""
    for name, source in {
        "__init__": '"""The package."""\n__version__ = "1"',
        "files": "def read(): return 1",
        "data": "def load(name): return name",
        "losses": '"""Losses."""\n\n\nBASE = 2\n\n\ndef loss(x, y=1):\n    """A loss."""\n'
        "    return x  # plain",
        "model": "from .losses import loss\n\n\ndef model(x):\n    return loss(x)",
        "lazy": "def go():\n    import mmcl.losses as other\n    return other",
        "both": "from mmcl import lazy, losses",
        "deep/__init__": "",
        "deep/inner": "from .. import lazy\nfrom . import beside",
        "deep/beside": "",
        "named/__init__": '"""Names."""\nfrom mmcl.model import model\n__all__ = ["model"]',
        "named/other": "",
        "eager/__init__": "import mmcl.losses",
        "eager/other": "",
    }.items():
        book.write(f"src/mmcl/{name}.py", source + "\n")
    for name, source in {
        "__init__": "from mmcl_experiments.rooms import run",
        "rooms": "import importlib\ndef run(name, **how): return name",
        "chapter": "class Chapter: pass",
        "results": "def recorded(name): return name",
        "sphere/__init__": '"""A room."""',
        "sphere/run": "from mmcl.model import loss\nimport numpy\nloss(numpy.pi)",
        "sphere/figures": "A = 1",
        "sweep/__init__": '"""A room."""',
        "sweep/run": 'OTHER = "sphere"',
        "turns/__init__": '"""A room."""',
        "turns/run": "",
        "sphere/settings": INHERITS,
        "learners/settings": SHARED,
        "sweep/settings": SETTINGS,
        "turns/settings": SETTINGS,
    }.items():
        book.write(f"src/mmcl_experiments/{name}.py", source + "\n")
    return book


def names(book, *sources):
    found = reach.tree_of(book.root).reached([reach.facts_of_cells(sources)])
    return {name.removeprefix("mmcl.").replace("mmcl_experiments", "experiments") for name in found}


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("import mmcl.losses", {"losses"}),
        ("from mmcl.losses import loss", {"losses"}),
        ("from mmcl import losses as l", {"losses"}),
        ("from mmcl.losses import *", {"losses"}),
        ("from mmcl.model import x", {"model", "losses"}),
        ("def f():\n    from mmcl import lazy", {"lazy", "losses"}),
        ("import mmcl.both", {"both", "lazy", "losses"}),
        ("import mmcl.deep.inner", {"deep.inner", "deep.beside", "lazy", "losses"}),
        ("import mmcl.losses\nmmcl.lazy.go()", {"losses", "lazy"}),
        ("from mmcl.named import model", {"model", "losses"}),
        ("import mmcl.named.other", {"named.other"}),
        ("from mmcl import named", {"named", "model", "losses"}),
        ("import mmcl.eager.other", {"eager", "eager.other", "losses"}),
        ("import mmcl_experiments as e\ne.run('sphere')",
         {"experiments", "experiments.rooms", "experiments.sphere.run", "model", "losses"}),
        ("from mmcl_experiments import run as go\ngo('sweep')",
         {"experiments.rooms", "experiments.sweep.run"}),
        ("from mmcl_experiments.chapter import Chapter\nChapter('01_x', uses=('sweep',))",
         {"experiments.chapter", "experiments.sweep.run"}),
        ("name = 'sweep'", set()),
        ("import mmcl_experiments as experiments\nexperiments.run(name='turns')",
         {"experiments", "experiments.rooms"}),
        ("import importlib\nimportlib.import_module('mmcl.losses')", {"losses"}),
        ("%matplotlib inline\n!ls\nimport mmcl.losses", {"losses"}),
        ("%%time\nimport mmcl.losses", {"losses"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mmcl.losses", set()),
        ("import mmcl.files, mmcl_book.records, numpy, os", set()),
        ("this is no python", set()),
    ],
)  # fmt: skip
def test_every_form_of_import_is_followed(package, source, wanted):
    assert names(package, source) - {"mmcl"} == wanted - {"mmcl"}


def key(book, **changes):
    path = book.root / "notebooks" / "01_tiny.ipynb"
    return reach.key(book.root, path, **{"profile": "default", "seed": 0, **changes})


@pytest.fixture
def chapter(package):
    """A chapter that runs the experiment `sphere`."""
    body = (
        "import mmcl_experiments as experiments\nturns = 'turns'\nexperiments.run('sphere')  # now"
    )
    package.add("01_tiny", package.tiny("01_tiny", body))
    return package


OF_SPHERE = "src/mmcl_experiments/sphere/settings.py"
OF_SEVERAL = "src/mmcl_experiments/learners/settings.py"
ADDED = 'm: int = field(default=1, metadata={"before": 1})'
NOTEBOOK = "notebooks/01_tiny.ipynb"
UNCHANGED = {
    "comment": ("src/mmcl/losses.py", "# plain", "# a better comment"),
    "docstring": ("src/mmcl/losses.py", "A loss.", "A loss, in nats."),
    "module docstring": ("src/mmcl/losses.py", "Losses.", "All losses."),
    "version": ("src/mmcl/__init__.py", '"1"', '"2"'),
    "module out of reach": ("src/mmcl/deep/inner.py", "lazy", "losses"),
    "another experiment's settings": ("src/mmcl_experiments/sweep/settings.py", "= 1", "= 3"),
    "an experiment that a text names": (
        "src/mmcl_experiments/turns/run.py",
        "\n",
        "A = 1",
    ),
    "its settings": ("src/mmcl_experiments/turns/settings.py", "= 1", "= 4"),
    "another profile": (OF_SPHERE, '"n": 2', '"n": 4'),
    "order of settings": (OF_SPHERE, "d: int = 5\n    n: int = 1", "n: int = 1\n    d: int = 5"),
    "an inherited setting that is stated anew": (OF_SEVERAL, "n: int = 0", "n: int = 9"),
    "how settings are written": (OF_SPHERE, "d: int = 5", "d: int = 4 + 1  # five"),
    "a new setting with which all is as before": (OF_SPHERE, "d:", f"{ADDED}\n    d:"),
    "what stores": (
        "src/mmcl_experiments/results.py",
        "return name",
        "return name.upper()",
    ),
    "a comment of a cell": (NOTEBOOK, "# now", "# later"),
    "an unused name of others": (NOTEBOOK, "turns = ", "import os\\nturns = "),
}
CHANGED = {
    "a body": ("src/mmcl/losses.py", "return x ", "return 2 * x "),
    "a default": ("src/mmcl/losses.py", "y=1", "y=2"),
    "a constant": ("src/mmcl/losses.py", "BASE = 2", "BASE = 3"),
    "settings": (OF_SPHERE, "d: int = 5", "d: int = 6"),
    "an inherited setting": (OF_SEVERAL, "width: int = 8", "width: int = 9"),
    "a new setting that is inherited": (OF_SEVERAL, "n:", "m: int = 1\n    n:"),
    "seeds": (OF_SPHERE, '"default": 1', '"default": 2'),
    "a new setting": (OF_SPHERE, "d:", "m: int = 1\n    d:"),
    "a new setting with which something changes": (
        OF_SPHERE,
        "d:",
        f"{ADDED.replace('default=1', 'default=2')}\n    d:",
    ),
    "a cell": (NOTEBOOK, "'turns'", "'turn'"),
    "a new import of ours": (NOTEBOOK, "turns = ", "import mmcl.lazy\\nturns = "),
}


def edit(book, name, old, new):
    text = (book.root / name).read_text()
    assert old in text
    path = book.write(name, text.replace(old, new))
    stat = path.stat()  # two edits within a tick of the file system's clock look the same
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))


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
    assert after(lambda cells: cells[2].update(source=cells[2]["source"] + "  # Open")) == before
    assert after(lambda cells: cells[3].update(source="e.run('sphere')")) != before
    assert after(lambda cells: cells[3].update(source=cells[3]["source"] + "\n%ls")) != before
    assert after(lambda cells: cells[3].update(id="other")) != before
    assert after(lambda cells: cells[3].update(metadata={"tags": ["hide-input"]})) != before
    assert after(lambda cells: cells.insert(3, cells.pop())) != before
    assert after(lambda cells: cells[4].update(source="chapter.save()")) != before


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


def test_a_renamed_experiment_is_the_same(chapter):
    before = key(chapter)
    folder = chapter.root / "src" / "mmcl_experiments"
    (folder / "sphere").rename(folder / "ball")
    edit(chapter, NOTEBOOK, "run('sphere')", "run('ball')")
    assert key(chapter) == before


# One source


SAME = {
    "order": ("import numpy as np\nfrom mmcl import files, losses\nnp.dot(losses.loss)",
              ("from mmcl import losses\nfrom mmcl import files\nimport numpy as np\n"
              "np.dot(losses.loss)")),
    "alias": ("from mmcl.losses import loss as f\nf(1)", "from mmcl import losses\nlosses.loss(1)"),
    "whole name": ("import mmcl.losses\nmmcl.losses.loss(1)",
                   "from mmcl.losses import loss\nloss(1)"),
    "others": ("import numpy as np\nnp.linalg.norm(1)", "from numpy.linalg import norm as n\nn(1)"),
    "in a function": ("def f(x):\n    import numpy\n    return numpy.dot(x)",
                      "import numpy as np\ndef f(x):\n    return np.dot(x)"),
    "handed on": ("from mmcl.named import model\nmodel(1)",
                  "from mmcl.model import model\nmodel(1)"),
    "type checking": ("import typing\nif typing.TYPE_CHECKING:\n    import x\nf()", "f()"),
}  # fmt: skip
DIFFERENT = {
    "another name": ("from mmcl.losses import loss\nloss(1)",
                     "from mmcl.losses import BASE\nBASE(1)"),
    "another module": ("from mmcl.losses import x\nx()", "from mmcl.lazy import x\nx()"),
    "another library": ("from numpy import dot\ndot(1)", "from torch import dot\ndot(1)"),
    "a parameter": ("from numpy import dot\ndef f(g):\n    return dot",
                    "from numpy import dot\ndef f(dot):\n    return dot"),
    "an assignment": ("from numpy import dot\ndot(1)", "from numpy import dot\ndot = abs\ndot(1)"),
    "swapped branches": ("if A:\n    from a import f\nelse:\n    from b import f\nf()",
                         "if A:\n    from b import f\nelse:\n    from a import f\nf()"),
    "a way out": ("try:\n    import a as m\nexcept ImportError:\n    m = None\nm.f()",
                  "try:\n    import b as m\nexcept ImportError:\n    m = None\nm.f()"),
    "in a class": ("class A:\n    import a as m\n    x = m.f",
                   "class A:\n    import b as m\n    x = m.f"),
    "a class hides it": ("import a as m\nclass A:\n    m = m.f",
                         "import b as m\nclass A:\n    m = m.f"),
    "a star": ("from numpy import *\ndot(1)", "from torch import *\ndot(1)"),
    "an iterator of the same name": ("from a import f\n[f for f in f(1)]",
                                     "from b import f\n[f for f in f(1)]"),
    "global": ("import a as m\ndef f():\n    global m\n    import b as m\nm.f()",
               "import a as m\ndef f():\n    global m\n    import c as m\nm.f()"),
    "no python": ("a = = 1", "a = = 2"),
}  # fmt: skip
SHADOWED = {
    "lambda": "lambda m: m.f",
    "comprehension": "[m.f for m in x]",
    "nested": "def g(m):\n    def h():\n        return m.f\n    return h",
    "with": "def g():\n    with x as m:\n        return m.f",
    "except": "def g():\n    try:\n        pass\n    except E as m:\n        return m.f",
    "walrus": "def g():\n    return [(m := y) for y in x], m.f",
    "match": "def g(x):\n    match x:\n        case {'a': m}:\n            return m.f",
    "def": "def g():\n    def m(): pass\n    return m.f",
}


def digest(book, *sources):
    return reach.tree_of(book.root).digest_of(reach.facts_of_cells(sources))


@pytest.mark.parametrize("what", SAME)
def test_how_names_are_imported_does_not_count(package, what):
    one, other = SAME[what]
    assert digest(package, one) == digest(package, other)


@pytest.mark.parametrize("what", DIFFERENT)
def test_what_names_stand_for_counts(package, what):
    one, other = DIFFERENT[what]
    assert digest(package, one) != digest(package, other)


@pytest.mark.parametrize("what", SHADOWED)
def test_a_name_of_a_functions_own_is_not_the_import(package, what):
    holes = [p for p in reach.facts_of_cells([f"import a as m\n{SHADOWED[what]}"]).parts
             if not isinstance(p, str)]  # fmt: skip
    assert holes == []


def test_cells_are_one_source(package):
    first, second = "import numpy as np\nfrom mmcl.losses import loss as f", "f(np.pi)"
    assert digest(package, first, second) == digest(package, first.replace(" f", " g"), "g(np.pi)")
    other = first.replace("numpy", "torch")
    assert digest(package, first, second) != digest(package, other, second)
    bound_later = ("def g():\n    return np.pi", "import numpy as np")
    assert digest(package, *bound_later) != digest(package, bound_later[0], "import torch as np")


def test_keys_do_not_depend_on_the_version_of_python():
    source = "def f(a, *, b=None):\n    return [a, -1.5, 'x', None, ()]"
    assert canonical.facts_of(source).parts == (
        (
            "Module(body=[FunctionDef(name='f',args=arguments(args=[arg(arg='a')],"
            "kwonlyargs=[arg(arg='b')],kw_defaults=[NoneType:None]),body=[Return(value=List(elts=["
            "Name(id='a'),UnaryOp(op=USub(),operand=float:1.5),str:'x',NoneType:None,Tuple()]))])])"
        ),
    )


def test_no_notebook(book):
    path = book.write("notebooks/01_tiny.ipynb", "[]")
    with pytest.raises(ValueError, match="not a notebook"):
        notebooks.read(path)


# Circles


def test_modules_that_import_each_other(package):
    package.write("src/mmcl/a.py", "from mmcl import b\ndef f(): return b.g() + b.h()\nX = 1\n")
    second = "def g():\n    from mmcl import a\n    return a.f()\ndef h(): 0\n"
    package.write("src/mmcl/b.py", second)
    package.write("src/mmcl/user.py", "from mmcl import a\na.f()\n")
    folder = package.root / "src" / "mmcl"

    def digests(*names):
        found = reach.tree_of(package.root)
        return [found.digest(f"mmcl.{name}") for name in names]

    a, b, user = digests("a", "b", "user")
    assert len({a, b, user}) == 3
    assert digests("b", "a") == [b, a]
    for old, new in (("b", "z"), ("a", "y")):
        (folder / f"{old}.py").rename(folder / f"{new}.py")
        for file in folder.glob("*.py"):
            text = re.sub(rf"import {old}\b", f"import {new} as {old}", file.read_text())
            file.write_text(text)
    assert digests("y", "z", "user") == [a, b, user]
    edit(package, "src/mmcl/z.py", "def h(): 0", "def h(): 1")
    assert not {a, b, user} & set(digests("y", "z", "user"))
    edit(package, "src/mmcl/y.py", "b.g() + b.h()", "b.h() + b.g()")
    assert len({*digests("y", "z", "user"), a, b, user}) == 6


def test_a_module_that_imports_itself(package):
    package.write("src/mmcl/a.py", "def f():\n    import mmcl.a\n    return mmcl.a.f\n")
    before = reach.tree_of(package.root).digest("mmcl.a")
    (package.root / "src/mmcl/a.py").unlink()
    package.write("src/mmcl/c.py", "def f():\n    import mmcl.c\n    return mmcl.c.f\n")
    assert reach.tree_of(package.root).digest("mmcl.c") == before


# The package itself


def rewritten(source, old, new):
    """A source that imports a module from its new place, in another order than before."""
    (parent, name), (to, other) = old.rsplit(".", 1), new.rsplit(".", 1)
    lines = source.splitlines(keepends=True)
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    for node in sorted(found, key=lambda node: -node.lineno):
        kept = [alias for alias in node.names if (node.module, alias.name) != (parent, name)]
        parts = [
            f"from {to} import {other} as {alias.asname or name}"
            for alias in node.names if alias not in kept
        ]  # fmt: skip
        if parts or node.module == old:
            module = new if node.module == old else node.module
            parts += [ast.unparse(ast.ImportFrom(module, kept[::-1], 0))] if kept else []
            indent = " " * node.col_offset
            end = "\n" if lines[node.end_lineno - 1].endswith("\n") else ""
            text = "\n".join(f"{indent}{part}" for part in parts) + end
            lines[node.lineno - 1 : node.end_lineno] = [text]
    return "".join(lines)


def moved(root, old, new):
    """Move a module of a copied project, and have everything import it from there."""
    path, target = (root / "src" / f"{each.replace('.', '/')}.py" for each in (old, new))
    target.parent.mkdir(exist_ok=True)
    if not (init := target.parent / "__init__.py").exists():
        init.write_text('"""A new folder."""\n')
    path.rename(target)
    for file in (root / "src").rglob("*.py"):
        before = file.read_text()
        if (after := rewritten(before, old, new)) != before:
            file.write_text(after)
    for file in (root / "notebooks").glob("*.ipynb"):
        content = notebooks.read(file)
        for cell in notebooks.code_cells(content):
            cell["source"] = rewritten(notebooks.text_of(cell), old, new)
        file.write_text(json.dumps(content))


def all_keys(root, profile="default"):
    found = reach.tree_of(root)
    keys = {
        path.stem: reach.key(root, path, profile=profile, seed=0)
        for path in sorted((root / "notebooks").glob("*.ipynb"))
    }
    return keys | {name: reach.code_of(found, name) for name in experiments.names()}


def changed(before, after):
    """The chapters and experiments that have another key."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def append(path, text="\nNEW = 1\n"):
    """Edit a module so that its code is another."""
    with path.open("a") as file:
        file.write(text)


def chapters_of(root, modules):
    """The chapters that reach one of these modules."""
    found = reach.tree_of(root)
    return {
        path.stem
        for path in (root / "notebooks").glob("*.ipynb")
        if modules & set(found.reached([reach.cells_of(path).facts]))
    }


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the package and of its chapters."""
    root = tmp_path_factory.mktemp("copied")
    for name in ("src", "notebooks"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def test_modules_of_the_package_can_be_renamed_and_moved(copied):
    before = all_keys(copied)
    chapters = [reach.cells_of(path).facts for path in (ROOT / "notebooks").glob("*.ipynb")]
    for old, new in (
        ("mmcl.ica", "mmcl.unmixing.linear"),
        ("mmcl.losses", "mmcl.objective"),
        ("mmcl_experiments.learners.fitting", "mmcl_experiments.learners.training"),
        ("mmcl.metrics.regression", "mmcl.maps"),
        ("mmcl.metrics.crossmodal", "mmcl.clip.across"),
    ):
        assert old in reach.tree_of(ROOT).reached(chapters)
        moved(copied, old, new)
        assert not {old, f"{old}.x"} & reach.tree_of(copied).files.keys()
    assert all_keys(copied) == before
    assert "mmcl.unmixing.linear" in reach.modules_of(reach.tree_of(copied), "convex_body")


def test_an_edit_changes_the_keys_that_reach_it_and_no_others(copied):
    before = all_keys(copied)
    for name in (
        "mmcl_book/records/store", "mmcl_experiments/results", "mmcl_book/keys/__init__",
        "mmcl_book/cli/commands", "mmcl_book/ledger/claims", "mmcl_experiments/recorded/places",
    ):  # fmt: skip
        append(copied / "src" / f"{name}.py")
    assert all_keys(copied) == before
    found = reach.tree_of(copied)
    for name in ("metrics/nystroem", "world/domains"):
        module = f"mmcl.{name.replace('/', '.')}"
        users = {each for each in experiments.names() if module in reach.modules_of(found, each)}
        users |= chapters_of(copied, {module})
        append(copied / "src" / "mmcl" / f"{name}.py")
        after = all_keys(copied)
        assert changed(before, after) == users
        assert 0 < len(users) < len(after)
        before = after


def test_readings_and_figures_rerun_the_chapters_that_use_them_and_make_no_sweep_stale(copied):
    before, folder = all_keys(copied), copied / "src"
    files = [
        file
        for kind in ("*/readings.py", "*/figures.py", "figures/*.py")
        for file in sorted((folder / "mmcl_experiments").glob(kind))
    ]
    names = [".".join(file.relative_to(folder).with_suffix("").parts) for file in files]
    names = [name.removesuffix(".__init__") for name in names]
    assert len(names) > 15
    for few in ([0], [-1], range(len(files))):
        for place in few:
            append(files[place], f"\nNEWER = {place}\n")
        after = all_keys(copied)
        assert changed(before, after) == chapters_of(copied, {names[place] for place in few})
        assert not changed(before, after) & set(experiments.names())
        before = after


def test_a_setting_reruns_the_chapters_of_its_profile_and_no_sweep(copied):
    before, smoke = all_keys(copied), all_keys(copied, "smoke")
    file = copied / "src" / "mmcl_experiments" / "hypersphere" / "settings.py"
    text, users = file.read_text(), chapters_of(copied, {"mmcl_experiments.hypersphere.run"})
    file.write_text(text.replace('"steps": 12', '"steps": 13'))
    assert all_keys(copied) == before
    assert changed(smoke, all_keys(copied, "smoke")) == users
    assert "04_hypersphere" in users
    file.write_text(text.replace("steps: int = 1500", "steps: int = 1_501"))
    assert changed(before, all_keys(copied)) == users
    file.write_text(text)


def test_what_leaves_no_trace_makes_no_number():
    """Modules of PRESS compute with nothing and import nothing of the package that does."""
    found = reach.tree_of(ROOT)
    keepers = ("mmcl_experiments.results", "mmcl_book")  # of what others made: see below
    for name in found.files:
        if tree.is_press(name) and not any(map(name.startswith, keepers)):
            roots = {each.split(".")[0] for each in found.facts(name).imports}
            assert not roots & {"numpy", "scipy", "pandas", "torch", "sklearn"}, name
            assert found.needs_of(name) <= {"mmcl", "mmcl_experiments"}, name
    assert all(name in found.files for name in tree.PRESS)
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert not any(map(tree.is_press, found.reached([reach.cells_of(path).facts])))
        wanted = {call.path for call in reach.cells_of(path).facts.calls}
        assert not any(each.startswith("mmcl_book") for each in wanted), path


def test_recorded_numbers_are_those_of_the_file():
    """So a reader's code need not count beside its file's checksum."""
    sweeps = (ROOT / "results").glob("*/sweeps/*.json")
    for place in sorted(sweeps, key=lambda path: path.stat().st_size)[:4]:
        rows = [each["rows"] for each in json.loads(place.read_text("utf-8"))["tasks"]]
        table = results.recorded(place.stem, profile=place.parents[1].name, root=ROOT)
        for name in rows[0]:
            values = [value for each in rows for value in each.get(name, ())]
            if all(type(value) is float for value in values):
                assert sorted(table[name]) == sorted(values), (place.name, name)


def test_chapters_are_not_tied_to_experiments_by_words():
    found = reach.tree_of(ROOT)

    def reached(name):
        return found.reached([reach.cells_of(ROOT / "notebooks" / f"{name}.ipynb").facts])

    assert "mmcl_experiments.turns.run" not in reached("04_hypersphere")
    assert "mmcl_experiments.turns.run" in reached("07_violated_assumptions")


def test_no_module_calls_a_reader_by_a_variable():
    found = reach.tree_of(ROOT)
    keepers = (
        "mmcl_book", "mmcl_experiments.recorded.live", "mmcl_experiments.results",
        "mmcl_experiments.beside.everything",  # only the site's directive reads it, at rendering
    )  # fmt: skip
    for name in found.files:
        if not name.startswith(keepers):
            calls = reach.undeclared(found, found.facts(name))
            assert not [reader for _, reader in calls], name


# Files


def test_every_outside_file_that_is_read_is_declared(monkeypatch, tmp_path):
    """Whatever sources of features and vocabularies ask for is found beforehand."""
    asked = set()

    def path(name):
        asked.add(name)
        raise FileNotFoundError(name)

    monkeypatch.setattr(data, "path", path)
    sources = [source for source in features.PAIRS if source != "ours"]
    for read, name in [(features.pairs, each) for each in sources] + [
        (features.vocabulary, "lvis"), (features.vocabulary, "objects365")
    ]:  # fmt: skip
        with pytest.raises(FileNotFoundError):
            read(name)
    found = reach.files_of(ROOT, reach.facts_of_cells(["import mmcl.features.tagged"]))
    assert asked
    assert asked <= found
    assert found <= set(data.names())
    assert sources == ["clip", "untrained"]


def test_files_are_declared_by_a_text_or_a_constant(package):
    def read(*sources):
        return reach.files_of(package.root, reach.facts_of_cells(sources))

    assert read("from mmcl.data import load as get\nget('a/b.npy')") == {"a/b.npy"}
    assert read("READS = ('c.npy', 'd.npy')", "from mmcl import data\ndata.load(x)") == {
        "c.npy", "d.npy"
    }  # fmt: skip
    assert read("x = 'c.npy'\nload('b.npy')") == set()
    package.write("src/mmcl/features.py", "READS = ('e.npy',)\n")
    assert read("from mmcl import features") == {"e.npy"}


# Results that cells read by name


READS = {
    "published": "from mmcl_experiments.results import published\npublished('paper')",
    "recorded": "from mmcl_experiments import results\ntable = results.recorded('sphere')",
    "with a profile": "from mmcl_experiments import results as r\n"
                      "r.recorded('sphere', profile='default')",
    "or none": "from mmcl_experiments import results as r\nr.recorded_or_none('sphere')",
    "about": "import mmcl_experiments.results as r\nr.about('sphere')",
    "checkpoint": "from mmcl_experiments import results\nresults.checkpoint('sphere')",
    "in a function": "def f():\n    from mmcl_experiments.results import recorded\n"
                     "    return [recorded('sphere').x]",
    "by a variable": "from mmcl_experiments import chapter, results\n"
                     "c = chapter.Chapter('01_tiny', uses=('sphere', 'paper'))\n"
                     "tables = [results.recorded(n) for n in names]",
    "handed on": "from mmcl_experiments import chapter, results\n"
                 "c = chapter.Chapter('01_tiny', uses=('sphere', 'paper'))\n"
                 "tables = list(map(results.published, names))",
}  # fmt: skip
READS_NOTHING = {
    "another name": "from mmcl_experiments.results import *\npublished('papers')\n"
                    "recorded('sphere_2')",
    "no reader": "import mmcl_experiments as experiments\nexperiments.run('sphere')\nread('paper')",
    "a reader of others": "from other import recorded\nrecorded('sphere')",
    "a path": "from mmcl_experiments.results import published\npublished('../published/paper')",
    "no python": "published('paper'",
    "uses without a reader": "from mmcl_experiments import chapter\n"
                             "chapter.Chapter('01_x', uses=('sphere',))",
}  # fmt: skip


@pytest.fixture
def with_results(package):
    """A package with a published table, accepted sweeps and a checkpoint."""
    package.write("results/published/paper.yml", "rows: []\n")
    package.write("results/default/checkpoints/sphere.safetensors", "{}")
    for profile in ("default", "paper"):
        package.write(f"results/{profile}/sweeps/sphere.json", "{}")
    return package


def changed_by_results(book, source):
    """Whether new results change the key of a chapter with this cell, and removed ones too."""
    book.add("01_tiny", book.tiny("01_tiny", source))
    keys = [key(book)]
    places = ("published/paper.yml", "default/sweeps/sphere.json",
              "default/checkpoints/sphere.safetensors")  # fmt: skip
    for content in ("new", "newer"):
        for place in places:
            book.write(f"results/{place}", content)
        keys.append(key(book))
    for place in places:
        (book.root / "results" / place).unlink()
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
    source = "from mmcl_experiments import results, run\nrun('sphere')\n"
    source += "results.published('paper')"
    with_results.add("01_tiny", with_results.tiny("01_tiny", source))
    before = key(with_results)
    with_results.write("results/paper/sweeps/sphere.json", "new")
    assert key(with_results) == before


def test_a_checkpoint_counts_for_its_readers_alone(with_results):
    path = "results/default/checkpoints/sphere.safetensors"
    for source, counts in ((READS["checkpoint"], True), (READS["recorded"], False)):
        with_results.add("01_tiny", with_results.tiny("01_tiny", source))
        with_results.write(path, "{}")
        before = key(with_results)
        with_results.write(path, "new")
        assert (key(with_results) != before) == counts


@pytest.mark.parametrize("reader", reach.READERS)
def test_a_text_is_found_whatever_the_reader_is_called_here(reader):
    module, _, name = reader.rpartition(".")
    found = reach.tree_of(ROOT)
    for source in (
        f"from {module} import {name} as f\nf('sphere')",
        f"import {module} as m\nm.{name}('sphere', seed=1)",
        f"import {module}\nx = [{reader}('sphere') for _ in y]",
    ):
        assert reach.named(found, reach.facts_of_cells([source]), [reader]) == {"sphere"}


def test_readers_are_functions():
    for reader in (*reach.READERS, *reach.FILES, tree.CHAPTER):
        module, _, name = reader.rpartition(".")
        assert callable(getattr(__import__(module, fromlist=[name]), name))


def test_recorded_rows_of_outside_files_count_where_they_may_be_shown(tmp_path):
    path = places.sweep_path(tmp_path, "default", "clip_features")
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": []}
    for source, counts in (
        ("from mmcl_experiments import chapter as o\no.measured('clip_features')", True),
        (("from mmcl_experiments.chapter import Chapter, measured\n"
         "Chapter('01_x', uses=('clip_features',))\nmeasured(name)"), True),
        ("from mmcl_experiments import chapter as o\n'clip_features'\no.measured('a')", False),
    ):  # fmt: skip
        file = tmp_path / "01_x.ipynb"
        file.write_text(json.dumps({"cells": [{**cell, "source": source}]}))
        facts = reach.cells_of(file).facts
        found = reach.results_of(tmp_path, reach.tree_of(tmp_path), facts)
        assert (path.relative_to(tmp_path).as_posix() in found) == counts


def test_a_benchmark_depends_on_its_file_on_helpers_and_on_what_they_reach(package):
    package.write("benchmarks/step.py", '"""A step."""\nfrom mmcl.model import loss\n')
    package.write("benchmarks/other.py", "from mmcl import lazy\n")
    package.write("benchmarks/_helper.py", "import mmcl.deep.beside, mmcl_book.records\n")
    before = reach.bench_key(package.root, "cpu/step")
    for name, content in (
        ("benchmarks/step.py", '"""One step."""\nfrom mmcl.model import loss  # a comment\n'),
        ("benchmarks/other.py", "from mmcl import lazy\nNEW = 1\n"),
        ("src/mmcl/lazy.py", "NEW = 1\n"),
        ("src/mmcl_book/records.py", "NEW = 1\n"),
    ):
        package.write(name, content)
        assert reach.bench_key(package.root, "cpu/step") == before, name
    keys = {before}
    for name in ("benchmarks/step.py", "benchmarks/_helper.py", "src/mmcl/losses.py",
                 "src/mmcl/deep/beside.py"):  # fmt: skip
        package.write(name, (package.root / name).read_text() + "\nNEW = 1\n")
        keys.add(reach.bench_key(package.root, "cpu/step"))
    assert len(keys) == 5
