"""The cells of chapter 08 once more, each block scored by R2 as it is and after it was redrawn."""
