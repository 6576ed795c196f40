"""A diagnosis as one HTML page that needs nothing else, and as JSON."""

import math
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.errors import InputError
from mmcl.metrics.dimension import THRESHOLD

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #c9d1d9; --bar: #2f6fab;
  --ica: #0072b2; --rotation: #6b7280; --pca: #b35900; --cca: #00795c; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #14181d; --line: #3a424b; --bar: #6cb0ee;
  --ica: #56b4e9; --rotation: #9ca3af; --pca: #e69f00; --cca: #2cc79e; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, th, li, p { overflow-wrap: anywhere; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; max-width: 36rem; height: auto; } figure { margin: 1rem 0; }
.sizes th { overflow-wrap: normal; } rect { fill: var(--bar); } line { stroke: var(--ink); }
text { fill: var(--ink); font-size: 11px; } polyline { fill: none; stroke-width: 2; }
polygon { opacity: .2; } .warning { border-left: 4px solid #b3541e;
  padding-left: .75rem; }
"""
WORDS = {
    "d": "dimensions", "length": "mean length", "length_spread": "spread of lengths",
    "effective": "effective dimensions (participation ratio)",
    "mean_length": "length of the mean direction", "uniformity": "unevenness of directions, nats",
    "uniform": "the same of a uniform sphere", "k": "components",
    "most": "components that the rows allow", "agreement": "agreement between halves, median",
    "low": "agreement of the worst tenth", "chance": "the same by chance, at most",
    "non_gaussian": "non-Gaussian on new rows", "turned": "the same of turned axes",
    "gap": "modality gap", "matched": "cosine of partners",
    "strangers": "cosine of strangers", "among": "pairs to choose from",
    "found": "partners found first", "found_centered": "partners found first, centered",
    "nats": "nats found", "nats_centered": "nats found, centered", "ceiling": "nats to find",
    "temperature": "best temperature", "temperature_centered": "best temperature, centered",
}  # fmt: skip
LINES = {
    "apart": ("ica", "components, found in different rows", ""),
    "rotation": ("rotation", "random turns", "6 4"),
    "pca": ("pca", "principal axes", "2 3"),
    "cca": ("cca", "canonical directions", "9 3 2 3"),
}  # color, words, dashes
AGREE = {"low_a": ("ica", "first side", ""), "low_b": ("pca", "second side", "2 3")}
WIDTH, HEIGHT, FOOT, LEFT = 420, 230, 30, 30


def writable(base: Path | str) -> Path:
    """BASE, once it is clear that a report can be written there; nothing is left behind.

    Errors: InputError for a folder alone; FileError where nothing can be written.
    """
    base = files.expanded(base)
    if base.name in ("", ".."):
        raise InputError(f"{base} names no report; give FOLDER/NAME, for NAME.html and NAME.json")
    return files.probed(base)


def write(found: Mapping[str, Any], base: Path | str) -> tuple[Path, Path]:
    """BASE.html and BASE.json of what `mmcl.features.diagnose.diagnose` found."""
    base = files.expanded(base)
    page = files.write_text(base.with_name(base.name + ".html"), html(found))
    return page, files.write_json(base.with_name(base.name + ".json"), found)


def html(found: Mapping[str, Any]) -> str:
    """The report as one page that needs nothing else; every text from outside is escaped."""
    names = [each["name"] for each in found["modalities"]]
    warnings = "".join(f'<p class="warning">{escape(text)}</p>' for text in found["warnings"])
    advice = "".join(f"<li>{escape(text)}</li>" for text in found["advice"])
    limits = "".join(f"<li>{escape(text)}</li>" for text in found["limits"])
    parts = [
        f"<h1>{escape(names[0])} and {escape(names[1])}</h1><p>{found['rows']} pairs.</p>",
        warnings,
        f"<h2>What may be said</h2><ul>{advice}</ul>",
        "<h2>How each modality lies</h2>",
        table(found["modalities"], names),
        "<h2>What both share</h2>",
        bars(found["shared"]["correlations"], found["shared"]["noise"]),
    ]
    if found["pairs"]:
        parts += ["<h2>Partners and strangers</h2>", table([found["pairs"]], ["value"])]
    parts += [
        "<h2>Do axes meet, and do they come back?</h2>",
        lines(found["grid"], LINES, "Held-out correlation of matched axes by their number"),
        lines(found["grid"], AGREE, "Agreement of the worst tenth of axes between halves"),
        sizes(found["grid"]),
        f"<h2>At {found['verdict']['k']} components</h2>",
        table(found["components"], names),
        f"<h2>What it may not say</h2><ul>{limits}</ul>",
    ]
    title = escape(f"{names[0]} and {names[1]}")
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}{view}</head><body>{body}</body></html>\n'


def table(columns: list[Mapping[str, Any]], names: list[str]) -> str:
    """Numbers of sections side by side, a row each."""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = [f"<tr><th></th>{head}</tr>"]
    for key, words in WORDS.items():
        if key in columns[0]:
            cells = "".join(f'<td class="number">{shown(each[key])}</td>' for each in columns)
            rows.append(f"<tr><th>{words}</th>{cells}</tr>")
    return f"<table>{''.join(rows)}</table>"


def shown(value: Any) -> str:
    """A value with as many digits as say something."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def bars(correlations: list[float], noise: float) -> str:
    """Held-out canonical correlations as bars, with the levels of a copy and of strangers."""
    shown_bars = correlations[:60]
    width, height = WIDTH, 200
    step = width / max(len(shown_bars), 1)
    rects = "".join(
        f'<rect x="{place * step:.1f}" width="{0.8 * step:.1f}" y="{height * (1 - top):.1f}" '
        f'height="{height * top:.1f}"/>'
        for place, top in enumerate(max(value, 0.0) for value in shown_bars)
    )
    levels = "".join(
        f'<line x1="0" x2="{width}" y1="{height * (1 - y):.1f}" y2="{height * (1 - y):.1f}"/>'
        f'<text x="{width - 4}" y="{height * (1 - y) - 3:.1f}" text-anchor="end">{words}</text>'
        for y, words in ((THRESHOLD, "close"), (noise, "strangers reach this"))
    )
    label = f"Held-out canonical correlations of {len(correlations)} directions, largest first"
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        f"{rects}{levels}</svg><figcaption>{label}.</figcaption></figure>"
    )


