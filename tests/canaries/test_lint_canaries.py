"""Bad chapters, one for each gate: the linter must reject each by its rule, and pass a clean one."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmcl.errors import InputError
from mmcl_book import lint
from mmcl_book.ledger import claims
from mmcl_book.lint import sentences

SENTENCE = "A reader who runs this page sees how the code and the latent agree up to a rotation. "
STORY = SENTENCE * 130
EXERCISE = """```{{exercise}} Try it
:label: try-{0}
What changes when the encoder is larger?
```

```{{hint}}
:class: dropdown
Look at the loss.
```

```{{solution}} try-{0}
:class: dropdown
Nothing changes.
```
"""
SHOW = "fig, ax = plt.subplots()\nax.plot(rng.normal(size=9))\n"
WORDS = 'alt="Nine points that scatter around zero.", caption="Draws of the law."'
MARKDOWN = {
    "title": "# A clean chapter\n\nLearn in 45 minutes.",
    "goals": "## You will be able to\n\n- state the theorem\n- test it",
    "needs": "## You need\n\n| concept | need | link |\n|---|---|---|\n| spheres | helpful | - |",
    "question": "## The question\n\nDoes it rotate?\n\n:::{admonition} Predict first\nWhat?\n:::",
    "story": f"## The story\n\nKappa is 5. By Theorem 4.1, $\\kappa = 0.5$ is allowed.\n\n{STORY}",
    "break": "## Break it: one assumption less\n\nNow the score falls.",
    "exercises": f"## Exercises\n\n{EXERCISE.format(1)}\n{EXERCISE.format(2)}",
    "claims": "## What you can now claim\n\n- You tested it: {claim}`sphere.r2`.",
    "sources": "## Sources\n\nLiu and others wrote the theorem that this page tests.",
}
CODE = {
    "parameters": 'PROFILE = "default"\nSEED = 0\nOUT = None\nSIZE = 3',
    "open": "import matplotlib.pyplot as plt\nimport numpy as np\nimport torch\nfrom mmcl_experiments import figures\n"
    'from mmcl_experiments.chapter import Chapter\nchapter = Chapter("01_clean", profile=PROFILE, seed=SEED, out=OUT)',
    "draw": "rng = np.random.default_rng(SEED)\nrng.normal(size=3).mean()",
    "picture": f"{SHOW}figures.show(fig, {WORDS})",
    "note": 'chapter.note("holds.r2", 0.99)\nchapter.expect("trend", True, "it rises")',
    **{f"more-{i}": f"total = {i}\ntotal + SIZE" for i in range(5)},
    "save": "chapter.save();",
}
ORDER = ["title", "goals", "needs", "question", "parameters", "open", "story", "draw", "picture",
         "note", "break", *(f"more-{i}" for i in range(5)), "exercises", "claims", "save", "sources"]
CLAIM = {
    "sentence": "R2", "place": "Corollary 1", "metric": "holds.r2", "bar": ">= 0.9",
}

Notebook = dict[str, Any]


def clean() -> Notebook:
    """A chapter that passes all gates."""
    cells = []
    for name in ORDER:
        cell = {"id": name, "metadata": {}, "source": MARKDOWN.get(name, CODE.get(name))}
        if name in CODE:
            cell |= {"cell_type": "code", "outputs": [], "execution_count": None}
        else:
            cell["cell_type"] = "markdown"
        if name == "parameters":
            cell["metadata"] = {"tags": ["parameters"]}
        cells.append(cell)
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def find(notebook: Notebook, name: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def put(name: str, source: str) -> Callable[[Notebook], None]:
    """Replace a cell's source."""
    return lambda notebook: find(notebook, name).update(source=source)


def say(text: str) -> Callable[[Notebook], None]:
    """Add a sentence to the story."""
    return lambda nb: find(nb, "story").update(source=f"{MARKDOWN['story']}\n\n{text}")


def drop(name: str) -> Callable[[Notebook], None]:
    return lambda notebook: notebook["cells"].remove(find(notebook, name))


def swap(name: str, old: str, new: str) -> Callable[[Notebook], None]:
    """Change a part of a cell's source."""
    assert old in {**MARKDOWN, **CODE}[name]
    return put(name, {**MARKDOWN, **CODE}[name].replace(old, new))


def early_code(notebook: Notebook) -> None:
    cells = notebook["cells"]
    cells.remove(draw := find(notebook, "draw"))
    cells.insert(1, draw)


