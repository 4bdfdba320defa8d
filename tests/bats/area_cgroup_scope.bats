#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-world: user-manager unified
#
# A container in a scope of the caller's systemd: who makes it, its name, what
# it has, and what exec, pause, kill, ps and delete do with it.
load ../lib/common
load ../lib/process
load ../lib/user_manager
load ../lib/cgroups

setup() { cgroup_setup; }
teardown() { cgroup_teardown; }

# ---- which manager

@test "D01 D05 auto takes a scope of the user's systemd, and says so at debug level" {
	run_urun --log-level=debug create -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$stderr" "cgroup by systemd at '$XDG_RUNTIME_DIR/bus': the scope '$SCOPE'"
	assert_eq "$(unit_name_of "$(pid_of "$ID")")" "$SCOPE"
	assert_eq "$(init_cgroup)" "$(unit_cgroup "$SCOPE")/container"
	unit_is "$SCOPE" active
	urun start "$ID"
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	urun delete "$ID"
	no_cgroup_left
}

@test "D05 --cgroup-manager=systemd and --systemd-cgroup give a scope, too" {
	for option in --cgroup-manager=systemd --systemd-cgroup; do
		created "$option"
		assert_quiet
		assert_eq "$(unit_name_of "$(pid_of "$ID")")" "$SCOPE"
		urun delete --force "$ID"
		no_cgroup_left
	done
}

@test "D01 --cgroup-manager=cgroupfs makes a directory and asks no systemd" {
	created --cgroup-manager=cgroupfs
	assert_eq "${stderr}" ''
	dir=$(init_cgroup)
	assert_eq "${dir##*/}" "urun-$ID"
	! unit_exists "$SCOPE"
	assert_eq "$(<"$dir/cgroup.procs")" "$(pid_of "$ID")"
	urun delete --force "$ID"
	[ ! -e "$dir" ]
}

@test "D11 --cgroup-manager=disabled leaves the container where its caller is" {
	created --cgroup-manager=disabled
	assert_eq "$(sed -n 's/^0:://p' "/proc/$(pid_of "$ID")/cgroup")" \
		"$(sed -n 's/^0:://p' /proc/self/cgroup)"
	! unit_exists "$SCOPE"
	urun delete --force "$ID"
	hugetlb_limit 4194304
	run_urun --cgroup-manager=disabled run -b "$BUNDLE" "$ID"
	assert_one_line_error '.linux.resources.hugepageLimits'
	assert_has "$stderr" disabled
	no_cgroup_left
}

@test "D05 run in the foreground has its scope as long as it runs" {
	run_script 'grep ^0: /proc/self/cgroup'
	assert_success
	# Its own namespace's root is the cgroup it is in.
	assert_output 0::/
	no_cgroup_left
}

# ---- the bus

@test "D04 no bus, a dead one, one that refuses: no cgroup, and a notice at debug level" {
	for state in none refused denied; do
		bus_break "$state"
		no_private run_urun --log-level=debug create -b "$BUNDLE" "$ID"
		bus_restore
		assert_success || fail "$state"
		urun delete --force "$ID"
		# What is left is a directory where the caller may make one.
		assert_has "$stderr" "cgroup by cgroupfs"
	done
}

@test "D04 without a bus the manager's own socket is asked" {
	no_bus run_urun --log-level=debug create -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$stderr" "cgroup by systemd at '$XDG_RUNTIME_DIR/systemd/private'"
	assert_eq "$(unit_name_of "$(pid_of "$ID")")" "$SCOPE"
}

# The manager's own socket would do as well as its bus.
no_private() {
	mv "$MANAGER_RUNTIME/systemd/private" "$MANAGER_RUNTIME/systemd/private.away"
	"$@"
	mv "$MANAGER_RUNTIME/systemd/private.away" "$MANAGER_RUNTIME/systemd/private"
}

no_bus_at_all() {
	bus_break none
	no_private "$@"
	bus_restore
}

# As with_bus, but $status is that of the command's `run`.
no_bus() {
	bus_break none
	"$@"
	bus_restore
}

away_bus() {
	bus_break address
	DBUS_SESSION_BUS_ADDRESS=unix:path=$MANAGER_RUNTIME/bus.away "$@"
	bus_restore
}

