"""The benchmarks at a tiny size: what they write, and that ratios are those of the run.

Nothing here is timed: that numbers are good is for the ledger to judge, at full size.
"""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import (
    __main__,
    _measure,
    _recipe,
    _reference,
    ablation,
    memory,
    score,
    step,
    together,
)
from benchmarks import (
    world as pictures,
)
from benchmarks._measure import Sheet
from benchmarks._recipe import Recipe, Run, World
from mmcl.training import Contrastive, train
from mmcl_book.records import store as records
from mmcl_experiments.chapter import NAME
from mmcl_experiments.learners import fitting

TINY = {"steps": 6, "batch": 16, "test_pairs": 512}


@pytest.fixture(scope="module")
def world():
    return World(TINY, 100, "cpu")


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# What is written


def test_numbers_that_left_their_tolerance_are_named(book, entry):
    def claim(name, **changes):
        return entry(**{"id": f"bench.{name}", "record": "cpu/step", "metric": name,
                        "profiles": ["bench"], "tolerance": 0.5, **changes})  # fmt: skip

    sheet = Sheet("step", {})
    for name, value in {"far": 12.0, "near": 10.4, "free": 99.0, "new": 1.0, "other": 9.0}.items():
        sheet.note(name, value)
    book.ledger(claim("far"), claim("near"), claim("free", tolerance=None), claim("new"),
                claim("other", record="cpu/ica"))  # fmt: skip
    assert list(__main__.moved(book.root, sheet)) == []  # nothing is accepted yet
    old = dict.fromkeys(("far", "near", "free", "other"), 10.0)
    book.record("cpu/step", old, "results/bench/cpu/step.json")
    (line,) = __main__.moved(book.root, sheet)
    assert line == "bench.far: now 12, in the book 10: find out why"


def written(name, tmp_path):
    """Run a benchmark as the command does, and read its file."""
    assert __main__.main([name, "--size", "tiny", "--out", str(tmp_path)]) == 0
    return records.load(tmp_path / "cpu" / f"{name}.json")


@pytest.mark.parametrize(
    "name", ["step", "together", "score", "ablation", "world", "ica", "starts"]
)
def test_each_writes_a_record_with_provenance(name, tmp_path, capsys, monkeypatch):
    some = dict(list(ablation.variants(16).items())[:3])
    monkeypatch.setattr(ablation, "variants", lambda batch: some)
    record = written(name, tmp_path)
    out = capsys.readouterr().out
    assert (record["profile"], record["chapter"]) == ("bench", f"cpu/{name}")
    assert record["parameters"]["size"] == "tiny"
    assert record["provenance"]["threads"] == 1
    assert len(record["key"]) == 64
    assert record["values"]
    for metric, entry in record["values"].items():
        assert math.isfinite(entry["value"])
        assert NAME.fullmatch(metric)
        assert f"cpu/{name}: {metric} = " in out
        assert entry.get("low", entry["value"]) <= entry["value"] <= entry.get("high", math.inf)
    assert record["tables"]
    for table in record["tables"].values():
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
        assert all(isinstance(cell, str) for row in table["rows"] for cell in row)
    assert "results/bench" not in out  # a tiny run is none for the book
    assert list(tmp_path.rglob("*.tmp")) == []


def test_peaks_come_from_processes_of_their_own(monkeypatch):
    size = memory.SIZES["tiny"]
    mine = np.ones(2**27)  # a GiB of this process, which is none of the other's
    assert 50 < memory.in_a_process("ours", "box", size, "cpu") < mine.nbytes / 2**20
    peaks = {"nothing": 100.0, "ours": 150.0, "cdist": 350.0, "broadcast": 1100.0}
    monkeypatch.setattr(memory, "in_a_process", lambda form, *others: peaks[form])
    values = memory.run(size, "cpu").values
    assert values["sphere.ours.mib"]["value"] == 50
    assert values["box.cdist"]["value"] == 5
    assert values["box.broadcast"]["value"] == 20


def test_pictures_a_second_are_of_its_times(monkeypatch):
    size = {**pictures.SIZES["tiny"], "pictures": 4, "singles": 2}
    times = {"at once": [1.0, 2.0], "one by one": [5.0, 5.0]}
    monkeypatch.setattr(pictures, "in_turns", lambda works, repeats, device: times)
    monkeypatch.setattr(pictures, "in_a_process", lambda size, device: (4.0, 300.0))
    values = pictures.run(size, "cpu").values
    assert values["pictures.per_second"]["value"] == 3  # of 4 and 2
    assert values["one_by_one.ratio"]["value"] == 7.5  # of 10 and 5
    assert (values["pairs.seconds"]["value"], values["pairs.mib"]["value"]) == (4, 300)


def test_unknown_names_are_refused(capsys):
    with pytest.raises(SystemExit) as caught:
        __main__.main(["stepp"])
    assert caught.value.code == 2
    assert "unknown: stepp" in capsys.readouterr().err


