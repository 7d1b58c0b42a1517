# Every target makes .venv and installs what it needs, once. `make` alone lists the targets.
#
#   make demo                                  a painting, after one download of PyTorch
#   make demo TORCH=cpu                        PyTorch's own CPU build; on Linux several GB less
#   make demo PHOTO=me.jpg STYLE=woodblock     your photograph, another style
#   make demo PYTHON=/path/to/python           with this Python (3.11 or newer)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo lab test notebooks colab lint clean which-python

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install -c constraints.txt
PYTHONS := $(if $(PYTHON),"$(PYTHON)",python3.12 python3.13 python3.11 python3.14 python3 python)
CPU_INDEX := https://download.pytorch.org/whl/cpu

# TORCH=cpu or TORCH=default. Which of the two .venv holds is remembered, so it is said once only.
ifeq ($(strip $(TORCH)),)
TORCH := $(if $(wildcard $(VENV)/.torch-cpu),cpu,default)
endif
OTHER_TORCH := $(if $(filter cpu,$(TORCH)),default,cpu)

PHOTO := astronaut
STYLE := night_sky
OUT := painting.png

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.runtime ## paint a photograph, offline, into painting.png
	$(PY) -m nstlearn paint "$(PHOTO)" "$(STYLE)" -o "$(OUT)" --network mini --size 256 --overwrite
	@echo "Your painting is in $(OUT)"

lab: $(VENV)/.extra-lab ## open the first notebook in JupyterLab
	$(PY) -m jupyterlab notebooks/00_start_here.ipynb $(LAB_ARGS)

# With a Chromium or Chrome on the machine, the tests that need a browser run too.
BROWSER := $(strip $(foreach name,chromium chromium-browser google-chrome google-chrome-stable, \
  $(shell command -v $(name) 2>/dev/null)))

test: $(VENV)/.extra-test $(if $(BROWSER),$(VENV)/.extra-browser) ## run all tests and all notebooks
	$(PY) -m pytest --nbval-lax --nbval-current-env --nbval-cell-timeout=120 --durations=10 $(PYTEST_ARGS)

notebooks: $(VENV)/.extra-lab ## run all notebooks afresh and store their outputs
	$(PY) tools/run_notebooks.py notebooks

colab: $(VENV)/.extra-lab ## write your address everywhere: make colab REPO=owner/name
	$(PY) tools/stamp_repository.py "$(REPO)"

lint: $(VENV)/.extra-dev ## check style and formatting
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

clean: ## remove .venv, builds and caches; paintings stay
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# A name in the search path is no proof: it may be too old, broken, or (on Debian) lack venv.
which-python:
	@for p in $(PYTHONS); do \
	  if "$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	  then echo "$$p"; exit 0; fi; \
	done; \
	echo "No Python 3.11 or newer with its venv module found (tried: $(PYTHONS))." >&2; \
	echo "Install one (Debian, Ubuntu: sudo apt install python3 python3-venv)," >&2; \
	echo "or name one: make demo PYTHON=/path/to/python3.12" >&2; exit 1

$(VENV)/.made:
	@python=$$($(MAKE) -s --no-print-directory which-python) && \
	  echo "Making $(VENV) with $$("$$python" --version)" && "$$python" -m venv $(VENV)
	@touch $@

# torch and torchvision always come together and from one place: a CPU build of the one beside a
# CUDA build of the other installs well and then fails at import.
$(VENV)/.torch-$(TORCH): $(VENV)/.made constraints.txt
	@if [ -e $(VENV)/.torch-$(OTHER_TORCH) ]; then \
	  echo "$(VENV) holds PyTorch's $(OTHER_TORCH) build. To change it: make clean, then again." >&2; exit 1; fi
	@$(TORCH_INSTALL)
	@$(PY) -c 'import torchvision' || \
	  { echo "torch and torchvision do not fit together. Start afresh: make clean" >&2; exit 1; }
	@touch $@

ifeq ($(TORCH),cpu)
TORCH_INSTALL = $(PIP) --no-deps --index-url $(CPU_INDEX) torch torchvision && \
  $(PIP) --quiet torch torchvision
else ifeq ($(TORCH),default)
TORCH_INSTALL = if [ "$$(uname)" = Linux ] && ! command -v nvidia-smi >/dev/null; then \
  echo "No NVIDIA GPU found. PyTorch's CPU build is several GB smaller:"; \
  echo "stop this (Ctrl+C), then make clean, then add TORCH=cpu to the command."; fi; \
  $(PIP) torch torchvision
else
$(error TORCH=$(TORCH) is not known; write TORCH=cpu or TORCH=default)
endif

$(VENV)/.runtime: $(VENV)/.torch-$(TORCH) pyproject.toml constraints.txt
	@echo "Installing nstlearn"
	@$(PIP) --quiet -e .
	@touch $@

$(VENV)/.extra-%: $(VENV)/.torch-$(TORCH) pyproject.toml constraints.txt
	@echo "Installing nstlearn with what '$*' needs"
	@$(PIP) --quiet -e ".[$*]"
	@touch $@
