# One word for each thing one does with Arbion. The work is in arbion/bootstrap.py, which needs nothing but Python.
PYTHON ?= python3
BOOT = @$(PYTHON) -I arbion/bootstrap.py
MANAGE = @.venv/bin/python manage.py
ARGS ?=

.PHONY: run setup dev test lint lock assets bench prove clean help
.DEFAULT_GOAL := help

run:     ## prepare what is missing and start (ARGS="--port 8001")
	$(BOOT) run $(ARGS)

setup:   ## environment, packages and front-end assets
	$(BOOT) setup

dev:     ## the same, with the tools of tests and checks
	$(BOOT) dev

test: dev ## checks, then all tests: on SQLite, and on PostgreSQL where it answers
	@.ci/test

lint: dev ## style, types and the layers of the house
	@.ci/lint

lock:    ## compile requirements/*.in into exact versions with hashes
	$(BOOT) lock

assets:  ## build static/dist
	$(BOOT) assets

bench: dev ## measure (ARGS="orders")
	$(MANAGE) bench $(ARGS)

prove: dev ## repeat a claim (ARGS="crash --quick")
	$(MANAGE) prove $(ARGS)

clean:   ## remove what was installed and built, never data
	$(BOOT) clean

help:
	@awk -F '##' '/^[a-z]+:.*##/ {split($$1, name, ":"); printf "make %-8s %s\n", name[1], $$2}' Makefile
