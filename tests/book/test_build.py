"""The strict, incremental build: what it writes, what it refuses."""

import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest
import sample_book
from sample_book import STORY, notebook, write

from mmcl_book.site.build import BuildError, build, folders

CHAPTER = "notebooks/04_sample"


def stamps(root: Path, profile: str = "default") -> dict[str, int]:
    """When each page was written; search and redirect are no pages of the book."""
    html = folders(root, profile).html
    pages = [path for part in ("book", "notebooks") for path in (html / part).rglob("*.html")]
    return {
        path.relative_to(html).with_suffix("").as_posix(): path.stat().st_mtime_ns for path in pages
    }


def written(root: Path) -> set[str]:
    """Build, and name the pages that were written."""
    before = stamps(root)
    time.sleep(0.02)
    build(root, "default")
    after = stamps(root)
    return {page for page, stamp in after.items() if before.get(page) != stamp}


def html(root: Path, page: str, profile: str = "default") -> str:
    """A page's text."""
    return (folders(root, profile).html / f"{page}.html").read_text(encoding="utf-8")


def rejected(root: Path) -> list[str]:
    """Build a broken book; return the warnings."""
    with pytest.raises(BuildError) as info:
        build(root, "default")
    return info.value.warnings


def sources(root: Path) -> dict[Path, bytes]:
    """All files of a project but what is built."""
    paths = [path for path in root.rglob("*") if path.is_file() and "_build" not in path.parts]
    return {path: path.read_bytes() for path in paths}


def test_whoever_serves_the_site_may_read_it_and_sources_are_left_alone(sample: Path) -> None:
    before, mask = sources(sample), os.umask(0o022)
    try:
        build(sample, "default", clean=True)
        sample_book.write_record(sample, {"holds.r2": 0.992, "low.r2": 0.5})
    finally:
        os.umask(mask)
    parts = [path for name in ("site", "records") for path in
             (sample / "_build/default" / name).rglob("*")]  # fmt: skip
    modes = {path.name: path.stat().st_mode & 0o777 for path in parts if path.is_file()}
    assert set(modes.values()) == {0o644}, modes
    assert sources(sample) == before


def test_only_what_changed_is_rendered(sample: Path) -> None:
    page = build(sample, "default", clean=True)
    assert page.is_file()
    assert len(stamps(sample)) == 8
    assert written(sample) == set()

    with (sample / "book/notation.md").open("a") as stream:
        stream.write("\nA further sentence.\n")
    assert written(sample) == {"book/notation"}

    write(sample / f"{CHAPTER}.ipynb", notebook(STORY + "\nMore prose.\n", executed=False))
    assert written(sample) == {CHAPTER}
    assert "More prose" in html(sample, CHAPTER)

    copy = sample / f"_build/default/executed/{CHAPTER}.ipynb"
    copy.write_text(copy.read_text().replace("a long line of output", "another output"))
    assert written(sample) == {CHAPTER, "book/index"}  # which shows a figure of it
    assert "another output" in html(sample, CHAPTER)

    sample_book.write_record(sample, {"holds.r2": 0.992, "low.r2": 0.5})
    assert written(sample) == {"book/index", "book/results", CHAPTER}
    assert "0.992" in html(sample, "book/index")
    assert written(sample) == set()


def test_what_reaches_every_page_renders_every_page(sample: Path) -> None:
    build(sample, "default")
    everything = set(stamps(sample))

    path = sample / "book/notation.md"  # a new title is in every sidebar
    path.write_text(path.read_text().replace("# Notation", "# Names and symbols"))
    assert written(sample) == everything
    assert "Names and symbols" in html(sample, CHAPTER)

    folders(sample, "default").look.unlink()  # written last: the build was interrupted
    assert written(sample) == everything

    sheet = sample / "book/_static/mmcl.css"  # another style sheet
    sheet.write_text(sheet.read_text() + "\n/* another look */\n")
    build(sample, "default")
    shown = folders(sample, "default").html / "_static/mmcl.css"
    assert shown.read_text().endswith("/* another look */\n")


def test_the_source_that_readers_download_has_no_outputs(built_sample: Path) -> None:
    sources = folders(built_sample, "default").html / "_sources"
    copies = [path for path in sources.rglob("*04_sample*") if path.is_file()]
    assert copies
    for copy in copies:
        cells = json.loads(copy.read_text())["cells"]
        assert all(not cell.get("outputs") for cell in cells)
    assert "however" in html(built_sample, CHAPTER)


def test_statuses_are_words_and_not_colors_alone(built_sample: Path) -> None:
    page = html(built_sample, "book/results")
    for words in ("missed", "fails, as expected", "unexpected", "open", "unverified", "[R]"):
        assert words in page
    assert "recorded: results/default/sweeps/walls.json" in page
    assert "0.500 (recorded)" in page
    assert "0.991 (recorded)" not in page
    assert "computed by this build" in page
    badge = html(built_sample, CHAPTER)
    assert all(words in badge for words in ("Learn: 30 min", "Run: 61 s", "Memory: 0.5 GiB"))


def test_a_checked_exercise_says_where_to_run_it_and_folds_its_misconceptions(built_sample) -> None:
    page = html(built_sample, CHAPTER)
    assert "Checked exercise: Twice" in page
    assert "Run it in the student edition" in page
    fold = page.partition("<summary>Wrong answer 1</summary>")[2].partition("</details>")[0]
    assert "<em>nine</em>" in fold
    assert "So it is." not in page


def test_a_chapter_that_lacks_its_checked_exercise_is_refused(sample: Path) -> None:
    (sample / "exercises/04_sample.py").unlink()
    write(sample / "exercises/09_far.py", sample_book.CHECKED)
    with pytest.raises(BuildError, match="unknown exercise '04_sample'"):
        build(sample, "default")


