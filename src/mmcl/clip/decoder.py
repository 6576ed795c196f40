"""Pictures from components: a small decoder, to see what moving one component moves."""

import itertools

import numpy as np
import torch
from torch import Tensor, nn

from mmcl.errors import InputError
from mmcl.randomness import torch_generator

RATE = 3e-3
START = 4  # pixels a side that the first layer makes; each further layer doubles them


class Decoder(nn.Module):
    """Components (n, k) to pictures (n, 3, 32, 32), floats from 0 to 1."""

    def __init__(self, k: int, channels: int = 32):
        super().__init__()
        sizes = [4 * channels, 2 * channels, channels, 3]
        self.first = nn.Linear(k, sizes[0] * START**2)
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise(sizes):
            layers += [nn.GELU(), nn.ConvTranspose2d(a, b, 4, stride=2, padding=1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, components: Tensor) -> Tensor:
        """Components (n, k) to pictures (n, 3, 32, 32)."""
        small = self.first(components).unflatten(1, (-1, START, START))
        return self.layers(small).sigmoid()


def fitted(
    components: np.ndarray,
    images: Tensor,
    *,
    steps: int,
    batch: int = 128,
    rng: np.random.Generator,
) -> Decoder:
    """A decoder of components (n, k) and the pictures (n, 3, 32, 32) that they belong to, bytes.

    Least squares, so what components don't tell comes out as its average: a gray wall, a blurred
    solid. Cost: about 10 ms a step of 128 pictures on one core.
    Errors: ValueError for pictures of another size or number.
    """
    if images.shape != (len(components), 3, 8 * START, 8 * START):
        raise InputError(
            f"pictures have shape {tuple(images.shape)}; give ({len(components)}, 3, 32, 32)"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_generator(rng).initial_seed())
        decoder = Decoder(components.shape[1])
    optimizer = torch.optim.Adam(decoder.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    inputs = torch.from_numpy(components).float()
    for _ in range(steps):
        rows = torch.from_numpy(rng.integers(len(inputs), size=batch))
        error = (decoder(inputs[rows]) - images[rows].float() / 255).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        schedule.step()
    return decoder


@torch.no_grad()
def pictures(decoder: Decoder, components: np.ndarray) -> np.ndarray:
    """Pictures (n, 32, 32, 3) of components (n, k), floats from 0 to 1."""
    return decoder(torch.from_numpy(components).float()).permute(0, 2, 3, 1).numpy()


def sevenths(component: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which seventh of its range each value (n,) of a component is in, and each one's median."""
    stops = np.argsort(np.argsort(component, kind="stable")) * 7 // len(component)
    return stops, np.array([np.median(component[stops == stop]) for stop in range(7)])


def moved(row: np.ndarray, component: int, values: np.ndarray) -> np.ndarray:
    """A row of components (k,) once for each of the values (m,) of one component: (m, k)."""
    rows = np.repeat(row[None], len(values), axis=0)
    rows[:, component] = values
    return rows


def explained(values: np.ndarray, stops: np.ndarray) -> float:
    """The share of the variance of values (n, c) that lies between stops (n,), labels 0, 1, ...

    For a factor of labels, give an indicator a column. 0: the stop tells nothing of the factor; 1:
    it tells all. Chance adds (stops - 1) / n.
    """
    total = ((values - values.mean(axis=0)) ** 2).sum()
    inside = sum(
        ((values[stops == stop] - values[stops == stop].mean(axis=0)) ** 2).sum()
        for stop in np.unique(stops)
    )
    return float(1 - inside / total)
