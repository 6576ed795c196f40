"""`make portable`: the tests, and all chapters with their claims, as other processors round.

    python -m tests.portable [SETTING ...] [--stages chapters,tests,...] [--again]

A setting makes numpy's and torch's libraries compute as on an older processor, so that sums are
rounded in another order. For each, in `_build/portable/SETTING`: every chapter is executed, its
records are judged by `mmcl check`, chapters that read outside files are executed and judged without
them, and the tests pass. Stage `sweeps`, which takes hours, confirms a task of each accepted sweep.
Nothing is reached over a network, where the system lets this script cut itself off. What is done
with the code of this commit is not done again, unless --again is given. Exit code 0 if all is well.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
SETTINGS: dict[str, dict[str, str]] = {
    "native": {},
    "avx2": {
        "OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2", "MKL_CBWR": "AVX2",
    },
    "oldest": {
        "OPENBLAS_CORETYPE": "Nehalem", "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
    },
}  # fmt: skip
STAGES = ("chapters", "without-data", "tests", "tests-without-data", "sweeps")
USUAL = STAGES[:-1]
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


def environment(setting: str, *, data: bool = True) -> dict[str, str]:
    """The environment of a setting; without `data` there are no outside files at all."""
    found = {name: value for name, value in os.environ.items() if name not in SETTINGS["avx2"]}
    found |= SETTINGS[setting]
    if not data:
        found.pop("MMCL_DATA", None)
        found["XDG_CACHE_HOME"] = str(ROOT / "_build" / "portable" / "empty-cache")
        found["MMCL_REQUIRE"] = ",".join(
            each for each in found.get("MMCL_REQUIRE", "").split(",") if each not in ("", "data")
        )
    return found


def cut_off() -> list[str]:
    """The words before a command that leave it the loopback interface alone; none if refused."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    words = ["unshare", "--net", *user, sys.executable, "-m", "tests.loopback"]
    try:
        done = subprocess.run([*words, "true"], cwd=ROOT, capture_output=True)
    except FileNotFoundError:
        return []
    return words if done.returncode == 0 else []


