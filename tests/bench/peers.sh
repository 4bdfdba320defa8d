#!/bin/sh
# Fetch the peers of the benchmark and print where they are.
#
# usage: peers.sh [SUITE...]            (default: sid bookworm)
# By the environment: PEERS="crun runc", the packages.
#
# Downloads the peers of each Debian suite with a private apt state,
# unpacks them with all they depend on into a cache outside the tree and points
# each program at its own loader and libraries, so that a newer libc does not
# have to be installed.  Nothing of the host's apt or dpkg state changes.
# Prints one "NAME<TAB>PATH" line for each peer that runs; what is missing is
# told on stderr.  Without a network it lists what an earlier call unpacked.
set -eu

if [ "$(id -u)" = 0 ]; then
	CACHE=${XDG_CACHE_HOME:-/var/cache}/urun-bench
else
	CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/urun-bench
fi
CACHE=${URUN_BENCH_CACHE:-$CACHE}
MIRROR=${URUN_BENCH_MIRROR:-http://deb.debian.org/debian}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
ARCH=$(dpkg --print-architecture)
PEERS=${PEERS:-crun runc}

[ $# -gt 0 ] || set -- sid bookworm

note() { echo "peers.sh: $*" >&2; }

# apt with a state of its own: an empty dpkg status makes it fetch all that a
# package depends on, libc and loader included.
private_apt() {
	suite=$1
	shift
	apt-get -qq -y \
		-o Dir::State="$CACHE/apt/$suite/state" \
		-o Dir::State::status="$CACHE/apt/$suite/status" \
		-o Dir::Cache="$CACHE/apt/$suite/cache" \
		-o Dir::Etc::SourceList="$CACHE/apt/$suite/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
		-o APT::Sandbox::User=root -o APT::Architecture="$ARCH" \
		-o APT::Install-Recommends=false -o Acquire::Languages=none \
		-o Acquire::Retries=2 "$@"
}

fetch() { # SUITE PACKAGE: unpack it and its dependencies in $CACHE/root/SUITE
	dest=$CACHE/root/$1
	mkdir -p "$dest"
	rm -f "$CACHE/apt/$1/cache/archives/"*.deb
	private_apt "$1" --download-only install "$2" >&2 || return 1
	for deb in "$CACHE/apt/$1/cache/archives/"*.deb; do
		dpkg-deb -x "$deb" "$dest" || return 1
	done
	rm -f "$CACHE/apt/$1/cache/archives/"*.deb
}

prepare_suite() { # SUITE: apt lists, refreshed at most once a day
	state=$CACHE/apt/$1
	mkdir -p "$state/state/lists/partial" "$state/cache/archives/partial"
	: >"$state/status"
	echo "deb [signed-by=$KEYRING] $MIRROR $1 main" >"$state/sources.list"
	if [ -z "$(find "$state/updated" -mtime -1 2>/dev/null)" ]; then
		private_apt "$1" update >&2 || return 1
		touch "$state/updated"
	fi
}

patchelf_path() { # the host's patchelf, or bookworm's unpacked in the cache
	if command -v patchelf; then
		return
	fi
	tool=$CACHE/root/bookworm/usr/bin/patchelf
	if [ ! -x "$tool" ]; then
		prepare_suite bookworm && fetch bookworm patchelf || return 1
	fi
	echo "$tool"
}

find_lib_dirs() { # ROOT: its library folders, short to keep look-ups few
	find "$1" -name 'lib*.so.*' -printf '%h\n' | sort | uniq -c | sort -rn |
		sed 's/^ *[0-9]* //' | grep -v /share/ |
		grep -E '/lib(/[^/]*-linux-[^/]*)?$' | paste -sd:
}

# Point PROGRAM at the loader and the libraries of ROOT.  DT_RPATH, unlike
# DT_RUNPATH, also serves what the libraries themselves need.
relink() { # ROOT PROGRAM OUT
	elf=$(patchelf_path) || return 1
	loader=$(find "$1" -name 'ld-linux*.so.*' -o -name 'ld.so.1' |
		sort | head -n 1)
	[ -n "$loader" ] || return 1
	cp "$2" "$3.new"
	if "$elf" --print-interpreter "$3.new" >/dev/null 2>&1; then
		"$elf" --set-interpreter "$loader" \
			--force-rpath --set-rpath "$(find_lib_dirs "$1")" "$3.new"
	fi
	chmod 755 "$3.new"
	mv "$3.new" "$3"
}

get_peer() { # SUITE NAME
	out=$CACHE/bin/$2-$1
	if [ -n "$(find "$out" -mtime -7 2>/dev/null)" ]; then
		return 0
	fi
	prepare_suite "$1" && fetch "$1" "$2" || return 1
	for prog in "$CACHE/root/$1/usr/bin/$2" "$CACHE/root/$1/usr/sbin/$2"; do
		[ -x "$prog" ] || continue
		if [ -x "$prog.avx2" ]; then # which passt becomes where it can
			relink "$CACHE/root/$1" "$prog.avx2" "$out.avx2" || return 1
		fi
		relink "$CACHE/root/$1" "$prog" "$out"
		return
	done
	return 1
}

umask 022
mkdir -p "$CACHE/bin"
for suite; do
	for name in $PEERS; do
		get_peer "$suite" "$name" ||
			note "cannot fetch $name of $suite (no network?)"
		out=$CACHE/bin/$name-$suite
		if [ -x "$out" ] && "$out" --version >/dev/null 2>&1; then
			printf '%s\t%s\n' "$name-$suite" "$out"
		else
			note "missing peer: $name-$suite"
		fi
	done
done
