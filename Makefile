# Every command that a person needs. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
CLOUD := $(PYTHON) localstack/cloud.py
# Options of the local cloud, for `run` and `up`: make run ARGS='--edge-port 9090'. `python3 localstack/cloud.py run --help`
# lists them.
ARGS ?=
# Rate limits of the local cloud. Not given: a thousand times the code's, but for one route. `make run LIMITS=`: the
# code's own, as on AWS. `make run LIMITS='users-create:5/60;*:x2'`: those.
LIMITED = $(if $(filter-out undefined,$(origin LIMITS)),--limits '$(LIMITS)')

# One target for every cargo call. cargo-lambda names it, and cargo keeps artifacts with a named target apart from those
# without: this way tests and functions share them.
export CARGO_BUILD_TARGET ?= $(shell rustc -vV | sed -n 's/^host: //p')
export PYTHONDONTWRITEBYTECODE := 1

# What is built for this machine is always chosen together with the tests, here and in `localstack/deploy.py`: cargo gives a
# dependency the features that the chosen packages want together, so another choice would compile every SDK once more.
CHOSEN := -p shared -p functions -p tests

# For `make deploy`: where it goes, and what it is told.
STACK ?= tuesday
REGION ?= us-east-1
PARAMETERS ?=
# For `make dlq`, `make redrive` and `make replay`: a stack on AWS, in place of the local cloud. JOBS_ON='--stack tuesday --region eu-central-1'
JOBS_ON ?=
RATE ?= 10

# For `make test-api`: how many requests at least.
CASES ?= 5000

# For `make seed`: how many of each there shall be. Against AWS: `cargo run -p seed -- --users 1000 ...` with your credentials,
# and the stack's outputs in the environment (tools/seed/src/lib.rs names them).
USERS ?= 0
PRODUCTS ?= 240
ORDERS ?= 0

.PHONY: help run up down faults status test policies test-faults test-browser test-api test-long test-jobs bench-cache bench-costs bench-limits check unit \
        python-test lint-template openapi docs api-docs mail logs seed admin dlq redrive replay deploy clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up, build, start, deploy, seed and serve until Ctrl-C; then stop everything that was started
	@$(CLOUD) run --while-pid $$PPID $(LIMITED) $(ARGS)

up: ## The same in the background
	@$(CLOUD) up $(LIMITED) $(ARGS)

faults: ## A network that fails on purpose, for a cloud that was started so: make run ARGS='--cache-url redis://127.0.0.1:7001 --functions-endpoint http://127.0.0.1:7002'
	cargo run --profile local -p faults -- --control 127.0.0.1:7000 --cache 127.0.0.1:7001=127.0.0.1:6390 --aws 127.0.0.1:7002=127.0.0.1:4566

down: ## Stop what `make up` started, and whatever a killed `make run` left
	@$(CLOUD) down

status: ## The addresses and resource names of the running cloud, as JSON
	@$(CLOUD) status

test: check python-test lint-template ## Everything: check, the local cloud's own tests, the template, and the tests against a local cloud
	@$(CLOUD) build
	cargo test --profile local $(CHOSEN) -p faults --test architecture --test components --test storefront --test api --test program
	@$(MAKE) --no-print-directory policies

check: ## What needs no cloud: format, clippy, docs, unit tests
	cargo fmt --all --check
	cargo clippy --profile local --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --profile local --workspace --no-deps --quiet
	cargo test --profile local $(CHOSEN) -p seed -p jobs -p faults --lib
	cargo test --profile local $(CHOSEN) --doc

python-test:
	@PYTHONPATH=localstack $(PYTHON) -m unittest discover -s localstack/tests

lint-template:
	@$(CLOUD) lint

policies: ## Take every action of every role away, one at a time, and see what fails without it; wants what `make test` builds
	@PYTHONPATH=localstack .local/tools/bin/python -B -m unittest discover -s tests/policies

test-browser: ## The session's cookie in a real browser: a headless Chromium, which is installed or unpacked when there is none
	@$(CLOUD) build
	@PYTHONPATH=localstack $(PYTHON) -B -m unittest discover -s tests/browser

test-faults: ## People shop on a local cloud of its own while one thing after the other fails, for four minutes
	@$(CLOUD) build
	cargo test --profile local $(CHOSEN) --test faults -- --nocapture

