# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# For tests with a user's systemd, be it the one of user_manager.bash or that of
# the machine in tests/vm: load it after common.

# unit_property UNIT NAME: as systemd says it.
unit_property() {
	systemctl --user show --property "$2" --value -- "$1"
}

# unit_exists UNIT: a unit that never was is "not-found", not an error.
unit_exists() {
	[ "$(unit_property "$1" LoadState)" = loaded ]
}

unit_is() {
	[ "$(unit_property "$1" ActiveState)" = "$2" ]
}

# The folder where cgroup2 is mounted here, alone or beside v1.
cgroup2_mount() {
	if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
		echo /sys/fs/cgroup
	else
		echo /sys/fs/cgroup/unified
	fi
}

# unit_cgroup UNIT: the folder of its cgroup.
unit_cgroup() {
	local path
	path=$(unit_property "$1" ControlGroup)
	[ -n "$path" ] && echo "$(cgroup2_mount)$path"
}

# cgroup_of PID: the folder of its cgroup.
cgroup_of() {
	local path
	path=$(sed -n 's/^0:://p' "/proc/$1/cgroup") && [ -n "$path" ] &&
		echo "$(cgroup2_mount)$path"
}

# unit_name_of PID: the innermost unit that its cgroup belongs to.
unit_name_of() {
	grep '^0::' "/proc/$1/cgroup" | grep -oE '[^/]+\.(scope|service)' | tail -n 1
}

# has_controller NAME [DIR]: is it one that may be set in children of DIR?
has_controller() {
	grep -qw -- "$1" "${2:-$(unit_cgroup init.scope)/..}/cgroup.controllers"
}

# enable_controller NAME FROM TO: in all folders from FROM on to the parent of TO.
enable_controller() {
	local dir=$2 rest=${3#"$2"} part
	echo "+$1" >"$dir/cgroup.subtree_control" || return 1
	rest=${rest#/}
	while [[ $rest == */* ]]; do
		part=${rest%%/*} rest=${rest#*/}
		dir+=/$part
		echo "+$1" >"$dir/cgroup.subtree_control" || return 1
	done
}

# key FILE NAME: the value in a file of "NAME VALUE" lines.
key() {
	awk -v k="$2" '$1 == k { print $2; found = 1 } END { exit !found }' "$1"
}

# failed_unit NAME.scope: leaves a scope of that name behind which has failed, as
# one whose time was up does.
failed_unit() {
	systemd-run --user --scope --quiet --unit="$1" -p RuntimeMaxSec=50ms \
		sleep 1000 >/dev/null 2>&1 3>&- < <(:) || :
	wait_until 10 unit_is "$1" failed
}

# The units which a test may leave: scopes and services, also failed ones.
units_now() {
	systemctl --user list-units --all --plain --no-legend --type=scope,service |
		awk '{ print $1 }' | sort
}

# What the user has in its cgroup that is neither a slice nor the manager's own.
user_cgroups_now() {
	local top
	top=$(unit_cgroup init.scope)
	find "${top%/*}" -mindepth 1 -type d ! -name '*.slice' ! -path '*/init.scope*' \
		! -path '*/dbus.s*' 2>/dev/null | sort
}

# systemd_note, in setup; systemd_left, in teardown: says what came since, and
# fails then. What is left is ended. With NAME, which no other test has, only
# what carries it counts.
systemd_note() {
	UNITS_AT_SETUP=$(units_now)
	CGROUPS_AT_SETUP=$(user_cgroups_now)
}

systemd_left() {
	local unit dir left='' name=${1-}
	# A scope goes a moment after its last process.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		left=$({
			comm -13 <(echo "${UNITS_AT_SETUP-}") <(units_now) | grep -v '^dbus\.service$'
			comm -13 <(echo "${CGROUPS_AT_SETUP-}") <(user_cgroups_now)
		} | grep -F -- "$name" || :)
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	for unit in $(grep -v '^/' <<<"$left"); do
		systemctl --user kill --signal=KILL -- "$unit" 2>/dev/null || :
		systemctl --user stop -- "$unit" 2>/dev/null || :
		systemctl --user reset-failed -- "$unit" 2>/dev/null || :
	done
	for dir in $(grep '^/' <<<"$left"); do
		[ ! -d "$dir" ] || echo 1 >"$dir/cgroup.kill" 2>/dev/null || :
		find "$dir" -depth -type d -exec rmdir {} \; 2>/dev/null || :
	done
	echo "left with systemd: ${left//$'\n'/, }"
	return 1
}
