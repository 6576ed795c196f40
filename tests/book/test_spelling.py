"""The prose is spelled as American dictionaries and the book's own list have it."""

from pathlib import Path

import pytest
import sample_book
import spelling

PROJECT = sample_book.PROJECT


def test_every_word_is_known() -> None:
    found = spelling.unknown(spelling.texts(PROJECT), spelling.own(PROJECT))
    lines = [f"{word!r} in {name}" for word, name in sorted(found.items())]
    assert not lines, f"mend them, or add them to {spelling.LIST}:\n" + "\n".join(lines)


def test_the_spelling_is_american_and_without_known_errors() -> None:
    assert spelling.misspelled(spelling.SPOKEN, PROJECT) == []


def test_the_list_is_sorted() -> None:
    lines = (PROJECT / spelling.LIST).read_text().splitlines()
    listed = [line for line in lines if not line.startswith("#")]
    assert listed == sorted(set(listed), key=lambda word: (word.lower(), word))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A recieved word, and a *latnet* one.", {"recieved", "latnet"}),
        ("| A | tabel |\n|---|---|\n| of | wrods |", {"tabel", "wrods"}),
        ("Code `xqzt`, math $\\zeta_{qrx}$, {claim}`an.idd`, https://exmaple.org", set()),
        ("Zimmermann's InfoNCE", {"Zimmermann", "InfoNCE"}),
    ],
)
def test_canaries_of_unknown_words(text: str, words: set[str]) -> None:
    assert set(spelling.unknown([("canary", text)], set())) == words


def test_canaries_of_british_words_and_typing_errors(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("The colour of behaviour.\n\nIt occured.\n\nThe color.\n")
    found = spelling.misspelled([page], tmp_path)
    assert [line.split(": ", 1)[1] for line in found] == [
        "colour ==> color", "behaviour ==> behavior", "occured ==> occurred",
    ]  # fmt: skip
