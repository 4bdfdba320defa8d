#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# unshare: a command with a container's id maps (features.md N10).

load ../lib/common

setup() {
	common_setup
}

teardown() {
	common_teardown
}

@test "N10 unshare: root inside, with all sub-ids" {
	run_urun unshare sh -c 'id -u; id -g; cat /proc/self/uid_map; echo --; cat /proc/self/gid_map'
	assert_quiet
	read -r uid gid map <<<"$(tr '\n' ' ' <<<"$output")"
	assert_eq "$uid $gid" '0 0'
	[ "$(awk '$1 == 0 { print $2 }' <<<"${output%--*}" | tail -1)" = "$(id -u)" ]
	[ "$(awk '$1 == 0 { print $2 }' <<<"${output#*--}" | tail -1)" = "$(id -g)" ]
	want=$(awk -F: -v n="$(id -un)" -v u="$(id -u)" '$1 == n || $1 == u { s += $3 } END { print s + 1 }' /etc/subuid)
	assert_eq "$(awk 'NF == 3 { s += $3 } END { print s }' <<<"${output%--*}")" "$want"
}

@test "N10 unshare: what sub-ids own can be made, seen and removed" {
	mkdir "$T/d"
	urun unshare sh -c 'touch "$0/f" && chown 7:8 "$0/f" && chmod 600 "$0/f"' "$T/d"
	[ "$(stat -c %u "$T/d/f")" != "$(id -u)" ]
	assert_eq "$(urun unshare stat -c %u:%g "$T/d/f")" 7:8
	urun unshare rm -rf "$T/d"
	[ ! -e "$T/d" ]
}

@test "N10 unshare: mounts are its own" {
	mkdir "$T/m"
	run_urun unshare sh -c 'mount -t tmpfs none "$0" && echo x >"$0/f" && ls "$0"' "$T/m"
	assert_quiet
	assert_output f
	[ ! -e "$T/m/f" ]
	[ "$(urun unshare readlink /proc/self/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]
	[ "$(urun unshare readlink /proc/self/ns/user)" != "$(readlink /proc/self/ns/user)" ]
	assert_eq "$(urun unshare readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
}

@test "N10 unshare: the command takes our place: pid, status, signals, stdio, directory" {
	for code in 0 1 7 255; do
		run_urun unshare sh -c "exit $code"
		assert_failure "$code" || [ "$code" = 0 ]
		assert_eq "$stderr" ''
	done
	"$URUN" unshare sh -c 'echo $$; kill -TERM $$' >"$T/pid" 3>&- < <(:) &
	status=0
	wait $! || status=$?
	assert_eq "$status" 143
	assert_eq "$(cat "$T/pid")" $!
	cd "$T"
	V=of-mine
	export V
	assert_eq "$(urun_stdin unshare sh -c 'pwd; cat; echo $V' <<<in)" "$(pwd)
in
$V"
	# No child of ours stays, and no descriptor.
	assert_eq "$(urun unshare sh -c 'exec cat /proc/$$/task/$$/children' 3>&-)" ''
	assert_eq "$("$URUN" unshare sh -c 'exec ls /proc/self/fd')" "$(sh -c 'exec ls /proc/self/fd')"
}

@test "N10 unshare: its options end at the command, and -- before it" {
	run_urun unshare echo --help -- -x
	assert_quiet
	assert_output '--help -- -x'
	run_urun unshare -- echo a -- b
	assert_output 'a -- b'
	run_urun unshare --bogus echo
	assert_failure 1
	assert_one_line_error "'--bogus'"
}

@test "N10 unshare without a command runs \$SHELL" {
	printf '#!/bin/sh\necho "shell $# $(id -u)"\n' >"$T/shell"
	chmod 755 "$T/shell"
	SHELL=$T/shell run_urun unshare
	assert_quiet
	assert_output 'shell 0 0'
	run --separate-stderr env -u SHELL "$URUN" unshare <<<'id -u'
	assert_output 0
}

@test "N10 unshare: a command that is not there is 127, one that is no program 126" {
	run_urun unshare nosuchcommand
	assert_failure 127
	assert_one_line_error 'executable file not found in $PATH'
	run_urun unshare "$T/none"
	assert_failure 127
	assert_one_line_error 'no such file or directory'
	run_urun unshare /etc
	assert_failure 126
	assert_one_line_error 'exec: "/etc": permission denied'
}

@test "N10 unshare where no_new_privs keeps newuidmap from working: one line, 1" {
	need_command setpriv
	run --separate-stderr setpriv --no-new-privs "$URUN" unshare true
	[ "$status" = 0 ] || {
		assert_failure 1
		assert_one_line_error no_new_privs
	}
}
