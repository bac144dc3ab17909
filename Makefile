# Thin: every target is one or two commands in the virtual environment that the first one makes.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
CORES ?= $(shell $(PYTHON) -c "import os; print(len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count())")
BIN := .venv/bin
# A lock is whole: resolving it again lets old versions of pip pass over a pin (`coverage[toml]`).
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes
# Files of whole runs come first, and those of single functions last: no core waits for a long one.
PYTEST := $(BIN)/pytest --numprocesses=$(CORES) --dist=loadfile --no-loadscope-reorder

.PHONY: help demo report check test test-all fuzz pods coverage lint format bench schema validate probe lock clean

help:
	@echo "make demo      install .venv with the command landloom, and build the demo below results/"
	@echo "make report    the demo, and one page with all its pictures and tables: results/report.html"
	@echo "make check     what to run while working: lint, and the tests that take a moment"
	@echo "make test      all tests of modules and rules, and the workflow on a tiny world"
	@echo "make test-all  these, and whatever continuous integration runs: kills, clusters, documents"
	@echo "make fuzz      attack it with odd configurations, tables, rasters and damaged files (hours)"
	@echo "make pods      run all of the demo in processes that stand for pods, from an object store"
	@echo "make coverage  which lines the tests of modules and rules do not reach"
	@echo "make lint      check style, types and the workflow"
	@echo "make format    lay out the code"
	@echo "make bench     measure against named baselines (two hours)"
	@echo "make schema    write the schema and the table of configuration keys anew"
	@echo "make validate CONFIG=mine.yaml   tell what is wrong with a configuration, without Snakemake"
	@echo "make probe     ask every address of the public datasets for a window, over the network"
	@echo "make lock      resolve the dependencies of pyproject.toml anew"
	@echo "make clean     remove results, demo files and caches"
	@echo
	@echo "Your own run, after one of these: .venv/bin/landloom --help"

.venv/installed: requirements.lock
	$(PYTHON) -m venv --clear .venv
	@echo "Installing into .venv what the workflow runs on: 1.4 GB, a minute or a few, once"
	$(PIP) -r requirements.lock
	touch $@

.venv/tools: requirements-dev.lock .venv/installed | .venv/bin/landloom
	@echo "Installing the tools for tests and checks besides, once"
	$(PIP) -r requirements-dev.lock
	touch $@

# The command of this clone: a lock file with hashes can hold no clone, so a file of two lines does.
.venv/bin/landloom: .venv/installed workflow/scripts/landloom/command/launcher.py
	PYTHONPATH=workflow/scripts $(BIN)/python -m landloom.command.launcher $@

demo: .venv/bin/landloom
	$(BIN)/snakemake --cores $(CORES)

report: demo
	$(BIN)/snakemake --report results/report.html

check: lint
	$(PYTEST) -m "not slow and not full"

test: .venv/tools
	$(PYTEST) -m "not full"

test-all: test
	$(PYTEST) -m full

# So many cases of each attack; another seed each time.
LANDLOOM_FUZZ ?= 1000
fuzz: .venv/tools
	LANDLOOM_FUZZ=$(LANDLOOM_FUZZ) $(BIN)/pytest tests/fuzz

# Its plug-ins slow down each start of Snakemake: they have a folder of their own.
PLUGINS := profiles/s3 profiles/kubernetes profiles/aws-batch tests/object_store
.venv/pods: .venv/tools $(PLUGINS:=/requirements.txt)
	rm -rf $@
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target $@ $(PLUGINS:%=-r %/requirements.txt)

pods: .venv/pods
	PYTHONPATH=$(CURDIR)/.venv/pods $(BIN)/pytest tests/pods --whole-demo

coverage: .venv/tools
	$(PYTEST) -m "not full" --cov=landloom --cov-report=term-missing:skip-covered

lint: .venv/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

format: .venv/tools
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

bench: .venv/tools
	$(BIN)/python benchmarks/plain_boxes.py
	$(BIN)/python benchmarks/dataset.py
	$(BIN)/python benchmarks/whole_dataset.py
	$(BIN)/python benchmarks/planning.py
	$(BIN)/python benchmarks/jobs.py
	$(BIN)/python benchmarks/fsync.py
	$(BIN)/python benchmarks/integrity.py
	$(BIN)/python benchmarks/resources.py
	$(BIN)/python benchmarks/reference.py
	$(BIN)/python benchmarks/figures.py
	$(BIN)/python benchmarks/figures_map.py
	$(BIN)/python benchmarks/tuning.py
	$(BIN)/python benchmarks/kernels.py
	$(BIN)/python benchmarks/forest.py
	$(BIN)/python benchmarks/applicability.py
	$(BIN)/python benchmarks/classifiers.py

schema: .venv/installed
	PYTHONPATH=workflow/scripts $(BIN)/python -m landloom.config.schema config

validate: .venv/installed
	@PYTHONPATH=workflow/scripts $(BIN)/python -m landloom.config.validate $(CONFIG)

# All of the datasets, or those of DATASETS="nlcd-2021 COP30".
probe: .venv/installed
	PYTHONPATH=workflow/scripts $(BIN)/python -m landloom.sources.probe $(DATASETS)

# What is locked already stays as it is, unless pyproject.toml asks for something else.
LOCK := uv pip compile --universal --fork-strategy fewest --python-version 3.11 \
  --generate-hashes --no-emit-find-links --quiet

lock: .venv/tools
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/$(LOCK) pyproject.toml -o requirements.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/$(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	cp requirements.lock requirements-container.lock  # whose versions stay where the plug-in takes them
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/$(LOCK) profiles/s3/requirements.txt -o requirements-container.lock

clean:
	rm -rf results resources/demo .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
