# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
# What only root can look at: the program that the container's init is.
load ../lib/common

setup() { setup_bundle; }
teardown() { common_teardown; }

@test "G16 O1 SELF_EXE CVE-2019-5736: init is a sealed copy of the runtime, not its file" {
	urun create -b "$BUNDLE" "$ID"
	assert_match "$(readlink "/proc/$(pid_of "$ID")/exe")" '^/memfd:'
	run sh -c ": >>/proc/$(pid_of "$ID")/exe"
	assert_failure
}

@test "P5 FD_LEAK: init that waits for start holds no folder of the host but its state" {
	local link
	urun create -b "$BUNDLE" "$ID" 9<"$T"
	for link in "/proc/$(pid_of "$ID")"/fd/*; do
		link=$(readlink "$link")
		case $link in
		"$ROOT"/*/exec.fifo | "$ROOT"/*/exec.error | pipe:* | socket:* | / | "$T"/.stderr) ;;
		*"$T"*) fail "init holds '$link'" ;;
		esac
	done
}
