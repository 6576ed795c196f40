"""The book as one page for paper: the built pages in the order of the contents, with links inside.

Nothing is rendered again: what is printed is what the site shows. A link to another page becomes
one within the page, an id that two pages have gets its page's name before it, and what leads to a
file of the site alone loses its link.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from mmcl import files
from mmcl.errors import InputError
from mmcl_book import project
from mmcl_book.site.build import folders

ID = re.compile(r'\sid="([^"]+)"')
WITHIN = re.compile(r"url\(#([^)\s]+)\)")  # a reference inside a drawing
REFERENCES = ("for", "headers", "aria-labelledby", "aria-describedby", "aria-controls")
UNWANTED = "a.headerlink, .mmcl-data, a[download], script[src], input, button, noscript"
STYLE, SCRIPT = (Path(__file__).with_name(f"paper.{kind}") for kind in ("css", "js"))
HEAD = """<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light"><head><meta charset="utf-8">
<title>{title}</title>{links}<style>{style}</style>{scripts}<script>{script}</script></head>
<body><main class="bd-main"><div class="bd-content">"""
COVER = '<section class="paper-cover"><p class="paper-title">{title}</p>{stamp}</section>'
CONTENTS = '<nav class="paper-contents" id="paper-contents"><h1>Contents</h1>{items}</nav>'
LINE = '<li><a href="#{place}">{name}</a><span class="paper-page" data-of="{place}">0000</span>'


class Entry(NamedTuple):
    """A line of the contents: a page of the site with its name there, or the caption of a part."""

    page: str  # such as book/notation; empty for a caption
    name: str


def place_of(page: str) -> str:
    """The id of a page within the whole."""
    return f"page-{page.replace('/', '-')}"


def contents(html: Path, first: BeautifulSoup, start: str) -> list[Entry]:
    """Parts and pages as the sidebar of the first page has them. start: that page's name."""
    found = []
    for each in first.select(".bd-links p.caption, .bd-links a[href]"):
        name = " ".join(each.get_text().split())
        if each.name == "p":
            found.append(Entry("", name))
            continue
        target = urlsplit(str(each["href"])).path
        page = inside(start, target).removesuffix(".html") if target else start
        if (html / f"{page}.html").is_file():
            found.append(Entry(page, name))
    return found


def inside(page: str, target: str) -> str:
    """A relative address on a page as a path in the site."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(target)))


class Whole:
    """What is known of all pages: their order, and which ids stand on several of them."""

    def __init__(self, html: Path, pages: list[str]) -> None:
        self.html, self.pages = html, frozenset(pages)
        known = [set(ID.findall(files.read_text(html / f"{page}.html"))) for page in pages]
        counts = Counter(name for names in known for name in names)
        self.shared = frozenset(name for name, count in counts.items() if count > 1)

    def id(self, page: str, name: str) -> str:
        """An id of a page as it is in the whole."""
        return f"{place_of(page)}--{name}" if name in self.shared else name

    def link(self, page: str, address: str) -> str | None:
        """An address on a page as it is in the whole; None where paper has nothing to go to."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return address
        target = inside(page, parts.path).removesuffix(".html") if parts.path else page
        if target not in self.pages:
            return None
        return f"#{self.id(target, unquote(parts.fragment)) or place_of(target)}"


def article(whole: Whole, page: str, up: str, number: str) -> Tag:
    """A page's text, ready to stand beside the others. up: from the whole to the site's folder."""
    soup = BeautifulSoup(files.read_text(whole.html / f"{page}.html"), "html.parser")
    found = soup.select_one("article.bd-article")
    if found is None:
        raise InputError(f"{page}.html has no text; build the site again with this program")
    for tag in found.select(UNWANTED):
        tag.decompose()
    for tag in [*found.find_all(True)]:
        adapt(tag, whole, page, up)
    for place, caption in enumerate(found.select("figure.mmcl-figure > figcaption"), 1):
        label = soup.new_tag("span", attrs={"class": "caption-number"})
        label.string = f"Figure {number}{'.' if number else ''}{place}. "
        caption.insert(0, label)
    title = found.find("h1")
    if number and isinstance(title, Tag):
        title.insert(0, f"{number} ")
    for text in [
        text for head in found.select("h1, h2, h3") for text in head.find_all(string=True)
    ]:
        text.replace_with(text.replace("\n", " "))  # bookmarks would lose the space
    found["id"] = place_of(page)
    return found


