"""Teaching with the book: exercises that answer, editions for students and teachers, their leaks.

Here: what an exercise is and how an answer is judged (`exercises`), Sphinx's text as plain text
(`plain`), the two editions (`editions`), and the scanner that finds solutions where students read
(`leaks`). Not here: the exercises themselves (`exercises/`), the plans and pages (`book/teach/`).
`check` is what a student's notebook calls; it imports no torch.
"""

from mmcl_book.teach.exercises import check

__all__ = ["check"]
