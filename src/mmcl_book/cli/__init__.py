"""The command line: parsing, and how a command ends; each imports what it needs when it runs."""

import argparse
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from mmcl import __version__, errors
from mmcl_book import console
from mmcl_book.cli import options
from mmcl_book.terminal import asked

# Commands with a module of their own, and its name
OWN = {name: name for name in ("clip", "diagnose", "doctor", "probe", "record", "world")}
OWN |= {"student": "edition", "teacher": "edition", "slides": "edition"}


class Parser(argparse.ArgumentParser):
    """A parser whose commands say themselves what they don't take, and what they do."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's; but what is left is wrong usage of this command, not of all of them."""
        found, left = super().parse_known_args(args, namespace)
        if left:
            self.error(f"unrecognized arguments: {' '.join(left)}")
        return found, left


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(prog="mmcl", description="Run, build and check the book.")
    parser.add_argument("--version", action="version", version=f"mmcl {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, summary: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=summary, description=summary)

    for group in options.GROUPS:
        group(add)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0 done, 1 not done, 2 wrong usage.

    What the user can mend is said in a line. A fault of the program keeps its traceback.
    """
    console.prepare()
    given = build_parser().parse_args(arguments)
    try:
        code = run(given)
        sys.stdout.flush()  # a pipe that is closed is told here and not after the end
        return code
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept: run again to go on", file=sys.stderr)
        return 1
    except Exception as error:
        return ended(given.command, error)


def run(given: argparse.Namespace) -> int:
    """Import a command and run it; `doctor` has to work where others can't be imported."""
    if getattr(given, "profile", None) is not None:
        from mmcl_experiments import PROFILES, nearest

        with asked():
            nearest(given.profile, PROFILES, "profile")
    if given.command in OWN:
        return import_module(f"mmcl_book.cli.{OWN[given.command]}").run(given)
    return getattr(import_module("mmcl_book.cli.commands"), given.command)(given)


def ended(command: str, error: Exception) -> int:
    """Say how a command failed; its exit code."""
    if isinstance(error, BrokenPipeError) and console.hang_up():
        return 1
    said = str(error) if isinstance(error, errors.UserError) else None
    if said is None and isinstance(error, OSError):
        said = errors.explained(error)
    if said is None:
        traceback.print_exception(error)
        said = console.REPORT
    print(f"mmcl {command}: {said}", file=sys.stderr)
    return 2 if isinstance(error, errors.UsageError) else 1
