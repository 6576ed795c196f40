"""Whether recorded sweeps are of the code as it is now: judged at rendering and by `mmcl check`."""

from pathlib import Path
from typing import Any

from mmcl_book import keys
from mmcl_experiments import results
from mmcl_experiments.recorded import tasks


def stale(contents: list[tasks.Content], root: Path) -> list[tasks.Content]:
    """The tasks that were run with other code of their experiment than there is now.

    Not those of which `mmcl sweep --confirm` found that the code of now gives the same numbers.
    """
    now = {name: code_now(name, root) for name in {each["experiment"] for each in contents}}
    return [
        content
        for content in contents
        if now[content["experiment"]] not in (content["code"], confirmed(content).get("code"))
    ]


def code_now(experiment: str, root: Path) -> str:
    """One digest of the code that an experiment reaches, as the files are now."""
    return keys.code_of(keys.tree_of(root), experiment)


def confirmed(content: tasks.Content) -> dict[str, Any]:
    """What a task's provenance says of a later code that gave the same numbers, if any."""
    return content["provenance"].get("confirmed", {})


def again(contents: list[tasks.Content], root: Path) -> tuple[int, int] | None:
    """How many tasks of older code were run again with that of now, of how many; None for none."""
    now = code_now(contents[0]["experiment"], root)
    old = {each["code"]: confirmed(each) for each in contents if each["code"] != now}
    marks = [mark for mark in old.values() if mark.get("code") == now]
    return (sum(m["again"] for m in marks), sum(m["of"] for m in marks)) if marks else None


def renewal(experiment: str, profile: str) -> str:
    """What to do about tasks of older code."""
    return (
        f"if only its form changed: mmcl sweep {experiment} --profile {profile} --confirm 3; "
        f"else: {results.command(experiment, profile)}"
    )


def sentence(experiment: str, profile: str, root: Path) -> str:
    """How an accepted sweep stands to the code as it is now.

    Errors: FileNotFoundError where there is none, ValueError for a file that isn't whole.
    """
    contents = results.accepted(experiment, profile, root)
    parts = []
    if count := len(stale(contents, root)):
        some = "" if count == len(contents) else f"{count} of its tasks were "
        parts.append(f"{some or 'It was '}made with older code, to be run again")
    if pair := again(contents, root):
        exactly = all(confirmed(each).get("agree") != "in spread" for each in contents)
        same = "the same numbers" if exactly else "numbers within the spread over seeds"
        parts.append("{} of {} run again with the code as it is now, with ".format(*pair) + same)
    return (", ".join(parts) or "Made with the code as it is now") + "."
