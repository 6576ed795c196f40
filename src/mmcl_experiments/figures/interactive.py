"""Figures that readers move: points to turn, and a series of pictures under a slider.

No library and no network: a few lines of script travel with the page.
"""

import html
import json

import numpy as np
from matplotlib import colors as mpl_colors
from matplotlib.figure import Figure

from mmcl_experiments.figures import Shown, check_texts, figure_markup, picture
from mmcl_experiments.recorded import sheets


def turntable(
    clouds: dict[str, np.ndarray], colors: np.ndarray, *, alt: str, caption: str
) -> Shown:
    """Clouds of points side by side that the reader turns together, by mouse, touch or arrow keys.

    clouds: name to (n, 3) array; colors: (n, 3) RGB in [0, 1], one a point, the same in every
    cloud. No library and no network: a canvas and a short script travel with the page.
    """
    check_texts(alt, caption)
    for name, points in clouds.items():
        if points.shape != (len(colors), 3):
            raise ValueError(f"cloud {name!r} has shape {points.shape}; give ({len(colors)}, 3)")
    data = {
        "clouds": [_scaled(np.asarray(points)).round(3).tolist() for points in clouds.values()],
        "colors": [mpl_colors.to_hex(color) for color in colors],
    }
    boxes = "".join(
        f'<div><canvas width="440" height="440" tabindex="0" role="img" '
        f'aria-label="{html.escape(name)}. {html.escape(alt)}"></canvas>'
        f"<p>{html.escape(name)}</p></div>"
        for name in clouds
    )
    stage = f'<div class="mmcl-turntable">{boxes}</div>'
    script = (
        f"<script>({_TURNTABLE})(document.currentScript.parentElement, {json.dumps(data)})</script>"
    )
    hint = " Drag a globe, or use the arrow keys, to turn them."
    return Shown(figure_markup(stage + script + _TURNTABLE_STYLE, caption + hint), alt)


def slider(frames: dict[str, Figure], name: str, *, alt: str, caption: str) -> Shown:
    """Pictures of one size under a slider: its label is `name`, its stops are the keys.

    Every frame's alt text ends in its stop. Without a script the first picture shows.
    Errors: ValueError without words or with fewer than two frames.
    """
    check_texts(alt, caption)
    if len(frames) < 2:
        raise ValueError(f"a slider of {len(frames)} frames moves nothing; give two or more")
    stops = list(frames)
    data = {f"{name} {stop}": sheets.TABLES.get(figure) for stop, figure in frames.items()}
    pictures = "".join(
        f'<img alt="{html.escape(f"{alt} {name}: {stop}.")}" src="{picture(figure, tight=False)}"'
        f"{' hidden' if place else ''}>"
        for place, (stop, figure) in enumerate(frames.items())
    )
    control = (
        f"<label>{html.escape(name)}: <output>{html.escape(stops[0])}</output> "
        f'<input type="range" min="0" max="{len(stops) - 1}" value="0" '
        f'aria-valuetext="{html.escape(stops[0])}"></label>'
    )
    script = (
        f"<script>({_SLIDER})(document.currentScript.parentElement, {json.dumps(stops)})</script>"
    )
    markup = f'<div class="mmcl-slider">{pictures}{control}{script}</div>{_SLIDER_STYLE}'
    return Shown(figure_markup(markup, caption, data), alt)


def _scaled(points: np.ndarray) -> np.ndarray:
    """Points scaled so that all but the farthest few lie within a distance of one."""
    return points / np.quantile(np.linalg.norm(points, axis=1), 0.97)


_TURNTABLE_STYLE = """<style>
.mmcl-turntable { display: grid; grid-template-columns: repeat(auto-fit, minmax(90px, 1fr)); }
.mmcl-turntable { gap: 0.5rem; background: white; color: black; text-align: center; }
.mmcl-turntable canvas { width: 100%; cursor: grab; touch-action: pan-y; }
.mmcl-turntable p { margin: 0; font-size: 0.85rem; color: black; }
</style>"""

_TURNTABLE = """function (root, data) {
  const canvases = root.querySelectorAll("canvas");
  let turn = 0.6, tilt = 0.4;
  function draw() {
    const [a, b, c, d] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
    canvases.forEach((canvas, k) => {
      const pen = canvas.getContext("2d"), half = canvas.width / 2, size = half * 0.85;
      const seen = data.clouds[k].map(([x, y, z], i) => {
        const u = a * x - b * y, v = b * x + a * y;
        return [u, c * z - d * v, d * z + c * v, data.colors[i]];
      });
      seen.sort((p, q) => q[2] - p[2]);
      pen.fillStyle = "white";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      for (const [x, y, depth, color] of seen) {
        pen.globalAlpha = depth > 0.15 ? 0.18 : 1;
        pen.fillStyle = color;
        pen.beginPath();
        pen.arc(half + size * x, half - size * y, 5 - 2 * depth, 0, 7);
        pen.fill();
      }
      pen.globalAlpha = 1;
    });
  }
  canvases.forEach(canvas => {
    canvas.addEventListener("pointerdown", event => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", event => {
      if (!event.buttons) return;
      turn += event.movementX / 120;
      tilt += event.movementY / 120;
      draw();
    });
    canvas.addEventListener("keydown", event => {
      const key = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].indexOf(event.key);
      if (key < 0) return;
      if (key < 2) turn += key ? 0.1 : -0.1;
      else tilt += key > 2 ? 0.1 : -0.1;
      draw();
      event.preventDefault();
    });
  });
  draw();
}"""

_SLIDER_STYLE = """<style>
.mmcl-slider img[hidden] { display: none; }
.mmcl-slider label { display: block; text-align: center; }
.mmcl-slider input { width: min(24rem, 100%); vertical-align: middle; }
</style>"""

_SLIDER = """function (stage, stops) {
  const pictures = [...stage.querySelectorAll("img")];
  const input = stage.querySelector("input"), output = stage.querySelector("output");
  input.addEventListener("input", () => {
    pictures.forEach((picture, k) => picture.hidden = k !== Number(input.value));
    output.textContent = stops[input.value];
    input.setAttribute("aria-valuetext", stops[input.value]);
  });
}"""
