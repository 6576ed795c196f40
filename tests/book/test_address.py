"""The repository's address is one setting: buttons, badges, citation and set-up follow it."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from sample_book import PROJECT, write

from mmcl.errors import InputError
from mmcl_book.site import address
from mmcl_book.site.build import BuildError, build, folders

URL = "https://github.com/Someone/a-book"
BUTTONS = (
    "https://mybinder.org/v2/gh/Someone/a-book/main?urlpath=lab/tree/notebooks/04_sample.ipynb",
    "https://colab.research.google.com/github/Someone/a-book/blob/colab/notebooks/04_sample.ipynb",
    f"{URL}/edit/main/notebooks/04_sample.ipynb",
    f"{URL}/issues/new",
)


def settled(root: Path, url: str) -> Path:
    """Give a book an address."""
    text = (PROJECT / "_config.yml").read_text(encoding="utf-8")
    write(root / "_config.yml", re.sub(r"(?m)^  url: .*$", f'  url: "{url}"', text))
    for name in ("README.md", "CITATION.cff"):
        shutil.copy(PROJECT / name, root)
    return root


def page(root: Path) -> str:
    build(root, "default", clean=True)
    return (folders(root, "default").html / "notebooks/04_sample.html").read_text()


def test_the_project_says_the_same_everywhere() -> None:
    assert address.differing(PROJECT) == []


def test_no_file_has_the_address_but_those_that_follow_it() -> None:
    url, _ = address.of(PROJECT)
    text = (PROJECT / "README.md").read_text()
    assert (address.NONE in text) == (not url)
    written = [text, *(path.read_text() for path in (PROJECT / ".github").rglob("*.yml"))]
    addresses = re.findall(
        r"https://(?:github\.com|mybinder\.org|\w+\.github\.io)\S*", "".join(written)
    )
    assert bool(addresses) == bool(url)


def test_buttons_follow_the_address(sample: Path) -> None:
    shown = page(settled(sample, URL))
    for button in BUTTONS:
        assert button in shown


def test_without_an_address_there_are_no_buttons(sample: Path) -> None:
    shown = page(settled(sample, ""))
    for wanted in ("mybinder.org", "colab.research", "github.com", "issues/new"):
        assert wanted not in shown


def test_badges_and_citation_follow_the_address_there_and_back(tmp_path: Path) -> None:
    settled(tmp_path, URL)
    assert address.differing(tmp_path) == ["README.md", "CITATION.cff"]
    for path, text in address.renewed(tmp_path).items():
        path.write_text(text)
    assert address.differing(tmp_path) == []
    citation = yaml.safe_load((tmp_path / "CITATION.cff").read_text())
    assert citation["repository-code"] == URL
    assert citation["url"] == "https://someone.github.io/a-book/"
    readme = (tmp_path / "README.md").read_text()
    assert address.NONE not in readme
    assert "mybinder.org/v2/gh/Someone/a-book/main" in readme
    write(tmp_path / "_config.yml", "repository: {url: '', branch: main}\n")
    for name, text in address.renewed(tmp_path).items():
        assert text == (PROJECT / name.name).read_text()


def test_set_up_installs_the_release_from_the_address(tmp_path: Path) -> None:
    assert address.release(settled(tmp_path, "")).startswith("mmcl[book]==")
    found = address.release(settled(tmp_path, URL))
    assert re.fullmatch(
        rf"mmcl\[book\] @ {URL}/releases/download/v[\d.]+/mmcl-[\d.]+-py3.*whl", found
    )


@pytest.mark.parametrize(
    "url", ["someone/a-book", "https://example.org/a/b", "https://github.com/a"]
)
def test_another_kind_of_address_is_refused(sample: Path, url: str) -> None:
    settled(sample, url)
    with pytest.raises(InputError, match="give https://github"):
        address.of(sample)
    with pytest.raises(BuildError, match="give https://github"):
        build(sample, "default")
