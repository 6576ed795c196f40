"""What readers read: no typed results, pictures with alt text, claims that exist.

A number is taken for a result when it is a decimal or a percentage and, in one sentence, stands
close to the name of a measure (R2, loss, seconds, ...) or right after a word that reports
(is, reaches, about, ...). Integers are free, and so is math, unless the math is a lone number or
sets a measure equal to a decimal. Free are also numbers after Theorem, Python and the like,
levels of intervals, and settings by name (kappa is 0.5).
"""

import re
from collections.abc import Iterator

from mmcl_book.lint import Problems, Source, markdown

NUMBER = re.compile(
    r"(?<![\w.])[-+−]?(?:\d+(?:[.,]\d+)?\s?(?:%|percent\b|per cent\b)|\d*\.\d+(?:e[-+]?\d+)?)"
    r"(?![\w.]*\w\.\d)(?!\.\d)"
)
MEASURE = re.compile(
    r"\bR2\b|\bR²|\bR\^2|\bMCC\b|\baccurac(?:y|ies)\b|\bloss(?:es)?\b|\bscores?\b|\bcorrelations?\b"
    r"|\berrors?\b|\bentropy\b|\bnats?\b|\bbits?\b|\brecall\b|\bprecision\b|\bAUC\b|\bF1\b"
    r"|\bretrieval\b|\bseconds?\b|\bminutes?\b|\bhours?\b|\bms\b|\b[KMGT]i?B\b|(?<=\d )s\b",
    re.IGNORECASE,
)
REPORTS = re.compile(
    r"(?:\b(?:is|are|was|were|be|being|reach(?:es|ed)?|gets?|got|gives?|gave|equals?|scor(?:es|ed)"
    r"|clos(?:es|ed)|gain(?:s|ed)?|lost|loses|recover(?:s|ed)?|explain(?:s|ed)?|costs?|takes?|took"
    r"|needs?|remains?|stays? at|more than|less than|about|around"
    r"|roughly|approximately|nearly|almost|only|just|exceeds?|exceeded|attains?"
    r"|(?:falls?|fell|drops?|dropped|rises?|rose|grows?|grew|climbs?|climbed) (?:to|by|from))"
    r"|[=≈~])\s*$",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"\b(?:theorem|corollary|lemma|proposition|definition|section|sections|table|tables|figure|fig"
    r"|equation|equations|eq|eqs|chapter|appendix|assumption|example|version|python|numpy|torch"
    r"|pytorch|sphinx|jupyter book|cc by|by|step|page|algorithm|release)\.?\s*\(?$",
    re.IGNORECASE,
)
SETTING = re.compile(
    r"\b(?:kappa|learning rate|lr|weight decay|momentum|slope|exponent|threshold|seed|dimension"
    r"|batch|width|depth|strength|scale|alpha|beta|gamma|noise)\b[^.;]{0,12}$",
    re.IGNORECASE,
)
LEVEL = re.compile(r"^\s*-?\s?(?:confidence|credible|interval|quantile|percentile|level|CI)\b")
IN_MATH = re.compile(
    r"(?:R\^\{?2\}?|R_2|MCC|accuracy|acc|loss|recall|AUC|corr|\\mathcal\{?L\}?)[^=<>]{0,24}?"
    r"(?:=|<|>|\\approx|\\geq?|\\leq?|\\sim|\\gtrsim|\\lesssim)\s*-?\d*\.\d+"
)
UPRIGHT = re.compile(r"\\(?:mathrm|text|operatorname|mathit|textrm)\{([^{}]*)\}")
FORMULAS = ("math_inline", "math_inline_double", "math_block", "math_block_label", "amsmath")
END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")  # of a sentence
PICTURES = ("figure", "image", "figure-md")
REACH = 40  # characters between a number and the name of a measure


def problems(source: Source) -> Problems:
    """What is wrong with the prose of a chapter or page."""
    for cell in source.of_kind("markdown"):
        for text in typed_results(cell.source):
            wanted = "use {claim}`id`, so that the page shows what was measured"
            yield cell, "typed-number", f"a typed result: {text!r}", wanted
        for found in wordless(cell.source):
            yield cell, "alt", found, "say in words what the picture shows"
        for target in markdown.roles(cell.source, "claim", "holds"):
            name, _, part = (piece.strip() for piece in target.partition("|"))
            if name not in source.ledger or part not in ("", "published"):
                yield cell, "unknown-claim", f"the claim {target!r}", "use an id of book/claims"


def wordless(text: str) -> Iterator[str]:
    """Pictures without alternative text: images, tags and directives."""
    for image in markdown.inner(text, "image"):
        if not image.content.strip():
            yield f"the image {image.attrs['src']!r} has no alt text"
    for html in markdown.inner(text, "html_inline", "html_block"):
        for tag in re.findall(r"<img\b[^>]*>", html.content):
            if not re.search(r"\balt\s*=\s*[\"'][^\"']+[\"']", tag):
                yield f"{tag[:60]!r} has no alt text"
    for each in markdown.directives(text):
        if each.name in PICTURES and not each.options.get("alt", "").strip():
            yield f"the {each.name} {each.argument!r} has no :alt:"


def typed_results(text: str) -> Iterator[str]:
    """Pieces of text in which a result is typed."""
    for formula in markdown.inner(text, *FORMULAS):
        if found := IN_MATH.search(UPRIGHT.sub(r"\1", formula.content)):
            yield found[0]
    for sentence in (each for line in markdown.lines(text) for each in END.split(line)):
        measures = [match.span() for match in MEASURE.finditer(sentence)]
        for number in NUMBER.finditer(sentence):
            before, after = sentence[: number.start()], sentence[number.end() :]
            if NAMED.search(before) or LEVEL.match(after):
                continue
            near = any(
                max(start - number.end(), number.start() - end) <= REACH for start, end in measures
            )
            if near or (REPORTS.search(before) and not SETTING.search(before)):
                yield f"{before[-25:]}{number[0]}{after[:15]}".strip()
