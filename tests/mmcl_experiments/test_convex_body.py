"""The box's theorem, leg by leg, at sizes that a test can afford."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

import mmcl_experiments as experiments
from mmcl.laws import Laplace
from mmcl.losses import Heads, info_nce, neg_squared_l2
from mmcl.metrics.disentanglement import mutual_information
from mmcl.model import preset
from mmcl.randomness import stream
from mmcl.spaces import Box
from mmcl_experiments.box_oracle import run as box_oracle
from mmcl_experiments.convex_body import run as convex_body
from mmcl_experiments.walls import run as walls
from tests import bounds


def cross(table):
    return np.diff(np.diff(table, axis=0), axis=1)


def l1(a, b):
    return np.abs(a[:, None] - b[None]).sum(axis=2)


def test_l1s_cross_difference_is_a_signed_overlap():
    rng = stream(200, "overlap")
    for a, a2, b, b2 in rng.random((500, 4)):
        crossed = abs(a - b) - abs(a2 - b) - abs(a - b2) + abs(a2 - b2)
        low = max(min(a, a2), min(b, b2))
        common = max(0.0, min(max(a, a2), max(b, b2)) - low)
        assert crossed == pytest.approx(-2 * common * np.sign(a2 - a) * np.sign(b2 - b), abs=1e-12)


def test_only_signed_permutations_keep_l1_cross_differences():
    rng = stream(200, "maps")
    z, w = rng.random((2, 40, 2))
    true = cross(l1(z, w))
    for order, signs in itertools.product(
        itertools.permutations((0, 1)), itertools.product((-1, 1), repeat=2)
    ):
        kept = cross(l1(z[:, order] * signs + 0.3, w[:, order] * signs + 0.3))
        np.testing.assert_allclose(kept, true, atol=1e-12)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    rivals = {
        "turn": (z @ turn, w @ turn),
        "bend": (z**2, w**2),
        "one scaled": (z * [1, 2], w * [1, 2]),
        "shifted apart": (z + 0.1, w),
    }
    for name, (a, b) in rivals.items():
        assert np.abs(cross(l1(a, b)) - true).max() > 0.05, name


def test_squared_l2_with_heads_only_knows_a_linear_map():
    rng = stream(200, "shear")
    z, w, a = (torch.from_numpy(rng.standard_normal((20, 3))) for _ in range(3))
    a = a[:3]
    sheared = neg_squared_l2(z @ a.T, w @ torch.linalg.inv(a))
    np.testing.assert_allclose(cross(sheared), cross(neg_squared_l2(z, w)), atol=1e-9)


@pytest.mark.parametrize("scale", [0.05, 0.2])
@pytest.mark.parametrize("coupling", ["conditional", "potential"])
def test_the_grids_joint_is_the_models(scale, coupling):
    model = preset("multimodal-box", d=1, scale=scale, coupling=coupling, private=(1, 1))
    pairs = model.sample(200_000, stream(200, "joint"))
    cells = 5
    found = np.histogram2d(
        *(z.numpy()[:, 0] for z in (pairs.z_x, pairs.z_t)), bins=cells, range=[[0, 1]] * 2
    )[0]
    expected = walls.joint_on_grid(scale, coupling, 500).reshape(cells, 100, cells, 100)
    expected = expected.sum(axis=(1, 3)) * len(pairs)
    chi2 = ((found - expected) ** 2 / expected).sum()
    bounds.plausible(stats.chi2.sf(chi2, cells**2 - 1))


def test_the_two_couplings_differ():
    one, other = (walls.joint_on_grid(0.2, kind, 50) for kind in ("conditional", "potential"))
    assert np.abs(one - one.T).max() > 1e-5
    np.testing.assert_allclose(other, other.T)
    np.testing.assert_allclose(one.sum(axis=1), 1 / 50)
    mass = Laplace(0.2).mass(walls.midpoints(50)[:, None], Box(1))[:, 0]
    np.testing.assert_allclose(other.sum(axis=1), mass / mass.sum(), rtol=2e-3)


def test_population_loss_is_the_limit_of_info_nce():
    """With the true scores it is minus the mutual information, and no other scores beat it."""
    joint = torch.from_numpy(walls.joint_on_grid(0.2, "conditional", 30))
    pmi = (joint / torch.outer(joint.sum(1), joint.sum(0))).log()
    least = walls.population_loss(pmi, joint)
    assert float(least) == pytest.approx(-mutual_information(joint.numpy()), abs=1e-12)
    noise = torch.from_numpy(stream(200, "noise").standard_normal(pmi.shape))
    assert walls.population_loss(pmi + 0.1 * noise, joint) > least + 1e-4
    shift = torch.randn(30, 1, generator=torch.Generator().manual_seed(0)).double()
    assert float(walls.population_loss(pmi + 3.0, joint)) == pytest.approx(float(least))
    assert walls.population_loss(pmi + shift, joint) > least + 1e-3  # one direction sees it


@pytest.fixture(scope="module")
def wall_table():
    return experiments.run("walls", seed=200, scales=[0.05, 0.5], cells=100, steps=150)


def test_walls_cost_little_when_narrow_and_heads_cure_them(wall_table):
    plain, cured = wall_table[~wall_table.heads], wall_table[wall_table.heads]
    assert cured.gap.abs().max() < 1e-6
    assert cured.gain.abs().max() < 1e-6
    np.testing.assert_allclose(cured.temperature, cured.scale, rtol=1e-3)
    assert (plain.gap > 1e-3).all()
    assert (plain.gain > 1e-4).all()
    assert plain[plain.scale.eq(0.05)].r2.min() > 0.9998
    assert plain[plain.scale.eq(0.5)].r2.max() < 0.992


@pytest.mark.parametrize(("scale", "d"), [(0.05, 2), (0.2, 5)])
def test_oracle_meets_its_closed_form(scale, d):
    settings = experiments.settings("box_oracle", scales=[scale], ds=[d], batches=80)
    (row,) = box_oracle.run(settings, seed=200).to_dict("records")
    bounds.within((row["measured"] - row["predicted"]) / row["se"], dof=79)
    assert row["se"] < 0.01


def test_oracle_rejects_scores_without_the_walls_terms():
    """Plain -|.| / scale falls short of the true scores on the same pairs, by walls' gap."""
    model = preset("multimodal-box", scale=0.2, coupling="potential", rng=stream(200, "mixing"))
    missing, true = [], box_oracle.true_scores(0.2)
    rng = stream(200, "plain")
    for _ in range(40):
        z_x, z_t = model.invert(model.sample(1024, rng))
        plain = info_nce(z_x, z_t, similarity="neg_l1", temperature=0.2)
        missing.append(float(plain - info_nce(z_x, z_t, similarity=true, temperature=1)))
    assert np.mean(missing) > 10 * np.std(missing) / 40**0.5
    one = experiments.run("walls", seed=0, scales=[0.2], cells=200, steps=50)
    gap = one[one.coupling.eq("potential") & ~one.heads].gap.item()
    assert np.mean(missing) == pytest.approx(5 * gap, rel=0.1)