# In a login's session, where nothing is delegated.
in_session() {
	run --separate-stderr at session "$URUN" --root "$ROOT" "$@" </dev/null
}

@test "D02 D04 neither bus nor delegated cgroup: it runs; a limit is an error that says why" {
	set_args "$BUNDLE" true
	no_bus_at_all in_session run -b "$BUNDLE" "$ID"
	assert_quiet
	hugetlb_limit 4194304
	no_bus_at_all in_session run -b "$BUNDLE" "$ID"
	assert_one_line_error '.linux.resources.hugepageLimits'
	assert_has "$stderr" "the user bus unreachable: tried '$XDG_RUNTIME_DIR/bus'"
	assert_has "$stderr" "systemctl start user@$UID.service"
	assert_no_engine_words
	no_bus_at_all in_session --cgroup-manager=systemd run -b "$BUNDLE" "$ID"
	assert_one_line_error '.linux.resources.hugepageLimits'
}

@test "D02 --cgroup-manager by name is an error where it cannot be had" {
	set_args "$BUNDLE" true
	no_bus_at_all in_session --cgroup-manager=systemd run -b "$BUNDLE" "$ID"
	assert_one_line_error 'no cgroup for the container'
	assert_has "$stderr" 'the user bus unreachable'
	assert_no_engine_words
	in_session --cgroup-manager=cgroupfs run -b "$BUNDLE" "$ID"
	assert_one_line_error 'is not yours to change'
	assert_has "$stderr" 'hint: '
	assert_no_engine_words
}

@test "D04 a foreign XDG_RUNTIME_DIR is not asked, and our own is found" {
	XDG_RUNTIME_DIR=$MANAGER_FOREIGN run_urun --log-level=debug create -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$stderr" "cgroup by systemd at '$MANAGER_RUNTIME/bus'"
	assert_eq "$(unit_name_of "$(pid_of "$ID")")" "$SCOPE"
	urun delete --force "$ID"
	# Ours is gone, too: only then it is named.
	hugetlb_limit 4194304
	in_foreign_session() { XDG_RUNTIME_DIR=$MANAGER_FOREIGN in_session "$@"; }
	no_bus_at_all in_foreign_session run -b "$BUNDLE" "$ID"
	assert_one_line_error "'$MANAGER_FOREIGN/bus' is another user's"
}

@test "D04 DBUS_SESSION_BUS_ADDRESS is the first to be asked" {
	away_bus run_urun --log-level=debug create -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$stderr" "cgroup by systemd at '$XDG_RUNTIME_DIR/bus.away'"
	assert_eq "$(unit_name_of "$(pid_of "$ID")")" "$SCOPE"
}

@test "D04 the address of another bus, without a systemd on it, is passed over" {
	background dbus-daemon --session --nofork --nopidfile \
		"--address=unix:path=$T/other.bus" >"$T/dbus.log" 2>&1 3>&-
	wait_until 5 test -S "$T/other.bus"
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$T/other.bus
	run_urun --log-level=debug create -b "$BUNDLE" "$ID"
	unset DBUS_SESSION_BUS_ADDRESS
	assert_success
	assert_eq "$(unit_name_of "$(pid_of "$ID")")" "$SCOPE"
}

@test "D04 an address that is none of ours is passed over, whatever it is" {
	for address in unix:path=/nowhere tcp:host=localhost,port=1 unix:abstract=urun-none \
		nonsense 'unix:path=%2fnowhere%2fbus;unix:path=/nowhere' '' ';;'; do
		export DBUS_SESSION_BUS_ADDRESS=$address
		run_urun create -b "$BUNDLE" "$ID"
		unset DBUS_SESSION_BUS_ADDRESS
		assert_quiet || fail "$address"
		assert_eq "$(unit_name_of "$(pid_of "$ID")")" "$SCOPE"
		urun delete --force "$ID"
		no_cgroup_left
	done
}

