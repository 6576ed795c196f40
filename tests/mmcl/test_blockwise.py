"""InfoNCE by blocks against its definition: values, gradients, ranges, and many batches at once."""

import math

import pytest
import torch

from mmcl import losses
from mmcl.fast import blockwise
from mmcl.losses import Heads, info_nce, info_nce_each, neg_squared_l2

KINDS = {
    "dot": ("dot", 0.3),
    "cosine": ("cosine", 0.2),
    "neg_l1": ("neg_l1", 0.4),
    "squared": (neg_squared_l2, 0.7),
    "heads": (Heads("dot"), 0.5),
    "squared with heads": (Heads(neg_squared_l2), 0.5),
}


def codes(k=1, n=40, d=6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (2, k, n, d)
    return torch.randn(shape, dtype=torch.float64, generator=generator).unbind()


SCORES = {
    "dot": lambda u, v: (u * v).sum(-1),
    "cosine": lambda u, v: (u * v).sum(-1) / (u.norm(dim=-1) * v.norm(dim=-1)),
    "neg_l1": lambda u, v: -(u - v).norm(p=1, dim=-1),
    neg_squared_l2: lambda u, v: -((u - v) ** 2).sum(-1),
}


def slow_info_nce(a, b, similarity, temperature):
    """Cross-entropies of finding the partner, row by row and column by column, in loops."""
    heads = isinstance(similarity, Heads)
    score = SCORES[similarity.between if heads else similarity]
    u, v, more = a[:, None], b[None], 0.0
    if heads:
        u, v, more = u[..., :-1], v[..., :-1], u[..., -1] + v[..., -1]
    scores = (score(u, v) + more) / temperature
    total = 0.0
    for table in (scores, scores.T):
        for i, row in enumerate(table):
            total = total + torch.logsumexp(row, dim=0) - row[i]
    return total / (2 * len(a))


@pytest.mark.parametrize("block", [64, 400, 2**19])  # 1, 10 and all rows of 40 in a block
@pytest.mark.parametrize("kind", KINDS)
def test_values_and_gradients_are_the_definitions(kind, block, monkeypatch):
    monkeypatch.setattr(blockwise, "BLOCK", block)
    similarity, temperature = KINDS[kind]
    gradients = []
    for loss in (slow_info_nce, info_nce):
        a, b = (c[0].clone().requires_grad_() for c in codes())
        tau = torch.tensor(temperature, dtype=torch.float64, requires_grad=True)
        if loss is info_nce:
            value = info_nce(a, b, similarity=similarity, temperature=tau)
        else:
            value = slow_info_nce(a, b, similarity, tau)
        (3 * value).backward()
        gradients.append([value.detach(), a.grad, b.grad, tau.grad])
    for wanted, got in zip(*gradients, strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("turned", "apart"), [(False, 1.0), (False, 1.0001), (True, 1.5)])
def test_near_and_far_partners_in_float32(turned, apart, monkeypatch):
    """A loss of nearly nothing keeps its digits; partners further off than exp can say are fine."""
    monkeypatch.setattr(losses, "_whole_matrix", None)
    a = torch.linspace(0, 40, 12)[:, None].repeat(1, 2)
    b = apart * (a.flip(0) if turned else a)
    found = info_nce(a, b, similarity="neg_l1", temperature=1.0)
    exact = slow_info_nce(a.double(), b.double(), "neg_l1", 1.0)
    assert float(found) == pytest.approx(float(exact), abs=1e-6, rel=1e-6)  # 8 eps of float32


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_block_form_that_answers(kind, monkeypatch):
    def forbidden(*_):
        raise AssertionError("the whole matrix was made")

    monkeypatch.setattr(losses, "_whole_matrix", forbidden)
    similarity, temperature = KINDS[kind]
    a, b = codes()
    assert info_nce(a[0], b[0], similarity=similarity, temperature=temperature) > 0


@pytest.mark.parametrize("block", [300, 2**19])
@pytest.mark.parametrize("kind", KINDS)
def test_many_batches_at_once_are_each_alone(kind, block, monkeypatch):
    similarity, _ = KINDS[kind]
    a, b = codes(k=3)
    taus = torch.tensor([0.2, 0.5, 1.0], dtype=torch.float64)
    alone = [
        info_nce(x, t, similarity=similarity, temperature=tau)
        for x, t, tau in zip(a, b, taus, strict=True)
    ]
    monkeypatch.setattr(blockwise, "BLOCK", block)
    together = info_nce_each(a, b, similarity=similarity, temperatures=taus)
    torch.testing.assert_close(together, torch.stack(alone), rtol=1e-10, atol=0)


@pytest.mark.parametrize("scale", [1e3, 1e4])
def test_scores_beyond_the_range_of_exponentials_are_still_right(scale):
    a, b = (c[0].float() for c in codes())
    sums = blockwise.info_nce(scale * a[None], b[None], "product")
    assert sums.isnan().all()  # the canary: plain exponentials can't do it
    a.requires_grad_()
    got = info_nce(scale * a, b, similarity="dot", temperature=1.0)
    wanted = slow_info_nce(scale * a.double(), b.double(), "dot", 1.0)
    assert got.item() == pytest.approx(wanted.item(), rel=1e-5)
    got.backward()
    assert a.grad.isfinite().all()


def test_very_distant_codes_do_not_vanish():
    a = torch.tensor([[0.0], [500.0]])
    got = info_nce(a, a.clone(), similarity=neg_squared_l2, temperature=1.0)
    assert got.item() == pytest.approx(0.0, abs=1e-6)
    apart = info_nce(a, a.flip(0), similarity="neg_l1", temperature=1.0)
    assert apart.item() == pytest.approx(500.0, rel=1e-6)


def test_low_precision_codes_are_summed_in_float32():
    a, b = (c[0].to(torch.bfloat16) for c in codes(n=600))
    got = info_nce(a, b, similarity="dot", temperature=2.0)
    wanted = slow_info_nce(a.double(), b.double(), "dot", 2.0)
    assert got.item() == pytest.approx(wanted.item(), rel=1e-2)


def test_constant_codes_score_chance_in_any_number_of_blocks(monkeypatch):
    monkeypatch.setattr(blockwise, "BLOCK", 100)
    flat = torch.ones(50, 3)
    assert info_nce(flat, flat, similarity="dot", temperature=1.0).item() == pytest.approx(
        math.log(50), rel=1e-6
    )
