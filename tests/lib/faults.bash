# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# For bats files that let urun fail or die at a step: by urun-test, which is urun with
# tests/lib/test_hooks.c.

# faults_setup: sets $FAULTY, and $REAL, which is the urun that cannot fail.
faults_setup() {
	REAL=$URUN
	FAULTY=$URUN_TEST_DIR/tests/lib/urun-test
	[ -x "$FAULTY" ] || fail "tests/lib/urun-test is not built"
}

# steps TABLE...: the rows of these tables, as TABLE:STEP, each once.
steps() {
	local t
	for t; do
		URUN_TEST_STEPS=list "$FAULTY" | grep "^$t:"
	done | awk '!seen[$0]++'
}

# faulty VAR=STEP VERB ARGS...: urun-test with a fault; sets $status, $stderr, and $T/seen,
# the steps that it came to.
faulty() {
	local fault=$1
	shift
	export "${fault?}"
	rm -f "$T/seen"
	export URUN_TEST_SEEN=$T/seen
	URUN=$FAULTY
	run_urun "$@"
	URUN=$REAL
	unset URUN_TEST_SEEN "${fault%%=*}"
	[ -e "$T/seen" ] || : >"$T/seen"
}
