# make demo: from a fresh clone to a report. make test: the tests. make help: the rest.
# System packages are installed when missing, and only then: scripts/setup.sh.

SWIFT ?= swift
workbench := .build/release/workbench
sources := Package.swift Sources Tests

# Debug builds of numeric code are optimised (Package.swift): unoptimised, the tests crawl.
export WORKBENCH_OPTIMISED ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup build install demo claims test torture example sanitize sanitize-address sanitize-thread bench bench-peers bench-mlflow bench-page interop test-page test-page-quick format lint clean

help: ## this list
	@echo 'make …'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the system packages that are missing (apt-get), or say what to type
	@scripts/setup.sh

build: setup ## the program, optimised: .build/release/workbench
	$(SWIFT) build -c release --product workbench

# The program needs nothing beside it but the Swift runtime that built it.
PREFIX ?= $(HOME)/.local
install: build ## put the program into PREFIX/bin (PREFIX is ~/.local unless you say)
	@mkdir -p '$(PREFIX)/bin'
	@install -m 755 $(workbench) '$(PREFIX)/bin/workbench'
	@echo 'installed: $(PREFIX)/bin/workbench'
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) \
	  echo 'Not on your PATH yet. Type this, and add it to ~/.profile:'; \
	  echo; echo "  export PATH=\"$(PREFIX)/bin:\$$PATH\"";; esac

demo: build ## run experiments/quickstart.md, write its report and say where the page is
	$(workbench) run experiments/quickstart.md
	@$(workbench) report quickstart --html >/dev/null
	@echo
	@echo 'Open the report in a browser:'
	@echo '  file://$(CURDIR)/reports/quickstart.html'

# A few hours on two cores; what is done is not done again.
claims: build ## run the ten claims of papers in experiments/claims, and write a report of each: docs/claims.md
	for file in experiments/claims/[0-9]*.md; do $(workbench) run "$$file" || exit; $(workbench) report "$$file"; done

test: setup ## all tests, or those that filter=DiffusionTests names
	$(SWIFT) test $(if $(filter),--filter '$(filter)')

# Some thousand runs that are killed or whose disk fails, a few minutes; 'make test' tries a sample.
torture: setup ## killed or failing at every file call of a new store and of its checkpoints
	TORTURE=1 $(SWIFT) test --filter FileFaultTests

example: setup ## a package that depends on this one by its version: builds, trains a small network, samples
	SWIFT='$(SWIFT)' Tests/LibraryExample/run.sh

# Package.swift builds nothing but the tests that are named here and what they need.
sanitize: sanitize-address sanitize-thread ## tests under the address, undefined-behaviour and thread sanitizers

# Kernels over random shapes amid NaN (fewer: shapes=100), then the tests of the engine. On Linux the compiler of Swift has no
# undefined-behaviour sanitizer; C has, whose runtime is part of the address sanitizer's. LeakSanitizer wants to trace the
# process, which containers seldom allow.
shapes ?= 2000
sanitized ?= KernelsSanitizerTests KernelsTests ImagesTests DiffusionTests
sanitize-address: export SANITIZED_TESTS := $(sanitized)
sanitize-address: setup
	ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 KERNEL_SHAPES=$(shapes) \
	$(SWIFT) test --scratch-path .build-asan --sanitize=address -Xcc -fsanitize=undefined

# The worker pool, and the store as several threads use it (the pool alone: threaded=KernelsTests).
threaded ?= KernelsTests ThreadTests
sanitize-thread: export SANITIZED_TESTS := $(threaded)
sanitize-thread: setup
	TSAN_OPTIONS=halt_on_error=1 \
	$(SWIFT) test --scratch-path .build-tsan --sanitize=thread --filter 'ThreadTests|WorkersTests|ShareTests'

bench: build ## how fast the small U-Net trains and samples here
	$(workbench) bench train experiments/bench/small-unet.yaml
	$(workbench) bench sample experiments/bench/small-unet.yaml

# Half an hour on a quiet machine, and some gigabytes of Python packages; continuous integration never runs it.
peers := .build/peers-venv
peer_packages := torch==2.15.0 diffusers==0.42.1 safetensors==0.8.0 numpy

