#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Namespaces that are joined by path (the members of a pod), shared with the
# caller, or new with the clock of their own (features.md C35, C36, C37, I10).

load ../lib/common
load ../lib/process

setup() {
	setup_bundle
}

teardown() {
	delete_held
	common_teardown
}

ns_id() {
	readlink "/proc/$1/ns/$2"
}

# What the container's process says of its namespaces.
show='for n in user ipc uts net pid; do readlink /proc/self/ns/$n; done'

# pod TYPE...: $OTHER joins these of container $ID, which runs.
pod() {
	local type pid file
	start_container
	pid=$(pid_of "$ID")
	second_bundle
	edit_config "$OTHER" 'del(.hostname)'
	for type; do
		file=$type
		[ "$type" != network ] || file=net
		join_namespace "$OTHER" "$type" "/proc/$pid/ns/$file"
	done
}

# run_member SCRIPT [ID]
run_member() {
	set_script "$OTHER" "$1"
	run_urun run -b "$OTHER" "${2:-m$ID}"
}

@test "C36 a member of a pod: user, ipc, uts, network and pid are those of the first" {
	pod user ipc uts network pid
	run_member "$show; hostname; id -u; ps -o args | grep -c '^sleep 1000'"
	assert_success
	local pid want type
	pid=$(pid_of "$ID") want=
	for type in user ipc uts net pid; do
		want+=$(ns_id "$pid" $type)$'\n'
	done
	assert_output "${want}urun
0
1"
}

@test "C36 exec in a member of a pod" {
	pod user ipc uts network pid
	set_args "$OTHER" sleep 2000
	start_container "$OTHER" "m$ID"
	run_urun exec "m$ID" sh -c "$show; id -u; readlink /proc/self/ns/mnt"
	assert_quiet
	local first member
	first=$(pid_of "$ID") member=$(pid_of "m$ID")
	assert_eq "${lines[0]}" "$(ns_id "$first" user)"
	assert_eq "${lines[4]}" "$(ns_id "$first" pid)"
	assert_eq "${lines[5]}" 0
	assert_eq "${lines[6]}" "$(ns_id "$member" mnt)"
	assert_eq "$(ns_id "$first" mnt | grep -c "$(ns_id "$member" mnt)")" 0
	urun delete --force "m$ID"
	is_status "$ID" running
}

@test "C36 a member in the pod's pid namespace ends without ending the pod" {
	pod user pid
	run_member 'echo $(( $$ > 1 ))'
	assert_success
	assert_output 1
	is_status "$ID" running
}

@test "C36 the pod's network: a port of one member is reached by the other" {
	set_script "$BUNDLE" 'exec nc -ll -p 7777 -e echo hello'
	pod user network
	run_member 'i=0; while [ $i -lt 50 ]; do nc 127.0.0.1 7777 </dev/zero 2>&1 && exit; i=$((i + 1)); sleep 0.1; done' || :
	assert_has "$output" hello
}

@test "C36 the pod's ipc: a System V queue is seen by the other" {
	pod user ipc
	run_member 'cat /proc/sysvipc/msg | wc -l; readlink /proc/self/ns/ipc'
	assert_success
	assert_eq "${lines[1]}" "$(ns_id "$(pid_of "$ID")" ipc)"
}

@test "C36 the mappings that podman sends along with a joined user namespace are ignored" {
	pod user
	edit_config "$OTHER" '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] |
		.linux.gidMappings = [{containerID: 0, hostID: 0, size: 1}]'
	run_member 'id -u; readlink /proc/self/ns/user'
	assert_quiet
	assert_output "0
$(ns_id "$(pid_of "$ID")" user)"
}

@test "C36 a member of a pod as user 1000, with groups, in run and exec" {
	need_subids
	pod user pid
	edit_config "$OTHER" '.process.user = {uid: 1000, gid: 100, additionalGids: [10]}'
	run_member 'id -u; grep ^Groups /proc/self/status'
	assert_quiet
	assert_match "$output" $'^1000\nGroups:\t10 ?$'
	set_args "$OTHER" sleep 2000
	start_container "$OTHER" "m$ID"
	run_urun exec "m$ID" sh -c 'id -u; grep ^Groups /proc/self/status'
	assert_quiet
	assert_match "$output" $'^1000\nGroups:\t10 ?$'
	urun delete --force "m$ID"
}

@test "C36 I13 a pod of one id: the member and its exec work" {
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1}] |
		.linux.gidMappings = [{containerID: 0, hostID: $gid, size: 1}]' \
		--argjson uid "$(id -u)" --argjson gid "$(id -g)"
	pod user ipc
	edit_config "$OTHER" '.process.user.additionalGids = [5]'
	run_member 'id -u; cat /proc/self/setgroups'
	assert_success
	assert_output $'0\ndeny'
	set_args "$OTHER" sleep 2000
	start_container "$OTHER" "m$ID"
	run_urun exec "m$ID" id -u
	assert_quiet
	assert_output 0
	urun delete --force "m$ID"
}

