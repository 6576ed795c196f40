"""What `mmcl.features.diagnose` says of pairs whose story is known: good ones, and each way to
fail.

Nothing is downloaded: tones beside a line of a score, halves of scikit-learn's digits, this
book's own CLIP on its own world, and the same spoiled on purpose.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcl.features.diagnose import Given, diagnose
from mmcl.metrics.geometry import normalized
from mmcl.randomness import stream

CHECKPOINT = Path(__file__).parents[3] / "results" / "clip" / "default-0" / "model.safetensors"
RATE, SAMPLES, BANDS, FRAMES = 8000, 2400, 20, 6  # of a tone, and of its spectrogram
Pair = tuple[np.ndarray, np.ndarray]


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: case, part, metric, modality, place, value, seed.

    Settings: case (one of `CASES`), n (rows; of digits at most 1,797). Parts: shared (metrics
    correlation by place, copied, exact, coupled, noise), pairs, components (by modality), across,
    and verdict: meet, 1 where axes meet, and offset, by how many rows the files are shifted.
    """
    given = case(settings["case"], settings["n"], seed)
    found = diagnose(*given, rng=stream(seed, "diagnose"))
    rows = [("shared", "correlation", "", place, value)
            for place, value in enumerate(found["shared"]["correlations"])]  # fmt: skip
    verdict = {"meet": float(found["verdict"]["axes"] == "meet"), "offset": found["offset"]["at"]}
    parts = [("shared", "", found["shared"]), ("across", "", found["across"])]
    parts += [("verdict", "", verdict)]
    parts += [("pairs", "", found["pairs"] or {})]
    for each, lies, name in zip(found["components"], found["modalities"], "ab", strict=True):
        parts += [("components", name, each), ("modality", name, lies)]
    for part, modality, values in parts:
        rows += [(part, metric, modality, 0, float(value)) for metric, value in values.items()
                 if isinstance(value, int | float)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["part", "metric", "modality", "place", "value"])
    return table.assign(case=settings["case"], seed=seed)


def case(name: str, n: int, seed: int = 0) -> tuple[Given, Given]:
    """Two modalities of n pairs by the case's name. Errors: ValueError for another name."""
    if name not in CASES:
        raise ValueError(f"unknown case {name!r}; valid: {', '.join(CASES)}")
    (a, b), names = CASES[name](n, stream(seed, name)), NAMES.get(name, ("pictures", "captions"))
    return Given(a, names[0]), Given(b, names[1])


# Good pairs


def tones(n: int, rng: np.random.Generator) -> Pair:
    """Sounds as spectrograms (n, 120), and a line of a score for each (n, 9).

    Both know the pitch (two octaves), how fast the tone dies away, and the instrument (how bright
    its harmonics are). A score has notes rounded to semitones and lengths in words: short, medium,
    long. The sound alone has a hiss and a moment when it begins; the score alone a tempo and a
    measure's number.
    """
    pitch, decay = rng.uniform(0, 24, n), rng.uniform(0, 1, n)
    instrument = rng.integers(4, size=n)
    waves = wave(pitch, decay, instrument, rng)
    bars = np.column_stack([rng.normal(100, 20, n), rng.integers(1, 65, n)])
    length = np.digitize(1 - decay + 0.1 * rng.standard_normal(n), [1 / 3, 2 / 3])
    words = [np.round(pitch)[:, None], np.eye(3)[length], np.eye(4)[instrument][:, :3], bars]
    return spectrogram(waves), np.column_stack(words)