@test "D04 the system bus is never asked for a user" {
	[ -w /run/dbus ] || skip "the world has no folder for a system bus of the test"
	background python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind("/run/dbus/system_bus_socket")
os.chmod("/run/dbus/system_bus_socket", 0o666)
s.listen(8)
while True:
    s.accept()
    open(sys.argv[1], "a").write("asked\n")
' "$T/asked" 3>&-
	wait_until 10 test -S /run/dbus/system_bus_socket
	set_args "$BUNDLE" true
	hugetlb_limit 4194304
	for address in '' unix:path=/run/dbus/system_bus_socket; do
		DBUS_SYSTEM_BUS_ADDRESS=$address no_bus_at_all in_session run -b "$BUNDLE" "$ID"
		assert_one_line_error 'the user bus unreachable'
	done
	run_urun --systemd-cgroup run -b "$BUNDLE" "$ID"
	rm /run/dbus/system_bus_socket
	[ ! -e "$T/asked" ] || fail "the system bus was asked"
}

@test "D04 libsystemd that cannot be loaded is an error with its name" {
	mkdir "$T/lib"
	echo nonsense >"$T/lib/libsystemd.so.0"
	with_library run_urun --systemd-cgroup run -b "$BUNDLE" "$ID"
	assert_one_line_error libsystemd.so.0
	assert_has "$stderr" 'hint: '
	assert_no_engine_words
	no_cgroup_left
}

# ---- names

# has_place PATH SLICE UNIT
has_place() {
	cgroups_path "$1"
	created --systemd-cgroup
	assert_quiet
	unit=$(unit_name_of "$(pid_of "$ID")")
	assert_eq "$unit" "$3"
	assert_eq "$(unit_property "$unit" Slice)" "$2"
	[ "$2" = -.slice ] || assert_has "$(init_cgroup)" "/$2/$3/container"
	urun delete --force "$ID"
	no_cgroup_left
}

@test "D03 the paths of podman, CRI-O, containerd and docker name slice and scope" {
	has_place user.slice:libpod:$ID user.slice "libpod-$ID.scope"
	has_place user-urt.slice:libpod:$ID user-urt.slice "libpod-$ID.scope"
	has_place user-urt-pod1.slice:crio:$ID user-urt-pod1.slice "crio-$ID.scope"
	has_place user.slice:nerdctl:$ID user.slice "nerdctl-$ID.scope"
	has_place user.slice:docker:$ID user.slice "docker-$ID.scope"
	systemctl --user stop user-urt.slice user.slice 2>/dev/null || :
}

@test "D03 empty parts, '-', paths and odd characters" {
	has_place ":libpod:$ID" user.slice "libpod-$ID.scope"
	has_place "app.slice::$ID" app.slice "-$ID.scope"
	has_place "-:x:$ID" -.slice "x-$ID.scope"
	has_place "/some/where/$ID" app.slice "some-where-$ID.scope"
	has_place "rel/$ID" app.slice "rel-$ID.scope"
	has_place "app.slice:a b:$ID" app.slice "a\\x20b-$ID.scope"
	systemctl --user stop user.slice 2>/dev/null || :
}

@test "D03 without a path the scope is urun-ID.scope in the manager's default slice" {
	edit_config "$BUNDLE" 'del(.linux.cgroupsPath)'
	created
	assert_eq "$(unit_property "$SCOPE" Slice)" app.slice
}

@test "D03 bad paths are refused before anything is made" {
	long=$(printf 'x%.0s' {1..260})
	for path in user.slice:only-two a:b:c:d ../up:x:y user/../x.slice:a:b .slice:a:b noslice:a:b \
		user.slice:a: user.slice:a:b.slice "$long.slice:a:b"; do
		cgroups_path "$path"
		run_urun --systemd-cgroup run -b "$BUNDLE" "$ID"
		assert_one_line_error '.linux.cgroupsPath' || fail "$path"
		no_cgroup_left
	done
	# As a path '..' is no way out: it is a name of a unit.
	for path in .. /../.. /a/../../b; do
		cgroups_path "$path"
		run_urun --cgroup-manager=cgroupfs run -b "$BUNDLE" "$ID"
		assert_failure
		assert_one_line_error || fail "$path"
		no_cgroup_left
	done
}

@test "D03 a name that is too long for systemd is shortened, and still one of its own" {
	long=$(printf 'x%.0s' {1..260})
	set_args "$BUNDLE" true
	for path in "user.slice:a:$long" "user.slice:a:${long}y"; do
		cgroups_path "$path"
		run_urun --systemd-cgroup run -b "$BUNDLE" "$ID"
		assert_quiet
		names+=("$(urun run --dry-run -b "$BUNDLE" "$ID" | sed -n 's/^cgroup-unit //p')")
	done
	[ "${#names[0]}" -le 255 ]
	[ "${names[0]}" != "${names[1]}" ]
}

