#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-world: user-manager
#
# run.oci.delegate-cgroup: one more cgroup below the container's, in which its processes
# are and which is its to manage.
load ../lib/common
load ../lib/process
load ../lib/user_manager
load ../lib/cgroups

setup() {
	cgroup_setup
	annotate run.oci.delegate-cgroup inner
}

teardown() { cgroup_teardown; }

# "max" is a number here: of pages that no host has.
is_unlimited() { [ "$(<"$1/hugetlb.2MB.max")" -gt $((1 << 60)) ]; }

controllers() { cat "$1/cgroup.controllers"; }

@test "A10 the process is below the cgroup with the limits, and sees itself there" {
	writable_cgroup
	created
	assert_quiet
	dir=$(unit_cgroup "$SCOPE")/container
	assert_eq "$(init_cgroup)" "$dir/inner"
	assert_eq "$(<"$dir/cgroup.procs")" ''
	# The namespace begins above: its root is the cgroup that has the limits.
	exec_script 'grep ^0: /proc/self/cgroup; ls -d /sys/fs/cgroup/inner; cat /sys/fs/cgroup/cgroup.procs'
	assert_success
	assert_eq "${lines[*]}" '0::/inner /sys/fs/cgroup/inner'
	assert_eq "$(stat -c %i "/proc/$(pid_of "$ID")/root/sys/fs/cgroup")" "$(stat -c %i "$dir")"
	urun delete --force "$ID"
	no_cgroup_left
}

@test "A10 exec lands in it, also where the container divides it" {
	writable_cgroup
	created
	dir=$(unit_cgroup "$SCOPE")/container/inner
	run_urun exec -d --pid-file "$T/p" "$ID" sleep 1000
	assert_quiet
	assert_eq "$(cgroup_of "$(<"$T/p")")" "$dir"
	exec_script 'cd /sys/fs/cgroup/inner && mkdir a && for p in $(cat cgroup.procs); do
		echo $p >a/cgroup.procs; done; grep ^0: /proc/self/cgroup'
	assert_success
	assert_output 0::/inner/a
	assert_eq "$(init_cgroup)" "$dir/a"
	run_urun exec --cgroup /a "$ID" grep ^0: /proc/self/cgroup
	assert_output 0::/inner/a
	run_urun exec --cgroup /none "$ID" true
	assert_one_line_error "--cgroup '/none'"
	assert_eq "$(urun ps -f json "$ID" | jq length)" 2
}

@test "A10 exec goes to where init is once controllers are enabled in it" {
	needs_hugetlb
	writable_cgroup
	hugetlb_limit 4194304
	created
	exec_script 'cd /sys/fs/cgroup/inner && mkdir a && echo 1 >a/cgroup.procs && echo $$ >a/cgroup.procs &&
		echo +hugetlb >cgroup.subtree_control'
	assert_success
	run_urun exec "$ID" grep ^0: /proc/self/cgroup
	assert_output 0::/inner/a
}

@test "A10 V23 the limits are above it, none in it, and all controllers are there" {
	needs_hugetlb
	hugetlb_limit 4194304
	created
	scope=$(unit_cgroup "$SCOPE")
	assert_eq "$(<"$scope/hugetlb.2MB.max")" 4194304
	assert_eq "$(<"$scope/container/hugetlb.2MB.max")" 4194304
	is_unlimited "$scope/container/inner"
	assert_eq "$(controllers "$scope/container/inner")" "$(controllers "$scope")"
	# An update changes what the container sees at its top, and nothing in there.
	echo '{"hugepageLimits": [{"pageSize": "2MB", "limit": 6291456}]}' >"$T/limits"
	run_urun update -r "$T/limits" "$ID"
	assert_quiet
	assert_eq "$(<"$scope/hugetlb.2MB.max")" 6291456
	assert_eq "$(<"$scope/container/hugetlb.2MB.max")" 6291456
	is_unlimited "$scope/container/inner"
}

@test "A10 D08 without a limit all controllers are there, too" {
	needs_hugetlb
	hugetlb_limit 4194304
	created
	urun delete --force "$ID"
	resources '{}'
	created
	scope=$(unit_cgroup "$SCOPE")
	assert_has "$(controllers "$scope")" hugetlb
	assert_eq "$(controllers "$scope/container/inner")" "$(controllers "$scope")"
}

