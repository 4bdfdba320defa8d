#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The sources are as clang-format 14 writes them (other versions differ in
# small things). `format.sh --fix` rewrites them; with file names, only those.
. "$(dirname "$0")/lint.sh.inc"

for tool in clang-format-14 clang-format; do
	"$tool" --version 2>/dev/null | grep -q 'version 14\.' && break
	tool=
done
[ -n "$tool" ] || { echo "needs clang-format 14"; exit 77; }

fix=0
[ "${1-}" = --fix ] && { fix=1; shift; }
[ $# -gt 0 ] || mapfile -t files < <(all_c)
[ $# -gt 0 ] && files=("$@")
if [ $fix = 1 ]; then
	exec "$tool" -i "${files[@]}"
fi
status=0
for file in "${files[@]}"; do
	# The first difference of each says enough.
	"$tool" "$file" | diff -U1 --label "$file" --label "$file (formatted)" "$file" - |
		awk '/^@@/ && n++ { exit } { print }'
	[ "${PIPESTATUS[1]}" = 0 ] || status=1
done
[ $status = 0 ] || echo "tests/lint/format.sh --fix [FILE...] mends it"
exit $status
