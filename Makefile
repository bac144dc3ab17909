# Thin: every target is one or two commands in the virtual environment that the first one makes.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
CORES ?= $(shell $(PYTHON) -c "import os; print(len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count())")
BIN := .venv/bin

.PHONY: help demo report test lint format bench schema lock clean

help:
	@echo "make demo    build everything from the embedded demo world, below results/"
	@echo "make report  the demo, and one page with all its pictures and tables: results/report.html"
	@echo "make test    run the tests"
	@echo "make lint    check style, types and the workflow"
	@echo "make format  lay out the code"
	@echo "make bench   measure against named baselines (an hour and a half)"
	@echo "make schema  write config/schema.json and the tables in config/README.md from the config model"
	@echo "make lock    resolve the dependencies of pyproject.toml anew"
	@echo "make clean   remove results, demo files and caches"

.venv/installed: requirements.lock
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

demo: .venv/installed
	$(BIN)/snakemake --cores $(CORES)

report: demo
	$(BIN)/snakemake --report results/report.html

test: .venv/installed
	$(BIN)/pytest

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

bench: .venv/installed
	$(BIN)/python benchmarks/plain_boxes.py
	$(BIN)/python benchmarks/dataset.py
	$(BIN)/python benchmarks/planning.py
	$(BIN)/python benchmarks/jobs.py
	$(BIN)/python benchmarks/resources.py
	$(BIN)/python benchmarks/reference.py
	$(BIN)/python benchmarks/figures.py
	$(BIN)/python benchmarks/figures_map.py
	$(BIN)/python benchmarks/tuning.py
	$(BIN)/python benchmarks/forest.py

schema: .venv/installed
	PYTHONPATH=workflow/scripts $(BIN)/python -m landloom.config.schema config

lock: .venv/installed
	$(BIN)/pip install --quiet uv
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile pyproject.toml --group dev --universal --fork-strategy fewest \
	  --python-version 3.11 --generate-hashes --no-emit-find-links --quiet -o requirements.lock

clean:
	rm -rf results resources/demo .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis
