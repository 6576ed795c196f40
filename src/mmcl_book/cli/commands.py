"""What each command of `mmcl` does: (options) -> exit code."""

import shutil
import time
from argparse import Namespace
from typing import Any

from mmcl import files
from mmcl.errors import UsageError
from mmcl_book import project
from mmcl_book.run import execute
from mmcl_book.terminal import asked, say


def chosen(options: Namespace, *names: str) -> dict[str, Any]:
    """Some of the options, as the arguments of a function."""
    return {name: getattr(options, name) for name in names}


def run(options: Namespace) -> int:
    """Execute chapters."""
    choice = chosen(options, "profile", "seed", "settings", "jobs", "out", "force", "live")
    results = execute.run(project.root(), options.chapters, **choice)
    return int(any(result.status == "failed" for result in results))


def book(options: Namespace) -> int:
    """Execute, check the sources, build, and say what took how long and what to open."""
    from mmcl_book import lint

    started = time.perf_counter()
    root = project.root()
    results = execute.run(root, **chosen(options, "profile", "jobs", "force"))
    executed = time.perf_counter() - started
    if any(result.status == "failed" for result in results):
        say("the site was not built, because a chapter failed")
        return 1
    findings = lint.project_findings(root)
    for finding in findings:
        say(str(finding))
    from mmcl_book.site import build

    page = build.build(root, options.profile, clean=options.clean)
    say("")
    for result in results:
        say(f"  {result.chapter:<28} {result.status:<7} {result.seconds:7.1f} s")
    say(f"  {'execution, this time':<36} {executed:7.1f} s")
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
    choice = chosen(options, "profile", "seeds", "settings", "scheduler", "jobs", "force")
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
    choice = options.experiment, options.profile, options.confirm
    count = confirm.confirm(project.root(), *choice, current=options.force)
    what = "tasks" if options.force else "tasks of older code"
    say(f"{options.experiment}: " + (f"{count} {what} are confirmed" if count is not None else
        "all tasks were made or confirmed with the code as it is now"))  # fmt: skip
    return 0


def check(options: Namespace) -> int:
    """Judge sources and numbers."""
    from mmcl_book import check

    out = None if options.out is None else files.expanded(options.out).absolute()
    return check.report(project.root(), options.profile, out)


def data(options: Namespace) -> int:
    """List outside files, fetch them, or verify those that are here."""
    from mmcl import data
    from mmcl_experiments.real_pairs import sources

    sources.register()
    with asked():
        names = [data.source(name).name for name in options.files or data.names()]
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


def serve(options: Namespace) -> int:
    """Show the built site until interrupted."""
    from mmcl_book.cli import serve
    from mmcl_book.site import build

    serve.serve(build.folders(project.root(), options.profile).html, options.port)
    return 0


def clean(options: Namespace) -> int:
    """Remove `_build`, or one profile's part of it."""
    folder = project.root() / "_build"
    if options.profile is not None:
        folder /= options.profile
    if folder.is_dir():
        shutil.rmtree(folder)
        say(f"removed {folder}")
    return 0
