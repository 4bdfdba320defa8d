# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# For bats files with `# urun-test-world: user-manager [unified|hybrid]`, which
#
# $MANAGER_PID, $MANAGER_LAYOUT, $MANAGER_CGROUP2 (where cgroup2 is mounted) and
# $MANAGER_CGROUP (the folder of user@UID.service) are known.

load ../lib/systemd

MANAGER_INFO=/run/systemd/urun-world
MANAGER_RUNTIME=/run/user/$UID
# Looks like a runtime folder, is another user's, and so is the bus in it.
MANAGER_FOREIGN=$MANAGER_INFO/foreign

# manager_setup [COMMAND...]: behind common_setup, or setup_bundle and the like.
manager_setup() {
	[ -r "$MANAGER_INFO/info" ] || skip "tests/run makes the user manager for this file"
	. "$MANAGER_INFO/info"
	# The bus of a test before may be dead; the one of now is none of this test's.
	XDG_RUNTIME_DIR=$MANAGER_RUNTIME systemctl --user start dbus.service
	"${@:-common_setup}"
	# The manager's, not the test's own: it holds the bus. podman hands on no address.
	export XDG_RUNTIME_DIR=$MANAGER_RUNTIME
	unset DBUS_SESSION_BUS_ADDRESS
	BUS_AT_SETUP=$(unit_property dbus.service MainPID)
	systemd_note
}

manager_teardown() {
	local status=0
	[ -n "${BUS_AT_SETUP-}" ] || return 0
	manager_continue
	bus_restore
	[ "$(unit_property dbus.service MainPID)" = "$BUS_AT_SETUP" ] ||
		systemctl --user stop dbus.service 2>/dev/null
	common_teardown || status=1
	systemd_left || status=1
	return $status
}

# The manager hears and answers nothing in between.
manager_stop() {
	kill -STOP "$MANAGER_PID"
}

manager_continue() {
	kill -CONT "$MANAGER_PID"
}

# at POSITION COMMAND...: the command where a caller of that position stands:
#   service  below user@UID.service, in a scope of its own
#   session  in a login session's scope, which root owns
#   batch    in a step of a batch system, which root owns
# Nothing of ours can be moved from the last two into the first.
at() {
	local position=$1
	shift
	[ "$position" != service ] ||
		set -- systemd-run --user --scope --quiet --collect -- "$@"
	# shellcheck disable=SC2016
	bash -c '
		was=$(</proc/self/cgroup)
		echo "$$ $0" >"'"$MANAGER_INFO"'/move"
		for _ in {1..500}; do
			[ "$(</proc/self/cgroup)" = "$was" ] || exec "$@"
			sleep 0.01
		done
		echo "could not be moved to the position $0" >&2
		exit 125' "$position" "$@"
}

# with_bus STATE COMMAND...: with the bus in another state than it should be.
#   none      no socket anywhere
#   refused   a socket that nobody listens on
#   denied    a socket that the caller may not open
#   foreign   XDG_RUNTIME_DIR is another user's, and so is its bus; ours is where
#             it was
#   address   only $DBUS_SESSION_BUS_ADDRESS says where it is
with_bus() {
	local state=$1 status=0
	shift
	bus_break "$state" || return 1
	case $state in
	foreign) XDG_RUNTIME_DIR=$MANAGER_FOREIGN "$@" || status=$? ;;
	address) DBUS_SESSION_BUS_ADDRESS=unix:path=$MANAGER_RUNTIME/bus.away "$@" || status=$? ;;
	*) "$@" || status=$? ;;
	esac
	bus_restore
	return $status
}

# bus_break STATE: until bus_restore, or the end of the test.
bus_break() {
	case $1 in
	foreign) ;;
	none | address) mv "$MANAGER_RUNTIME/bus" "$MANAGER_RUNTIME/bus.away" ;;
	denied) chmod 0 "$MANAGER_RUNTIME/bus" ;;
	refused)
		# systemd leaves the socket's name there.
		systemctl --user stop dbus.socket dbus.service && [ -S "$MANAGER_RUNTIME/bus" ] ;;
	*) echo "bus_break: no such state: $1"; return 1 ;;
	esac
}

bus_restore() {
	[ ! -e "$MANAGER_RUNTIME/bus.away" ] ||
		mv "$MANAGER_RUNTIME/bus.away" "$MANAGER_RUNTIME/bus"
	[ ! -e "$MANAGER_RUNTIME/bus" ] || chmod 0666 "$MANAGER_RUNTIME/bus"
	unit_is dbus.socket active || systemctl --user start dbus.socket
}

# Ends the bus itself; systemd starts another for whoever comes next.
bus_kill() {
	systemctl --user kill --signal=KILL dbus.service
	wait_until 10 bus_is_gone
}

bus_is_gone() {
	! unit_is dbus.service active
}

need_hugetlb() {
	has_controller hugetlb "$MANAGER_CGROUP" || skip "the host's cgroup2 has no hugetlb"
}
