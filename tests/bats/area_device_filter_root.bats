# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
#
# V22: device rules of real root's containers, by a program of the cgroup. A number that no
# driver has shows who says no: EPERM is the filter, ENXIO the kernel behind it.
load ../lib/common
load ../lib/process
load ../lib/systemd
load ../lib/faults

setup() {
	need_root
	setup_bundle
	PROGRAMS=$URUN_TEST_DIR/tests/lib/device_programs
	CGROUP=$(cgroup2_mount)/$ID
	[ -w "$(cgroup2_mount)/cgroup.procs" ] || skip "no cgroup2 that root may write"
	mkdir "$CGROUP"
	"$PROGRAMS" other "$CGROUP" 2>/dev/null || why="root may not attach a device program"
	rmdir "$CGROUP"
	[ -z "${why-}" ] || skip "$why"
	edit_config "$BUNDLE" '.process.capabilities |= with_entries(.value += ["CAP_MKNOD"])'
}

teardown() {
	chattr -i "${ROOT:-/none}/${ID-}" 2>/dev/null || :
	common_teardown
	[ -z "${ID-}" ] || [ ! -d "$(cgroup2_mount)/$ID" ] ||
		{ echo "left behind: the cgroup of $ID"; rmdir "$(cgroup2_mount)/$ID"; false; }
}

# rules JSON: as docker and podman begin, with these behind it.
rules() {
	edit_config "$BUNDLE" '.linux.resources = {devices: ([{allow: false, access: "rwm"}] + $r)}' \
		--argjson r "$1"
}

own='{"allow": true, "type": "c", "major": 120, "minor": 77, "access": "rw"}'

# What opening it says: "fine" or the error.
shell='tmp=/dev/x; mkdir -p $tmp; try() {
	if (eval ": $1 $2") 2>$tmp/e; then echo fine; else sed "s/.*: //" $tmp/e; fi; }
	[ -c $tmp/n ] || mknod $tmp/n c 120 77'

started() {
	set_args "$BUNDLE" sleep 1000
	run_urun "$@" run -d -b "$BUNDLE" "$ID"
	assert_quiet
}

in_container() {
	run_urun exec "$ID" /bin/sh -c "$shell; $1"
}

programs() {
	"$PROGRAMS" list "$CGROUP" | sort | tr '\n' ' '
}

row() {
	urun limits --json "$ID" | jq -r '.limits[] | select(.key == "devices") |
		"\(.asked) \(.applied // "-") \(.reason // "-")"'
}

@test "V22 the docker-like list: what a container needs opens, the rest is EPERM" {
	rules '[]'
	set_script "$BUNDLE" "$shell"'; try "<" $tmp/n; try ">" $tmp/n
		for i in null zero full random urandom tty; do
			echo $i $(try "<" /dev/$i)
		done
		try ">" /dev/null; try "<>" /dev/ptmx; mknod $tmp/b b 8 0 && echo made; try "<" $tmp/b'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output "Operation not permitted
Operation not permitted
null fine
zero fine
full fine
random fine
urandom fine
tty No such device or address
fine
fine
made
Operation not permitted"
	[ ! -d "$CGROUP" ]
}

@test "V22 a rule allows one device, in the access that it names" {
	rules '[{"allow": true, "type": "c", "major": 120, "minor": 77, "access": "r"}]'
	started
	in_container 'try "<" $tmp/n; try ">" $tmp/n; try "<>" $tmp/n
		mknod $tmp/o c 120 78; try "<" $tmp/o; mknod $tmp/p b 120 77; try "<" $tmp/p'
	assert_quiet
	assert_output "No such device or address
Operation not permitted
Operation not permitted
Operation not permitted
Operation not permitted"
	assert_eq "$(programs)" 'urun_device '
}

@test "V22 state and limits say that the rules hold" {
	rules "[$own]"
	started
	assert_eq "$(urun state "$ID" | jq -c .unenforced)" null
	assert_eq "$(row)" '2 rules 2 rules -'
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	assert_eq "$(row)" '2 rules - the container is not running'
}

@test "V22 without a cgroup of its own it is as for anybody: not enforced, and recorded" {
	rules '[]'
	started --cgroup-manager=disabled
	in_container 'try "<" $tmp/n'
	assert_output 'No such device or address'
	assert_eq "$(urun state "$ID" | jq -c .unenforced)" '["linux.resources.devices"]'
	assert_match "$(row)" '^1 rules - not enforced: '
}

@test "V22 no rules, or all allowed, is no program" {
	for r in '{}' '{"devices": []}' '{"devices": [{"allow": true, "access": "rwm"}]}' \
		'{"devices": [{"allow": false}, {"allow": true, "type": "a"}]}'; do
		edit_config "$BUNDLE" '.linux.resources = $r' --argjson r "$r"
		started
		assert_eq "$(programs)" ''
		in_container 'try "<" $tmp/n'
		assert_output 'No such device or address'
		urun delete --force "$ID"
	done
}

@test "V22 a container with a user namespace is filtered, too" {
	mknod -m 0666 "$T/node" c 120 77
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
		.mounts += [{destination: "/node", type: "bind", source: $s, options: ["bind"]}]' \
		--arg s "$T/node"
	chmod -R a+rX "$BUNDLE/rootfs"
	chmod a+x "$T" "$BUNDLE"
	: >"$BUNDLE/rootfs/node"
	set_script "$BUNDLE" ': </node'
	for r in '[]' "[$own]"; do
		rules "$r"
		run_urun run -b "$BUNDLE" "$ID"
		assert_failure
		[ "$r" != '[]' ] || assert_has "$stderr" 'Operation not permitted'
		[ "$r" = '[]' ] || assert_has "$stderr" 'No such device or address'
	done
}

