#!/bin/sh
# Installs into an empty folder and builds a user's program there with the user's own Makefile.
# Usage: test_install.sh BUILD_FOLDER SOURCE_FOLDER
set -eu
build=$1
source=$2
number=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

check() {
    number=$((number + 1))
    name=$1
    shift
    if "$@" >"$folder/out" 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$folder/out"
        exit 1
    fi
}

installed() { DESTDIR="$folder/root" meson install -C "$build" --no-rebuild; }
public_headers() { diff -r "$source/include" "$(dirname "$header")"; }
# The folder of the installed program, moved elsewhere: it finds its other half by where it stands.
paints() {
    program=$(find "$folder/root" -name pensel -type f -path '*/bin/*')
    [ -n "$program" ] && "$program" paint "$source/examples/bird.png" -o "$folder/bird.png" --quiet &&
        [ -s "$folder/bird.png" ]
}
program_builds() { make -C "$folder/user" program CC="${CC:-cc}"; }
# The folder of the library is made known as an administrator would by ldconfig.
program_runs() { [ "$(LD_LIBRARY_PATH=$library "$folder/user/program")" = "-0.05" ]; }

check "meson install" installed
pc=$(find "$folder/root" -name pensel.pc)
header=$(find "$folder/root" -name pensel.h)
library=$(dirname "$(find "$folder/root" -name 'libpensel.so')")
export PKG_CONFIG_PATH="$(dirname "$pc")" PKG_CONFIG_SYSROOT_DIR="$folder/root"
cp -r "$source/tests/install" "$folder/user"
check "the public headers are installed, and no others" public_headers
if [ -x "$build/pensel" ]; then check "the installed program paints" paints; fi
check "a user's own Makefile builds a program" program_builds
check "the program runs" program_runs
echo "1..$number"
