#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What security.md B1 asks of the built program, read from the program itself.
. "$(dirname "$0")/lint.sh.inc"

skip() {
	echo "$1"
	exit 77
}

urun=${URUN_BUILDDIR:-.}/urun
[ -x "$urun" ] || skip "no urun is built in '${URUN_BUILDDIR:-.}'"
command -v readelf >/dev/null || skip "needs readelf (binutils)"
dynamic=$(readelf -dW "$urun")
segments=$(readelf -lW "$urun")
case $dynamic in *libasan* | *libubsan*) skip "a sanitizer build is not hardened" ;; esac
readelf -sW "$urun" | grep -q '__asan_init' && skip "a sanitizer build is not hardened"

status=0
want() {
	grep -qE "$2" <<<"$1" || {
		echo "$urun: $3"
		status=1
	}
}

want "$(readelf -hW "$urun")" 'Type: +DYN' "not position independent"
want "$segments" 'GNU_RELRO' "no RELRO segment"
want "$segments" 'GNU_STACK .* RW +0x' "the stack is executable"
want "$dynamic" 'BIND_NOW|Flags: .*NOW' "not bound at start (-z now)"
if grep -E '^ *LOAD' <<<"$segments" | grep -q 'RWE'; then
	echo "$urun: a segment is writable and executable"
	status=1
fi
if grep -qE 'RPATH|RUNPATH|TEXTREL' <<<"$dynamic"; then
	echo "$urun: has an RPATH or text relocations"
	status=1
fi
# Each library costs every call of urun: 0.1 to 0.4 ms.
while read -r lib; do
	case $lib in
	libc.so.* | libc.musl-*.so.* | libyajl.so.2 | ld-linux-*) ;;
	*) echo "$urun: needs '$lib'; only libc and libyajl are linked"; status=1 ;;
	esac
done < <(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic")
exit $status
