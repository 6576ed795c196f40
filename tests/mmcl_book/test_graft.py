"""Outputs of executed copies come back to the sources they belong to, and to no others."""

import json

import pytest

from mmcl_book.site import graft


def cell(name, source="1 + 1", **more):
    return {"cell_type": "code", "id": name, "source": source, "metadata": {}, **more}


def book_of(*cells, **metadata):
    return {"cells": list(cells), "metadata": metadata}


SAID = [{"output_type": "stream", "text": "2"}]
FELL = [{"output_type": "error", "ename": "ValueError", "evalue": "no"}]


def test_outputs_go_to_the_cell_of_the_same_name_and_code():
    source = book_of(cell("a"), cell("empty", " "), cell("b", "2"), cell("c"))
    ran = cell("a", ["1 ", "+ 1"], outputs=SAID, execution_count=3)
    executed = book_of(cell("b", "3", outputs=SAID), ran, language_info={"name": "python"})
    problems = graft.graft(source, executed)
    assert source["cells"][0]["outputs"] == SAID
    assert source["cells"][0]["execution_count"] == 3
    assert "outputs" not in source["cells"][2]
    assert problems == ["cell b was edited after it ran", "cell c has no executed copy"]
    assert source["metadata"] == {"language_info": {"name": "python"}}


def test_what_makes_no_other_key_needs_no_other_run():
    """A module's new name and a comment leave a chapter's key; its outputs stay, too."""
    ran = book_of(
        cell("open", "import numpy as np\nfrom mmcl import ica"),
        cell("a", "ica.f(np.pi)", outputs=SAID),
    )
    source = book_of(
        cell("open", "from mmcl.deep import other  # moved\nimport numpy"),
        cell("a", "# It is\nother.f(numpy.pi)"),
    )
    assert graft.graft(source, ran) == []
    assert source["cells"][1]["outputs"] == SAID
    source["cells"][1]["source"] = "other.g(numpy.pi)"
    assert graft.graft(source, ran) == ["cell a was edited after it ran"]


def test_a_cell_may_only_raise_what_it_announces():
    loud = cell("a", outputs=FELL)
    assert graft.errors_in(book_of(loud)) == ["cell a raised ValueError: no"]
    loud["metadata"] = {"tags": ["raises-exception"]}
    assert graft.errors_in(book_of(loud)) == []
    failed = book_of(cell("a", outputs=SAID), papermill={"exception": True})
    assert graft.errors_in(failed) == ["its run was recorded as failed"]


def test_a_page_gets_outputs_and_every_problem_says_what_to_run(tmp_path):
    copy, text = tmp_path / "copy.ipynb", json.dumps(book_of(cell("a"), cell("b")))
    assert graft.with_outputs(text, "p", copy, "run X") == (
        text,
        ["p was not executed at this profile; run X"],
    )
    copy.write_text(json.dumps(book_of(cell("a", outputs=FELL))))
    found, problems = graft.with_outputs(text, "p", copy, "run X")
    assert json.loads(found)["cells"][0]["outputs"] == FELL
    assert problems == [
        "p: cell b has no executed copy; run X",
        "p: cell a raised ValueError: no; mend it, then run X",
    ]
    with pytest.raises(ValueError, match="p is not a notebook"):
        graft.with_outputs("{", "p", copy, "run X")