# ---- what the scope has

@test "D05 the scope is delegated, collected, described, accounted for" {
	created
	assert_eq "$(unit_property "$SCOPE" Delegate)" yes
	assert_eq "$(unit_property "$SCOPE" CollectMode)" inactive-or-failed
	assert_eq "$(unit_property "$SCOPE" Description)" "urun container $ID"
	assert_eq "$(unit_property "$SCOPE" DefaultDependencies)" no
	for p in CPUAccounting MemoryAccounting IOAccounting TasksAccounting; do
		assert_eq "$(unit_property "$SCOPE" "$p")" yes
	done
}

@test "A15 D05 annotations become properties, of every type" {
	annotate org.systemd.property.Description "'a box, mine'"
	annotate org.systemd.property.TimeoutStopSec 7
	annotate org.systemd.property.SendSIGHUP true
	annotate org.systemd.property.KillSignal 10
	annotate org.systemd.property.TasksMax 'uint64 77'
	annotate org.systemd.property.CPUWeight 'uint64 50'
	annotate org.systemd.property.Documentation "['man:urun(1)', 'https://urun.example/']"
	annotate org.systemd.property.After "['basic.target']"
	annotate org.systemd.property.CollectMode "'inactive'"
	annotate org.systemd.property.OOMPolicy "'continue'"
	annotate org.systemd.property.IOReadBandwidthMax "[('/', uint64 1000000)]"
	created
	assert_quiet
	assert_eq "$(unit_property "$SCOPE" Description)" 'a box, mine'
	assert_eq "$(unit_property "$SCOPE" TimeoutStopUSec)" 7s
	assert_eq "$(unit_property "$SCOPE" SendSIGHUP)" yes
	assert_eq "$(unit_property "$SCOPE" KillSignal)" 10
	assert_eq "$(unit_property "$SCOPE" TasksMax)" 77
	assert_eq "$(unit_property "$SCOPE" CPUWeight)" 50
	assert_has "$(unit_property "$SCOPE" Documentation)" 'man:urun(1)'
	assert_has "$(unit_property "$SCOPE" Documentation)" https://urun.example/
	assert_has " $(unit_property "$SCOPE" After) " ' basic.target '
	assert_eq "$(unit_property "$SCOPE" OOMPolicy)" continue
	assert_has "$(unit_property "$SCOPE" IOReadBandwidthMax)" 1000000
}

@test "A15 names that are not allowed, and texts that are no value, are refused by name" {
	for name in ExecStart User Slice Delegate PIDs BPFProgram DeviceAllow x 'Foo Bar' Nonsense; do
		edit_config "$BUNDLE" '.annotations = {($k): "true"}' \
			--arg k "org.systemd.property.$name"
		run_urun --systemd-cgroup run -b "$BUNDLE" "$ID"
		assert_one_line_error "org.systemd.property.$name" || fail "$name"
		no_cgroup_left
	done
	for text in '' '[' "'open" 'uint64' '(1,' '@ms nothing'; do
		edit_config "$BUNDLE" '.annotations = {"org.systemd.property.Description": $t}' \
			--arg t "$text"
		run_urun --systemd-cgroup run -b "$BUNDLE" "$ID"
		assert_one_line_error org.systemd.property.Description || fail "$text"
		no_cgroup_left
	done
}

@test "A15 a type that systemd does not take is an error with its words, nothing left" {
	annotate org.systemd.property.TasksMax "'many'"
	run_urun --systemd-cgroup run -b "$BUNDLE" "$ID"
	assert_one_line_error "make the scope '$SCOPE': systemd says: "
	assert_has "$stderr" 'hint: is a value of org.systemd.property.* of the wrong type?'
	no_cgroup_left
}

# ---- the sub-cgroup, the namespace

@test "A09 D08 the sub-cgroup has the name that the annotation gives, or is none" {
	annotate run.oci.systemd.subgroup inner
	created
	assert_eq "$(init_cgroup)" "$(unit_cgroup "$SCOPE")/inner"
	urun delete --force "$ID"
	annotate run.oci.systemd.subgroup ''
	created
	assert_eq "$(init_cgroup)" "$(unit_cgroup "$SCOPE")"
	urun delete --force "$ID"
	no_cgroup_left
	for name in .. . a/b; do
		annotate run.oci.systemd.subgroup "$name"
		run_urun run -b "$BUNDLE" "$ID"
		assert_one_line_error run.oci.systemd.subgroup || fail "$name"
		no_cgroup_left
	done
}

