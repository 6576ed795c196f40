"""The real book that the suite keeps: what makes it anew, as a whole, a chapter or its site."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import kept_book
import pytest
import sample_book

PAGE = "_build/smoke/site/html/index.html"
COPY = "_build/smoke/executed/notebooks/04_sample.ipynb"


class Makers:
    """Stand-ins for executing and building, which count how often pages were made."""

    def __init__(self, project: Path):
        self.project = project
        self.built = 0

    def run(self, root: Path) -> None:
        source = root / "notebooks/04_sample.ipynb"
        sample_book.write(root / COPY, source.read_text())

    def render(self, root: Path) -> None:
        self.built += 1
        sample_book.write(root / PAGE, (root / "book/index.md").read_text())
        sample_book.write(root / "_build/smoke/doctrees/large", "")

    def make(self) -> tuple[Path, bool]:
        """The kept book, and whether its site was built just now."""
        before = self.built
        root = kept_book.make(self.project, self.run, self.render)
        assert (root / PAGE).read_text() == (self.project / "book/index.md").read_text()
        assert not (root / "_build/smoke/doctrees").exists()
        return root, self.built > before


@pytest.fixture
def makers(tmp_path: Path, monkeypatch) -> Makers:
    project = sample_book.make(tmp_path / "project")
    sample_book.write(project / "results/default/sweeps/tiny.json", "[]")
    monkeypatch.setattr(kept_book.importlib.metadata, "distributions", list)  # takes long
    return Makers(project)


def test_nothing_is_made_twice(makers: Makers) -> None:
    root, built = makers.make()
    assert built
    assert root.parent == makers.project / "_build/tests"
    assert makers.make() == (root, False)


EDITS: dict[str, Callable[[Path, Path], object]] = {
    "prose": lambda project, root: sample_book.write(project / "book/index.md", "# Another"),
    "a chapter": lambda project, root: sample_book.write(
        project / "notebooks/04_sample.ipynb", sample_book.notebook("# A", executed=False)
    ),
    "the table of contents": lambda project, root: (project / "_toc.yml").write_text("root: a\n"),
    "a page of the site": lambda project, root: (root / PAGE).write_text("damaged"),
    "the whole site": lambda project, root: shutil.rmtree(root / "_build/smoke/site"),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_of_a_page_builds_the_site_again(makers: Makers, what: str) -> None:
    root, _ = makers.make()
    EDITS[what](makers.project, root)
    assert makers.make() == (root, True)
    assert makers.make() == (root, False)


def test_other_results_of_a_chapter_build_the_site_again(makers: Makers, monkeypatch) -> None:
    root, _ = makers.make()
    monkeypatch.setattr(makers, "run", lambda root: sample_book.write(root / COPY, "other"))
    assert makers.make() == (root, True)


OTHERS = ("results/default/sweeps/tiny.json", "book/claims.yml", "book/references.bib")


@pytest.mark.parametrize("name", OTHERS)
def test_what_chapters_may_read_makes_another_book(makers: Makers, name: str) -> None:
    root, _ = makers.make()
    with (makers.project / name).open("a") as stream:
        stream.write("\n")
    other, built = makers.make()
    assert (other != root, built) == (True, True)


def test_code_packages_processor_and_environment_make_another_book(
    makers: Makers, monkeypatch, tmp_path: Path
) -> None:
    first = kept_book.surroundings(makers.project)
    assert kept_book.surroundings(makers.project) == first
    found = {first}
    changes = [
        lambda patch: patch.setenv("OPENBLAS_CORETYPE", "Another"),
        lambda patch: patch.setattr(kept_book, "device", lambda: "cpu, another"),
        lambda patch: patch.setattr(kept_book.importlib.metadata, "distributions", packages),
        lambda patch: patch.setattr(kept_book.sys, "version", "3.99"),
        *(lambda patch, package=package: patch.setattr(package, "__file__", str(copied(package)))
          for package in (kept_book.mmcl, kept_book.mmcl_experiments, kept_book.mmcl_book)),
    ]  # fmt: skip

    def packages() -> list[SimpleNamespace]:
        return [SimpleNamespace(name="torch", version="99")]

    def copied(package) -> Path:
        """A package with one more line."""
        folder = shutil.copytree(Path(package.__file__).parent, tmp_path / package.__name__)
        with (folder / "__init__.py").open("a") as stream:
            stream.write("\n")
        return folder / "__init__.py"

    for change in changes:
        with monkeypatch.context() as patch:
            change(patch)
            found.add(kept_book.surroundings(makers.project))
    assert len(found) == 1 + len(changes)


def test_few_books_are_kept(makers: Makers, monkeypatch) -> None:
    roots = []
    for number in range(kept_book.KEPT + 1):
        monkeypatch.setenv("MMCL_JOBS", str(number))
        roots.append(makers.make()[0])
        os.utime(roots[-1], (number, number))
    assert {path for path in roots[0].parent.iterdir() if path.is_dir()} == {*roots[1:]}


def test_a_build_that_fails_is_tried_again(makers: Makers, monkeypatch) -> None:
    root, _ = makers.make()
    (makers.project / "book/index.md").write_text("# Broken\n")

    def broken(root: Path) -> None:
        raise RuntimeError("a warning")

    with monkeypatch.context() as patch:
        patch.setattr(makers, "render", broken)
        with pytest.raises(RuntimeError, match="a warning"):
            makers.make()
    (makers.project / "book/index.md").write_text("# Mended\n")
    assert makers.make() == (root, True)