@pytest.mark.parametrize("similarity", ["neg_l1", neg_squared_l2])
def test_heads_are_added_to_the_scores(similarity):
    rng = stream(200, "heads")
    a, b = (torch.from_numpy(rng.random((6, 4))) for _ in range(2))
    found = Heads(similarity)(a, b)
    plain = -torch.from_numpy(l1(a[:, :3].numpy(), b[:, :3].numpy()))
    if similarity is neg_squared_l2:
        plain = -((a[:, None, :3] - b[None, :, :3]) ** 2).sum(dim=2)
    for i in range(6):
        for j in range(6):
            assert found[i, j] == pytest.approx(float(plain[i, j] + a[i, 3] + b[j, 3]))


SMALL = {"d": 2, "private": 1, "steps": 300, "batch": 256, "test_pairs": 4096, "lr": 0.005}


@pytest.mark.parametrize(
    ("case", "before", "after"),
    [
        ("box, L1", (0.97, 1), (0.97, 1)),
        ("box, L2, free codes", (0.6, 0.95), (0.97, 1)),
        ("box, L2, codes in a box", (0.95, 1), (0.97, 1)),
    ],
)
def test_a_case_recovers_what_it_should(case, before, after):
    table = experiments.run("convex_body", seed=204, case=case, **SMALL)
    table = table[table.modality.ne("both")]
    mccs = table[table.metric.eq("mcc")].groupby("code").value.mean()
    assert before[0] < mccs["contrastive"] <= before[1]
    assert after[0] < mccs["ICA"] <= after[1]
    assert mccs["random turn"] < 0.92
    assert table[table.metric.eq("linear_r2")].value.min() > 0.92
    assert table[table.metric.eq("converged")].value.eq(1).all()


@pytest.mark.parametrize("case", ["sphere", "no walls"])
def test_where_ica_has_no_license(case):
    changes = SMALL | {"d": 3, "lr": 0.02}
    table = experiments.run("convex_body", seed=203, case=case, **changes)
    mccs = table[table.metric.eq("mcc")].groupby("code").value.mean()
    assert table[table.metric.eq("linear_r2")].value.min() > 0.9
    assert mccs["ICA"] < 0.95


def test_shuffled_pairs_teach_nothing_and_baselines_are_measured():
    changes = SMALL | {"shuffled": True, "baselines": True}
    table = experiments.run("convex_body", seed=200, **changes).set_index(["code", "metric"])
    assert abs(table.value["contrastive", "nats"].item()) < 0.02
    assert table.value["supervised", "linear_r2"].item() > 0.97
    assert table.value["raw", "linear_r2"].item() < 0.95
    assert {"untrained", "linear CCA"} <= set(table.index.get_level_values("code"))


def test_heads_add_a_code_dimension_that_isnt_scored():
    table = experiments.run("convex_body", seed=202, heads=True, **SMALL)
    settings = experiments.settings("convex_body", heads=True, **SMALL)
    assert convex_body.game_of(settings).size == settings["d"] + 1
    mccs = table[table.metric.eq("mcc") & table.code.eq("contrastive")]
    assert mccs.value.min() > 0.97


def test_span_is_the_maps_scale():
    rng = stream(200, "span")
    z = torch.from_numpy(rng.random((500, 3)))
    q = torch.linalg.qr(torch.from_numpy(rng.standard_normal((3, 3)))).Q
    assert convex_body.span(z, 0.7 * z @ q + 2) == pytest.approx(0.7)


def test_an_unknown_case_is_named_with_the_valid_ones():
    with pytest.raises(ValueError, match=r"unknown case .torus.\. Valid: box, L1"):
        experiments.run("convex_body", profile="smoke", case="torus")
