# demo: serve the starter library · test: all tests · lint: style, types, layers · bench: measure the engine
PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3; do $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { command -v $$p; break; }; done)
PIP = .venv/bin/python -m pip install -q --disable-pip-version-check
LOCK = uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -q
# Run a second time on PostgreSQL: what writes most, and what several people or workers do at once.
ON_POSTGRES = $(addprefix tests/test_,$(addsuffix .py,disputes log queue tasks together workflow))
export HOIRO_DATA ?= $(CURDIR)/data

.PHONY: demo test test-on-sqlite test-in-browser test-on-postgres lint bench install vectors icons lock

demo: install
	@.venv/bin/hoiro demo

test: .venv/dev.done
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || echo "No Chromium: browser tests will be skipped"
	@$(MAKE) --no-print-directory -k -j2 -Otarget test-on-sqlite test-in-browser test-on-postgres

# Two at once: each has a data folder and a database of its own, and one alone keeps a second core idle.
test-on-sqlite: .venv/dev.done
	@.venv/bin/python -m pytest -q --ignore=tests/browser

test-in-browser: .venv/dev.done
	@.venv/bin/python -m pytest -q tests/browser

test-on-postgres: .venv/dev.done
	@.venv/bin/python -m pytest -q --postgres $(ON_POSTGRES) -k "not kill_minus_nine"

lint: .venv/dev.done
	@.venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports

bench: .venv/dev.done
	@.venv/bin/python -m bench.run

install: .venv/run.done

# What a release needs made anew after the library changed.
vectors: .venv/run.done
	@.venv/bin/hoiro manage embedlibrary

# What a release needs made anew after the mark (web/static/web/mark.svg) changed.
icons: .venv/run.done
	@.venv/bin/python -m hoiro.web.icons

# What a release needs made anew after pyproject.toml changed (uv from the package index).
lock:
	@$(LOCK) --upgrade -o requirements.lock && $(LOCK) --extra dev --extra postgres -c requirements.lock -o requirements-dev.lock

.venv/run.done: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and was not found."; exit 1; }
	@echo "Installing (once) with $(PYTHON) …"
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements.lock && $(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.done: .venv/run.done requirements-dev.lock
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