@test "D08 the root of the cgroup namespace is the cgroup of the processes" {
	set_script "$BUNDLE" 'grep ^0: /proc/self/cgroup; ls /sys/fs/cgroup/cgroup.procs; sleep 1000'
	created
	wait_until 5 grep -q cgroup.procs "$T/.stdout"
	assert_eq "$(head -n 1 "$T/.stdout")" 0::/
	pid=$(pid_of "$ID")
	run stat -c %i "/proc/$pid/root/sys/fs/cgroup"
	assert_output "$(stat -c %i "$(unit_cgroup "$SCOPE")/container")"
	exec_script 'grep ^0: /proc/self/cgroup'
	assert_output 0::/
}

@test "M20 container root of another id owns the files of /sys/kernel/cgroup/delegate, and no others" {
	need_subids
	keep_id
	writable_cgroup
	created
	dir=$(init_cgroup)
	assert_eq "$(stat -c %u "$dir")" "$SUB"
	assert_eq "$(owned_files "$SUB" "$dir")" "$(delegate_files "$dir")"
	# The scope's own stays the manager's.
	assert_eq "$(owned_files "$SUB" "${dir%/*}")" ''
	exec_script 'mkdir /sys/fs/cgroup/x && echo $$ >/sys/fs/cgroup/x/cgroup.procs && grep ^0: /proc/self/cgroup'
	assert_output 0::/x
}

@test "D08 M20 who may make cgroups has all controllers for them, without a limit, too" {
	needs_hugetlb
	set_args "$BUNDLE" sleep 1000
	# Enables it in what is above: systemd does not know this one.
	hugetlb_limit 4194304
	created
	urun delete --force "$ID"
	resources '{}'
	created
	assert_lacks "$(<"$(init_cgroup)/cgroup.controllers")" hugetlb
	urun delete --force "$ID"
	writable_cgroup
	created
	assert_eq "$(<"$(init_cgroup)/cgroup.controllers")" "$(<"$(init_cgroup)/../cgroup.controllers")"
	exec_script 'cd /sys/fs/cgroup && mkdir a b && echo $$ >b/cgroup.procs && for p in $(cat cgroup.procs); do
		echo $p >b/cgroup.procs; done; echo +hugetlb >cgroup.subtree_control; ls a'
	assert_has "$output" hugetlb.2MB.max
}

@test "M20 a read-only mount, or no cgroup namespace: nothing is given away" {
	need_subids
	keep_id
	created
	assert_eq "$(owned_files "$SUB" "$(init_cgroup)")" ''
	urun delete --force "$ID"
	writable_cgroup
	drop_namespace cgroup
	created
	assert_eq "$(owned_files "$SUB" "$(init_cgroup)")" ''
}

@test "M20 container root as the caller owns its cgroup, the limits' files stay out of reach" {
	writable_cgroup
	needs_hugetlb
	hugetlb_limit 4194304
	created
	dir=$(init_cgroup)
	assert_eq "$(stat -c %u "$dir")" "$UID"
	exec_script 'mkdir /sys/fs/cgroup/a && cat /sys/fs/cgroup/cgroup.controllers; ls /sys/fs/cgroup'
	assert_success
	# The limit is that of the scope, which no path in there leads to.
	assert_eq "$(<"${dir%/*}/hugetlb.2MB.max")" 4194304
	exec_script 'cat /sys/fs/cgroup/../hugetlb.2MB.max'
	assert_failure
}

@test "M19 M20 without a cgroup namespace /sys/fs/cgroup is read-only (CVE-2023-25809)" {
	drop_namespace cgroup
	writable_cgroup
	created
	# shellcheck disable=SC2016
	exec_script 'for f in $(find /sys/fs/cgroup -name cgroup.procs | head -n 50); do
			! echo $$ 2>/dev/null >"$f" || echo "wrote $f"
		done
		! mkdir /sys/fs/cgroup/mine 2>/dev/null || echo made
		grep " /sys/fs/cgroup[ /]" /proc/self/mountinfo | cut -d " " -f 6 | cut -d , -f 1 | sort -u'
	assert_output ro
}

# ---- exec

@test "E19 exec joins the container's cgroup" {
	created
	run_urun exec -d --pid-file "$T/p" "$ID" sleep 1000
	assert_quiet
	assert_eq "$(cgroup_of "$(<"$T/p")")" "$(init_cgroup)"
	annotate run.oci.systemd.subgroup ''
	urun delete --force "$ID"
	created
	run_urun exec -d --pid-file "$T/p" "$ID" sleep 1000
	assert_eq "$(cgroup_of "$(<"$T/p")")" "$(unit_cgroup "$SCOPE")"
}

@test "E19 exec from a session or a batch job gets there, or says why it cannot" {
	created
	for position in session batch; do
		run --separate-stderr at "$position" "$URUN" --root "$ROOT" exec "$ID" \
			grep ^0: /proc/self/cgroup </dev/null
		if [ "$status" = 0 ]; then
			assert_output 0::/
		else
			assert_one_line_error 'cannot be entered from here'
			assert_no_engine_words
		fi
	done
	assert_eq "$(urun ps -f json "$ID" | jq length)" 1
}

@test "E19 exec --cgroup: a cgroup below the container's, no way out of it" {
	writable_cgroup
	created
	exec_script 'mkdir -p /sys/fs/cgroup/a/b'
	assert_success
	run_urun exec --cgroup a/b "$ID" grep ^0: /proc/self/cgroup
	assert_output 0::/a/b
	run_urun exec --cgroup /a "$ID" grep ^0: /proc/self/cgroup
	assert_output 0::/a
	for sub in nowhere ../.. /../../init.scope a/../../..; do
		run_urun exec --cgroup "$sub" "$ID" grep ^0: /proc/self/cgroup
		if [ "$status" = 0 ]; then
			# Clamped to the container's own.
			assert_output 0::/
		else
			assert_one_line_error "--cgroup '$sub'" || fail "$sub"
		fi
	done
	urun delete --force "$ID"
	created --cgroup-manager=disabled
	run_urun exec --cgroup a "$ID" true
	assert_one_line_error 'no cgroup of its own'
}

@test "E19 D08 exec goes to init's cgroup where the container has its processes in sub-cgroups" {
	needs_hugetlb
	writable_cgroup
	# shellcheck disable=SC2016
	set_script "$BUNDLE" 'cd /sys/fs/cgroup && mkdir init.scope && echo $$ >init.scope/cgroup.procs &&
		for c in $(cat cgroup.controllers); do echo +$c >cgroup.subtree_control || exit 3; done
		echo ready; sleep 1000'
	enable_controller hugetlb "$MANAGER_CGROUP" "$MANAGER_CGROUP/app.slice/x"
	hugetlb_limit 4194304
	created
	wait_until 5 grep -q ready "$T/.stdout"
	grep -q hugetlb "$(unit_cgroup "$SCOPE")/container/cgroup.subtree_control" ||
		skip "no controller came to the container"
	run_urun exec "$ID" grep ^0: /proc/self/cgroup
	assert_success
	assert_output 0::/init.scope
}

# ---- pause and resume

# ticks PID: of the processor, 10 ms each
ticks() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

has_run() {
	[ "$(ticks "$1")" -gt "$2" ]
}

@test "K14 pause stops all of it, resume lets it go on" {
	local pid before
	set_script "$BUNDLE" 'while :; do :; done'
	created
	pid=$(pid_of "$ID")
	before=$(ticks "$pid")
	wait_until 30 has_run "$pid" "$before"
	run_urun pause "$ID"
	assert_quiet
	assert_eq "$(state_of "$ID")" paused
	assert_eq "$(key "$(init_cgroup)/cgroup.events" frozen)" 1
	before=$(ticks "$pid")
	sleep 0.2
	assert_eq "$(ticks "$pid")" "$before"
	run_urun pause "$ID"
	assert_one_line_error 'already paused'
	run_urun resume "$ID"
	assert_quiet
	assert_eq "$(state_of "$ID")" running
	wait_until 30 has_run "$pid" "$before"
	run_urun resume "$ID"
	assert_one_line_error 'not paused'
}

@test "K14 exec is refused while paused; --ignore-paused waits for the resume" {
	created
	urun pause "$ID"
	run_urun exec "$ID" true
	assert_one_line_error 'paused'
	background urun exec --ignore-paused "$ID" sh -c 'echo through' >"$T/through" 2>&1 3>&-
	local pid=$!
	sleep 0.5
	[ ! -s "$T/through" ]
	assert_eq "$(state_of "$ID")" paused
	urun resume "$ID"
	wait "$pid"
	assert_eq "$(<"$T/through")" through
}

@test "K14 kill -9 while paused ends it; delete then cleans" {
	created
	urun pause "$ID"
	run_urun kill "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped
	run_urun delete "$ID"
	assert_quiet
	no_cgroup_left
}

@test "K14 TERM while paused comes with the resume" {
	set_script "$BUNDLE" 'trap "exit 0" TERM; while :; do sleep 0.05; done'
	created
	sleep 0.3
	urun pause "$ID"
	run_urun kill "$ID" TERM
	assert_quiet
	sleep 0.3
	assert_eq "$(state_of "$ID")" paused
	urun resume "$ID"
	wait_status "$ID" stopped
}

@test "K14 delete: refused while paused, with --force it ends and removes it" {
	created
	urun exec -d "$ID" sleep 1000
	urun pause "$ID"
	run_urun delete "$ID"
	assert_one_line_error paused
	run_urun delete --force "$ID"
	assert_quiet
	no_cgroup_left
}

@test "K14 pause of one that is created, stopped, absent or without a cgroup is an error" {
	urun create -b "$BUNDLE" "$ID"
	run_urun pause "$ID"
	assert_one_line_error 'it is created'
	run_urun resume "$ID"
	assert_one_line_error
	urun start "$ID"
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	for verb in pause resume; do
		run_urun $verb "$ID"
		assert_one_line_error 'container not running'
	done
	urun delete "$ID"
	run_urun pause "$ID"
	assert_one_line_error
	created --cgroup-manager=disabled
	run_urun pause "$ID"
	assert_one_line_error 'cannot pause the container without a cgroup'
	assert_has "$stderr" 'hint: '
	assert_eq "$(state_of "$ID")" running
}

# ---- kill, ps, delete

@test "K08 V26 kill --all KILL ends a fork bomb at once" {
	# Bounded, should it get away: by the user's own process limit.
	edit_config "$BUNDLE" '.process.rlimits += [{type: "RLIMIT_NPROC", soft: 400, hard: 400}]'
	set_script "$BUNDLE" 'trap "" TERM; b() { while :; do sleep 0.01 & sh -c "sleep 5" & done; }; (b) 2>/dev/null & (b) 2>/dev/null & (b) 2>/dev/null & exec sleep 1000'
	created
	dir=$(unit_cgroup "$SCOPE")
	sleep 0.5
	run_urun kill --all "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped
	wait_until 5 eval '[ ! -d "$dir" ] || [ "$(key "$dir/cgroup.events" populated)" = 0 ]'
	urun delete "$ID"
	no_cgroup_left
}

@test "K08 kill --all reaches all in sub-cgroups and what init did not fork" {
	writable_cgroup
	set_script "$BUNDLE" 'trap "" TERM; mkdir /sys/fs/cgroup/s; while :; do sleep 0.1; done'
	created
	run_urun exec -d --pid-file "$T/p" "$ID" sh -c 'echo $$ >/sys/fs/cgroup/s/cgroup.procs; exec sleep 1000'
	pid=$(<"$T/p")
	wait_until 5 eval '[[ $(cgroup_of $pid) == */s ]]'
	run_urun kill --all "$ID" TERM
	assert_quiet
	wait_until 5 eval '[ ! -d /proc/$pid ]'
	assert_eq "$(state_of "$ID")" running
}

