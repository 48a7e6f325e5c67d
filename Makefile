# The short way in; meson does the work. Each target first installs what is missing (scripts/setup).
#
#   make            build/pensel, build/libpensel.so and build/libpensel.a
#   make paint      paint examples/bird.png, and a figure of how networks learn it; PICTURE=FILE for another
#   make test       the quick tests, in under two minutes
#   make bench      measure this machine and write docs/performance.md
#   make wasm       the library for a browser: build-wasm/pensel.wasm
#   make studio     the studio, a page for learners: web/build/studio.html, and in build/pensel
#   make docs       a reference of the C interface, as pages: build/docs/html/index.html
#   make install    into PREFIX (/usr/local), by way of DESTDIR if given
#   make clean      remove the build folder

BUILD = build
PREFIX = /usr/local
PICTURE = examples/bird.png
PAINT =

all: build

setup:
	@scripts/setup

$(BUILD)/build.ninja: | setup
	meson setup $(BUILD) --prefix $(PREFIX) --libdir lib -Dapp=enabled -Dtests=enabled

build: setup $(BUILD)/build.ninja
	@ninja -C $(BUILD)

paint: build
	@$(BUILD)/pensel paint $(PICTURE) -o $(BUILD)/painting.png --save $(BUILD)/painting.pensel \
	    --figure $(BUILD)/figure.png $(PAINT)
	@echo "The picture, what a network learns of it, and its painting: $(BUILD)/figure.png"

test: build
	@rm -f $(BUILD)/meson-logs/testlog.json
	@meson test -C $(BUILD) --no-suite slow --print-errorlogs; status=$$?; \
	    scripts/count-tests $(BUILD)/meson-logs/testlog.json && exit $$status

bench: build
	@scripts/setup bench
	bench/run $(BUILD)

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

.PHONY: all setup build paint test bench wasm studio docs install clean
