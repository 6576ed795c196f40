"""The interventional score: its triad, a slow version of another make, and what it refuses."""

import numpy as np
import pytest
import torch

from mmcl.errors import InputError
from mmcl.metrics import kernel_r2
from mmcl.metrics.interventional import interventional_r2
from mmcl.randomness import stream


def scenes(n=1200, effect=4.0, seed=300):
    """Content, style that content causes nearly all of, and a private number."""
    rng = stream(seed, "scenes")
    c = rng.standard_normal((n, 2))
    s = effect * c + rng.standard_normal((n, 2))
    m = rng.standard_normal((n, 1))
    return {k: torch.from_numpy(v) for k, v in {"content": c, "style": s, "private": m}.items()}


def noise(blocks):
    n = len(blocks["content"])
    return torch.from_numpy(stream(301, "noise").standard_normal((n, 2)))


def test_perfect_useless_and_adversarial_codes():
    blocks = scenes()
    perfect = interventional_r2(
        blocks, lambda b: torch.tanh(b["content"] / 3), rng=stream(302, "a")
    )
    useless = interventional_r2(blocks, noise, rng=stream(302, "b"))
    style = interventional_r2(blocks, lambda b: b["style"], rng=stream(302, "c"))
    assert perfect["content"] > 0.98
    assert max(abs(v) for k, v in perfect.items() if k != "content") < 0.1
    assert max(abs(v) for v in useless.values()) < 0.1
    assert style["style"] > 0.98
    # the usual score takes a code of style alone for one of content
    assert kernel_r2(blocks["content"], blocks["style"], rng=stream(302, "d")) > 0.9
    assert abs(style["content"]) < 0.1


def slow(draw, encode, name, n, seed):
    """By fresh draws in place of exchanged rows, and neighbors in place of a kernel, in loops."""
    kept, fresh = draw(n, seed=seed), draw(n, seed=seed + 1)
    kept = {**kept, name: fresh[name]}
    codes, wanted = encode(kept).numpy(), kept[name].numpy()
    half, k, scores = n // 2, 15, []
    for column in range(wanted.shape[1]):
        truth = wanted[half:, column]
        error = 0.0
        for i in range(half, n):
            distances = ((codes[:half] - codes[i]) ** 2).sum(axis=1)
            nearest = sorted(range(half), key=distances.__getitem__)[:k]
            guess = sum(wanted[j, column] for j in nearest) / k
            error += (wanted[i, column] - guess) ** 2
        scores.append(1 - error / ((truth - truth.mean()) ** 2).sum())
    return float(np.mean(scores))


def test_a_slow_version_of_another_make_agrees():
    def mixed(b):  # half of content, and style where content's other half should be
        return torch.stack([b["content"][:, 0], b["style"][:, 1] / 4], dim=1)

    fast = interventional_r2(scenes(2000), mixed, rng=stream(303, "fast"))
    for name, value in fast.items():
        assert value == pytest.approx(slow(scenes, mixed, name, 2000, 304), abs=0.12)
    assert fast["content"] == pytest.approx(0.5, abs=0.06)
    assert fast["style"] == pytest.approx(0.5, abs=0.06)


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="same n"):
        interventional_r2({}, noise, rng=stream(0, "x"))
    blocks = {"a": torch.zeros(8, 1), "b": torch.zeros(9, 1)}
    with pytest.raises(InputError, match="same n"):
        interventional_r2(blocks, noise, rng=stream(0, "x"))
