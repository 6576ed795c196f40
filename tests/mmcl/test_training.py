from functools import partial

import pandas as pd
import pytest
import torch

from mmcl.encoders import Encoder
from mmcl.fast.muon import Muon, orthogonalized
from mmcl.model import preset
from mmcl.randomness import stream, torch_generator
from mmcl.training import Contrastive, Supervised, batches, train, train_together


def small(seed=0):
    model = preset("multimodal-sphere", d=3, private=(1, 1), rng=stream(seed, "mixing"))
    generator = torch_generator(stream(seed, "init"))
    encoders = [Encoder(4, 3, width=16, generator=generator) for _ in range(2)]
    rng = stream(seed, "batches")
    return Contrastive(*encoders), lambda n: model.sample(n, rng)


def test_training_lowers_the_loss_and_keeps_its_history():
    objective, draw = small()
    history = train(objective, draw, steps=150, batch=128, log_every=30)
    assert list(history.columns) == ["step", "loss", "inverse_temperature"]
    assert history.step.tolist() == [0, 30, 60, 90, 120, 149]
    assert history.loss.iloc[-1] < history.loss.iloc[0] - 0.2


def test_same_seed_same_numbers():
    runs = []
    for seed in (0, 0, 1):
        objective, draw = small(seed)
        train(objective, draw, steps=20, batch=64)
        runs.append(objective.encoder_x.read.weight.detach().clone())
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_more_steps_see_the_same_first_batches():
    firsts = []
    for steps in (3, 200):
        _, draw = small()
        firsts.append(next(batches(draw, steps, batch=8)).z_x[0])
    assert firsts[0].shape == firsts[1].shape


def test_every_batch_is_fresh_and_full():
    _, draw = small()
    seen = list(batches(draw, steps=70, batch=4))
    assert [len(pairs) for pairs in seen] == [4] * 70
    assert len(torch.unique(torch.cat([pairs.x for pairs in seen]), dim=0)) == 280


def test_supervision_learns_the_latent():
    objective, draw = small()
    teacher = Supervised(objective.encoder_x)
    history = train(teacher, draw, steps=200, batch=128)
    assert history.loss.iloc[-1] < 0.3 * history.loss.iloc[0]


def test_codes_lie_on_the_sphere_only_when_asked_to():
    x = torch.randn(5, 4, generator=torch_generator(stream(0, "x")))
    for space, on_sphere in (("sphere", True), ("unbounded", False)):
        encoder = Encoder(4, 3, space=space, generator=torch_generator(stream(0, "init")))
        lengths = encoder(x).norm(dim=1)
        assert torch.allclose(lengths, torch.ones(5), atol=1e-6) is on_sphere


def test_codes_in_a_box_stay_inside_and_keep_the_networks_order():
    x = 50 * torch.randn(500, 4, generator=torch_generator(stream(0, "x")))
    inside, free = (
        Encoder(4, 3, space=space, generator=torch_generator(stream(0, "init")))(x).detach()
        for space in ("box", "unbounded")
    )
    assert inside.min() >= 0
    assert inside.max() <= 1
    torch.testing.assert_close(inside, free.sigmoid())


def test_centered_codes_have_no_place_for_a_constant():
    x = torch.randn(500, 4, generator=torch_generator(stream(0, "x")))
    for centered in (False, True):
        encoder = Encoder(4, 3, centered=centered, generator=torch_generator(stream(0, "init")))
        encoder.lift.bias.data += 9.0  # what a network adds for all inputs alike
        for layer in [*encoder.inner, *encoder.outer]:
            layer.weight.data.zero_()
            layer.bias.data.zero_()
        assert (encoder(x).mean(dim=0).norm() < 0.1) == centered


def test_a_fitted_center_is_the_samples_and_doesnt_follow_the_batch():
    x = torch.randn(500, 4, generator=torch_generator(stream(0, "x")))
    encoder = Encoder(4, 3, space="unbounded", centered=True)
    alike = encoder(x[:2])
    encoder.fit_center(x)
    codes = encoder(x)
    assert codes.mean(dim=0).abs().max() < 1e-5
    torch.testing.assert_close(encoder(x[:2]), codes[:2])
    assert (encoder(x[:2]) - alike).abs().max() > 0.01


def test_inputs_are_standardized():
    x = 100 + 7 * torch.randn(500, 4, generator=torch_generator(stream(0, "x")))
    encoder = Encoder(4, 3, generator=torch_generator(stream(0, "init"))).fit_input(x)
    standardized = (x - encoder.mean) / encoder.scale
    assert standardized.mean().abs() < 1e-4
    assert standardized.std().item() == pytest.approx(1, abs=0.01)


