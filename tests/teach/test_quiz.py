"""The quiz bank: every key confirmed, every wrong answer answered, files that platforms import."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from docutils import nodes

from mmcl.errors import InputError
from mmcl_book import project
from mmcl_book.teach import quiz
from mmcl_book.teach.directive import QuizDirective
from mmcl_book.teach.plain import Plain

ROOT = Path(__file__).parents[2]
PLAIN = Plain(ROOT)
QUESTIONS = quiz.load(ROOT, PLAIN)
NAMES = [one.id for one in QUESTIONS]
NUMBERS = [one for one in QUESTIONS if isinstance(one.check, dict)]


def claim(name: str) -> Any:
    """The recorded value of a claim."""
    return PLAIN.ledger.judge(name).value


@pytest.mark.parametrize("one", QUESTIONS, ids=NAMES)
def test_the_key_is_confirmed(one: quiz.Question) -> None:
    assert quiz.holds(one, claim)


def test_there_are_enough_and_nearly_all_keys_are_checked_by_code() -> None:
    assert len(QUESTIONS) >= 100
    assert sum(one.check is not None for one in QUESTIONS) >= 0.9 * len(QUESTIONS)
    asked = {one.chapter for one in QUESTIONS}
    assert asked >= set(project.chapters(ROOT))
    for chapter in project.chapters(ROOT):
        assert sum(one.chapter == chapter for one in QUESTIONS) >= 3


def test_every_wrong_answer_is_answered_in_its_own_words() -> None:
    for one in QUESTIONS:
        said = [says for _, says in one.wrong]
        assert len(set(said)) == len(said) >= 2, one.id
        assert min(map(len, said)) >= 12, one.id


def test_the_right_answer_is_in_no_preferred_place_and_not_the_longest() -> None:
    places = [[right for *_, right in one.answers()].index(True) for one in QUESTIONS]
    for place in range(3):
        assert places.count(place) > len(places) / 8
    longest = [len(one.right) > max(len(a) for a, _ in one.wrong) for one in QUESTIONS]
    assert sum(longest) < 0.75 * len(longest)


@pytest.mark.parametrize("one", NUMBERS, ids=[one.id for one in NUMBERS])
def test_a_wrong_key_is_not_confirmed(one: quiz.Question) -> None:
    assert isinstance(one.check, dict)
    first, *rest = quiz.value_of(one.check["answers"], {"np": quiz.np, "math": quiz.math})
    for place in range(len(rest)):
        moved = [rest[place], *rest[:place], first, *rest[place + 1 :]]
        code = repr(moved).replace("inf", "np.inf").replace("np.np.", "np.")
        code = re.sub(r"np\.(?:float64|int64)\(([^)]*)\)", r"\1", code)
        wrong = quiz.Question(**{**vars(one), "check": {**one.check, "answers": code}})
        assert not quiz.holds(wrong, claim)


GOOD = {"id": "a", "ask": "Why?", "right": "So.", "because": "It is.",
        "wrong": [["No.", "It isn't."], ["Never.", "Sometimes."]], "check": "1 < 2"}  # fmt: skip
CANARIES = {
    "lacks because": {"because": ""},
    "either check or derived": {"derived": "It follows."},
    "two or more pairs": {"wrong": [["No.", "It isn't."]]},
    "answers are the same": {"wrong": [["So.", "It isn't."], ["Never.", "Sometimes."]]},
    "give fields among": {"key": 3},
}


@pytest.mark.parametrize("words", CANARIES)
def test_a_question_that_lacks_something_is_refused(tmp_path: Path, words: str) -> None:
    folder = tmp_path / quiz.SOURCES
    folder.mkdir(parents=True)
    (folder / "01_x.yml").write_text(yaml.safe_dump([GOOD]))
    assert len(quiz.load(tmp_path)) == 1
    (folder / "01_x.yml").write_text(yaml.safe_dump([{**GOOD, **CANARIES[words]}]))
    with pytest.raises(InputError, match=words):
        quiz.load(tmp_path)
    (folder / "01_x.yml").write_text(yaml.safe_dump([GOOD, GOOD]))
    with pytest.raises(InputError, match="share the id"):
        quiz.load(tmp_path)


@pytest.mark.parametrize("check", ["2 < 1", {"value": "1", "answers": "[2, 1, 3]"},
                                   {"value": "1", "answers": "[1, 1, 3]"}])  # fmt: skip
def test_a_false_key_is_found(check: Any) -> None:
    one = quiz.question({**GOOD, "check": check}, "01_x", None)
    assert not quiz.holds(one, claim)


# Readers of both formats that know nothing of how they were written.


def moodle_read(text: str) -> Iterator[dict[str, Any]]:
    """Questions of Moodle's XML, by the rules of its importer for `multichoice`."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "quiz"
    category = ""
    for node in root:
        assert node.tag == "question"
        if node.attrib["type"] == "category":
            category = node.findtext("category/text") or ""
            assert category.startswith("$course$/")
            continue
        assert node.attrib["type"] == "multichoice"
        assert node.findtext("single") == "true"
        assert node.findtext("answernumbering") in {"none", "abc", "ABCD", "123"}
        assert float(node.findtext("defaultgrade") or "nan") == 1
        answers = node.findall("answer")
        fractions = [float(each.attrib["fraction"]) for each in answers]
        assert fractions.count(100) == 1
        assert set(fractions) <= {0, 100}
        assert (node.find("questiontext") or node).attrib.get("format", "html") == "html"
        yield {
            "id": node.findtext("name/text"),
            "category": category,
            "ask": node.findtext("questiontext/text"),
            "answers": {
                each.findtext("text"): (each.findtext("feedback/text"), fraction == 100)
                for each, fraction in zip(answers, fractions, strict=True)
            },
        }


