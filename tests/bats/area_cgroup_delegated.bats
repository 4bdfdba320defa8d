#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-world: user-manager hybrid
#
# A container in a directory below a cgroup that its caller owns, where cgroup2
# is beside v1: what works there, what is refused, and what systemd still does.
load ../lib/common
load ../lib/process
load ../lib/user_manager
load ../lib/cgroups

setup() { cgroup_setup; }

teardown() {
	if [ -n "${BOX_UNIT-}" ]; then
		for id in "$ROOT"/*/; do
			[ ! -d "$id" ] || urun delete --force "$(basename "$id")" || :
		done
		systemctl --user stop "$BOX_UNIT" 2>/dev/null || :
	fi
	cgroup_teardown
}

# A delegated scope with a process in `held`; its folder is $BOX, as the config
# names it $BOX_PATH.
delegated_box() {
	BOX_UNIT=box-$ID.scope
	background systemd-run --user --scope --quiet --collect --unit="$BOX_UNIT" -p Delegate=yes \
		sleep 1000 >/dev/null 2>&1 3>&- < <(:)
	local pid=$!
	wait_until 10 unit_is "$BOX_UNIT" active
	BOX=$(unit_cgroup "$BOX_UNIT")
	BOX_PATH=${BOX#"$MANAGER_CGROUP2"}
	mkdir "$BOX/held"
	wait_until 10 move_all "$BOX" "$BOX/held"
}

move_all() {
	local pid
	while read -r pid; do
		echo "$pid" 2>/dev/null >"$2/cgroup.procs"
	done <"$1/cgroup.procs"
	[ -z "$(<"$1/cgroup.procs")" ]
}

# in_box COMMAND...: from a process of the box.
in_box() {
	# shellcheck disable=SC2016
	bash -c 'echo $$ >"$0/held/cgroup.procs"; exec "$@"' "$BOX" "$@"
}

@test "D01 V24 hybrid: auto still takes the scope, beside v1" {
	run_urun --log-level=debug create -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$stderr" "the scope '$SCOPE'"
	assert_eq "$(init_cgroup)" "$(unit_cgroup "$SCOPE")/container"
	urun pause "$ID" 2>/dev/null || :
	urun start "$ID"
	urun pause "$ID"
	assert_eq "$(state_of "$ID")" paused
	urun resume "$ID"
	run_urun exec "$ID" grep ^0: /proc/self/cgroup
	assert_has "$output" 0::/
	run_urun kill --all "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped
}

@test "V24 V25 hybrid: a limit whose controller is on v1 is refused, with what the host needs" {
	has_controller pids "$MANAGER_CGROUP" && skip "this host has pids in cgroup2"
	delegated_box
	resources '{"pids": {"limit": 10}}'
	cgroups_path "$BOX_PATH/c"
	for manager in systemd cgroupfs; do
		[ "$manager" != systemd ] || cgroups_path ''
		[ "$manager" != cgroupfs ] || cgroups_path "$BOX_PATH/c"
		run_urun "--cgroup-manager=$manager" run -b "$BUNDLE" "$ID"
		assert_one_line_error .linux.resources.pids.limit || fail "$manager"
		assert_has "$stderr" pids
		assert_has "$stderr" 'hint: boot the host with systemd.unified_cgroup_hierarchy=1'
		assert_no_engine_words
		[ ! -e "$BOX/c" ]
	done
}

@test "D01 an absolute path is made below what is delegated, and removed" {
	delegated_box
	cgroups_path "$BOX_PATH/a/b/$ID"
	created --cgroup-manager=cgroupfs
	assert_quiet
	assert_eq "$(init_cgroup)" "$BOX/a/b/$ID"
	urun delete --force "$ID"
	[ ! -e "$BOX/a/b/$ID" ]
	rmdir "$BOX/a/b" "$BOX/a" 2>/dev/null || :
}

@test "D01 D09 a create that fails leaves none of the parents that it made, and what was there" {
	delegated_box
	mkdir "$BOX/there"
	cgroups_path "$BOX_PATH/there/a/b/$ID"
	edit_config "$BUNDLE" '.mounts += [{destination: "/x", type: "bind", source: "/none", options: ["bind"]}]'
	run_urun --cgroup-manager=cgroupfs create -b "$BUNDLE" "$ID"
	assert_one_line_error /none
	assert_eq "$(find "$BOX/there" -mindepth 1 -type d)" ''
	[ -d "$BOX/there" ]
	cgroups_path "$BOX_PATH/there/a/$(printf 'n%.0s' $(seq 300))/$ID"
	run_urun --cgroup-manager=cgroupfs create -b "$BUNDLE" "$ID"
	assert_one_line_error
	rmdir "$BOX/there"
}

@test "D01 auto takes a path's form for the manager: '/' is a directory" {
	delegated_box
	cgroups_path "$BOX_PATH/$ID"
	created
	assert_eq "$(init_cgroup)" "$BOX/$ID"
	! unit_exists "$SCOPE"
}

@test "D01 a relative path is one from the top, as crun has it" {
	delegated_box
	cgroups_path "${BOX_PATH#/}/$ID"
	created --cgroup-manager=cgroupfs
	assert_eq "$(init_cgroup)" "$BOX/$ID"
}

@test "D01 without a path it is beside the caller's own, in what is delegated" {
	delegated_box
	edit_config "$BUNDLE" 'del(.linux.cgroupsPath)'
	in_box "$URUN" --root "$ROOT" --cgroup-manager=cgroupfs run -d -b "$BUNDLE" "$ID" \
		>"$T/out" 2>&1 3>&- < <(:) || fail "$(<"$T/out")"
	assert_eq "$(init_cgroup)" "$BOX/urun-$ID"
	run in_box "$URUN" --root "$ROOT" exec "$ID" grep ^0: /proc/self/cgroup
	assert_has "$output" 0::/
}

@test "D01 what is not the caller's is refused by its name, before anything is made" {
	for path in /urt-none /init.scope/x "${MANAGER_WORLD#"$MANAGER_CGROUP2"}/x" /../../x; do
		cgroups_path "$path"
		run_urun --cgroup-manager=cgroupfs run -b "$BUNDLE" "$ID"
		assert_one_line_error || fail "$path"
		assert_has "$stderr" 'is not yours to change'
		assert_has "$stderr" 'hint: '
		assert_no_engine_words
		[ ! -e "$ROOT/$ID" ]
	done
	for path in / // /./.; do
		cgroups_path "$path"
		run_urun --cgroup-manager=cgroupfs run -b "$BUNDLE" "$ID"
		assert_one_line_error .linux.cgroupsPath || fail "$path"
	done
	cgroups_path "/$(printf 'x%.0s' {1..300})"
	run_urun --cgroup-manager=cgroupfs run -b "$BUNDLE" "$ID"
	assert_one_line_error
	assert_no_engine_words
}

@test "D01 a cgroup with processes of others is refused, and stays as it is" {
	delegated_box
	cgroups_path "$BOX_PATH/held"
	run_urun --cgroup-manager=cgroupfs run -b "$BUNDLE" "$ID"
	assert_one_line_error 'has processes of another container'
	[ -n "$(<"$BOX/held/cgroup.procs")" ]
	[ ! -e "$ROOT/$ID" ]
}

@test "D01 an empty cgroup that was there is taken" {
	delegated_box
	mkdir "$BOX/mine"
	cgroups_path "$BOX_PATH/mine"
	created --cgroup-manager=cgroupfs
	assert_eq "$(init_cgroup)" "$BOX/mine"
}

@test "C53 init is born in its cgroup: its first process has never been elsewhere" {
	needs_hugetlb
	delegated_box
	cgroups_path "$BOX_PATH/$ID"
	hugetlb_limit 4194304
	enable_controller hugetlb "$MANAGER_CGROUP" "$BOX/x"
	created --cgroup-manager=cgroupfs
	assert_eq "$(<"$BOX/$ID/hugetlb.2MB.max")" 4194304
	urun delete --force "$ID"
	need_command strace
	# To its end: strace stays with all that it follows.
	set_args "$BUNDLE" true
	run timeout -k 1 30 strace -f -qq -e trace=clone3 -o "$T/trace" "$URUN" --root "$ROOT" \
		--cgroup-manager=cgroupfs run -b "$BUNDLE" "$ID"
	assert_success
	grep -q CLONE_INTO_CGROUP "$T/trace" || fail "$(<"$T/trace")"
}

@test "V23 controllers are enabled from what is delegated down to the container" {
	needs_hugetlb
	delegated_box
	enable_controller hugetlb "$MANAGER_CGROUP" "$BOX"
	cgroups_path "$BOX_PATH/p/q"
	hugetlb_limit 6291456
	created --cgroup-manager=cgroupfs
	assert_eq "$(<"$BOX/cgroup.subtree_control")" hugetlb
	assert_eq "$(<"$BOX/p/cgroup.subtree_control")" hugetlb
	assert_eq "$(<"$BOX/p/q/hugetlb.2MB.max")" 6291456
	urun delete --force "$ID"
	[ ! -e "$BOX/p/q" ]
	rmdir "$BOX/p" 2>/dev/null || :
}

@test "M20 a delegated directory is the container's, who can make others in it" {
	delegated_box
	cgroups_path "$BOX_PATH/$ID"
	writable_cgroup
	created --cgroup-manager=cgroupfs
	exec_script 'grep ^0: /proc/self/cgroup; mkdir /sys/fs/cgroup/x && echo $$ >/sys/fs/cgroup/x/cgroup.procs && grep ^0: /proc/self/cgroup'
	assert_success
	assert_eq "${lines[0]} ${lines[1]}" '0::/ 0::/x'
	assert_eq "$(urun ps -f json "$ID" | jq length)" 1
}

@test "V27 D09 a hierarchy of 1000 levels that the container made is removed" {
	delegated_box
	cgroups_path "$BOX_PATH/$ID"
	writable_cgroup
	# shellcheck disable=SC2016
	set_script "$BUNDLE" 'cd /sys/fs/cgroup; i=0
		while [ $i -lt 1000 ]; do mkdir d && cd d || break; i=$((i + 1)); done
		echo made $i; exec sleep 1000'
	created --cgroup-manager=cgroupfs
	wait_until 60 grep -q made "$T/.stdout"
	assert_eq "$(grep made "$T/.stdout")" 'made 1000'
	run_urun ps -f json "$ID"
	assert_success
	run_urun delete --force "$ID"
	assert_quiet
	[ ! -e "$BOX/$ID" ]
}

@test "V27 D09 many cgroups side by side, with a process in each, are removed" {
	delegated_box
	cgroups_path "$BOX_PATH/$ID"
	writable_cgroup
	# shellcheck disable=SC2016
	set_script "$BUNDLE" 'cd /sys/fs/cgroup; for i in $(seq 40); do
		mkdir -p s$i/t && { sh -c "echo \$\$ >s$i/t/cgroup.procs; exec sleep 1000" & }
		done; echo made; wait'
	created --cgroup-manager=cgroupfs
	wait_until 20 grep -q made "$T/.stdout"
	wait_until 10 eval '[ "$(urun ps -f json "$ID" | jq length)" = 41 ]'
	run_urun delete --force "$ID"
	assert_quiet
	[ ! -e "$BOX/$ID" ]
}

@test "V26 V27 K15 the walk on true cgroups, by its unit test" {
	delegated_box
	run in_box "$URUN_TEST_DIR/tests/unit/cgroup/test_tree"
	assert_success
	assert_lacks "$output" SKIP
}

@test "K14 K08 pause, resume and kill --all in a directory" {
	delegated_box
	cgroups_path "$BOX_PATH/$ID"
	created --cgroup-manager=cgroupfs
	urun exec -d "$ID" sleep 1000
	urun pause "$ID"
	assert_eq "$(state_of "$ID")" paused
	assert_eq "$(key "$BOX/$ID/cgroup.events" frozen)" 1
	run_urun kill --all "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped
	run_urun delete "$ID"
	assert_quiet
	[ ! -e "$BOX/$ID" ]
}

@test "E19 exec into a directory, from the service's position and from a session" {
	delegated_box
	cgroups_path "$BOX_PATH/$ID"
	created --cgroup-manager=cgroupfs
	run_urun exec -d --pid-file "$T/p" "$ID" sleep 1000
	assert_quiet
	assert_eq "$(cgroup_of "$(<"$T/p")")" "$BOX/$ID"
	run --separate-stderr at session "$URUN" --root "$ROOT" exec "$ID" true </dev/null
	assert_one_line_error 'cannot be entered from here'
	assert_no_engine_words
	assert_eq "$(urun ps -f json "$ID" | jq length)" 2
}

@test "D02 session position, cgroupfs: the cgroup is not the caller's" {
	run --separate-stderr at session "$URUN" --root "$ROOT" --cgroup-manager=cgroupfs \
		run -b "$BUNDLE" "$ID" </dev/null
	assert_one_line_error "session-1.scope' is not yours to change"
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
}