@test "K15 ps lists the processes of sub-cgroups, too" {
	writable_cgroup
	created
	run_urun exec -d --pid-file "$T/p" "$ID" sh -c 'mkdir -p /sys/fs/cgroup/d/e; echo $$ >/sys/fs/cgroup/d/e/cgroup.procs; exec sleep 1000'
	wait_until 5 eval '[[ $(cgroup_of $(<"$T/p")) == */d/e ]]'
	assert_eq "$(urun ps -f json "$ID" | jq -c sort)" \
		"$(jq -nc '[$a, $b] | sort' --argjson a "$(pid_of "$ID")" --argjson b "$(<"$T/p")")"
}

@test "D09 delete after the end: the scope went with its last process" {
	created
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	wait_until 5 eval '! unit_exists "$SCOPE"'
	run_urun delete "$ID"
	assert_quiet
	no_cgroup_left
}

@test "D09 V27 a container with 300 levels of cgroups is deleted" {
	writable_cgroup
	# shellcheck disable=SC2016
	set_script "$BUNDLE" 'cd /sys/fs/cgroup; i=0
		while [ $i -lt 300 ]; do mkdir d && cd d || break; i=$((i + 1)); done; echo made $i; exec sleep 1000'
	created
	wait_until 20 grep -q made "$T/.stdout"
	run_urun delete --force "$ID"
	assert_quiet
	no_cgroup_left
}

