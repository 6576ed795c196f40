"""Pictures that others made: which files of a folder count, and whether decoding is faithful."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from mmcl.clip import inputs, pictures
from mmcl.randomness import stream
from mmcl_experiments.suites.pictures import by_class
from mmcl_experiments.suites.pictures import item as released

GRAY = stream(0, "gray").integers(256, size=(6, 5), dtype=np.uint8)
COLORS = stream(0, "colors").integers(256, size=(6, 5, 3), dtype=np.uint8)


def seen(path):
    """What a picture is seen as: (h, w, 3)."""
    return np.asarray(pictures.opened(path))


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm"])
def test_sixteen_bits_are_scaled(name, tmp_path):
    Image.fromarray(GRAY.astype(np.uint16) * 257).save(tmp_path / name)
    assert np.array_equal(seen(tmp_path / name), np.stack([GRAY] * 3, axis=2))
    Image.fromarray(GRAY.astype(np.uint16) * 257 + 128).save(tmp_path / name)
    assert np.abs(seen(tmp_path / name)[..., 0].astype(int) - GRAY).max() <= 1
    assert np.array_equal(np.asarray(pictures.opened(tmp_path / name, released=True))[..., 0],
                          seen(tmp_path / name)[..., 0])  # fmt: skip


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_numbers_without_a_scale_are_refused(kind, tmp_path):
    Image.fromarray(GRAY.astype(kind)).save(tmp_path / "a.tif")
    with pytest.raises(ValueError, match=r"a\.tif holds .*, of which nothing says what is white"):
        pictures.opened(tmp_path / "a.tif")


def test_the_color_under_transparent_pixels_decides_nothing(tmp_path):
    alpha = np.where(GRAY[..., None] > 127, 255, 0).astype(np.uint8)
    over = np.where(alpha > 0, COLORS, 255)
    for hidden in (0, 200):
        values = np.concatenate([np.where(alpha > 0, COLORS, hidden), alpha], axis=2)
        Image.fromarray(values.astype(np.uint8)).save(tmp_path / "a.png")
        assert np.array_equal(seen(tmp_path / "a.png"), over)
        released = np.asarray(pictures.opened(tmp_path / "a.png", released=True))
        assert np.array_equal(released, values[..., :3])  # as open_clip sees it
    Image.fromarray(np.concatenate([COLORS, np.full_like(alpha, 255)], axis=2)).save(
        tmp_path / "a.png"
    )
    assert np.array_equal(seen(tmp_path / "a.png"), COLORS)
    Image.fromarray(GRAY).quantize(8).save(tmp_path / "p.png", transparency=0)
    known = np.asarray(Image.open(tmp_path / "p.png"))
    palette = np.asarray(Image.open(tmp_path / "p.png").convert("RGB"))
    assert np.array_equal(seen(tmp_path / "p.png"), np.where(known[..., None], palette, 255))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_a_picture_is_turned_as_its_camera_says(name, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    picture = Image.fromarray(np.repeat(np.repeat(COLORS, 8, axis=0), 8, axis=1))
    picture.save(tmp_path / name, exif=exif, quality=100)
    turned, lost = np.rot90(np.asarray(picture), -1), 30 if name == "a.jpg" else 0
    assert np.abs(seen(tmp_path / name).astype(int) - turned).mean() <= lost
    plain = np.asarray(pictures.opened(tmp_path / name, released=True))
    # Pillow itself turns TIFF.
    assert plain.shape == (turned.shape if name == "a.tif" else np.asarray(picture).shape)


def chunk(kind, content):
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def with_text(path):
    buffer = io.BytesIO()
    Image.fromarray(COLORS).save(buffer, "png")
    png = buffer.getvalue()
    text = chunk(b"zTXt", b"note\0\0" + zlib.compress(b" " * 3_000_000))
    path.write_bytes(png[:33] + text + png[33:])


def with_profile(path):
    Image.fromarray(COLORS).save(path, icc_profile=bytes(3_000_000))


def header_alone(path):
    path.write_bytes(PngImagePlugin._MAGIC + chunk(b"IHDR", b"\0" * 5))


def bomb(path):
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path.write_bytes(PngImagePlugin._MAGIC + chunk(b"IHDR", size) + chunk(b"IDAT", b""))


@pytest.mark.parametrize("spoil", [with_text, with_profile, header_alone, bomb])
def test_whatever_a_decoder_raises_names_the_file(spoil, tmp_path):
    spoil(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"a\.png can't be read as a picture \(.*\); mend it"):
        pictures.opened(tmp_path / "a.png")


@pytest.fixture
def folder(tmp_path):
    """Two classes, one of them a link, with what machines and people leave beside pictures."""
    place, other = tmp_path / "pictures", tmp_path / "elsewhere"
    for each in (place / "cat", other):
        each.mkdir(parents=True)
        for name in ("0.png", "1.JFIF", "2.ppm"):
            Image.fromarray(COLORS).save(each / name, format="png")
    (place / "dog").symlink_to(other)
    (place / "dog" / "up").symlink_to(place)  # a circle
    (place / "cat" / "3.png").symlink_to(tmp_path / "nowhere")
    for name in ("cat/._0.png", ".ipynb_checkpoints/0.png", "__MACOSX/cat/0.png", "cat/.DS_Store",
                 "cat/4.heic", "cat/5.heic", "notes.txt", "cat/README"):  # fmt: skip
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(b"no picture")
    return place


def test_links_are_followed_and_the_hidden_is_skipped_and_all_is_said(folder):
    told = []
    found = inputs.items([folder], told.append)
    names = [f"{label}/{name}" for label in ("cat", "dog") for name in ("0.png", "1.JFIF", "2.ppm")]
    assert [item.name for item in found] == names
    assert all(np.array_equal(np.asarray(item.open()), COLORS) for item in found)
    (line,) = told
    assert line.startswith(f"{folder}: left out, as they aren't read: 4 hidden (0.png)")
    for words in ("2 .heic (4.heic)", "1 .txt (notes.txt)", "1 links to nothing (3.png)",
                  "1 without a kind (README)"):  # fmt: skip
        assert words in line


def test_classes_of_a_suite_are_folders_and_links_that_people_made(folder):
    told = []
    (folder / "cat" / "3.png").unlink()
    found = by_class(folder, "train", told.append)
    assert sorted(set(found.labels.tolist())) == ["cat", "dog"]
    assert [path.name for path in found.paths] == ["0.png", "1.JFIF", "2.ppm"] * 2
    assert "2 .heic" in told[0]
    opened = released(found.paths[0]).open
    assert opened.args == (found.paths[0], True)  # decoded as in the papers
