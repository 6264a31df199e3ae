# Two commands serve a newcomer: `make run` and `make test`. Python 3.11 or later is all they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --constraint constraints.txt
SOURCES := $(shell find src -not -path '*/__pycache__*')

REPORT := build/examples.html
JOB := check examples --use sell-output --models examples/models --html $(REPORT)

.PHONY: run test peers texts fuzz lint types docs bench serve clean

run: $(VENV)/.package
	@mkdir -p build
	$(BIN)/usufruct $(JOB)

# One part of it: make test ARGS="tests/pictures -k png"
test: $(VENV)/.package $(VENV)/.test
	@mkdir -p build/coverage
	$(BIN)/python -m pytest --numprocesses auto --cov $(ARGS)

# The libraries that write models (PyTorch, diffusers, ...): with them installed, `make test` reads what they write.
peers: $(VENV)/.peers

# The texts of AI licenses, from a package that is read as files and never installed: with them, more terms are tested.
TEXTS := build/texts/licensedcode/data/licenses
texts: $(TEXTS)

$(TEXTS): $(VENV)/.created
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --dest build/texts scancode-toolkit-mini==32.5.0
	@$(BIN)/python -c 'import sys, zipfile; wheel = zipfile.ZipFile(sys.argv[1]); wheel.extractall("build/texts", [name for name in wheel.namelist() if name.startswith("licensedcode/data/licenses/")])' build/texts/*.whl
	@rm build/texts/*.whl
	@touch $@

# Hostile data for each reader of pictures. One of them for longer: make fuzz SECONDS=600 ARGS=container-PNG
SECONDS ?= 60
fuzz: $(VENV)/.package $(VENV)/.test
	-@$(PIP) '.[fuzz]'
	$(BIN)/python -m fuzz.run --seconds $(SECONDS) $(ARGS)

lint: $(VENV)/.package $(VENV)/.lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	PYTHONPATH=src $(BIN)/lint-imports --no-logo --cache-dir build/import-linter
	$(BIN)/deptry src

types: $(VENV)/.package $(VENV)/.test $(VENV)/.lint
	$(BIN)/mypy

docs: $(VENV)/.docs
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --doctree-dir build/doctrees docs build/docs
	@echo "The pages to open in a browser: build/docs/index.html"

bench: $(VENV)/.package
	@for script in bench/*.py; do $(BIN)/python $$script || exit 1; done

serve:
	@echo "There is nothing to serve: the web app is not part of this version. 'make run' shows what is." >&2
	@exit 1

clean:
	rm -rf build $(VENV) .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# The virtual environment. Dotted files in it record what was installed; one that was moved is made anew.
MADE_AT := $(shell cat $(VENV)/.created 2>/dev/null)
ifneq ($(MADE_AT),$(CURDIR))
.PHONY: $(VENV)/.created
endif

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit("usufruct needs Python 3.11 or later; name one: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@echo "Installing into $(VENV) (once; a minute at most) ..."
	@$(PYTHON) -m venv $(if $(MADE_AT),--clear) $(VENV)
	@$(PIP) hatchling
	@echo "$(CURDIR)" > $@

# What users get: an installed package, so that the tests see what is missing from it.
$(VENV)/.package: $(VENV)/.created $(SOURCES) pyproject.toml constraints.txt LICENSE README.md
	@$(PIP) .
	@touch $@

$(VENV)/.test $(VENV)/.peers $(VENV)/.lint $(VENV)/.docs: $(VENV)/.%: $(VENV)/.created pyproject.toml constraints.txt | $(VENV)/.package
	@$(PIP) '.[$*]'
	@touch $@
