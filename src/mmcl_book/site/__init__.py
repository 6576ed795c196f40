"""The site: Sphinx, outputs joined to sources, badges, what only this book shows."""
