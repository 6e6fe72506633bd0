# One command each: make ui, make test, make ask Q="…", make lint, make fix, make bench, make clean.
# Needs only Python 3.11 or newer and make; everything else goes into .venv.

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python

# After the installation nothing asks the network for anything.
export HF_HUB_OFFLINE := 1
export TRANSFORMERS_OFFLINE := 1
export HF_HUB_DISABLE_TELEMETRY := 1
export GRADIO_ANALYTICS_ENABLED := False

# The question travels as it was typed, through the environment: $(value …) keeps make from
# expanding a $ in it, and the shell meets it only inside quotes.
unexport Q
export DATELINE_QUESTION := $(value Q)

.PHONY: help ui ask test lint fix bench clean run-env dev-env browser

help:
	@echo 'make ui               serve the chat on http://127.0.0.1:7860'
	@echo 'make ask Q="…"        answer one question'
	@echo 'make test             run every test         (ARGS="-k name" is passed to pytest)'
	@echo 'make lint             ruff and mypy          (make fix repairs what can be repaired)'
	@echo 'make bench            run the benchmarks'
	@echo 'make clean            remove .venv and every cache made here'

ui: run-env
	@$(PY) -m qa ui $(ARGS)

ask: run-env
	@if [ -z "$$DATELINE_QUESTION" ]; then \
	    echo 'make ask needs a question, for example: make ask Q="What is Russia providing to Iran?"' >&2; exit 2; fi
	@$(PY) -m qa ask $(ARGS) -- "$$DATELINE_QUESTION"

test: dev-env browser
	@$(PY) -m pytest $(ARGS)

lint: dev-env
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

fix: dev-env
	@$(PY) -m ruff check --fix .; status=$$?; $(PY) -m ruff format . && exit $$status

bench: dev-env
	@$(PY) tests/benchmarks/run.py $(ARGS)

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/artefacts
	find index qa seeds tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- installation -------------------------------------------------------------------------
# A stamp holds what it was made from: this directory, pyproject.toml and constraints.txt. It is
# compared by content, since a checkout or a copy changes dates and not needs. The development
# environment includes the one for running, so it writes both stamps.

run-env:
	@$(call ensure,run,.)

dev-env:
	@$(call ensure,dev,.[dev])

# Called with the name of an environment and what pip is to install for it. All its output goes
# to stderr: the answer of `make ask` stands alone on stdout. The file .unfinished outlives only
# an installation that was cut off; what pip left then is not trusted but made anew.
define ensure
stamp=.venv/.$(1)-installed; \
wanted() { pwd && cat pyproject.toml constraints.txt; }; \
if [ -x $(PY) ] && wanted | cmp -s - "$$stamp"; then exit 0; fi; \
exec >&2; \
if [ -e .venv/.unfinished ] || ! $(PY) -m pip --version >/dev/null 2>&1; then $(make_venv); fi; \
rm -f "$$stamp" && : >.venv/.unfinished && \
echo 'Installing into .venv (once; some minutes) …' && \
{ $(PY) -m pip install --disable-pip-version-check -c constraints.txt -e '$(2)'; status=$$?; } ; \
if [ "$$status" -ne 0 ]; then \
    [ "$$status" -gt 2 ] || rm -f .venv/.unfinished; \
    echo 'The installation failed, see above; the same command tries again.'; exit 1; fi; \
wanted >"$$stamp" && { [ $(1) = run ] || cp "$$stamp" .venv/.run-installed; } && \
rm -f .venv/.unfinished
endef

# The newest Python is not the best one: 3.11 is what constraints.txt was tested with.
define make_venv
found=; \
for candidate in $(PYTHON) python3.11 python3.12 python3.13 python3 python; do \
    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
        found=$$candidate; break; fi; done; \
if [ -z "$$found" ]; then \
    echo "Dateline needs Python 3.11 or newer; found: $$(python3 --version 2>/dev/null || echo none). Install it, or name it: make PYTHON=/path/to/python3.11 …"; \
    exit 1; fi; \
if ! "$$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
    package=$$("$$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
        echo "$$found has no venv module; installing $$package with apt-get …"; \
        $(call apt_install,"$$package") || :; fi; \
    if ! "$$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
        echo "$$found cannot make a virtual environment. Install its venv module (on Debian and Ubuntu: sudo apt-get install $$package) and run the same command again."; \
        exit 1; fi; fi; \
"$$found" -m venv --clear .venv || exit 1
endef

apt_install = { apt-get -q update && \
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $(1); }

# Some tests drive a real browser. They skip where none can be had; they do not fail.
browser:
	@for name in chromium chromium-browser google-chrome; do \
	    if command -v $$name >/dev/null; then exit 0; fi; done; \
	exec >&2; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo 'Installing chromium for the browser tests …'; \
	    $(call apt_install,chromium chromium-driver) && exit 0; \
	    echo 'chromium could not be installed: the browser tests will be skipped.'; \
	else \
	    echo 'No chromium found: the browser tests will be skipped. On Debian: sudo apt-get install chromium chromium-driver'; \
	fi
