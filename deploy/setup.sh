#!/bin/sh
# Make this checkout ready: `sh deploy/setup.sh demo` to run it, `sh deploy/setup.sh test` to prove it.
# Writes to .venv and the data folder alone, and costs nothing when there is nothing to do.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)
goal=${1:-demo}
cache="${FLOORLIGHT_DATA:-$here/var}/cache"
began=$(date +%s)

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }
took() { say "  $1 ($(($(date +%s) - began)) s)"; began=$(date +%s); }
is_root() { [ "$(id -u)" = 0 ]; }

apt_install() {
    mkdir -p "$cache/tmp"
    export TMPDIR="$cache/tmp"
    command -v apt-get >/dev/null && is_root || return 1
    say "  installing $* with apt"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>&1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null && new_enough "$python"; then return; fi
    done
    fail "Floorlight needs Python 3.11 or newer, and there is none on the PATH: install it (Debian, Ubuntu: apt install python3 python3-venv), then run this again."
}

make_venv() {
    [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null && return
    rm -rf .venv
    "$python" -m venv --without-pip .venv
}

# An environment beside the real one, so that installing exactly what the lock says does not remove uv.
own_uv() {
    [ -x .venv/uv/bin/uv ] && .venv/uv/bin/uv --version >/dev/null 2>&1 && return
    rm -rf .venv/uv
    package=python3-venv
    [ "$python" = python3 ] || package="$python-venv"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install "$package" ||
        fail "This Python cannot make virtual environments: type 'apt install $package' as root (or install uv), then run this again."
    make_venv
    "$python" -m venv .venv/uv
    PIP_CACHE_DIR="$cache/pip" .venv/uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/uv.txt
}

install() {
    mkdir -p "$cache/tmp"
    export TMPDIR="$cache/tmp"
    if command -v uv >/dev/null; then uv=uv; else own_uv; uv=.venv/uv/bin/uv; fi
    groups="--no-dev"
    [ "$goal" = demo ] || groups="--group dev"
    UV_CACHE_DIR="${UV_CACHE_DIR:-$cache/uv}" UV_PROJECT_ENVIRONMENT="$here/.venv" VIRTUAL_ENV='' \
        "$uv" sync --quiet --frozen --no-managed-python --no-python-downloads --python "$python" \
        --compile-bytecode $groups
    # Lets the programs in .venv/bin find our packages from any folder.
    for packages in .venv/lib/python3*/site-packages; do echo ../../../.. >"$packages/floorlight.pth"; done
}

# What was installed for the tests serves the demo as well.
installed() {
    [ -f ".venv/ready-$1" ] && [ "$(cat ".venv/ready-$1")" = "$wanted" ] && [ -x .venv/bin/python ]
}

find_chromium() {
    for browser in "${CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        [ -n "$browser" ] && command -v "$browser" >/dev/null && return
    done
    return 1
}

# The same browser without windows, which are half of its work; not every system has it.
install_headless_shell() { apt_install chromium-headless-shell fonts-dejavu-core; }

wanted="$here $(cksum uv.lock deploy/setup.sh | cut -d' ' -f1,2 | tr '\n' ' ')"
if ! installed test && ! { [ "$goal" = demo ] && installed demo; }; then
    # A lock that changed under an environment for tests must not take the tests' tools away.
    [ -f .venv/ready-test ] && goal=test
    find_python
    say "Setting up .venv"
    install
    echo "$wanted" >".venv/ready-$goal"
    took "packages installed"
fi
if [ "${1:-demo}" != demo ] && ! command -v xgettext >/dev/null; then
    apt_install gettext && command -v xgettext >/dev/null ||
        fail "The tests of the translations need gettext, and there is none on the PATH: install it (Debian: apt install gettext), then run this again."
    took "gettext installed"
fi
if [ "${1:-demo}" != demo ] && ! find_chromium; then
    { install_headless_shell || apt_install chromium fonts-dejavu-core; } && find_chromium ||
        fail "The browser tests need Chromium, and there is none on the PATH: install it (Debian: apt install chromium) or name it in CHROMIUM, then run this again."
    took "Chromium installed"
fi
if [ "${1:-demo}" != demo ] && [ "$browser" = chromium ] && apt-cache show chromium-headless-shell >/dev/null 2>&1; then
    install_headless_shell && took "Chromium without windows installed" || true
fi
