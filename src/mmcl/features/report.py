"""A diagnosis as one HTML page that needs nothing else, and as JSON."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.metrics.dimension import THRESHOLD

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #c9d1d9; --bar: #2f6fab; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #14181d; --line: #3a424b; --bar: #6cb0ee; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, th, li, p { overflow-wrap: anywhere; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; } rect { fill: var(--bar); } line { stroke: var(--ink); }
text { fill: var(--ink); font-size: 11px; } .warning { border-left: 4px solid #b3541e;
  padding-left: .75rem; }
"""
WORDS = {
    "d": "dimensions", "length": "mean length", "length_spread": "spread of lengths",
    "effective": "effective dimensions (participation ratio)",
    "mean_length": "length of the mean direction", "uniformity": "unevenness of directions, nats",
    "uniform": "the same of a uniform sphere", "k": "components",
    "most": "components that the rows allow", "agreement": "agreement between halves, median",
    "low": "agreement of the worst tenth", "chance": "the same by chance, at most",
    "non_gaussian": "non-Gaussian on new rows",
    "converged": "search converged", "gap": "modality gap", "matched": "cosine of partners",
    "strangers": "cosine of strangers", "among": "pairs to choose from",
    "found": "partners found first", "found_centered": "partners found first, centered",
    "nats": "nats found", "nats_centered": "nats found, centered", "ceiling": "nats to find",
    "temperature": "best temperature", "temperature_centered": "best temperature, centered",
}  # fmt: skip


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
        "<h2>Independent components</h2>",
        table(found["components"], names),
        f"<p>{escape(across(found['across']))}</p>",
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
    width, height = 640, 200
    step = width / max(len(shown_bars), 1)
    rects = "".join(
        f'<rect x="{place * step:.1f}" width="{0.8 * step:.1f}" y="{height * (1 - top):.1f}" '
        f'height="{height * top:.1f}"/>'
        for place, top in enumerate(max(value, 0.0) for value in shown_bars)
    )
    levels = "".join(
        f'<line x1="0" x2="{width}" y1="{height * (1 - y):.1f}" y2="{height * (1 - y):.1f}"/>'
        f'<text x="{width - 4}" y="{height * (1 - y) - 3:.1f}" text-anchor="end">{words}</text>'
        for y, words in ((THRESHOLD, "passes for copied"), (noise, "strangers reach this"))
    )
    label = f"Held-out canonical correlations of {len(correlations)} directions, largest first"
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        f"{rects}{levels}</svg><figcaption>{label}.</figcaption></figure>"
    )


def across(found: Mapping[str, Any]) -> str:
    """The comparison of components with turned axes, in a sentence."""
    return (
        f"Held-out correlation of {found['k']} components with their partners: {found['ica']:.3f}; "
        f"of randomly turned axes {found['rotation']:.3f}, of canonical directions "
        f"{found['cca']:.3f}; components minus turned axes {found['difference']:+.3f} "
        f"({found['low']:+.3f} to {found['high']:+.3f}), ahead of {found['ahead']:.0%} of turns."
    )
