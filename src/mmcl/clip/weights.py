"""Where a CLIP's weights come from: a tag of open_clip, a hub, a file, or a checkpoint of ours.

Only safetensors files are read: no pickle, so nothing that could execute.
"""

import difflib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.clip import hub, model
from mmcl.clip.model import registered
from mmcl.clip.tokenizer import tokenizer
from mmcl.errors import InputError

PRECISIONS = ("fp32", "bf16")
PREFIX = "hub:"
PICKLED = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".npz", ".npy")


@dataclass(frozen=True)
class Source:
    """A CLIP that is ready to encode.

    transform: a Pillow picture to a tensor. tokenizer: texts to tokens. about: what a file of its
    features has to say: model, pretrained, precision, preprocessing, checksum, versions.
    """

    model: Any
    transform: Callable[[Any], Any]
    tokenizer: Callable[[list[str]], Any]
    about: dict[str, Any]


def resolve(name: str | None, pretrained: str, *, precision: str = "fp32") -> Source:
    """The CLIP of a model's name and of weights: a tag, `hub:OWNER/NAME[@REVISION]` or a file.

    A hub's repository and a checkpoint of ours say themselves what they are: name may be None.
    Errors: ValueError or OSError that says what was given, what was wanted, and what to do.
    """
    if precision not in PRECISIONS:
        raise InputError(f"precision is {precision!r}; give {' or '.join(PRECISIONS)}")
    if pretrained.startswith(PREFIX):
        return _of_hub(name, pretrained, precision)
    if looks_like_file(pretrained):
        return _of_file(name, Path(pretrained), precision)
    return _of_tag(name, pretrained, precision)


def looks_like_file(pretrained: str) -> bool:
    """Whether this means a file and not a tag."""
    path = Path(pretrained)
    return path.is_file() or len(path.parts) > 1 or path.suffix in (".safetensors", *PICKLED)


def _of_tag(name: str | None, tag: str, precision: str) -> Source:
    """Weights that open_clip lists under a tag, from its hub."""
    name, config = known_model(name)
    module = registered()
    tags = module.list_pretrained_tags_by_model(name)
    listed = module.get_pretrained_cfg(name, tag)
    if not listed:
        raise InputError(f"{name} has no weights {tag!r}{nearest(tag, tags)}")
    check_activation(config, bool(listed.get("quick_gelu")), name, f"the tag {tag!r}")
    repository, _, file = str(listed.get("hf_hub") or "").rpartition("/")
    if not repository:
        raise InputError(
            f"{name} {tag!r} is only at {listed.get('url')}, a file that can execute code when it "
            "is loaded; choose another tag, or convert it and give the safetensors file"
        )
    path, found = hub.weights(repository, None, hub.safe(file))
    clip = built(name, {key: listed.get(key) for key in ("mean", "std", "interpolation",
                                                         "resize_mode")})  # fmt: skip
    return _source(clip, path, name, tag, found, precision)


def _of_hub(name: str | None, address: str, precision: str) -> Source:
    """A repository of a hub, with a configuration and weights of open_clip's form."""
    repository, _, revision = address.removeprefix(PREFIX).partition("@")
    path, found = hub.config(repository, revision or None)
    said = files.read_json(path)
    if not isinstance(said, dict) or not isinstance(said.get("model_cfg"), dict):
        raise InputError(f"{path.name} of {repository} has no model_cfg; give another repository")
    config = said["model_cfg"]
    check_self_contained(config, repository)
    if name is not None:
        _, wanted = known_model(name)
        check_activation(wanted, bool(config.get("quick_gelu")), name, repository)
        if wanted != config:
            raise InputError(f"{repository} isn't a {name}; leave --model away, it says what it is")
    weights, more = hub.weights(repository, found["revision"], hub.WEIGHTS)
    clip = built(f"local-dir:{path.parent}", None)
    return _source(clip, weights, name or repository, address, more, precision)


def _of_file(name: str | None, path: Path, precision: str) -> Source:
    """A file on this machine: a checkpoint of ours, or weights of a model of open_clip."""
    if path.suffix in PICKLED:
        raise InputError(
            f"{path} is of a kind that can execute code when it is loaded; "
            "convert it and give the safetensors file"
        )
    if model.about(path) is None:
        name, _ = known_model(name)
        found = {"kind": "file", "file": path.name, "sha256": files.sha256(path)}
        return _source(built(name, None), path, name, path.name, found, precision)
    ours = model.load(path)
    if name not in (None, ours.name):
        raise InputError(f"{path} is a {ours.name}, not a {name}; leave --model away")
    found = {"kind": "checkpoint", "file": path.name, "sha256": ours.sha256, **ours.source}
    size = ours.config["vision_cfg"]["image_size"]
    preprocessing = {**model.PREPROCESSING, "size": size}
    return _complete(ours.model, ours.tokenizer, preprocessing, ours.name, path.name, found,
                     precision)  # fmt: skip