def test_a_checked_sentence_has_the_mark_of_its_claim(built_sample: Path) -> None:
    pattern = r'title="Checked: ([^"]*)"><span class="claim-text"></span>(.*?)</p>'
    mark = re.search(pattern, html(built_sample, "book/results"), re.DOTALL)
    assert mark
    assert "case holds" in mark[1]
    assert "status: holds" in mark[1]
    assert "✓" in mark[2]


def test_numbers_without_a_bar_come_last_and_folded(built_sample: Path) -> None:
    page = html(built_sample, "book/results").partition('<div class="article')[2]
    fold = '<details class="claims-more"><summary>1 number without a bar</summary>'
    before, _, rest = page.partition(fold)
    inside, _, after = rest.partition("</details>")
    for name in ("holds", "missed", "fails", "unexpected", "open", "recalled"):  # bar or published
        assert f"case {name}</p>" in before, name
    assert inside.count("case ") == 1
    for text in ("case measured</p>", ">Tolerance</p>", ">0.02</p>", ">0.500 (recorded)</p>"):
        assert text in inside, text
    assert "none; within 0.02 of the accepted record" in after  # of the claim in a line of text


def test_at_smoke_no_number_is_shown(built_sample: Path) -> None:
    page = html(built_sample, "book/index", "smoke")
    assert "not measured at this size" in page
    assert "mmcl-banner" in page
    assert "0.991" not in page
    assert "mmcl-banner" not in html(built_sample, "book/index")
    assert "<code>smoke</code>" in page


def test_nothing_comes_from_elsewhere(built_sample: Path) -> None:
    for page in stamps(built_sample):
        text = html(built_sample, page)
        assert "thebe" not in text.lower()
        for outside in ('src="http', "cdn.", "unpkg"):
            assert outside not in text, page


BROKEN = {
    "dead link": ("[gone](gone.md)", "gone.md"),
    "unknown citation": ("{cite:p}`nobody1999nothing`", "nobody1999nothing"),
    "unknown claim": ("{claim}`sample.nothing`", "unknown claim 'sample.nothing'"),
    "unknown part": ("{claim}`sample.holds|quoted`", "unknown claim 'sample.holds|quoted'"),
    "unknown reference": ("{ref}`nowhere`", "nowhere"),
    "unknown chapter": ("```{claims} 09_nothing\n```", "09_nothing"),
    "wrong badge": ("```{badge} long\n```", "minutes"),
}


def test_a_page_that_breaks_is_refused_until_it_is_mended(sample: Path) -> None:
    build(sample, "default")
    path = sample / "book/notation.md"
    good = path.read_text()
    path.write_text("\n\n".join([good, *(text for text, _ in BROKEN.values())]))
    first, again = rejected(sample), rejected(sample)  # one page is rendered, then all
    for name, (_, wanted) in BROKEN.items():
        assert any(wanted in warning for warning in first), (name, first)
    assert sorted(again) == sorted(first)
    assert not folders(sample, "default").html.exists()
    path.write_text(good)
    build(sample, "default")


def test_chapters_that_were_not_run_as_they_are_and_missing_numbers_are_refused(
    sample: Path,
) -> None:
    (sample / "_build/default/executed/notebooks/05_other.ipynb").unlink()
    path = sample / f"{CHAPTER}.ipynb"
    path.write_text(path.read_text().replace("SEED = 0", "SEED = 1"))
    sample_book.write_record(sample, {"holds.r2": 0.991})
    warnings = rejected(sample)
    (absent,) = (each for each in warnings if "05_other" in each)
    assert "was not executed at this profile; run mmcl run 05_other" in absent
    (edited,) = (each for each in warnings if "cell parameters was edited after it ran" in each)
    others = {*warnings} - {absent, edited}
    assert others
    assert all("has no value" in each for each in others), others


def test_without_execution_a_plain_build_has_recorded_numbers_and_one_warning(sample) -> None:
    """What `jupyter-book build .` does in a fresh clone."""
    record = sample / "_build/default/records/04_sample.json"
    shutil.copy(record, write(sample / "results/default/04_sample.json", ""))
    shutil.rmtree(sample / "_build")
    with pytest.raises(BuildError) as caught:
        build(sample, "default")
    (warning,) = caught.value.warnings
    assert "for the whole book run: mmcl book" in warning
    page = (sample / "_build/default/rejected/notebooks/04_sample.html").read_text()
    assert "0.991" in page
    assert "recorded: results/default/04_sample.json" in page


def test_a_notebook_that_raised_is_not_published(sample: Path) -> None:
    build(sample, "default")
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    code = {**sample_book.CODE, "table": ("table", [error])}
    sample_book.write_chapter(sample, "04_sample", STORY, code=code)
    assert any("raised ValueError: no" in warning for warning in rejected(sample))
    assert not folders(sample, "default").html.exists()


def test_a_malformed_ledger_is_refused(sample: Path) -> None:
    write(sample / "book/claims/04_sample.yml", "sample.a: {}\n")
    with pytest.raises(BuildError, match=r"04_sample\.yml: claim sample\.a: sentence is None"):
        build(sample, "default")


def test_a_folder_without_a_book_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"no _config\.yml"):
        build(tmp_path, "default")


def test_the_real_book_builds_without_a_warning(real: Path) -> None:
    assert stamps(real, "smoke")
    assert (folders(real, "smoke").html / "index.html").is_file()


def test_the_extension_does_not_hide_sphinx() -> None:
    import sphinx

    import mmcl_book.site.sphinx as own

    assert sphinx.__file__ != own.__file__
    assert "site-packages" in str(sphinx.__file__)
