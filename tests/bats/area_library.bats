# SPDX-License-Identifier: Apache-2.0
#
# liburun as other programs have it: the shared library in a host with threads
# (tests/lib/embed.c), and the Python bindings.

load ../lib/common

setup() {
	[ -e "$URUN_TEST_DIR/liburun.so.0" ] || skip "no liburun.so.0 is built"
	export LD_LIBRARY_PATH=$URUN_TEST_DIR
	setup_bundle
	set_script "$BUNDLE" 'read -r l; echo "got $l"; [ "$l" != stay ] || sleep 60; exit 7'
	mkdir -p "$BUNDLE/rootfs/mnt" # for mounts that come later: its root is read-only
}

teardown() {
	common_teardown
}

# embed MODE: with a time limit, because a lock that nobody gives back hangs it.
embed() {
	timeout -k 5 120 "$URUN_TEST_DIR/tests/lib/embed" "$1" "$ROOT" "$BUNDLE"
}

@test "Y01 a program with busy threads runs 24 containers, four at a time" {
	run embed threads
	echo "$output"
	[ "$status" = 0 ]
	[ "$output" = "24 containers" ]
}

@test "Y01 NO_SIGNALS leaves the program its signals" {
	run embed signals
	echo "$output"
	[ "$status" = 0 ]
}

@test "Y02 KEEP, DETACH, and the plan of what they would do" {
	run embed options
	echo "$output"
	[ "$status" = 0 ]
}

@test "Y01 X10 the program is left no child but init, by plugins of seccomp neither" {
	run embed children
	echo "$output"
	[ "$status" = 0 ]
	"$URUN" features | jq -e .linux.seccomp.enabled >/dev/null || skip "needs a urun with libseccomp"
	cp "$URUN_TEST_DIR/tests/lib/seccomp_plugin.so" "$T/errno.so"
	edit_config "$BUNDLE" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]} |
		.annotations["run.oci.seccomp.plugins"] = $p' --arg p "$T/errno.so"
	run embed children
	echo "$output"
	[ "$status" = 0 ]
	grep -q '^start' "$BUNDLE/plugin.log" || fail "the plugin was not asked"
}

@test "Y05 an error has its words, errno, code and hint, each context its own" {
	run embed errors
	echo "$output"
	[ "$status" = 0 ]
}

@test "Y01 options of an older and of a newer caller" {
	run embed sizes
	echo "$output"
	[ "$status" = 0 ]
}

@test "Y01 the library needs what urun needs, and nothing of its tests" {
	need_command readelf
	run readelf -dW "$URUN_TEST_DIR/liburun.so.0"
	[[ $output =~ SONAME.*\[liburun\.so\.0\] ]] || fail
	[[ ! $output =~ TEXTREL|RPATH|RUNPATH ]] || fail
	while read -r lib; do
		case $lib in
		libc.* | libseccomp.so.2 | libyajl.so.2 | ld-linux* | libasan* | libubsan*) ;;
		*) fail "it needs '$lib'" ;;
		esac
	done < <(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$output")
}

@test "Y03 the Python bindings' own tests" {
	need_command python3
	readelf -dW "$URUN_TEST_DIR/liburun.so.0" | grep -q 'libasan\|libubsan' &&
		skip "a sanitizer's library needs its runtime in the program that loads it"
	python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || skip "needs Python 3.9"
	PYTHONPATH=$URUN_TEST_DIR/python PYTHONDONTWRITEBYTECODE=1 URUN_TEST_BUNDLE=$BUNDLE \
		URUN_TEST_ROOT=$ROOT URUN_LIBRARY=$URUN_TEST_DIR/liburun.so.0 \
		run timeout -k 5 120 python3 -W error -m unittest discover \
		-s "$URUN_TEST_DIR/python/tests" -v
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *$'\n'OK* ]]
}