def known_model(name: str | None) -> tuple[str, dict[str, Any]]:
    """A model of open_clip and its configuration. Errors: ValueError, with the nearest name."""
    module = registered()
    if name is None:
        raise InputError("these weights don't say what they are of; give --model, such as ViT-B-32")
    config = module.get_model_config(name)
    if config is None:
        raise InputError(f"unknown model {name!r}{nearest(name, module.list_models())}")
    check_self_contained(config, name)
    return name, config


def nearest(given: str, valid: list[str]) -> str:
    """The end of a message about a name that isn't valid."""
    close = difflib.get_close_matches(given, valid, n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    return f"{hint} Valid: {', '.join(valid[:40])}" + (" ..." if len(valid) > 40 else "")


def check_activation(config: dict[str, Any], trained: bool, name: str, where: str) -> None:
    """ValueError if weights were trained with another activation than the model has.

    open_clip only warns, and features are then quietly wrong.
    """
    if bool(config.get("quick_gelu")) == trained:
        return
    other = f"{name}-quickgelu" if trained else name.removesuffix("-quickgelu")
    words = ("QuickGELU", "GELU") if trained else ("GELU", "QuickGELU")
    raise InputError(
        f"{where} was trained with {words[0]}, and {name} has {words[1]}; give --model {other}"
    )


def check_self_contained(config: dict[str, Any], name: str) -> None:
    """ValueError if a model needs texts, or a tower of texts, from yet another place."""
    text = config.get("text_cfg", {})
    for key in ("hf_model_name", "hf_tokenizer_name"):
        if text.get(key):
            raise InputError(
                f"{name} takes its texts from {text[key]} through transformers, which this book "
                "doesn't use; choose a model such as ViT-B-32"
            )


def built(name: str, preprocessing: dict[str, Any] | None) -> Any:
    """A network without weights, its tokenizer and preprocessing attached."""
    module = registered()
    if name in model.NAMES:
        preprocessing = model.PREPROCESSING
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)  # open_clip says that weights are missing: they come next
    try:
        clip = module.create_model(
            name, load_weights=False, pretrained_text=False, force_preprocess_cfg=preprocessing
        )
    finally:
        logging.disable(level)
    clip.tokenizer = tokenizer() if name in model.NAMES else module.get_tokenizer(name)
    return clip


def _source(
    clip: Any, path: Path, name: str, pretrained: str, found: dict[str, Any], precision: str
) -> Source:
    """A network with the weights of a safetensors file."""
    again = "give weights of this model" if found["kind"] == "file" else "report it to its owner"
    if wrong := misfit(clip, path):
        raise InputError(f"{path} doesn't fit {name}: {wrong}; {again}")
    try:
        registered().load_checkpoint(clip, str(path))
    except RuntimeError as error:
        first = " ".join(str(error).split())[:200]
        raise InputError(f"{path} doesn't fit {name}: {first}; {again}") from error
    preprocessing = dict(clip.visual.preprocess_cfg)
    return _complete(clip, clip.tokenizer, preprocessing, name, pretrained, found, precision)


def misfit(clip: Any, path: Path) -> str:
    """What has another shape in a file than in a network, if anything.

    open_clip would stretch embeddings of positions until they fit, and say nothing.
    Errors: ValueError for a file that is damaged.
    """
    from safetensors import SafetensorError, safe_open

    wanted = {name: list(value.shape) for name, value in clip.state_dict().items()}
    try:
        with safe_open(path, framework="pt") as content:
            for name in sorted(wanted.keys() & set(content.keys())):
                shape = content.get_slice(name).get_shape()
                if shape != wanted[name] and max(len(shape), len(wanted[name])) > 1:
                    return f"{name} is {shape} there and {wanted[name]} here"
    except SafetensorError as error:
        raise InputError(f"{path} is no whole safetensors file ({error}); get it again") from error
    return ""


def _complete(
    clip: Any,
    words: Any,
    preprocessing: dict[str, Any],
    name: str,
    pretrained: str,
    found: dict[str, Any],
    precision: str,
) -> Source:
    """The network with its preprocessing, and what its features have to say."""
    version = registered().__version__
    from open_clip import transform  # after `registered`, which makes it importable

    cfg = transform.PreprocessCfg(**preprocessing)
    about = {
        "model": name,
        "pretrained": pretrained,
        "precision": precision,
        "preprocessing": {
            key: list(value) if isinstance(value, tuple) else value  # as JSON gives it back
            for key, value in preprocessing.items()
        },
        "source": found,
        "open_clip": version,
    }
    transformed: Any = transform.image_transform_v2(cfg, is_train=False)
    return Source(clip.eval(), transformed, words, about)
