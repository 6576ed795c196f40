"""Sentences are claims too: who checks an *all*, *none*, *every*, *only* or *because*.

A sentence with such a word in a paragraph with measured numbers either ends in {holds}`id`, or
`book/sentences.yml` has a class for it, under its chapter and its first words: the id of the claim
that checks it, or `harmless` where it reports nothing. A claim that checks has a bar.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from mmcl import files
from mmcl.errors import InputError
from mmcl_book.lint import Problems, Source, markdown, prose

SWEEPING = re.compile(r"\b(?:all|none|every|only|because)\b", re.IGNORECASE)
HOLDS = re.compile(r"\{holds\}`([^`]*)`")
WORDS = 9  # of a sentence, by which the file knows it
HARMLESS = "harmless"
FILE = "book/sentences.yml"

Classes = Mapping[str, Mapping[str, str]]


def load(root: Path) -> Classes:
    """The classes: for each chapter, the class of each sentence by its first words.

    Errors: InputError when the file is no table of tables of text.
    """
    path = root / FILE
    try:
        found = (yaml.safe_load(files.read_text(path)) or {}) if path.is_file() else {}
    except yaml.YAMLError as error:
        raise InputError(f"{FILE} is no YAML: {error}") from error
    tables = found.values() if isinstance(found, dict) else [None]
    if all(isinstance(t, dict) and all(isinstance(c, str) for c in t.values()) for t in tables):
        return found
    raise InputError(f"{FILE} needs, for each chapter, 'first words of a sentence': class")


def problems(source: Source) -> Problems:
    """Sentences without a class, classes without a sentence, and checks that check nothing."""
    classes, seen = source.classes, set[str]()
    for cell in source.of_kind("markdown"):
        for sentence in sweeping(cell.source):
            start = beginning(sentence)
            seen.add(start)
            checks = HOLDS.findall(sentence) or [classes.get(start, "")]
            for check in checks:
                if not check:
                    wanted = f"end it with {{holds}}`claim`, or give it a class in {FILE}"
                    yield cell, "sentence", f"nothing checks {start!r}", wanted
                elif check != HARMLESS and not (claim := source.ledger.get(check)):
                    yield cell, "sentence", f"the check {check!r}", "use the id of a claim"
                elif check != HARMLESS and not claim.bar:
                    wanted = "name a claim with a bar, whose expect looks at every row"
                    yield cell, "sentence", f"the claim {check!r} has no bar", wanted
    for start in classes.keys() - seen:
        yield None, "sentence", f"{FILE} has a class for {start!r}", "no such sentence: delete it"


def sweeping(text: str) -> Iterator[str]:
    """Sentences that speak of all, in paragraphs with measured numbers."""
    for token in markdown.inner(text, "inline"):
        if markdown.roles_of(token, "claim", "holds"):
            line = markdown.plain(token, kept="holds")
            yield from (each for each in prose.END.split(line) if SWEEPING.search(each))


def beginning(sentence: str) -> str:
    """The words by which the file knows a sentence."""
    return " ".join(HOLDS.sub("", sentence).split()[:WORDS])
