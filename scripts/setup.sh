#!/usr/bin/env bash
# What the build needs and the machine lacks: system packages are installed with apt-get (and only if one is missing);
# where that cannot be, the line to type is printed and the script stops. Silent when everything is there.
# Arguments are further packages, as `make test-page` needs.
set -euo pipefail

packages=(
  make pkg-config
  libopenblas-dev       # matrix products, eigenvalues
  libpng-dev zlib1g-dev # pictures, compressed data sets
  libjpeg-dev libwebp-dev # pictures to learn from
  libsqlite3-dev        # the run store
  libssl-dev            # SHA-256
  libcmark-gfm-dev libcmark-gfm-extensions-dev # reports as HTML
  librsvg2-bin          # figures as PDF and PNG
  dataset-fashion-mnist # the pictures of the first experiments, 30 MB
  "$@"
)

say() { printf '%s\n' "$*" >&2; }

have_swift() {
  command -v swift >/dev/null && return
  say 'setup: there is no Swift toolchain here (6.1 or newer; 6.3 is what this was written with).'
  say '       Get it from https://www.swift.org/install, see that `swift --version` answers, and come back.'
  return 1
}

installed() { [ "$(dpkg-query --show --showformat='${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c 1-2)" = ii ]; }

# How to become root here: nothing, sudo (which may ask for the password only where someone can type it), or not at all.
find_root() {
  if [ "$(id -u)" -eq 0 ]; then
    as_root=(env)
  elif command -v sudo >/dev/null && { [ -t 0 ] || sudo --non-interactive true 2>/dev/null; }; then
    as_root=(sudo env)
  else
    return 1
  fi
}

apt_get() {
  "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >&2
}

install_packages() {
  find_root || return 1
  say "setup: installing $*"
  apt_get update || say 'setup: apt-get update complained; trying with the lists that are there'
  apt_get install --no-install-recommends --yes "$@"
}

debian() {
  local missing=() package
  for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return

  install_packages "${missing[@]}" && return
  say 'setup: packages are missing that could not be installed from here. Type this and come back:'
  say
  say "       sudo apt-get update && sudo apt-get install ${missing[*]}"
  say
  return 1
}

# Where no package brings Fashion-MNIST.
say_data() {
  say '       Fashion-MNIST: put its four files (github.com/zalandoresearch/fashion-mnist) into a folder of your own and'
  say '       name it in WORKBENCH_DATA.'
}

macos() {
  local missing=() module
  for module in openblas libpng libjpeg libwebp openssl libcmark-gfm; do
    pkg-config --exists "$module" 2>/dev/null || missing+=("$module")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say 'setup: this needs libraries that are not there. Type this and come back:'
  say
  say '       brew install pkg-config openblas libpng jpeg-turbo webp openssl cmark-gfm librsvg'
  say
  say '       OpenBLAS and OpenSSL are not linked into /usr/local or /opt/homebrew, so also:'
  say
  say '       export PKG_CONFIG_PATH="$(brew --prefix openblas)/lib/pkgconfig:$(brew --prefix openssl)/lib/pkgconfig"'
  say
  say_data
  return 1
}

have_swift
if [ "$(uname -s)" = Darwin ]; then
  macos
elif command -v apt-get >/dev/null; then
  debian
else
  for module in openblas libpng libjpeg libwebp zlib sqlite3 libcrypto libcmark-gfm; do
    pkg-config --exists "$module" 2>/dev/null && continue
    say "setup: $module is not there (asked: pkg-config --exists $module), and this system has no apt-get."
    say '       Install the development packages of OpenBLAS, libpng, libjpeg, libwebp, zlib, SQLite, OpenSSL and cmark-gfm, and pkg-config.'
    say_data
    exit 1
  done
fi
