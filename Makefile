# All commands for people. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
CLOUD := $(PYTHON) localstack/cloud.py
# What `make setup` installs for checks and deploys.
TOOLS := .local/tools/bin
LINT_API := .local/api/bin/node .local/lint-api/node_modules
# Options of the local cloud, for `run` and `up`: make run ARGS='--edge-port 9090'.
# `python3 localstack/cloud.py run --help` lists them.
ARGS ?=
# Rate limits of the local cloud. Without LIMITS they are a thousand times those of the code, except
# for one route. `make run LIMITS=` takes those of the code, as on AWS. `make run
# LIMITS='users-create:5/60;*:x2'` changes them.
LIMITED = $(if $(filter-out undefined,$(origin LIMITS)),--limits '$(LIMITS)')

# Every cargo call names the target, as cargo-lambda does. cargo keeps artifacts of a named target
# in another folder, so this way tests and functions share them.
export CARGO_BUILD_TARGET ?= $(shell rustc -vV | sed -n 's/^host: //p')
export PYTHONDONTWRITEBYTECODE := 1

# Every build for this machine selects these packages together, here and in
# `localstack/binaries.py`. cargo gives a dependency the features that all selected packages need,
# so another selection would compile every SDK once more.
CHOSEN := -p shared -p functions -p tests

# For `make deploy`: the stack, its region, and the parameters of template.yaml.
STACK ?= tuesday
REGION ?= us-east-1
PARAMETERS ?=
# For `make ops`, `make dlq`, `make redrive` and `make replay`: a stack on AWS in place of the local
# cloud, as JOBS_ON='--stack tuesday --region eu-central-1'. RATE is in messages a second.
JOBS_ON ?=
RATE ?= 10

# For `make test-api`: the lowest number of requests.
CASES ?= 5000

# For `make seed`: the numbers of users, products and orders. Against AWS: `cargo run -p ops --
# seed --users 1000 ...` with your credentials, and the stack's outputs in the environment
# (`cargo run -p ops -- seed --help` names them).
USERS ?= 0
PRODUCTS ?= 240
ORDERS ?= 0

.PHONY: help setup run up down faults status test policies test-faults test-browser test-api test-long test-jobs bench-cache bench-costs bench-limits check unit \
        python-test lint-dependencies lint-python lint-api lint-template openapi docs api-docs mail logs ops seed admin dlq redrive replay deploy clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build, start, deploy, seed and serve until Ctrl-C, which stops everything
	@$(CLOUD) run --while-pid $$PPID $(LIMITED) $(ARGS)

up: ## Do the same in the background
	@$(CLOUD) up $(LIMITED) $(ARGS)

# The cloud must use it:
# make run ARGS='--cache-url redis://127.0.0.1:7001 --functions-endpoint http://127.0.0.1:7002'
faults: ## Run a proxy that fails on purpose (localstack/README.md)
	cargo run --profile local -p faults -- --control 127.0.0.1:7000 --cache 127.0.0.1:7001=127.0.0.1:6390 --aws 127.0.0.1:7002=127.0.0.1:4566

down: ## Stop what `make up` started, or what a killed `make run` left
	@$(CLOUD) down

status: ## Print addresses and resource names of the running cloud, as JSON
	@$(CLOUD) status

test: check python-test lint-template ## Run check, and all tests against a local cloud
	@$(CLOUD) build
	cargo test --profile local $(CHOSEN) -p faults --test architecture --test components --test storefront --test api --test program
	@$(MAKE) --no-print-directory policies

check: lint-dependencies lint-python lint-api ## Run what needs no cloud: formats, lints, types, docs, unit tests
	cargo fmt --all --check
	cargo clippy --profile local --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --profile local --workspace --lib --no-deps --quiet
	cargo test --profile local $(CHOSEN) -p ops -p faults --lib --examples
	cargo test --profile local $(CHOSEN) --doc

setup:
	@$(CLOUD) setup

# Licences, sources and bans of what is linked (deny.toml), and dependencies that nothing uses.
# Vulnerabilities (`cargo deny check advisories`) need the network; deny.toml says why they are
# apart.
lint-dependencies: setup
	$(TOOLS)/cargo-deny --locked --log-level error check --hide-inclusion-graph licenses bans sources
	$(TOOLS)/cargo-shear --locked

lint-python: setup
	$(TOOLS)/ruff format --check --quiet
	$(TOOLS)/ruff check --quiet
	$(TOOLS)/mypy

# Both linters find nothing, warnings included. Redocly would ask its vendor for updates.
lint-api: setup
	$(LINT_API)/@stoplight/spectral-cli/dist/index.js lint --ruleset tests/api/spectral.yaml --fail-severity=hint docs/openapi.json
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
		$(LINT_API)/@redocly/cli/bin/cli.js lint --config tests/api/redocly.yaml docs/openapi.json

python-test:
	@PYTHONPATH=localstack $(PYTHON) -m unittest discover -s localstack/tests

lint-template:
	@$(CLOUD) lint

# It takes each action of each role away, one at a time, and checks that something fails without it.
policies: ## Check that no role has a right too many (after `make test`)
	@PYTHONPATH=localstack $(TOOLS)/python -B -m unittest discover -s tests/policies

