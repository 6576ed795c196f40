"""Benchmarks on a page: the {bench} directive and the ledger's claims about them."""

from pathlib import Path
from typing import Any

import pytest
from sample_book import write

from mmcl_book.site.build import BuildError, build, folders

CLAIM = """
bench.step: {sentence: How many times as fast a step is, place: this book, metric: broadcast,
  bar: ">= 10", format: ".1f"}
"""
PAGE = """
{claim}`bench.step` times.

```{bench} cpu/step forms
```

```{bench} cpu/step
```

```{claims} cpu
```
"""


def benchmark(root: Path, ratio: float = 12.25, name: str = "cpu/step", **changes: Any) -> Path:
    """Write an accepted benchmark."""
    table = {"caption": "Seconds", "columns": ["", "ours"], "rows": [["a step", f"{ratio} s"]]}
    record = {
        "schema": 1, "chapter": name, "profile": "bench", "seed": 0, "key": "0",
        "parameters": {"size": "full"}, "values": {"broadcast": {"value": ratio}},
        "tables": {"forms": table},
        "provenance": {"device": "cpu, A processor", "threads": 1, "commit": "1234567890",
                       "dirty": False, "finished": "2026-03-01T10:00:00", "versions": {}},
    }  # fmt: skip
    return write(root / f"results/bench/{name}.json", {**record, **changes})


@pytest.fixture
def fast(sample: Path) -> Path:
    """The sample book with a benchmark, a claim about it, and a page that shows both."""
    write(sample / "book/claims/cpu/step.yml", CLAIM)
    with (sample / "book/notation.md").open("a") as stream:
        stream.write(PAGE)
    benchmark(sample)
    return sample


def page(root: Path, profile: str = "default") -> str:
    return (folders(root, profile).html / "book/notation.html").read_text(encoding="utf-8")


def test_a_page_shows_the_table_the_number_and_where_they_come_from(fast: Path) -> None:
    build(fast, "default")
    html = page(fast)
    assert "12.25 s" in html
    assert "12.2" in html
    assert "How many times as fast a step is" in html
    assert "Measured on 2026-03-01 on A processor, 1 thread, torch unknown, commit 1234567" in html
    assert "measured with older code" in html  # its key is not that of the code
    benchmark(fast, 13.5)
    build(fast, "default")
    assert "13.5 s" in page(fast)
    assert "12.25 s" not in page(fast)


def test_at_smoke_no_number_is_shown(fast: Path) -> None:
    build(fast, "smoke")
    html = page(fast, "smoke")
    assert "12.2" not in html
    assert "Not shown at this size." in html


# What a page asks for, and why it is refused.
BROKEN = {
    "cpu/absent forms": "there is no results/bench/cpu/absent.json; run make bench",
    "cpu/bare forms": "has no table 'forms'",
    "cpu/torn forms": "torn.json is not valid JSON",
    "step": "give a benchmark such as cpu/step",
}


def test_missing_benchmarks_are_refused(fast: Path) -> None:
    benchmark(fast, name="cpu/bare", tables={})
    write(fast / "results/bench/cpu/torn.json", "{")
    page = "\n\n".join(f"```{{bench}} {asked}\n```" for asked in BROKEN)
    write(fast / "book/notation.md", f"# N\n\n{page}\n")
    with pytest.raises(BuildError) as caught:
        build(fast, "default")
    for words in BROKEN.values():
        assert any(words in warning for warning in caught.value.warnings), (words, caught.value)
