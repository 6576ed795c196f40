"""What chapter 16 notes of its tables, on tables whose answers are plain."""

import pandas as pd
import pytest

from mmcl_experiments.domain_shift import readings


def test_white_features_are_compared_with_photos_of_the_same_number_of_shots():
    looks = {"photo": [0.3, 0.1], "lines": [-0.2, 0.0], "silhouette": [0.4, -0.1]}
    found = readings.of_white(pd.DataFrame(looks, index=[4, 16]))
    assert found == {
        "white.most": 0.4,
        "white.photo.4": 0.3, "white.least.4": -0.2, "white.most.4": 0.4,
        "white.photo.16": 0.1, "white.least.16": -0.1, "white.most.16": 0.0,
    }  # fmt: skip


def test_a_lead_is_clear_where_its_interval_is_above_zero():
    gaps = pd.DataFrame({"mean": [0.2, -0.1, 0.3], "low": [0.1, -0.2, -0.1]})
    assert readings.of_gaps(gaps) == {"least": -0.1, "most": 0.3, "clear": 1}


def test_dropping_the_span_of_means_is_told_apart_by_target():
    each = pd.DataFrame(
        {"silhouette": [0.01, 0.2], "lines": [-0.02, -0.3]}, index=["ica - none", "means - none"]
    )
    found = {"best": 0.01, "worst": -0.02, "means.best": 0.2, "means.worst": -0.3}
    assert readings.of_drops(each) == pytest.approx(found)
