#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A world with a true systemd user manager, for one bats file and on any
# machine: a mount namespace of its own, in which /run says that systemd runs,
# and a cgroup below the host's cgroup2 with the places where callers stand on a
# real host:
#   user@UID.service      the user's: the manager and what it starts
#   session-1.scope       root's: a plain login, outside of what is delegated
#   job_1/step_0          root's: a step of a batch system
# The command runs as the user, in a scope of the manager. Its end is the end of
# all that runs there; what it left is said as a failure on stdout, for TAP.
# Nothing of the host's own cgroups is touched.
#
# usage: user_manager.sh LAYOUT USER HOME COMMAND...
#        user_manager.sh lack       says why it cannot be had; fails if it can
# LAYOUT is what /sys/fs/cgroup looks like: `unified`, cgroup2 alone, or
# `hybrid`, a tmpfs with cgroup2 at /sys/fs/cgroup/unified. Controllers are those
# which the host has in cgroup2. See user_manager.bash for the tests' side.
set -u
LC_ALL=C
export LC_ALL

systemd=
for systemd in /lib/systemd/systemd /usr/lib/systemd/systemd ''; do
	[ ! -x "$systemd" ] || break
done
cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
name=urun-world.
info=/run/systemd/urun-world

lack() {
	if [ "$(id -u)" != 0 ]; then
		echo "needs root to make a world with a user manager"
	elif [ -z "$systemd" ] || ! command -v systemd-run >/dev/null; then
		echo "needs systemd for a user manager (install systemd)"
	elif ! command -v dbus-daemon >/dev/null; then
		echo "needs dbus-daemon for the user manager's bus (install dbus)"
	elif [ -z "$cgroup2" ]; then
		echo "needs a mounted cgroup2 for the user manager"
	elif [ ! -w "$cgroup2" ]; then
		echo "needs a cgroup2 that root may write to for the user manager"
	elif ! unshare -m true 2>/dev/null; then
		echo "needs the right to make a mount namespace for the user manager"
	else
		return 1
	fi
}

if [ "${1-}" = lack ]; then
	lack
	exit
fi
if [ "${1-}" != --inside ]; then
	exec unshare -m --propagation private "$0" --inside "$@"
fi
layout=$2 user=$3 home=$4
shift 4
uid=$(id -u "$user") gid=$(id -g "$user")
runtime=/run/user/$uid

# ---- the cgroups

# remove_world DIR: ends what runs there, then the folders from below.
remove_world() {
	local i
	echo 1 >"$1/cgroup.kill" 2>/dev/null
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null
		[ -d "$1" ] || return 0
		sleep "0.0$i"
	done
	return 1
}

# Of a suite that was killed: the name says which process made it.
remove_stale() {
	local dir
	for dir in "$cgroup2/$name"*/; do
		dir=${dir%/}
		[ ! -d "$dir" ] || [ -d "/proc/${dir##*.}" ] || remove_world "$dir"
	done
}

make_cgroups() {
	local controller file
	mkdir "$world" "$world/user@$uid.service" "$world/user@$uid.service/start" \
		"$world/session-1.scope" "$world/job_1" "$world/job_1/step_0" || return 1
	for controller in $(cat "$world/cgroup.controllers"); do
		echo "+$controller" >"$world/cgroup.subtree_control" || return 1
	done
	# What systemd gives to a user, and not more.
	for file in user@$uid.service user@$uid.service/start; do
		chown "$uid:$gid" "$world/$file" \
			"$world/$file"/cgroup.{procs,threads,subtree_control} || return 1
	done
}

# place POSITION: the folder where a caller of that position starts.
place() {
	case $1 in
	service) echo "$world/user@$uid.service/start" ;;
	session) echo "$world/session-1.scope" ;;
	batch) echo "$world/job_1/step_0" ;;
	*) return 1 ;;
	esac
}

# Nobody but root can bring a process of the user from one place to another:
# "PID POSITION" on a pipe asks for it. Only for what is in this world already.
serve_moves() {
	local pid position dir
	while read -r pid position; do
		case $pid in '' | *[!0-9]*) continue ;; esac
		dir=$(place "$position") || continue
		grep -q "^0::.*/$name$$/" "/proc/$pid/cgroup" 2>/dev/null || continue
		# It may be gone by now.
		echo "$pid" 2>/dev/null >"$dir/cgroup.procs"
	done <>"$info/move"
}

# ---- the folders that tell of systemd

mount_layout() {
	case $layout,$cgroup2 in
	unified,/sys/fs/cgroup | hybrid,/sys/fs/cgroup/unified) ;;
	unified,*) mount --bind "$cgroup2" /sys/fs/cgroup || return 1 ;;
	hybrid,*)
		mkdir /run/systemd/cgroup2 && mount --bind "$cgroup2" /run/systemd/cgroup2 &&
			mount -t tmpfs -o mode=0755 tmpfs /sys/fs/cgroup &&
			mkdir /sys/fs/cgroup/unified &&
			mount --move /run/systemd/cgroup2 /sys/fs/cgroup/unified || return 1 ;;
	*) echo "no such layout: '$layout'"; return 1 ;;
	esac
	cgroup2=/sys/fs/cgroup
	[ "$layout" = unified ] || cgroup2=/sys/fs/cgroup/unified
	world=$cgroup2/$name$$
}

# A tmpfs each: the host's own are hidden, and go with the namespace.
make_folders() {
	mkdir -p /run/systemd /run/user /run/dbus
	mount -t tmpfs -o mode=0755 tmpfs /run/systemd &&
		mount -t tmpfs -o mode=0755 tmpfs /run/user &&
		mount -t tmpfs -o mode=0755 tmpfs /run/dbus || return 1
	mkdir /run/systemd/system "$info" "$info/units" "$info/foreign" || return 1
	mkdir -m 0700 "$runtime" || return 1
	mkfifo -m 0200 "$info/move" || return 1
	# A test may put a system bus of its own there, to see who asks it.
	chown "$uid:$gid" "$runtime" "$info/move" /run/dbus
}

