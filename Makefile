# Each target sets up what it needs; see README.md.
PY := .venv/bin/python
ARGS ?=
RUN ?= latest

.PHONY: help smoke checks test lint report verify benchmark lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

smoke: ## start the embedded FinChat and run `pytest -m p0` against it
	@.ci/setup bench
	@$(PY) -m pytest -m p0 --embedded $(ARGS)

checks: ## every check, against the embedded FinChat
	@.ci/setup bench
	@$(PY) -m pytest --embedded --access http,host,logs $(ARGS)

test: ## the suite's own tests
	@.ci/setup dev
	@.ci/browser
	@$(PY) -m pytest tests -n 2 --timeout 120 $(ARGS)

lint: ## ruff and mypy
	@.ci/setup dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

report: ## one offline HTML file of a run (RUN=latest), with Allure 3
	@.ci/setup checks
	@$(PY) -m reports.html $(RUN)

verify: ## recompute the hashes of a run's evidence and its place in the chain (RUN=latest)
	@.ci/setup checks
	@$(PY) -m reports.verify $(RUN)

benchmark: ## what a smoke check costs: medians and ratios in one run
	@.ci/setup dev
	@$(PY) -m tests.benchmark $(ARGS)

lock: ## resolve pyproject.toml anew into requirements/
	@.ci/lock

clean: ## remove what was installed and generated here
	rm -rf .venv .venv.lock reports/out reports/allure/node_modules .mypy_cache .ruff_cache .pytest_cache