def run(command: list[str], log: Path, env: Mapping[str, str]) -> bool:
    """Run a command and keep what it says; True when it ended well."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as stream:
        done = subprocess.run(
            [*OFFLINE, *command], cwd=ROOT, env=dict(env), stdout=stream, stderr=subprocess.STDOUT
        )
    return done.returncode == 0


def last_line(log: Path) -> str:
    """What a log ends on."""
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    return lines[-1].strip("= ") if lines else "nothing was said"


def mmcl(*words: str) -> list[str]:
    """A command of the package."""
    return [sys.executable, "-m", "mmcl_book.cli", *words]


def chapters(setting: str, folder: Path, names: list[str] | None = None) -> Iterator[str]:
    """Execute chapters, all unless named, and judge them; yield what went wrong."""
    data = names is None
    out, env = folder / ("run" if data else "run-without-data"), environment(setting, data=data)
    if not data:  # the claims of other chapters are judged by the run that has data
        if not (folder / "run").is_dir():
            yield "there is no run with data to add to; run the stage chapters first"
            return
        shutil.copytree(folder / "run", out, dirs_exist_ok=True)
    log = folder / f"{out.name}.log"
    if not run(mmcl("run", *(names or []), "--force", "--out", str(out)), log, env):
        yield f"mmcl run: {last_line(log)} ({log})"
    log = folder / f"{out.name}-check.log"
    if not run(mmcl("check", "--out", str(out)), log, env):
        errors = [line for line in log.read_text("utf-8").splitlines() if line.startswith("error")]
        yield from errors[:20] or [f"mmcl check: {last_line(log)} ({log})"]
    say(f"{setting}: {last_line(log)}; {tightest(out)}")


def readers() -> list[str]:
    """The chapters that read outside files."""
    from mmcl_book import project
    from mmcl_book.keys import inventory

    return [
        name
        for name in project.chapters(ROOT)
        if inventory.states(ROOT, project.notebook(ROOT, name), as_registered=True)
    ]


def tightest(out: Path) -> str:
    """The claim that uses most of its tolerance against the accepted value, in words."""
    from mmcl_book.ledger import claims
    from mmcl_book.records import store as records

    used = []
    for claim in claims.load(ROOT).values():
        paths = (records.accepted_path(ROOT, "default", claim.record),
                 records.live_path(ROOT, "default", claim.record, out))  # fmt: skip
        if claim.tolerance and all(path.is_file() for path in paths):
            old, new = (records.load(path)["values"].get(claim.metric) for path in paths)
            if old and new and isinstance(new["value"], int | float):
                used.append((abs(new["value"] - old["value"]) / claim.tolerance, claim.id))
    return "{:.2f} of its tolerance at most ({})".format(*max(used)) if used else "no tolerance"


def suite(setting: str, folder: Path, *, data: bool = True) -> Iterator[str]:
    """Run the suite; yield what went wrong."""
    log = folder / ("tests.log" if data else "tests-without-data.log")
    pytest = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "-q"]
    env = environment(setting, data=data) | ONE_THREAD
    with tempfile.TemporaryDirectory(prefix="mmcl-") as place:  # no checkout is above it
        passed = run([*pytest, "--basetemp", f"{place}/tests"], log, env)
    if not passed:
        text = log.read_text(encoding="utf-8")
        yield from re.findall(r"^(?:FAILED|ERROR) .*", text, re.MULTILINE) or [last_line(log)]
    bounds = re.findall(r"^\d+ statistical bounds.*", log.read_text("utf-8"), re.MULTILINE)
    say("\n".join([f"{setting}: {last_line(log)}", *bounds]))


def sweeps(setting: str, folder: Path) -> Iterator[str]:
    """Confirm a task of each accepted sweep; yield those that can't be.

    Not of those that an accelerator made: its numbers are of other draws, and for a processor they
    are days of work.
    """
    for path in sorted((ROOT / "results").glob("*/sweeps/*.json")):
        profile, name = path.parts[-3], path.stem
        log = folder / "sweeps" / f"{profile}-{name}.log"
        done = log.with_suffix(".done")
        if done.is_file():
            continue
        if '"cuda, ' in path.read_text(encoding="utf-8"):
            say(f"{setting}: {name} at {profile} was made on an accelerator; not run here")
            continue
        command = mmcl("sweep", name, "--profile", profile, "--confirm", "1", "--force")
        if run(command, log, environment(setting) | ONE_THREAD):
            agreed = [line for line in log.read_text("utf-8").splitlines() if ": 1/1, " in line]
            say(f"{setting}: {agreed[-1] if agreed else last_line(log)}")
            done.touch()
        else:
            yield f"{name} at {profile}: {last_line(log)} ({log})"


STAGE: Mapping[str, Callable[[str, Path], Iterator[str]]] = {
    "chapters": chapters,
    "without-data": lambda setting, folder: chapters(setting, folder, readers()),
    "tests": suite,
    "tests-without-data": lambda setting, folder: suite(setting, folder, data=False),
    "sweeps": sweeps,
}
OFFLINE: list[str] = []


def origin() -> dict[str, object]:
    """The commit, and whether files differ from it."""
    from mmcl_experiments import provenance

    commit, dirty = provenance.commit_of(ROOT, (":/",))
    return {"commit": commit, "dirty": dirty}


def same(done: Path, code: Mapping[str, object]) -> bool:
    """Whether a stage was done with the code as it is now, which a commit holds."""
    if not done.is_file() or code["dirty"] is not False:
        return False
    return json.loads(done.read_text(encoding="utf-8"))["commit"] == code["commit"]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run what isn't done; 0 when all is well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("settings", nargs="*", metavar="SETTING", help=", ".join(SETTINGS))
    parser.add_argument("--stages", default=",".join(USUAL), help=f"of {', '.join(STAGES)}")
    parser.add_argument("--again", action="store_true", help="what is done, too")
    given = parser.parse_args(arguments)
    stages = given.stages.split(",")
    unknown = {*given.settings} - {*SETTINGS} | ({*stages} - {*STAGES})
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; see --help")
    OFFLINE[:] = cut_off()
    say("cut off from every network" if OFFLINE else "the network can't be cut off here")
    problems, code = [], origin()
    for setting in given.settings or SETTINGS:
        folder = ROOT / "_build" / "portable" / setting
        for stage in stages:
            if stage == "tests-without-data" and setting != "native" and not given.settings:
                continue  # what is read is the same on every processor
            done = folder / f"{stage}.json"
            if not given.again and same(done, code):
                say(f"{setting}, {stage}: done before with this code")
                continue
            say(f"{setting}, {stage}: started")
            started = time.monotonic()
            found = list(STAGE[stage](setting, folder))
            seconds = time.monotonic() - started
            say(f"{setting}, {stage}: {len(found)} problems, {seconds:.0f} s")
            problems += [f"{setting}, {stage}: {each}" for each in found]
            if not found:
                done.write_text(json.dumps({**code, "seconds": round(seconds)}), encoding="utf-8")
    for each in problems:
        say(each)
    say("green" if not problems else f"{len(problems)} problems")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
