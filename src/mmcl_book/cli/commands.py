"""What each command of `mmcl` does: (options) -> exit code."""

import dataclasses
import shutil
import sys
import time
from argparse import Namespace
from pathlib import Path

from mmcl import files
from mmcl.errors import InputError, UsageError
from mmcl_book import keys as reach
from mmcl_book import project
from mmcl_book.keys import inventory
from mmcl_book.records import store as records
from mmcl_book.run import execute
from mmcl_book.terminal import say
from mmcl_experiments import PROFILES, nearest


def checked_profile(profile: str) -> str:
    """The profile, if there is one of this name; else UsageError."""
    try:
        return nearest(profile, PROFILES, "profile")
    except InputError as error:
        raise UsageError(str(error)) from error


def chosen_chapters(root: Path, given: list[str]) -> list[str]:
    """The chapters of these names, or all; UsageError for an unknown one."""
    try:
        return [project.chapter(root, name) for name in given] or project.chapters(root)
    except InputError as error:
        raise UsageError(str(error)) from error


def run(options: Namespace) -> int:
    """Execute chapters."""
    results = execute.run(
        project.root(),
        options.chapters,
        profile=options.profile,
        seed=options.seed,
        settings=options.settings,
        jobs=options.jobs,
        out=options.out,
        force=options.force,
    )
    return int(any(result.status == "failed" for result in results))


def book(options: Namespace) -> int:
    """Execute, check the sources, build, and say what took how long and what to open."""
    from mmcl_book import lint

    started = time.perf_counter()
    root = project.root()
    choice = {"profile": options.profile, "jobs": options.jobs, "force": options.force}
    results = execute.run(root, **choice)
    executed = time.perf_counter() - started
    if any(result.status == "failed" for result in results):
        say("the site was not built, because a chapter failed")
        return 1
    findings = lint.project_findings(root)
    for finding in findings:
        say(str(finding))
    from mmcl_book.site import build

    before = time.perf_counter()
    try:
        page = build.build(root, options.profile, clean=options.clean)
    except build.BuildError as error:
        say(f"mmcl book: {error}")
        return 1
    built = time.perf_counter() - before
    say("")
    for result in results:
        say(f"  {result.chapter:<28} {result.status:<7} {result.seconds:7.1f} s")
    say(f"  {'execution, this time':<36} {executed:7.1f} s")
    say(f"  {'build':<36} {built:7.1f} s")
    if findings:
        say(f"\n{len(findings)} findings in the sources (above); mend them and run again")
    say("\nopen this page:")
    print(page)
    return int(bool(findings))


def sweep(options: Namespace) -> int:
    """Run an experiment over settings and seeds; say what failed and where the numbers are."""
    from mmcl_book import sweep

    if options.confirm is not None:
        return confirm(options)
    out = options.out or project.root() / "_build" / options.profile
    names = ("profile", "seeds", "settings", "scheduler", "jobs", "force")
    choice = {name: getattr(options, name) for name in names}
    outcome = sweep.run(options.experiment, out=out, **choice)
    for name in list(outcome.failed)[:20]:
        say(f"FAILED: {name}")
    counts = f"{outcome.ran} tasks run, {outcome.reused} done before, {len(outcome.failed)} failed"
    say(f"{options.experiment}: {counts}" + ("; run again to try them" if outcome.failed else ""))
    if outcome.summary is not None:
        say(f'all rows: mmcl_book.sweep.load("{outcome.folder}")\nmeans over seeds:')
        print(outcome.summary)
    return int(bool(outcome.failed))


def confirm(options: Namespace) -> int:
    """Run some tasks of an accepted sweep again; say whether the code still gives its numbers."""
    from mmcl_book.sweep import confirm

    if options.seeds or options.settings or options.scheduler or options.out:
        raise UsageError(
            "--confirm takes the accepted sweep as it is: give it --profile, and --force to run "
            "tasks of the code as it is now, too"
        )
    choice = options.experiment, checked_profile(options.profile), options.confirm
    count = confirm.confirm(project.root(), *choice, say, current=options.force)
    what = "tasks" if options.force else "tasks of older code"
    say(f"{options.experiment}: " + (f"{count} {what} are confirmed" if count else
        "all tasks were made or confirmed with the code as it is now"))  # fmt: skip
    return 0


def world(options: Namespace) -> int:
    """Make pictures and captions, or what is missing of them."""
    from mmcl_book.cli import world

    names = ("out", "n", "seed", "size", "domain", "dependence", "device")
    return world.run(**{name: getattr(options, name) for name in names})


def clip(options: Namespace) -> int:
    """Train or judge a CLIP of our own, or take features of any."""
    from mmcl_book.cli import clip

    return clip.run(options)


def record(options: Namespace) -> int:
    """Accept, show or compare records, or accept a sweep."""
    root = project.root()
    if options.sweep is not None:
        return accept_sweep(root, options)
    profile = checked_profile(options.profile or "default")
    chapters = chosen_chapters(root, options.chapters)
    return {"accept": accept, "show": show, "diff": diff}[options.action](
        root, profile, chapters, options
    )


