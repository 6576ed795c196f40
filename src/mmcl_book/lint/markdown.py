"""MyST Markdown as the site's own parser sees it: directives, headings, bullets, plain prose."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

EXTENSIONS = {"amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath",
              "substitution", "tasklist"}  # fmt: skip
PARSER = create_md_parser(MdParserConfig(enable_extensions=EXTENSIONS), RendererHTML)
DIRECTIVE = re.compile(r"\{(?P<name>[^}\s]+)\}\s*(?P<argument>.*)")
OPTIONS = re.compile(r"(?ms:---\n.*?^---$)|(?:[ \t]*:[\w-]+:.*\n?)+")
OPTION = re.compile(r"^[ \t]*:?([\w-]+):[ \t]*(.*?)[ \t]*$", re.MULTILINE)

# directives whose body is no prose, and those whose argument is a title that readers read
OPAQUE = ("math", "code", "code-block", "code-cell", "literalinclude", "bibliography", "claims",
          "toctree", "raw", "mermaid", "image", "glue", "eval-rst", "tableofcontents")  # fmt: skip
TITLED = ("admonition", "dropdown", "prf", "card", "exercise")
LONE = re.compile(r"\s*[-+−]?\d*[.,]?\d+\s*\\?%?\s*")
ADDRESS = re.compile(r"https?://\S+")
WORD = re.compile(r"[^\W\d_][\w'’-]*")


@dataclass(frozen=True)
class Directive:
    """A fenced block with a name in braces."""

    name: str
    argument: str
    options: dict[str, str] = field(default_factory=dict)
    body: str = ""


def made(token: Token) -> Directive | None:
    """The directive that a token is, with its options split off; None for any other token."""
    match = DIRECTIVE.match(token.info) if token.type in ("fence", "colon_fence") else None
    if match is None:
        return None
    head = OPTIONS.match(token.content)
    options = dict(OPTION.findall(head[0])) if head else {}
    body = token.content[head.end() if head else 0 :]
    return Directive(match["name"], match["argument"].strip(), options, body)


def tokens(text: str) -> Iterator[Token]:
    """The blocks of a text; title and body of a directive follow its fence."""
    for token in PARSER.parse(text):
        yield token
        directive = made(token)
        if directive and directive.name not in OPAQUE:
            titled = directive.name.split(":")[0] in TITLED
            yield from PARSER.parse(directive.argument) if titled else ()
            yield from tokens(directive.body)


def inner(text: str, *kinds: str) -> list[Token]:
    """The tokens of some kinds that stand in lines of text, or as blocks of their own."""
    every = (each for token in tokens(text) for each in (token, *(token.children or ())))
    return [each for each in every if each.type in kinds]


def directives(text: str) -> list[Directive]:
    """All directives, those inside others included."""
    return [each for each in map(made, tokens(text)) if each]


def headings(text: str) -> list[tuple[int, str]]:
    """(level, title) of each heading outside directives."""
    pairs = pairwise(PARSER.parse(text))
    return [(int(a.tag[1]), b.content) for a, b in pairs if a.type == "heading_open"]


def bullets(text: str) -> list[str]:
    """Items of lists, each with the lines of its first paragraph."""
    found = list(tokens(text))
    places = [place for place, token in enumerate(found) if token.type == "list_item_open"]
    return [next((t.content for t in found[place:] if t.type == "inline"), "") for place in places]


def roles(text: str, *names: str) -> list[str]:
    """The targets of roles, wherever they stand outside code."""
    return [each for token in inner(text, "inline") for each in roles_of(token, *names)]


def roles_of(inline: Token, *names: str) -> list[str]:
    """The targets of roles in one line of text."""
    found = [each for each in inline.children or () if each.type == "myst_role"]
    return [role.content.strip() for role in found if role.meta["name"] in names]


def plain(inline: Token, kept: str = "") -> str:
    """A text without math, code, roles, addresses and marks, but for lone numbers in them.

    kept: a role that stays as it is written.
    """

    def said(token: Token) -> str:
        if token.type == "myst_role" and token.meta["name"] == kept:
            return f"{{{kept}}}`{token.content.strip()}`"
        if token.type in ("text", "image"):
            return token.content
        if token.type == "html_inline" or not token.content:
            return " " if token.type.endswith("break") else ""
        return token.content.replace("\\%", "%") if LONE.fullmatch(token.content) else " § "

    return " ".join(ADDRESS.sub(" ", "".join(map(said, inline.children or ()))).split())


def lines(text: str) -> Iterator[str]:
    """The prose that is read: a line for each paragraph, heading, item and row of a table."""
    cells, in_row = list[str](), False
    for token in tokens(text):
        in_row = token.type == "tr_open" or (in_row and token.type != "tr_close")
        if token.type == "inline":
            cells.append(plain(token))
        if cells and not in_row:
            yield " | ".join(cells)
            cells = []


def words(text: str) -> int:
    """How many words of prose: no code, math, options, addresses, tags or roles."""
    return sum(len(WORD.findall(line)) for line in lines(text))
