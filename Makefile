# SPDX-License-Identifier: MIT
# The door. Each target installs what it needs and is missing (scripts/setup; Debian packages), builds,
# and does its work. meson does the building; everything here can be done with it by hand as well.
#
#   make SETUP=:         never install anything
#   make BUILD=folder    another build folder
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
LIBDIR  ?=
ROW     ?=
SETUP   ?= scripts/setup
# Warnings are errors where we build ourselves; a newer compiler may have new ones.
WERROR  ?= $(if $(filter 12.%,$(shell cat /etc/debian_version 2>/dev/null)),true,false)

# Debian's meson is Python of Debian: not the one that a version manager puts in front.
MESON  := $(firstword $(wildcard /usr/bin/meson) meson)
PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
NINJA  := $(firstword $(wildcard /usr/bin/ninja) ninja)
TEST   := $(PYTHON) scripts/run_tests.py

export PYTHONDONTWRITEBYTECODE = 1

.DEFAULT_GOAL := run
.PHONY: run build test test-all bench bench-setup mutants format tidy install clean help

## run: build and show the main job on real input (also plain `make`)
run: build
	@scripts/demo $(BUILD)/brood

## build: only build: $(BUILD)/brood, libbrood.so.0, libbrood.a, brood.pc
build:
	@$(SETUP) run
	@$(call configure,$(BUILD),)
	@$(NINJA) -C $(BUILD) --quiet product

## test: build and run all tests but the slow ones
test:
	@$(SETUP) test
	@$(call configure,$(BUILD),-Dtests=enabled)
	@$(NINJA) -C $(BUILD) --quiet
	@$(TEST) $(BUILD) --no-suite slow

## test-all: also the slow tests; the tests under ASan+UBSan (gcc, clang), TSan and valgrind; other builds
test-all:
	@$(SETUP) test-all
	@$(call configure,$(BUILD),-Dtests=enabled)
	@$(call configure,$(BUILD)-asan,-Dtests=enabled -Db_sanitize=address$(comma)undefined)
	@CC=clang CXX=clang++ && export CC CXX && $(call configure,$(BUILD)-clang,-Dtests=enabled \
		-Db_sanitize=address$(comma)undefined -Db_lundef=false)
	@$(call configure,$(BUILD)-tsan,-Dtests=enabled -Db_sanitize=thread)
	@$(call configure,$(BUILD)-musl,--native-file tests/builds/musl.ini)
	@$(call configure,$(BUILD)-aarch64,--cross-file tests/builds/aarch64.ini)
	@for folder in $(BUILD) $(BUILD)-asan $(BUILD)-clang $(BUILD)-tsan $(BUILD)-musl $(BUILD)-aarch64; do \
		$(NINJA) -C $$folder --quiet || exit 1; \
	done
	@$(TEST) $(BUILD) -- \
		asan:$(BUILD)-asan --no-suite lint -- \
		asan-clang:$(BUILD)-clang --no-suite lint --no-suite slow -- \
		tsan:$(BUILD)-tsan --no-suite lint --no-suite slow -- \
		valgrind:$(BUILD) --setup valgrind -- \
		musl:$(BUILD)-musl -- \
		aarch64:$(BUILD)-aarch64

## bench: measure against the peers, ROW=n for one row of the table
bench: build
	@bench/run --build $(BUILD) $(if $(ROW),--row $(ROW))

## bench-setup: install the peers that Debian has
bench-setup:
	@$(SETUP) bench

## mutants: break the library in one line, again and again, and see a test fail each time
mutants:
	@$(SETUP) test
	@$(PYTHON) scripts/mutants.py

## format: clang-format over the tree
format:
	@$(SETUP) test
	@scripts/format

## tidy: clang-tidy over the tree
tidy:
	@$(SETUP) test
	@$(call configure,$(BUILD),-Dtests=enabled)
	@$(PYTHON) scripts/tidy $(BUILD) .

## install: install under PREFIX (/usr/local), with DESTDIR before it; LIBDIR for another lib/MULTIARCH
install:
	@$(SETUP) install
	@$(call configure,$(BUILD),-Dman=enabled)
	@libdir="$(or $(LIBDIR),$$(gcc -print-multiarch | sed 's,^.,lib/&,'))"; \
		$(MESON) setup --reconfigure $(BUILD) --prefix=$(PREFIX) $${libdir:+--libdir=$$libdir} \
		>$(BUILD)/install.log || { cat $(BUILD)/install.log; exit 1; }
	@$(NINJA) -C $(BUILD) --quiet product
	@DESTDIR=$(DESTDIR) $(MESON) install -C $(BUILD) --no-rebuild
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" -ne 0 ] || ldconfig

## clean: remove every build folder
clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-clang $(BUILD)-tsan $(BUILD)-musl $(BUILD)-aarch64

## help: this list
help:
	@sed -n 's/^## /  make /p' Makefile

comma := ,

# configure FOLDER, OPTIONS: makes the build folder, or gives an existing one the options it lacks. A
# folder that was copied along with the tree would go on building the tree it was made for: it goes.
# meson finds Debian's lib/MULTIARCH by dpkg-dev only, which may not be there.
define configure
if [ -f $(1)/.configured ] && ! grep -qxF "$(CURDIR)" $(1)/.configured; then rm -rf $(1); fi; \
again= && multiarch=$$(gcc -print-multiarch 2>/dev/null); \
if [ -f $(1)/build.ninja ]; then \
	again=--reconfigure; \
else \
	echo "making the build folder $(1)"; \
fi; \
if [ -z "$$again" ] || { [ -n "$(2)" ] && ! grep -qsxF -e "$(2)" $(1)/.configured; }; then \
	log=$$(mktemp) && { $(MESON) setup $$again $(1) -Dwerror=$(WERROR) $(2) \
		$${multiarch:+--libdir=lib/$$multiarch} >"$$log" 2>&1 || \
		{ cat "$$log"; rm -f "$$log"; exit 1; }; } && rm -f "$$log" && \
		printf '%s\n' "$(CURDIR)" "$(2)" >>$(1)/.configured; \
fi
endef
