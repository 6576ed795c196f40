"""Lists and labels that others wrote: what is read, and what is refused, with file and line."""

import json
import unicodedata

import numpy as np
import pytest
from PIL import Image

from mmcl.clip import inputs
from mmcl.features import arrays


@pytest.fixture
def folder(tmp_path):
    """Four pictures, one of them with an accent in its name."""
    for name in ("0.png", "1.png", "2.png", unicodedata.normalize("NFD", "café.png")):
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    return tmp_path


def listed(folder, content, name="a.csv", encoding="utf-8"):
    """Pictures and captions of a list."""
    (folder / name).write_bytes(content.encode(encoding))
    return [(item.name, item.caption) for item in inputs.items([folder / name])]


PAIR = [("0.png", "a dog, a cat"), ("1.png", "é")]
GOOD = {
    "quoted": 'image,caption\n0.png,"a dog, a cat"\n1.png,é\n',
    "spaces and capitals": 'Image, Caption\n0.png, "a dog, a cat"\n1.png,  é\n',
    "Windows": 'image,caption\r\n0.png,"a dog, a cat"\r\n1.png,é\r\n',
    "semicolons": "image;caption\n0.png;a dog, a cat\n1.png;é\n",
    "tabs": "image\tcaption\n0.png\ta dog, a cat\n1.png\té\n",
    "another column": 'n,caption,image\n7,"a dog, a cat",0.png\n\n8,é,1.png\n',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("case", GOOD)
def test_a_csv_list_is_read(case, encoding, folder):
    assert listed(folder, GOOD[case], encoding=encoding) == PAIR


def test_json_lines_are_read(folder):
    rows = [
        {"image": "0.png", "caption": "a dog, a cat"},
        {"Caption": "é", "image": "1.png", "n": 1},
    ]
    content = "\n\n".join(json.dumps(row) for row in rows)
    assert listed(folder, content, "a.jsonl") == PAIR
    line = json.dumps({"image": "0.png", "caption": "two\u2028lines"}, ensure_ascii=False)
    assert listed(folder, line, "a.jsonl") == [("0.png", "two\u2028lines")]


def test_a_quote_may_hold_a_line_that_can_be_no_row(folder):
    text = 'image,caption\n0.png,"a dog\nand more"\n1.png,"say ""cat"""\n'
    assert listed(folder, text) == [("0.png", "a dog\nand more"), ("1.png", 'say "cat"')]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_in_either_unicode_form_is_found(form, folder):
    name = unicodedata.normalize(form, "café.png")
    assert listed(folder, f"image,caption\n{name},x\n") == [(name, "x")]


BAD = {
    "an unquoted comma": ("image,caption\n0.png,a dog, a cat\n", "line 2, has 3 values and the"),
    "a value too few": ("image,caption\n0.png,x\n1.png\n", "line 3, has 1 values and the header 2"),
    "an open quote": ('image,caption\n0.png,x\n1.png,"a dog\n2.png,"a cat\n', "line 3"),
    "an open quote, closed later": (
        'image,caption\n0.png,"a dog\n1.png,x\n2.png,a cat"\n',
        "line 2: a quote is opened there that isn't closed before line 3"),
    "an open quote at the end": ('image,caption\n0.png,x\n1.png,"a dog\n', "line 3, isn't CSV"),
    "no such columns": ("picture,text\n0.png,x\n", "has the columns picture, text; give image"),
    "nothing": ("", "is empty; give a header with image, caption"),
}  # fmt: skip
LINES = {
    "several captions": ({"caption": ["a", "b"]}, 'caption is ["a", "b"]; give one text, a'),
    "not a number": ({"caption": float("nan")}, "caption is NaN; give one text"),
    "a number": ({"caption": 3}, "caption is 3; give one text"),
    "a list": ([1], 'give {"image": "...", "caption": "..."}'),
    "nothing": ({"caption": " "}, "has no image and no caption; give one of them"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_csv_list_is_named_by_line(case, folder):
    content, words = BAD[case]
    with pytest.raises(ValueError, match=r"a\.csv") as told:
        listed(folder, content)
    assert words in str(told.value)


@pytest.mark.parametrize("case", LINES)
def test_wrong_json_lines_are_named_by_line(case, folder):
    row, words = LINES[case]
    good = json.dumps({"caption": "x"})
    with pytest.raises(ValueError, match=r"a\.jsonl, line 2") as told:
        listed(folder, f"{good}\n{json.dumps(row)}\n", "a.jsonl")
    assert words in str(told.value)


def test_another_encoding_is_named_by_line(folder):
    with pytest.raises(ValueError, match=r"a\.csv, line 3, is no text in UTF-8 \(.*'1.png,é'"):
        listed(folder, GOOD["quoted"].replace("\n\n", "\n"), encoding="cp1252")


# Labels


def read(folder, content, name="a.csv", encoding="utf-8", column=""):
    (folder / name).write_bytes(content.encode(encoding))
    return arrays.read_labels(f"{folder / name}{column}").tolist()


LABELS = ["cat", "großer Hund", "cat"]
COLUMN = "cat\ngroßer Hund\ncat\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_labels_are_read(encoding, tmp_path):
    for text in (COLUMN, f"label\n{COLUMN}", COLUMN.replace("\n", "\r\n") + "\n\n"):
        assert read(tmp_path, text, "a.txt", encoding) == LABELS
        assert read(tmp_path, text, "a.csv", encoding) == LABELS
    table = "image,Label\n0.png,cat\n1.png,großer Hund\n2.png,cat\n"
    assert read(tmp_path, table, encoding=encoding) == LABELS
    assert read(tmp_path, table, encoding=encoding, column=":image")[0] == "0.png"
    assert read(tmp_path, ",label\n0,cat\n1,großer Hund\n2,cat\n") == LABELS
    assert read(tmp_path, table.replace(",", ";"), encoding=encoding) == LABELS
    assert read(tmp_path, table.replace(",", "\t"), encoding=encoding) == LABELS
    rows = "\n".join(
        json.dumps(each) for each in ({"label": "cat"}, "großer Hund", {"class": "cat"})
    )
    assert read(tmp_path, rows, "a.jsonl", encoding) == LABELS


def test_a_class_that_is_called_as_headers_are_is_a_class(tmp_path):
    assert read(tmp_path, "class\ncat\nclass\n") == ["class", "cat", "class"]
    assert read(tmp_path, '"a, b"\nc\n') == ["a, b", "c"]


def test_one_class_has_one_name_in_both_unicode_forms(tmp_path):
    text = "\n".join(unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    assert len(set(read(tmp_path, text, "a.txt"))) == 1
    np.save(tmp_path / "a.npy", np.array(text.split("\n")))
    assert len(set(arrays.read_labels(tmp_path / "a.npy").tolist())) == 1


WRONG = {
    "another encoding": ("cat\nKäse\n".encode("cp1252"), "line 2, is no text in UTF-8"),
    "pictures with labels": (
        b"0.png,cat\n1.png,dog\n",
        "no one column of labels in its first",
    ),
    "a comma": (b"cat\ndog, wolf\n", "line 2, has 2 values and the first line 1"),
    "an empty line": (b"cat\n\ndog\n", "line 2, is empty; give a label for each row"),
    "a row without": (b"image,label\n0.png,cat\n1.png,\n", "line 3, has no label; give one"),
    "two columns": (b"label,class\n1,cat\n", "no one column of labels"),
    "nothing": (b"\n", "is empty; give a label for each row"),
    "a header alone": (b"label\n", "is empty; give a label for each row"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_labels_are_named(case, tmp_path):
    content, words = WRONG[case]
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.csv") as told:
        arrays.read_labels(tmp_path / "a.csv")
    assert words in str(told.value)
    with pytest.raises(ValueError, match="has lines and no column 'x'; give"):
        read(tmp_path, "cat\n", "a.txt", column=":x")
    with pytest.raises(ValueError, match=r"line 1: the label is null; give one text"):
        read(tmp_path, '{"label": null}', "a.jsonl")
