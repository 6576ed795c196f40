"""The front page's picture: points under a slider, as SVG; `book/_static/minute.js` moves them."""

import html
import json

import numpy as np
import pandas as pd
from matplotlib import colors as mpl_colors

from mmcl_experiments.figures import Shown, figure_markup
from mmcl_experiments.figures.palette import BLUE, GREEN, ORANGE, PURPLE
from mmcl_experiments.one_minute.readings import CLOUDS, SCORES, Step, steps

SIDE = 200  # of a panel's viewBox
REACH = 0.88  # how far from the middle of a panel to its edge most points may lie
START = 4  # the step that is shown first
TITLES = {
    "z_x": "Behind a photograph",
    "z_t": "Behind its caption",
    "x": "What a network sees",
    "code": "What it learns",
    "ICA": "After ICA",
}
NAMES = {"ICA": "components"}  # of clouds, where a page calls them otherwise
WORLDS = {"circle": "a circle", "box": "a box"}
ALT = (
    "Five clouds of colored points for each strength of the coupling: latents of a photograph, of "
    "its caption, what a network sees, its code, and the code after ICA."
)
CAPTION = (
    "Every dot is a pair, in the color of its photograph's latents; one pair is ringed. "
    "The tighter partners are coupled, the more of the latents is in the code. On the circle they "
    "come back turned, and no method tells by how much: two axes that are turned by any angle "
    "match with 0.71 to 1, and so does ICA. In the box ICA finds the axes."
)


def minute(table: pd.DataFrame) -> Shown:
    """The picture with its controls, a table in its place for those who don't see it, its data."""
    found = steps(table)
    data = {
        world: {
            "colors": colors(each[0].clouds["z_x"], world),
            "steps": [content(step) for step in each],
        }
        for world, each in found.items()
    }
    world = next(iter(found))
    start = min(START, len(found[world]) - 1)
    parts = [
        controls(found[world], start),
        f'<div class="mmcl-clouds">{panels(data[world], start)}</div>',
        f'<dl class="mmcl-scores">{meters(found[world][start])}</dl>',
        f'<p class="mmcl-said" aria-live="polite">{html.escape(found[world][start].sentence)}</p>',
        f'<script type="application/json">{json.dumps(data, separators=(",", ":"))}</script>',
    ]
    shown = f'<div class="mmcl-minute" data-start="{start}">{"".join(parts)}</div>'
    scores = table.loc[table.point.isna(), ["world", "step", "metric", "value", "seed"]]
    markup = figure_markup(shown, CAPTION, scores) + in_words(found)
    return Shown(markup, ALT)


def content(step: Step) -> dict[str, object]:
    """A step as the script reads it."""
    return {
        "name": step.name,
        "said": step.sentence,
        "clouds": [places(step.clouds[name]).ravel().tolist() for name in CLOUDS],
        "scores": [[round(score, 3) for score in step.scores[name]] for name in SCORES],
    }


def places(points: np.ndarray) -> np.ndarray:
    """Points (n, 2) as whole numbers of a panel, y upwards, about their middle."""
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    reach = np.quantile(abs(points - middle), 0.98)
    scaled = (points - middle) / max(reach, 1e-9) * REACH * SIDE / 2 * [1, -1]
    return np.clip(scaled + SIDE / 2, 3, SIDE - 3).round().astype(int)


def colors(latents: np.ndarray, world: str) -> list[str]:
    """A color for each latent (n, 2): a box's corners blended, or a circle's quarters."""
    corners = np.array([mpl_colors.to_rgb(each) for each in (BLUE, ORANGE, PURPLE, GREEN)])
    if world == "circle":
        turn = (np.arctan2(latents[:, 1], latents[:, 0]) / (2 * np.pi) % 1) * 4
        low, share = turn.astype(int) % 4, (turn % 1)[:, None]
        mixed = corners[low] * (1 - share) + corners[(low + 1) % 4] * share
    else:
        a, b = np.clip(latents.T, 0, 1)[:, :, None]
        bottom, top = corners[0] * (1 - a) + corners[1] * a, corners[3] * (1 - a) + corners[2] * a
        mixed = bottom * (1 - b) + top * b
    return [mpl_colors.to_hex(color) for color in mixed]


def controls(stops: list[Step], start: int) -> str:
    """Which world, and how tightly partners are coupled in it."""
    worlds = "".join(
        f'<label><input type="radio" name="mmcl-world" value="{name}"'
        f"{' checked' if not place else ''}> {words}</label>"
        for place, (name, words) in enumerate(WORLDS.items())
    )
    name = html.escape(stops[start].name)
    return (
        f'<fieldset class="mmcl-worlds"><legend>Latents on</legend>{worlds}</fieldset>'
        f'<label class="mmcl-coupling"><span>Drag the coupling: <output>{name}</output></span> '
        f'<input type="range" min="0" max="{len(stops) - 1}" value="{start}" '
        f'aria-valuetext="{name}"></label>'
    )


def panels(data: dict[str, list], start: int) -> str:
    """The clouds of one step, as SVG that shows without a script."""
    found = []
    for name, flat in zip(CLOUDS, data["steps"][start]["clouds"], strict=True):
        pairs = zip(flat[::2], flat[1::2], data["colors"], strict=True)
        dots = [f'<circle cx="{x}" cy="{y}" r="4" fill="{color}"/>' for x, y, color in pairs]
        ring = dots[0].replace('r="4"', 'r="8" stroke="#000" stroke-width="2.5"')
        drawn = f'<rect width="{SIDE}" height="{SIDE}"/>{"".join(dots[1:])}{ring}'
        title = f"{TITLES[name]} <i>{NAMES.get(name, name)}</i>"
        svg = f'<svg viewBox="0 0 {SIDE} {SIDE}" aria-hidden="true">{drawn}</svg>'
        found.append(f"<div><p>{title}</p>{svg}</div>")
    return "".join(found)


def meters(step: Step) -> str:
    """The scores: a bar to the mean, a mark for each network, and the number."""
    rows = []
    for name, label in SCORES.items():
        mean = float(np.mean(step.scores[name]))
        marks = "".join(f'<i style="left:{score:.1%}"></i>' for score in step.scores[name])
        bar = f'<span class="mmcl-bar"><b style="width:{mean:.1%}"></b>{marks}</span>'
        rows.append(f"<div><dt>{label}</dt><dd>{bar}<output>{mean:.2f}</output></dd></div>")
    return "".join(rows)


def in_words(found: dict[str, list[Step]]) -> str:
    """All steps as a list of sentences, folded."""
    lists = "".join(
        f"<p>Latents on {WORLDS[world]}:</p><ul>"
        + "".join(f"<li>{html.escape(step.sentence)}</li>" for step in each)
        + "</ul>"
        for world, each in found.items()
    )
    return f'<details class="mmcl-words"><summary>The picture in words</summary>{lists}</details>'