BAD: list[tuple[str, str, Callable[[Notebook], Any]]] = [
    # anatomy
    *[("anatomy", f"no {name}", drop(name)) for name in
      ("title", "goals", "needs", "question", "break", "exercises", "claims", "sources")],
    ("anatomy", "two titles", put("break", "# Break it\n\n## Break it")),
    ("anatomy", "order", lambda nb: nb["cells"].reverse()),
    ("anatomy", "five goals", put("goals", "## You will be able to\n\n" + "- see it\n" * 5)),
    ("anatomy", "no table", put("needs", "## You need\n\nA concept that is helpful.")),
    ("anatomy", "no prediction", put("question", "## The question\n\nDoes it rotate?")),
    ("anatomy", "code before the prediction", early_code),
    ("anatomy", "a bullet without claim", swap("claims", ": {claim}`sphere.r2`.", " well.")),
    ("anatomy", "empty sources", put("sources", "## Sources\n\nNone.")),
    ("exercises", "one exercise", put("exercises", f"## Exercises\n\n{EXERCISE.format(1)}")),
    ("exercises", "no solution", swap("exercises", "{solution} try-2", "{solution} try-9")),
    ("exercises", "open solution", swap("exercises", "```{solution} try-2\n:class: dropdown", "```{solution} try-2")),
    ("exercises", "no hints", swap("exercises", "{hint}", "{note}")),
    ("parameters", "no parameters", lambda nb: find(nb, "parameters")["metadata"].clear()),
    ("parameters", "two cells", lambda nb: find(nb, "draw").update(metadata={"tags": ["parameters"]})),
    ("parameters", "SEED 1", swap("parameters", "SEED = 0", "SEED = 1")),
    ("parameters", "no OUT", swap("parameters", "OUT = None\n", "")),
    ("parameters", "seven", swap("parameters", "SIZE = 3", "A = 1\nB = 2\nC = 3\nD = 4")),
    ("parameters", "does work", swap("parameters", "SIZE = 3", "SIZE = len(PROFILE)")),
    # size
    ("size", "few cells", lambda nb: [drop(f"more-{i}")(nb) for i in range(5)]),
    ("size", "long cell", put("draw", "\n".join(f"a{i} = {i}" for i in range(31)))),
    ("size", "long median", lambda nb: [put(f"more-{i}", "a = 1\n" * 7)(nb) for i in range(5)] + [put("draw", "a = 1\n" * 8)(nb)]),
    ("size", "few words", put("story", "## The story\n\nShort.")),
    ("size", "many words", put("story", f"## The story\n\n{STORY * 2}")),
    # typed results
    *[("typed-number", text, say(text)) for text in (
        "The mean R2 is 0.991.", "We reach an R² of 0.98 here.", "$R^2 = 0.98$ on held-out rows.",
        "So $\\mathrm{MCC} \\approx 0.97$ holds.", "The loss falls to 2.31.", "Accuracy: 93 %.",
        "It took 12.5 seconds.", "It needs 310.2 MiB.", "The share is .73 here.",
        "It reaches 0.98.", "It closes 97 % of the gap.",
        "The map recovers more than 95 % of it.", "This is about 95 % of it.", "The MCC was **0.97**.",
        "The value is `0.97` now.", "The value is $0.97$ now.", "| linear R2 | 0.98 |",
        "$$R^2 = 0.98$$", "The R2\nis\n0.98 here.", "The score rose by 1e-3 and 2.5e-3.",
    )],
    ("unknown-claim", "unknown id", say("See {claim}`sphere.r3`.")),
    ("unknown-claim", "unknown part", say("See {claim}`sphere.r2|bar`.")),
    # names that ruff bans: other randomness, downloads, other programs
    *[("NPY002", source, put("draw", source)) for source in (
        "np.random.seed(0)", "np.random.normal(size=3)", "from numpy.random import rand\nrand(3)",
    )],
    *[("TID251", source, put("draw", source)) for source in (
        "import numpy\nnumpy.random.RandomState(0)", "import random", "from random import shuffle",
        "import requests", "import urllib.request", "from huggingface_hub import hf_hub_download",
        "torch.hub.load('a', 'b')", "import os\nos.system('ls')", "import subprocess as s",
    )],
    # randomness
    *[("random", source, put("draw", source)) for source in (
        "np.random.default_rng()",
        "np.random.default_rng(None)", "from numpy.random import default_rng\ndefault_rng()",
        "torch.rand(3)", "torch.randn(3, 2).mean()", "torch.randperm(9)", "torch.zeros(3).normal_()",
        "torch.nn.Linear(3, 3)", "from torch import nn\nnn.Linear(3, 3)",
    )],
    # what a chapter depends on
    *[("uses", source, put("draw", source)) for source in (
        "import mmcl_experiments as e\ne.run(PROFILE)", "from mmcl_experiments import run\nlist(map(run, 'ab'))",
        "from mmcl_experiments.chapter import measured\nfor name in 'ab':\n    measured(name)", "import mmcl_experiments.results\nmmcl_experiments.results.published(name='a')",
        "from mmcl.data import load as get\nget(f'{SIZE}.npy')",
    )],
    # downloads, paths, shell, warnings
    *[("download", source, put("draw", source)) for source in (
        "import pandas as pd\npd.read_csv('https://example.org/a.csv')",
        "f(download=True)", "from sklearn.datasets import fetch_openml\nfetch_openml('mnist')",
    )],
    *[("path", source, put("draw", source)) for source in (
        "open('/home/ann/a.csv')", "open('~/a.csv')", "open('C:\\\\a\\\\b.csv')", "p = '/tmp/x'",
    )],
    *[("shell", source, put("draw", source)) for source in (
        "!pip install x", "%pip install x", "%%bash\nls",
    )],
    *[("warnings", source, put("draw", source)) for source in (
        "import warnings\nwarnings.filterwarnings('ignore')",
        "from warnings import simplefilter\nsimplefilter('ignore')",
        "import warnings\nwith warnings.catch_warnings(action='ignore'):\n    pass",
    )],
    # figures
    *[("alt", source, put("picture", source)) for source in (
        f"{SHOW}plt.show()", f"{SHOW}fig.show()", SHOW, "plt.plot([1, 2])",
        "import seaborn as sns\nsns.lineplot(x=[1], y=[2])", "fig = figures.recovery(rng)",
        f"{SHOW}figures.show(fig)", f"{SHOW}figures.show(fig, alt='', caption='Draws of the law.')",
        f"{SHOW}figures.show(fig, alt='Nine points that scatter around zero.')",
        "import pandas as pd\npd.DataFrame({'a': [1]}).plot()",
    )],
    ("alt", "turntable", put("picture", "figures.interactive.turntable(rng)")),
    ("figure", "not displayed", put("picture", f"{SHOW}a = figures.show(fig, {WORDS})")),
    ("figure", "in a loop", put("picture", f"{SHOW}for i in (1, 2):\n    figures.show(fig, {WORDS})")),
    ("alt", "empty alt", say("![](a.png)")),
    ("alt", "img", say('<img src="a.png">')),
    ("alt", "figure", say("```{figure} a.png\nA caption.\n```")),
    ("alt", "image inside a note", say(":::{note}\n```{image} a.png\n```\n:::")),
    # the file
    ("outputs", "outputs", lambda nb: find(nb, "draw").update(outputs=[{"output_type": "stream"}])),
    ("outputs", "count", lambda nb: find(nb, "draw").update(execution_count=3)),
    ("ids", "duplicate id", lambda nb: find(nb, "draw").update(id="open")),
    ("ids", "no id", lambda nb: find(nb, "draw").pop("id")),
    ("ids", "old format", lambda nb: nb.update(nbformat_minor=4)),
    ("invalid-syntax", "no Python", put("draw", "a = = 1")),
    # sentences that speak of all
    ("sentence", "nothing checks it", say("All runs end at {claim}`sphere.r2`.")),
    ("sentence", "no such check", say("All end at {claim}`sphere.r2`{holds}`sphere.r3`.")),
    ("sentence", "a check without a bar", say("None falls, {claim}`sphere.r2`{holds}`free`.")),
    ("sentence", "an edited sentence", say("Every old run reaches {claim}`sphere.r2`.")),
    ("sentence", "classed, no bar", say("Only that run ends at {claim}`sphere.r2`.")),
    ("unknown-claim", "no such check", say("It holds{holds}`sphere.r3`.")),
    # the ledger
    ("metric", "not noted", swap("note", "holds.r2", "holds.r3")),
]

