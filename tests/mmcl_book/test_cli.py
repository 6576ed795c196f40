"""The command line: exit codes, messages, and nothing heavy before it is needed."""

import subprocess
import sys

import pytest

from mmcl_book import cli


def mmcl(*arguments, cwd=None):
    """Run the command in a new process: (exit code, stdout, stderr)."""
    done = subprocess.run(
        [sys.executable, "-m", "mmcl_book.cli", *arguments], cwd=cwd, capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def here(book, monkeypatch):
    """A book with one chapter, as the current folder."""
    book.add("01_tiny")
    monkeypatch.chdir(book.root)
    return book


@pytest.mark.parametrize(
    "command",
    [
        "",
        "run",
        "book",
        "sweep",
        "world",
        "clip",
        "clip train",
        "clip evaluate",
        "clip features",
        "record",
        "data",
        "check",
        "doctor",
        "serve",
        "clean",
        "probe",
        "diagnose",
    ],
)
def test_help(command, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([*command.split(), "--help"])
    assert caught.value.code == 0
    assert "usage: mmcl" in capsys.readouterr().out


def test_help_imports_nothing_heavy():
    probe = (
        "import sys; from mmcl_book import cli; cli.build_parser().format_help(); "
        "print([m for m in ('numpy', 'pandas', 'torch', 'yaml', 'papermill') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "01_tony"], "did you mean '01_tiny'"),
        (["run", "--profile", "papre"], "did you mean 'paper'"),
        (["run", "--seed", "-1"], "seed is -1; give an integer >= 0"),
        (["run", "--set", "SIZ=3"], "did you mean 'SIZE'"),
        (["run", "--set", "SIZE=x"], "SIZE is 'x'"),
        (["run", "--jobs", "0"], "jobs is 0"),
        (["run", "--out", "_toc.yml/x"], "can't write to"),
        (["book", "--profile", "papre"], "did you mean 'paper'"),
        (["check", "--profile", "papre"], "did you mean 'paper'"),
        (["record", "show", "01_tony"], "did you mean '01_tiny'"),
        (["clean", "--profile", "papre"], "did you mean 'paper'"),
    ],
)
def test_wrong_usage_is_2_and_nothing_is_written(here, arguments, words, capsys):
    before = sorted(here.root.rglob("*"))
    assert cli.main(arguments) == 2
    assert words in capsys.readouterr().err
    assert sorted(here.root.rglob("*")) == before


@pytest.mark.parametrize(
    "arguments",
    [["rnu"], [], ["run", "--set", "SIZE"], ["run", "--set", "A=1", "--set", "A=2"],
     ["run", "--seed", "x"], ["record", "forget"]],
)  # fmt: skip
def test_a_wrong_command_line_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: mmcl" in capsys.readouterr().err


def test_accept_without_a_record_is_1(here, capsys):
    assert cli.main(["record", "accept"]) == 1
    assert "has no record at default; run: mmcl run 01_tiny" in capsys.readouterr().err
    assert cli.main(["record", "accept", "--profile", "smoke"]) == 1
    assert "smoke" in capsys.readouterr().err
    here.write("README.md", "<!-- results:begin -->\n<!-- results:end -->\n")
    assert cli.main(["record", "show"]) == 1
    assert "| result |" in (here.root / "README.md").read_text()
    assert cli.main(["record", "diff"]) == 1


def test_accept_renews_the_readme(here, entry, capsys):
    from mmcl_book import keys as reach

    here.ledger(entry())
    here.write("README.md", "<!-- results:begin -->\n<!-- results:end -->\n")
    notebook = here.root / "notebooks" / "01_tiny.ipynb"
    key = reach.key(here.root, notebook, profile="default", seed=0)
    here.record("01_tiny", {"r2": 0.99}, key=key)
    assert cli.main(["record", "accept", "1"]) == 0
    assert "| 0.990 |" in (here.root / "README.md").read_text()
    assert cli.main(["record", "show"]) == 0
    assert "0.99" in capsys.readouterr().out
    assert cli.main(["record", "diff"]) == 0
    assert "0 values differ" in capsys.readouterr().out


def test_clean_removes_only_what_was_built(here):
    here.record("01_tiny", {"a": 1})
    here.write("_build/smoke/x", "")
    assert cli.main(["clean", "--profile", "smoke"]) == 0
    assert sorted(p.name for p in (here.root / "_build").iterdir()) == ["default"]
    assert cli.main(["clean"]) == 0
    assert not (here.root / "_build").exists()
    assert (here.root / "notebooks" / "01_tiny.ipynb").is_file()


def test_it_works_from_a_folder_below(here):
    code, _, err = mmcl("run", "9", cwd=here.root / "notebooks")
    assert code == 2
    assert "Valid: 01_tiny" in err


@pytest.fixture
def stages(here, monkeypatch):
    """`mmcl book` with its three stages replaced: what they give can be set, what ran is listed."""
    from mmcl_book import lint
    from mmcl_book.run import execute
    from mmcl_book.site import build

    given = {"status": "ran", "findings": [], "warnings": None, "ran": []}

    def fake_run(root, **options):
        given["ran"].append("run")
        return [execute.Result("01_tiny", given["status"], 1.5)]

    def fake_build(root, profile, *, clean=False):
        given["ran"].append("build")
        if given["warnings"]:
            raise build.BuildError("1 warning", given["warnings"])
        return root / "index.html"

    monkeypatch.setattr(execute, "run", fake_run)
    monkeypatch.setattr(build, "build", fake_build)
    monkeypatch.setattr(lint, "project_findings", lambda root: given["findings"])
    return given


def test_book_runs_and_builds_and_says_what_to_open(stages, here, capsys):
    assert cli.main(["book"]) == 0
    out, err = capsys.readouterr()
    assert out.strip() == str(here.root / "index.html")
    assert "01_tiny" in err
    assert "1.5 s" in err


def test_book_does_not_build_after_a_failed_chapter(stages):
    stages["status"] = "failed"
    assert cli.main(["book"]) == 1
    assert stages["ran"] == ["run"]


def test_book_builds_in_spite_of_findings_but_is_not_done(stages, capsys):
    stages["findings"] = ["a finding"]
    assert cli.main(["book"]) == 1
    assert stages["ran"] == ["run", "build"]
    assert "a finding" in capsys.readouterr().err


def test_book_fails_with_a_build_that_warned(stages, capsys):
    stages["warnings"] = ["WARNING"]
    assert cli.main(["book"]) == 1
    assert "mmcl book: 1 warning" in capsys.readouterr().err
