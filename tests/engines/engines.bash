# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the files in tests/engines share: a world (world.sh) per file, commands
# in it as root or as the suite's user, and the asserts of tests/lib/common.
# tests/run has made the Debian folder, or says in URUN_ENGINES_LACK why not.

load ../lib/common

# Ours, below the host's cgroup2, and the root that the world sees. Everything
# starts in a leaf of it: a cgroup with processes cannot give controllers away.
WORLD_CGROUP_NAME=urun-engines.

# For setup_file, which cannot skip in every bats: what is lacking is in
# WORLD_LACK then, and need_world skips each test.
world_start() {
	local dir=$BATS_FILE_TMPDIR/world mount
	export WORLD_LACK=${URUN_ENGINES_LACK-} WORLD_CGROUP
	if [ -z "$WORLD_LACK" ] && [ -z "${URUN_ENGINES_ROOT-}" ]; then
		WORLD_LACK="no Debian folder: tests/run makes it"
	fi
	[ -z "$WORLD_LACK" ] || return 0
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	if [ -z "$mount" ]; then
		WORLD_LACK="needs a mounted cgroup2"
	elif ! unshare -m -p -n -i -C -f true 2>/dev/null; then
		WORLD_LACK="needs the right to make namespaces"
	else
		world_remove_stale "$mount"
		WORLD_CGROUP=$mount/$WORLD_CGROUP_NAME$$
		mkdir "$WORLD_CGROUP" 2>/dev/null || WORLD_LACK="needs a cgroup2 that root may write to"
	fi
	[ -z "$WORLD_LACK" ] || return 0

	mkdir "$dir"
	"$URUN_TEST_DIR/tests/lib/rootfs.sh" "$dir.busybox"
	# Files of an owner that is not mapped would be refused by their unpacker.
	tar -C "$dir.busybox" --owner=0 --group=0 -cf "$dir.tar" .
	mkfifo "$dir.ready"
	# A pipe, as all its children are looked at below.
	: | world_pid1 "$dir" &
	WORLD_STARTER=$!
	# Open as soon as the other side is; the end of file is its death.
	read -r -t 60 word <"$dir.ready" || word=
	[ "$word" = ready ] || {
		echo "the world did not start:"
		cat "$dir.log"
		return 1
	}
	# There is no end of line.
	read -r WORLD_PID _ <"/proc/$WORLD_STARTER/task/$WORLD_STARTER/children" || :
	export WORLD_PID WORLD_STARTER
	world_delegate
	WORLD_USER_ID=$(id -u "$URUN_TEST_SUBIDS_USER")
	export WORLD_USER_ID
	world_check_urun
}

# The folder has the libraries of urun, but not those of the sanitizers.
world_check_urun() {
	local why
	why=$(world /opt/urun/urun --version 2>&1 >/dev/null) && return
	case $why in
	*libasan* | *libubsan*)
		world_stop
		WORLD_LACK="this urun is built with sanitizers, whose libraries the Debian folder lacks" ;;
	esac
}

need_world() {
	[ -z "$WORLD_LACK" ] || skip "$WORLD_LACK"
}

# What all files here do: a file has a world, a test a name for its container.
teardown_file() {
	world_stop
}

setup() {
	need_world
	C=c$BATS_TEST_NUMBER
}

# no_podman_left WHO: of user's or root's podman, for teardown.
no_podman_left() {
	[ -z "$WORLD_LACK" ] || return 0
	podman rm --all --force --time 0 >/dev/null 2>&1 < <(:)
	assert_eq "$(world_states "$1" < <(:))" ''
}

# Dies with the bats file, and all in the world with it.
world_pid1() {
	echo "$BASHPID" >"$WORLD_CGROUP/cgroup.procs"
	exec setpriv --pdeathsig KILL -- \
		unshare -m -p -n -i -C -f --propagation private --kill-child=KILL \
		bash "$URUN_TEST_DIR/tests/engines/world.sh" "$URUN_ENGINES_ROOT" "$1" "$URUN" \
		"$URUN_TEST_SUBIDS_USER" "$1.tar" >"$1.log" 2>&1 3>&- 4>"$1.ready"
}

world_delegate() {
	local controller
	echo "$WORLD_STARTER" >"$WORLD_CGROUP/leaf/cgroup.procs"
	for controller in $(cat "$WORLD_CGROUP/cgroup.controllers"); do
		echo "+$controller" >"$WORLD_CGROUP/cgroup.subtree_control" || return
	done
}

world_stop() {
	[ -n "${WORLD_PID-}" ] && kill -KILL "$WORLD_PID" 2>/dev/null
	[ -n "${WORLD_STARTER-}" ] && kill -KILL "$WORLD_STARTER" 2>/dev/null
	[ -z "$WORLD_LACK" ] || return 0
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		world_remove_cgroup "$WORLD_CGROUP" && return 0
		sleep 0.2
	done
	echo "processes are left in $WORLD_CGROUP: $(cat "$WORLD_CGROUP/cgroup.procs")"
	return 1
}

world_remove_cgroup() {
	[ -d "$1" ] || return 0
	find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null
	[ ! -d "$1" ]
}

# Of a suite that was killed.
world_remove_stale() {
	local dir
	for dir in "$1/$WORLD_CGROUP_NAME"*/; do
		dir=${dir%/}
		[ ! -d "$dir" ] || [ -d "/proc/${dir##*.}" ] || world_remove_cgroup "$dir" || :
	done
	return 0
}

# world COMMAND...: as root there, in the world's cgroup.
world() {
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$0/leaf/cgroup.procs" && exec "$@"' "$WORLD_CGROUP" \
		nsenter -t "$WORLD_PID" -m -p -n -i -C -r -w env -i "${world_env[@]}" HOME=/root \
		timeout -k 5 60 "$@" 3>&-
}

# world_user COMMAND...: as the suite's user there.
world_user() {
	# shellcheck disable=SC2016
	world setpriv --reuid "$WORLD_USER_ID" --regid "$(id -g "$URUN_TEST_SUBIDS_USER")" \
		--init-groups --inh-caps=-all env HOME=/home/user "USER=$URUN_TEST_SUBIDS_USER" \
		"XDG_RUNTIME_DIR=/run/user/$WORLD_USER_ID" sh -c 'cd && exec "$@"' sh "$@"
}

world_env=(PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LC_ALL=C)
URUN_THERE=/opt/urun/urun

# try COMMAND...: sets $status, $output, $stderr. Files, not pipes, take the
# output: a container in the background may hold them. stdin is an empty pipe.
try() {
	: | try_stdin "$@"
	status=$(<"$BATS_TEST_TMPDIR/status")
	output=$(<"$BATS_TEST_TMPDIR/stdout")
	stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

# As try, with the test's own stdin; in a pipe, $status and the others are lost.
try_stdin() {
	local code=0
	"$@" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || code=$?
	echo "$code" >"$BATS_TEST_TMPDIR/status"
}

# try_ok COMMAND...: and it must succeed.
try_ok() {
	try "$@"
	assert_success
}

# The state folders that urun left for a user's containers, or root's.
world_states() {
	if [ "$1" = root ]; then
		world sh -c 'ls /run/urun 2>/dev/null || :'
	else
		world_user sh -c 'ls "$XDG_RUNTIME_DIR/urun" 2>/dev/null || :'
	fi
}

# urun_has COMMAND: whether this urun knows it.
urun_has() {
	: | "$URUN" "$1" --help >/dev/null 2>&1
}
