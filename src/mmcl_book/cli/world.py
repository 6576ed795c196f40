"""`mmcl world`: make a folder of pictures and captions, and a page of them to look at."""

import io
from argparse import Namespace
from pathlib import Path

from mmcl import files
from mmcl.world import store
from mmcl.world.dataset import World
from mmcl.world.render import check_device
from mmcl_book.terminal import Progress, asked, say

SHEET = "contact_sheet.png"
SHOWN = 24


def run(options: Namespace) -> int:
    """Make pictures and captions in a folder, or what is missing of them; say what to open.

    Errors: UsageError before anything is written; OSError or ValueError with what to do.
    """
    folder = Path(options.out)
    with asked():
        spec = store.Spec(options.seed, options.size, options.domain, options.dependence)
        store.check_folder(folder, spec, options.n)
        check_device(options.device)
    progress = Progress("pairs")
    store.make(folder, spec, options.n, device=options.device, say=say, progress=progress)
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
