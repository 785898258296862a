# Two commands: `make demo` runs a plant, `make test` proves it. Both set up what they need.
.PHONY: demo demo-reset test test-all check gate bench messages
.DEFAULT_GOAL := demo
.SILENT:

python := .venv/bin/python
# The files of tests are shared among processes (how many, tests/conftest.py says), each with servers of its own.
pytest := $(python) -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Enough for the tools that only read the code; whatever runs gets its own.
gate messages: export SECRET_KEY = only-for-the-gate

demo:
	sh deploy/setup.sh demo
	exec $(python) manage.py demo $(if $(HOST),--host $(HOST))

demo-reset:
	sh deploy/setup.sh demo
	exec $(python) manage.py demo --reset

test check: gate
	$(pytest) -m "not long"

test-all: gate
	$(pytest)

bench:
	sh deploy/setup.sh test
	$(python) -m benchmarks

# After a word of a page has changed: then translate what is empty in mesproject/locale (docs/languages.md), and again.
messages:
	sh deploy/setup.sh test
	$(python) manage.py messages

gate:
	sh deploy/setup.sh test
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/lint-imports --no-cache >.venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	find templates -name '*.html' -exec .venv/bin/djade --check --target-version 5.2 {} +
	$(python) -W ignore manage.py makemigrations --check --dry-run
	HTTPS=true SECRET_KEY=$$(od -An -N40 -tx1 /dev/urandom | tr -d ' \n') $(python) manage.py check --deploy --fail-level WARNING
	.venv/bin/mypy
	echo "gate passed: format, lint, imports, templates, migrations, deployment, types"
