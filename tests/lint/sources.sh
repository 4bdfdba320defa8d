#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every source file must stand in a Makemodule.am list, or the build and the
# tarball lack it. `sources.sh` says what differs; `sources.sh --fix` rewrites
# the lists from the files on disk.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/../.." || exit 1

# list VARIABLE: the files that belong into it, one a line, sorted.
list() {
	local dir
	case $1 in
	base_sources | json_sources | oci_sources | plan_sources | run_sources | rootfs_sources | \
		state_sources | ext_sources | cli_sources)
		ls "src/${1%_sources}"/*.[ch] ;;
	# The same of sd-bus: by the header that has it.
	cgroup_systemd_sources) grep -l '^#include "cgroup/\(sdbus\|systemd_internal\)\.h"' cgroup/*.c ;;
	cgroup_nosystemd_sources) ls cgroup/systemd_none.c ;;
	cgroup_sources)
		for dir in cgroup/*.[ch]; do
			case $dir in */systemd_none.c | *'*'*) continue ;; *.h) echo "$dir" && continue ;; esac
			grep -q '^#include "cgroup/\(sdbus\|systemd_internal\)\.h"' "$dir" || echo "$dir"
		done ;;
	userns_sources | netns_sources)
		ls "${1%_sources}"/*.[ch] ;;
	slirp_sources) ls netns/slirp/*.[ch] ;;
	lib_sources) ls src/*.[ch] ;;
	readmes) ls src/README.md {userns,netns,cgroup}/README.md netns/slirp/README.md tests/*/README.md ;;
	# Who includes libseccomp's header is built with it only; *_none.c is the twin.
	process_seccomp_sources) ls src/process/seccomp_library.h && grep -l '^#include <seccomp\.h>' src/process/*.c ;;
	process_noseccomp_sources) ls src/process/seccomp_none.c ;;
	process_sources)
		for dir in src/process/*.[ch]; do
			case $dir in */seccomp_none.c | */seccomp_library.h | *'*'*) continue ;; esac
			grep -q '^#include <seccomp\.h>' "$dir" || echo "$dir"
		done ;;
	unit_tests) find tests/unit -name 'test_*.c' | sed 's/\.c$//' ;;
	unit_headers) find tests/unit -name '*.h' ;;
	test_files)
		find tests/{bats,engines,vm,plan,samples,lib,lint,fuzz,bench} -type f \( -name '*.[ch]' -o -name run \
			-o -name '*.sh' -o -name '*.py' -o -name '*.bats' -o -name '*.bash' -o -name '*.json' \
			-o -name '*.plan' -o -name '*.txt' -o -name '*.allow' -o -name '*.inc' -o -name '*.supp' \
			-o -name '*.dict' -o -name 'RESULTS.md' \) ! -path '*/fuzz/fuzz_*.c' ! -path '*/lib/engine.c' \
			! -path '*/lib/tty.c' ;;
	python_files)
		find python -type f \( -name '*.py' -o -name '*.md' -o -name '*.toml' -o -name py.typed \) ;;
	# Who includes libslirp's header is built with it only.
	fuzz_targets) find tests/fuzz -name 'fuzz_*.c' ! -name 'fuzz_net_slirp.c' | sed 's/\.c$//' ;;
	esac 2>/dev/null | sort
}

# listed FILE VARIABLE: what the Makemodule.am says now.
listed() {
	awk -v v="$2" '
		$1 == v && $2 == "=" { on = 1; sub(/^[^=]*=/, "") }
		on {
			more = /\\$/; sub(/\\$/, "")
			n = split($0, f)
			for (i = 1; i <= n; i++)
				if (f[i] != "$(empty)") print f[i]
			if (!more) exit
		}' "$1" | sort
}

# rewrite FILE VARIABLE: puts the new list (on stdin) into it.
rewrite() {
	local tmp
	tmp=$(mktemp)
	awk -v v="$2" -v list="$(cat)" '
		$1 == v && $2 == "=" {
			print v " = \\"
			n = split(list, f, "\n")
			for (i = 1; i <= n; i++)
				if (f[i] != "") print "\t" f[i] " \\"
			print "\t$(empty)"
			skip = /\\$/
			next
		}
		skip { skip = /\\$/; next }
		{ print }' "$1" >"$tmp"
	cat "$tmp" >"$1"
	rm -f "$tmp"
}

status=0
while read -r file var; do
	want=$(list "$var")
	have=$(listed "$file" "$var")
	[ "$want" = "$have" ] && continue
	if [ "${1-}" = --fix ]; then
		rewrite "$file" "$var" <<<"$want"
		echo "$file: $var brought up to date"
	else
		echo "$file: $var differs from the files on disk ('<' listed, '>' on disk):"
		diff <(echo "$have") <(echo "$want") | grep '^[<>]'
		status=1
	fi
done <<'LIST'
Makefile.am readmes
src/Makemodule.am base_sources
src/Makemodule.am json_sources
src/Makemodule.am oci_sources
src/Makemodule.am plan_sources
src/Makemodule.am run_sources
src/Makemodule.am rootfs_sources
src/Makemodule.am process_sources
src/Makemodule.am process_seccomp_sources
src/Makemodule.am process_noseccomp_sources
src/Makemodule.am state_sources
src/Makemodule.am ext_sources
src/Makemodule.am lib_sources
src/Makemodule.am cli_sources
userns/Makemodule.am userns_sources
netns/Makemodule.am netns_sources
netns/Makemodule.am slirp_sources
cgroup/Makemodule.am cgroup_sources
cgroup/Makemodule.am cgroup_systemd_sources
cgroup/Makemodule.am cgroup_nosystemd_sources
python/Makemodule.am python_files
tests/Makemodule.am unit_tests
tests/Makemodule.am unit_headers
tests/Makemodule.am fuzz_targets
tests/Makemodule.am test_files
LIST
# What a bad merge leaves: make takes lines behind a list's end for a recipe's.
for file in Makefile.am */Makemodule.am; do
	awk -v f="$file" '/^(<<<<<<<|=======|>>>>>>>)/ || (after && /^\t/) {
			print f ":" NR ": stands outside of all lists"; bad = 1 }
		{ after = /^\t\$\(empty\)$/ } END { exit bad }' "$file" || status=1
done
exit $status
