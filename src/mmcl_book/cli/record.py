"""`mmcl record`: accept, show or compare records; accept a sweep, or a checkpoint of one."""

from argparse import Namespace
from pathlib import Path

from mmcl.errors import UsageError
from mmcl_book import project
from mmcl_book.ledger import readme
from mmcl_book.records import store as records
from mmcl_book.terminal import asked, say


def run(options: Namespace) -> int:
    """Do what was asked for, chapter by chapter; the README's table follows."""
    root = project.root()
    if options.sweep is not None:
        return accept_sweep(root, options)
    if options.checkpoint is not None:
        return accept_checkpoint(root, options)
    profile = options.profile or "default"
    with asked():
        given = [project.chapter(root, name) for name in options.chapters]
    missing = 0
    for chapter in given or project.chapters(root):
        if options.action == "accept":
            path = records.accept(root, profile, chapter, dirty=options.dirty)
            say(f"{chapter}: accepted as {path.relative_to(root)}")
        else:
            missing += {"show": show, "diff": diff}[options.action](root, profile, chapter)
    if options.action != "diff" and readme.update(root):
        say("README.md: the table of results is renewed")
    return int(missing > 0)


def accept_sweep(root: Path, options: Namespace) -> int:
    """Copy the finished tasks of a sweep to results/ and say what changed."""
    from mmcl_book.sweep import accept

    if options.action != "accept" or options.chapters:
        raise UsageError("--sweep goes with accept and without chapters: accept --sweep FOLDER")
    done = accept.accept(root, options.sweep, profile=options.profile, dirty=options.dirty)
    say(f"{done}\n{done.path.relative_to(root)}")
    return 0


def accept_checkpoint(root: Path, options: Namespace) -> int:
    """Train a recorded task again and keep its weights beside the accepted sweep."""
    from mmcl_book.sweep import checkpoint

    if options.action != "accept" or options.chapters or options.profile:
        raise UsageError("--checkpoint goes with accept alone: accept --checkpoint EXPERIMENT")
    with asked():
        room = checkpoint.room_of(options.checkpoint)
    path = checkpoint.accept(root, options.checkpoint, room, dirty=options.dirty)
    say(f"{path.relative_to(root)}: {path.stat().st_size / 1000:.0f} kB, scored as recorded")
    return 0


def show(root: Path, profile: str, chapter: str) -> bool:
    """Print the values of live and accepted records side by side; whether there are none."""
    places = records.accepted_path, records.live_path
    paths = [place(root, profile, chapter) for place in places]
    columns = [records.load(path)["values"] if path.is_file() else {} for path in paths]
    names = list(dict.fromkeys(name for column in columns for name in column))
    if not names:
        again = f"mmcl run {chapter} --profile {profile}"
        say(f"{chapter} has no record at {profile}; run: {again}")
        return True
    print(f"{chapter} ({profile})\n  {'name':<40} {'accepted':>14} {'live':>14}")
    for name in names:
        old, new = (str(column.get(name, {}).get("value", "-"))[:14] for column in columns)
        print(f"  {name:<40} {old:>14} {new:>14}")
    return False


def diff(root: Path, profile: str, chapter: str) -> bool:
    """Print the values that differ between accepted and live records; none is missing then."""
    changes = records.diff(root, profile, chapter)
    print(f"{chapter} ({profile}): {len(changes)} values differ from the accepted record")
    for name, old, new in changes:
        print(f"  {name:<40} {old} -> {new}")
    return False