SPLIT = r"(?<!\\)"  # a sign of GIFT that no backslash takes away


def gift_read(text: str) -> Iterator[dict[str, Any]]:
    """Questions of GIFT: blocks between empty lines, signs unless a backslash precedes."""
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("$CATEGORY:"):
            continue
        found = re.fullmatch(
            rf"::(?P<id>.*?){SPLIT}::\[html\](?P<ask>.*?){SPLIT}\{{(?P<body>.*){SPLIT}\}}",
            block.strip(), re.DOTALL,
        )  # fmt: skip
        assert found, block[:80]
        answers = {}
        for mark, rest in re.findall(
            rf"{SPLIT}([=~])(.*?)(?={SPLIT}[=~]|\Z)", found["body"], re.DOTALL
        ):
            answer, says = re.split(rf"{SPLIT}#", rest.strip())
            answers[plain(answer)] = (plain(says), mark == "=")
        yield {"id": plain(found["id"]), "ask": plain(found["ask"]), "answers": answers}


def plain(text: str) -> str:
    """A text of GIFT without its backslashes."""
    return re.sub(r"\\([~=#{}:\\])", r"\1", text)


def test_both_files_say_what_the_bank_says(tmp_path: Path) -> None:
    xml, gift = (path.read_text(encoding="utf-8") for path in quiz.write(ROOT, tmp_path))
    theirs = list(moodle_read(xml))
    assert [each["id"] for each in theirs] == NAMES
    for one, read in zip(QUESTIONS, theirs, strict=True):
        assert read["category"].endswith(one.chapter)
        assert read["ask"] == quiz.as_html(one.ask)
        assert read["answers"] == {
            quiz.as_html(answer): (quiz.as_html(says), right)
            for answer, says, right in one.answers()
        }
    for one, read in zip(QUESTIONS, gift_read(gift), strict=True):
        assert read["id"] == one.id
        line = {key: (" ".join(says.split()), right) for key, (says, right) in (
            (" ".join(quiz.as_html(a).split()), (quiz.as_html(s), r)) for a, s, r in one.answers()
        )}  # fmt: skip
        assert read["answers"] == line


def test_math_and_numbers_are_in_the_files_and_no_markup_of_this_book(tmp_path: Path) -> None:
    xml, gift = (path.read_text(encoding="utf-8") for path in quiz.write(ROOT, tmp_path))
    assert r"\(" in html.unescape(xml)
    for text in (xml, plain(gift)):
        assert "{claim}" not in text
        assert "{doc}" not in text


@pytest.mark.parametrize("spoil", [
    lambda text: text.replace('fraction="100"', 'fraction="0"', 1),
    lambda text: text.replace("<single>true", "<single>false", 1),
])  # fmt: skip
def test_a_spoiled_file_is_noticed(spoil: Any) -> None:
    text = quiz.moodle(QUESTIONS[:2])
    assert len(list(moodle_read(text))) == 2
    with pytest.raises(AssertionError):
        list(moodle_read(spoil(text)))


def test_a_question_on_a_page_has_the_name_that_teachers_pages_use() -> None:
    page: Any = SimpleNamespace(
        lineno=1,
        parse_text_to_nodes=lambda text: [nodes.paragraph("", text)],
        state=SimpleNamespace(inline_text=lambda text, line: ([nodes.Text(text)], [])),
    )
    for one in QUESTIONS:
        first, *rest = QuizDirective.question(page, one)
        assert first.astext() == f"{one.ask} {one.id}"
        assert sum("**Right.**" in each.astext() for each in rest) == 1


def test_a_page_outside_the_site_has_the_questions_as_markdown() -> None:
    text = quiz.inserted("# Quiz\n\n```{quiz} 04_hypersphere\n```\n", ROOT, PLAIN)
    asked = [one for one in QUESTIONS if one.chapter == "04_hypersphere"]
    assert [f"(`{one.id}`)" in text for one in asked] == [True] * len(asked)
    assert text.count("**Right.**") == len(asked)
    assert text.count("<details>") == sum(len(one.answers()) for one in asked)
    assert quiz.inserted("no quiz", ROOT, PLAIN) == "no quiz"
