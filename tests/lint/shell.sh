#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The project's own scripts, by shellcheck.
. "$(dirname "$0")/lint.sh.inc"

command -v shellcheck >/dev/null || { echo "needs shellcheck"; exit 77; }
mapfile -t files < <({
	find . -maxdepth 1 -name '*.sh'
	find tests .ci -type f ! -name '*.bats' ! -name '*.c' -exec grep -lE '^#!.*sh|^# shellcheck shell' {} +
} | sort -u)
# Left out: words split on purpose, and what only the sourcing file uses.
exec shellcheck -e SC2034,SC2046,SC2120,SC2086,SC2154,SC1090,SC1091 -x -P tests/lint:tests/lib -S warning "${files[@]}"
