"""Words of the glossary, where a page first uses them: a link, and what it means on hover.

The glossary is `book/glossary.md`. A page's own text stays as it is: what is linked are terms that
can't be meant otherwise, those of several words or with capitals or digits inside, such as MCC.
"""

import re
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from mmcl_book.site.remembered import remember, watch

PAGE = "book/glossary"
FENCE = re.compile(r"^```\{glossary\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
SENTENCE = re.compile(r"^.*?[.;](?=\s|$)")


class glossary_term(nodes.inline):
    """A word of the glossary in a line of text, with its meaning."""


def visit_html(translator: Any, node: glossary_term) -> None:
    """Write the word; the script shows its meaning on hover and focus."""
    translator.body.append(f'<span class="mmcl-term" data-tip="{escape(node["tip"])}">')


def depart_html(translator: Any, node: glossary_term) -> None:
    """End the word."""
    translator.body.append("</span>")


def definitions(root: Path) -> dict[str, str]:
    """The first sentence of what each term of the glossary means; empty without a glossary."""
    path = root / f"{PAGE}.md"
    return parsed(path.read_text(encoding="utf-8")) if path.is_file() else {}


@lru_cache(maxsize=4)
def parsed(text: str) -> dict[str, str]:
    """The same of a page's text."""
    found: dict[str, str] = {}
    term = ""
    for line in "".join(FENCE.findall(text)).splitlines():
        if line.startswith(" "):
            found[term] = f"{found.get(term, '')} {line.strip()}".strip()
        elif line.strip():
            term = line.strip()
    shortest = {term: SENTENCE.match(text) for term, text in found.items()}
    return {term: match[0].rstrip(".;") + "." for term, match in shortest.items() if match}


def linked(term: str) -> bool:
    """Whether a term can't be meant otherwise."""
    return " " in term or any(sign.isupper() or sign.isdigit() for sign in term[1:])


def spoken(term: str) -> str:
    """A term however it is written."""
    return term.lower().replace("-", " ")


def pattern(terms: list[str]) -> re.Pattern[str]:
    """What finds any of the terms, the longest first; a space may be a hyphen."""
    some = sorted(terms, key=len, reverse=True)
    ways = [re.sub(r"\\[ -]", "[ -]", re.escape(each)) for each in some]
    flags = [way if each.isupper() else f"(?i:{way})" for way, each in zip(ways, some, strict=True)]
    return re.compile(rf"(?<![\w-])({'|'.join(flags)})(?![\w-])")


def link(app: Sphinx, doctree: nodes.document) -> None:
    """Link the first use of each term in a page's paragraphs."""
    env = app.env
    assert env is not None
    known = definitions(Path(app.srcdir))
    names = {spoken(term): term for term in known if linked(term)}
    if not names or env.docname == PAGE:
        return
    wanted = pattern(list(names.values()))
    for paragraph in list(doctree.findall(nodes.paragraph)):
        for text in [child for child in paragraph.children if isinstance(child, nodes.Text)]:
            parts: list[nodes.Node] = []
            start = 0
            for match in wanted.finditer(text):
                term = names.pop(spoken(match[0]), None)
                if term is None:
                    continue
                remember(env, "terms", term, known[term])
                parts += [nodes.Text(text[start : match.start()]), reference(env, term, match[0])]
                parts[-1][0]["tip"] = known[term]  # type: ignore[index]
                start = match.end()
            if parts:
                paragraph.replace(text, [*parts, nodes.Text(text[start:])])


def reference(env: Any, term: str, said: str) -> addnodes.pending_xref:
    """A reference to a term, as the page says it."""
    about = {"refdomain": "std", "reftype": "term", "reftarget": term, "refexplicit": True}
    inner = glossary_term("", said)
    return addnodes.pending_xref("", inner, refdoc=env.docname, refwarn=True, **about)


def shown(app: Sphinx, term: str) -> str:
    """What a term means now; KeyError for one that is gone."""
    return definitions(Path(app.srcdir))[term]


def setup(app: Sphinx) -> None:
    """Register node and events."""
    app.add_node(glossary_term, html=(visit_html, depart_html))
    app.connect("doctree-read", link)
    watch(app, "terms", shown)