FINE = [
    "With $\\kappa = 0.5$ and $d = 64$ nothing changes.", "Set `tau = 0.07` as CLIP does.",
    "All runs end at {claim}`sphere.r2`{holds}`sphere.r2`.", "All of it is a plan.",
    "Every run reaches {claim}`sphere.r2`.", "None, because it is a law, beats {claim}`sphere.r2`.",
    "See Theorem 4.1, Section 3.2 and Table 1.", "It works with Python 3.11.", "Kappa is 0.5 here.",
    "A 95 % interval is drawn.", "The loss is {claim}`sphere.r2` on average.",
    "Three of 5 seeds fit 20 points.", "$$L = \\frac12 \\log 2 + 0.5 d$$", "By equation 2.1, it is so.",
    "The published value is {claim}`sphere.r2|published`.", "```python\nr2 = 0.98\n```",
    "Learn in 45 minutes.", "The license is CC BY 4.0.",
]  # fmt: skip


CLASSES = {
    "Every run reaches § .": "sphere.r2",
    "None, because it is a law, beats § .": "harmless",
    "Only that run ends at § .": "free",
}


@pytest.fixture
def findings(tmp_path: Path) -> Callable[[Notebook], list[lint.Finding]]:
    """A function that lints a notebook."""
    free = {**CLAIM, "bar": None, "tolerance": 0.1}
    ledger = {
        "sphere.r2": claims.claim_of("sphere.r2", "01_clean", CLAIM),
        "free": claims.claim_of("free", "01_clean", free),
    }

    def run(notebook: Notebook) -> list[lint.Finding]:
        path = tmp_path / "01_clean.ipynb"
        text = json.dumps(notebook)
        path.write_text(text, encoding="utf-8")
        classes = {start: check for start, check in CLASSES.items() if start[:9] in text}
        return lint.notebook_findings(path, ledger, classes=classes)

    return run


