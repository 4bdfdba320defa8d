#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# urun.h and src/liburun.map name the same calls, the shared library (where one is
# built) exports these and nothing else, and the header can be included by any C99
# and C++ program. `exports.sh --fix` adds new calls to the map's last version.
. "$(dirname "$0")/lint.sh.inc"

status=0

# Comments name calls, too: code() leaves them out.
declared=$(code src/urun.h | cut -d: -f3- | grep -oE '\burun_[a-z0-9_]+\(' | tr -d '(' | sort -u)
mapped=$(sed -n 's/^\t\(urun_[a-z0-9_]*\);$/\1/p' src/liburun.map | sort -u)
lacking=$(comm -23 <(echo "$declared") <(echo "$mapped"))
if [ "${1-}" = --fix ] && [ -n "$lacking" ]; then
	tac src/liburun.map | awk -v add="$(tac <<<"$lacking" | sed 's/.*/\t&;/')" '
		{ print } /^local:$/ && !done { print add; done = 1 }' | tac >src/liburun.map.new
	cat src/liburun.map.new >src/liburun.map
	rm -f src/liburun.map.new
	echo "src/liburun.map: added $lacking"
	exit 0
fi
if [ "$declared" != "$mapped" ]; then
	echo "src/urun.h ('<') and src/liburun.map ('>') differ:"
	diff <(echo "$declared") <(echo "$mapped") | grep '^[<>]'
	status=1
fi

lib=${URUN_BUILDDIR:-.}/liburun.so.0
if [ -e "$lib" ] && command -v nm >/dev/null; then
	# NAME@@VERSION; the versions themselves are absolute symbols ("A").
	exported=$(nm -D --defined-only "$lib" | awk '$2 != "A" { print $3 }' | sort)
	if [ "$(sed 's/@@URUN_[0-9.]*$//' <<<"$exported")" != "$declared" ]; then
		echo "$lib does not export what src/urun.h ('<') declares:"
		diff <(echo "$declared") <(sed 's/@@URUN_[0-9.]*$//' <<<"$exported") | grep '^[<>]'
		status=1
	fi
fi

for try in 'cc -x c -std=c99' 'c++ -x c++ -std=c++11'; do
	command -v "${try%% *}" >/dev/null || continue
	# A c++ may be there without its header files or front end.
	echo 'int main(void) { return 0; }' | $try -fsyntax-only - 2>/dev/null || continue
	printf '#include "src/urun.h"\nint main(void) { return 0; }\n' |
		$try -pedantic-errors -Wall -Wextra -Werror -fsyntax-only -I. - ||
		{ echo "src/urun.h: not for '$try'"; status=1; }
done
exit $status