@test "A10 M20 it alone is the container root's: exactly what may be delegated" {
	need_subids
	keep_id
	writable_cgroup
	created
	dir=$(init_cgroup)
	assert_eq "${dir##*/}" inner
	assert_eq "$(stat -c %u "$dir")" "$SUB"
	assert_eq "$(owned_files "$SUB" "$dir")" "$(delegate_files "$dir")"
	assert_eq "$(stat -c %u "${dir%/*}")" "$UID"
	assert_eq "$(owned_files "$SUB" "${dir%/*}")" ''
	exec_script 'mkdir /sys/fs/cgroup/x || echo refused
		mkdir /sys/fs/cgroup/inner/x && echo $$ >/sys/fs/cgroup/inner/x/cgroup.procs && grep ^0: /proc/self/cgroup'
	assert_has "$output" refused
	assert_has "$output" 0::/inner/x
	run_urun delete --force "$ID"
	assert_quiet
	no_cgroup_left
}

@test "A10 it is the container root's behind a read-only mount, too: it was asked for" {
	need_subids
	keep_id
	created
	assert_eq "$(stat -c %u "$(init_cgroup)")" "$SUB"
}

@test "A10 an owner without an id in the container cannot give it away: said, nothing left" {
	need_subids
	local u g
	u=$(subid_line /etc/subuid) g=$(subid_line /etc/subgid)
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: $g, size: 1000}]' \
		--argjson u "${u% *}" --argjson g "${g% *}"
	chmod 0755 "$T" "$BUNDLE"
	run_urun run -d -b "$BUNDLE" "$ID"
	assert_one_line_error '.annotations["run.oci.delegate-cgroup"]'
	assert_has "$stderr" 'hint: '
	assert_no_engine_words
	no_cgroup_left
}

@test "A10 A09 below the sub-cgroup of the annotation, or below the scope itself" {
	annotate run.oci.systemd.subgroup outer
	created
	assert_eq "$(init_cgroup)" "$(unit_cgroup "$SCOPE")/outer/inner"
	urun delete --force "$ID"
	annotate run.oci.systemd.subgroup ''
	created
	assert_eq "$(init_cgroup)" "$(unit_cgroup "$SCOPE")/inner"
	run_urun exec -d --pid-file "$T/p" "$ID" sleep 1000
	assert_quiet
	assert_eq "$(cgroup_of "$(<"$T/p")")" "$(init_cgroup)"
}

@test "A10 without a cgroup namespace it is made all the same" {
	edit_config "$BUNDLE" '.linux.namespaces |= map(select(.type != "cgroup"))'
	created
	dir=$(unit_cgroup "$SCOPE")/container/inner
	assert_eq "$(init_cgroup)" "$dir"
	run_urun exec "$ID" grep ^0: /proc/self/cgroup
	assert_has "$output" "${SCOPE}/container/inner"
}

@test "A10 K08 K14 ps, pause, kill --all and delete reach what is in there" {
	writable_cgroup
	created
	urun exec -d "$ID" sleep 1000
	exec_script 'cd /sys/fs/cgroup/inner && mkdir a && echo 1 >a/cgroup.procs'
	assert_success
	assert_eq "$(urun ps -f json "$ID" | jq length)" 2
	urun pause "$ID"
	assert_eq "$(state_of "$ID")" paused
	assert_eq "$(key "$(init_cgroup)/cgroup.events" frozen)" 1
	urun resume "$ID"
	run_urun events --stats "$ID"
	assert_success
	run_urun kill --all "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped
	run_urun delete "$ID"
	assert_quiet
	no_cgroup_left
}

@test "A10 in a directory of the cgroupfs manager" {
	box=${MANAGER_CGROUP}/box-$ID
	path=${box#"$MANAGER_CGROUP2"}
	cgroups_path "$path"
	writable_cgroup
	created --cgroup-manager=cgroupfs
	assert_quiet
	assert_eq "$(init_cgroup)" "$box/inner"
	exec_script 'grep ^0: /proc/self/cgroup'
	assert_output 0::/inner
	urun delete --force "$ID"
	[ ! -e "$box" ]
	no_cgroup_left
}

@test "A10 names that no cgroup can have are refused, before anything is made" {
	for name in '' . .. a/b / ../x $'a\nb' "$(printf 'x%.0s' {1..256})"; do
		annotate run.oci.delegate-cgroup "$name"
		run_urun run -b "$BUNDLE" "$ID"
		assert_one_line_error '.annotations["run.oci.delegate-cgroup"]' || fail "$name"
		no_cgroup_left
	done
}

@test "A10 D02 without a cgroup to make it in it is an error that names it" {
	run_urun --cgroup-manager=disabled run -b "$BUNDLE" "$ID"
	assert_one_line_error '.annotations["run.oci.delegate-cgroup"]: no cgroup to make another in'
	assert_has "$stderr" 'hint: leave --cgroup-manager=disabled out, or the annotation'
	assert_no_engine_words
	run --separate-stderr at session "$URUN" --root "$ROOT" --cgroup-manager=cgroupfs \
		run -d -b "$BUNDLE" "$ID" </dev/null
	assert_one_line_error '.annotations["run.oci.delegate-cgroup"]: no cgroup to make another in'
	assert_has "$stderr" 'hint: '
	no_cgroup_left
}

@test "A10 D09 a create that fails later, or is killed, leaves nothing of it" {
	edit_config "$BUNDLE" '.mounts += [{destination: "/z", type: "bind", source: "/nowhere", options: ["bind"]}]'
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure
	no_cgroup_left
	edit_config "$BUNDLE" '.mounts |= map(select(.destination != "/z")) |
		.hooks.createContainer = [{path: "/bin/false"}]'
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure
	no_cgroup_left
	edit_config "$BUNDLE" '.hooks.createContainer = [{path: "/bin/sleep", args: ["sleep", "1000"]}]'
	background "$URUN" --root "$ROOT" run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&- < <(:)
	wait_until 10 eval '[ -n "$(unit_cgroup "$SCOPE")" ] && [ -d "$(unit_cgroup "$SCOPE")/container/inner" ]'
	kill -KILL $!
	run_urun delete --force "$ID"
	assert_quiet
	no_cgroup_left
}

@test "A10 --dry-run tells of it" {
	run_urun run --dry-run -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$output" $'\ncgroup-inner inner\n'
}