@test "V22 update replaces the rules, and nothing is left of the old ones" {
	rules '[]'
	started
	in_container 'try "<" $tmp/n'
	assert_output 'Operation not permitted'
	echo "{\"devices\": [{\"allow\": false}, $own]}" | urun_stdin update -r - "$ID"
	in_container 'try "<" $tmp/n; try "<" /dev/null'
	assert_output $'No such device or address\nfine'
	assert_eq "$(programs)" 'urun_device '
	assert_eq "$(row)" '2 rules 2 rules -'
	# Others stay as they are, and rules that are not given, too.
	"$PROGRAMS" other "$CGROUP"
	echo '{"unified": {"cgroup.max.depth": "5"}}' | urun_stdin update -r - "$ID"
	in_container 'try "<" $tmp/n'
	assert_output 'No such device or address'
	echo '{"devices": [{"allow": false}]}' | urun_stdin update -r - "$ID"
	in_container 'try "<" $tmp/n'
	assert_output 'Operation not permitted'
	assert_eq "$(programs)" 'other urun_device '
	echo '{"devices": [{"allow": true}]}' | urun_stdin update -r - "$ID"
	in_container 'try "<" $tmp/n'
	assert_output 'No such device or address'
	assert_eq "$(programs)" 'other '
	assert_eq "$(urun state "$ID" | jq -c .unenforced) $(row)" 'null '
}

@test "V22 update with the rules that hold leaves their program alone" {
	rules "[$own]"
	started
	before=$("$PROGRAMS" ids "$CGROUP")
	[ -n "$before" ]
	jq -c '.linux.resources | .unified = {"cgroup.max.depth": "5"}' "$BUNDLE/config.json" |
		urun_stdin update -r - "$ID"
	assert_eq "$(<"$CGROUP/cgroup.max.depth")" 5
	assert_eq "$("$PROGRAMS" ids "$CGROUP")" "$before"
	echo "{\"devices\": [$own]}" | urun_stdin update -r - "$ID"
	[ "$("$PROGRAMS" ids "$CGROUP")" != "$before" ]
}

@test "V22 U07 update: a failure behind the new rules puts the old ones back" {
	rules '[]'
	started
	# limits.json, the last step, cannot be put in its place.
	chattr +i "$ROOT/$ID" 2>/dev/null || skip "no immutable folders here"
	for new in "{\"allow\": false}, $own" '{"allow": true}'; do
		echo "{\"devices\": [$new]}" >"$T/r.json"
		run_urun update -r "$T/r.json" "$ID"
		assert_failure
		assert_has "$stderr" 'keep the limits'
	done
	chattr -i "$ROOT/$ID"
	in_container 'try "<" $tmp/n'
	assert_output 'Operation not permitted'
	assert_eq "$(programs)" 'urun_device '
}

@test "V22 rules that cannot be enforced are an error, and nothing stays" {
	rules '[]'
	set_args "$BUNDLE" true
	# Somebody's program that bears none beside it.
	mkdir "$CGROUP"
	"$PROGRAMS" alone "$CGROUP"
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error 'cannot enforce .linux.resources.devices: attach the device filter'
	assert_no_engine_words
	[ ! -d "$CGROUP" ]
	[ ! -d "$ROOT/$ID" ]
	# A list that denies nothing by name is no reason to fail.
	mkdir "$CGROUP"
	"$PROGRAMS" alone "$CGROUP"
	edit_config "$BUNDLE" '.linux.resources = {devices: [$r]}' --argjson r "$own"
	run_urun --log-level=warning run -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$stderr" 'cannot enforce .linux.resources.devices'
}

@test "V22 a thousand rules are taken by the kernel, one more by nobody" {
	jq -nc '[range(1023) | {allow: (. % 3 > 0), type: ["a", "b", "c"][. % 3],
		major: (. % 511), minor: (. % 7 * 100 + . % 5),
		access: ["r", "w", "m", "rw", "rwm"][. % 5]}]' >"$T/many"
	edit_config "$BUNDLE" '.linux.resources = {devices: ([{allow: false}] + $r[0])}' \
		--slurpfile r "$T/many"
	set_args "$BUNDLE" true
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	edit_config "$BUNDLE" '.linux.resources.devices += [{allow: false}]'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error '.linux.resources.devices: 1025 rules are more than 1024'
}

@test "V22 a container with nodes and a terminal of its own is made under the strictest rules" {
	rules '[]'
	edit_config "$BUNDLE" '.process.terminal = true | .linux.maskedPaths = ["/proc/timer_list"] |
		.linux.devices = [{path: "/dev/one", type: "c", major: 120, minor: 77},
			{path: "/dev/sub/two", type: "b", major: 8, minor: 1}]'
	set_script "$BUNDLE" 'stat -c "%n %t:%T" /dev/one /dev/sub/two; tty; : </dev/one'
	run "$URUN_TEST_DIR/tests/lib/tty" run "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_has "$output" '/dev/one 78:4d'
	assert_has "$output" '/dev/sub/two 8:1'
	assert_has "$output" '/dev/pts/0'
	assert_has "$output" 'Operation not permitted'
}
