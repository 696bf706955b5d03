# Every verb sets itself up: a fresh machine needs Python 3.11 or newer, make and git,
# and Node 20 or newer for the development chain and the SDK for TypeScript. `make` alone lists the verbs.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# A run starts a hundred Pythons; without what is compiled already, each spends a quarter of a second on it again.
unexport PYTHONDONTWRITEBYTECODE

python := .venv/bin/python
pip_install := -m pip --disable-pip-version-check --no-input install --quiet
ready := .venv/.ready
vyper := .venv-vyper/.ready

# merkletools is the independent second tree in the tests. It installs from source and
# without its own requirement, which no longer builds and which only SHA-3 needs.
merkletools := $(wildcard requirements/merkletools.txt)

node_major := $(shell command -v npm >/dev/null 2>&1 && node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
ifeq ($(shell test $(node_major) -ge 20 && echo yes),yes)
anvil := node_modules/.ready
else
anvil := without-anvil
endif

.PHONY: help
help: ## List the verbs.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# ---- work -----------------------------------------------------------------------------

.PHONY: setup
setup: $(ready) $(anvil) $(vyper) ## Install everything; PYTHON=/path/to/python3 chooses the Python.

.PHONY: demo
demo: $(ready) $(anvil) ## Play one use from an owner's file to a stranger's verdict.
	@$(python) -m planetvault demo

.PHONY: serve
serve: $(ready) app ## Run the vault on this machine.
	@$(python) -m planetvault serve --embedded

.PHONY: test
test: ## Lint, types and all tests; the last line is the figure.
	@$(MAKE) --jobs=2 setup app
	@$(MAKE) --jobs=2 --output-sync lint types test-typescript test-app
	@$(python) -m pytest -n 2 --dist loadfile

.PHONY: test-typescript
test-typescript: $(anvil) ## Lint, types and tests of the SDK for TypeScript, in Node and in Chromium.
ifeq ($(anvil),without-anvil)
	@echo "test-typescript: skipped, no Node 20 or newer with npm here"
else
	@cd sdk/typescript && npm run --silent lint && npm run --silent test
endif

.PHONY: app
app: vault/web/assets/app.json ## Build the app that people open in a browser, into what the vault serves.

.PHONY: test-app
test-app: $(anvil) app ## Lint, types and quick tests of the app, the main ones in Chromium.
ifeq ($(anvil),without-anvil)
	@echo "test-app: skipped, no Node 20 or newer with npm here"
else
	@cd sdk/web && npm run --silent lint && npm run --silent types && npm run --silent test
endif

.PHONY: browser
browser: $(ready) $(anvil) app ## Play the whole story of the app in Chromium, against a real vault and a real partner.
	@cd sdk/web && npm run --silent browser

.PHONY: screens
screens: $(ready) $(anvil) app ## Draw every screen, in both languages and themes and three widths, into build/screens.
	@cd sdk/web && npm run --silent screens

.PHONY: attacks
attacks: $(ready) $(anvil) ## Try the 36 published attacks, and random mutations; MUTATIONS=100000 for a long run.
	@MUTATIONS='$(MUTATIONS)' $(python) -m tests.attacks

.PHONY: mutate
mutate: $(ready) ## Lie about 100,000 histories, and count who notices; MUTATIONS= for another number.
	@MUTATIONS='$(MUTATIONS)' $(python) -m tests.mutate

.PHONY: faults
faults: $(ready) $(anvil) ## Play twenty faults, and kill a deployment under load; ROUNDS=1000 times.
	@$(python) -m tests.faults
	@SEED='$(SEED)' $(python) -m tests.faults.rounds $(or $(ROUNDS),20)

versitygw := v1.8.0

.PHONY: store
store: $(ready) build/s3/versitygw ## Install an S3 store by others, with Go, and try the vault's blobs on it.
	@$(python) -m pytest -n 0 tests/vault/test_objects.py

build/s3/versitygw:
	@echo "store: building versitygw $(versitygw)"
	@GOBIN='$(CURDIR)/build/s3' go install github.com/versity/versitygw/cmd/versitygw@$(versitygw)

.PHONY: consortium
consortium: $(ready) build/consortium/geth ## Build a consortium's node, with Go, and anchor on a chain of three members.
	@$(python) -m pytest -n 0 tests/anchor/chain/test_consortium.py

build/consortium/geth: deploy/consortium/build
	@mkdir -p build/consortium
	@deploy/consortium/build '$(CURDIR)/$@'

.PHONY: fuzz
fuzz: .venv-fuzz/.ready ## Search every parser for bytes it does not expect; SECONDS=60 for each.
	@.venv-fuzz/bin/python -m tests.fuzz $(SECONDS)

.PHONY: sbom
sbom: .venv-audit/.ready node_modules/.ready ## List what the vault and the app are built from, as CycloneDX, in build/sbom.
	@mkdir -p build/sbom
	@.venv-audit/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
		-o build/sbom/vault.cdx.json requirements/server.txt
	@npm sbom --sbom-format cyclonedx --package-lock-only --omit dev > build/sbom/packages.cdx.json
	@for file in build/sbom/*.json; do \
		echo "sbom: $$file, $$(grep -c '"bom-ref"' "$$file") components"; done

.PHONY: audit
audit: .venv-audit/.ready ## Ask the advisory databases about every locked package; needs the network.
	@.venv-audit/bin/pip-audit --require-hashes --disable-pip --strict -r requirements/server.txt
	@npm audit --omit dev

.PHONY: foreign
foreign: $(ready) ## Let programs by others check our log, our proofs and our witness.
	@$(python) -m tests.foreign

.PHONY: drill
drill: $(ready) ## Lose every device, and restore the vault from twelve words, from two of three guardians, and the database from a backup.
	@$(python) -W ignore -m tests.attacks.drill
	@$(python) -m tests.faults.restore

.PHONY: lint
lint: $(ready) ## Check style and layout.
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .

.PHONY: types
types: $(ready) ## Check types, strictly.
	@$(python) -m mypy

.PHONY: format
format: $(ready) ## Lay out the code and mend what can be mended by rule.
	@$(python) -m ruff check --fix-only .
	@$(python) -m ruff format .

.PHONY: bench
bench: $(ready) ## Measure a use, a seal, a proof.
	@$(python) -m tests.bench

.PHONY: kills
kills: $(ready) $(anvil) ## Play the demonstration while its processes are killed; ROUNDS=3.
	@$(python) -m tests.faults.kills $(or $(ROUNDS),3)

.PHONY: race
race: $(ready) ## Race uses against one revocation, on both databases; USES=10000.
	@USES='$(USES)' $(python) -m tests.races

.PHONY: books
books: $(ready) ## Do random business at a failing vault, and audit its books; OPERATIONS=1000000.
	@OPERATIONS='$(OPERATIONS)' SEED='$(SEED)' $(python) -m tests.books

.PHONY: fuzz-api
fuzz-api: $(ready) .venv-api/.ready ## Ask every route in every way its description has; EXAMPLES=40 for each.
	@EXAMPLES='$(EXAMPLES)' $(python) -m tests.fuzz_api

# ---- images: with the container engine that is here, see scripts/engine -----------------

# What `make base` makes, and the others then stand on.
export MADE_BASE := localhost/planetvault-base:trixie
version := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

.PHONY: base
base: ## Make the images' base from Debian's packages, where no image registry is reached.
	@scripts/make-base

.PHONY: image
image: ## Build the images of compose.yaml; BASE=, ENGINE= and OPTIONS= choose how.
	@scripts/build-image vault planetvault:$(version)
	@scripts/build-image chain planetvault-chain:$(version)
	@scripts/build-image consortium planetvault-consortium:$(version)

.PHONY: image-test
image-test: $(ready) ## Bring up compose.yaml with these images, use it, hurt it, and look inside.
	@$(python) -m pytest -n 0 tests/image/checks.py

# ---- what is committed and made by a program ------------------------------------------

.PHONY: contracts
contracts: $(ready) $(vyper) ## Compile the anchor contract; its ABI and bytecode are committed.
	@$(python) -m anchor.contracts.compile .venv-vyper/bin/vyper

builders := $(subst /,.,$(basename $(wildcard tests/vectors/build_*.py tests/sdk/importers/golden/build.py)))

.PHONY: vectors
vectors: $(ready) ## Write the test vectors again; a difference is a changed format.
	@for builder in $(builders); do echo "$$builder" && $(python) -m "$$builder"; done

# Hashes and no addresses: see docs/decisions/0005-locks-without-addresses.md.
compile := UV_CUSTOM_COMPILE_COMMAND='make lock' .venv-lock/bin/uv pip compile --quiet --python-version 3.11 \
	--universal --generate-hashes --no-emit-index-url --no-emit-find-links

.PHONY: lock
lock: .venv-lock/.ready ## Resolve the locks again; UPGRADE=1 also moves to newer versions.
	@$(compile) $(if $(UPGRADE),--upgrade) pyproject.toml --extra server --extra evm --extra cli --extra kit --extra s3 --extra documents --group dev \
		-o requirements/dev.txt
	@$(compile) $(if $(UPGRADE),--upgrade) pyproject.toml --extra server --extra evm --extra cli --extra s3 \
		-c requirements/dev.txt -o requirements/server.txt
	@$(compile) $(if $(UPGRADE),--upgrade) --group build -c requirements/dev.txt -o requirements/build.txt
	@$(compile) $(if $(UPGRADE),--upgrade) --group contracts -o requirements/contracts.txt
	@$(compile) $(if $(UPGRADE),--upgrade) --group fuzz -c requirements/dev.txt -o requirements/fuzz.txt
	@$(compile) $(if $(UPGRADE),--upgrade) --group audit -o requirements/audit.txt
	@$(compile) $(if $(UPGRADE),--upgrade) --group api -o requirements/api.txt
	@$(compile) $(if $(UPGRADE),--upgrade) --group lock -o requirements/lock.txt
	@npm install --package-lock-only --silent && scripts/strip-lock

.PHONY: clean
clean: ## Remove everything that the verbs made.
	@rm -rf .venv .venv-vyper .venv-lock .venv-fuzz .venv-api .venv-audit node_modules build dist sdk/typescript/build sdk/typescript/dist
	@rm -rf sdk/web/build sdk/web/node_modules vault/web/assets
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- how a verb sets itself up --------------------------------------------------------

# An environment is made once; whether it is complete is what its .ready says.
.venv/pyvenv.cfg .venv-vyper/pyvenv.cfg .venv-lock/pyvenv.cfg .venv-fuzz/pyvenv.cfg .venv-api/pyvenv.cfg .venv-audit/pyvenv.cfg:
	@PYTHON='$(PYTHON)' scripts/make-venv $(@D)

$(ready): requirements/dev.txt requirements/build.txt $(merkletools) pyproject.toml | .venv/pyvenv.cfg
	@echo "setup: installing from requirements/dev.txt"
	@$(python) $(pip_install) --require-hashes -r requirements/build.txt -r requirements/dev.txt
	@$(if $(merkletools),$(python) $(pip_install) --no-deps --no-build-isolation --require-hashes -r $(merkletools))
	@$(python) $(pip_install) --no-deps --no-build-isolation --editable .
	@touch $@

$(vyper): requirements/contracts.txt | .venv-vyper/pyvenv.cfg
	@echo "setup: installing the contract compiler"
	@.venv-vyper/bin/python $(pip_install) --require-hashes -r $<
	@touch $@

.venv-lock/.ready: requirements/lock.txt | .venv-lock/pyvenv.cfg
	@.venv-lock/bin/python $(pip_install) --require-hashes -r $<
	@touch $@

.venv-api/.ready: requirements/api.txt | .venv-api/pyvenv.cfg
	@echo "setup: installing what asks the routes"
	@.venv-api/bin/python $(pip_install) --require-hashes -r $<
	@touch $@

.venv-audit/.ready: requirements/audit.txt | .venv-audit/pyvenv.cfg
	@.venv-audit/bin/python $(pip_install) --require-hashes -r $<
	@touch $@

.venv-fuzz/.ready: requirements/fuzz.txt requirements/server.txt requirements/build.txt | .venv-fuzz/pyvenv.cfg
	@echo "setup: installing the fuzzer"
	@.venv-fuzz/bin/python $(pip_install) --require-hashes -r requirements/build.txt -r requirements/server.txt
	@.venv-fuzz/bin/python $(pip_install) --require-hashes -r requirements/fuzz.txt
	@.venv-fuzz/bin/python $(pip_install) --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.ready: package.json package-lock.json .npmrc sdk/typescript/package.json sdk/web/package.json
	@echo "setup: installing the development chain, and what the app and the SDK for TypeScript need"
	@npm ci --loglevel=error --no-update-notifier
	@touch $@

app_sources := $(shell find sdk/web/src sdk/web/static sdk/web/build-steps sdk/typescript/src -type f) \
	sdk/web/index.html sdk/web/vite.config.ts sdk/web/svelte.config.js package-lock.json

ifeq ($(anvil),without-anvil)
vault/web/assets/app.json:
	@echo "app: no Node 20 or newer with npm here, so the vault is served without its app"
else
vault/web/assets/app.json: $(app_sources) | $(anvil)
	@echo "app: building"
	@cd sdk/web && npm run --silent build
endif

.PHONY: without-anvil
without-anvil:
	@echo "setup: no Node 20 or newer with npm here, so no development chain; tests that need one are skipped"
