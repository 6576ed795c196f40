"""The workflows for a public home: they call what there is, and what may fail says so."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in FOLDER.glob("*.yml")}
TARGETS = set(re.findall(r"(?m)^([a-z ]+):", (ROOT / "Makefile").read_text()))
KNOWN = {name for names in TARGETS for name in names.split()}


def jobs() -> list[Any]:
    return [
        pytest.param(job, id=f"{name}-{each}")
        for name, workflow in WORKFLOWS.items()
        for each, job in workflow["jobs"].items()
    ]


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def asked_of_make(text: str) -> set[str]:
    """The targets that commands ask `make` for."""
    calls = re.findall(r"(?m)(?:^|&& |; )make ((?:[a-z]+ ?)+)", text)
    return {name for call in calls for name in call.split()}


def test_each_event_has_its_workflow() -> None:
    events = {name: set(workflow[True]) for name, workflow in WORKFLOWS.items()}  # YAML's `on`
    assert events["pull-request"] == {"pull_request"}
    assert "push" in events["publish"]
    assert WORKFLOWS["publish"][True]["push"]["branches"] == ["main"]
    assert WORKFLOWS["release"][True]["push"]["tags"] == ["v*"]
    assert "schedule" in events["nightly"]
    assert "schedule" in events["weekly"]


@pytest.mark.parametrize("job", jobs())
def test_targets_of_make_are_there(job: dict[str, Any]) -> None:
    asked = asked_of_make("\n".join(commands(job)))
    assert asked <= KNOWN


def test_targets_are_found_and_a_missing_one_is_seen() -> None:
    assert asked_of_make('make offline pdf TORCH_INDEX="$X"') == {"offline", "pdf"}
    assert asked_of_make("make boook") - KNOWN == {"boook"}
    assert {"book", "test", "offline", "pdf", "release", "nightly"} <= KNOWN


def test_pull_requests_and_main_call_what_every_machine_calls() -> None:
    request = "\n".join(commands(WORKFLOWS["pull-request"]["jobs"]["check"]))
    for wanted in ("make book", "mmcl check", "make test"):
        assert wanted in request
        assert wanted in (ROOT / ".ci" / "run").read_text()
    uses = [step.get("uses", "") for step in WORKFLOWS["pull-request"]["jobs"]["check"]["steps"]]
    assert any(name.startswith("actions/upload-artifact") for name in uses)  # to look at the site
    assert asked_of_make("\n".join(commands(WORKFLOWS["publish"]["jobs"]["book"]))) == {
        "offline", "pdf",
    }  # fmt: skip


@pytest.mark.parametrize("job", jobs())
def test_a_job_that_may_fail_says_so_by_its_name(job: dict[str, Any]) -> None:
    assert bool(job.get("continue-on-error")) == ("(may fail)" in job.get("name", ""))
    assert job["timeout-minutes"] > 0


def test_newer_pythons_and_other_systems_are_tried_and_may_fail() -> None:
    weekly = WORKFLOWS["weekly"]["jobs"]
    assert weekly["newest"]["strategy"]["matrix"]["python"] == ["3.12", "3.13"]
    assert not any("constraints" in each for each in commands(weekly["newest"]))
    assert weekly["systems"]["strategy"]["matrix"]["system"] == ["windows-latest", "macos-latest"]
    assert all(job["continue-on-error"] for job in weekly.values())
