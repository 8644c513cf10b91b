# SPDX-License-Identifier: GPL-3.0-or-later
# Two commands matter: `make run` and `make test`. Each sets up everything it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
PARTS := clinicam tests benchmarks fuzz

.PHONY: help run test check fix bench crash damage fuzz mutate lock clean
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.run: requirements/run.txt pyproject.toml scripts/setup
	@scripts/setup run

.venv/.dev: requirements/dev.txt pyproject.toml scripts/setup
	@scripts/setup dev

run: .venv/.run ## Set up and open CliniCam; with no display, do the main job by itself into build/demo
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then exec $(PY) -m clinicam; else exec $(PY) -m clinicam demo --out build/demo; fi

test: .venv/.dev ## Set up and run every test, with branch coverage of consent/ and vault/
	@scripts/test

check: .venv/.dev ## Format, lint, types, direction of the arrows
	$(PY) -m ruff format --check $(PARTS)
	$(PY) -m ruff check $(PARTS)
	$(PY) -m mypy
	.venv/bin/lint-imports --no-cache

fix: .venv/.dev ## Let the formatter and linter mend what they can
	$(PY) -m ruff format $(PARTS)
	$(PY) -m ruff check --fix $(PARTS)

bench: .venv/.dev ## Measure against named peers; ratios to the screen and build/bench.json
	$(PY) -m benchmarks

crash: .venv/.dev ## Crash a vault: N kills at random, POWER power cuts, every trace state and strace fault, WINDOWS dead programs
	CLINICAM_KILLS=$(or $(N),300) CLINICAM_POWER=$(or $(POWER),100) CLINICAM_CRASH_COUNT=$(or $(WINDOWS),100) \
	CLINICAM_TRACE=$(or $(TRACE),all) CLINICAM_STRACE=$(or $(STRACE),all) $(PY) -m pytest -q -s tests/crash

damage: .venv/.dev ## Turn N random bits of a 25 MB object and every bit of small ones (make damage N=1000000)
	CLINICAM_DAMAGE_COUNT=$(or $(N),1000000) $(PY) -m pytest -q tests/vault/formats/test_large_damage.py tests/vault/formats/test_damage.py

fuzz: .venv/.dev ## Fuzz every parser for S seconds, guided by coverage (make fuzz S=600)
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/fuzz.txt || echo "atheris is not to be had here."
	$(PY) -m fuzz --seconds $(or $(S),300)

mutate: .venv/.dev ## Change the vault's core line by line; the tests must notice 90 % of it
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/mutate.txt
	@scripts/mutate

lock: ## Resolve the dependencies anew and pin them by hash
	@scripts/lock

clean: ## Remove what was built; the vault and settings are not here and stay
	rm -rf build dist .mypy_cache .ruff_cache
