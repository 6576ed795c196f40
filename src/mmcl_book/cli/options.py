"""What each command of `mmcl` takes; nothing is imported that a command needs when it runs."""

from argparse import Action, ArgumentError, ArgumentParser
from collections.abc import Callable
from typing import Any

Add = Callable[[str, str], ArgumentParser]  # adds a command, given its name and what it does
DOMAINS = "or lines, cartoon, silhouette, low-light, recolored"
TABLE = "(n, d): .npy, .npz, .parquet, .safetensors, .pt, .h5; FILE:NAME for one of several arrays"
POOL = "training pictures of a class (celeba: of each part) whose features are taken"
SHARED: dict[str, dict[str, Any]] = {
    "--profile": {"default": "default", "metavar": "P", "help": "smoke, default or paper"},
    "--seed": {"type": int, "default": 0, "metavar": "S", "help": "an integer >= 0"},
    "--jobs": {"type": int, "metavar": "N", "help": "processes of this machine"},
    "--force": {"action": "store_true", "help": "run what is unchanged or finished, too"},
    "--batch": {"type": int, "default": 64, "metavar": "N", "help": "items at a time"},
    "--precision": {"default": "fp32", "metavar": "P", "help": "fp32 or bf16"},
    "--device": {"default": "cpu", "metavar": "D", "help": "cpu or cuda"},
}


class Setting(Action):
    """Gathers NAME=VALUE items in a mapping."""

    def __call__(self, parser: Any, given: Any, value: Any, option: Any = None) -> None:
        """Add one; another shape, or a name that is there, is wrong usage."""
        name, equals, text = value.partition("=")
        if not equals or not name.isidentifier():
            raise ArgumentError(self, f"got {value!r}; give NAME=VALUE")
        if name in given.settings:
            raise ArgumentError(self, f"names {name} twice; give it once")
        given.settings = {**given.settings, name: text}


SET = {"action": Setting, "default": {}, "dest": "settings"}


def takes(command: Any, *shared: str) -> Callable[..., None]:
    """Give a command options that several have; return what adds its own."""
    for name in shared:
        command.add_argument(name, **SHARED[name])

    def option(name: str, metavar: Any = None, help: str | None = None, **how: Any) -> None:
        command.add_argument(name, metavar=metavar, help=help, **how)

    return option


def chapters(add: Add) -> None:
    """`mmcl run` and `mmcl book`."""
    run = add("run", "Execute chapters; what is unchanged is reused.")
    option = takes(run, "--profile", "--seed", "--jobs", "--force")
    option("chapters", "CHAPTER", "04_hypersphere, 04 or a file", nargs="*")
    option("--set", "NAME=VALUE", **SET)
    option("--out", "FOLDER", "instead of _build/P")
    run.add_argument("--live", action="store_true", help="compute what is recorded, too")
    book = add("book", "Execute what changed, check the sources, build the site.")
    takes(book, "--profile", "--jobs", "--force")
    book.add_argument("--clean", action="store_true", help="render all pages again")


def sweeps(add: Add) -> None:
    """`mmcl sweep`."""
    command = add("sweep", "Run an experiment over settings and seeds, here or on a Dask cluster.")
    option = takes(command, "--profile", "--jobs", "--force")
    option("experiment", "EXPERIMENT", "such as hypersphere")
    option("--seeds", "A:B", "A up to B, B not included")
    option("--set", "NAME=VALUE[,VALUE...]", "every combination is run", **SET)
    option("--scheduler", "ADDRESS", "an existing one: tcp://host:8786")
    option("--out", "FOLDER", "instead of _build/P")
    option("--confirm", "N", "run N accepted tasks again: are their numbers the same?", type=int)


def world(add: Add) -> None:
    """`mmcl world`."""
    command = add("world", "Make pictures and captions with known factors; go on where it stopped.")
    option = takes(command, "--seed", "--device")
    option("--n", "N", "how many pairs", type=int, default=1000)
    option("--out", "FOLDER", required=True)
    option("--size", "PIXELS", "64 by default", type=int, default=64)
    option("--domain", "D", DOMAINS, default="photo")
    option("--dependence", "D", "of hue on position: none, causal or statistical", default="none")


def clip(add: Add) -> None:
    """`mmcl clip`, which has actions of its own."""
    clip = add("clip", "Train a small CLIP on the world, or take features of any.")
    actions = clip.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, summary: str) -> ArgumentParser:
        return actions.add_parser(name, help=summary, description=summary)

    train = action("train", "Train a CLIP on pictures and captions with known factors.")
    option = takes(train, "--profile", "--seed", "--device")
    option("--out", "FOLDER", "goes on with what is there", required=True)
    option("--world", "FOLDER", "made by mmcl world; else its own is made")
    option("--without", "LOOK", "on every look of the world but this one")
    option("--steps", "N", "instead of the profile's", type=int)
    option("--pairs", "N", "instead of the profile's", type=int)
    option("--precision", "P", "fp32 or bf16, instead of the profile's")
    option = takes(action("evaluate", "Judge a checkpoint of mmcl clip train on pairs held out."))
    option("checkpoint", "CHECKPOINT", "its model.safetensors")
    option("--pairs", "N", "instead of its recipe's", type=int)
    option("--out", "FILE", "write the scores as JSON too")
    features = action("features", "Take features of pictures and captions into one file.")
    option = takes(features, "--batch", "--precision", "--device")
    option("inputs", "IMAGES", "folders, worlds, lists (.csv, .jsonl) of pairs", nargs="+")
    option("--model", "NAME", "of open_clip, such as ViT-B-32")
    weights = "a tag, hub:OWNER/NAME[@REVISION], or a file"
    option("--pretrained", "WEIGHTS", weights, required=True)
    option("--out", "FILE", "a .safetensors file", required=True)
    features.add_argument("--normalize", action="store_true", help="to length one")


