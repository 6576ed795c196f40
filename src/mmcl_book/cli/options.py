"""What each command of `mmcl` takes; nothing is imported that a command needs when it runs."""

from argparse import Action, ArgumentError, ArgumentParser
from typing import Any, Protocol


class Add(Protocol):
    """Adds a command to the parser and returns its own."""

    def __call__(self, name: str, summary: str, *, profile: bool = True) -> ArgumentParser: ...


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


def chapters(add: Add) -> None:
    """`mmcl run` and `mmcl book`."""
    run = add("run", "Execute chapters; what is unchanged is reused.")
    run.add_argument("chapters", nargs="*", metavar="CHAPTER", help="04_hypersphere, 04 or a file")
    run.add_argument("--seed", type=int, default=0, metavar="S", help="an integer >= 0")
    run.add_argument("--set", action=Setting, default={}, metavar="NAME=VALUE", dest="settings")
    run.add_argument("--out", metavar="FOLDER", help="instead of _build/P")
    book = add("book", "Execute what changed, check the sources, build the site.")
    book.add_argument("--clean", action="store_true", help="render all pages again")
    for command in (run, book):
        command.add_argument("--jobs", type=int, metavar="N", help="chapters at a time")
        command.add_argument("--force", action="store_true", help="execute unchanged ones too")


def sweeps(add: Add) -> None:
    """`mmcl sweep`."""
    sweep = add("sweep", "Run an experiment over settings and seeds, here or on a Dask cluster.")
    sweep.add_argument("experiment", metavar="EXPERIMENT", help="such as hypersphere")
    sweep.add_argument("--seeds", metavar="A:B", help="A up to B, B not included")
    sweep.add_argument("--set", action=Setting, default={}, metavar="NAME=VALUE[,VALUE...]",
                       dest="settings", help="every combination is run")  # fmt: skip
    sweep.add_argument("--scheduler", metavar="ADDRESS", help="an existing one: tcp://host:8786")
    sweep.add_argument("--jobs", type=int, metavar="N", help="processes of this machine")
    sweep.add_argument("--out", metavar="FOLDER", help="instead of _build/P")
    sweep.add_argument("--force", action="store_true", help="run finished tasks too")
    sweep.add_argument("--confirm", type=int, metavar="N",
                       help="run N accepted tasks again: are their numbers the same?")  # fmt: skip


def world(add: Add) -> None:
    """`mmcl world`."""
    world = add("world", "Make pictures and captions with known factors; go on where it stopped.",
                profile=False)  # fmt: skip
    world.add_argument("--n", type=int, default=1000, metavar="N", help="how many pairs")
    world.add_argument("--out", required=True, metavar="FOLDER")
    world.add_argument("--seed", type=int, default=0, metavar="S", help="an integer >= 0")
    world.add_argument("--size", type=int, default=64, metavar="PIXELS", help="64 by default")
    world.add_argument("--domain", default="photo", metavar="D",
                       help="or lines, cartoon, silhouette, low-light, recolored")  # fmt: skip
    world.add_argument("--dependence", default="none", metavar="D",
                       help="of hue on position: none, causal or statistical")  # fmt: skip
    world.add_argument("--device", default="cpu", metavar="D", help="cpu or cuda")


def clip(add: Add) -> None:
    """`mmcl clip`, which has actions of its own."""
    clip = add("clip", "Train a small CLIP on the world, or take features of any.", profile=False)
    actions = clip.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, summary: str) -> ArgumentParser:
        return actions.add_parser(name, help=summary, description=summary)

    train = action("train", "Train a CLIP on pictures and captions with known factors.")
    train.add_argument("--profile", default="default", metavar="P",
                       help="smoke, default or paper")  # fmt: skip
    train.add_argument("--seed", type=int, default=0, metavar="S", help="an integer >= 0")
    train.add_argument("--out", required=True, metavar="FOLDER", help="goes on with what is there")
    train.add_argument("--world", metavar="FOLDER", help="made by mmcl world; else its own is made")
    train.add_argument("--steps", type=int, metavar="N", help="instead of the profile's")
    train.add_argument("--pairs", type=int, metavar="N", help="instead of the profile's")
    train.add_argument("--precision", metavar="P", help="fp32 or bf16, instead of the profile's")
    evaluate = action("evaluate", "Judge a checkpoint of mmcl clip train on pairs held out.")
    evaluate.add_argument("checkpoint", metavar="CHECKPOINT", help="its model.safetensors")
    evaluate.add_argument("--pairs", type=int, metavar="N", help="instead of its recipe's")
    evaluate.add_argument("--out", metavar="FILE", help="write the scores as JSON too")
    features = action("features", "Take features of pictures and captions into one file.")
    features.add_argument("inputs", nargs="+", metavar="IMAGES",
                          help="folders, worlds, lists (.csv, .jsonl) of pairs")  # fmt: skip
    features.add_argument("--model", metavar="NAME", help="of open_clip, such as ViT-B-32")
    features.add_argument("--pretrained", required=True, metavar="WEIGHTS",
                          help="a tag, hub:OWNER/NAME[@REVISION], or a file")  # fmt: skip
    features.add_argument("--out", required=True, metavar="FILE", help="a .safetensors file")
    features.add_argument("--batch", type=int, default=64, metavar="N", help="items at a time")
    features.add_argument("--precision", default="fp32", metavar="P", help="fp32 or bf16")
    features.add_argument("--normalize", action="store_true", help="to length one")
    for command in (train, features):
        command.add_argument("--device", default="cpu", metavar="D", help="cpu or cuda")