def test_a_clean_chapter_passes(findings):
    assert findings(clean()) == []


@pytest.mark.parametrize("text", FINE)
def test_harmless_prose_passes(findings, text):
    notebook = clean()
    say(text)(notebook)
    assert findings(notebook) == []


@pytest.mark.parametrize(
    ("rule", "change"), [(rule, change) for rule, _, change in BAD],
    ids=[f"{rule}: {name}".replace("\n", "; ")[:60] for rule, name, _ in BAD],
)  # fmt: skip
def test_a_bad_chapter_is_rejected(findings, rule, change):
    notebook = copy.deepcopy(clean())
    change(notebook)
    found = findings(notebook)
    assert rule in {finding.rule for finding in found}, found


def test_a_class_without_its_sentence_is_found(tmp_path):
    path = tmp_path / "01_clean.ipynb"
    path.write_text(json.dumps(clean()), encoding="utf-8")
    ledger = {"sphere.r2": claims.claim_of("sphere.r2", "01_clean", CLAIM)}
    found = lint.notebook_findings(path, ledger, classes={"All that was": "sphere.r2"})
    assert [finding.rule for finding in found] == ["sentence"]
    assert "delete it" in found[0].wanted


@pytest.mark.parametrize("text", ["- a", "a: [b]", "a: {b: 1}", "a: {"])
def test_a_damaged_file_of_classes_is_refused(tmp_path, text):
    (tmp_path / "book").mkdir()
    (tmp_path / sentences.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(sentences.FILE)):
        sentences.load(tmp_path)


def test_a_hint_may_be_a_line(findings):
    notebook = clean()
    swap("exercises", "```{hint}\n:class: dropdown\nLook at the loss.\n```", "*Hint:* look.")(notebook)
    assert findings(notebook) == []


def test_seeded_torch_passes(findings):
    notebook = clean()
    put("draw", "torch.manual_seed(SEED)\ntorch.zeros(1)")(notebook)
    put("more-1", "torch.nn.Linear(3, 3)\ntorch.rand(2)")(notebook)
    assert findings(notebook) == []


def test_declared_uses_pass(findings):
    notebook = clean()
    swap("open", "out=OUT)", 'out=OUT, uses=("hypersphere",))')(notebook)
    put("draw", "import mmcl_experiments as experiments\nfrom mmcl import data\nREADS = ('a.npy',)\ndata.load(f'{SIZE}.npy')")(notebook)
    put("more-1", "experiments.run(PROFILE)\nexperiments.run('hypersphere')")(notebook)
    assert findings(notebook) == []


@pytest.mark.parametrize(
    "source",
    [f"figures.interactive.turntable(rng, {WORDS})", f"{SHOW}for i in (1, 2):\n    display(figures.show(fig, {WORDS}))"],
)
def test_shown_figures_pass(findings, source):
    notebook = clean()
    put("picture", source)(notebook)
    assert findings(notebook) == []


def test_each_finding_says_where_and_what_to_do(findings):
    notebook = clean()
    put("draw", "import random")(notebook)
    (finding,) = findings(notebook)
    assert str(finding) == (
        "01_clean.ipynb: cell 8: `random` is banned; "
        "draw from a generator: mmcl.randomness.stream(SEED, 'purpose') [TID251]"
    )


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The mean R2 is 0.991.", "typed-number"),
        ("![](a.png)", "alt"),
        ("{claim}`no.such`", "unknown-claim"),
    ],
)
def test_a_bad_page_is_rejected(tmp_path, text, rule):
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n{text}\n", encoding="utf-8")
    assert [finding.rule for finding in lint.page_findings(page, {})] == [rule]


def test_a_clean_page_passes(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n![A picture](a.png) of `R2 = 0.98` in 2 steps.\n", encoding="utf-8")
    assert lint.page_findings(page, {}) == []
