"""Copies to take away: the site as one zip, and all that an archive with a DOI wants.

    python -m mmcl_book.site.copies offline|pdf|release

The zip opens by double click: math, search and interactive figures work over file://. The PDF has
all pages (`printing`). A release is the source archive and the wheel, that zip and that PDF, the
locked environment, the citation file, checksums; all of one commit, which each page names.
"""

import argparse
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from mmcl import __version__, files
from mmcl.errors import InputError, UserError
from mmcl_book import project
from mmcl_book.site import build, printing
from mmcl_book.site.build import folders
from mmcl_book.site.wheel import wheel
from mmcl_book.terminal import say

NAME = f"mmcl-book-{__version__}"
OFFLINE = f"{NAME}-offline"  # a folder of its own: the source archive unpacks as NAME
UNREAD = (".map", ".doctree", "macros.html")  # what only developers of the theme open
EPOCH = (1980, 1, 1, 0, 0, 0)  # zip's first day: the same site gives the same file
ALONG = ("constraints.txt", "environment.yml", "CITATION.cff", "LICENSE", "CHANGELOG.md")


def offline(root: Path, out: Path, profile: str = "default") -> Path:
    """Zip the built site of a profile; return the file.

    Errors: InputError when there is no site.
    """
    site = folders(root, profile).html
    if not (site / "index.html").is_file():
        raise InputError(f"there is no built site in {site}; run make book first")
    out.mkdir(parents=True, exist_ok=True)
    target, unfinished = out / f"{OFFLINE}.zip", out / f".{OFFLINE}.tmp"
    found = (path for path in site.rglob("*") if path.is_file() and not path.name.endswith(UNREAD))
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in sorted(found):
                name = f"{OFFLINE}/{path.relative_to(site).as_posix()}"
                about = zipfile.ZipInfo(name, EPOCH)
                about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(about, path.read_bytes())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def pdf(root: Path, out: Path) -> Path:
    """Print the built site of the profile `default`; return the file. Errors: `printing.write`."""
    return printing.write(root, "default", out / f"{NAME}.pdf")


def release(root: Path, out: Path) -> list[Path]:
    """All files of a release, with their checksums in SHA256SUMS; the folder is made anew.

    The site is rendered anew where a page was rendered at another commit.
    Errors: InputError when the checkout has uncommitted changes; as `build.build`,
    `printing.write` and `wheel`.
    """
    from mmcl_experiments.provenance import commit_of

    commit, changed = commit_of(root, (":/",))
    if changed or commit is None:
        raise InputError("a release is made of a commit; commit what has changed first")
    if unstamped(root, commit):
        say("release: rendering all pages at this commit")
        build.build(root, "default", clean=True)
    printed = pdf(root, out / "paper")
    zipped = offline(root, out / "offline")
    made = out / "release"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    for copy in (zipped, printed):
        shutil.move(copy, made / copy.name)
    wheel(root, made)
    archive = ["git", "-C", str(root), "archive", "--format=tar.gz", f"--prefix={NAME}/"]
    subprocess.run([*archive, "-o", str(made / f"{NAME}.tar.gz"), "HEAD"], check=True)
    for name in ALONG:
        shutil.copy(root / name, made)
    found = sorted(path for path in made.iterdir())
    sums = "".join(f"{files.sha256(path)}  {path.name}\n" for path in found)
    return [*found, files.write_text(made / "SHA256SUMS", sums)]


def unstamped(root: Path, commit: str) -> list[str]:
    """The pages that weren't rendered at a commit, without changes; all, where there is no site."""
    stamp = f"<code>{commit[:7]}</code>"
    pages = [folders(root, "default").html / f"{name}.html" for name in project.docnames(root)]
    return [p.stem for p in pages if not p.is_file() or stamp not in files.read_text(p)]


MAKERS = {
    "offline": lambda root, out: [offline(root, out)],
    "pdf": lambda root, out: [pdf(root, out)],
    "release": release,
}


def main() -> int:
    """Make what is asked for below `_build`, and say where it is."""
    parser = argparse.ArgumentParser(description="Copies of the book to take away.")
    parser.add_argument("what", choices=MAKERS)
    what, root = parser.parse_args().what, project.root()
    try:
        made = MAKERS[what](root, root / "_build")
    except UserError as error:
        say(f"{what}: {error}")
        return 1
    for path in made:
        say(f"  {path.name:<36} {path.stat().st_size / 2**20:7.1f} MiB")
    print(made[0].parent if what == "release" else made[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
