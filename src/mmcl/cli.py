"""The command line: parsing only; each command imports what it needs when it runs."""

import argparse
import sys
from collections.abc import Sequence

from mmcl import __version__, options


def settings(items: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE items as a mapping. Errors: ArgumentTypeError for another shape, or a repeat."""
    found: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name.isidentifier():
            raise argparse.ArgumentTypeError(f"--set got {item!r}; give NAME=VALUE")
        if name in found:
            raise argparse.ArgumentTypeError(f"--set names {name} twice; give it once")
        found[name] = value
    return found


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(prog="mmcl", description="Run, build and check the book.")
    parser.add_argument("--version", action="version", version=f"mmcl {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, summary: str, *, profile: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary)
        if profile:
            command.add_argument(
                "--profile", default="default", metavar="P", help="smoke, default or paper"
            )
        return command

    for group in options.GROUPS:
        group(add)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0 done, 1 not done, 2 wrong usage."""
    parser = build_parser()
    given = parser.parse_args(arguments)
    if "settings" in given:
        try:
            given.settings = settings(given.settings)
        except argparse.ArgumentTypeError as error:
            parser.error(str(error))
    from mmcl.book import commands, plan

    try:
        return getattr(commands, given.command)(given)
    except plan.UsageError as error:
        print(f"mmcl {given.command}: {error}", file=sys.stderr)
        return 2
    except (ValueError, OSError) as error:
        print(f"mmcl {given.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept: run again to go on", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
