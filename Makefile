# Each target sets up what it needs; see README.md.
PY := .venv/bin/python
ARGS ?=
BENCH ?=
RUN ?= latest
CANDIDATE ?=
PREVIOUS ?=
PROFILE ?= smoke

.PHONY: help smoke checks drill drills gate diagnostics load load-image engine engine-down images images-down bench-up bench-down bench-reap \
	test test-bench lint report verify benchmark benchmark-load lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

smoke: ## start the embedded FinChat and run `pytest -m p0` against it
	@.ci/setup bench
	@$(PY) -m pytest -m p0 --embedded $(ARGS)

checks: ## every check, against the embedded FinChat
	@.ci/setup bench
	@$(PY) -m pytest --embedded --access http,host,logs $(ARGS)

drill: ## break a FinChat on a bench of its own, and see that it is noticed and comes back: two drills
	@.ci/setup drills
	@.ci/engine up
	@$(PY) -m pytest drills --drill api-killed --drill edgar-timeout $(ARGS)

drills: engine ## every drill of the catalogue, on two benches side by side (`pytest drills --list` shows which, without an engine)
	@.ci/setup drills
	@$(PY) -m pytest drills -m "not diagnostics" -n 2 $(ARGS)

gate: engine ## may this build be deployed: CANDIDATE=image PREVIOUS=image (ARGS='-n 2 --deployment DIR ...')
	@.ci/setup drills
	@$(PY) -m drills.gate --candidate '$(CANDIDATE)' --previous '$(PREVIOUS)' $(ARGS)

diagnostics: engine ## prove which of the runbook's diagnostics tell broken from healthy (ARGS='--runbook FILE')
	@.ci/setup drills
	@$(PY) -m pytest drills -m diagnostics -n 2 $(ARGS)

load: ## send a load and judge its objectives: PROFILE=smoke, baseline, stress, spike, soak, recovery (ARGS='--target FILE')
	@.ci/setup load
	@[ '$(PROFILE)' != recovery ] || .ci/engine up
	@$(PY) -m pytest load --load-profile '$(PROFILE)' $(ARGS)

load-image: engine ## make the image of the generator, for workers in containers (load/compose.yaml)
	@.ci/setup drills
	@docker compose version >/dev/null 2>&1 || .ci/tool docker-compose
	@$(PY) -m drills.bench.images --load

engine: ## see to it that a Docker engine answers (Debian, as root: docker.io is installed and started)
	@.ci/engine up

engine-down: ## end the engine that `make engine` started
	@.ci/engine down

images: engine ## make the images of a bench, and say how large they are
	@.ci/setup drills
	@$(PY) -m drills.bench.images

images-down: ## remove those images
	@.ci/setup drills
	@$(PY) -m drills.bench.images --remove

bench-up: engine ## leave a bench standing, to look at (BENCH='--deployment DIR ...')
	@.ci/setup drills
	@$(PY) -m drills.bench.standing up $(BENCH)

bench-down: ## end the standing bench
	@.ci/setup drills
	@$(PY) -m drills.bench.standing down

bench-reap: ## remove what runs that were killed left behind
	@.ci/setup drills
	@$(PY) -m drills.bench.reap

test: ## the suite's own tests, without those that need a bench
	@.ci/setup dev
	@.ci/browser
	@$(PY) -m pytest tests --ignore tests/live -n 2 --timeout 120 $(ARGS)

test-bench: engine ## the tests on real benches
	@.ci/setup dev
	@$(PY) -m pytest tests/live --timeout 300 $(ARGS)

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

benchmark-load: ## requests/s of a core beside Locust's own user and wrk, and the freeze test beside an open model
	@.ci/setup dev
	@.ci/tool wrk
	@$(PY) -m tests.benchmark_load $(ARGS)

benchmark: engine ## what a smoke check and a bench cost: medians and ratios in one run
	@.ci/setup dev
	@$(PY) -m tests.benchmark $(ARGS)
	@$(PY) -m tests.benchmark_bench

lock: ## resolve pyproject.toml anew into requirements/
	@.ci/lock

clean: ## remove what was installed and generated here
	rm -rf .venv .venv.lock reports/out reports/allure/node_modules .mypy_cache .ruff_cache .pytest_cache
