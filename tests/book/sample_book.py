"""A small book with one of everything a page can hold, for tests of rendering."""

import base64
import json
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]

TOC = """format: jb-book
root: book/index
parts:
  - caption: Start here
    chapters:
      - file: book/notation
      - file: book/glossary
      - file: book/cite
  - caption: Chapters
    chapters:
      - file: notebooks/04_sample
      - file: notebooks/05_other
  - caption: Sources
    chapters:
      - file: book/results
      - file: book/bibliography
"""

INDEX = """# A sample book

What is this? Recovered: {claim}`sample.holds`, published {claim}`sample.holds|published`.

```{figure} _static/logo.svg
:alt: Two overlapping discs with an arrow between them.
:width: 120px

A picture with a caption.
```

See {prf:ref}`sample-theorem` and [the other chapter](../notebooks/05_other.ipynb).

```{chapters}
04 What comes back?
05 And then?
```

```{from-chapter} 04_sample figure
A band, seen from afar.
```
"""

GLOSSARY = """# Glossary

```{glossary}
Linear R2
  How much a line finds; a second half says more.

MCC
  How well axes match.
  And in symbols $r$.

Bar
  What is wanted.
```
"""

CITE = "# How to cite\n\n```{citation}\n```\n"

OTHER = """# Another chapter

## You need

| Concept | Needed? | Where |
|---|---|---|
| Worlds | necessary | {doc}`04_sample` |

No claims here, and no mcc, but MCC, a bar, and LINEAR R2 of MCC.

## Sources

None.
"""

NOTATION = """# Notation

Inline $z_x \\in \\mathbb{S}^{d-1}$, and displayed:

$$
\\mathcal{L} = -\\frac1N \\sum_i \\log
\\frac{\\exp(s_{ii}/\\tau)}{\\sum_j \\exp(s_{ij}/\\tau)} \\boldsymbol{z}
$$ (sample-loss)

As {eq}`sample-loss` says.

| symbol | meaning | where it is used, at length, so that this column is wide |
|---|---|---|
| `kappa` | concentration of the conditional law on the sphere | the sampler, the loss, the metric |
| `tau` | temperature | everywhere_that_a_very_long_identifier_can_be_found_in_a_table |

:::{note}
A note, with `code` and a [link](https://example.org/elsewhere).
:::
"""

RESULTS = """# Results

All claims, whatever their status:

```{claims}
:caption: What was claimed and what was measured
```

Inline: {holds}`sample.holds` {claim}`sample.missed`, {claim}`sample.fails`,
{claim}`sample.unexpected`, {claim}`sample.open`, {claim}`sample.measured`,
{claim}`sample.recalled|published`.
"""

STORY = """# A chapter

```{badge} 30
```

**You will be able to** read this page.

```{prf:theorem} Rotation
:label: sample-theorem

For every orthogonal $A$, the map $z \\mapsto A z$ leaves the law unchanged {cite:p}`liu2026beyond`.
```

```{prf:proof}
By symmetry.
```

The value, a linear R2, is {claim}`sample.holds`. A wide equation:

$$
a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7
+ a_8 + a_9 + a_{10} + a_{11}
+ a_{12} + a_{13} + a_{14} + a_{15} + a_{16} + a_{17} + a_{18} + a_{19} + a_{20} = b
$$ (sample-wide)

```{exercise} Try it
:label: sample-exercise

Change `kappa`.
```

```{solution} sample-exercise
:class: dropdown

It rises.
```

```{checked}
```
"""

CHECKED = '''"""A checked exercise."""

TITLE = "Twice"
STATEMENT = "Write `twice(x)`, which is $2x$."
STUB = """
def twice(x):
    ...
"""
PRAISE, HINT = "So it is.", "Try 1."
MISCONCEPTIONS = {"squared": (lambda x: x * x, "You squared it, and $3$ gives *nine*.")}


def cases():
    return [(1.0,), (3.0,)]


def expected(x):
    return x + x
'''

TABLE = """<table border="1" class="dataframe">
<thead><tr style="text-align: right;"><th></th><th>kappa</th><th>R2</th></tr></thead>
<tbody><tr><th>0</th><td>5</td><td>0.5</td></tr><tr><th>1</th><td>20</td><td>0.75</td></tr></tbody>
</table>"""

CLAIM = """sample.{name}:
  sentence: Held-out linear $R^2$ of the recovered latents, case {name}
  published: {published}
  metric: {metric}
  bar: {bar}
  tolerance: 0.02
  expect: {expect}
"""
DEFAULTS = 'defaults: {place: "Liu et al., Corollary 1", format: ".3f"}\n'