# It installs or unpacks Chromium if there is none.
test-browser: ## Check the session's cookie in a headless Chromium
	@$(CLOUD) build
	@PYTHONPATH=localstack $(PYTHON) -B -m unittest discover -s tests/browser

test-faults: ## Shop for four minutes on a cloud whose services fail in turn
	@$(CLOUD) build
	cargo test --profile local $(CHOSEN) --test faults -- --nocapture

# Chaos in the cache, every state of its model, costs at 200,000 products, 100,000 random inputs,
# and 5,000 requests from the API document.
test-long: test-browser test-faults ## Run the long tests of cache, costs, limits and API
	GUESSES=100000 PROPTEST_CASES=4096 cargo test --profile measure $(CHOSEN) --test components fuzz
	CHAOS_SECONDS=60 MODEL=all cargo test --profile measure $(CHOSEN) --test components cache
	COST_SIZES=1000,200000 cargo test --profile measure $(CHOSEN) --test components the_same
	@$(MAKE) test-api CASES=5000

# 10,000 orders in chaos, in one process and with processes that are killed; a release binary that
# survives a panic; 20 orders a second.
test-jobs: ## Run the long tests of the jobs: 10,000 orders in chaos, kills, throughput
	CHAOS_ORDERS=10000 cargo test --profile measure $(CHOSEN) --test components -- --nocapture pipeline::chaos
	cargo build --release --config profile.release.opt-level=0 --config 'profile.release.lto="off"' --config profile.release.codegen-units=16 -p tests --bin unwinds
	UNWINDS=$(abspath $(or $(CARGO_TARGET_DIR),target)/$(CARGO_BUILD_TARGET)/release/unwinds) cargo test --profile measure $(CHOSEN) --test components -- --nocapture queue::unwinds
	@$(CLOUD) build
	CHAOS_ORDERS=10000 cargo test --profile local $(CHOSEN) --test components -- --ignored --nocapture pipeline::processes
	cargo test --profile local $(CHOSEN) --test storefront -- --ignored --nocapture throughput

bench-cache: ## Compare the cache with its alternatives; writes docs/bench-cache.md
	cargo run --profile measure -p bench

bench-costs: ## Measure what requests cost; writes docs/bench-costs.md
	COST_SIZES=1000,10000,200000 COST_REPORT=docs cargo test --profile local -p tests --test components -- a_request_costs_the_same

bench-limits: ## Compare the rate limiter with others; writes docs/bench-limits.md
	cargo run --profile measure -p bench -- limits

docs: ## Write the tables in docs/ that are made from the code
	DOCS=write cargo test --profile local $(CHOSEN) --test architecture

openapi: ## Write docs/openapi.json from the code
	OPENAPI=write cargo test --profile local $(CHOSEN) --test architecture the_document_is_what_the_code_says

api-docs: ## Show the API as a page: make api-docs ARGS='--docs-port 9000'
	@$(CLOUD) docs $(ARGS)

test-api: ## Send random requests from the API document: make test-api CASES=5000
	API_CASES=$(CASES) cargo test --profile local $(CHOSEN) --test api -- --nocapture

mail: ## Print the mails that SES holds
	@$(CLOUD) mail

logs: ## Print what a function has logged: make logs FN=users-get
	@$(if $(FN),$(CLOUD) logs $(FN),echo 'FN is missing: make logs FN=users-get' >&2; exit 2)

# ARGS=help lists its commands.
ops: ## Run the operators' tool: make ops ARGS='redrive email --rate 20'
	@$(CLOUD) ops $(JOBS_ON) $(or $(ARGS),help)

# It continues after a Ctrl-C.
seed: ## Fill the running cloud: make seed USERS=1000 PRODUCTS=10000 ORDERS=5000
	@$(CLOUD) seed --users $(USERS) --products $(PRODUCTS) --orders $(ORDERS)

# On AWS: make admin EMAIL=... ON='--aws --stack tuesday --region eu-central-1'.
admin: ## Make a user an administrator: make admin EMAIL=ada@example.com
	@$(if $(EMAIL),$(CLOUD) admin $(EMAIL) $(ON),echo 'EMAIL is missing: make admin EMAIL=ada@example.com' >&2; exit 2)

dlq: ## Show the dead letters of each queue, with the reasons
	@$(CLOUD) ops $(JOBS_ON) dlq

redrive: ## Send dead letters to their queue again: make redrive QUEUE=email RATE=10
	@$(if $(QUEUE),$(CLOUD) ops $(JOBS_ON) redrive $(QUEUE) --rate $(RATE),echo 'QUEUE is missing: make redrive QUEUE=email' >&2; exit 2)

replay: ## Send events to the workers again: make replay SINCE=2026-11-24T10:00:00Z
	@$(if $(SINCE),$(CLOUD) ops $(JOBS_ON) replay $(SINCE),echo 'SINCE is missing: make replay SINCE=2026-11-24T10:00:00Z' >&2; exit 2)

# It builds for arm64 unless PARAMETERS say otherwise, for example
# PARAMETERS='MailFrom=shop@example.com'.
deploy: ## Deploy to AWS: make deploy STACK=tuesday REGION=eu-central-1
	@$(CLOUD) deploy --stack $(STACK) --region $(REGION) $(PARAMETERS)

clean: ## Stop everything, and delete target/ and .local/
	@$(CLOUD) clean
	cargo clean
