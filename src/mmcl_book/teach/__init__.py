"""Teaching with the book: exercises that answer, editions for students and teachers, their leaks.

Here: what an exercise is and how an answer is judged (`exercises`), Sphinx's text as plain text
(`plain`), the two editions (`editions`), the scanner that finds solutions where students read
(`leaks`), decks of slides (`slides`), and the quiz bank (`quiz`). Not here: exercises
themselves (`exercises/`), the plans, pages, decks and questions (`book/teach/`).
`check` is what a student's notebook calls; it imports no torch.
"""

from mmcl_book.teach.exercises import check

__all__ = ["check"]
