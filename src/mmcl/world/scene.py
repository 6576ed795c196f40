"""From factors to scenes: numbers that a renderer needs, as tensors.

Coordinates: x to the right, y up, z towards the camera, which looks along -z with parallel rays
and sees -2 to 2 both ways. The wall is the plane z = -1. Colors are RGB in [0, 1], as displayed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcl.world.factors import check

VIEW = 2.0  # half the width of what is seen
WALL = -1.0
CAMERA = 2.0  # depth is measured from this plane
PLACES = (-1.1, 0.0, 1.1)
SIZES = (0.5, 0.68, 0.88)
LIGHT_RADIUS, LIGHT_HEIGHT = 3.5, 3.5


@dataclass(frozen=True)
class Scenes:
    """n scenes: shape (n,) index; center, object_color, light, light_color, wall_color (n, 3);
    size (n,) radius of the bounding sphere; rotation (n, 3, 3) from the object's frame."""

    shape: Tensor
    center: Tensor
    size: Tensor
    rotation: Tensor
    object_color: Tensor
    light: Tensor
    light_color: Tensor
    wall_color: Tensor

    def __len__(self) -> int:
        return len(self.shape)

    def map(self, change: Callable[[Tensor], Tensor]) -> "Scenes":
        """The scenes after the same change to every tensor."""
        return Scenes(**{name: change(value) for name, value in vars(self).items()})


def scenes(
    table: pd.DataFrame,
    *,
    tint: float = 0.4,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> Scenes:
    """Scenes of a table of factors. tint: how colored the light is, 0 white to 1.

    Errors: ValueError for a factor that is missing, unknown or out of range.
    """
    column = {name: check(table)[name].to_numpy() for name in table}
    n = len(table)
    centers = [np.take(PLACES, column["x"]), np.take(PLACES, column["y"]), np.zeros(n)]
    angle = math.pi * (0.1 + 0.8 * column["light_position"])
    height = np.full(n, LIGHT_HEIGHT)
    light = [LIGHT_RADIUS * np.cos(angle), LIGHT_RADIUS * np.sin(angle), height]
    parts = {
        "center": np.stack(centers, axis=1),
        "size": np.take(SIZES, column["size"]),
        "rotation": rotations(column["turn"], column["tilt"], column["roll"]),
        "object_color": hsv(column["hue"], 0.85, 0.95),
        "light": np.stack(light, axis=1),
        "light_color": hsv(column["light_hue"], tint, 1.0),
        "wall_color": hsv(column["background_hue"], 0.5, 0.85),
    }
    tensors = {name: torch.as_tensor(value, dtype=dtype) for name, value in parts.items()}
    made = Scenes(shape=torch.as_tensor(column["shape"].copy()), **tensors)
    return made.map(lambda value: value.to(device))


def rotations(turn: np.ndarray, tilt: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """(n, 3, 3) matrices Rz(roll) Rx(tilt) Ry(turn): first around the object's own axis y."""
    return _around(roll, 0, 1) @ _around(tilt, 1, 2) @ _around(turn, 2, 0)


def _around(angle: np.ndarray, i: int, j: int) -> np.ndarray:
    """Turns by an angle from axis i towards axis j."""
    matrix = np.tile(np.eye(3), (len(angle), 1, 1))
    matrix[:, i, i] = matrix[:, j, j] = np.cos(angle)
    matrix[:, j, i] = np.sin(angle)
    matrix[:, i, j] = -matrix[:, j, i]
    return matrix


def hsv(hue: np.ndarray, saturation: float, value: float) -> np.ndarray:
    """RGB (n, 3) of hues (n,) at a saturation and a value."""
    wheel = np.abs((np.asarray(hue)[:, None] * 6 + np.array([0, 4, 2])) % 6 - 3) - 1
    return value * (1 - saturation * (1 - np.clip(wheel, 0, 1)))
