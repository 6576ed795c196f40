"""Which tests need files from outside the project."""

import os

import pytest

from mmcl import data


def needs(*folders: str) -> pytest.MarkDecorator:
    """Skip where files of these folders of the registry are neither given nor downloaded before.

    Where MMCL_REQUIRE has data the test runs all the same, and fails without them.
    """
    told = os.environ.get("MMCL_DATA") or "data" in os.environ.get("MMCL_REQUIRE", "")
    wanted = [name for name in data.names() if name.startswith(folders)]
    lacking = not told and any(data.state(name) != "right" for name in wanted)
    return pytest.mark.skipif(lacking, reason=f"needs files of {', '.join(folders)}: MMCL_DATA")


real = needs("clip_coco500/")
places = needs("places/", "things200/")
