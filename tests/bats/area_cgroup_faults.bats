#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-world: user-manager unified
#
# What goes wrong with the cgroup of a container: stale and foreign units, a
# manager that hangs, a bus that dies, a create that fails or is killed. After
# each there is neither a unit nor a cgroup of it.
load ../lib/common
load ../lib/faults
load ../lib/process
load ../lib/user_manager
load ../lib/cgroups

setup() {
	cgroup_setup
	faults_setup
}

teardown() { cgroup_teardown; }

# ---- units of that name

@test "D05 P31 a failed unit of the scope's name is cleared, and the scope made" {
	failed_unit "$SCOPE"
	run_urun --log-level=debug run -d -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$stderr" "the unit '$SCOPE' exists: clear it and ask again"
	unit_is "$SCOPE" active
	assert_eq "$(unit_name_of "$(pid_of "$ID")")" "$SCOPE"
}

@test "D05 a unit that is in use is left alone, and named" {
	background systemd-run --user --scope --quiet --collect --unit="$SCOPE" \
		sleep 1000 >/dev/null 2>&1 3>&- < <(:)
	local pid=$!
	wait_until 10 unit_is "$SCOPE" active
	run_urun run -d -b "$BUNDLE" "$ID"
	assert_one_line_error "the scope '$SCOPE' is in use"
	assert_has "$stderr" "systemctl --user status $SCOPE"
	[ -d "/proc/$pid" ]
	unit_is "$SCOPE" active
	[ ! -e "$ROOT/$ID" ]
	systemctl --user stop "$SCOPE"
	no_cgroup_left
}

@test "D05 the same id below another --root: refused, and that container runs on" {
	created
	run_urun --root "$T/root2" run -d -b "$BUNDLE" "$ID"
	assert_one_line_error 'is in use: by a container with the same id below another --root?'
	assert_eq "$(state_of "$ID")" running
	[ ! -e "$T/root2/$ID" ]
	pid=$(pid_of "$ID")
	assert_eq "$(urun ps -f json "$ID")" "[$pid]" || assert_eq "$(urun ps -f json "$ID" | jq -c .)" "[$pid]"
	# In a directory of its own it may have that id.
	rm -rf "$T/root2"
}

@test "D05 many starts at once of containers with one name: one gets it" {
	local i n=0
	for i in 1 2 3 4; do
		background "$URUN" --root "$T/many$i" run -d -b "$BUNDLE" "$ID" \
			>"$T/many$i.out" 2>&1 3>&- < <(:)
	done
	for pid in "${STARTED_PIDS[@]}"; do
		! wait "$pid" || n=$((n + 1))
	done
	assert_eq "$n" 1
	for i in 1 2 3 4; do
		"$URUN" --root "$T/many$i" delete --force "$ID"
		rm -rf "$T/many$i"
	done
	no_cgroup_left
}

# ---- a manager and a bus that fail

@test "D05 a manager that hangs is an error within 30 s, and nothing is left" {
	manager_stop
	local start=$SECONDS
	run_urun run -d -b "$BUNDLE" "$ID"
	local took=$((SECONDS - start))
	manager_continue
	assert_one_line_error 'has not answered for 30 seconds'
	assert_has "$stderr" 'hint: does it hang?'
	assert_no_engine_words
	[ "$took" -ge 28 ] && [ "$took" -le 33 ] || fail "it took $took seconds"
	no_cgroup_left
	# It makes the scope of a process that has gone when it goes on: that must not stay.
	created
}

@test "D05 a manager that hangs for a while only delays" {
	manager_stop
	background urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	local pid=$!
	sleep 1
	[ -d "/proc/$pid" ]
	manager_continue
	wait "$pid" || fail "$(<"$T/out")"
	assert_eq "$(unit_name_of "$(pid_of "$ID")")" "$SCOPE"
}

@test "D05 the bus dies while the scope is waited for: one error, nothing left" {
	manager_stop
	background urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	local pid=$!
	sleep 1
	# Not by the manager, which cannot hear now.
	kill -KILL "$BUS_AT_SETUP"
	status=0
	wait "$pid" || status=$?
	manager_continue
	stderr=$(<"$T/out")
	assert_one_line_error "$SCOPE"
	assert_no_engine_words
	no_cgroup_left
}

# fake_bus STAGE: a socket $T/fake that follows the protocol up to STAGE and
# closes then, or says nothing more.
fake_bus() {
	rm -f "$T/fake"
	cat >"$T/fake.py" <<-'PYTHON'
		import os, socket, sys
		path, stage = sys.argv[1:]
		s = socket.socket(socket.AF_UNIX)
		s.bind(path)
		s.listen(4)
		kept = []
		while True:
		    c, _ = s.accept()
		    if stage == "accept":
		        c.close()
		        continue
		    got = b""
		    while b"BEGIN\r\n" not in got and stage != "auth":
		        more = c.recv(4096)
		        if not more:
		            break
		        got += more
		        if b"AUTH" in got and b"BEGIN" not in got:
		            c.send(b"OK 0123456789abcdef0123456789abcdef\r\n")
		    if stage == "auth":
		        c.recv(4096)
		        c.send(b"REJECTED EXTERNAL\r\n")
		    elif stage == "hello":
		        c.send(b"DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n")
		    elif stage == "garbage":
		        c.send(b"DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n")
		        c.send(os.urandom(4096))
		    c.close()
	PYTHON
	background python3 "$T/fake.py" "$T/fake" "$1" 3>&-
	wait_until 10 test -S "$T/fake"
}