def wave(
    pitch: np.ndarray, decay: np.ndarray, instrument: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Tones (n, SAMPLES): six harmonics that fall with the instrument, a decay, an onset, hiss."""
    time = np.arange(SAMPLES) / RATE
    onset = rng.uniform(0, 0.05, len(pitch))[:, None]
    since = time - onset
    loud = np.exp(-(2 + 18 * decay)[:, None] * since) * (since > 0)
    base = 220 * 2 ** (pitch / 12)
    falls = np.array([0.5, 1.0, 1.6, 2.4])[instrument]
    sound = sum(
        h ** -falls[:, None] * np.sin(2 * np.pi * h * base[:, None] * since) for h in range(1, 7)
    )
    hiss = 10 ** rng.uniform(-2.5, -1.0, len(pitch))
    return loud * sound + hiss[:, None] * rng.standard_normal((len(pitch), SAMPLES))


def spectrogram(waves: np.ndarray) -> np.ndarray:
    """Log energy of FRAMES pieces of each wave in BANDS bands, even in pitch: (n, FRAMES * BANDS).

    The bands of a frame stand together.
    """
    frames = waves.reshape(len(waves), FRAMES, -1) * np.hanning(SAMPLES // FRAMES)
    energy = np.abs(np.fft.rfft(frames)) ** 2
    heard = np.fft.rfftfreq(SAMPLES // FRAMES, 1 / RATE)
    edges = np.geomspace(200, RATE / 2, BANDS + 1)
    middles = np.sqrt(edges[1:] * edges[:-1])
    width = np.log(edges[1] / edges[0])
    near = np.abs(np.log(np.maximum(heard, 1.0)[:, None] / middles)) / width
    return np.log(energy @ np.maximum(1 - near, 0) + 1e-3).reshape(len(waves), -1)


def digits(n: int, rng: np.random.Generator) -> Pair:
    """The left and the right half of n handwritten digits: 32 pixels each, 0 to 16."""
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    images = bunch.images
    rows = rng.permutation(len(images))[:n]
    left, right = images[rows, :, :4], images[rows, :, 4:]
    return left.reshape(len(rows), -1), right.reshape(len(rows), -1)


def clip(n: int, rng: np.random.Generator) -> Pair:
    """Pictures and captions of this book's world by its own CLIP, (n, 32), of length one."""
    from mmcl.clip import evaluation, model, pairs

    ours = model.load(CHECKPOINT)
    unseen = pairs.held_out(n, ours.config["vision_cfg"]["image_size"])
    x, t = evaluation.encode(ours.model, unseen.images, unseen.captions, ours.tokenizer)
    return x.numpy(), t.numpy()


# Ways to fail


def strangers(n: int, rng: np.random.Generator) -> Pair:
    """Sounds and scores of other tones."""
    return tones(n, rng)[0], tones(n, rng)[1]


def shifted(n: int, rng: np.random.Generator) -> Pair:
    """Right pairs, but the score's file has lost its first row, and the last stands twice."""
    sounds, scores = tones(n, rng)
    return sounds, np.vstack([scores[1:], scores[-1:]])


def partly(n: int, rng: np.random.Generator, share: float = 0.4) -> Pair:
    """Right pairs but for a share of the rows, whose scores are dealt out at random."""
    sounds, scores = tones(n, rng)
    wrong = rng.permutation(n)[: round(share * n)]
    scores[np.sort(wrong)] = scores[wrong]
    return sounds, scores


def gap(n: int, rng: np.random.Generator) -> Pair:
    """Our CLIP's features, but one vector was added to all captions, then length one again."""
    pictures, captions = clip(n, rng)
    return pictures, normalized(captions + normalized(rng.standard_normal((1, captions.shape[1]))))


def gaussian(n: int, rng: np.random.Generator) -> Pair:
    """Eight Gaussian sources shared up to noise, mixed into twelve columns on each side."""
    z = rng.standard_normal((n, 8))
    sides = (z, z + 0.5 * rng.standard_normal(z.shape))
    a, b = (s @ rng.standard_normal((8, 12)) for s in sides)
    noise = 0.01 * rng.standard_normal((2, n, 12))
    return a + noise[0], b + noise[1]


CASES: dict[str, Callable[[int, np.random.Generator], Pair]] = {
    "clip": clip, "tones": tones, "digits": digits,
    "strangers": strangers, "shifted": shifted, "partly": partly, "gap": gap,
    "gaussian": gaussian,
}  # fmt: skip
NAMES = {
    **dict.fromkeys(("tones", "strangers", "shifted", "partly"), ("sounds", "scores")),
    "digits": ("left halves", "right halves"),
    "gaussian": ("one side", "other side"),
}