bench-peers: build ## the same networks in PyTorch and here, in turn: the table of README
	test -x $(peers)/bin/python || python3 -m venv $(peers)
	$(peers)/bin/pip install --quiet --disable-pip-version-check $(peer_packages)
	$(peers)/bin/python Benchmarks/pytorch/compare.py

interop := .build/interop-venv
interop_packages := tensorboard==2.21.0 tensorboardX==2.6.5 mlflow==3.17.2 wandb==0.31.0 trackio==0.43.0 datasette==0.65.5 pandas==3.1.1 polars==2.1.0 duckdb==2.0.1 numpy
# The newest DuckDB whose SQLite extension is on PyPI, beside the newest.
duckdb_sqlite := duckdb==1.5.5 duckdb-extensions==1.5.5 duckdb-extension-sqlite-scanner==1.5.5
# The last wandb with a reader of its own files in Python, beside the newest.
wandb_reader := wandb==0.25.0
pip_install := $(interop)/bin/pip install --quiet --disable-pip-version-check

$(interop)/bin/python:
	python3 -m venv $(interop)

# Some minutes, and a gigabyte of Python packages; continuous integration never runs these two.
interop: build $(interop)/bin/python ## TensorBoard, MLflow, Datasette, DuckDB, pandas and Polars read what 'export' writes, 'import' what others do
	$(pip_install) $(interop_packages)
	test -d $(interop)/duckdb-sqlite || $(pip_install) --target $(interop)/duckdb-sqlite $(duckdb_sqlite)
	test -d $(interop)/wandb-reader || $(pip_install) --target $(interop)/wandb-reader $(wandb_reader)
	$(interop)/bin/python Tests/Interop/interop.py $(workbench) --duckdb-sqlite $(CURDIR)/$(interop)/duckdb-sqlite \
		--wandb-reader $(CURDIR)/$(interop)/wandb-reader

pages := .build/pages-venv

# Chromium and chromedriver are Debian's. axe-core comes with its package's version.
test-page: build ## the pages of 'serve' in a real browser: every page, light, dark and narrow, what moves, and axe-core's rules
	@scripts/setup.sh chromium chromium-driver
	test -x $(pages)/bin/python || python3 -m venv $(pages)
	$(pages)/bin/pip install --quiet --disable-pip-version-check axe-core-python==0.1.0
	$(pages)/bin/python Tests/Pages/pages.py $(workbench) --axe $$(find $(pages) -name axe.min.js | head -n 1) \
		$(if $(pictures),--pictures $(pictures))

test-page-quick: setup ## what moves on the pages, by the build of the tests; continuous integration runs it
	@scripts/setup.sh chromium chromium-driver
	$(SWIFT) build --product workbench
	python3 Tests/Pages/pages.py .build/debug/workbench --quick

bench-mlflow: build $(interop)/bin/python ## the same points through MLflow and here, in turn: the table of docs/exchange.md
	$(pip_install) $(interop_packages)
	$(interop)/bin/python Benchmarks/mlflow/compare.py

# Half an hour; Chromium and chromedriver are Debian's. Continuous integration never runs it.
page_peers := .build/page-peers-venv
page_peer_packages := mlflow==3.17.2 tensorboard==2.21.0 setuptools==80.9.0

bench-page: build ## how fast the pages of 'serve' are in a real browser, then beside MLflow's and TensorBoard's on the same runs
	test -x $(page_peers)/bin/python || python3 -m venv $(page_peers)
	$(page_peers)/bin/pip install --quiet --disable-pip-version-check $(page_peer_packages)
	$(page_peers)/bin/python Benchmarks/pages/bench.py
	$(page_peers)/bin/python Benchmarks/pages/peers.py

format: ## format the code in place
	$(SWIFT) format --in-place --recursive --parallel $(sources)

lint: ## complain about code that is not formatted
	$(SWIFT) format lint --strict --recursive --parallel $(sources)

clean: ## remove what the build made; runs and reports stay
	rm -rf .build .build-asan .build-tsan
