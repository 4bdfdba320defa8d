#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The runner counts right: what fails, crashes, stops half way or runs nothing
# must never look like a pass.
. "$(dirname "$0")/lint.sh.inc"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/tests/unit/runner"

program() {
	{ echo '#!/bin/sh'; cat; } >"$dir/tests/unit/runner/test_$1"
	chmod 0755 "$dir/tests/unit/runner/test_$1"
}

program good <<'TAP'
echo "ok 1 - a"; echo "ok 2 - b # SKIP no such thing here"; echo 1..2
TAP
program bad <<'TAP'
echo "ok 1 - a"; echo "not ok 2 - b"; echo "# got 1"; echo 1..2; exit 1
TAP
program crash <<'TAP'
echo "ok 1 - a"; kill -KILL $$
TAP
program short <<'TAP'
echo "ok 1 - a"; echo 1..2
TAP
program empty <<'TAP'
echo 1..0
TAP
program liar <<'TAP'
echo "ok 1 - a"; echo 1..1; exit 3
TAP

status=0
# expect LAST-LINE EXIT-STATUS ARGUMENT...
expect() {
	local last=$1 code=$2 out got
	shift 2
	out=$(TMPDIR=$dir URUN_TEST_STRICT=${strict:-0} tests/run --builddir "$dir" "$@" 2>&1)
	got=$?
	if [ "${out##*$'\n'}" != "$last" ] || [ $got != "$code" ]; then
		echo "tests/run $*: exit status $got, wanted $code; last line wanted: '$last'; output:"
		echo "$out"
		status=1
	fi
}

chmod 0755 "$dir"
expect '1 passed, 0 failed, 1 skipped' 0 unit/runner/test_good
strict=1 expect '1 passed, 1 failed, 0 skipped' 1 unit/runner/test_good
expect '5 passed, 5 failed, 1 skipped' 1 unit/runner
expect '0 passed, 0 failed, 0 skipped' 1 unit/runner/test_nothing
exit $status
