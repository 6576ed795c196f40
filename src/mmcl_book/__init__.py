"""The press: what makes chapters into a book. No number of a page is computed here."""
