"""Just enough MyST Markdown: directives with options, headings, bullets, and the plain prose."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

FENCE = re.compile(r"^\s*(?P<mark>`{3,}|:{3,}|~{3,})\s*(?P<info>.*)$")
DIRECTIVE = re.compile(r"^\{(?P<name>[^}\s]+)\}\s*(?P<argument>.*)$")
OPTION = re.compile(r"^\s*:(?P<name>[A-Za-z-]+):\s*(?P<value>.*)$")
HEADING = re.compile(r"^(?P<level>#{1,6})\s+(?P<title>.+?)\s*#*$")
BULLET = re.compile(r"^\s{0,3}(?:[-*+]|\d+[.)])\s+")

# directives whose body is no prose
OPAQUE = ("math", "code", "code-block", "code-cell", "literalinclude", "bibliography", "claims",
          "toctree", "raw", "mermaid", "image", "glue", "eval-rst", "tableofcontents")  # fmt: skip
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
DISPLAY = re.compile(r"\$\$.*?\$\$|\\begin\{(\w+\*?)\}.*?\\end\{\1\}|\\\[.*?\\\]", re.DOTALL)
INLINE = re.compile(r"(?<![\\$])\$(?!\s)((?:\\.|[^$\\])+?)\$(?!\d)")
ROLE = re.compile(r"\{(?P<name>[A-Za-z:_-]+)\}(?P<ticks>`+)(?P<text>.*?)(?P=ticks)", re.DOTALL)
CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)]*)\)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
ADDRESS = re.compile(r"<https?://[^>]*>|https?://\S+")
TAG = re.compile(r"</?[A-Za-z][^>]*>")
WORD = re.compile(r"[^\W\d_][\w'’-]*")


@dataclass
class Directive:
    """A fenced block. `name` is empty for a plain code block."""

    name: str
    argument: str
    options: dict[str, str] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)
    inner: list["Directive"] = field(default_factory=list)

    @property
    def opaque(self) -> bool:
        """Whether the body is code, math or generated."""
        return not self.name or self.name in OPAQUE

    def walk(self) -> Iterator["Directive"]:
        """This directive and all inside it."""
        yield self
        for child in self.inner:
            yield from child.walk()


def split(text: str) -> tuple[list[str], list[Directive]]:
    """Lines of prose (those inside directives included) and the directives at this level."""
    prose: list[str] = []
    directives: list[Directive] = []
    lines = iter(COMMENT.sub("", text).splitlines())
    for line in lines:
        opening = FENCE.match(line)
        if opening is None:
            prose.append(line)
            continue
        directive = made(opening["info"].strip(), fenced(lines, opening["mark"]))
        directives.append(directive)
        if not directive.opaque:
            below, directive.inner = split("\n".join(directive.body))
            prose += ["", directive.argument if titled(directive) else "", "", *below, ""]
    return prose, directives


def fenced(lines: Iterator[str], mark: str) -> list[str]:
    """The lines up to the fence that closes the one just read, which are taken from `lines`."""
    closing = re.compile(rf"\s*{re.escape(mark[0])}{{{len(mark)},}}\s*")
    return list(takewhile(lambda line: not closing.fullmatch(line), lines))


def titled(directive: Directive) -> bool:
    """Whether a directive's argument is a title that readers read."""
    return directive.name.split(":")[0] in ("admonition", "dropdown", "prf", "card", "exercise")


def made(info: str, lines: list[str]) -> Directive:
    """A directive from the text after its fence and its lines; options are split off."""
    match = DIRECTIVE.match(info)
    if match is None:
        return Directive("", info, {}, lines)
    options: dict[str, str] = {}
    rest = list(lines)
    while rest and (option := OPTION.match(rest[0])):
        options[option["name"]] = option["value"].strip()
        rest.pop(0)
    if not options and rest and rest[0].strip() == "---":
        end = next((i for i, line in enumerate(rest[1:], 1) if line.strip() == "---"), 0)
        for line in rest[1:end]:
            name, _, value = line.partition(":")
            options[name.strip()] = value.strip()
        rest = rest[end + 1 :]
    return Directive(match["name"], match["argument"].strip(), options, rest)


def directives(text: str) -> list[Directive]:
    """All directives, those inside others included."""
    return [each for top in split(text)[1] for each in top.walk()]


def headings(text: str) -> list[tuple[int, str]]:
    """(level, title) of each heading outside directives."""
    found = []
    lines = iter(text.splitlines())
    for line in lines:
        if opening := FENCE.match(line):
            fenced(lines, opening["mark"])
        elif heading := HEADING.match(line):
            found.append((len(heading["level"]), heading["title"]))
    return found


def bullets(text: str) -> list[str]:
    """List items outside code, each with its continuation lines."""
    found: list[str] = []
    inside = False
    for line in split(text)[0]:
        if match := BULLET.match(line):
            found.append(line[match.end() :].strip())
            inside = True
        elif inside and line.strip() and line[:1].isspace():
            found[-1] += " " + line.strip()
        else:
            inside = False
    return found


def roles(text: str, name: str) -> list[str]:
    """The targets of a role, wherever it stands outside code."""
    prose = "\n".join(split(text)[0])
    return [match["text"].strip() for match in ROLE.finditer(prose) if match["name"] == name]


def words(text: str) -> int:
    """How many words of prose: no code, math, options, addresses, tags or roles."""
    prose = DISPLAY.sub(" ", "\n".join(split(text)[0]))
    for pattern in (ROLE, CODE, INLINE, ADDRESS):
        prose = pattern.sub(" ", prose)
    prose = LINK.sub(r"\1", IMAGE.sub(" ", prose))
    return len(WORD.findall(TAG.sub(" ", prose)))
