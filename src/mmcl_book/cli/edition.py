"""`mmcl student` and `mmcl teacher`: the editions of a course, and grades."""

from argparse import Namespace
from pathlib import Path

from mmcl.errors import InputError
from mmcl_book import project
from mmcl_book.terminal import count, say


def run(options: Namespace) -> int:
    """Write an edition, or grade what was handed in; say what to open."""
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


def grade(folder: Path, key: str) -> int:
    """A line for each answer: file, answer, right or what is wrong."""
    from mmcl_book.teach import assessed

    for each in assessed.graded(folder, key):
        print(f"{each.file}\t{each.answer!r}\t{each.wrong or 'right'}")
    return 0
