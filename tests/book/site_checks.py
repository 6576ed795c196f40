"""What every page of a site must pass in a browser; canaries pass through the same function."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from mmcl_book.cli.serve import open_server

SCHEMES = ("light", "dark")
WIDTHS = (1280, 390)
HEIGHT = 900

# Each gives a list of problems.
BAD_IMAGES = """() => [...document.images].filter(image => {
  const alt = image.getAttribute("alt");
  const named = alt !== null && (alt.trim() !== "" || image.closest("a.logo"));
  return !named || /^\\S*[/\\\\]\\S*$|\\.(png|svg|jpe?g|gif)$/i.test(alt);
}).map(image => `image without alt text: ${image.outerHTML.slice(0, 120)}`)"""
CLEAR_FIGURES = """() => [...document.querySelectorAll(".bd-article figure img, .cell_output img")]
  .filter(image => {
    const color = getComputedStyle(image).backgroundColor;
    return color === "transparent" || /, 0(\\.\\d+)?\\)$/.test(color) && color.startsWith("rgba");
  }).map(image => `figure without an opaque background: ${image.outerHTML.slice(0, 80)}`)"""
OVERFLOW = """() => {
  const root = document.documentElement, extra = root.scrollWidth - root.clientWidth;
  if (extra <= 0) return [];
  const wide = [...document.querySelectorAll("body *")]
    .filter(box => box.getBoundingClientRect().right > root.clientWidth + 1).slice(0, 2)
    .map(box => box.outerHTML.slice(0, 80));
  return [`the page is ${extra} px too wide: ${wide.join(" ; ")}`];
}"""
RAW_MATH = """() => [...document.querySelectorAll(".math")]
  .filter(box => !box.querySelector("mjx-container") || box.querySelector("mjx-merror"))
  .map(box => `math that is not rendered: ${box.textContent.slice(0, 80)}`)"""

LEFT_OVER = r"""() => {
  const article = document.querySelector(".bd-article") || document.body;
  const walk = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.parentElement.closest("pre, code, script, style, .math, mjx-container, .sig"))
      continue;
    if (/\$|\\[a-z]+\b|\{[a-z]+\}|:::|\*\*/.test(node.data))
      found.push(`markup left in the text: ${node.data.trim().slice(0, 80)}`);
  }
  return found;
}"""
# A picture of the book's figures has no text below 6.5 points, and says how many dots an inch it
# has, or has 144; an SVG says how large its texts are.
SMALL_TEXT = """async () => {
  const found = [], least = 8.95;
  const say = (size, box) => {
    if (size < least) found.push(
      `text of ${size.toFixed(1)} px in a figure: ${box.outerHTML.slice(0, 60)}`);
  };
  const inch = async source => {
    const bytes = new Uint8Array(await (await fetch(source)).arrayBuffer()).slice(0, 400);
    const at = String.fromCharCode(...bytes).indexOf("pHYs");  // dots a meter
    return at < 0 ? 144 : Math.round(new DataView(bytes.buffer).getUint32(at + 4) * 0.0254);
  };
  for (const image of document.querySelectorAll(".bd-article figure img, .cell_output img")) {
    const wide = image.getBoundingClientRect().width;
    if (!image.checkVisibility() || !image.naturalWidth) continue;
    if (!image.src.endsWith(".svg"))
      say(6.5 / 72 * await inch(image.src) * wide / image.naturalWidth, image);
    else {
      const drawn = new DOMParser().parseFromString(
        await (await fetch(image.src)).text(), "image/svg+xml").documentElement;
      const sizes = [...drawn.querySelectorAll("[font-size]"), drawn]
        .map(box => parseFloat(box.getAttribute("font-size"))).filter(size => size > 0);
      if (sizes.length) say(Math.min(...sizes) * wide / drawn.viewBox.baseVal.width, image);
    }
  }
  for (const text of document.querySelectorAll(".bd-article svg text"))
    say(parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a, text);
  for (const box of document.querySelectorAll(".bd-article figure *:not(svg *)"))
    if ([...box.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
        && box.checkVisibility() && !box.closest("script, style"))
      say(parseFloat(getComputedStyle(box).fontSize), box);
  return found;
}"""
# For the contrast of a text axe takes milliseconds, and a chapter has thousands: of texts that have
# the same style on the same ground it looks at one, unless `every`. Words of code are plain text of
# their line meanwhile, and get their markup back, as another scheme may color them in two ways.
# What passed isn't fetched: of a chapter it is megabytes.
AXE = """async every => {
  const look = box => {
    const {color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight, position,
      zIndex, float} = getComputedStyle(box);
    return [color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight, position,
      zIndex, float].join();
  };
  const seen = new Set(), grounds = new Map();
  const ground = box => {
    if (!box) return "";
    if (!grounds.has(box)) grounds.set(box, look(box) + ground(box.parentElement));
    return grounds.get(box);
  };
  const known = box => {
    const key = ground(box), found = seen.has(key);
    seen.add(key);
    return found;
  };
  const words = [...document.querySelectorAll(".highlight pre span[class]")].filter(word =>
    word.attributes.length === 1 && !word.children.length &&
    (word.textContent.trim().length < 2 || known(word)));  // axe can't tell for one character
  const texts = words.map(word => [...word.childNodes]);
  words.forEach((word, i) => word.replaceWith(...texts[i]));
  const plain = every ? [] : [...document.body.querySelectorAll("*")].filter(box =>
    box instanceof HTMLElement && [...box.childNodes].some(node =>
      node.nodeType === Node.TEXT_NODE && node.data.trim().length > 1));
  seen.clear();
  const repeated = plain.filter(known);
  repeated.forEach(box => box.toggleAttribute("data-known", true));
  axe.configure({rules: [{id: "color-contrast", selector: "*:not([data-known])"}]});
  try {
    const options = {preload: false, resultTypes: ["violations"]};
    return (await axe.run(options)).violations;
  } finally {
    repeated.forEach(box => box.toggleAttribute("data-known", false));
    words.forEach((word, i) => {
      if (texts[i].length) { texts[i][0].before(word); word.append(...texts[i]); }
    });
  }
}"""
PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
  const [entry] = list.getEntriesByName("first-contentful-paint");
  if (entry) done(entry.startTime);
}).observe({type: "paint", buffered: true}))"""
SCHEME = """wanted => {
  const shown = document.documentElement.dataset.theme;
  return [undefined, wanted].includes(shown) ? [] : [`the page stays ${shown}`];
}"""
# A page sees another width or scheme before the next frame, and answers within 300 ms, by a timer
# that is older than the one here; what then moves is moved to its end.
ANSWERED = """async () => {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  await new Promise(done => setTimeout(done, 350));
  document.getAnimations().forEach(each => {
    if (each.effect.getComputedTiming().endTime < Infinity) each.finish();
  });
}"""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder that is served on loopback."""
    server = open_server(folder, 8400)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def listen(page: Page, base: str, problems: list[str]) -> None:
    """Note what goes wrong while a page loads."""

    def console(message: Any) -> None:
        if message.type == "error":
            problems.append(f"console error: {message.text}")

    def request(request: Any) -> None:
        if not request.url.startswith((f"{base}/", "data:", "blob:")):
            problems.append(f"request outside the site: {request.url}")

    def response(response: Any) -> None:
        if response.status >= 400:
            problems.append(f"answer {response.status}: {response.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
    page.on("request", request)
    page.on("response", response)


def first_paint(browser: Browser, address: str, tries: int = 5, slowdown: int = 4) -> float:
    """Milliseconds until a slow processor shows a first text: the least of several visits.

    Each visitor comes for the first time. What else runs on a machine makes a visit longer, never
    shorter, so the least is what the page itself takes.
    """
    return min(_first_paint(browser, address, slowdown) for _ in range(tries))


def _first_paint(browser: Browser, address: str, slowdown: int) -> float:
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": HEIGHT})
    try:
        page = context.new_page()
        tools = context.new_cdp_session(page)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        page.goto(address, wait_until="load", timeout=120_000)
        return page.evaluate(PAINTED)
    finally:
        context.close()


def violations(page: Page, every: bool) -> list[str]:
    """What axe finds, all rules; the contrast of each look of texts, or of every text."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(AXE, every)
    return [
        f"axe {rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def turn(page: Page, scheme: Any, width: int) -> None:
    """Show an open page in another view, as by a reader who turns a tablet at dusk."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.evaluate(ANSWERED)


def look(page: Page, scheme: str, width: int, every: bool) -> list[str]:
    """What is wrong with an open page in the view that it is in."""
    problems = page.evaluate(SCHEME, scheme)
    for script in (BAD_IMAGES, CLEAR_FIGURES, RAW_MATH, LEFT_OVER, OVERFLOW):
        problems += page.evaluate(script)
    if width == min(WIDTHS):
        problems += page.evaluate(SMALL_TEXT)
    return [f"{scheme}, {width} px: {each}" for each in problems + violations(page, every)]


def examine(
    browser: Browser, base: str, path: str, *views: tuple[Any, int], every: bool = False
) -> list[str]:
    """Open a page of a served site in the first of the views; return what is wrong in any."""
    problems: list[str] = []
    scheme, width = views[0]
    view: Any = {"width": width, "height": HEIGHT}
    context = browser.new_context(
        viewport=view, color_scheme=scheme, reduced_motion="reduce", service_workers="block"
    )
    try:
        page = context.new_page()
        listen(page, base, problems)
        page.goto(f"{base}/{path}", wait_until="load")
        page.wait_for_load_state("networkidle")
        if page.evaluate("() => !!(window.MathJax && window.MathJax.startup)"):
            page.evaluate("() => window.MathJax.startup.promise.then(() => null)")
        problems += look(page, *views[0], every)
        for each in views[1:]:
            turn(page, *each)
            problems += look(page, *each, every)
    finally:
        context.close()
    return problems