def lines(grid: list[Mapping[str, Any]], drawn: Mapping[str, Any], label: str) -> str:
    """Medians over halvings as lines and their ranges as bands, over k on a scale of its logarithm.

    A vertical line stands where halves stop to have 5 k^2 rows.
    """
    logs = [math.log(row["k"]) for row in grid]
    span = max(logs[-1] - logs[0], 1e-9)
    places = [LEFT + (WIDTH - LEFT - 8) * (each - logs[0]) / span for each in logs]
    marks = "".join(
        f'<text x="{x:.1f}" y="{HEIGHT - 12}" text-anchor="middle">{row["k"]}</text>'
        for x, row in zip(places, grid, strict=True)
    )
    for level in (0.0, 0.5, 1.0):
        marks += f'<text x="2" y="{at(level) + 4:.1f}">{level:.1f}</text>'
    told = [x for x, row in zip(places, grid, strict=True) if row["enough"]]
    if 0 < len(told) < len(grid):
        x = (told[-1] + places[len(told)]) / 2
        marks += f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{at(1):.1f}" y2="{at(0):.1f}"/>'
        near, anchor = (x + 4, "start") if x < WIDTH / 2 else (x - 4, "end")
        words = "fewer than 5 k^2 rows &#8594;"
        marks += f'<text x="{near:.1f}" y="{at(1) + 8:.1f}" text-anchor="{anchor}">{words}</text>'
    shapes, legend = "", []
    for name, (color, words, dashes) in drawn.items():
        most, least = ([(x, row[f"{name}_{end}"]) for x, row in zip(places, grid, strict=True)]
                       for end in ("most", "least"))  # fmt: skip
        middle = [(x, row[name]) for x, row in zip(places, grid, strict=True)]
        shapes += f'<polygon points="{path(most + least[::-1])}" style="fill: var(--{color})"/>'
        stroke = f"stroke: var(--{color}); stroke-dasharray: {dashes or 'none'}"
        shapes += f'<polyline points="{path(middle)}" style="{stroke}"/>'
        legend.append(f'<span style="color: var(--{color})">{dashed(dashes)}</span> {words}')
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"{shapes}{marks}</svg><figcaption>{label}: medians and ranges over halvings. "
        f"{', '.join(legend)}.</figcaption></figure>"
    )


def at(value: float) -> float:
    """The height in a figure at which a correlation stands."""
    return (HEIGHT - FOOT) * (1 - min(max(value, 0.0), 1.0)) + 4


def path(points: list[tuple[float, float]]) -> str:
    """Points of places and correlations as SVG has them."""
    return " ".join(f"{x:.1f},{at(value):.1f}" for x, value in points)


def dashed(dashes: str) -> str:
    """A line of the legend, as it is drawn."""
    return {"": "———", "6 4": "– – –", "2 3": "· · ·"}.get(dashes, "— · —")


def sizes(grid: list[Mapping[str, Any]]) -> str:
    """What is said of each number of components, a row each."""
    heads = ("components", "rows enough", "come back", "ahead of turns", "beat principal axes")
    rows = ["".join(f"<th>{head}</th>" for head in heads)]
    for row in grid:
        told = [shown(row["k"]), shown(row["enough"]), shown(row["comes_back"]),
                f"{row['ahead']:.0%}", f"in {row['over_pca']:.0%} of halvings"]  # fmt: skip
        rows.append("".join(f'<td class="number">{cell}</td>' for cell in told))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<table class="sizes">{body}</table>'
