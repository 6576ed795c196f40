"""GeoCLIP, a contrastive model of photographs and places: its towers, with their public weights.

A place is a point (latitude, longitude) in degrees. The tower of places lays the globe flat, asks
random Fourier features of three wavelengths, and adds up what three networks, its capsules, make of
them. The tower of photographs is CLIP ViT-L/14 and a head; here is the head, for features that
somebody has taken. Both give codes (n, 512) that aren't of length one; its loss divides by it.

Source: Vivanco Cepeda, Nayak and Shah, "GeoCLIP" (NeurIPS 2023). Weights: see `mmcl.data`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.functional import linear, relu

from mmcl import data
from mmcl.errors import InputError
from mmcl.features.tagged import Features

MODEL, UNTRAINED = "GeoCLIP", "GeoCLIP, untrained"
WIDTHS = (1, 16, 256)  # sigma of each capsule: standard deviation of its frequencies
EARTH = (1.340264, -0.081106, 0.0, 0.000893, 0.003796)  # of theta, and its powers 3, 5, 7, 9
UNIT = 66.50336 / 180  # makes the map 2 units wide
BATCH = 1024  # places at a time
# What `weights` opens, where chapters' keys find it.
READS = (
    "places/location_encoder_weights.pth",
    "places/image_encoder_mlp_weights.pth",
    "places/logit_scale_weights.pth",
)

Layers = tuple[tuple[Tensor, Tensor], ...]  # weights (out, in) and biases (out,) of each


@dataclass(frozen=True)
class Capsule:
    """Random Fourier features, three layers with ReLU, and a linear head."""

    frequencies: Tensor  # (256, 2), float64, of the map's units; never trained
    layers: Layers

    def __call__(self, flat: Tensor) -> Tensor:
        """Points of the map (n, 2), float64, to codes (n, 512).

        Angles are taken in float64 whatever the layers are: at sigma 256 they come to thousands of
        radians, of which float32 has three digits behind the point.
        """
        x = fourier(flat, self.frequencies).to(self.layers[0][0].dtype)
        *inner, last = self.layers
        for weights, biases in inner:
            x = relu(linear(x, weights, biases))
        return linear(x, *last)


@dataclass(frozen=True)
class PlaceTower:
    """Places to codes: the sum of three capsules. model: the tag of its features."""

    capsules: tuple[Capsule, ...]
    model: str = MODEL

    def parts(self, places: ArrayLike) -> np.ndarray:
        """What each capsule says of places (n, 2): (3, n, 512). Errors: as `checked`."""
        flat = equal_earth(torch.tensor(checked(places)))
        with torch.inference_mode():
            batches = [torch.stack([c(rows) for c in self.capsules]) for rows in flat.split(BATCH)]
        return torch.cat(batches, dim=1).numpy()

    def __call__(self, places: ArrayLike) -> np.ndarray:
        """Codes (n, 512) of places (n, 2), in the precision of the layers. Errors: as `checked`."""
        return self.parts(places).sum(axis=0)

    def features(self, places: ArrayLike) -> Features:
        """The codes with their tag, each of length one."""
        return Features(self(places), self.model, "place", False).on_sphere()

    def untrained(self, rng: np.random.Generator) -> Self:
        """The tower as it was before training: the same frequencies, and layers drawn anew.

        As `torch.nn.Linear` draws them: evenly, up to one over the root of what comes in.
        """
        fresh = (Capsule(c.frequencies, tuple(drawn(w, rng) for w, _ in c.layers))
                 for c in self.capsules)  # fmt: skip
        return type(self)(tuple(fresh), UNTRAINED)


def drawn(like: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Weights and biases of a fresh layer of this shape and precision."""
    reach = like.shape[1] ** -0.5
    weights = rng.uniform(-reach, reach, like.shape), rng.uniform(-reach, reach, len(like))
    return torch.as_tensor(weights[0], dtype=like.dtype), torch.as_tensor(weights[1]).to(like.dtype)


