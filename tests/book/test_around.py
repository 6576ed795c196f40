"""What is around each chapter: addresses, commands, words, needs, widths, citation."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sample_book
from sample_book import PROJECT, write
from site_checks import served

from mmcl.errors import InputError
from mmcl_book import notebooks, project
from mmcl_book.site import cells, cite, paths, pictures, terms
from mmcl_book.site.build import BuildError, build, folders
from mmcl_experiments.figures import canvas, picture

CHAPTER = "notebooks/04_sample"


def html(root: Path, name: str) -> str:
    """A page of the built sample book."""
    return (folders(root, "default").html / f"{name}.html").read_text(encoding="utf-8")


# Cells


def test_each_cell_has_an_address_and_each_figure_leads_to_its_cell(built_sample: Path) -> None:
    page = html(built_sample, CHAPTER)
    assert re.findall(r'id="(cell-[^"]+)"', page) == [f"cell-{name}" for name in sample_book.CODE]
    figure = page.split('<figure class="mmcl-figure">')[1].partition("</figure>")[0]
    assert 'href="#cell-figure"' in figure
    assert page.index('id="cell-figure"') < page.index('href="#cell-figure"')


def test_a_figure_is_shown_elsewhere_with_the_way_to_its_cell(built_sample: Path) -> None:
    page = html(built_sample, "book/index")
    assert 'alt="A gray band on white."' in page
    assert 'href="../notebooks/04_sample.html#cell-figure"' in page
    assert "A band, seen from afar." in page


def test_a_cell_without_a_figure_is_a_warning(sample: Path) -> None:
    with (sample / "book/notation.md").open("a") as stream:
        stream.write("\n```{from-chapter} 04_sample loss\nNothing.\n```\n")
    with pytest.raises(BuildError, match="04_sample has no figure in its cell 'loss'; give the id"):
        build(sample, "default")


@pytest.mark.parametrize("chapter", project.chapters(PROJECT))
def test_the_commands_name_parameters_that_the_chapter_has(chapter: str) -> None:
    found = notebooks.read(project.notebook(PROJECT, chapter))
    (cell,) = [c for c in notebooks.code_cells(found) if "parameters" in notebooks.tags_of(c)]
    known = cells.parameters(notebooks.text_of(cell))
    assert [name for name, *_ in known][:2] == ["PROFILE", "SEED"]
    assert all(comment for *_, comment in known)
    box = cells.rerun_box(chapter, notebooks.text_of(cell))
    assert f"papermill notebooks/{chapter}.ipynb out.ipynb -p PROFILE smoke" in box
    assert re.findall(r' name="(\w+)"', box) == [name for name, *_ in known]


def test_the_box_writes_commands_as_its_fields_say(browser: Any, built_sample: Path) -> None:
    with served(folders(built_sample, "default").html) as base:
        page = browser.new_page()
        page.goto(f"{base}/{CHAPTER}.html")
        form = page.locator(".mmcl-rerun")
        said = {tool: form.locator(f"[data-tool={tool}]") for tool in ("papermill", "mmcl")}
        assert said["mmcl"].text_content() == "mmcl run 04_sample --profile smoke --out my_run"
        form.locator("summary").click()
        form.locator("[name=SEED]").fill("7")
        form.locator("[name=PROFILE]").select_option("default")
        start = "papermill notebooks/04_sample.ipynb out.ipynb"
        assert said["papermill"].text_content() == f"{start} -p SEED 7"
        assert said["mmcl"].text_content() == "mmcl run 04_sample --seed 7 --out my_run"
        page.close()


# Words


def test_the_first_use_of_a_word_is_linked_and_says_its_meaning(built_sample: Path) -> None:
    page = html(built_sample, "notebooks/05_other")
    found = re.findall(
        r'href="([^"]+)"[^>]*><span class="mmcl-term" data-tip="([^"]+)">(.*?)<', page
    )
    assert found == [
        ("../book/glossary.html#term-MCC", "How well axes match.", "MCC"),
        ("../book/glossary.html#term-Linear-R2", "How much a line finds.", "LINEAR R2"),
    ]


def test_a_page_follows_its_words(sample: Path) -> None:
    build(sample, "default")
    path = sample / "book/glossary.md"
    path.write_text(path.read_text().replace("How well axes match", "Another meaning"))
    build(sample, "default")
    assert 'data-tip="Another meaning."' in html(sample, "notebooks/05_other")


def test_meanings_are_plain_and_begin_with_one_sentence() -> None:
    found = terms.definitions(PROJECT)
    assert len(found) > 30
    assert list(found) == sorted(found, key=str.lower)
    assert {term: text for term, text in found.items() if re.search(r"[$`*{}\\]", text)} == {}
    assert {"MCC", "ICA", "InfoNCE", "White space"} <= {t for t in found if terms.linked(t)}
    assert not any(map(terms.linked, ("Head", "Told", "Bar", "Factor")))


def test_words_say_their_meaning_on_focus_and_hide_on_escape(
    browser: Any, built_sample: Path
) -> None:
    with served(folders(built_sample, "default").html) as base:
        page = browser.new_page()
        page.goto(f"{base}/notebooks/05_other.html")
        tip = page.locator("#mmcl-tip")
        assert not tip.is_visible()
        page.locator("a:has(> .mmcl-term)").first.focus()
        assert tip.is_visible()
        assert tip.text_content() == "How well axes match."
        page.keyboard.press("Escape")
        assert not tip.is_visible()
        page.goto(f"{base}/{CHAPTER}.html")
        page.locator(".claim").first.click()
        assert "computed by this build" in tip.text_content()
        page.close()


# Needs


def test_chapters_lead_to_those_that_need_them(built_sample: Path) -> None:
    page = html(built_sample, CHAPTER)
    onward = page.partition(paths.FORWARD.strip())[2].partition("</p>")[0]
    assert 'href="05_other.html"' in onward
    assert "Another chapter" in onward
    assert paths.FORWARD.strip() not in html(built_sample, "notebooks/05_other")
    index = html(built_sample, "book/index")
    rows = index.split('<ul class="mmcl-row">')[1:]
    assert [re.findall(r'id="map-(\d\d)"', row) for row in rows] == [["04"], ["05"]]
    assert "a place to begin" in rows[0]
    assert 'needs <a href="../notebooks/04_sample.html">04</a>' in rows[1]


def test_needs_of_the_book_have_an_order_and_every_chapter_a_question() -> None:
    known = paths.stops(PROJECT)
    rows = paths.levels(known)
    assert sorted(name for row in rows for name in row) == sorted(known)
    place = {name: number for number, row in enumerate(rows) for name in row}
    for name, each in known.items():
        assert all(place[need] < place[name] for need in each.necessary)
        assert all(name in paths.onward(known, need) for need in each.necessary + each.helpful)
    asked = re.findall(r"^(\d\d) .+\?$", (PROJECT / "book/index.md").read_text(), re.MULTILINE)
    assert asked == [name[:2] for name in known]


def test_chapters_that_need_each_other_are_refused() -> None:
    circle = {"a": paths.Stop("A", ("b",), ()), "b": paths.Stop("B", ("a",), ())}
    with pytest.raises(InputError, match="a -> b -> a"):
        paths.levels(circle)


# Widths


def test_a_picture_is_as_wide_as_its_smallest_text_needs(
    built_sample: Path, tmp_path: Path
) -> None:
    source = f"data:image/png;base64,{sample_book.png(width=1008)}"
    assert pictures.needed(source, {}) == 698  # 1008 dots, 13 of them a text: 9 pixels
    fine = canvas(width=3, height=1, dpi=240)[0]
    assert pictures.needed(picture(fine, tight=False), {}) == 300  # 720 dots, 240 an inch
    drawn = write(
        tmp_path / "a.svg", '<svg viewBox="0 0 920 470"><text font-size="13">a</text></svg>'
    )
    assert pictures.needed("../_images/a.svg", {"a.svg": drawn}) == 637
    assert pictures.needed("../_images/b.svg", {"a.svg": drawn}) == 0
    assert "--mmcl-readable: 444px" in html(built_sample, CHAPTER)


def test_a_large_picture_is_a_file_that_goes_with_its_page(sample: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(pictures, "LARGE", 10)
    build(sample, "default")
    file = folders(sample, "default").html / pictures.FOLDER / "notebooks-04_sample-1.png"
    assert file.read_bytes().startswith(b"\x89PNG")
    page = html(sample, CHAPTER)
    assert 'src="../_static/pictures/notebooks-04_sample-1.png"' in page
    assert "data:image/png" not in page


def test_no_figure_of_the_book_writes_smaller_than_the_site_counts_on() -> None:
    size = re.compile(r"(?:font_?size|labelsize)\s*=\s*([\d.]+)")
    words = re.compile(r"(?:font_?size|labelsize|titles)\s*=\s*[\"'](\w[\w-]*)[\"']")
    for path in (PROJECT / "src/mmcl_experiments").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert all(float(each) >= pictures.POINTS for each in size.findall(text)), path
        assert not {"x-small", "xx-small"} & set(words.findall(text)), path
    style = (PROJECT / "src/mmcl_experiments/figures/__init__.py").read_text()
    assert f'"figure.dpi": {pictures.DPI}' in style


# Days and citation


def test_the_day_of_a_page_is_its_last_commit(tmp_path: Path) -> None:
    def git(*command: str, day: str = "2026-01-02") -> None:
        when = {f"GIT_{who}_DATE": f"{day}T12:00:00+0000" for who in ("COMMITTER", "AUTHOR")}
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(
            ["git", *who, *command], cwd=tmp_path, env={**os.environ, **when}, check=True,
            capture_output=True,
        )  # fmt: skip

    git("init")
    write(tmp_path / "a.md", "one")
    write(tmp_path / "book/b.md", "one")
    git("add", ".")
    git("commit", "-m", "one")
    write(tmp_path / "a.md", "two")
    git("commit", "-am", "two", day="2026-03-04")
    assert cite.changes(tmp_path) == {"a.md": "2026-03-04", "book/b.md": "2026-01-02"}


def test_without_git_no_day_is_shown(built_sample: Path, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cite.changes(PROJECT) == {}
    assert "Last changed" not in html(built_sample, CHAPTER)
    assert "How to cite" in html(built_sample, CHAPTER)


def test_the_citation_is_that_of_the_file(built_sample: Path) -> None:
    line, bibtex = cite.citation(PROJECT)
    assert line.startswith("The mmcl book authors (2026). What multimodal contrastive learning")
    assert bibtex.startswith("@software{mmcl,")
    assert bibtex.count("{") == bibtex.count("}")
    assert line.split(". ")[1] in html(built_sample, "book/cite")


# Notation


def names_in(folder: Path) -> set[str]:
    """Names that code gives: arguments, functions, variables, attributes and columns."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    return set(re.findall(r"[A-Za-z_]\w*", text))


def unknown_symbols(page: str) -> list[str]:
    """Code names of a table of notation that the package lacks."""
    rows = re.findall(r"^\| \$.*?\| (`.*?) \|", page, re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert len(listed) > 20
    return sorted(set(listed) - names_in(PROJECT / "src"))


def test_the_notation_is_that_of_the_code() -> None:
    page = (PROJECT / "book/notation.md").read_text()
    assert unknown_symbols(page) == []
    assert unknown_symbols(page.replace("`kappa`", "`kapppa`")) == ["kapppa"]