# ---- limits

@test "V17 a limit without a property is in the scope's files, and stays there" {
	needs_hugetlb
	hugetlb_limit 4194304
	created
	assert_quiet
	file=$(unit_cgroup "$SCOPE")/hugetlb.2MB.max
	assert_eq "$(<"$file")" 4194304
	systemctl --user daemon-reload
	assert_eq "$(<"$file")" 4194304
	# Of another unit's start, systemd works on the slice again.
	systemd-run --user --scope --quiet --collect true
	assert_eq "$(<"$file")" 4194304
}

@test "V20 unknown keys and controllers are errors with their names, nothing left" {
	resources '{"unified": {"nonsense.max": "1"}}'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error nonsense
	assert_no_engine_words
	no_cgroup_left
	if ! has_controller memory "$MANAGER_CGROUP"; then
		resources '{"memory": {"limit": 67108864}}'
		run_urun run -b "$BUNDLE" "$ID"
		assert_one_line_error memory
		assert_no_engine_words
		no_cgroup_left
	fi
	for key in ../cgroup.procs a/b ''; do
		resources "$(jq -nc --arg k "$key" '{unified: {($k): "1"}}')"
		run_urun run -b "$BUNDLE" "$ID"
		assert_one_line_error unified || fail "$key"
		no_cgroup_left
	done
}

