"""The ledger: what it refuses, and every status that a claim can have."""

import re
from pathlib import Path

import pytest
from scipy import stats

from mmcl_book import keys as reach
from mmcl_book.ledger import claims
from mmcl_book.site.shown import bar_text

REPOSITORY = Path(__file__).parents[2]

PAPER = "results/paper/01_tiny.json"


def judged(book, entry, profile="default"):
    book.ledger(entry)
    (claim,) = claims.load(book.root / "book" / "claims.yml").values()
    return claims.judge(claim, profile, book.root)


def test_load_keeps_order_and_fills_defaults(book, entry):
    short = {"id": "a.b", "sentence": "S", "place": "P", "record": "02_b", "metric": "m"}
    book.ledger(entry(), {**short, "profiles": ["paper"]})
    ledger = claims.load(book.root / "book" / "claims.yml")
    assert list(ledger) == ["sphere.r2", "a.b"]
    claim = ledger["a.b"]
    assert (claim.profiles, claim.bar, claim.tolerance, claim.expect) == (
        ("paper",),
        None,
        None,
        "holds",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bra": ">= 1"}, "unknown key 'bra'; did you mean 'bar'"),
        ({"sentence": ""}, "sentence is ''"),
        ({"metric": "R 2"}, "metric is 'R 2'"),
        ({"record": "tiny"}, "record is 'tiny'"),
        ({"profiles": []}, "profiles is"),
        ({"profiles": ["smoke"]}, "unknown profile 'smoke'"),
        ({"profiles": ["bench"]}, "give a benchmark such as cpu/step"),
        ({"profiles": ["default", "bench"], "record": "cpu/step"}, "has [bench] alone"),
        ({"record": "cpu/step"}, "give a chapter"),
        ({"record": "tpu/step", "profiles": ["bench"]}, "record is 'tpu/step'"),
        ({"bar": "> 0.9"}, "give '>= x'"),
        ({"bar": "between 2 1"}, "lower bound first"),
        ({"bar": 0.9}, "give '>= x'"),
        ({"tolerance": -1}, "tolerance is -1"),
        ({"expect": "hold"}, "did you mean 'holds'"),
        ({"published": 0.9}, "published is 0.9"),
        ({"published": {"value": 1, "evidence": "X"}}, "unknown evidence 'X'"),
        ({"format": "zz"}, "format is 'zz'"),
    ],
)
def test_a_malformed_claim_is_refused_with_file_and_id(book, entry, changes, words):
    path = book.ledger(entry(**changes))
    with pytest.raises(ValueError, match="claim sphere") as caught:
        claims.load(path)
    assert words in str(caught.value)
    assert "claims.yml" in str(caught.value)


def test_missing_keys_duplicates_and_other_shapes_are_refused(book, entry):
    lacking = entry()
    del lacking["metric"]
    with pytest.raises(ValueError, match="it lacks metric"):
        claims.load(book.ledger(lacking))
    with pytest.raises(ValueError, match="used twice"):
        claims.load(book.ledger(entry(), entry()))
    with pytest.raises(ValueError, match="give a list"):
        claims.load(book.write("book/claims.yml", "a: 1\n"))
    with pytest.raises(ValueError, match="claim number 1"):
        claims.load(book.write("book/claims.yml", "- text\n"))
    assert claims.load(book.write("book/claims.yml", "")) == {}


@pytest.mark.parametrize(
    ("bar", "value", "good"),
    [
        (">= 0.9", 0.9, True), (">= 0.9", 0.89, False),
        ("<= -1", -1.5, True), ("<= 1e-4", 1, False),
        ("between 1 2", 2, True), ("between 1 2", 2.1, False), ("is true", True, True),
        ("is true", False, False),
    ],
)  # fmt: skip
def test_bars(bar, value, good):
    assert claims.met(bar, value) is good


@pytest.mark.parametrize(
    ("changes", "value", "status", "text"),
    [
        ({}, 0.99, "holds", "0.990"),
        ({}, 0.5, "missed", "0.500"),
        ({"expect": "fails"}, 0.5, "fails", "0.500"),
        ({"expect": "fails"}, 0.99, "unexpected", "0.990"),
        ({"expect": "open"}, 0.5, "open", "0.500"),
        ({"expect": "open", "bar": None}, 0.5, "open", "0.500"),
        ({"bar": None}, 0.5, "measured", "0.500"),
        ({"bar": None}, "none", "measured", "none"),
        ({"bar": "is true"}, True, "holds", "yes"),
        ({"bar": "is true"}, False, "missed", "no"),
        ({}, True, "missing", "no value"),
        ({"bar": "is true"}, 1, "missing", "no value"),
        ({"metric": "other"}, 0.99, "missing", "no value"),
    ],
)
def test_statuses(book, entry, changes, value, status, text):
    book.record("01_tiny", {"r2": value})
    verdict = judged(book, entry(**changes))
    assert (verdict.status, verdict.text) == (status, text), verdict
    assert verdict.source == "_build/default/records/01_tiny.json"
    assert not verdict.stale


