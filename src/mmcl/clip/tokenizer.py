"""Words of the world's captions as numbers, in the form that open_clip's text tower wants.

open_clip pools a text at its largest number, so the end of a text has the largest of all.
"""

import difflib
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from mmcl.errors import InputError
from mmcl.world.captions import LENGTH, vocabulary

CONTEXT = LENGTH + 2  # with the marks of start and end


class Tokenizer:
    """Texts to (n, context_length) numbers: start, words, end, and 0 for what is left.

    Called as open_clip's tokenizers are, so that it can stand in for one.
    """

    context_length = CONTEXT

    def __init__(self, words: Sequence[str] | None = None):
        self.words = tuple(vocabulary() if words is None else words)
        self.places = {word: place for place, word in enumerate(self.words)}
        self.start, self.end = len(self.words), len(self.words) + 1
        self.vocab_size = len(self.words) + 2

    def __call__(self, texts: str | Sequence[str], context_length: int | None = None) -> Tensor:
        texts = [texts] if isinstance(texts, str) else texts
        length = self.context_length if context_length is None else context_length
        numbers = torch.zeros(len(texts), length, dtype=torch.long)
        for row, text in zip(numbers, texts, strict=True):
            found = self.encode(text)
            if len(found) > length:
                raise InputError(f"{text!r} has {len(found) - 2} words; give at most {length - 2}")
            row[: len(found)] = torch.tensor(found)
        return numbers

    def encode(self, text: str) -> list[int]:
        """The numbers of one text.

        Errors: ValueError for a word that captions don't have, with the nearest that they have.
        """
        words = text.lower().split()
        for word in words:
            if word not in self.places:
                close = difflib.get_close_matches(word, self.words, n=1)
                hint = f"did you mean {close[0]!r}?" if close else "see mmcl.world.captions"
                raise InputError(
                    f"{text!r} has the word {word!r}, which is in no caption of the world; {hint}"
                )
        return [self.start, *(self.places[word] for word in words), self.end]


@cache
def tokenizer() -> Tokenizer:
    """The tokenizer of the world's captions."""
    return Tokenizer()
