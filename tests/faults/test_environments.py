"""Machines unlike ours: no home folder, consoles that lack letters, locale C, odd folders."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest

from mmcl import data, files
from mmcl_book.cli import doctor
from mmcl_experiments.real_pairs import sources

NOBODY = """
import os, pwd
os.environ.pop("HOME", None)
def unknown(number):
    raise KeyError(f"getpwuid(): uid not found: {number}")
pwd.getpwuid = unknown
"""
DATA = ("MMCL_DATA", "XDG_CACHE_HOME")


def mmcl(*arguments, cwd, drop=(), **environment):
    """Run the command in a new process: (exit code, stdout, stderr), both as bytes."""
    env = {name: value for name, value in os.environ.items() if name not in drop}
    done = subprocess.run(
        [sys.executable, "-m", "mmcl_book.cli", *arguments],
        cwd=cwd, env=env | environment, capture_output=True,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def nobody(tmp_path):
    """A folder for PYTHONPATH in whose processes nobody knows the user, who has no HOME."""
    place = tmp_path / "nobody"
    place.mkdir()
    (place / "sitecustomize.py").write_text(NOBODY)
    return os.pathsep.join(filter(None, [str(place), os.environ.get("PYTHONPATH")]))


def test_without_a_home_data_says_what_to_set(nobody, book):
    code, _, err = mmcl("data", "list", cwd=book.root, drop=DATA, PYTHONPATH=nobody)
    assert code == 1
    assert b"set HOME, or MMCL_DATA to the folder that holds the files" in err
    assert b"Traceback" not in err
    code, out, _ = mmcl("data", "list", cwd=book.root, PYTHONPATH=nobody, MMCL_DATA="here")
    assert code == 0
    files = {*data.names(), *(each.name for each in sources.FILES)}
    assert out.count(b"absent") == len(files)


def test_without_a_home_doctor_says_so_and_all_else(nobody, book):
    code, out, err = mmcl("doctor", cwd=book.root, drop=DATA, PYTHONPATH=nobody)
    assert code == 1
    assert err == b""
    text = out.decode()
    assert "missing home" in text
    assert "set HOME to a folder that you may write to" in text
    assert "note    data" in text
    assert "set HOME, or MMCL_DATA" in text
    for subject in ("python", "device", "instructions", "numpy"):
        assert f"ok      {subject}" in text


def test_without_a_home_check_runs_and_run_says_what_to_set(nobody, book):
    book.add("01_tiny")
    book.write("README.md", "<!-- results:begin -->\n<!-- results:end -->\n")
    _, out, err = mmcl("check", cwd=book.root, drop=DATA, PYTHONPATH=nobody)
    assert b"claims in order" in out
    assert err == b""
    code, _, err = mmcl("run", cwd=book.root, drop=DATA, PYTHONPATH=nobody)
    assert code == 1
    assert b"mmcl run: Jupyter needs a home folder; set HOME" in err
    assert b"Traceback" not in err
    code, _, err = mmcl("run", "--out", "~/x", cwd=book.root, drop=DATA, PYTHONPATH=nobody)
    assert code == 1
    assert b"~/x: the home folder of this user is unknown; set HOME" in err


def test_doctor_goes_on_whatever_breaks(book, monkeypatch, capsys):
    def broken(*arguments):
        raise RuntimeError("what nobody thought of\nand more")

    names = ("python", "packages", "device", "instructions", "home", "data", "browser")
    for name in names:
        monkeypatch.setattr(doctor, name, broken)
    assert doctor.run() == 0
    lines = capsys.readouterr().out.splitlines()
    reason = "could not be found out: RuntimeError: what nobody thought of"
    assert [line.split(maxsplit=2) for line in lines[: len(names)]] == [
        ["note", name, reason] for name in names
    ]


def test_doctor_needs_no_other_package(book):
    program = (
        "import sys; sys.modules.update(dict.fromkeys(('pandas', 'torch', 'numpy'), None))\n"
        "from mmcl_book import cli; sys.exit(cli.main(['doctor']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=book.root, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "missing device" in done.stdout
    assert "ok      pyyaml" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError("Pooch could not create a folder"), "set HOME or MMCL_DATA to a folder"),
        (OSError(errno.EACCES, "Permission denied"), "set HOME or MMCL_DATA to a folder"),
        (OSError(errno.EROFS, "Read-only file system"), "nothing can be written there"),
        (OSError(errno.ENOSPC, "No space left on device"), "free some space"),
    ],
)
def test_a_download_that_cant_be_kept_says_the_right_thing(monkeypatch, tmp_path, error, words):
    def refused(*arguments, **more):
        raise error

    monkeypatch.delenv("MMCL_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("pooch.Pooch.fetch", refused)
    with pytest.raises(OSError, match=words) as caught:
        data.path(data.names()[0])
    assert ("free some space" in str(caught.value)) == (error.errno == errno.ENOSPC)
    monkeypatch.setattr(os, "fsync", refused)
    with pytest.raises(OSError, match=words):
        files.write_text(tmp_path / "a", "text")


@pytest.fixture
def pair(tmp_path):
    """A folder with a space and 猫 in its name, with two small files of features in it."""
    folder = tmp_path / "a space and 猫"
    folder.mkdir()
    rng = np.random.default_rng(0)
    shared = rng.laplace(size=(200, 3))
    for name in ("写真.npy", "other.npy"):
        np.save(folder / name, shared + 0.5 * rng.laplace(size=(200, 3)))
    return folder


def test_a_console_that_lacks_letters_shows_them_escaped(pair):
    """ASCII, which lacks all that other encodings lack."""
    code, out, err = mmcl("diagnose", "写真.npy", "other.npy", cwd=pair, PYTHONIOENCODING="ascii")
    assert (code, b"Traceback" in err) == (0, False)
    assert r"\u5199\u771f" in out.decode("ascii")
    assert r"\u5199\u771f" in err.decode("ascii")
    assert "写真" in (pair / "diagnosis.html").read_text(encoding="utf-8")


def test_what_a_console_has_stays_and_what_it_lacks_is_escaped():
    program = (
        "import sys; from mmcl_book import console; console.prepare()\n"
        "for stream in (sys.stdout, sys.stderr): print('±写真', file=stream)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
    )  # fmt: skip
    assert done.stdout.strip() == done.stderr.strip() == b"\xb1" + rb"\u5199\u771f"


def test_locale_c_and_a_folder_with_a_space_and_a_cat(pair):
    locale = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    code, _, err = mmcl("diagnose", "other.npy", "other.npy", "--out", str(pair / "report 猫"),
                        cwd=pair, **locale)  # fmt: skip
    assert (code, b"Traceback" in err) == (0, False)
    assert (pair / "report 猫.html").is_file()
