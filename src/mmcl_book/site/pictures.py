"""Pictures of a page: as wide as their smallest text needs, in boxes that scroll, as files.

A picture of the book's figures has no text below `POINTS` and says how many dots an inch it has, so
its width in dots says at which width on the screen that text has `PIXELS`; an SVG says so itself.
"""

import base64
import math
import re
import struct
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from mmcl import files

PIXELS = 9.0  # of the smallest text, on any screen
DPI, POINTS = 144, 6.5  # dots an inch where a picture says nothing
METERS = re.compile(rb"pHYs(.{4}).{4}\x01", re.S)  # dots a meter
IMAGES = re.compile(r"(?:<img\b[^>]*>\s*)+")
IMAGE = re.compile(r'<img\b[^>]*?\bsrc="([^"]+)"[^>]*>')
FIGURE = re.compile(r"<figure\b.*?</figure>", re.S)
START = "data:image/png;base64,"
LARGE = 20_000  # letters that a picture may take in a page; a larger one gets a file
FOLDER = "_static/pictures"
FONT = re.compile(r'\bfont-size="([\d.]+)"')
VIEW = re.compile(r'\bviewBox="[\d.-]+ [\d.-]+ ([\d.]+) [\d.]+"')


def needed(source: str, known: Mapping[str, Path]) -> int:
    """How many pixels wide a picture has to be to be read; 0 if that is unknown.

    source: its address in a page. known: the pictures that aren't inside a page, by name.
    """
    if source.startswith(START):
        head = base64.b64decode(source[len(START) :][:400])
        dots, said = struct.unpack(">I", head[16:20])[0], METERS.search(head)
        dpi = round(struct.unpack(">I", said[1])[0] * 0.0254) if said else DPI
        return math.ceil(dots * PIXELS / (POINTS * dpi / 72))
    path = known.get(source.rpartition("/")[2])
    if path and path.suffix == ".svg":
        text = path.read_text(encoding="utf-8")
        fonts, view = [float(size) for size in FONT.findall(text)], VIEW.search(text)
        return math.ceil(float(view[1]) * PIXELS / min(fonts)) if fonts and view else 0
    return 0


def widen(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put the pictures of each figure into a box, say how wide they have to be, make files."""
    images = getattr(app.builder, "images", {})
    known = {name: Path(app.srcdir) / source for source, name in images.items()}
    folder, name, places = Path(app.outdir) / FOLDER, pagename.replace("/", "-"), count(1)

    def sized(found: re.Match[str]) -> str:
        width, source = needed(found[1], known), found[1]
        own = f"--mmcl-readable: {width}px; " if width else ""
        tag = found[0] if ' style="' in found[0] else found[0].replace("<img", '<img style=""', 1)
        tag = tag.replace(' style="', f' style="{own}', 1)
        if not source.startswith(START) or len(source) < LARGE:
            return tag
        file = f"{name}-{next(places)}.png"
        files.write_bytes(folder / file, base64.b64decode(source[len(START) :]))
        return tag.replace(source, context["pathto"](f"{FOLDER}/{file}", resource=True))

    def boxed(found: re.Match[str]) -> str:
        return f'<div class="mmcl-wide">{IMAGE.sub(sized, found[0])}</div>'

    def figure(found: re.Match[str]) -> str:
        return IMAGES.sub(boxed, found[0])

    for old in folder.glob(f"{name}-[0-9]*.png"):
        old.unlink()
    if body := context.get("body"):
        context["body"] = FIGURE.sub(figure, body)


def setup(app: Sphinx) -> None:
    """Connect to the build."""
    app.connect("html-page-context", widen)