def test_the_book_is_told_how_to_take_the_numbers(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(step, "run", lambda size, device: Sheet("step", size))
    assert __main__.main(["step", "--out", str(tmp_path)]) == 0
    assert f"cp {tmp_path}/cpu/*.json results/bench/cpu/" in capsys.readouterr().out


# Ratios are those of the run


@pytest.fixture
def watch(monkeypatch):
    """A clock that stands still but for what work adds to it."""
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(_measure, "clock", lambda device="cpu": now.seconds)

    def taking(*seconds):
        left = list(seconds)

        def work():
            now.seconds += left.pop(0)

        return work

    return taking


def test_work_is_timed_in_turns_after_a_warm_up(watch):
    works = {"a": watch(9, 2, 3), "b": watch(99, 4, 9), "c": watch(5, 6)}
    times = _measure.in_turns(works, 2, cold=["c"])
    assert times == {"a": [2, 3], "b": [4, 9], "c": [5, 6]}
    assert _measure.ratios(times, "b", "a") == [2, 3]


def test_a_step_s_ratios_are_of_its_times(monkeypatch):
    takes = {"ours": 0.5, "cdist": 1.0, "broadcast": 6.0}
    monkeypatch.setattr(
        step,
        "in_turns",
        lambda works, repeats, device, cold=(): {k: [takes.get(k, 0.05)] for k in works},
    )
    values = step.run(step.SIZES["tiny"], "cpu").values
    assert values["sphere.step.broadcast"]["value"] == pytest.approx(12)
    assert values["box.loss.cdist"]["value"] == pytest.approx(2)
    assert values["sphere.narrow_step.broadcast"]["value"] == pytest.approx(12)
    assert values["sphere.step.floor"]["value"] == pytest.approx(0.5 / (5 * 0.05))


def test_an_ensemble_s_share_is_of_its_times(monkeypatch):
    times = {"one after another": [2.0, 4.0], "together": [1.0, 1.0]}
    monkeypatch.setattr(together, "in_turns", lambda works, repeats, device: times)
    entry = together.run(together.SIZES["tiny"], "cpu").values["batch16.share"]
    assert entry == {"value": 0.375, "low": 0.25, "high": 0.5, "n": 2}


# The forms compute the same


@pytest.mark.parametrize("space", step.SPACES)
@pytest.mark.parametrize("form", ["cdist", "broadcast"])
def test_reference_forms_are_the_same_loss(space, form):
    made = step.Step({**step.SIZES["tiny"], "batch": 32}, space, "cpu")
    found = []
    for each in ("ours", form):
        made.encoders.zero_grad()
        loss = step.loss_of(each, space)(*made.codes())
        loss.backward()
        found.append((loss.item(), [p.grad.clone() for p in made.encoders.parameters()]))
    (loss, gradients), (other, others) = found
    assert loss == pytest.approx(other, abs=1e-5)
    for a, b in zip(gradients, others, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-3)


def test_scores_of_reference_forms():
    a, b = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    for power in (1, 2):
        wanted = [[-sum(abs(x - y) ** power for x, y in zip(p, q, strict=True)) for q in b]
                  for p in a]  # fmt: skip
        for make in (_reference.broadcast, _reference.cdist):
            torch.testing.assert_close(make(power)(a, b), torch.tensor(wanted))


def test_the_reference_encoder_has_the_reference_s_shape():
    generator = torch.Generator().manual_seed(0)
    encoder = _reference.ReferenceEncoder(torch.randn(50, 7, generator=generator), 5, seed=0)
    shapes = [tuple(layer.weight.shape) for layer in encoder.layers]
    assert shapes == [(50, 7), (250, 50), *[(250, 250)] * 3, (50, 250), (5, 50)]
    codes = encoder(torch.randn(9, 7, generator=generator))
    torch.testing.assert_close(codes.norm(dim=1), torch.ones(9))


# The floor is no more than what the step needs


def flops(work):
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def test_the_floor_has_the_products_of_the_step():
    size = {**step.SIZES["tiny"], "depth": 2}
    made = step.Step(size, "sphere", "cpu")

    def encoders():
        sum(codes.sum() for codes in made.codes()).backward()

    assert flops(step.encoder_products(size, "cpu")) == flops(encoders)
    muon = made.optimizers[1]
    assert flops(step.optimizer_products(size, "cpu")) == flops(muon.step)
    loss = made.loss_alone(step.loss_of("ours", "sphere"))
    assert 0 < flops(step.loss_floor(size, "cpu")) <= flops(loss)
    assert flops(step.loss_floor(size, "cpu")) >= 3 * 2 * 64 * 64 * 3  # three products


# Recipes


def test_the_default_recipe_is_what_train_does(world):
    run = Run(Recipe(batch=16), world, 6)
    losses = []
    for _ in range(6):
        run.advance(1)
        losses.append(run.last_loss.item())
    chosen = world.settings
    draw = fitting.drawer(world.model, chosen, 100)
    both = fitting.encoders(world.sample, world.model.space.d, chosen, 100)
    objective = Contrastive(*both, similarity="dot")
    history = train(objective, draw, steps=6, batch=16, lr=chosen["lr"], log_every=1)
    np.testing.assert_allclose(losses, history.loss, rtol=1e-5)
    assert run.share() == pytest.approx(world.share(objective.encoder_x), abs=1e-4)


CHANGES = {
    "plain": {"encoder": "plain"},
    "reference": {"encoder": "reference", "optimizer": "adam", "lr": 1e-3},
    "adam": {"optimizer": "adam", "lr": 1e-3},
    "constant": {"constant": True},
    "half": {"half": True},
}


@pytest.mark.parametrize("what", CHANGES)
def test_each_change_changes_the_run(world, what):
    found = []
    for changes in ({}, CHANGES[what]):
        run = Run(Recipe(**{"batch": 16, **changes}), world, 6)
        run.advance(5)
        found.append(run.last_loss.item())
    assert found[0] != found[1]
    assert run.seconds > 0


def test_a_loss_by_definition_is_the_same_loss(world):
    found = []
    for fused in (True, False):
        run = Run(Recipe(batch=16, fused=fused), world, 6)
        run.advance(3)
        found.append(run.last_loss.item())
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_a_growing_batch_sees_a_quarter_of_the_pairs_at_a_quarter(world):
    run = Run(Recipe(batch=16, growing=True), world, 16)
    sizes = [len(next(run.stream)) for _ in range(16)]
    assert sizes == [4] * 8 + [8] * 4 + [16] * 4


def test_averaged_weights_are_what_is_scored(world):
    run = Run(Recipe(batch=16, average=0.9), world, 6)
    before = [p.clone() for p in run.mean.parameters()]
    run.advance(4)
    assert any(not torch.equal(a, b) for a, b in zip(before, run.mean.parameters(), strict=True))
    assert run.share() == world.share(run.mean) != world.share(run.objective.encoder_x)


def test_the_gap_is_between_raw_and_supervised(world, monkeypatch):
    assert 0 < world.raw < 1
    for r2, share in ((world.raw, 0), (world.supervised, 1), (2 * world.supervised - world.raw, 2)):
        monkeypatch.setattr(world, "r2", lambda encoder, r2=r2: r2)
        assert world.share(None) == pytest.approx(share)


# Time to score


class FakeRun:
    """A run whose share rises by its rate a second; a step takes a second."""

    def __init__(self, recipe, world=None, steps=0):
        self.recipe, self.rate = recipe, recipe.lr
        self.step, self.seconds = 0, 0.0

    def advance(self, steps):
        self.step += steps
        self.seconds += steps

    def share(self):
        return self.rate * self.seconds


def test_time_to_score_is_when_the_gap_is_first_closed():
    run = FakeRun(Recipe(lr=0.01))
    seconds, share = score.time_to_score(run, every=5, limit=1000)
    assert 95 <= seconds <= 100  # looked at every five seconds
    assert share == pytest.approx(seconds / 100)


def test_time_to_score_is_censored():
    run = FakeRun(Recipe(lr=0.01))
    found, share = score.time_to_score(run, every=5, limit=40)
    assert found is None
    assert share == pytest.approx(0.4)


def test_halving_finds_the_best_and_gives_the_better_half_twice_the_time(monkeypatch):
    monkeypatch.setattr(score, "Run", FakeRun)
    size = {"rates": [0.1, 0.4, 0.3, 0.2], "batches": [8, 16], "first_budget": 2.0}
    recipe, ladder = score.successive_halving(None, size, 10.0)
    assert (recipe.lr, recipe.encoder, recipe.optimizer, recipe.constant) == (
        0.4, "reference", "adam", True,
    )  # fmt: skip
    assert [row["16 times"] for row in ladder].count("") == 7
    counts = [sum(row[f"{k} times"] != "" for row in ladder) for k in (2, 4, 8, 16)]
    assert counts == [8, 4, 2, 1]
    assert ladder[2]["2 times"] == "8.000"


def test_a_variant_that_does_not_get_there_says_so():
    curve = _recipe.Curve([(5, 1.0, 0.5), (10, 2.0, 0.96), (15, 3.0, 0.9)])
    never = _recipe.Curve([(15, 3.0, 0.9)])
    assert curve.closed() == (10, 2.0)
    assert never.closed() is None
    row = ablation.described("x", [curve, never])
    assert row["steps"] == "not on 1 of 2 seeds"
    assert ablation.described("x", [curve])["steps"] == "10"


def test_sheets_refuse_what_is_no_number():
    sheet = Sheet("x", {})
    with pytest.raises(ValueError, match="give a finite number"):
        sheet.note("ratio", float("nan"))
    sheet.note("several", [3.0, 1.0, 2.0])
    assert json.dumps(sheet.values["several"]) == '{"value": 2.0, "low": 1.0, "high": 3.0, "n": 3}'