def test_a_missing_record_says_what_to_run(book, entry):
    verdict = judged(book, entry())
    assert verdict.status == "missing"
    assert "mmcl run 01_tiny --profile default" in verdict.reason


def test_what_is_not_judged_at_a_profile(book, entry):
    book.record("01_tiny", {"r2": 0.99})
    for profile, profiles in [("smoke", ["default"]), ("paper", ["default"]), ("smoke", ["paper"])]:
        verdict = judged(book, entry(profiles=profiles), profile)
        assert (verdict.status, verdict.text) == ("not measured", "not measured at this size")


def test_paper_size_comes_from_the_accepted_record_and_goes_stale(book, entry):
    notebook = book.add("01_tiny")
    key = reach.key(book.root, notebook, profile="paper", seed=0)
    book.record("01_tiny", {"r2": 0.99}, PAPER, profile="paper", key=key)
    verdict = judged(book, entry(profiles=["paper"]))
    assert (verdict.status, verdict.source, verdict.stale) == ("holds", PAPER, False)
    book.add("01_tiny", book.tiny("01_tiny", 'note("r2", 0.5)'))
    assert judged(book, entry(profiles=["paper"])).stale


def test_default_is_judged_by_the_live_record_even_when_paper_has_one(book, entry):
    book.record("01_tiny", {"r2": 0.5})
    book.record("01_tiny", {"r2": 0.99}, PAPER)
    assert judged(book, entry(profiles=["default", "paper"])).value == 0.5


BENCH = "results/bench/cpu/step.json"


def bench(book, **changes):
    """An accepted benchmark of the book, which has one."""
    book.write("benchmarks/step.py", "from mmcl.losses import info_nce\n")
    key = reach.bench_key(book.root, "cpu/step")
    return book.record(
        "cpu/step", {"r2": 0.99}, BENCH, **{"profile": "bench", "key": key, **changes}
    )


def test_a_benchmark_is_judged_by_its_accepted_record_at_every_size_but_smoke(book, entry):
    claim = entry(profiles=["bench"], record="cpu/step")
    missing = judged(book, claim)
    assert missing.status == "missing"
    assert f"there is no {BENCH}; run: python -m benchmarks step" in missing.reason
    bench(book)
    for profile in ("default", "paper"):
        verdict = judged(book, claim, profile)
        assert (verdict.status, verdict.source, verdict.stale) == ("holds", BENCH, False)
    assert judged(book, claim, "smoke").status == "not measured"
    book.write("benchmarks/step.py", "from mmcl.losses import info_nce\nNEW = 1\n")
    assert judged(book, claim).stale


# Bars on chance

CHANCE = re.compile(r"^(smallest of nine |smallest )?p-value|standard errors", re.IGNORECASE)
TIMES = {"nine": 9, "worst of three": 3, "with 2, 3 and 5 coordinates": 12, "three stories": 3}


def chance_claims():
    """The ledger's bars that true nulls miss now and then, with how many comparisons each makes."""
    for claim in claims.load(REPOSITORY / "book" / "claims.yml").values():
        if claim.bar and CHANCE.search(claim.sentence) and "share of" not in claim.sentence:
            kind, bounds = claims.parse_bar(claim.bar)
            if kind == (">=" if "p-value" in claim.sentence.lower() else "<="):
                of = next((n for words, n in TIMES.items() if words in claim.sentence), 1)
                yield claim, bounds[0], of


def test_every_bar_on_chance_states_its_false_alarm_rate():
    found = list(chance_claims())
    assert len(found) == 10
    for claim, bound, of in found:
        p_value = "p-value" in claim.sentence.lower()
        rate = of * (bound if p_value else 2 * stats.norm.sf(bound))
        assert claim.false_alarm is not None, claim.id
        assert rate <= claim.false_alarm * 1.05 <= 1.06e-4, (claim.id, rate)
        assert rate >= claim.false_alarm / 2, (claim.id, rate)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"false_alarm": 0.05}, "at most 0.0001"),
        ({"false_alarm": 0}, "above 0"),
        ({"false_alarm": "rare"}, "'rare'"),
        ({"false_alarm": True}, "True"),
        ({"false_alarm": 1e-5, "bar": None}, "no bar"),
    ],
)
def test_a_bar_that_chance_misses_often_is_refused(entry, changes, words):
    with pytest.raises(ValueError, match=words):
        claims.claim_of(entry(**changes))


def test_a_small_bar_is_shown_as_it_is(entry):
    def shown(**changes):
        return bar_text(claims.claim_of(entry(**changes)))

    assert shown(bar=">= 0.001", format=".2f") == "at least 0.001"
    assert shown(bar=">= 0.9", format=".2f") == "at least 0.90"
    assert shown(bar="<= 0.025", format=".0%") == "at most 0.025"
    assert shown(bar="between 0.05 0.1", format=".0%") == "between 5% and 10%"
    assert shown(bar="is true", format="") == "true"
    chance = shown(bar=">= 1e-5", format=".2f", false_alarm=9e-5)
    assert chance == "at least 1e-05, false alarm 9e-05"
