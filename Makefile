# The short way in; meson does the work. Each target first installs what is missing (scripts/setup).
#
#   make            build/pensel, build/libpensel.so and build/libpensel.a
#   make paint      paint examples/bird.png, and a figure of how networks learn it; PICTURE=FILE for another
#   make test       the quick tests, in under two minutes; it installs what they need besides
#   make bench      measure this machine and write docs/performance.md
#   make wasm       the library for a browser: build-wasm/pensel.wasm
#   make studio     the studio, a page for learners: web/build/studio.html, and in build/pensel
#   make docs       a reference of the C interface, as pages: build/docs/html/index.html
#   make library    the C library alone: build/library; needs a third of what must be fetched
#   make small      a program for PNG and JPEG alone, from as few packages: build/small/pensel
#   make install    into PREFIX (/usr/local), by way of DESTDIR if given
#   make clean      remove the build folder

BUILD = build
PREFIX = /usr/local
PICTURE = examples/bird.png
PAINT =
SETUP = meson setup $(BUILD) --prefix $(PREFIX) --libdir lib -Dapp=enabled

all: build
	@echo
	@echo "Made: $(BUILD)/pensel, and the library $(BUILD)/libpensel.so and $(BUILD)/libpensel.a"
	@echo "Next: make paint                     paint $(PICTURE); PICTURE=FILE for one of yours"
	@echo "      $(BUILD)/pensel --help           all that the program does"
	@echo "      make test, make install        try it, and install it into $(PREFIX)"

setup:
	@scripts/setup

# tests are built where cmocka is there, which `make test` installs
$(BUILD)/build.ninja: | setup
	$(SETUP)

build: setup $(BUILD)/build.ninja
	@ninja -C $(BUILD)

paint: build
	@$(BUILD)/pensel paint $(PICTURE) -o $(BUILD)/painting.png --save $(BUILD)/painting.pensel \
	    --figure $(BUILD)/figure.png $(PAINT)
	@echo
	@echo "The picture, what a network learns of it, and its painting: $(BUILD)/figure.png"
	@echo "Next: $(BUILD)/pensel render $(BUILD)/painting.pensel -o large.png --scale 8       at any size"
	@echo "      make paint PICTURE=FILE                                        a picture of yours"

# A folder that `make` set up may lack the tests: it is configured again once, now that all they need is there.
test:
	@scripts/setup test
	@[ -e $(BUILD)/build.ninja ] || $(SETUP)
	@[ -e $(BUILD)/meson-private/tests ] || meson configure $(BUILD) -Dtests=enabled
	@touch $(BUILD)/meson-private/tests
	@ninja -C $(BUILD)
	@rm -f $(BUILD)/meson-logs/testlog.json
	@meson test -C $(BUILD) --no-suite slow --print-errorlogs; status=$$?; \
	    scripts/count-tests $(BUILD)/meson-logs/testlog.json && exit $$status

bench: build
	@scripts/setup bench
	bench/run $(BUILD)

library:
	@scripts/setup library
	@[ -e $(BUILD)/library/build.ninja ] || meson setup $(BUILD)/library --prefix $(PREFIX) --libdir lib -Dapp=disabled -Dtests=disabled
	@ninja -C $(BUILD)/library
	@echo
	@echo "Made: $(BUILD)/library/libpensel.so and libpensel.a; the header is include/pensel.h"
	@echo "Next: meson install -C $(BUILD)/library    installs them into $(PREFIX)"

small:
	@scripts/setup small
	@[ -e $(BUILD)/small/build.ninja ] || meson setup $(BUILD)/small --prefix $(PREFIX) --libdir lib -Dapp=enabled -Dpictures=lite -Dtests=disabled
	@ninja -C $(BUILD)/small
	@echo
	@echo "Made: $(BUILD)/small/pensel, for tables, PNG, JPEG and PPM"
	@echo "Next: $(BUILD)/small/pensel paint $(PICTURE) -o $(BUILD)/painting.png"

wasm:
	@scripts/setup wasm
	scripts/wasm $(BUILD)-wasm

studio: build
	@scripts/setup wasm
	@scripts/setup studio
	scripts/studio
	meson setup --reconfigure $(BUILD) >/dev/null
	@ninja -C $(BUILD)

docs:
	@scripts/setup docs
	@mkdir -p $(BUILD)/docs
	@DOCS=$(BUILD)/docs doxygen docs/Doxyfile
	@echo "$(BUILD)/docs/html/index.html"

install: build
	meson configure $(BUILD) --prefix $(PREFIX)
	ninja -C $(BUILD)
	meson install -C $(BUILD) --no-rebuild
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi

clean:
	rm -rf $(BUILD)

.PHONY: all setup build library small paint test bench wasm studio docs install clean
