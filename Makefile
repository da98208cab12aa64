# Verbs only. Every verb sets up what it needs: the first one on a fresh machine takes a minute longer.
SHELL := /bin/sh
.DEFAULT_GOAL := help
EXPERIMENT ?= quick
RUN ?= results/latest
DEMAND ?= docs/demand.example.toml

VENV := .venv
READY := $(VENV)/.ready
BIN := $(VENV)/bin

help: ## what can be done here
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile

$(READY): requirements.lock pyproject.toml
	@python="$$(.make/find-python)" && "$$python" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

setup: $(READY) ## create .venv and install the locked dependencies

bench: $(READY) ## measure, judge, print the verdict table (EXPERIMENT=smoke|quick|full|PATH)
	@exec $(BIN)/authbench run $(EXPERIMENT)

bench-generator: $(READY) ## what a request costs the load generator, beside Locust's FastHttpUser (JSON=1)
	@exec $(BIN)/python -m loadtests.benchmarks.generator $(if $(JSON),--json)

report: $(READY) ## rebuild table, summary and page of a run from its raw data (RUN=...)
	@exec $(BIN)/authbench report $(RUN)

plan: $(READY) ## cores, nodes and store for a demand, from a run with a ladder (RUN=... DEMAND=FILE)
	@exec $(BIN)/authbench plan $(RUN) --demand $(DEMAND)

adr: $(READY) ## a decision record with the evidence of a run filled in (RUN=...)
	@exec $(BIN)/authbench adr $(RUN)

drill: $(READY) ## freeze the server for a second under load and check that the figures show it
	@exec $(BIN)/authbench drill frozen-server

test: $(READY) ## all tests, against real servers
	@exec $(BIN)/python -m pytest

lint: $(READY) ## ruff, mypy strict, the import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

clean: ## remove the environment and everything derived; raw runs stay
	@rm -rf $(VENV) results/derived

.PHONY: help setup bench bench-generator report plan adr drill test lint clean