def record(add: Add) -> None:
    """`mmcl record`."""
    record = add("record", "Accept, show or compare records.")
    option = takes(record)
    option("action", choices=["accept", "show", "diff"])
    option("chapters", "CHAPTER", nargs="*")
    option("--profile", "P", "smoke, default or paper")  # else default; a sweep's own
    option("--sweep", "FOLDER", "accept the tasks of a sweep instead")
    option("--checkpoint", "EXPERIMENT", "train a recorded task again and keep its weights")
    record.add_argument("--dirty", action="store_true", help="accept a record of uncommitted code")


def data(add: Add) -> None:
    """`mmcl data`."""
    option = takes(add("data", "List, fetch or verify outside files."))
    option("action", choices=["list", "fetch", "verify"])
    option("files", "FILE", "all of them if none is named", nargs="*")


def probe(add: Add) -> None:
    """`mmcl probe`."""
    command = add("probe", "Few-shot accuracy on your own features, with intervals.")
    option = takes(command, "--seed")
    option("--features", "FILE", TABLE)
    option("--labels", "FILE", "one a row; also .txt, .csv, .jsonl, FILE:COLUMN")
    option("--test-features", "FILE", "else half of each label's rows")
    option("--test-labels", "FILE")
    several = "a named test; may be given several times"
    option("--test", ("NAME", "FEATURES", "LABELS"), several, nargs=3, action="append",
           dest="tests")  # fmt: skip
    option("--shots", "N", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    methods = "raw, whitened, rotated, ica, ...; differences are to the first"
    option("--method", "M", methods, nargs="+", dest="methods")
    heads = "l2, l1, tree, axes, cache; with words zero-shot, tip, tip-f"
    option("--head", "H", heads, nargs="+", default=["l2"], dest="heads")
    option("--k", "K", "components; 64, or a suite's own", type=int)
    option("--draws", "N", "of shots, starts of ICA and rotations", type=int, default=20)
    told = "labels of each class to choose settings on; none, but one at one shot"
    option("--validation", "N", told, type=int)
    option("--out", "FILE", "a CSV file, probe.csv; JSON and CSV of a suite's")
    word = command.add_argument_group("what classes are called, for zero-shot, tip and tip-f")
    option = takes(word)
    option("--class-features", "FILE", "of texts by the same model, a row for each sorted label")
    option("--class-labels", "FILE", "whose these rows are; several of a class are averaged")
    prompts = "'a photo of a {}.' ..., or a .csv of label, prompt; with --pretrained"
    option("--prompts", "P", prompts, nargs="+")
    suite = command.add_argument_group("a paper's data sets, instead of features and labels")
    option = takes(suite, "--batch", "--precision", "--device")
    option("--suite", "NAME", "imagenet, few-shot or celeba")
    option("--data", "FOLDER", "where the data sets lie")
    option("--model", "NAME", "of open_clip, such as RN50")
    option("--pretrained", "WEIGHTS", "openai, or as mmcl clip features")
    option("--cache", "FOLDER", "of features", default="features")
    protocols = ["leak-free", "matched", "as released"]
    words = "leak-free, matched, 'as released'"
    option("--protocol", "P", words, nargs="+", default=protocols, dest="protocols")
    option("--pool", "N", POOL, type=int)


def diagnose(add: Add) -> None:
    """`mmcl diagnose`."""
    option = takes(add("diagnose", "What two paired files of features allow to be said."), "--seed")
    option("a", "A", TABLE)
    option("b", "B", "row i belongs to row i of A")
    option("--k", "K", "components; else a grid of them", type=int)
    option("--out", "NAME", "of .html and .json", default="diagnosis")


def editions(add: Add) -> None:
    """`mmcl student` and `mmcl teacher`."""
    key = "the course's: numbers of assessed exercises are drawn from it"
    for name, summary in (
        ("student", "Write the notebooks for students, without solutions."),
        ("teacher", "Write the notebooks for teachers, or grade what students handed in."),
    ):
        command = add(name, summary)
        option = takes(command)
        option("--out", "FOLDER", "new, empty, or an earlier edition")
        option("--key", "TEXT", key, default="open course")
        if name == "teacher":
            option("--grade", "FOLDER", "of notebooks that were handed in; none is executed")


def site(add: Add) -> None:
    """What judges, shows and removes."""
    deck = takes(add("slides", "Write the decks of slides, with all that they load."), "--profile")
    deck("--out", "FOLDER", "instead of _build/P/slides")
    check = add("check", "Judge the sources by the gates and the numbers by the ledger.")
    takes(check, "--profile")("--out", "FOLDER", "of a run elsewhere than in _build/P")
    add("doctor", "Say what is installed, which device and data there are, what is missing.")
    serve = add("serve", "Show the built site on this machine.")
    takes(serve, "--profile")("--port", "N", type=int, default=8000)
    takes(add("clean", "Remove what was built."))("--profile", "P", "only this profile's")


GROUPS = (chapters, sweeps, record, data, world, clip, probe, diagnose, editions, site)
