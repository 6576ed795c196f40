"""What a page says beside its numbers: notices, and sentences with whether they hold."""

import sys
from dataclasses import dataclass
from html import escape
from typing import Any


@dataclass(frozen=True)
class Notice:
    """A sentence that stands out on a page.

    sweep: the recorded sweep that it is about, as "paper/tables"; a page says behind the sentence
    whether the code has changed since (`mmcl_book.site.standing`).
    """

    text: str
    sweep: str = ""

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        mark = f' <span data-sweep="{escape(self.sweep)}"></span>' if self.sweep else ""
        return f'<p class="mmcl-recorded">{escape(self.text)}{mark}</p>'

    __repr__ = __str__


@dataclass(frozen=True)
class Check:
    """A sentence and whether it holds, as one line on the page."""

    sentence: str
    verdict: str

    def __str__(self) -> str:
        return f"{self.sentence}: {self.verdict}"

    def _repr_html_(self) -> str:
        css = self.verdict.split(" at ")[0].replace(" ", "-")
        mark = {"holds": "✓", "does not hold": "✗"}.get(self.verdict, "")
        return (
            f'<p class="mmcl-expect mmcl-expect-{css}">'
            + (f'<span aria-hidden="true">{mark}</span> ' if mark else "")
            + f"{escape(self.sentence)}: <strong>{self.verdict}</strong></p>"
        )

    __repr__ = __str__


def show(thing: Any) -> None:
    """Display in a notebook, print elsewhere."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import display

        display(thing)
    else:
        print(thing)
