#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What includes libslirp's header compiles with each version of it: 4.7 (Debian 12) calls
# sockets by int, from 4.9 on by a type of its own, by other callbacks. The header here, and
# that of sid, fetched once into the cache, with an apt state of its own.
. "$(dirname "$0")/lint.sh.inc"

builddir=${URUN_BUILDDIR:-.}
[ -e "$builddir/config.h" ] || { echo "no config.h in '$builddir'"; exit 77; }
builddir=$(cd "$builddir" && pwd)
cache=${URUN_SLIRP_CACHE:-/var/cache/urun-slirp}
sid=$cache/sid/usr/include/slirp

fetch() {
	local deb tmp suite keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ -e $keyring ] || return 1
	mkdir -p "$cache" 2>/dev/null && tmp=$(mktemp -d "$cache/new.XXXXXX") || return 1
	suite=("-oDir::State=$tmp/state" "-oDir::State::status=$tmp/status" "-oDir::Cache=$tmp/cache"
		"-oDir::Etc::SourceList=$tmp/list" -oDir::Etc::SourceParts=/dev/null
		-oDir::Etc::Preferences=/dev/null -oDir::Etc::PreferencesParts=/dev/null
		-oAPT::Sandbox::User=root -oAcquire::Languages=none -oAcquire::Retries=1
		-oAcquire::http::Timeout=20)
	mkdir -p "$tmp/state/lists/partial" "$tmp/cache/archives/partial"
	: >"$tmp/status"
	echo "deb [signed-by=$keyring] http://deb.debian.org/debian sid main" >"$tmp/list"
	timeout 120 apt-get -qq "${suite[@]}" update >/dev/null 2>&1 &&
		(cd "$tmp" && timeout 60 apt-get -qq "${suite[@]}" download libslirp-dev >/dev/null 2>&1)
	for deb in "$tmp"/libslirp-dev_*.deb; do
		[ -e "$deb" ] && dpkg-deb -x "$deb" "$tmp/root" && mkdir -p "$cache/sid" &&
			cp -r "$tmp/root/usr" "$cache/sid/"
	done
	rm -rf --one-file-system "$tmp"
	[ -e "$sid/libslirp.h" ]
}

here=/usr/include/slirp
command -v pkg-config >/dev/null && pkg-config --exists slirp 2>/dev/null &&
	here=$(pkg-config --variable=includedir slirp)/slirp
[ -e "$sid/libslirp.h" ] || fetch ||
	{ echo "no libslirp-dev of sid in '$cache', and none can be fetched (needs root and Debian's mirror)"; exit 77; }
mapfile -t files < <(grep -l '^#include <libslirp\.h>' -r netns tests/fuzz)
[ ${#files[@]} -gt 0 ] || { echo "nobody includes libslirp.h"; exit 1; }
status=0 seen=0
for dir in "$here" "$sid"; do
	[ -e "$dir/libslirp.h" ] || continue
	for cc in gcc clang; do
		command -v $cc >/dev/null || continue
		seen=$((seen + 1))
		for file in "${files[@]}"; do
			$cc -std=gnu11 -O2 -fsyntax-only -D_GNU_SOURCE -Ulinux -I. -Isrc -I"$builddir" -I"$dir" \
				-include config.h -Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes \
				-Wvla -Werror "$file" || { echo "$file: $cc with $dir/libslirp.h"; status=1; }
		done
	done
done
[ $seen -gt 0 ] || { echo "neither gcc nor clang is installed"; exit 77; }
exit $status