# The manager's own units and a bus: what else the host wants started for a user
# is none of the tests' business.
make_units() {
	local file
	for file in "${systemd%/systemd}"/user/*.{target,slice} /usr/lib/systemd/user/*.{target,slice}; do
		[ ! -e "$file" ] || ln -sf "$file" "$info/units/"
	done
	mkdir "$info/units/sockets.target.wants"
	ln -s ../dbus.socket "$info/units/sockets.target.wants/dbus.socket"
	ln -sf basic.target "$info/units/default.target"
	cat >"$info/units/dbus.socket" <<-'UNIT'
		[Socket]
		ListenStream=%t/bus
		ExecStartPost=-systemctl --user set-environment DBUS_SESSION_BUS_ADDRESS=unix:path=%t/bus
	UNIT
	cat >"$info/units/dbus.service" <<-UNIT
		[Unit]
		Requires=dbus.socket
		[Service]
		Type=notify
		NotifyAccess=main
		ExecStart=$(command -v dbus-daemon) --session --address=systemd: --nofork --nopidfile --systemd-activation
	UNIT
}

# ---- the processes

# enter FOLDER COMMAND...: the rest of this subshell, as the user, there.
enter() {
	echo "$BASHPID" >"$1/cgroup.procs" || exit 1
	shift
	cd "$home" || exit 1
	exec setpriv --reuid "$uid" --regid "$gid" --init-groups --inh-caps=-all "$@"
}

user_env=("PATH=$PATH" "HOME=$home" "USER=$user" LC_ALL=C "XDG_RUNTIME_DIR=$runtime")

ask() {
	setpriv --reuid "$uid" --regid "$gid" --init-groups --inh-caps=-all \
		env -i "${user_env[@]}" timeout -k 1 30 systemctl --user "$@"
}

start_manager() {
	local i path=$runtime/systemd/transient:$runtime/systemd/user.control
	path+=:$home/.config/systemd/user.control:$home/.config/systemd/user:$runtime/systemd/user
	(enter "$world/user@$uid.service" env -i "${user_env[@]}" \
		"SYSTEMD_UNIT_PATH=$path:$info/units" SYSTEMD_GENERATOR_PATH= \
		SYSTEMD_ENVIRONMENT_GENERATOR_PATH= SYSTEMD_LOG_TARGET=console \
		"$systemd" --user) >"$info/log" 2>&1 < <(:) &
	manager=$!
	disown "$manager"
	for i in {1..100}; do
		[ ! -S "$runtime/systemd/private" ] || break
		[ -d "/proc/$manager" ] || return 1
		sleep 0.02
	done
	case $(ask is-system-running --wait 2>&1) in running | degraded) ;; *) return 1 ;; esac
}

# Another user's bus, in a folder that looks like a runtime folder: it lets the
# user connect and refuses it then.
start_foreign_bus() {
	local i
	(echo "$BASHPID" >"$world/session-1.scope/cgroup.procs" &&
		exec dbus-daemon --session --nofork --nopidfile \
			"--address=unix:path=$info/foreign/bus") >"$info/foreign.log" 2>&1 < <(:) &
	disown $!
	for i in {1..100}; do
		[ ! -S "$info/foreign/bus" ] || break
		sleep 0.02
	done
	chmod 0666 "$info/foreign/bus"
}

# What is below the user's cgroup that was not there at the start: the folders
# that are no slice, and hold nothing of the manager's own.
cgroups_left() {
	find "$world/user@$uid.service" -mindepth 1 -type d \
		! -name '*.slice' ! -path '*/init.scope*' ! -path '*/dbus.s*' ! -path '*/start' \
		! -path '*/urun-caller*' | sed "s|^$world/||"
}

stop() {
	local left
	trap - EXIT
	[ -d "$world" ] || return 0
	[ -z "$manager" ] || kill -CONT "$manager" 2>/dev/null
	left=$(cgroups_left)
	if [ -n "$left" ]; then
		echo "not ok - cgroups are left with the user manager"
		echo "# ${left//$'\n'/$'\n'# }"
		status=1
	fi
	[ -z "$mover" ] || kill "$mover" 2>/dev/null
	remove_world "$world" || { echo "not ok - $world cannot be removed"; status=1; }
}

# ---- all of it

failed() {
	echo "# the user manager did not start: $1"
	[ ! -e "$info/log" ] || sed 's/^/# /' "$info/log"
	status=1
	exit 1
}

status=0 manager='' mover=''
remove_stale
world=$cgroup2/$name$$
trap 'stop; exit $status' EXIT
trap 'status=130; exit' INT
trap 'status=143; exit' TERM HUP
make_cgroups || failed "cannot make its cgroups below '$cgroup2'"
make_folders || failed "cannot make the folders in /run"
mount_layout || failed "cannot mount the $layout layout"
make_units || failed "cannot write its units"
start_foreign_bus
start_manager || failed "it does not answer"
serve_moves &
mover=$!
disown "$mover"
cat >"$info/info" <<INFO
MANAGER_PID=$manager
MANAGER_LAYOUT=$layout
MANAGER_CGROUP2=$cgroup2
MANAGER_CGROUP=$world/user@$uid.service
MANAGER_WORLD=$world
INFO
(enter "$(place service)" env "${user_env[@]}" \
	systemd-run --user --scope --quiet --collect --unit=urun-caller "$@") &
wait $!
status=$?
exit