def adapt(tag: Tag, whole: Whole, page: str, up: str) -> None:
    """Make ids, references and addresses of one element those of the whole."""
    if name := tag.get("id"):
        tag["id"] = whole.id(page, str(name))
    for key in REFERENCES:
        if key in tag.attrs:
            names = str(tag[key]).split() if isinstance(tag[key], str) else list(tag[key])
            tag[key] = " ".join(whole.id(page, name) for name in names)
    for key, value in tag.attrs.items():
        if isinstance(value, str) and "url(#" in value:
            tag[key] = WITHIN.sub(lambda found: f"url(#{whole.id(page, found[1])})", value)
    for key in ("src", "xlink:href", "href"):
        value = str(tag.get(key, ""))
        if not value or (key == "src" and urlsplit(value).scheme):
            continue
        if tag.name == "a" or value.startswith("#"):
            address = whole.link(page, value)
            if address is None:
                del tag[key]
            else:
                tag[key] = address
        elif not urlsplit(value).scheme:
            tag[key] = f"{up}/{inside(page, value)}"
    if tag.name == "details":
        tag["open"] = ""


def assets(soup: BeautifulSoup, page: str, up: str) -> Iterator[tuple[str, str]]:
    """Style sheets of a page, and what it needs of MathJax: ("links" or "scripts", HTML)."""
    for tag in soup.select("link[rel=stylesheet]"):
        yield "links", f'<link rel="stylesheet" href="{up}/{inside(page, str(tag["href"]))}">'
    for tag in soup.select("head script"):
        if "mathjax" in (source := str(tag.get("src", ""))):
            yield "scripts", f'<script defer src="{up}/{inside(page, source)}"></script>'
        elif not source and "window.MathJax" in tag.get_text():
            yield "scripts", str(tag)


def lines(entries: list[Entry]) -> str:
    """The contents: a list under the caption of each part."""
    parts, open_list = [], False
    for entry in entries:
        if not entry.page:
            parts.append("</ul>" * open_list + f'<p class="paper-part">{entry.name}</p>')
            open_list = False
            continue
        parts.append("<ul>" * (not open_list))
        parts.append(LINE.format(place=place_of(entry.page), name=entry.name))
        open_list = True
    return "".join(parts) + "</ul>" * open_list


def assemble(root: Path, profile: str) -> Path:
    """Write the whole as one HTML file beside the site; return it.

    Errors: InputError when there is no built site.
    """
    site, html, *_ = folders(root, profile)
    if not (html / "index.html").is_file():
        raise InputError(f"there is no built site in {html}; run make book first")
    start = project.docnames(root)[0]
    first = BeautifulSoup(files.read_text(html / f"{start}.html"), "html.parser")
    entries = contents(html, first, start)
    pages = list(dict.fromkeys(entry.page for entry in entries if entry.page))
    whole, up = Whole(html, pages), html.name
    head: dict[str, dict[str, None]] = {"links": {}, "scripts": {}}
    for page in pages:
        text = files.read_text(html / f"{page}.html").partition("<body")[0]
        for kind, tag in assets(BeautifulSoup(text, "html.parser"), page, up):
            head[kind][tag] = None
    title = (first.title.get_text() if first.title else "").split("—")[-1].strip()
    own = {"style": files.read_text(STYLE), "script": files.read_text(SCRIPT)}
    found = {kind: "".join(tags) for kind, tags in head.items()}
    stamp = first.select_one(".mmcl-stamp")
    for tag in stamp.find_all(True) if stamp else ():
        adapt(tag, whole, start, up)
    cover = COVER.format(title=title, stamp=stamp or "")
    listed = CONTENTS.format(items=lines(entries))
    parts = [HEAD.format(title=title, **own, **found), cover, listed]
    for page in pages:
        number = re.match(r"\d+(?=_)", posixpath.basename(page))
        parts.append(str(article(whole, page, up, number[0] if number else "")))
    return files.write_text(site / "paper.html", "\n".join([*parts, "</div></main></body></html>"]))
