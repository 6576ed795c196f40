"""Where the book lives: one setting, `repository: url:` in `_config.yml`, which all else follows.

    python -m mmcl_book.site.address

writes it into the README (badges, or the sentence that there is no public address) and into the
citation file; `mmcl check` says when they differ. Pages get their buttons from it as they are
rendered: launch on Binder and Colab, edit, open an issue. Colab opens the chapters of `mmcl
student`, whose first cell installs the release; a workflow keeps them on a branch of their own.
"""

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from mmcl import __version__, files
from mmcl.errors import InputError
from mmcl_book import project
from mmcl_book.terminal import say

GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
BINDER, COLAB = "https://mybinder.org", "https://colab.research.google.com"
EDITION = "colab"  # the branch with the chapters for Colab
BEGIN, END = "<!-- address:begin -->", "<!-- address:end -->"
NONE = "This book has no public address yet: you read it where you build it."
CITED = re.compile(r"^(?:repository-code|url): .*\n", re.MULTILINE)


def of(root: Path) -> tuple[str, str]:
    """Address and branch of the repository; the address is empty as long as there is none.

    Errors: InputError for an address that isn't GitHub's.
    """
    given = (files.read_yaml(root / "_config.yml") or {}).get("repository") or {}
    url, branch = given.get("url") or "", given.get("branch") or "main"
    found = GITHUB.fullmatch(url)
    if url and not found:
        raise InputError(f"repository: url is {url!r}; give https://github.com/OWNER/NAME, or ''")
    return (f"https://github.com/{found[1]}/{found[2]}" if found else ""), branch


def pages(url: str) -> str:
    """Where the site is published. url: of a repository, as `of` gives it."""
    _, _, _, owner, name = url.split("/")
    return f"https://{owner.lower()}.github.io/{name}/"


def options(root: Path) -> dict[str, Any]:
    """The theme's options: buttons where there is an address, none otherwise."""
    url, branch = of(root)
    buttons = ("repository", "edit_page", "issues")
    found: dict[str, Any] = {f"use_{name}_button": bool(url) for name in buttons}
    if url:
        launch = {"binderhub_url": BINDER, "colab_url": COLAB, "notebook_interface": "jupyterlab"}
        found |= {"repository_url": url, "repository_branch": branch}
        found["launch_buttons"] = {**launch, "thebe": False}
    return found


def release(root: Path) -> str:
    """What pip installs as the release: from the address, or by its name where there is none."""
    url, _ = of(root)
    wheel = f"{url}/releases/download/v{__version__}/mmcl-{__version__}-py3-none-any.whl"
    return f"mmcl[book] @ {wheel}" if url else f"mmcl[book]=={__version__}"


def badges(url: str, branch: str) -> str:
    """The README's lines below its title."""
    if not url:
        return NONE
    name = url.removeprefix("https://github.com/")
    status = f"{url}/actions/workflows/publish.yml"
    binder = f"{BINDER}/v2/gh/{name}/{branch}?urlpath=lab/tree/notebooks"
    colab = f"{COLAB}/github/{name}/blob/{EDITION}/notebooks/01_latent_partial_causal_model.ipynb"
    return "\n".join([
        f"[![Published]({status}/badge.svg)]({status})",
        f"[![Binder]({BINDER}/badge_logo.svg)]({binder})",
        f"[![Colab]({COLAB}/assets/colab-badge.svg)]({colab})",
        "",
        f"Read it at <{pages(url)}>.",
    ])  # fmt: skip


def renewed(root: Path) -> dict[Path, str]:
    """Files that say where the book lives, as they should be.

    Errors: InputError when the README doesn't mark where it says so.
    """
    url, branch = of(root)
    readme, citation = root / "README.md", root / "CITATION.cff"
    head, begin, rest = files.read_text(readme).partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise InputError(f"{readme.name} has no {BEGIN} ... {END}; put both below its title")
    cited = CITED.sub("", files.read_text(citation))
    if url:
        lines = f"repository-code: {url}\nurl: {pages(url)}\n"
        cited = re.sub(r"^version: ", f"{lines}version: ", cited, count=1, flags=re.MULTILINE)
    return {readme: f"{head}{BEGIN}\n{badges(url, branch)}\n{END}{tail}", citation: cited}


def differing(root: Path) -> list[str]:
    """The files that say something else than the setting."""
    return [path.name for path, text in renewed(root).items() if files.read_text(path) != text]


def to_edition(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let the button for Colab open the chapter of the edition, which installs what it needs."""
    _, branch = of(Path(app.srcdir))
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []) if isinstance(group, dict) else []:
            if button.get("text") == "Colab":
                button["url"] = button["url"].replace(f"/blob/{branch}/", f"/blob/{EDITION}/", 1)


def setup(app: Sphinx) -> None:
    """Connect to the build, after the theme has made its buttons."""
    app.connect("html-page-context", to_edition, priority=502)


def main() -> int:
    """Write the setting into the files that say it."""
    for path, text in renewed(project.root()).items():
        if files.read_text(path) != text:
            say(f"address: {files.write_text(path, text).name} renewed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
