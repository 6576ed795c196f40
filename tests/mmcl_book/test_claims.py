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
    (claim,) = claims.load(book.root).values()
    return claims.judge(claim, profile, book.root)


def written(book, text, name="01_tiny"):
    """The ledger of a book with one file of this text."""
    book.ledger()
    book.write(f"book/claims/{name}.yml", text)
    return claims.load(book.root)


def test_load_keeps_order_and_fills_what_is_left_out(book, entry):
    book.ledger(entry(record="02_b"), entry(id="a.b"), entry(id="a.a"))
    assert list(claims.load(book.root)) == ["a.b", "a.a", "sphere.r2"]
    (claim,) = written(book, "a.b.c: {sentence: S, place: P, tolerance: 1}").values()
    assert claim == claims.Claim(
        id="a.b.c", record="01_tiny", profiles=("default",), sentence="S", place="P", metric="b.c",
        published=None, bar=None, false_alarm=None, tolerance=1, expect="holds", format=".2f",
        headline=False,
    )  # fmt: skip
    ledger = written(book, "a.b: {sentence: S, place: P, tolerance: 1}", "cpu/step")
    assert (ledger["a.b"].record, ledger["a.b"].profiles) == ("cpu/step", ("bench",))


def test_a_file_says_what_holds_for_most_of_its_claims(book):
    text = "defaults: {place: P, format: '.1f'}\na.b: {sentence: S, bar: is true, place: Q}\n"
    ledger = written(book, text + "a.c: {sentence: S, bar: is true, format: '.0%'}\n")
    assert [(each.place, each.format) for each in ledger.values()] == [("Q", ".1f"), ("P", ".0%")]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bra": ">= 1"}, "unknown key 'bra'; did you mean 'bar'"),
        ({"sentence": ""}, "sentence is ''"),
        ({"metric": "R 2"}, "metric is 'R 2'"),
        ({"sentence": None}, "sentence is None"),
        ({"profiles": []}, "profiles is"),
        ({"profiles": ["smoke"]}, "unknown profile 'smoke'"),
        ({"profiles": ["bench"]}, "unknown profile 'bench'"),
        ({"profiles": ["default", "bench"], "record": "cpu/step"}, "unknown profile 'default'"),
        ({"headline": None}, "headline is None"),
        ({"bar": None, "tolerance": None}, "it could drift unseen; give one of them"),
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
    folder = book.ledger(entry(**changes))
    with pytest.raises(ValueError, match=r"claim sphere\.r2: ") as caught:
        claims.load(book.root)
    assert words in str(caught.value)
    record = changes.get("record", "01_tiny")
    assert str(caught.value).startswith(f"{folder / record}.yml: ")


GOOD = "{sentence: S, place: P, bar: is true}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"a.b: {GOOD}\na.c: {GOOD}\na.b: {GOOD}\n", "a.b stands twice"),
        ("a.b: {sentence: S, bar: is true, bar: is true}\n", "bar stands twice"),
        ("a.b: {sentence: S, record: 01_tiny}\n", "claim a.b: unknown key 'record'"),
        ("a.b: {id: a.c, sentence: S}\n", "claim a.b: unknown key 'id'"),
        ("defaults: {format: 1, plaice: P}\na.b: {sentence: S}\n", "did you mean 'place'"),
        ("defaults: P\na.b: {sentence: S}\n", "give a mapping with sentence"),
        ("a.b: text\n", "claim a.b: it is 'text'"),
        (f"word: {GOOD}\n", "claim word: metric is ''"),
        (f"1: {GOOD}\n", "id is 1"),
        ("[a.b]\n", "holds a list; give {id: claim}"),
        ("a.b: {\n", "is not valid YAML"),
    ],
)
def test_other_shapes_are_refused(book, text, words):
    with pytest.raises(ValueError, match=r"01_tiny\.yml") as caught:
        written(book, text)
    assert words in str(caught.value)


def test_a_file_is_named_after_a_record_and_an_id_stands_in_one(book, entry):
    for name in ("tiny", "tpu/step", "cpu", "01_tiny/more"):
        with pytest.raises(ValueError, match=f"{name}.yml is no record's"):
            written(book, "", name)
    assert written(book, "") == {}
    book.ledger(entry(), entry(record="02_b"))
    with pytest.raises(ValueError, match=r"02_b\.yml: claim sphere\.r2: .* in 01_tiny\.yml, too"):
        claims.load(book.root)


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


def test_a_verdict_says_which_file_of_results_a_number_is_from(book, entry):
    book.record("01_tiny", {"r2": 0.99})
    assert judged(book, entry()).kept == ""
    book.record("01_tiny", {"r2": {"value": 0.99, "source": "default/walls"}})
    assert judged(book, entry()).kept == "results/default/sweeps/walls.json"
    book.record("01_tiny", {"r2": 0.99}, PAPER)
    assert judged(book, entry(profiles=["paper"])).kept == PAPER


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
    for claim in claims.load(REPOSITORY).values():
        if claim.bar and CHANCE.search(claim.sentence) and "share of" not in claim.sentence:
            kind, bounds = claims.parse_bar(claim.bar)
            if kind == (">=" if "p-value" in claim.sentence.lower() else "<="):
                of = next((n for words, n in TIMES.items() if words in claim.sentence), 1)
                yield claim, bounds[0], of


def test_every_bar_on_chance_states_its_false_alarm_rate():
    found = list(chance_claims())
    assert len(found) == 12
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
def test_a_bar_that_chance_misses_often_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        claims.claim_of("a.b", "01_tiny", {"sentence": "S", "place": "P", "bar": ">= 1", **changes})


@pytest.mark.parametrize(
    ("form", "value", "said"),
    [
        (".2f", -0.0008, "0.00"), (".2f", -0.008, "-0.01"), ("+.3f", 0.0, "+0.000"),
        (".0%", -0.004, "0%"), (".1%", -0.004, "-0.4%"), (".0e", -1e-9, "-1e-09"),
        (".2f", True, "yes"), (".2f", "text", "text"), (".0f", -0.2, "0"), (".0f", -10, "-10"),
    ],
)  # fmt: skip
def test_a_number_that_rounds_to_zero_has_no_sign(form, value, said):
    plain = {"sentence": "S", "place": "P", "tolerance": 1.0, "format": form}
    assert claims.written(claims.claim_of("a.b", "01_tiny", plain), value) == said


def test_a_small_bar_is_shown_as_it_is():
    def shown(**changes):
        return bar_text(
            claims.claim_of("a.b", "01_tiny", {"sentence": "S", "place": "P", **changes})
        )

    assert shown(bar=">= 0.001", format=".2f") == "at least 0.001"
    assert shown(bar=">= 0.9", format=".2f") == "at least 0.90"
    assert shown(bar="<= 1e-9", format=".0e") == "at most 1e-09"
    assert shown(bar="<= 1e-9", format=".3f") == "at most 1e-09"
    assert shown(bar="<= 0.004", format=".0%") == "at most 0.004"
    assert shown(bar=">= 0", format=".2f") == "at least 0.00"
    assert shown(bar="<= 0.025", format=".0%") == "at most 0.025"
    assert shown(bar="between 0.05 0.1", format=".0%") == "between 5% and 10%"
    assert shown(bar="is true", format="") == "true"
    chance = shown(bar=">= 1e-5", format=".2f", false_alarm=9e-5)
    assert chance == "at least 1e-05, false alarm 9e-05"
    assert shown(tolerance=2e-5) == "none; within 2e-05 of the accepted record"
