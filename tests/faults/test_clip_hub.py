"""Weights from a stand-in hub on loopback: found, kept, and all that can go wrong."""

import hashlib
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from mmcl.clip import hub, model, weights
from mmcl.clip.tokenizer import tokenizer
from mmcl.randomness import stream
from mmcl_book import cli

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "someone/small"


def files_of_repository() -> dict[str, bytes]:
    """A configuration and weights in open_clip's form, of a model that isn't this book's."""
    from safetensors.torch import save

    config = {**model.config("mmcl-smoke"), "quick_gelu": True}
    config["text_cfg"] = {**config["text_cfg"], "vocab_size": 49408}
    clip = model.fresh(config, stream(0, "weights"))
    said = {"model_cfg": config, "preprocess_cfg": {"mean": [0.1, 0.2, 0.3], "std": [0.5] * 3}}
    return {
        hub.CONFIG: json.dumps(said).encode(),
        hub.WEIGHTS: save(clip.state_dict()),
    }


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers for a repository in the way that `how` says."""

    content: dict[str, bytes] = {}  # noqa: RUF012 (shared on purpose: one hub a test)
    asked: list[str] = []  # noqa: RUF012
    how = "well"
    silence = threading.Event()

    def do_HEAD(self) -> None:
        self.answer(False)

    def do_GET(self) -> None:
        self.answer(True)

    def answer(self, whole: bool) -> None:
        self.asked.append(f"{self.command} {self.path}")
        match = re.fullmatch(rf"/{NAME}/resolve/([^/]+)/(.+)", self.path)
        if self.how == "slow":
            self.silence.wait(5)
            return
        if self.how == "500" or (self.how == "once" and len(self.asked) == 1):
            self.refuse(500, "")
        elif match is None:
            self.refuse(404, "RepoNotFound")
        elif match[1] not in ("main", COMMIT):
            self.refuse(404, "RevisionNotFound")
        elif match[2] not in self.content:
            self.refuse(404, "EntryNotFound")
        else:
            self.give(self.content[match[2]], match[2], whole)

    def refuse(self, code: int, why: str) -> None:
        self.send_response(code)
        self.send_header("Content-Length", "0")
        if why:
            self.send_header("X-Error-Code", why)
        self.end_headers()

    def give(self, body: bytes, name: str, whole: bool) -> None:
        large = name.endswith(".safetensors")
        digest = (hashlib.sha256 if large else hashlib.sha1)(body).hexdigest()
        self.send_response(200)
        self.send_header("ETag", f'"{digest}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not whole:
            return
        if self.how == "other" and large:
            body = body[:-1] + bytes([body[-1] ^ 1])
        if self.how == "truncated" and large:
            body = body[: len(body) // 2]
        self.wfile.write(body)
        if self.how == "truncated" and large:
            self.close_connection = True

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def repository():
    return files_of_repository()


@pytest.fixture
def server(monkeypatch, tmp_path, repository):
    """A hub with one repository; gives a function that says how it answers."""
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    Handler.content, Handler.asked, Handler.how = dict(repository), [], "well"
    Handler.silence.clear()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{found.server_address[1]}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between one try and the next
    monkeypatch.setattr("huggingface_hub.file_download._ETAG_RETRY_TIMEOUT", 0.2)

    def answer(how: str) -> None:
        Handler.how = how

    yield answer
    Handler.silence.set()
    found.shutdown()
    found.server_close()


def kept(tmp_path: Path) -> list[Path]:
    """Weights in the cache."""
    size = len(Handler.content[hub.WEIGHTS])
    return [p for p in (tmp_path / "cache").rglob("*") if p.is_file() and p.stat().st_size == size]


def test_a_repository_says_what_it_is_and_is_fetched_once(server, repository):
    found = weights.resolve(None, f"hub:{NAME}")
    assert found.about["model"] == NAME
    assert found.about["source"] == {
        "kind": "hub",
        "repository": NAME,
        "file": hub.WEIGHTS,
        "sha256": hashlib.sha256(repository[hub.WEIGHTS]).hexdigest(),
        "revision": COMMIT,
    }
    assert found.about["preprocessing"]["mean"] == [0.1, 0.2, 0.3]
    assert found.tokenizer(["a ring"]).shape == (1, 17)
    wanted = model.fresh(json.loads(repository[hub.CONFIG])["model_cfg"], stream(0, "weights"))
    assert found.model.visual.proj.equal(wanted.visual.proj)
    gets = [line for line in Handler.asked if line.startswith("GET")]
    assert len(gets) == 2
    weights.resolve(None, f"hub:{NAME}@{COMMIT}")
    assert [line for line in Handler.asked if line.startswith("GET")] == gets


def test_what_is_in_the_cache_needs_no_hub(server, monkeypatch):
    weights.resolve(None, f"hub:{NAME}")
    server("500")
    weights.resolve(None, f"hub:{NAME}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    weights.resolve(None, f"hub:{NAME}")


def test_a_hub_that_fails_once_is_asked_again(server):
    server("once")
    assert weights.resolve(None, f"hub:{NAME}").about["model"] == NAME


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ("500", ConnectionError, r"500.*try again later, name another hub in HF_ENDPOINT"),
        ("truncated", ConnectionError, r"peer closed connection.*try again later"),
        ("other", ValueError, r"the hub announced [0-9a-f]{64}; it was removed: try again"),
    ],
)
def test_a_bad_answer_says_what_to_do_and_leaves_no_weights(server, tmp_path, how, error, words):
    server(how)
    with pytest.raises(error, match=words) as caught:
        weights.resolve(None, f"hub:{NAME}")
    assert "or download the file elsewhere and give --model NAME --pretrained FILE" in str(
        caught.value
    )
    assert kept(tmp_path) == []
    server("well")
    assert weights.resolve(None, f"hub:{NAME}").about["model"] == NAME


def test_a_large_file_that_always_breaks_off_is_given_up(server, tmp_path, monkeypatch):
    """huggingface_hub alone would try for ever, as some of it comes each time."""
    server("truncated")
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 2**16)
    with pytest.raises(ConnectionError, match=r"it broke off 4 times; try again later"):
        weights.resolve(None, f"hub:{NAME}")
    assert kept(tmp_path) == []


def test_a_hub_that_keeps_silent_is_given_up(server, monkeypatch):
    server("slow")
    monkeypatch.setattr(hub, "TIMEOUT", 0.2)
    with pytest.raises(ConnectionError, match=r"timed out.*try again later"):
        weights.resolve(None, f"hub:{NAME}")


def test_without_a_network_the_next_step_is_said(server, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(ConnectionError, match=rf"from http://127.0.0.1:{port}: .*try again later"):
        weights.resolve(None, f"hub:{NAME}")


def test_offline_by_choice_is_told_apart(server, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ConnectionError, match="HF_HUB_OFFLINE is set; unset it"):
        weights.resolve(None, f"hub:{NAME}")
    assert Handler.asked == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("hub:someone/else", "no such repository or revision: .*someone/else; check its name"),
        (f"hub:{NAME}@v2", "no such repository or revision: .*at v2; check its name"),
        ("hub:a/b/c", r"'a/b/c' is no repository; give hub:OWNER/NAME"),
    ],
)
def test_names_that_the_hub_doesnt_have(server, address, words):
    with pytest.raises(ValueError, match=words):
        weights.resolve(None, address)


def test_a_repository_with_pickled_weights_alone_is_refused(server, tmp_path):
    Handler.content[hub.PICKLED] = Handler.content.pop(hub.WEIGHTS)
    with pytest.raises(ValueError, match="this book loads safetensors alone; choose another"):
        weights.resolve(None, f"hub:{NAME}")
    assert not any(hub.PICKLED in line for line in Handler.asked)


def test_a_repository_that_needs_more_than_itself_is_refused(server):
    config = json.loads(Handler.content[hub.CONFIG])
    config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "someone/tokens"
    Handler.content[hub.CONFIG] = json.dumps(config).encode()
    with pytest.raises(ValueError, match="takes its texts from someone/tokens"):
        weights.resolve(None, f"hub:{NAME}")


def test_a_repository_of_another_kind_is_refused(server):
    Handler.content[hub.CONFIG] = b"[]"
    with pytest.raises(ValueError, match="has no model_cfg; give another repository"):
        weights.resolve(None, f"hub:{NAME}")


def test_a_name_beside_a_repository_is_held_against_it(server):
    with pytest.raises(ValueError, match="was trained with QuickGELU, and ViT-B-32 has GELU"):
        weights.resolve("ViT-B-32", f"hub:{NAME}")
    with pytest.raises(ValueError, match="isn't a ViT-B-32-quickgelu; leave --model away"):
        weights.resolve("ViT-B-32-quickgelu", f"hub:{NAME}")


def test_a_tag_is_fetched_from_the_hub_that_it_names(server, monkeypatch):
    """A listed tag, for a model as small as the repository's."""
    module = model.registered()
    listed = {"hf_hub": f"{NAME}/", "mean": (0.5,) * 3, "std": (0.5,) * 3, "quick_gelu": False}
    monkeypatch.setattr(module, "list_pretrained_tags_by_model", lambda name: ["a_tag"])
    monkeypatch.setattr(module, "get_pretrained_cfg", lambda name, tag: listed)
    from safetensors.torch import save

    clip = model.fresh(model.config("mmcl-smoke"), stream(4, "weights"))
    Handler.content[hub.WEIGHTS] = save(clip.state_dict())
    found = weights.resolve("mmcl-smoke", "a_tag")
    assert found.model.visual.proj.equal(clip.visual.proj)
    assert (found.about["model"], found.about["pretrained"]) == ("mmcl-smoke", "a_tag")
    monkeypatch.setattr(module, "get_pretrained_cfg", lambda name, tag: {"url": "https://x/w.pt"})
    with pytest.raises(ValueError, match=r"only at https://x/w\.pt, a file that can execute code"):
        weights.resolve("mmcl-smoke", "a_tag")