def accept(root: Path, profile: str, chapters: list[str], options: Namespace) -> int:
    """Copy live records to results/ and renew the README's table."""
    for chapter in chapters:
        notebook = project.notebook(root, chapter)
        state = inventory.states(root, notebook, as_registered=True)
        key = reach.key(root, notebook, profile=profile, seed=0, data=state)
        path = records.accept(root, profile, chapter, current_key=key, dirty=options.dirty)
        say(f"{chapter}: accepted as {path.relative_to(root)}")
    renew_readme(root)
    return 0


def accept_sweep(root: Path, options: Namespace) -> int:
    """Copy the finished tasks of a sweep to results/ and say what changed."""
    from mmcl_book.sweep import accept

    if options.action != "accept" or options.chapters:
        raise UsageError("--sweep goes with accept and without chapters: accept --sweep FOLDER")
    profile = checked_profile(options.profile) if options.profile else None
    done = accept.accept(root, options.sweep, profile=profile, dirty=options.dirty)
    say(f"{done}\n{done.path.relative_to(root)}")
    return 0


def renew_readme(root: Path) -> None:
    """Make the README's table agree with ledger and accepted records."""
    from mmcl_book.ledger import readme

    if readme.update(root):
        say("README.md: the table of results is renewed")


def show(root: Path, profile: str, chapters: list[str], options: Namespace) -> int:
    """Print the values of live and accepted records side by side; renew the README's table."""
    missing = 0
    for chapter in chapters:
        columns = []
        for path in (
            records.accepted_path(root, profile, chapter),
            records.live_path(root, profile, chapter),
        ):
            columns.append(records.load(path)["values"] if path.is_file() else {})
        names = dict.fromkeys([*columns[0], *columns[1]])
        if not names:
            say(
                f"{chapter} has no record at {profile}; run: mmcl run {chapter} --profile {profile}"
            )
            missing = 1
            continue
        print(f"{chapter} ({profile})\n  {'name':<40} {'accepted':>14} {'live':>14}")
        for name in names:
            old, new = (str(column.get(name, {}).get("value", "-"))[:14] for column in columns)
            print(f"  {name:<40} {old:>14} {new:>14}")
    renew_readme(root)
    return missing


def diff(root: Path, profile: str, chapters: list[str], options: Namespace) -> int:
    """Print the values that differ between accepted and live records."""
    for chapter in chapters:
        changes = records.diff(root, profile, chapter)
        print(f"{chapter} ({profile}): {len(changes)} values differ from the accepted record")
        for name, old, new in changes:
            print(f"  {name:<40} {old} -> {new}")
    return 0


def check(options: Namespace) -> int:
    """Judge sources and numbers."""
    from mmcl_book import check

    out = None if options.out is None else files.expanded(options.out).absolute()
    return check.report(project.root(), checked_profile(options.profile), out)


def data(options: Namespace) -> int:
    """List outside files, fetch them, or verify those that are here."""
    from mmcl import data

    try:
        names = [data.source(name).name for name in options.files or data.names()]
    except InputError as error:
        raise UsageError(str(error)) from error
    say(f"files are kept in {data.folder()}")
    if options.action == "fetch":
        for place, name in enumerate(names, 1):
            print(data.path(name))
            say(f"{place} of {len(names)}: {name}")
        return 0
    states = {name: data.state(name) for name in names}
    for name, state in states.items():
        entry = data.source(name)
        print(f"{state:6}  {name}  ({entry.license}; {entry.what})")
    lacking = [name for name, state in states.items() if state != "right"]
    if lacking:
        say(f"{len(lacking)} of {len(names)} are absent or wrong; get them: mmcl data fetch")
    return int(options.action == "verify" and bool(lacking))


def probe(options: Namespace) -> int:
    """Few-shot accuracy on given features, or of a paper's suite; the table on stdout."""
    from mmcl_book.cli import probe, suite

    if options.suite is not None:
        names = (field.name for field in dataclasses.fields(suite.Options))
        choice = {name: getattr(options, name) for name in names}
        if options.data is None or options.features or options.labels:
            raise UsageError("--suite goes with --data FOLDER, and not with --features or --labels")
        table = suite.run(suite.Options(**choice))
    else:
        if options.features is None or options.labels is None:
            raise UsageError("give --features and --labels, or --suite and --data")
        names = ("test_features", "test_labels", "shots", "head", "draws", "seed", "out")
        choice = {name: getattr(options, name) for name in names}
        choice |= {"k": 64 if options.k is None else options.k}
        if options.methods:
            choice["methods"] = options.methods
        table = probe.run(options.features, options.labels, **choice)
    print(table.round(4).to_string(index=False))
    return 0


def diagnose(options: Namespace) -> int:
    """Say what two files of features allow; write the report."""
    from mmcl_book.cli import diagnose

    choice = {name: getattr(options, name) for name in ("out", "k", "seed")}
    diagnose.run(options.a, options.b, **choice)
    return 0


def serve(options: Namespace) -> int:
    """Show the built site until interrupted."""
    from mmcl_book.cli import serve
    from mmcl_book.site import build

    folder = build.folders(project.root(), checked_profile(options.profile)).html
    serve.serve(folder, options.port)
    return 0


def clean(options: Namespace) -> int:
    """Remove `_build`, or one profile's part of it."""
    folder = project.root() / "_build"
    if options.profile is not None:
        folder /= checked_profile(options.profile)
    if folder.is_dir():
        shutil.rmtree(folder)
        print(f"removed {folder}", file=sys.stderr)
    return 0
