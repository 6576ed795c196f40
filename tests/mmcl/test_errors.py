"""What a user can mend is one line; a fault of the program keeps its traceback."""

import errno
import os
import pickle
import subprocess
import sys

import pytest

from mmcl import errors
from mmcl_book import cli, console
from mmcl_book.cli import commands
from mmcl_book.run import plan
from mmcl_book.site.build import BuildError
from mmcl_book.sweep.cluster import ClusterError

CLASSES = {
    errors.InputError: ValueError,
    errors.UsageError: ValueError,
    errors.FileError: OSError,
    errors.MissingFile: FileNotFoundError,
    errors.NoConnection: ConnectionError,
    errors.MissingPackage: ModuleNotFoundError,
    errors.NotFinite: FloatingPointError,
    ClusterError: OSError,
    BuildError: Exception,
}


@pytest.mark.parametrize("kind", CLASSES)
def test_users_errors_are_pythons_too_and_cross_processes(kind):
    error = pickle.loads(pickle.dumps(kind("a file; do this")))
    assert type(error) is kind
    assert str(error) == "a file; do this"
    assert isinstance(error, errors.UserError)
    assert isinstance(error, CLASSES[kind])


def test_the_warnings_of_a_build_cross_processes_too():
    assert pickle.loads(pickle.dumps(BuildError("two", ["a", "b"]))).warnings == ["a", "b"]


@pytest.fixture
def ends(book, monkeypatch, capsys):
    """How `mmcl clean` ends when it raises an error: (exit code, stderr)."""
    monkeypatch.chdir(book.root)

    def run(error):
        def fails(options):
            raise error

        monkeypatch.setattr(commands, "clean", fails)
        code = cli.main(["clean"])
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InputError("this; do that"), 1),
        (errors.FileError("this; do that"), 1),
        (errors.MissingPackage("this; do that"), 1),
        (ClusterError("this; do that"), 1),
        (plan.UsageError("this; do that"), 2),
    ],
)
def test_a_users_error_is_one_line(ends, error, code):
    assert ends(error) == (code, "mmcl clean: this; do that\n")


@pytest.mark.parametrize(
    "error",
    [ValueError("boom"), KeyError("boom"), RuntimeError("boom"), FileNotFoundError(2, "no", "boom"),
     OSError("boom"), UnicodeEncodeError("ascii", "é", 0, 1, "boom"), BrokenPipeError(32, "boom")],
)  # fmt: skip
def test_a_fault_keeps_its_traceback_and_asks_for_a_report(ends, error):
    code, err = ends(error)
    assert code == 1
    assert err.startswith("Traceback (most recent call last):")
    assert "boom" in err
    last = err.splitlines()[-1]
    assert last == f"mmcl clean: {console.REPORT}"
    for word in ("report", "command", "version", "mmcl doctor"):
        assert word in last


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EACCES, "choose another place, or set HOME or MMCL_DATA"),
        (errno.EPERM, "choose another place"),
        (errno.EROFS, "nothing can be written there"),
    ],
)
def test_what_the_machine_refuses_is_one_line_with_the_file(ends, number, words):
    code, err = ends(OSError(number, "says the system", "some/file"))
    assert code == 1
    assert err.startswith("mmcl clean: some/file: says the system; ")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["diagnose", "absent.npy", "absent.npy"],
        ["diagnose", "_toc.yml", "_toc.yml"],
        ["diagnose", "absent.npy", "absent.npy", "--seed", "-1"],
        ["probe", "--features", "absent.npy", "--labels", "absent.txt"],
        ["record", "accept"],
        ["serve"],
        ["clip", "evaluate", "absent.safetensors"],
        ["clip", "features", "absent", "--pretrained", "x", "--out", "a.safetensors"],
        ["world", "--out", "_toc.yml/x"],
        ["world", "--out", "x", "--seed", "-1"],
        ["sweep", "hypersphere", "--seeds", "3"],
        ["data", "verify", "features"],
    ],
)
def test_canary_no_users_error_has_a_traceback(book, monkeypatch, capsys, arguments):
    book.add("01_tiny")
    monkeypatch.chdir(book.root)
    assert cli.main(arguments) in (1, 2)
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "report" not in err
    assert len(err.splitlines()) <= 2


@pytest.mark.parametrize("name", ["labels.txt", "labels.csv"])
def test_text_in_another_encoding_is_named(tmp_path, name, capsys):
    import numpy as np

    np.save(tmp_path / "a.npy", np.eye(4))
    (tmp_path / name).write_bytes("café\n".encode("latin-1"))
    given = ["--features", str(tmp_path / "a.npy"), "--labels", str(tmp_path / name)]
    assert cli.main(["probe", *given]) == 1
    err = capsys.readouterr().err
    assert f"{name}, line 1, is no text in UTF-8" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_pipe_that_nobody_reads_ends_quietly(book, unbuffered):
    program = (
        "import sys, time; from mmcl_book import cli; from mmcl_book.cli import commands\n"
        "commands.clean = lambda options: [print('x' * 100) for _ in range(10_000)] and 0\n"
        "sys.exit(cli.main(['clean']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=book.root, env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 1
    assert err == b""
