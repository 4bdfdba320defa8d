# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Throw-away users for the suite. Started by root, it makes
#   subids    sub-ids and a supplementary group
#   nosubids  neither: the single-id fallback
# and removes them at the end, also after ^C; a pair for each lane of the suite,
# so that lanes can tell their processes apart. Started by anybody else, that
# user is 'subids' if the files say so, else 'nosubids'; the others are lacking.

users_mode=own
users_made=()
users_groups_made=()
# The lane that this shell is: '' for the first, then 2 and so on.
lane=

# user_name WHO: the login name behind a role, or nothing.
user_name() {
	case $users_mode,$1 in
	*,root) echo root ;;
	made,*) echo "urt$$${1:0:1}$lane" ;;
	own,*) [ "$users_own_role" = "$1" ] && id -un ;;
	esac
}

has_subids() {
	local name uid
	name=$(id -un "$1" 2>/dev/null) uid=$(id -u "$1")
	grep -qE "^($name|$uid):" /etc/subuid 2>/dev/null &&
		grep -qE "^($name|$uid):" /etc/subgid 2>/dev/null
}

# The first id above all ranges of a sub-id file.
next_subid() {
	awk -F: 'BEGIN { top = 100000 } $2 + $3 > top { top = $2 + $3 } END { printf "%d\n", top }' \
		/etc/subuid /etc/subgid 2>/dev/null
}

# Another program may hold the lock of /etc/passwd for a moment.
retry() {
	local i
	for i in 1 2 3 4 5 6 7 8; do
		"$@" 2>/dev/null && return 0
		sleep "0.$i"
	done
	"$@"
}

# users_prepare SUITE LANES
users_prepare() {
	local suite=$1 lanes=$2 group
	users_own_role=
	if [ "$(id -u)" != 0 ]; then
		users_mode=own
		users_own_role=nosubids
		has_subids "$(id -u)" && users_own_role=subids
		return 0
	fi
	command -v useradd >/dev/null || {
		echo "tests/run: useradd is not installed" >&2
		return 1
	}
	users_mode=made
	users_remove_stale
	group=urt$$g
	retry groupadd "$group" || return 1
	users_groups_made+=("$group")
	[ -e /etc/subuid ] || : >/etc/subuid
	[ -e /etc/subgid ] || : >/etc/subgid
	while [ "$lanes" -gt 1 ]; do
		lane=$lanes
		users_make_pair "$suite" "$group" || return 1
		lanes=$((lanes - 1))
	done
	lane=
	users_make_pair "$suite" "$group"
}

users_make_pair() {
	local suite=$1 group=$2 name first
	name=$(user_name nosubids)
	retry useradd --no-create-home --home-dir "$suite/home.nosubids$lane" --shell /bin/sh \
		-K SUB_UID_COUNT=0 -K SUB_GID_COUNT=0 "$name" || return 1
	users_made+=("$name")
	name=$(user_name subids)
	retry useradd --no-create-home --home-dir "$suite/home.subids$lane" --shell /bin/sh \
		-K SUB_UID_COUNT=0 -K SUB_GID_COUNT=0 --groups "$group" "$name" || return 1
	users_made+=("$name")
	first=$(next_subid)
	retry usermod --add-subuids "$first-$((first + 65535))" \
		--add-subgids "$first-$((first + 65535))" "$name"
}

users_remove() {
	local u
	for u in ${users_made[@]+"${users_made[@]}"}; do
		user_kill_all "$u" >/dev/null
		retry userdel "$u"
	done
	for u in ${users_groups_made[@]+"${users_groups_made[@]}"}; do
		retry groupdel "$u"
	done
	users_made=()
	users_groups_made=()
}

# Users of a suite that was killed: their name says which process made them.
users_remove_stale() {
	local name pid
	for name in $(sed -n 's/^\(urt[0-9]*[sn][0-9]*\):.*/\1/p' /etc/passwd) \
		$(sed -n 's/^\(urt[0-9]*g\):.*/\1/p' /etc/group); do
		pid=${name#urt}
		[ -d "/proc/${pid%%[!0-9]*}" ] && continue
		case $name in
		*g) retry groupdel "$name" ;;
		*) user_kill_all "$name" >/dev/null; retry userdel "$name" ;;
		esac
	done
}

# user_lacking WHO: says why there is no such user here; fails if there is.
user_lacking() {
	if [ "$1" = root ]; then
		[ "$(id -u)" = 0 ] && return 1
		echo "needs root"
	else
		[ -n "$(user_name "$1")" ] && return 1
		case $1 in
		subids) echo "user '$(id -un)' has no lines in /etc/subuid and /etc/subgid" ;;
		*) echo "needs root to make a user without sub-ids" ;;
		esac
	fi
}

# user_own WHO PATH
user_own() {
	local name
	name=$(user_name "$1")
	if [ "$users_mode" = made ] && [ "$1" != root ]; then
		chown -R "$name:$name" "$2"
	fi
}

# user_run WHO CWD COMMAND...: drops all privileges for good. With a layout in
# $user_world, in a world with a user manager (user_manager.sh).
user_world=
user_run() {
	local who=$1 cwd=$2 name
	shift 2
	cd "$cwd" || return 1
	name=$(user_name "$who")
	if [ -n "$user_world" ]; then
		"$suite/tests/lib/user_manager.sh" "$user_world" "$name" "$suite/home.$who$lane" "$@"
	elif [ "$users_mode" = own ] || [ "$who" = root ]; then
		"$@"
	else
		setpriv --reuid "$name" --regid "$name" --init-groups --inh-caps=-all "$@"
	fi
}

# The living processes of a user and of its sub-ids: "PID COMMAND" lines. Only
# builtins in the loop: there may be thousands of processes.
user_processes() {
	local uid dir key value rest state ruid first=0 last=-1
	uid=$(id -u "$1" 2>/dev/null) || return 0
	while IFS=: read -r key value rest; do
		[ "$key" = "$1" ] && first=$value last=$((value + rest - 1))
	done </etc/subuid
	for dir in /proc/[0-9]*; do
		state='' ruid=''
		while read -r key value rest; do
			case $key in
			State:) state=$value ;;
			Uid:) ruid=$value; break ;;
			esac
		done 2>/dev/null <"$dir/status"
		[ -n "$ruid" ] && [ "$state" != Z ] || continue
		if [ "$ruid" = "$uid" ] || { [ "$ruid" -ge "$first" ] && [ "$ruid" -le "$last" ]; }; then
			echo "${dir#/proc/} $(tr '\0' ' ' 2>/dev/null <"$dir/cmdline" | cut -c1-80)"
		fi
	done
}

# Ends what a throw-away user left running, each by its pid.
user_kill_all() {
	local pid rest
	while read -r pid rest; do
		echo "$pid $rest"
		kill -KILL "$pid" 2>/dev/null
	done < <(user_processes "$1")
}

# user_leftovers WHO NAME: nothing may outlive a test file, nor what root's does as a user.
user_leftovers() {
	local left who=$1
	[ "$users_mode" = made ] || return 0
	[ "$who" != root ] || who='nosubids subids'
	left=$(for who in $who; do user_kill_all "$(user_name "$who")"; done)
	[ -z "$left" ] && return 0
	echo "not ok - $2 left processes behind"
	echo "${left//$'\n'/$'\n'# }" | sed '1s/^/# /'
	return 1
}
