#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# No warning from any compiler that is here, whichever one built urun.
. "$(dirname "$0")/lint.sh.inc"

builddir=${URUN_BUILDDIR:-.}
[ -e "$builddir/config.h" ] || { echo "no config.h in '$builddir'"; exit 77; }
# By the header alone, as configure does where pkg-config cannot tell.
slirp=-I/usr/include/slirp
pkg-config --exists slirp 2>/dev/null && slirp=$(pkg-config --cflags slirp)
without=
echo '#include <libslirp.h>' | ${CC:-cc} $slirp -E - >/dev/null 2>&1 || without='! -path netns/slirp/loop.c'
cc_seen=0
status=0
# shellcheck disable=SC2046,SC2086
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	cc_seen=$((cc_seen + 1))
	find src userns netns cgroup tests/unit tests/lib -name '*.c' ! -name 'seccomp_none.c' $without -print0 |
		xargs -0 -P 2 -n 8 $cc -std=gnu11 -O2 -D_FORTIFY_SOURCE=2 -fsyntax-only -D_GNU_SOURCE -Ulinux -I. -Isrc -include config.h \
			-I"$builddir" -DPKGLIBEXECDIR='"/usr/libexec/urun"' $(pkg-config --cflags yajl libseccomp 2>/dev/null) $slirp \
			-Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes -Wvla -Werror || status=1
done
[ $cc_seen -gt 0 ] || { echo "neither gcc nor clang is installed"; exit 77; }
exit $status
