"""The package's own files: they agree with each other, and nothing is imported too early."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)]
PINS = dict(
    re.fullmatch(r"([A-Za-z0-9._-]+)==([^\s;]+)", line).groups()
    for line in (ROOT / "constraints.txt").read_text().split("\n")
    if line.strip() and not line.startswith("#")
)


@pytest.mark.parametrize("line", REQUIREMENTS)
def test_constraints_satisfy_the_ranges(line):
    wanted = Requirement(line)
    pins = {canonicalize_name(name): version for name, version in PINS.items()}
    assert canonicalize_name(wanted.name) in pins, "pin it in constraints.txt"
    assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)])


def test_constraints_pin_all_that_comes_along():
    pins, seen = {canonicalize_name(name) for name in PINS}, set()
    waiting = [("mmcl", tuple(sorted(EXTRAS)))]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for wanted in map(Requirement, importlib.metadata.requires(name) or []):
            marker = wanted.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in ("", *extras)):
                waiting.append((canonicalize_name(wanted.name), tuple(sorted(wanted.extras))))
    assert {name for name, _ in seen} - pins == {"mmcl"}


def test_constraints_are_portable_and_name_each_package_once():
    names = [canonicalize_name(name) for name in PINS]
    assert len(names) == len(set(names))
    assert not [version for version in PINS.values() if "+" in version]


def test_environment_yml_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    (python,) = [d for d in environment["dependencies"] if str(d).startswith("python=")]
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.split("=")[1])
    (pip,) = [d["pip"] for d in environment["dependencies"] if isinstance(d, dict)]
    assert pip == ["--constraint constraints.txt", "--editable .[book,clip,sweep]"]
    assert environment["name"] == PROJECT["name"]
    conda = [d for d in environment["dependencies"] if isinstance(d, str)]
    assert sorted(d.split("=")[0] for d in conda) == ["pip", "python"]


def test_citation_is_valid_and_agrees_with_pyproject():
    from cffconvert import Citation

    text = (ROOT / "CITATION.cff").read_text()
    Citation(text).validate()
    assert str(yaml.safe_load(text)["version"]) == PROJECT["version"]
    with pytest.raises(Exception, match="autors"):
        Citation(re.sub("(?m)^authors", "autors", text)).validate()


def test_the_version_is_the_same_everywhere():
    import mmcl

    assert mmcl.__version__ == PROJECT["version"]


def test_import_mmcl_pulls_nothing_heavy():
    probe = (
        "import sys, mmcl; "
        "print([m for m in ('numpy', 'pandas', 'torch', 'sklearn', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "module",
    [
        "mmcl_book.records.store",
        "mmcl_book.ledger.claims",
        "mmcl_book.run.execute",
        "mmcl_book.lint",
        "mmcl_book.sweep",
    ],
)
def test_the_pipeline_does_not_load_torch(module):
    heavy = ("torch", "papermill", "distributed", "dask")
    probe = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_layers_hold():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_modules_stay_small():
    long = {
        str(path.relative_to(ROOT)): count
        for path in (ROOT / "src").rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 300
    }
    assert long == {}
