"""Published values beside ours on a page: the {beside} directive."""

import json
from pathlib import Path

import pytest
from sample_book import write

from mmcl_book.site.build import BuildError, build, folders
from mmcl_experiments.recorded import tasks

PRINTED = """
labels: [table, row, latent_space, marginal, conditional, model_space, model, training, metric]
sources: {V: the paper}
rows:
  - {table: linear, row: null, latent_space: sphere, marginal: uniform, conditional: vmf(1),
     model_space: sphere, model: vmf, training: unsupervised, metric: linear_r2,
     value: 90.0, spread: 0.5, evidence: V}
  - {table: linear, row: null, latent_space: sphere, marginal: uniform, conditional: vmf(1),
     model_space: sphere, model: vmf, training: identity, metric: linear_r2,
     value: null, evidence: V}
"""
PAGE = """
```{beside} counts
```

```{beside} summary
```

```{beside} figure
```

```{beside} Zimmermann et al., Table 1
```
"""


def sweep(root: Path, value: float) -> None:
    """An accepted sweep of three seeds around a value."""
    contents = []
    for seed in range(3):
        settings = {"row": "Sp U v -> Sp v", "kappa": 1.0, "scale": 0.05}
        row = {"code": "contrastive", "modality": "x", "metric": "linear_r2", "seed": seed,
               "value": value + 0.001 * seed, "row": "Sp U v -> Sp v"}  # fmt: skip
        origin = {"commit": "1234567890", "dirty": False, "finished": f"2026-03-01T10:00:0{seed}"}
        what = ("one_mixing", "paper", settings, seed, "code")
        contents.append(tasks.content_of(*what, rows=[row], provenance=origin))
    write(root / "results/paper/sweeps/one_mixing.json", json.loads(tasks.packed(contents)))


@pytest.fixture
def judged(sample: Path) -> Path:
    """The sample book with a published table, a sweep, and a page that shows both."""
    write(sample / "results/published/zimmermann.yml", PRINTED)
    with (sample / "book/notation.md").open("a") as stream:
        stream.write(PAGE)
    sweep(sample, 0.9)
    return sample


def page(root: Path) -> str:
    return (folders(root, "default").html / "book/notation.html").read_text(encoding="utf-8")


def test_a_page_shows_both_sides_and_the_verdict_and_follows_the_record(judged: Path) -> None:
    build(judged, "default")
    html = page(judged)
    assert "The book keeps 2 published values, of which 2 were read" in html
    assert "replicates 1, differs 0, can’t say 0, not comparable 1" in html.replace("'", "’")
    assert "90.0 ± 0.5" in html
    assert "0.90 ± 0.00" in html
    assert "not found" in html
    assert 'alt="A dot a published value' in html
    sweep(judged, 0.7)
    build(judged, "default")
    assert "differs by -0.20" in page(judged)


@pytest.mark.parametrize(
    ("what", "said"),
    [("Zimmermann et al., Table 9", "Table 1"), ("curves", "leave out {beside} curves")],
)
def test_what_isnt_there_is_refused(judged: Path, what: str, said: str) -> None:
    with (judged / "book/notation.md").open("a") as stream:
        stream.write(f"\n```{{beside}} {what}\n```\n")
    with pytest.raises(BuildError, match=said):
        build(judged, "default")


def test_a_book_without_published_values_has_nothing_to_set_beside(sample: Path) -> None:
    with (sample / "book/notation.md").open("a") as stream:
        stream.write("\n```{beside} counts\n```\n")
    with pytest.raises(BuildError, match="holds no values"):
        build(sample, "default")
