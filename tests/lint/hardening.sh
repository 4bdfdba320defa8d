#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What security.md B1 asks of the built program, read from the program itself.
. "$(dirname "$0")/lint.sh.inc"

skip() {
	echo "$1"
	exit 77
}

builddir=${URUN_BUILDDIR:-.}
[ -x "$builddir/urun" ] || skip "no urun is built in '$builddir'"
command -v readelf >/dev/null || skip "needs readelf (binutils)"

status=0
# want TEXT REGEX WHY: of $program
want() {
	grep -qE "$2" <<<"$1" || {
		echo "$program: $3"
		status=1
	}
}

check() {
	local dynamic segments
	dynamic=$(readelf -dW "$program")
	segments=$(readelf -lW "$program")
	case $dynamic in *libasan* | *libubsan*) skip "a sanitizer build is not hardened" ;; esac
	readelf -sW "$program" | grep -q '__asan_init' && skip "a sanitizer build is not hardened"
	want "$(readelf -hW "$program")" 'Type: +DYN' "not position independent"
	want "$segments" 'GNU_RELRO' "no RELRO segment"
	want "$segments" 'GNU_STACK .* RW +0x' "the stack is executable"
	want "$dynamic" 'BIND_NOW|Flags: .*NOW' "not bound at start (-z now)"
	if grep -E '^ *LOAD' <<<"$segments" | grep -q 'RWE'; then
		echo "$program: a segment is writable and executable"
		status=1
	fi
	if grep -qE 'RPATH|RUNPATH|TEXTREL' <<<"$dynamic"; then
		echo "$program: has an RPATH or text relocations"
		status=1
	fi
}

program=$builddir/urun
check
# Each library costs every call of urun: 0.1 to 0.4 ms.
while read -r lib; do
	case $lib in
	libc.so.* | libc.musl-*.so.* | libyajl.so.2 | ld-linux-*) ;;
	*) echo "$program: needs '$lib'; only libc and libyajl are linked"; status=1 ;;
	esac
done < <(readelf -dW "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
program=$builddir/urun-slirp
[ ! -x "$program" ] || check
exit $status
