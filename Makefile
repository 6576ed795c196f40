# Thin names for `mmcl ...`, and the set-up of .venv. Without make: see README.md.
#   make book     set up, execute what changed, build the site
#   make test     set up, pass all tests; what they execute of the book is kept in _build/tests
#   make smoke    the same as book at the smallest size
#   make slides   the decks of slides of executed chapters, in a folder that needs nothing else
#   make serve    show the built site on this machine
#   make lab      open the chapters in JupyterLab, theorem boxes included
#   make nightly  the tests of `make test`, each page in every view of a browser, and make portable
#   make portable all chapters and tests as three kinds of processor round; about two hours
#   make bench    measure how fast a theorem is checked, about half an hour on one thread
#   make offline  the site as one zip that opens by double click, in _build
#   make pdf      the site as one PDF, printed by Chromium, in _build
#   make release  source archive, wheel, offline site, PDF, locked environment, checksums, in _build/release
#   make clean    remove what was built (add .venv by hand: rm -r .venv)
# TORCH_INDEX    another package index for torch, for example the one with CPU-only builds:
#                make book TORCH_INDEX=https://download.pytorch.org/whl/cpu
# PYTHON         the Python that .venv is made with (3.11 or later)

PYTHON ?= python3
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# A worker that is done takes tests from the other: pages in a browser take longest.
PYTEST := $(BIN)/pytest -n 2 --dist worksteal --durations 10

.PHONY: book test nightly portable smoke slides serve lab bench offline pdf release clean
.DELETE_ON_ERROR:

book: $(STAMP)
	@$(BIN)/mmcl book

smoke: $(STAMP)
	@$(BIN)/mmcl book --profile smoke

slides: $(STAMP)
	@$(BIN)/mmcl slides

serve: $(STAMP)
	@$(BIN)/mmcl serve

lab: $(STAMP)
	@$(BIN)/python -m mmcl_book.teach.lab
	@$(BIN)/jupyter lab _build/lab/notebooks

test: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright >$(VENV)/.pyright & types=$$!; $(PYTEST); tests=$$?; \
	  wait $$types || { cat $(VENV)/.pyright; exit 1; }; exit $$tests

nightly: $(STAMP)
	@$(PYTEST) -m "nightly or not nightly"
	@$(BIN)/python -m tests.portable

portable: $(STAMP)
	@$(BIN)/python -m tests.portable

bench: $(STAMP)
	@$(BIN)/python -m benchmarks

offline pdf release: book
	@$(BIN)/python -m mmcl_book.site.copies $@

clean:
	@rm -rf _build .pytest_cache .ruff_cache .import_linter_cache

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$($(PYTHON) --version 2>&1); the book needs Python 3.11 or later:" \
	    "make $(or $(MAKECMDGOALS),book) PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV): about 2 minutes and 2 GB with CPU torch, more with CUDA torch." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(if $(TORCH_INDEX),echo "Installing torch from $(TORCH_INDEX) ..." >&2; $(BIN)/python -m pip install \
	  --quiet --disable-pip-version-check -c constraints.txt torch --index-url $(TORCH_INDEX))
	@echo "Installing the packages of constraints.txt ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[book,clip,lab,sweep,test]'
	@touch $(STAMP)
	@echo "Set-up is done." >&2
