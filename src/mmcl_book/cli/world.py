"""`mmcl world`: make a folder of pictures and captions, and a page of them to look at."""

import io
import time
from pathlib import Path

from mmcl import files
from mmcl.errors import InputError, UsageError
from mmcl.world import store
from mmcl.world.dataset import World
from mmcl.world.render import check_device
from mmcl_book.run.execute import say
from mmcl_book.sweep.progress import duration

SHEET = "contact_sheet.png"
SHOWN = 24


class Progress:
    """How many pairs are made and how long the others will take, a line every few seconds."""

    def __init__(self, every: float = 2.0):
        self.every, self.started, self.said = every, time.monotonic(), 0.0

    def __call__(self, done: int, wanted: int) -> None:
        now = time.monotonic()
        passed = now - self.started
        if not done:
            say(f"{wanted} pairs to make" if wanted else "all pairs were made before")
        elif done == wanted:
            say(f"{done}/{wanted} pairs, {duration(passed)}, {done / passed:.0f} a second")
        elif now - self.said >= self.every:
            self.said = now
            left = duration((wanted - done) * passed / done)
            say(f"{done}/{wanted} pairs, about {left} left")


def run(out: str, n: int, *, device: str = "cpu", **world: object) -> int:
    """Make n pairs in a folder, or what is missing of them; say what to open.

    Errors: UsageError before anything is written; OSError or ValueError with what to do.
    """
    folder = Path(out)
    try:
        spec = store.Spec(**world)  # type: ignore[arg-type]
        store.check_folder(folder, spec, n)
        check_device(device)
    except InputError as error:
        raise UsageError(str(error)) from error
    store.make(folder, spec, n, device=device, say=say, progress=Progress())
    say("\nopen this picture:")
    print(contact_sheet(folder))
    return 0


def contact_sheet(folder: Path) -> Path:
    """Write a page of the first pairs of a world."""
    from mmcl_experiments.images_and_captions import figures as drawings

    shard = World(folder).shard(0)
    figure = drawings.contact_sheet(shard.images[:SHOWN], shard.captions[:SHOWN])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", facecolor="white")
    drawings.close(figure)
    return files.write_bytes(folder / SHEET, buffer.getvalue())