def checked(places: ArrayLike) -> np.ndarray:
    """Latitudes and longitudes (n, 2), float64. Errors: InputError for what is no such table."""
    found = np.asarray(places, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != 2 or not len(found):
        raise InputError(
            f"places have shape {found.shape}; give (n, 2): latitude and longitude in degrees"
        )
    most = np.abs(found).max(axis=0)
    if not (most[0] <= 90 and most[1] <= 180):
        raise InputError(
            f"places reach latitude {most[0]:g} and longitude {most[1]:g}; give degrees, first "
            "latitude, from -90 to 90, then longitude, from -180 to 180"
        )
    return found


def equal_earth(places: Tensor) -> Tensor:
    """Latitude and longitude (n, 2) in degrees to points (n, 2) of a flat map 2 units wide.

    Source: Savric, Patterson and Jenny, "The Equal Earth map projection" (2019), equation 1.
    """
    latitude, longitude = torch.deg2rad(places.double()).T
    theta = torch.asin(3**0.5 / 2 * torch.sin(latitude))
    y = sum(a * theta ** (2 * i + 1) for i, a in enumerate(EARTH))
    slope = sum((2 * i + 1) * a * theta ** (2 * i) for i, a in enumerate(EARTH))
    x = 2 / 3**0.5 * longitude * torch.cos(theta) / slope
    return torch.stack([x, torch.as_tensor(y)], dim=1) * UNIT


def fourier(flat: Tensor, frequencies: Tensor) -> Tensor:
    """Cosines, then sines, of each frequency (m, 2) at points (n, 2): (n, 2 m)."""
    angles = 2 * torch.pi * flat @ frequencies.T
    return torch.cat([angles.cos(), angles.sin()], dim=1)


@dataclass(frozen=True)
class PhotoHead:
    """Features of CLIP ViT-L/14 (n, 768), not of length one, to codes (n, 512)."""

    layers: Layers

    def __call__(self, photos: ArrayLike) -> np.ndarray:
        """Codes (n, 512). Errors: InputError for another shape."""
        x = torch.as_tensor(np.asarray(photos), dtype=self.layers[0][0].dtype)
        if x.ndim != 2 or x.shape[1] != self.layers[0][0].shape[1]:
            raise InputError(f"photographs have shape {tuple(x.shape)}; give (n, 768) of ViT-L/14")
        (first, biases), last = self.layers
        with torch.inference_mode():
            return linear(relu(linear(x, first, biases)), *last).numpy()


def place_tower(dtype: torch.dtype = torch.float32) -> PlaceTower:
    """The trained tower of places. Errors: as `mmcl.data.path`."""
    found = weights(READS[0])
    names = [f"LocEnc{i}" for i in range(len(WIDTHS))]
    inner = ("capsule.1", "capsule.3", "capsule.5", "head.0")
    return PlaceTower(tuple(
        Capsule(found[f"{name}.capsule.0.b"].double(),
                layers(found, [f"{name}.{each}" for each in inner], dtype))
        for name in names
    ))  # fmt: skip


def photo_head(dtype: torch.dtype = torch.float32) -> PhotoHead:
    """The trained head of the tower of photographs. Errors: as `mmcl.data.path`."""
    return PhotoHead(layers(weights(READS[1]), ["0", "2"], dtype))


def temperature() -> float:
    """By which its loss divides cosines. Errors: as `mmcl.data.path`."""
    return float((-weights(READS[2])).exp())


def weights(name: str) -> Any:
    """Tensors of a registered file; nothing in it is executed."""
    return torch.load(data.path(name), weights_only=True, map_location="cpu")


def layers(found: Mapping[str, Tensor], names: list[str], dtype: torch.dtype) -> Layers:
    """Weights and biases of these names.

    Shapes: weights (out, in), biases (out,). Errors: KeyError for a name that is missing.
    """
    return tuple((found[f"{n}.weight"].to(dtype), found[f"{n}.bias"].to(dtype)) for n in names)