test-long: test-browser test-faults ## The long runs: chaos in the cache, every state of its model, costs at 200,000 products, a hundred thousand guesses, 5,000 requests from the document, a browser
	GUESSES=100000 PROPTEST_CASES=4096 cargo test --profile measure $(CHOSEN) --test components fuzz
	CHAOS_SECONDS=60 MODEL=all cargo test --profile measure $(CHOSEN) --test components cache
	COST_SIZES=1000,200000 cargo test --profile measure $(CHOSEN) --test components the_same
	@$(MAKE) test-api CASES=5000

test-jobs: ## The long runs of the jobs: 10,000 orders in chaos, in one process and with processes that are killed; a release binary that survives a panic; 20 orders a second
	CHAOS_ORDERS=10000 cargo test --profile measure $(CHOSEN) --test components -- --nocapture pipeline::chaos
	cargo build --release --config profile.release.opt-level=0 --config 'profile.release.lto="off"' --config profile.release.codegen-units=16 -p tests --bin unwinds
	UNWINDS=$(abspath $(or $(CARGO_TARGET_DIR),target)/$(CARGO_BUILD_TARGET)/release/unwinds) cargo test --profile measure $(CHOSEN) --test components -- --nocapture queue::unwinds
	@$(CLOUD) build
	CHAOS_ORDERS=10000 cargo test --profile local $(CHOSEN) --test components -- --ignored --nocapture pipeline::processes
	cargo test --profile local $(CHOSEN) --test storefront -- --ignored --nocapture throughput

bench-cache: ## Measure the cache against what one would otherwise write; writes docs/bench-cache.md
	cargo run --profile measure -p bench

bench-costs: ## Measure what requests cost at 1,000, 10,000 and 200,000 products; writes docs/bench-costs.md
	COST_SIZES=1000,10000,200000 COST_REPORT=docs cargo test --profile local -p tests --test components -- a_request_costs_the_same

bench-limits: ## Measure the rate limiter's server time against GCRA and an exact log; writes docs/bench-limits.md
	cargo run --profile measure -p bench -- limits

docs: ## Write the tables in docs/ that are made from the code
	DOCS=write cargo test --profile local $(CHOSEN) --test architecture

openapi: ## Write docs/openapi.json from the code
	OPENAPI=write cargo test --profile local $(CHOSEN) --test architecture the_document_is_what_the_code_says

api-docs: ## Show the API as a page on 127.0.0.1: make api-docs ARGS='--docs-port 9000'
	@$(CLOUD) docs $(ARGS)

test-api: ## Requests made from docs/openapi.json: make test-api CASES=5000
	API_CASES=$(CASES) cargo test --profile local $(CHOSEN) --test api -- --nocapture

mail: ## The mails that SES holds
	@$(CLOUD) mail

logs: ## What a function has logged: make logs FN=users-get
	@$(if $(FN),$(CLOUD) logs $(FN),echo 'name the function: make logs FN=users-get' >&2; exit 2)

seed: ## Fill the running cloud, and go on after a Ctrl-C: make seed USERS=1000 PRODUCTS=10000 ORDERS=5000
	@$(CLOUD) seed --users $(USERS) --products $(PRODUCTS) --orders $(ORDERS)

admin: ## Make a person an administrator: make admin EMAIL=ada@example.com; ON="--aws --stack tuesday --region eu-central-1" for AWS
	@$(if $(EMAIL),$(CLOUD) admin $(EMAIL) $(ON),echo 'whom? make admin EMAIL=ada@example.com' >&2; exit 2)

dlq: ## What was given up on, in each dead-letter queue, and why
	@$(CLOUD) jobs $(JOBS_ON) dlq

redrive: ## Drive dead letters back to their queue: make redrive QUEUE=email RATE=10
	@$(if $(QUEUE),$(CLOUD) jobs $(JOBS_ON) redrive $(QUEUE) $(RATE),echo 'name the queue: make redrive QUEUE=email' >&2; exit 2)

replay: ## Tell the workers again what happened: make replay SINCE=2026-11-24T10:00:00Z
	@$(if $(SINCE),$(CLOUD) jobs $(JOBS_ON) replay $(SINCE),echo 'say since when: make replay SINCE=2026-11-24T10:00:00Z' >&2; exit 2)

deploy: ## Build for arm64 and deploy to AWS: make deploy STACK=tuesday REGION=eu-central-1 PARAMETERS='MailFrom=shop@example.com'
	@$(CLOUD) deploy --stack $(STACK) --region $(REGION) $(PARAMETERS)

clean: ## Stop everything and delete what was built and installed: target/ and .local/
	@$(CLOUD) clean
	cargo clean
