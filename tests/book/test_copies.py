"""Copies to take away: the zip is the whole site, always the same, and points nowhere else."""

import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from mmcl import files
from mmcl.errors import InputError
from mmcl_book import project
from mmcl_book.site import copies
from mmcl_book.site.build import folders

LINK = re.compile(r'(?:href|src)="([^"#?:]+)[#?"]')


def test_the_zip_is_the_site_and_every_link_in_it_leads_somewhere(built_sample, tmp_path) -> None:
    found = copies.offline(built_sample, tmp_path)
    site = folders(built_sample, "default").html
    with zipfile.ZipFile(found) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "read")
    assert not [name for name in names if name.endswith(".map")]
    kept = {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()}
    assert {n.partition("/")[2] for n in names} == {
        n for n in kept if not n.endswith(copies.UNREAD)
    }
    pages = list((tmp_path / "read").rglob("*.html"))
    assert len(pages) > 5
    for page in pages:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_same_site_gives_the_same_zip(built_sample, tmp_path) -> None:
    first = copies.offline(built_sample, tmp_path / "a").read_bytes()
    assert copies.offline(built_sample, tmp_path / "b").read_bytes() == first


def test_without_a_site_nothing_is_written(tmp_path) -> None:
    with pytest.raises(InputError, match="run make book first"):
        copies.offline(tmp_path, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_zip_that_breaks_off_leaves_the_old_one(built_sample, tmp_path, monkeypatch) -> None:
    found = copies.offline(built_sample, tmp_path)
    before = found.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(OSError, match="No space left"):
        copies.offline(built_sample, tmp_path)
    assert found.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [found.name]


BINDER, SERVER = 2048, 400  # MiB that Binder gives, and what JupyterLab takes of it


def test_each_chapter_fits_binder_at_smoke(real: Path) -> None:
    records = sorted((real / "_build/smoke/records").glob("*.json"))
    peaks = {path.stem: files.read_json(path)["provenance"]["peak_mib"] for path in records}
    assert len(peaks) == len(project.chapters(real))
    assert {name: peak for name, peak in peaks.items() if peak > BINDER - SERVER} == {}


def git(root: Path, *command: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", "-C", str(root), *who, *command],
                          capture_output=True, text=True, check=True).stdout  # fmt: skip


@pytest.fixture
def committed(built_sample, tmp_path) -> Path:
    """The built sample book in a repository of its own, with what a release carries along."""
    root = Path(shutil.copytree(built_sample, tmp_path / "book"))
    for name in (*copies.ALONG, ".gitignore"):
        shutil.copy(project.root(Path(__file__)) / name, root)
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "The sample book")
    return root


def test_a_release_has_what_it_promises_of_one_commit(committed, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(copies, "wheel", lambda _, made: files.write_text(made / "a.whl", ""))
    monkeypatch.setattr(copies, "pdf", lambda _, out: files.write_text(out / "book.pdf", "paper"))
    commit = git(committed, "rev-parse", "HEAD").strip()
    assert copies.unstamped(committed, commit)  # the site is older than the commit
    made = copies.release(committed, tmp_path / "out")
    assert copies.unstamped(committed, commit) == []
    promised = {path.name for path in made}
    archive, zipped = f"{copies.NAME}.tar.gz", f"{copies.OFFLINE}.zip"
    assert promised == {*copies.ALONG, "a.whl", "book.pdf", archive, zipped, "SHA256SUMS"}
    folder = made[0].parent
    assert {path.name for path in folder.iterdir()} == promised
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    assert {line.split("  ")[1] for line in sums} == promised - {"SHA256SUMS"}
    assert all(files.sha256(folder / line[66:]) == line[:64] for line in sums)
    with tarfile.open(folder / archive) as source:
        names = source.getnames()
    tracked = git(committed, "ls-files").splitlines()
    assert {f"{copies.NAME}/{name}" for name in tracked} <= set(names)
    with zipfile.ZipFile(folder / zipped) as site:
        assert not set(names) & set(site.namelist())  # both can be unpacked in one place
        page = site.read(f"{copies.OFFLINE}/book/index.html").decode()
    assert f"<code>{commit[:7]}</code>" in page
    assert git(committed, "status", "--porcelain") == ""


def test_a_release_is_made_of_a_commit(built_sample, tmp_path) -> None:
    copy = Path(shutil.copytree(built_sample, tmp_path / "book"))
    with pytest.raises(InputError, match="commit what has changed"):
        copies.release(copy, tmp_path)
