"""The package's own files: they agree with each other, and nothing is imported too early."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
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
    assert pip == [
        "--extra-index-url https://download.pytorch.org/whl/cpu",
        "--constraint constraints.txt",
        "--editable .[book,clip,lab,sweep]",
    ]
    assert environment["name"] == PROJECT["name"]
    conda = [d for d in environment["dependencies"] if isinstance(d, str)]
    assert sorted(d.split("=")[0] for d in conda) == ["pip", "python"]


def against(schema, *paths):
    """What a published schema, which comes with check-jsonschema, says of files; its exit code."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, "--default-filetype", "yaml", *paths],
                          capture_output=True, text=True, check=False)  # fmt: skip
    return done.stdout + done.stderr, done.returncode


def test_citation_is_valid_and_agrees_with_pyproject(tmp_path):
    text = (ROOT / "CITATION.cff").read_text()
    assert against("citation-file-format", ROOT / "CITATION.cff")[1] == 0
    assert str(yaml.safe_load(text)["version"]) == PROJECT["version"]
    for given, wrong in (("authors:", "autors:"), ("type: software", "type: softwares")):
        (tmp_path / "CITATION.cff").write_text(text.replace(f"\n{given}", f"\n{wrong}"))
        said, code = against("citation-file-format", tmp_path / "CITATION.cff")
        assert code == 1
        assert wrong.split()[-1].strip(":") in said


def test_workflows_are_valid(tmp_path):
    paths = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    said, code = against("github-workflows", *paths)
    assert code == 0, said
    (tmp_path / "wrong.yml").write_text(paths[0].read_text().replace("runs-on:", "run-on:"))
    assert against("github-workflows", tmp_path / "wrong.yml")[1] == 1


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


BUILT = (
    "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "src", "results",
    "exercises", "book/predictions",
)  # fmt: skip


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The folder of a wheel that was built from a source distribution, as installers unpack it."""
    base = tmp_path_factory.mktemp("release")
    tree = base / "tree"
    tree.mkdir()
    skipped = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in BUILT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=skipped)
        else:
            shutil.copy(ROOT / name, tree)

    def built(what, folder):
        code = f"from setuptools import build_meta as b; print(b.build_{what}({str(base)!r}))"
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True,
                              text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return base / done.stdout.splitlines()[-1]

    with tarfile.open(built("sdist", tree)) as archive:
        archive.extractall(base / "sdist", filter="data")
    (folder,) = (base / "sdist").iterdir()
    with zipfile.ZipFile(built("wheel", folder)) as archive:
        archive.extractall(base / "site-packages")
    return base / "site-packages"


READ = """
import sys
from mmcl_experiments import chapter, results
from mmcl_experiments.lost_content.readings import foretold
foretold()
print(results.__file__)
print(len(results.recorded("tables")), len(results.published("liu_synthetic")))
chapter.Chapter("01_mine", uses=("liu_synthetic",))
"""


def inside(release, code, folder):
    """What code prints where the release is installed and no book is about."""
    environment = {**os.environ, "PYTHONPATH": str(release)}
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment,
                          capture_output=True, text=True, check=False)  # fmt: skip


def test_a_release_carries_the_results(release, tmp_path):
    from mmcl_experiments import results

    done = inside(release, READ, tmp_path)
    assert done.returncode == 0, done.stderr
    where, *_, counts = done.stdout.splitlines()
    assert Path(where).is_relative_to(release)
    wanted = results.recorded("tables", root=ROOT), results.published("liu_synthetic", root=ROOT)
    assert counts == " ".join(str(len(table)) for table in wanted)
    carried = {p.relative_to(release / "mmcl_experiments" / "_release").as_posix(): p
               for p in (release / "mmcl_experiments" / "_release").rglob("*.*")}  # fmt: skip
    for part in ("published", "default/sweeps", "default/checkpoints", "paper/sweeps", "bench/cpu"):
        for file in (ROOT / "results" / part).iterdir():
            name = file.relative_to(ROOT).as_posix()
            assert carried[name].read_bytes() == file.read_bytes()
    assert not [name for name in carried if "clip/" in name]


def test_a_release_carries_checked_exercises_and_no_answers(release, tmp_path):
    code = """from mmcl_book.teach import check; check("02", lambda *_: 2.0)"""
    env = {**os.environ, "PYTHONPATH": str(release)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env,
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.startswith("Not yet.")
    kept = release / "mmcl_experiments" / "_release" / "exercises"
    assert [path.name for path in kept.glob("02_*")] == ["02_contrastive_objective.py"]
    assert not (kept / "answers").exists()


def test_a_release_without_results_says_what_to_do(release, tmp_path):
    bare = tmp_path / "site-packages"
    shutil.copytree(release, bare, ignore=shutil.ignore_patterns("_release"))
    done = inside(bare, READ, tmp_path)
    assert "go to the folder that you cloned" in done.stderr


def test_layers_hold():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