def record(add: Add) -> None:
    """`mmcl record`."""
    record = add("record", "Accept, show or compare records.")
    record.add_argument("action", choices=["accept", "show", "diff"])
    record.add_argument("chapters", nargs="*", metavar="CHAPTER")
    record.add_argument("--dirty", action="store_true", help="accept a record of uncommitted code")
    record.add_argument("--sweep", metavar="FOLDER", help="accept the tasks of a sweep instead")
    record.set_defaults(profile=None)  # default; a sweep's own


def data(add: Add) -> None:
    """`mmcl data`."""
    data = add("data", "List, fetch or verify outside files.", profile=False)
    data.add_argument("action", choices=["list", "fetch", "verify"])
    data.add_argument("files", nargs="*", metavar="FILE", help="all of them if none is named")


def probe(add: Add) -> None:
    """`mmcl probe`."""
    probe = add("probe", "Few-shot accuracy on your own features, with intervals.", profile=False)
    probe.add_argument("--features", metavar="FILE", help="(n, d): .npy, .npz, "
                       ".parquet or .safetensors, FILE:NAME for one of several arrays")  # fmt: skip
    probe.add_argument("--labels", metavar="FILE", help="one a row; also .txt, .csv")
    probe.add_argument("--test-features", metavar="FILE", help="else half of the rows")
    probe.add_argument("--test-labels", metavar="FILE")
    probe.add_argument("--shots", type=int, nargs="+", default=[1, 2, 4, 8, 16], metavar="N")
    probe.add_argument("--method", nargs="+", metavar="M", dest="methods",
                       help="raw, whitened, ica, ...; differences are to the first")  # fmt: skip
    probe.add_argument("--head", default="l2", metavar="H", help="l2, l1, tree, axes or cache")
    probe.add_argument("--k", type=int, metavar="K", help="components; 64, or a suite's own")
    probe.add_argument("--draws", type=int, default=20, metavar="N", help="of shots")
    probe.add_argument("--seed", type=int, default=0, metavar="S")
    probe.add_argument("--out", metavar="FILE", help="a CSV file of the results; JSON of a suite's")
    suite = probe.add_argument_group("a paper's data sets, instead of features and labels")
    suite.add_argument("--suite", metavar="NAME", help="imagenet, few-shot or celeba")
    suite.add_argument("--data", metavar="FOLDER", help="where the data sets lie")
    suite.add_argument("--model", metavar="NAME", help="of open_clip, such as RN50")
    suite.add_argument("--pretrained", metavar="WEIGHTS", help="openai, or as mmcl clip features")
    suite.add_argument("--cache", default="features", metavar="FOLDER", help="of features")
    suite.add_argument("--protocol", nargs="+", default=["leak-free", "as released"],
                       metavar="P", dest="protocols", help="leak-free, 'as released'")  # fmt: skip
    suite.add_argument("--pool", type=int, metavar="N", help="training pictures of a class "
                       "(celeba: of each part) whose features are taken")  # fmt: skip
    suite.add_argument("--batch", type=int, default=64, metavar="N", help="pictures at a time")
    suite.add_argument("--precision", default="fp32", metavar="P", help="fp32 or bf16")
    suite.add_argument("--device", default="cpu", metavar="D", help="cpu or cuda")


def diagnose(add: Add) -> None:
    """`mmcl diagnose`."""
    command = add("diagnose", "What two paired files of features allow to be said.", profile=False)
    command.add_argument("a", metavar="A", help="(n, d): .npy, .npz, .parquet or .safetensors, "
                         "FILE:NAME for one of several arrays")  # fmt: skip
    command.add_argument("b", metavar="B", help="row i belongs to row i of A")
    command.add_argument("--k", type=int, metavar="K", help="components; else as many as come back")
    command.add_argument("--seed", type=int, default=0, metavar="S")
    command.add_argument("--out", default="diagnosis", metavar="NAME", help="of .html and .json")


def site(add: Add) -> None:
    """What judges, shows and removes."""
    check = add("check", "Judge the sources by the gates and the numbers by the ledger.")
    check.add_argument("--out", metavar="FOLDER", help="of a run elsewhere than in _build/P")
    add("doctor", "Say what is installed, which device and data there are, what is missing.",
        profile=False)  # fmt: skip
    serve = add("serve", "Show the built site on this machine.")
    serve.add_argument("--port", type=int, default=8000, metavar="N")
    clean = add("clean", "Remove what was built.", profile=False)
    clean.add_argument("--profile", metavar="P", help="only this profile's")


GROUPS = (chapters, sweeps, record, data, world, clip, probe, diagnose, site)