@test "I07 C36 a pod whose map lacks 0" {
	edit_config "$BUNDLE" '.process.user = {uid: 1234, gid: 1234} |
		.linux.uidMappings = [{containerID: 1234, hostID: $uid, size: 1}] |
		.linux.gidMappings = [{containerID: 1234, hostID: $gid, size: 1}]' \
		--argjson uid "$(id -u)" --argjson gid "$(id -g)"
	pod user ipc
	edit_config "$OTHER" 'del(.linux.uidMappings, .linux.gidMappings)'
	run_member 'id -u'
	assert_quiet
	assert_output 1234
}

@test "I10 a joined user namespace and others that are new" {
	pod user
	run_member "readlink /proc/self/ns/net; ip link show lo | grep -c UP; hostname"
	assert_success
	[ "${lines[0]}" != "$(ns_id "$(pid_of "$ID")" net)" ]
	assert_eq "${lines[1]}" 1
}

@test "C36 a hostname is not set in a joined uts namespace" {
	pod user uts
	edit_config "$OTHER" '.hostname = "other"'
	run_member hostname
	assert_quiet
	assert_output urun
}

# ---- refusals

@test "C36 joining without the user namespace that owns it says so" {
	pod network
	run_member true
	assert_one_line_error ".linux.namespaces: join the network namespace '/proc/$(pid_of "$ID")/ns/net'"
	assert_has "$stderr" 'join that user namespace, too'
	assert_no_engine_words
	[ ! -e "$ROOT/m$ID" ]
}

@test "C36 the host's network namespace cannot be joined by a user" {
	second_bundle
	join_namespace "$OTHER" network /proc/self/ns/net
	run_member true
	assert_one_line_error "join the network namespace"
	assert_no_engine_words
}

@test "C36 another user's process: the namespace cannot be opened" {
	[ "$(id -u)" != 0 ] || skip "needs a user"
	second_bundle
	join_namespace "$OTHER" network /proc/1/ns/net
	run_member true
	assert_one_line_error "open the network namespace '/proc/1/ns/net'"
	assert_no_engine_words
}

@test "C36 a path that is not there, and one that is no namespace" {
	second_bundle
	join_namespace "$OTHER" ipc /no/such/ns
	run_member true
	assert_one_line_error "open the ipc namespace '/no/such/ns'"
	assert_no_engine_words
	join_namespace "$OTHER" ipc /etc/passwd
	run_member true
	assert_one_line_error "'/etc/passwd'"
	assert_has "$stderr" 'is no ipc namespace'
	assert_no_engine_words
}

@test "C36 a namespace of another kind is named" {
	pod user
	join_namespace "$OTHER" ipc "/proc/$(pid_of "$ID")/ns/uts"
	run_member true
	assert_one_line_error "/ns/uts'"
	assert_has "$stderr" 'is no ipc namespace'
	assert_no_engine_words
}

@test "C36 a container that has ended cannot be joined" {
	pod user ipc
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	run_member true
	assert_one_line_error ".linux.namespaces: open the "
	assert_has "$stderr" 'has its process ended?'
	assert_no_engine_words
}

@test "C36 a type given twice and one that nobody knows are refused" {
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "pid"}]'
	run_script true
	assert_one_line_error .linux.namespaces
	assert_has "$stderr" pid
	edit_config "$BUNDLE" '.linux.namespaces = [{type: "mount"}, {type: "warp"}]'
	run_script true
	assert_one_line_error warp
}

@test "C36 a mount namespace by path, or none, is refused" {
	join_namespace "$BUNDLE" mount /proc/self/ns/mnt
	run_script true
	assert_one_line_error "joining a mount namespace by path is not supported"
	drop_namespace mount
	run_script true
	assert_one_line_error "a 'mount' namespace is required"
}

# ---- in podman's user namespace

@test "C36 C37 I09 in podman's namespace: a pod without user namespaces, and exec" {
	need_subids
	hold_userns
	drop_namespace user
	set_args "$BUNDLE" sleep 1000
	held_urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	local pid type
	pid=$(pid_of "$ID")
	second_bundle
	edit_config "$OTHER" 'del(.hostname)'
	for type in ipc uts pid; do
		join_namespace "$OTHER" $type "/proc/$pid/ns/$type"
	done
	join_namespace "$OTHER" network "/proc/$pid/ns/net"
	set_script "$OTHER" "$show; hostname"
	run_held run -b "$OTHER" "m$ID"
	assert_quiet
	assert_eq "${lines[3]}" "$(ns_id "$pid" net)"
	assert_eq "${lines[5]}" urun
	set_args "$OTHER" sleep 2000
	held_urun run -d -b "$OTHER" "m$ID" >"$T/out" 2>&1 3>&-
	run_held exec "m$ID" sh -c "$show"
	assert_quiet
	assert_eq "${lines[4]}" "$(ns_id "$pid" pid)"
}