@test "D04 D05 a bus that breaks off, refuses or talks nonsense: one error, nothing left" {
	for stage in accept auth hello garbage; do
		fake_bus "$stage"
		DBUS_SESSION_BUS_ADDRESS=unix:path=$T/fake run_urun run -d -b "$BUNDLE" "$ID"
		if [ "$status" != 0 ]; then
			assert_one_line_error systemd || fail "$stage"
			assert_no_engine_words || fail "$stage"
		fi
		urun delete --force "$ID"
		no_cgroup_left || fail "$stage"
	done
}

# ---- create fails, and dies, at each step

is_reached_by_create() {
	case $1 in
	*:compile-filter | *:receive-filter | *:console | *idmapped-binds | *make-notify | \
		*net-devices | *resctrl | create:raise-rlimits | *:receive-pid | *hooks* | \
		*sysctl* | init:create-dirs) return 1 ;;
	esac
}

fail_each() {
	local manager=$1 step
	shift
	for step in $(steps "$@"); do
		is_reached_by_create "$step" || continue
		faulty "URUN_TEST_FAIL_AT=$step" "--cgroup-manager=$manager" create -b "$BUNDLE" "$ID"
		if [ "$status" = 0 ]; then
			[[ $step == process:* ]] || ! grep -qx "$step" "$T/seen" ||
				fail "$step did not fail" || return 1
			run_urun delete --force "$ID"
		else
			assert_one_line_error "$step" || return 1
		fi
		no_cgroup_left || fail "$step" || return 1
	done
}

die_each() {
	local manager=$1 step
	shift
	for step in $(steps create); do
		is_reached_by_create "$step" || continue
		faulty "URUN_TEST_DIE_AT=$step" "--cgroup-manager=$manager" create -b "$BUNDLE" "$ID"
		run_urun delete --force "$ID"
		assert_success || fail "$step" || return 1
		no_cgroup_left || fail "$step" || return 1
	done
}

@test "D09 C19 create with a scope fails at each of its steps: no unit, no cgroup" {
	fail_each systemd create
}

@test "D09 C19 create with a scope: init fails at each of its steps" {
	fail_each systemd init process
}

@test "D09 C19 create with a directory fails at each of its steps: it is removed" {
	fail_each cgroupfs create init process
}

@test "D09 S4 urun is killed at each step of create: the scope goes, at the latest with delete --force" {
	die_each systemd
}

@test "D09 S4 urun is killed at each step of create: delete --force removes the directory" {
	die_each cgroupfs
}

@test "D09 S4 urun is killed while init is at each of its steps" {
	for manager in systemd cgroupfs; do
		for step in $(steps init); do
			is_reached_by_create "$step" || continue
			faulty "URUN_TEST_ORPHAN_AT=$step" "--cgroup-manager=$manager" create -b "$BUNDLE" "$ID"
			run_urun delete --force "$ID"
			assert_success || fail "$step"
			no_cgroup_left || fail "$manager $step"
		done
	done
}

@test "D09 a limit that cannot be set leaves neither scope nor directory" {
	resources '{"unified": {"cgroup.nonsense": "1"}}'
	for manager in systemd cgroupfs; do
		run_urun "--cgroup-manager=$manager" run -d -b "$BUNDLE" "$ID"
		assert_one_line_error '.linux.resources.unified' || fail "$manager"
		no_cgroup_left
	done
}

# ---- afterwards

@test "K21 D09 the scope is stopped by systemctl: the container has ended, delete cleans" {
	# Or it is asked for 90 s.
	set_script "$BUNDLE" 'trap exit TERM; sleep 1000 & wait'
	created
	systemctl --user stop "$SCOPE"
	wait_status "$ID" stopped
	run_urun delete "$ID"
	assert_quiet
	no_cgroup_left
}

@test "K14 K15 D09 a cgroup that has gone from under a container that has ended" {
	created
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	wait_until 5 eval '! unit_exists "$SCOPE"'
	run_urun kill --all "$ID" KILL
	assert_quiet
	run_urun ps "$ID"
	assert_one_line_error 'container not running'
	run_urun delete --force "$ID"
	assert_quiet
}

@test "D09 delete --force with a manager that hangs does not wait for it" {
	created
	manager_stop
	local start=$SECONDS
	run_urun delete --force "$ID"
	manager_continue
	assert_quiet
	[ $((SECONDS - start)) -lt 8 ] || fail "it took $((SECONDS - start)) seconds"
	no_cgroup_left
}

@test "D09 a note of the cgroup that is damaged, or names another's, does no harm" {
	created
	local note=$ROOT/$ID/cgroup other
	[ -L "$note" ]
	ln -sfn "$(printf 'systemd\n%s\ncontainer\n/nowhere/%s' "$SCOPE" "$SCOPE")" "$note"
	run_urun delete --force "$ID"
	assert_quiet
	no_cgroup_left
	created
	ln -sfn nonsense "$ROOT/$ID/cgroup"
	run_urun delete --force "$ID"
	assert_success
	no_cgroup_left
}
