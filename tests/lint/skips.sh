#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A skip counts in the test's own shell alone: in a function that is called by
# $(...) or by bats' run it ends that subshell, and the test goes on.
. "$(dirname "$0")/lint.sh.inc"

status=0
for file in tests/bats/*.bats tests/engines/*.bats tests/vm/*.bats; do
	while read -r name; do
		if grep -nE "(\\\$\(|\brun (--separate-stderr )?)$name\b" "$file" /dev/null; then
			echo "$name() skips, and is called in a subshell there"
			status=1
		fi
	done < <(awk '/^[a-z_]+\(\) \{/ { name = $1; sub(/\(.*/, "", name) }
		/^@test|^(setup|teardown)/ { name = "" }
		/^}/ { name = "" }
		name && /^[ \t]+(need_[a-z]+|skip)( |$)/ { print name }' "$file" | sort -u)
done
exit $status