def test_bad_settings_are_refused():
    objective, draw = small()
    with pytest.raises(ValueError, match="batch = 1"):
        train(objective, draw, steps=10, batch=1)
    with pytest.raises(ValueError, match="steps = 0"):
        train(objective, draw, steps=0, batch=8)
    with pytest.raises(ValueError, match="temperature"):
        Contrastive(objective.encoder_x, objective.encoder_t, temperature=-1.0)
    with pytest.raises(ValueError, match="d_code = 0"):
        Encoder(4, 0)
    with pytest.raises(ValueError, match="space"):
        Encoder(4, 3, space="torus")


def test_a_loss_that_is_not_finite_stops_the_run():
    class Broken(Contrastive):
        def forward(self, pairs):
            return super().forward(pairs) * torch.nan

    objective, draw = small()
    with pytest.raises(FloatingPointError, match="step 0"):
        train(Broken(objective.encoder_x, objective.encoder_t), draw, steps=5, batch=8)


def test_muon_takes_torchs_steps():
    """torch's works in bfloat16, so agreement is to its three digits."""
    generator = torch_generator(stream(0, "muon"))
    start = [torch.randn(16, 16, generator=generator) for _ in range(3)]
    gradients = [[torch.randn(16, 16, generator=generator) for _ in start] for _ in range(4)]
    ends = []
    for make in (
        lambda ps: Muon(ps, lr=0.1),
        lambda ps: torch.optim.Muon(ps, lr=0.1, weight_decay=0.0, ns_steps=3),
    ):
        matrices = [torch.nn.Parameter(m.clone()) for m in start]
        optimizer = make(matrices)
        for step in gradients:
            for matrix, gradient in zip(matrices, step, strict=True):
                matrix.grad = gradient
            optimizer.step()
        ends.append(torch.stack([m.detach() for m in matrices]))
    torch.testing.assert_close(*ends, atol=0.01, rtol=0.02)
    assert (ends[0] - torch.stack(start)).abs().mean() > 0.02


def test_orthogonalized_levels_singular_values_and_keeps_directions():
    m = torch.randn(2, 8, 8, generator=torch_generator(stream(1, "muon")))
    found = orthogonalized(m, steps=6)
    values = torch.linalg.svdvals(found)
    assert values.min() > 0.4
    assert values.max() < 1.3
    u, _, vh = torch.linalg.svd(m)
    turned = u.mT @ found @ vh.mT
    off = turned - torch.diag_embed(turned.diagonal(dim1=1, dim2=2))
    assert off.abs().max() < 1e-4


@pytest.mark.parametrize("shapes", [[(3, 3), (4, 4)], [(3,)]])
def test_muon_wants_matrices_of_one_shape(shapes):
    with pytest.raises(ValueError, match="matrices of one shape"):
        Muon([torch.nn.Parameter(torch.zeros(s)) for s in shapes], lr=0.1)


def members(seeds, *, private=(2, 2), similarity="dot", centered=False):
    """Fresh objectives, and what draws the pairs of each."""
    found = []
    for seed in seeds:
        model = preset("multimodal-sphere", d=3, private=private, rng=stream(seed, "mixing"))
        generator = torch_generator(stream(seed, "init"))
        sizes = {"width": 16, "depth": 2, "centered": centered, "generator": generator}
        both = [Encoder(3 + p, 3, **sizes) for p in private]
        objective = Contrastive(*both, similarity=similarity, temperature=0.5 + seed)
        found.append((objective, partial(model.sample, rng=stream(seed, "batches"))))
    return zip(*found, strict=True)


@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("private", [(2, 2), (1, 2)])  # one stack for both sides, or two
def test_training_together_is_training_each_alone(private, centered):
    together, draws = members([0, 1, 2], private=private, centered=centered)
    histories = train_together(together, draws, steps=40, batch=32, log_every=7)
    alone, draws = members([0, 1, 2], private=private, centered=centered)
    for i, (objective, draw) in enumerate(zip(alone, draws, strict=True)):
        history = train(objective, draw, steps=40, batch=32, log_every=7)
        pd.testing.assert_frame_equal(histories[i], history, rtol=1e-4)
        for name, wanted in objective.named_parameters():
            if not (centered and name.endswith("outer.1.bias")):  # a constant, moved by rounding
                got = together[i].get_parameter(name)
                torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-4)
    assert histories[0].loss.iloc[-1] != histories[1].loss.iloc[-1]


def test_only_objectives_of_one_kind_train_together():
    (one,), (draw,) = members([0])
    (other,), _ = members([0], similarity="neg_l1")
    with pytest.raises(ValueError, match="differ in similarity"):
        train_together([one, other], [draw, draw], steps=2, batch=8)
    wide = Contrastive(Encoder(5, 3, width=32), Encoder(5, 3, width=32))
    with pytest.raises(ValueError, match="give one architecture"):
        train_together([one, wide], [draw, draw], steps=2, batch=8)
    with pytest.raises(ValueError, match="steps = 0"):
        train_together([one], [draw], steps=0, batch=8)
