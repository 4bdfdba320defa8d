# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# For bats files about a container's cgroup, in a world with a user manager: load
# it after common, process and user_manager.

# cgroup_setup [COMMAND...]: a bundle that sleeps, and the manager's world. The
# shell of the test stands in a scope of the manager ("service position").
cgroup_setup() {
	manager_setup setup_bundle sleep 1000
	SCOPE=urun-$ID.scope
}

cgroup_teardown() {
	manager_continue 2>/dev/null || :
	manager_teardown
}

# created [ARGS...]: a container that runs; with global options before `--`.
created() {
	local global=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		global+=("$1")
		shift
	done
	[ $# = 0 ] || shift
	run_urun "${global[@]}" run -d "$@" -b "$BUNDLE" "$ID"
	[ "$status" = 0 ] || fail "the container does not start"
}

# The folder of the cgroup of the container's init.
init_cgroup() {
	cgroup_of "$(pid_of "${1:-$ID}")"
}

# cgroups_path TEXT: in the config.
cgroups_path() {
	edit_config "$BUNDLE" '.linux.cgroupsPath = $p' --arg p "$1"
}

# annotate KEY VALUE
annotate() {
	edit_config "$BUNDLE" '.annotations[$k] = $v' --arg k "$1" --arg v "$2"
}

# The mount of the config that shows the cgroups, writable.
writable_cgroup() {
	edit_config "$BUNDLE" '(.mounts[] | select(.type == "cgroup").options) |= (. // [] | map(select(. != "ro")) + ["rw"])'
}

# owned_files UID DIR: what belongs to that user in it.
owned_files() {
	find "$2" -maxdepth 1 -type f -uid "$1" -printf '%f\n' | sort
}

# delegate_files DIR: what the kernel says may be given away, of what is there.
delegate_files() {
	local f
	for f in $(sort /sys/kernel/cgroup/delegate); do
		[ ! -e "$1/$f" ] || echo "$f"
	done
}

# As keep-id: root in the container is a sub-id, the caller a user in it.
keep_id() {
	local u g
	u=$(subid_line /etc/subuid) g=$(subid_line /etc/subgid)
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1000},
			{containerID: 1000, hostID: $uid, size: 1}] |
		.linux.gidMappings = [{containerID: 0, hostID: $g, size: 1000},
			{containerID: 1000, hostID: $gid, size: 1}]' \
		--argjson uid "$UID" --argjson gid "$(id -g)" \
		--argjson u "${u% *}" --argjson g "${g% *}"
	SUB=${u% *}
	chmod 0755 "$T" "$BUNDLE"
}

# resources JSON: .linux.resources as a whole.
resources() {
	edit_config "$BUNDLE" '.linux.resources = $r' --argjson r "$1"
}

# needs_hugetlb: the one controller of a hybrid host's cgroup2.
needs_hugetlb() {
	has_controller hugetlb "$MANAGER_CGROUP" || skip "the host's cgroup2 has no hugetlb"
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "no huge pages of 2 MB"
}

hugetlb_limit() {
	resources "{\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": $1}]}"
}

# no_cgroup_left: neither a unit nor a folder of ours, and nothing else of create.
no_cgroup_left() {
	wait_until 5 no_unit_or_cgroup || fail "left: $(list_ours)" || return 1
	[ ! -e "$ROOT/$ID" ] || fail "the state is left: $(ls "$ROOT/$ID")"
}

list_ours() {
	comm -13 <(echo "$UNITS_AT_SETUP") <(units_now) | grep -v '^dbus\.service$'
	comm -13 <(echo "$CGROUPS_AT_SETUP") <(user_cgroups_now)
}

no_unit_or_cgroup() {
	[ -z "$(list_ours)" ]
}
