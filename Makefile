# Two set-up commands: `make demo` and `make test`. Needs Python 3.11+, make and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo/ky_anh
# layers/ and maps/ lie beside the package; what setuptools says of such a tree needs no action
export PYTHONWARNINGS := ignore:Editable installation

.PHONY: demo test lint check check-full bench bench-full bench-maps wheel clean

demo: $(VENV)/.user
	$(BIN)/geotool -q init $(DEMO) --sample ky_anh --overwrite --lang en
	$(BIN)/geotool run --project $(DEMO) --overwrite --lang en
	@echo
	@echo "HTML map: $(CURDIR)/$(DEMO)/out/overview.html"
	@echo "Workbook: $(CURDIR)/$(DEMO)/out/report.xlsx"

test: $(VENV)/.developer
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.developer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: test lint

# the stated dependency floors, in an environment of their own, then the wheel in another
check-full: check
	$(PYTHON) -m venv build/floors
	build/floors/bin/python -m pip install -q --upgrade pip
	build/floors/bin/python tests/floors.py > build/floors.txt
	build/floors/bin/python -m pip install -q -r build/floors.txt -e '.[test]'
	build/floors/bin/python -m pytest -n 2 -m 'not browser' -p no:cacheprovider
	GEOTOOL_TEST_WHEEL=1 $(BIN)/python -m pytest tests/test_packaging.py

# the land take beside its peers; GEOTOOL_POSTGIS names a server of this machine, if there is one
bench: $(VENV)/.bench
	$(BIN)/python benchmarks/land_take.py

bench-full: $(VENV)/.bench
	$(BIN)/python benchmarks/land_take.py --sizes 100k 1M 5M 1M-ragged 10M

# HTML maps beside folium and explore; needs Chromium, and npm once
bench-maps: $(VENV)/.bench
	$(BIN)/python benchmarks/maps.py --cases 10k 100k 1M points --json build/bench/maps.json

wheel: $(VENV)/.user
	rm -rf build/lib build/bdist.*
	$(BIN)/python -m pip wheel -q --no-deps -w dist .

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip

$(VENV)/.user: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/.developer: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q -e '.[test,dev]'
	touch $@ $(VENV)/.user

$(VENV)/.bench: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q -e '.[bench]'
	touch $@ $(VENV)/.user

clean:
	rm -rf build dist demo *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