@test "D07 a property that this systemd has not is left out: the files have the limit" {
	[ "$(systemctl --version | awk 'NR == 1 { print $2 }')" -lt 253 ] ||
		skip "this systemd knows MemoryZSwapMax"
	resources '{"unified": {"memory.zswap.max": "1048576"}}'
	run_urun --log-level=debug run -b "$BUNDLE" "$ID"
	assert_has "$stderr" 'systemd has no property MemoryZSwapMax: '
	assert_lacks "$stderr" 'Cannot set property'
	assert_lacks "$stderr" 'unknown property'
	if ! has_controller memory "$MANAGER_CGROUP"; then
		assert_failure
		assert_has "$stderr" 'urun: .linux.resources.unified["memory.zswap.max"]'
	fi
	no_cgroup_left
	# It is asked once: of each libsystemd, for that is of systemd's version.
	grep -q MemoryZSwapMax "$ROOT/.cache/systemd-lacks"
	before=$(stat -c %i:%Y "$ROOT/.cache/systemd-lacks")
	run_urun --log-level=debug run -b "$BUNDLE" "$ID"
	assert_has "$stderr" 'systemd has no property MemoryZSwapMax: '
	assert_eq "$(stat -c %i:%Y "$ROOT/.cache/systemd-lacks")" "$before"
	mkdir "$T/lib"
	cp "$(library_path libsystemd.so.0)" "$T/lib/libsystemd.so.0"
	with_library run_urun run -b "$BUNDLE" "$ID"
	assert_has "$(tr -d '\0' <"$ROOT/.cache/systemd-lacks")" "$T/lib/libsystemd.so.0"
	[ "$(tr -d '\0' <"$ROOT/.cache/systemd-lacks" | grep -c MemoryZSwapMax)" = 1 ]
}

@test "D07 a property of an annotation that it has not is an error with its name" {
	annotate org.systemd.property.MemoryZSwapWriteback false
	run_urun --systemd-cgroup run -b "$BUNDLE" "$ID"
	[ "$status" = 0 ] || assert_one_line_error MemoryZSwapWriteback
	no_cgroup_left
}