CASES = (
    ("holds", "{value: 0.995, evidence: S}", "holds.r2", '">= 0.985"', "holds"),
    ("missed", "{value: 0.99, evidence: V}", "low.r2", '">= 0.985"', "holds"),
    ("fails", "null", "low.r2", '">= 0.985"', "fails"),
    ("unexpected", "null", "holds.r2", '">= 0.985"', "fails"),
    ("open", "{value: null, evidence: D}", "holds.r2", "null", "open"),
    ("measured", "null", "low.r2", "null", "holds"),
    ("recalled", "{value: 0.9, evidence: R}", "holds.r2", '"between 0.9 1.0"', "holds"),
)


def png(width: int = 640, height: int = 240) -> str:
    """A white picture with a gray band, as base64."""
    white, gray = b"\xff\xff\xff", b"\x77\x77\x77"
    rows = b"".join(
        b"\0" + (gray if height // 3 < row < height // 2 else white) * width
        for row in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + data).decode()


def figure_html(alt: str = "A gray band on white.") -> str:
    """A figure as chapters show it."""
    image = f'<img src="data:image/png;base64,{png()}" alt="{alt}" width="640">'
    return f'<figure class="mmcl-figure">{image}<figcaption>A band.</figcaption></figure>'


def display(data: dict[str, str]) -> dict[str, Any]:
    """A display output."""
    return {"output_type": "display_data", "metadata": {}, "data": data}


def stream(text: str) -> dict[str, Any]:
    """A printed output."""
    return {"output_type": "stream", "name": "stdout", "text": text}


LOSS = """# the loss, written out
logits = codes_x @ codes_t.T / tau
print("a long line that does not fit a narrow screen", logits.mean(), 1.5e-3, None)"""

CODE: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "parameters": ('PROFILE = "default"\nSEED = 0\nOUT = None', []),
    "loss": (
        LOSS,
        [stream("a long line of output that does not fit a narrow screen at all, however " * 2)],
    ),
    "table": ("table", [display({"text/html": TABLE, "text/plain": "table"})]),
    "figure": ("figure", [display({"text/html": figure_html(), "text/plain": "figure"})]),
}


def notebook(story: str, *, executed: bool, code: dict[str, Any] | None = None) -> dict[str, Any]:
    """A notebook: one markdown cell, then the code cells, with outputs if executed."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": "story", "metadata": {}, "source": story}
    ]
    for name, (source, outputs) in (CODE if code is None else code).items():
        cells.append(
            {
                "cell_type": "code",
                "id": name,
                "metadata": {"tags": [name]} if name == "parameters" else {},
                "source": source,
                "outputs": outputs if executed else [],
                "execution_count": 1 if executed else None,
            }
        )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, content: str | dict[str, Any]) -> Path:
    """Write text or JSON, making folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def write_chapter(root: Path, name: str, story: str, *, code: dict[str, Any] | None = None) -> None:
    """A chapter's source and its executed copies."""
    write(root / f"notebooks/{name}.ipynb", notebook(story, executed=False, code=code))
    for profile in ("default", "smoke"):
        copy = root / f"_build/{profile}/executed/notebooks/{name}.ipynb"
        write(copy, notebook(story, executed=True, code=code))


def write_record(root: Path, values: dict[str, float], profile: str = "default") -> Path:
    """The live record of the sample chapter."""
    entries: dict[str, Any] = {name: {"value": value} for name, value in values.items()}
    entries.get("low.r2", {})["source"] = "default/walls"
    record = {
        "schema": 1,
        "chapter": "04_sample",
        "profile": profile,
        "seed": 0,
        "parameters": {},
        "values": entries,
        "key": "0" * 16,
        "provenance": {"wall_s": 61.0, "peak_mib": 512.0, "device": "cpu"},
    }
    return write(root / f"_build/{profile}/records/04_sample.json", record)


def make(root: Path) -> Path:
    """Write the sample book into `root`, with the project's own configuration and style."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "_config.yml", root)
    for folder in ("_static", "_templates"):
        shutil.copytree(PROJECT / "book" / folder, root / "book" / folder)
    shutil.copy(PROJECT / "CITATION.cff", root)
    write(root / "book/glossary.md", GLOSSARY)
    write(root / "book/cite.md", CITE)
    for name in ("references.bib", "bibliography.md"):
        shutil.copy(PROJECT / "book" / name, root / "book")
    write(root / "_toc.yml", TOC)
    write(root / "book/index.md", INDEX)
    write(root / "book/notation.md", NOTATION)
    write(root / "book/results.md", RESULTS)
    keys = ("name", "published", "metric", "bar", "expect")
    ledger = "".join(CLAIM.format(**dict(zip(keys, case, strict=True))) for case in CASES)
    write(root / "book/claims/04_sample.yml", DEFAULTS + ledger)
    write_chapter(root, "04_sample", STORY)
    write(root / "exercises/04_sample.py", CHECKED)
    write_chapter(root, "05_other", OTHER)
    write_record(root, {"holds.r2": 0.991, "low.r2": 0.5})
    return root
