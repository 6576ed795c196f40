import itertools
import math

import pytest
import torch

from mmcl.losses import info_nce
from mmcl.randomness import stream, torch_generator


def codes(n=16, d=4, seed=0):
    generator = torch_generator(stream(seed, "codes"))
    return torch.randn(2, n, d, generator=generator, dtype=torch.float64)


def slow_info_nce(a, b, score, tau):
    """The definition, one pair and one candidate at a time."""
    n, total = len(a), 0.0
    for i in range(n):
        to_t = [math.exp(score(a[i], b[j]) / tau) for j in range(n)]
        to_x = [math.exp(score(a[j], b[i]) / tau) for j in range(n)]
        total -= math.log(to_t[i] / sum(to_t)) + math.log(to_x[i] / sum(to_x))
    return total / (2 * n)


SCORES = {
    "dot": lambda u, v: float(u @ v),
    "cosine": lambda u, v: float(u @ v / (u.norm() * v.norm())),
    "neg_l1": lambda u, v: -float((u - v).abs().sum()),
    "neg_l2": lambda u, v: -float((u - v).norm()),
}


@pytest.mark.parametrize("similarity", list(SCORES))
@pytest.mark.parametrize("tau", [0.3, 1.0, 4.0])
def test_equals_the_slow_definition(similarity, tau):
    a, b = codes()
    expected = slow_info_nce(a, b, SCORES[similarity], tau)
    assert info_nce(a, b, similarity=similarity, temperature=tau).item() == pytest.approx(expected)


def test_a_callable_gives_the_scores():
    a, b = codes()
    by_name = info_nce(a, b, similarity="dot", temperature=0.5)
    by_call = info_nce(a, b, similarity=lambda u, v: u @ v.T, temperature=0.5)
    torch.testing.assert_close(by_name, by_call)


@pytest.mark.parametrize("n", [2, 7, 64])
def test_equal_codes_are_at_chance(n):
    same = torch.ones(n, 3, dtype=torch.float64)  # in single precision log(64) has an error of 5e-7
    loss = info_nce(same, same, similarity="cosine", temperature=0.1)
    assert loss.item() == pytest.approx(math.log(n), abs=1e-6)


def test_symmetric_and_blind_to_the_order_of_pairs():
    a, b = codes()
    loss = info_nce(a, b, similarity="dot", temperature=0.7)
    torch.testing.assert_close(loss, info_nce(b, a, similarity="dot", temperature=0.7))
    rows = torch.arange(len(a)).flip(0)
    torch.testing.assert_close(loss, info_nce(a[rows], b[rows], similarity="dot", temperature=0.7))
    assert info_nce(a, b[rows], similarity="dot", temperature=0.7) != loss


def test_blind_to_a_common_rotation_but_not_to_two():
    a, b = codes()
    q = torch.linalg.qr(codes(4, 4, seed=1)[0]).Q
    loss = info_nce(a, b, similarity="dot", temperature=0.7)
    torch.testing.assert_close(loss, info_nce(a @ q, b @ q, similarity="dot", temperature=0.7))
    assert abs(info_nce(a @ q, b, similarity="dot", temperature=0.7) - loss) > 1e-3


def test_temperature_is_learned_through_the_loss():
    a, b = codes()
    tau = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    loss = lambda t: info_nce(a, b, similarity="dot", temperature=t)  # noqa: E731
    (gradient,) = torch.autograd.grad(loss(tau), tau)
    numeric = (loss(0.7 + 1e-5) - loss(0.7 - 1e-5)) / 2e-5
    assert gradient.item() == pytest.approx(numeric.item(), rel=1e-5)


def test_bad_batches_are_refused():
    a, b = codes()
    good = {"similarity": "dot", "temperature": 1.0}
    with pytest.raises(ValueError, match="one pair"):
        info_nce(a[:1], b[:1], **good)
    with pytest.raises(ValueError, match="matched by row"):
        info_nce(a, b[:8], **good)
    with pytest.raises(ValueError, match="NaN"):
        info_nce(a * torch.nan, b, **good)
    for temperature in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="temperature"):
            info_nce(a, b, similarity="dot", temperature=temperature)
    with pytest.raises(ValueError, match="neg_l2"):
        info_nce(a, b, similarity="l2", temperature=1.0)


HALVES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@pytest.mark.parametrize("similarity", [*SCORES, lambda u, v: u @ v.T], ids=[*SCORES, "callable"])
@pytest.mark.parametrize("scale", [1.0, 300.0])  # by blocks, and on the whole matrix
def test_two_types_of_codes_count_as_the_wider_at_least_single(similarity, scale):
    a, b = scale * codes()
    how = {"similarity": similarity, "temperature": 0.7}
    for one, other in itertools.product(HALVES, repeat=2):
        x, t = a.to(one).requires_grad_(), b.to(other)
        loss = info_nce(x, t, **how)
        wide = torch.float64 if torch.float64 in (one, other) else torch.float32
        assert loss.dtype == wide
        torch.testing.assert_close(loss, info_nce(x.to(wide), t.to(wide), **how))
        loss.backward()
        assert x.grad.dtype == one
