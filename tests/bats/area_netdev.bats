#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Interfaces of the caller in the container's network namespace (features.md
# C38). The caller is root of a user and a network namespace of the test's own.

load ../lib/common
load ../lib/rootfs

setup() {
	need_command ip
	need_subids
	setup_bundle
	# Its own user namespace has mapped the sub-ids already.
	map_nested
}

teardown() {
	common_teardown
}

map_nested() {
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1},
			{containerID: 1, hostID: 1, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings'
}

# devices JSON
devices() {
	edit_config "$BUNDLE" ".linux.netDevices = $1"
}

# with_network COMMANDS: runs the container in a network of our own that the
# shell text has set up; $output is what the container printed.
with_network() {
	printf '%s\n' 'set -e' "$1" "exec \"\$URUN\" --root \"$ROOT\" run -b \"$BUNDLE\" \"$ID\" </dev/zero" >"$T/network"
	status=0
	export URUN
	in_userns --net sh "$T/network" >"$T/.stdout" 2>"$T/.stderr" || status=$?
	output=$(<"$T/.stdout")
	stderr=$(<"$T/.stderr")
}

@test "C38 an interface goes in, up, with its global permanent addresses" {
	devices '{"d0": {}}'
	set_script "$BUNDLE" 'ip -o addr show dev d0; ip link show dev d0 | head -n 1'
	with_network 'ip link add d0 type veth peer name p0
		ip addr add 10.9.8.7/24 brd 10.9.8.255 dev d0
		ip addr add 10.1.1.1 peer 10.1.1.2/32 dev d0
		ip addr add 169.254.3.3/16 scope link dev d0
		ip addr add fd00:1::7/64 dev d0
		ip addr add 10.7.7.7/24 valid_lft 300 preferred_lft 300 dev d0
		ip link set d0 up
		ip link set p0 up'
	assert_quiet
	assert_has "$output" 'inet 10.9.8.7/24 brd 10.9.8.255'
	assert_has "$output" 'inet 10.1.1.1 peer 10.1.1.2/32'
	assert_has "$output" 'inet6 fd00:1::7/64'
	assert_lacks "$(grep fd00 <<<"$output")" tentative
	assert_lacks "$output" 169.254
	assert_lacks "$output" 10.7.7.7
	assert_match "$output" '[<,]UP[,>]'
}

@test "C38 with another name, and with a template" {
	devices '{"d0": {"name": "ctr0"}, "d1": {"name": "eth%d"}, "d2": {"name": "eth%d"}}'
	set_script "$BUNDLE" 'for i in ctr0 eth0 eth1; do ip -o -4 addr show dev $i; done; ls /sys/class/net | xargs'
	with_network 'for i in 0 1 2; do ip link add d$i type veth peer name p$i; ip addr add 10.0.$i.1/24 dev d$i; done'
	assert_quiet
	assert_has "$output" 'inet 10.0.0.1/24'
	assert_has "$output" 'inet 10.0.1.1/24'
	assert_has "$output" 'inet 10.0.2.1/24'
	assert_eq "$(tail -n 1 <<<"$output")" 'ctr0 eth0 eth1 lo'
}

@test "C38 one end of a veth pair: the other stays, and they talk" {
	devices '{"inner": {"name": "eth0"}}'
	edit_config "$BUNDLE" '.process.capabilities[] += ["CAP_NET_RAW"]'
	set_script "$BUNDLE" 'ping -c 1 -W 2 10.5.0.1 >/dev/null && echo answered'
	with_network 'ip link add outer type veth peer name inner
		ip addr add 10.5.0.1/24 dev outer
		ip addr add 10.5.0.2/24 dev inner
		ip link set outer up'
	assert_quiet
	assert_output answered
}

@test "C38 the interface is there for sysctls and for the runtime's hooks" {
	devices '{"d0": {"name": "eth0"}}'
	edit_config "$BUNDLE" '.linux.sysctl = {"net.ipv4.conf.eth0.forwarding": "1"} |
		.hooks.createRuntime = [{path: "/bin/sh", env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
			args: ["sh", "-c", "ip -o link >\($t)/hook"]}]' --arg t "$T"
	set_script "$BUNDLE" 'cat /proc/sys/net/ipv4/conf/eth0/forwarding'
	with_network 'ip link add d0 type veth peer name p0'
	assert_quiet
	assert_output 1
	assert_lacks "$(cat "$T/hook")" d0
}

@test "C38 an interface that is not there is named, and nothing is moved or left" {
	devices '{"d0": {}, "none0": {}}'
	with_network 'ip link add d0 type veth peer name p0; trap "ip -o link >$T/links" EXIT'
	assert_one_line_error '.linux.netDevices["none0"]: there is no network interface '"'none0' here"
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
}

@test "C38 who has no power over the interface's namespace is told so" {
	devices '{"lo0": {}}'
	name=$(ls /sys/class/net | grep -vx lo | head -n 1)
	[ -n "$name" ] || skip "needs an interface of the host"
	devices "{\"$name\": {}}"
	edit_config "$BUNDLE" 'del(.linux.uidMappings, .linux.gidMappings)'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error ".linux.netDevices[\"$name\"]: moving it takes CAP_NET_ADMIN over the network namespace"
	assert_has "$stderr" 'hint: '
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
	[ -e "/sys/class/net/$name" ]
}

@test "C38 a name that is taken in a joined namespace is an error" {
	devices '{"d0": {"name": "taken"}}'
	edit_config "$BUNDLE" '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/fd/9" else . end)'
	printf '%s\n' 'ip link add taken type veth peer name p1; echo $$ >"$1"; exec sleep 1000' >"$T/other"
	with_network "unshare --net sh $T/other $T/pid & until test -s $T/pid; do sleep 0.05; done
		sed -i 's|/proc/self/fd/9|/proc/'\$(cat $T/pid)'/ns/net|' $BUNDLE/config.json
		ip link add d0 type veth peer name p0"
	kill "$(cat "$T/pid")" || :
	assert_one_line_error '.linux.netDevices["d0"]'
	assert_has "$stderr" "an interface 'taken' already"
}

@test "C38 C19 a failure at each step of it is one error, and nothing is left" {
	devices '{"d0": {}}'
	URUN=$URUN_TEST_DIR/tests/lib/urun-test
	for step in create:read-net-devices create:move-net-devices init:net-devices; do
		export URUN_TEST_FAIL_AT=$step
		with_network 'ip link add d0 type veth peer name p0'
		assert_one_line_error "$step"
		[ ! -e "$ROOT/$ID" ]
	done
	unset URUN_TEST_FAIL_AT
}
