# Thin on purpose: the work is done by scripts/, so that everything here also runs without make.
SHELL := /bin/bash

.DEFAULT_GOAL := help
.PHONY: help build portable demo test test-all lint fmt schemas bench bench-seeder bench-launch bench-apps clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build the binary: target/release/nautobridge
	@scripts/build

portable: ## Build the binary for EL8 and later, and a wheel of it: target/portable/
	@scripts/build-portable

demo: ## Show the inventory of a homelab from a snapshot: no services, no root
	@scripts/venv --check ansible-current
	@scripts/build --debug
	@demo/run

test: ## Linters and the tests that need no root, no server and no Docker
	@scripts/test

test-all: ## All tests: also a real Nautobot, Docker hosts and the rest; as root on Debian
	@scripts/test --all

lint: ## Formatters and linters of all languages
	@scripts/lint

fmt: ## Format what has a formatter
	@cargo fmt --all
	@venv=$$(scripts/venv lint) && "$$venv/bin/ruff" format && "$$venv/bin/ruff" check --fix

schemas: ## Write the generated files that are checked in
	@scripts/generate

bench: build ## Measure speed and memory on 3,000 hosts of a real Nautobot
	@scripts/bench

bench-seeder: build ## Measure the seeder on 500 objects, beside the awx.awx modules (half an hour)
	@scripts/bench-seeder

bench-launch: build ## Measure how a job is followed, beside the awx command (a few minutes)
	@scripts/bench-launch

bench-apps: ## Measure Master Deploy on 20 apps, beside community.docker (10 minutes, as root)
	@scripts/bench-apps

clean: ## Remove what was built; the caches in ~/.cache/nautobridge stay
	@cargo clean
	@rm -rf .ruff_cache .ansible