def test_the_endpoint_variable_is_heeded_by_the_command(server, tmp_path):
    """In a new process, as a reader would: features from another hub by name."""
    from PIL import Image

    Image.new("RGB", (20, 16), "red").save(tmp_path / "one.png")
    out = tmp_path / "f.safetensors"
    done = subprocess.run(
        [sys.executable, "-m", "mmcl_book.cli", "clip", "features", str(tmp_path / "one.png"),
         "--pretrained", f"hub:{NAME}", "--out", str(out)],
        env={**os.environ, "HF_HOME": str(tmp_path / "home")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert out.is_file()
    assert (tmp_path / "home" / "hub").is_dir()
    assert "Model initialized randomly" not in done.stderr


def test_the_command_says_in_one_line_what_went_wrong(server, tmp_path, capsys):
    server("500")
    (tmp_path / "words.csv").write_text("caption\nred ring\n")
    arguments = ["clip", "features", str(tmp_path / "words.csv"), "--pretrained", f"hub:{NAME}"]
    assert cli.main([*arguments, "--out", str(tmp_path / "f.safetensors")]) == 1
    told = capsys.readouterr().err
    assert "mmcl clip: can't get open_clip_config.json of someone/small" in told
    assert "Traceback" not in told


def test_tokenizers_of_both_kinds_end_where_open_clip_pools():
    ours, theirs = tokenizer(), model.registered().get_tokenizer("ViT-B-32")
    assert ours(["red ring"]).argmax(dim=1).tolist() == [3]
    assert theirs(["red ring"]).argmax(dim=1).tolist() == [3]
