#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# spec: what it writes runs (features.md K16). Its text alone is cli.bats' affair.

load ../lib/common

setup() {
	common_setup
	mkdir "$T/b" "$T/home"
	export HOME=$T/home
	cd "$T/b"
}

teardown() {
	common_teardown
}

# host_rootfs SCRIPT [OPTION...]: a config for the host's tree, without terminal.
host_rootfs() {
	local script=$1
	shift
	rm -f config.json
	urun spec --host-rootfs --arg sh --arg -c --arg "$script" "$@"
	edit_config . '.process.terminal = false'
}

@test "K16 spec --host-rootfs: the host's tree without an image, as oneself" {
	host_rootfs 'id -u; id -g; pwd; echo $HOME; ls -A ~ | wc -l; echo x >~/f && cat ~/f'
	: >"$HOME/secret"
	run_urun run "$ID"
	assert_quiet
	assert_output "$(id -u)
$(id -g)
$HOME
$HOME
0
x"
	[ ! -e "$HOME/f" ]
}

@test "K16 spec --host-rootfs --arg bash runs as it is written, with a terminal" {
	[ -x "$URUN_TEST_DIR/tests/lib/tty" ] || skip "needs tests/lib/tty"
	urun spec --host-rootfs --arg sh --arg -c --arg 'test -t 0 && echo on $(tty); exit 3'
	status=0
	output=$("$URUN_TEST_DIR/tests/lib/tty" run "$URUN" --root "$ROOT" run "$ID" 2>&1) || status=$?
	assert_has "$output" 'on /dev/'
	assert_failure 3
}

@test "K16 spec --host-rootfs: nothing of the host can be written, whoever is in there" {
	script='for d in / /etc /usr /var /home "$0" "$HOME" /tmp /run /var/tmp; do
			touch "$d/urun-test" 2>/dev/null && echo "$d"; done; true'
	host_rootfs "$script"
	edit_config . '.process.args += [$d]' --arg d "$URUN_TEST_DIR"
	run_urun run "$ID"
	assert_quiet
	assert_output "$HOME
/tmp
/var/tmp"
	[ ! -e /tmp/urun-test ]
	# Every mount of the host's is read-only, also those that are not "/".
	host_rootfs 'awk "\$6 !~ /^ro/ { print \$5 }" /proc/self/mountinfo' --keep-id=false
	run_urun run "$ID"
	assert_quiet
	assert_has "$output" /tmp
	assert_eq "$(grep -vE '^/(dev|proc|sys|tmp|run|var/tmp)(/|$)' <<<"$output" | grep -vxF "$HOME")" ''
}

@test "K16 spec --host-rootfs: /tmp, /run and the network are its own" {
	: >"$T/here"
	host_rootfs 'ls -A /tmp /run; ls /sys/class/net; ls /dev | tr "\n" " "'
	run_urun run "$ID"
	assert_quiet
	assert_lacks "$output" here
	assert_has "$output" lo
	assert_lacks "$output" eth
	assert_has "$output" 'null '
}

@test "K16 spec --home rw and ro: the caller's own home" {
	echo old >"$HOME/f"
	host_rootfs 'cat ~/f; echo new >~/f' --home rw
	run_urun run "$ID"
	assert_quiet
	assert_output old
	assert_eq "$(cat "$HOME/f")" new
	assert_eq "$(stat -c %u "$HOME/f")" "$(id -u)"
}

@test "K16 spec --home ro cannot write it" {
	[[ $HOME != /tmp/* && $HOME != /run/* ]] || export HOME=/usr
	host_rootfs 'pwd; touch ~/urun-test 2>/dev/null || echo refused' --home ro
	run_urun run "$ID"
	assert_quiet
	assert_output "$HOME
refused"
}

@test "K16 spec --mount: a word with a comma stands in quotes, as for docker and podman" {
	"$URUN_TEST_DIR/tests/lib/rootfs.sh" "$T/root" >/dev/null
	mkdir "$T/b/a,\"b"
	echo text >"$T/b/a,\"b/f"
	urun spec --rootfs ../root --arg cat --arg '/d,d/f' --mount '"src=a,""b","dst=/d,d",ro'
	edit_config . '.process.terminal = false'
	run_urun run "$ID"
	assert_quiet
	assert_output text
	rm config.json
	run_urun spec --mount 'src=a,"dst=/d'
	assert_failure 1
	assert_one_line_error 'a quote is not closed'
	[ ! -e config.json ]
}

@test "K16 spec --mount and --rootfs with a bundle" {
	"$URUN_TEST_DIR/tests/lib/rootfs.sh" "$T/root" >/dev/null
	mkdir "$T/b/data"
	echo text >"$T/b/data/f"
	urun spec --rootfs ../root --env X=1 --arg sh --arg -c --arg 'cat /d/f; echo $X; touch /d/g' \
		--mount src=data,dst=/d,ro
	edit_config . '.process.terminal = false'
	run_urun run "$ID"
	assert_failure 1
	assert_output $'text\n1'
	[ ! -e data/g ]
}