@test "C36 in podman's namespace: a network namespace by a file (netns-UUID)" {
	need_subids
	hold_userns
	drop_namespace user
	: >"$T/netns"
	nsenter -t "$HOLDER" -U -m -S 0 -G 0 -- unshare --net \
		mount --bind /proc/self/ns/net "$T/netns"
	join_namespace "$BUNDLE" network "$T/netns"
	set_script "$BUNDLE" 'readlink /proc/self/ns/net; cat /sys/class/net/lo/operstate'
	run_held run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_match "${lines[0]}" '^net:'
}

@test "C36 I10 in podman's namespace: join the network, then a new user namespace" {
	need_subids
	hold_userns
	drop_namespace user
	set_args "$BUNDLE" sleep 1000
	held_urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	local pid
	pid=$(pid_of "$ID")
	second_bundle
	edit_config "$OTHER" '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 1, size: 1000},
			{containerID: 1000, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	join_namespace "$OTHER" network "/proc/$pid/ns/net"
	set_script "$OTHER" 'readlink /proc/self/ns/net'
	run_held run -b "$OTHER" "m$ID"
	assert_quiet
	assert_output "$(ns_id "$pid" net)"
}

# ---- shared with the caller

@test "C36 without a pid namespace the host's processes are seen, and kill works" {
	drop_namespace pid
	# procfs of the host's: the kernel lets no user mount another.
	edit_config "$BUNDLE" '.mounts |= map(if .destination == "/proc" then
		{destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end) |
		del(.linux.maskedPaths, .linux.readonlyPaths)'
	run_script 'readlink /proc/self/ns/pid'
	assert_quiet
	assert_output "$(readlink /proc/self/ns/pid)"
	set_args "$BUNDLE" sleep 1000
	start_container
	exec_script 'readlink /proc/self/ns/pid'
	assert_quiet
	assert_output "$(readlink /proc/self/ns/pid)"
	urun kill "$ID" KILL
	wait_status "$ID" stopped
}

@test "C36 C37 without a network namespace the host's is there, in exec too" {
	drop_namespace network
	in_both 'readlink /proc/self/ns/net'
	assert_output "$(readlink /proc/self/ns/net)"
}

@test "C36 without ipc and uts namespaces the host's are there, in exec too" {
	drop_namespace ipc uts
	edit_config "$BUNDLE" 'del(.hostname) | .mounts |= map(select(.type != "mqueue"))'
	in_both 'readlink /proc/self/ns/ipc /proc/self/ns/uts || for n in ipc uts; do readlink /proc/self/ns/$n; done'
	assert_has "$output" "$(readlink /proc/self/ns/ipc)"
	assert_has "$output" "$(readlink /proc/self/ns/uts)"
}

@test "C36 all namespaces new: none is the caller's" {
	local n
	run_script "$show"
	assert_quiet
	for n in user ipc uts net pid; do
		assert_lacks "$output" "$(readlink /proc/self/ns/$n)"
	done
}

@test "C37 the loopback interface is up in a new network namespace" {
	in_both 'ip -o link show lo | grep -c ",UP"; ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1; ip -o addr show lo | grep -c 127.0.0.1/8'
	assert_output $'1\n1'
}

# ---- C35: time

need_timens() {
	[ -e /proc/self/ns/time ] || skip "needs a kernel with time namespaces"
}

@test "C35 a time namespace with offsets, in run and exec" {
	need_timens
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 5}, monotonic: {secs: 2000, nanosecs: 0}}'
	run_script "awk '{ print int(\$1 / 1000000) }' /proc/uptime; awk '{ print \$1, \$2, \$3 }' /proc/self/timens_offsets"
	assert_quiet
	assert_eq "${lines[0]}" 1
	assert_output $'1\nmonotonic 2000 0\nboottime 1000000 5'
	set_args "$BUNDLE" sleep 1000
	start_container
	exec_script "awk '{ print int(\$1 / 1000000) }' /proc/uptime"
	assert_quiet
	assert_output 1
	assert_eq "$(awk '{ print int($1 / 1000000) }' /proc/uptime)" 0
}

@test "C35 a time namespace without offsets, and a clock that goes back" {
	need_timens
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "time"}]'
	run_script 'readlink /proc/self/ns/time'
	assert_quiet
	assert_match "$output" '^time:'
	assert_lacks "$output" "$(readlink /proc/self/ns/time)"
	edit_config "$BUNDLE" '.linux.timeOffsets = {boottime: {secs: -5, nanosecs: 0}}'
	run_script "awk '{ print \$1, \$2, \$3 }' /proc/self/timens_offsets"
	assert_quiet
	assert_has "$output" 'boottime -5 0'
}

@test "C35 an offset that the kernel refuses, and offsets without a namespace" {
	need_timens
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {boottime: {secs: -900000000000, nanosecs: 0}}'
	run_script true
	assert_one_line_error .linux.timeOffsets
	assert_no_engine_words
	drop_namespace time
	run_script true
	assert_one_line_error ".linux.timeOffsets: needs a new 'time' namespace"
}

@test "C35 C36 a time namespace in a pod" {
	need_timens
	pod user ipc uts network
	edit_config "$OTHER" '.linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 0}}'
	run_member "awk '{ print int(\$1 / 1000000) }' /proc/uptime"
	assert_quiet
	assert_output 1
}
