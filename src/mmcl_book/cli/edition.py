"""`mmcl student`, `mmcl teacher` and `mmcl slides`: editions of a course, grades, and decks."""

from argparse import Namespace
from pathlib import Path

from mmcl.errors import InputError
from mmcl_book import project
from mmcl_book.terminal import count, say


def run(options: Namespace) -> int:
    """Write an edition or the decks, or grade what was handed in; say what to open."""
    if options.command == "slides":
        return decks(options)
    teacher = options.command == "teacher"
    if teacher and options.grade:
        return grade(Path(options.grade), options.key)
    if not options.out:
        raise InputError("no folder is named; give --out FOLDER")
    from mmcl_book.teach import editions

    written = editions.write(project.root(), Path(options.out), teacher=teacher, key=options.key)
    say(f"{count(len(written), 'notebook')}; start with {options.out}/README.md, then:")
    print(written[0])
    return 0


def decks(options: Namespace) -> int:
    """Write the decks of slides into a folder of their own."""
    from mmcl_book.teach import slides

    root = project.root()
    out = Path(options.out or root / "_build" / options.profile / "slides")
    written = slides.bundle(root, out, options.profile)
    say(f"{count(len(written), 'deck')}; key S opens the notes, ?print-pdf in the address prints")
    for path in written:
        print(path)
    return 0


def grade(folder: Path, key: str) -> int:
    """A line for each answer: file, answer, right or what is wrong."""
    from mmcl_book.teach import assessed

    for each in assessed.graded(folder, key):
        print(f"{each.file}\t{each.answer!r}\t{each.wrong or 'right'}")
    return 0
