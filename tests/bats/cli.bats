#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command line as far as no container is needed for it: grammar, messages,
# exit status, and what engines parse (features.md 1.1-1.4, engine-contracts.md).

load ../lib/common

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# The commands, as --help lists them.
all_commands() {
	"$URUN" --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }'
}

# Long options of a command (or, without a name, the global ones).
long_options() {
	"$URUN" "$@" --help | sed -n '/^Options:/,/^$/s/^ *\(-., \)\?\(--[a-z-]*\).*/\2/p'
}

# expect_error TEXT ARGS...: one line with TEXT, status 1, nothing on stdout.
expect_error() {
	local text=$1
	shift
	run_urun "$@"
	assert_failure 1
	assert_output ''
	assert_one_line_error "$text"
	assert_no_engine_words
}

# ---- G11 version

@test "G11 --version has the lines that podman, docker and go-runc parse" {
	run --separate-stderr "$URUN" --version
	assert_quiet
	assert_match "${lines[0]}" '^urun version [0-9]+\.[0-9]+\.[0-9]+$'
	assert_match "${lines[1]}" '^commit: .+'
	assert_eq "${lines[2]}" "rundir: $XDG_RUNTIME_DIR/urun"
	assert_eq "${lines[3]}" "spec: 1.3.0"
	assert_match "${lines[4]}" '^\+[A-Z]'
	assert_eq "${#lines[@]}" 5
	assert_eq "$(printf '%s\n' "$output" | grep -o version | wc -l)" 1
}

@test "G11 -v, -V and --version are the same" {
	want=$("$URUN" --version)
	assert_eq "$("$URUN" -v)" "$want"
	assert_eq "$("$URUN" -V)" "$want"
}

@test "G11 --version works with an invalid rundir and without environment" {
	run --separate-stderr "$URUN" --root /proc/self/nothing/here --version
	assert_quiet
	assert_has "$output" 'rundir: /proc/self/nothing/here'
	XDG_RUNTIME_DIR=/nonexistent run --separate-stderr "$URUN" --version
	assert_quiet
	run --separate-stderr env -i "$URUN" --version
	assert_quiet
	assert_match "${lines[2]}" '^rundir: /'
}

# ---- G12 help

@test "G12 --help, -h, -?, --usage and help print the same, to stdout" {
	want=$("$URUN" --help)
	for word in -h '-?' --usage help; do
		run --separate-stderr "$URUN" "$word"
		assert_quiet
		assert_output "$want"
	done
}

@test "G12 every command has help of its own, however it is asked" {
	n=0
	for command in $(all_commands); do
		want=$("$URUN" "$command" --help)
		assert_match "$want" "^Usage: urun $command "
		for form in "$command -h" "help $command" "$command --usage"; do
			run --separate-stderr "$URUN" $form
			assert_quiet
			assert_output "$want"
		done
		n=$((n + 1))
	done
	[ "$n" -ge 11 ]
}

@test "G12 help of a command that is not there fails (podman's probe for checkpoint)" {
	expect_error "unknown command 'checkpoint'" checkpoint --help
	expect_error "unknown command 'checkpoint'" help checkpoint
}

# ---- G13, G19, G20 grammar

@test "G13 an unknown command is named, and the nearest one offered" {
	expect_error "unknown command 'creat'" creat x
	assert_has "$stderr" 'urun create'
	expect_error "unknown command 'frobnicate'" frobnicate
	assert_lacks "$stderr" 'did you mean'
}

@test "G19 nothing at all is an error that names --help" {
	run --separate-stderr "$URUN"
	assert_failure 1
	assert_one_line_error 'no command'
	assert_has "$stderr" '--help'
}

@test "G19 a missing id and a superfluous argument are named" {
	for command in create start run exec state ps kill delete; do
		expect_error "'$command'" "$command"
	done
	expect_error "'b'" create a b
	expect_error "'b'" state a b
	expect_error "'c'" kill a TERM c
	expect_error "'x'" list x
	expect_error "'x'" features x
	expect_error "'exec'" exec a
}

@test "an unknown option is named, with and without a value, global and local" {
	expect_error "'--bogus'" --bogus list
	expect_error "'--bogus'" list --bogus=3
	expect_error "'-x'" create -x "$ID"
	expect_error "'-x'" kill -ax "$ID"
	expect_error "'--lo'" --lo x list # no abbreviations
}

@test "a missing option argument 'requires an argument' (podman's probe)" {
	expect_error "option '--bundle' requires an argument" create --bundle
	expect_error "option '--bundle' requires an argument" create "$ID" -b
	expect_error "option '--user' requires an argument" exec -u
	run --separate-stderr "$URUN" --log
	assert_one_line_error "option '--log' requires an argument"
}

@test "G03 G04 G08 G09 unknown words for options are refused by name" {
	expect_error "'yaml'" --log-format yaml list
	expect_error "'loud'" --log-level=loud list
	expect_error "'mine'" --cgroup-manager mine list
	expect_error "'maybe'" --rootless=maybe list
	expect_error "'yaml'" list --format yaml
	expect_error "'maybe'" delete --force=maybe "$ID"
}

@test "G01-G10 global options engines send are taken by every command" {
	for form in '--debug=false' '--rootless' '--rootless auto' '--rootless=true' \
		'--rootless=false' '--criu /usr/sbin/criu' '--no-pivot' '--log-format json' \
		'--log-format=text' '--log-level warn' '--cgroup-manager disabled' \
		'--cgroup-manager=auto' '--log='; do
		run_urun $form list -q
		assert_quiet
		assert_output ''
	done
}

@test "options before or behind the id, in any form: the bundle is what is wrong" {
	none=$T/none
	for form in "create -b $none $ID" "create $ID -b $none" "create -b$none $ID" \
		"create -b=$none $ID" "create --bundle=$none $ID" "create $ID --bundle $none" \
		"create -bundle $none -- $ID" "create -no-subreaper -b $none $ID" \
		"create --no-subreaper --no-pivot --no-new-keyring -d --bundle $none $ID" \
		"create --bundle $none --pid-file $T/pid --console-socket= --preserve-fds 0 $ID" \
		"run -d -b $none $ID" "run -db $none $ID" "run --detach=true --keep -b $none $ID" \
		"run $ID --strict-rlimits --no-subreaper --bundle=$none --pidfd-socket="; do
		run_urun $form
		assert_failure 1
		assert_one_line_error "$none"
		assert_lacks "$stderr" option
		[ ! -e "$T/pid" ]
	done
}

@test "G20 -- ends the options" {
	expect_error "container" state -- "$ID"
	expect_error "'create' needs the id" create -b x --
	expect_error "container \`--force\` does not exist" delete -- --force
	expect_error "container" -- state "$ID"
}

@test "G17 ids with slashes, blanks, a leading dot or none at all are refused" {
	for id in '' . .. .x a/b ../x 'a b' $'a\nb' 'ä' 'a:b'; do
		for command in create start state kill delete; do
			run_urun "$command" -- "$id"
			assert_failure 1
			assert_one_line_error
			assert_lacks "$stderr" 'does not exist'
		done
	done
	[ ! -e "$T/x" ]
}

# ---- unknown containers

@test "K02 an unknown id 'does not exist', for every command" {
	for command in state start kill delete ps; do
		expect_error "container \`$ID\` does not exist" "$command" "$ID"
	done
}

@test "K11 delete --force of an unknown id is silent success, also twice, without a root" {
	for _ in 1 2; do
		run_urun delete --force "$ID"
		assert_quiet
		assert_output ''
	done
	run_urun delete "$ID" -f
	assert_quiet
}

@test "K07 an unknown signal is named; names and numbers are known" {
	for sig in NOPE SIGNOPE 99 -- 1x '' 'RTMIN+99'; do
		expect_error "signal" kill -- "$ID" "$sig"
	done
	for sig in 9 15 KILL SIGKILL RTMIN+3 SIGRTMIN+3 RTMAX-1 0; do
		expect_error "does not exist" kill "$ID" "$sig"
	done
}

@test "K09 K12 --regex: no match is an error, but for delete --force; bad ones are named" {
	expect_error "matches 'x.*'" kill --regex 'x.*'
	expect_error "matches 'x.*'" kill -r 'x.*' KILL
	expect_error "matches 'x.*'" delete -r 'x.*'
	run_urun delete -fr 'x.*'
	assert_quiet
	expect_error "'['" delete --regex '['
	expect_error "empty" delete --force --regex ''
}

# ---- list

@test "K03 K06 list without a root: a header, an empty array, nothing" {
	run_urun list
	assert_quiet
	assert_match "$output" '^ID +PID +STATUS +BUNDLE +CREATED +OWNER$'
	run_urun list --format=json
	assert_quiet
	assert_eq "$(jq -c . <<<"$output")" '[]'
	run_urun list -q
	assert_quiet
	assert_output ''
	[ ! -e "$ROOT" ]
}

@test "K06 list passes over what is not a container (Slurm's --root is /run/user/UID)" {
	mkdir -p -m 0700 "$ROOT/systemd/units" "$ROOT/podman"
	mkfifo "$ROOT/fifo"
	ln -s /nonexistent "$ROOT/link"
	echo text >"$ROOT/bus"
	run_urun list -q
	assert_quiet
	assert_output ''
	run_urun list -f json
	assert_quiet
	assert_eq "$(jq -c . <<<"$output")" '[]'
	rm -rf "${ROOT:?}"
}

# ---- spec

@test "K16 spec writes config.json once" {
	mkdir "$T/b"
	run_urun spec -b "$T/b"
	assert_quiet
	assert_output ''
	before=$(cat "$T/b/config.json")
	assert_eq "$(jq -r .ociVersion "$T/b/config.json")" 1.3.0
	assert_eq "$(jq -c '.process.args' "$T/b/config.json")" '["sh"]'
	expect_error "'config.json' already exists" spec --bundle "$T/b"
	assert_eq "$(cat "$T/b/config.json")" "$before"
	ln -s "$T/target" "$T/b/link.json"
	expect_error "already exists" spec -b "$T/b" -f link.json
	[ ! -e "$T/target" ]
}

@test "K16 spec in the current directory, under another name, to stdout" {
	cd "$T"
	run_urun spec
	assert_quiet
	[ -s config.json ]
	run_urun spec -f other.json
	assert_quiet
	cmp config.json other.json
	run_urun spec -f -
	assert_quiet
	assert_eq "$output" "$(cat config.json)"
	expect_error "$T/none" spec -b "$T/none"
}

@test "K16 spec --rootless has a user namespace, --rootless=false has none" {
	run_urun spec --rootless -f -
	assert_quiet
	assert_eq "$(jq '[.linux.namespaces[].type] | index("user") != null' <<<"$output")" true
	assert_lacks "$(jq -c '.mounts[] | select(.type == "devpts")' <<<"$output")" 'gid=5'
	run_urun spec --rootless=false -f -
	assert_quiet
	assert_eq "$(jq '[.linux.namespaces[].type] | index("user") != null' <<<"$output")" false
	run_urun spec -f -
	want=$([ "$(id -u)" = 0 ] && echo false || echo true)
	assert_eq "$(jq '[.linux.namespaces[].type] | index("user") != null' <<<"$output")" "$want"
}

@test "K16 spec - and -f - print it, and make no file" {
	cd "$T"
	for form in - '-f -' '--rootless -' '- --rootless'; do
		run_urun spec $form
		assert_quiet
		assert_eq "$(jq -r .root.path <<<"$output")" rootfs
	done
	[ ! -e config.json ]
	expect_error "'x'" spec x
	expect_error "'-'" spec -f other.json -
}

@test "K16 spec --arg, --env, --rootfs, --mount fill the config" {
	export MINE='a b'
	run_urun spec --arg echo -a '' --arg='x "y"' --env A=1 -e TERM=dumb --env MINE \
		--rootfs /srv/root --mount type=bind,src=/a,dst=/b,ro --mount dst=/t,mode=700 -
	assert_quiet
	assert_eq "$(jq -c .process.args <<<"$output")" '["echo","","x \"y\""]'
	assert_eq "$(jq -c '.process.env[1:]' <<<"$output")" '["A=1","TERM=dumb","MINE=a b"]'
	assert_eq "$(jq -r .root.path <<<"$output")" /srv/root
	assert_eq "$(jq -c '.mounts[-2:]' <<<"$output")" \
		'[{"destination":"/b","type":"bind","source":"/a","options":["ro","rbind"]},'\
'{"destination":"/t","type":"tmpfs","source":"tmpfs","options":["mode=700"]}]'
	expect_error "'=x'" spec --env =x -
	expect_error "'NOSUCHVARIABLE'" spec --env NOSUCHVARIABLE -
	expect_error "--mount 'src=/a'" spec --mount src=/a -
	expect_error 'UTF-8' spec --arg $'\xff' -
}

@test "K16 spec --keep-id has the caller's ids" {
	run_urun spec --rootless --keep-id -
	assert_quiet
	assert_eq "$(jq -c .process.user <<<"$output")" "{\"uid\":$(id -u),\"gid\":$(id -g)}"
	expect_error "user namespace" spec --rootless=false --keep-id -
	run_urun spec --rootless --keep-id=false -
	assert_eq "$(jq -c .process.user <<<"$output")" '{"uid":0,"gid":0}'
}

@test "K16 spec --host-rootfs: the choice of the home" {
	export HOME=$T
	for mode in '' '--home private'; do
		run_urun spec --rootless --host-rootfs $mode -
		assert_quiet
		assert_eq "$(jq -c '[.root.path, .root.readonly, .process.cwd]' <<<"$output")" \
			"[\"/\",true,\"$T\"]"
		assert_eq "$(jq -r --arg d "$T" '.mounts[] | select(.destination == $d) | .type' <<<"$output")" tmpfs
		assert_eq "$(jq -c .process.user.uid <<<"$output")" "$(id -u)"
	done
	run_urun spec --host-rootfs --home=rw -
	assert_eq "$(jq -r --arg d "$T" '.mounts[] | select(.destination == $d) | .source' <<<"$output")" "$T"
	run_urun spec --host-rootfs --home=ro -
	assert_lacks "$(jq -c '[.mounts[].destination]' <<<"$output")" "\"$T\""
	run_urun spec --rootless --host-rootfs --keep-id=false -
	assert_eq "$(jq -c .process.user.uid <<<"$output")" 0
	expect_error "'all'" spec --host-rootfs --home=all -
	expect_error '--host-rootfs' spec --home=rw -
	expect_error 'two roots' spec --host-rootfs --rootfs x -
	HOME=$T/none expect_error "$T/none" spec --host-rootfs -
	HOME= expect_error 'HOME' spec --host-rootfs --home=ro -
	HOME= run_urun spec --host-rootfs -
	assert_eq "$(jq -r .process.cwd <<<"$output")" /
}

# ---- features

@test "K17 F01-F07 features is one JSON document with the keys that engines read" {
	run_urun features
	assert_quiet
	jq -e '.ociVersionMin == "1.0.0" and .ociVersionMax == "1.3.0"' <<<"$output"
	jq -e '(.hooks | sort) == (["prestart", "createRuntime", "createContainer",
		"startContainer", "poststart", "poststop"] | sort)' <<<"$output"
	jq -e '.mountOptions | contains(["rro", "tmpcopyup", "idmap", "ridmap", "rsync",
		"src-nofollow", "dest-nofollow", "copy-symlink", "nosymfollow"])' <<<"$output"
	jq -e '(.linux.namespaces | sort) == (["user", "mount", "pid", "network", "ipc", "uts",
		"cgroup", "time"] | sort)' <<<"$output"
	jq -e '.linux.capabilities | index("CAP_SYS_ADMIN") != null' <<<"$output"
	jq -e '.linux.seccomp | has("enabled")' <<<"$output"
	jq -e '.linux.cgroup | has("v2") and has("systemd")' <<<"$output"
	jq -e '.linux.mountExtensions.idmap.enabled' <<<"$output"
	jq -e '.annotations | to_entries | all(.value | type == "string")' <<<"$output"
	jq -e '.potentiallyUnsafeConfigAnnotations | index("run.oci.") != null' <<<"$output"
}

# ---- errors: log and stderr

@test "G02 G03 G05 a failure is exactly one JSON object in the log, and stderr has it, too" {
	run_urun --log "$T/log" --log-format json state "$ID"
	assert_failure 1
	assert_one_line_error
	assert_eq "$(jq -s length "$T/log")" 1
	assert_eq "$(wc -l <"$T/log")" 1
	assert_eq "$(jq -r .level "$T/log")" error
	assert_has "$stderr" "$(jq -r .msg "$T/log")"
	assert_match "$(jq -r .time "$T/log")" \
		'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$'
}

@test "G02 the log is appended to; success writes nothing into it" {
	for _ in 1 2; do
		run_urun --log="file:$T/log" --log-format=json state "$ID"
	done
	run_urun --log="$T/log" --log-format=json delete --force "$ID"
	assert_quiet
	assert_eq "$(jq -s length "$T/log")" 2
}

@test "G02 usage errors reach the log as far as it was named" {
	run_urun --log "$T/log" --log-format json create --bogus "$ID"
	assert_failure 1
	assert_has "$(jq -r .msg "$T/log")" "'--bogus'"
	run_urun --log "$T/log2" --log-format json nosuchcommand
	assert_has "$(jq -r .msg "$T/log2")" "'nosuchcommand'"
}

@test "G02 a log that cannot be opened is an error by its name" {
	expect_error "$T/none/log" --log "$T/none/log" list
	expect_error "unknown" --log "nosuchbackend:x" list
}

@test "stderr gets the message in one write: conmon reads once" {
	mkfifo "$T/pipe"
	dd if="$T/pipe" of="$T/first" bs=8191 count=1 status=none &
	"$URUN" --root "$ROOT" state "$ID" 2>"$T/pipe" || :
	wait $!
	assert_eq "$(wc -l <"$T/first")" 1
	assert_has "$(cat "$T/first")" 'does not exist'
}

@test "odd bytes of an argument do not break the one line or the JSON" {
	run_urun --log "$T/log" --log-format json state -- $'a\n\x1b[31m"\\b\xff'
	assert_failure 1
	assert_one_line_error
	assert_eq "$(jq -s length "$T/log")" 1
	run_urun --log "$T/log2" --log-format json $'no\nsuch'
	assert_one_line_error
	assert_eq "$(jq -s length "$T/log2")" 1
}

# ---- stdio

@test "O1 closed stdio does no harm" {
	"$URUN" --version <&- >&-
	"$URUN" --root "$ROOT" list <&- >&- 2>&-
	status=0
	"$URUN" --root "$ROOT" state "$ID" <&- >&- 2>&- || status=$?
	assert_eq "$status" 1
	# The log must not land on fd 2.
	status=0
	"$URUN" --root "$ROOT" --log "$T/log" --log-format json state "$ID" <&- >&- 2>&- || status=$?
	assert_eq "$status" 1
	assert_eq "$(jq -s length "$T/log")" 1
}

@test "an answer that cannot be written is an error" {
	[ -c /dev/full ] || skip "needs /dev/full"
	status=0
	stderr=$("$URUN" --version 2>&1 >/dev/full) || status=$?
	output=
	assert_failure 1
	assert_one_line_error 'stdout'
}

# ---- exec

@test "E14 -u takes UID[:GID] or NAME[:GROUP] and nothing else (CVE-2026-30892)" {
	for user in '' : 1: :1 1:2:3 ' 1' '1 ' +1 -1 4294967295 1:4294967295 a: :a a:b:c 'a b' \
		18446744073709551616 $'1\n' 1,2 a/b '~a' '#a'; do
		run_urun exec -u "$user" "$ID" true
		assert_failure 1
		assert_one_line_error 'user'
		assert_lacks "$stderr" 'does not exist'
	done
	for user in 0 0:0 1000 1000:1000 4294967294:4294967294 root root:wheel 1a 0x1 1:root \
		'DOMAIN\user' 'müller'; do
		run_urun exec -u "$user" "$ID" true
		assert_failure 255
		assert_has "$stderr" 'does not exist'
	done
}

@test "E15 E09 -g and -e are checked before anything is done" {
	run_urun exec -g 1 -g x "$ID" true
	assert_one_line_error "'x'"
	run_urun exec -e NAME "$ID" true
	assert_one_line_error "'NAME'"
	run_urun exec -e =x "$ID" true
	assert_one_line_error "'=x'"
}

@test "E02 --process goes without a command and without what it says itself" {
	echo '{}' >"$T/process.json"
	run_urun exec -p "$T/process.json" "$ID" true
	assert_one_line_error "'true'"
	for form in '-u 0' '-g 0' '-e A=B' '-c CAP_KILL' '--cwd /' '--apparmor x' \
		'--process-label x' --no-new-privs --cap-replace "--env-file $T/none"; do
		run_urun exec --process "$T/process.json" $form "$ID"
		assert_one_line_error 'goes without'
	done
}

@test "G18 E12 exec that cannot start is 255 and leaves no pid file" {
	for form in "exec $ID true" "exec -d --pid-file $T/pid $ID true" \
		"exec --pid-file $T/pid --detach $ID -- ls --help"; do
		run_urun $form
		assert_failure 255
		assert_one_line_error 'does not exist'
		[ ! -e "$T/pid" ]
	done
	expect_error "'--bogus'" exec --bogus "$ID" true
}

@test "E01 G20 parsing stops at the id: the command's options are its own" {
	run_urun exec "$ID" ls --help --bogus -x
	assert_failure 255
	assert_has "$stderr" 'does not exist'
	assert_output ''
}

@test "E13 --tty takes a value" {
	for form in -t --tty -t=false --tty=no --tty=true -dt; do
		run_urun exec $form "$ID" true
		assert_has "$stderr" 'does not exist'
	done
	run_urun exec --tty=maybe "$ID" true
	assert_one_line_error "'maybe'"
}

# ---- fds

@test "C07 C08 --preserve-fds and LISTEN_FDS are numbers in range" {
	expect_error "'1x'" create --preserve-fds 1x "$ID"
	expect_error "'-1'" create --preserve-fds -1 "$ID"
	expect_error "4294967295" create --preserve-fds 4294967295 "$ID"
	LISTEN_FDS=many expect_error "'many'" create "$ID"
	LISTEN_FDS=2147483647 expect_error "2147483647" create "$ID"
	# Not ours: ignored.
	LISTEN_FDS=2147483647 LISTEN_PID=1 run_urun create -b "$T/none" "$ID"
	assert_one_line_error "$T/none"
}

# ---- ps

@test "K15 ps: unknown columns and formats are refused" {
	expect_error "'pid,what'" ps -o pid,what "$ID"
	expect_error "'pid,'" ps --columns pid, "$ID"
	expect_error "'yaml'" ps -f yaml "$ID"
	expect_error "'aux'" ps -f json "$ID" aux
	for form in "ps $ID -f json" "ps --format json $ID" "ps $ID -ef" "ps $ID aux --sort pid"; do
		expect_error "does not exist" $form
	done
}

# ---- G15 completion

@test "G15 the completions know every command and option" {
	for shell in bash zsh fish; do
		text=$("$URUN" completion "$shell")
		for command in $(all_commands); do
			assert_has "$text" "$command"
			for option in $(long_options "$command"); do
				[ "$option" = --help ] || assert_has "$text" "${option#--}"
			done
		done
		for option in $(long_options); do
			assert_has "$text" "${option#--}"
		done
	done
	"$URUN" completion bash | bash -n
	expect_error "'csh'" completion csh
}

@test "G15 bash completes commands, options, words and directories" {
	eval "$("$URUN" completion bash)"
	compopt() { :; }
	complete_line() {
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		COMPREPLY=()
		_urun
		echo "${COMPREPLY[*]}"
	}
	PATH=${URUN%/*}:$PATH
	assert_eq "$(complete_line urun del)" delete
	assert_eq "$(complete_line urun --log-format '')" 'text json'
	assert_eq "$(complete_line urun --root "$ROOT" list --form)" --format=
	assert_eq "$(complete_line urun list --format = j)" json
	mkdir "$T/only"
	assert_eq "$(complete_line urun create -b "$T/on")" "$T/only"
}

# ---- G02: a journal and a syslog of our own

# with_log_sockets URUN...: `run`; its output is what comes to journald's and to syslog's socket, each
# datagram behind the name of the socket, in a mount namespace where we hold both.
with_log_sockets() {
	need_command python3
	need_command unshare
	run unshare -rm sh -c '
		mount -t tmpfs none /run && mkdir -p /run/systemd/journal &&
			mount -t tmpfs none /dev && exec "$@"' sh \
		python3 -c '
import socket, subprocess, sys
socks = []
for name, path in ("journal", "/run/systemd/journal/socket"), ("syslog", "/dev/log"):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    s.setblocking(False)
    socks.append((name, s))
done = subprocess.run(sys.argv[1:], input=b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
print("status", done.returncode)
for name, s in socks:
    try:
        while True:
            print(name, s.recv(65536).decode(), end="\n" if name == "syslog" else "")
    except BlockingIOError:
        pass
' "$URUN" --root "$ROOT" "$@"
}

@test "G02 journald:ID: one datagram of fields, with the given name and the container's id" {
	with_log_sockets --log journald:mine state "$ID"
	assert_success
	assert_output "status 1
journal PRIORITY=3
SYSLOG_IDENTIFIER=mine
CONTAINER_ID=$ID
ID=$ID
MESSAGE=container \`$ID\` does not exist"
	with_log_sockets --log journald: --log-level debug --criu x list
	assert_has "$output" $'journal PRIORITY=7\nSYSLOG_IDENTIFIER=\nMESSAGE=--criu has no effect'
}

@test "G02 journald: and syslog: without a name use the container's id" {
	with_log_sockets --log journald: state "$ID"
	assert_has "$output" "SYSLOG_IDENTIFIER=$ID"
	with_log_sockets --log syslog: state "$ID"
	assert_output $'status 1\n'"syslog <27>$ID: container \`$ID\` does not exist"
}

@test "G02 syslog:NAME: one line of the daemon facility, with its priority" {
	with_log_sockets --log syslog:mine state "$ID"
	assert_output $'status 1\n'"syslog <27>mine: container \`$ID\` does not exist"
	with_log_sockets --log syslog:mine --log-level debug --criu x list
	assert_has "$output" 'syslog <31>mine: --criu has no effect'
}

@test "G02 a success says nothing there; a journal that is not there is an error by its path" {
	with_log_sockets --log journald:mine delete --force "$ID"
	assert_output 'status 0'
	with_log_sockets --log syslog:mine list
	assert_output 'status 0'
	[ -e /dev/log ] || expect_error "'/dev/log'" --log syslog:x list
	[ -e /run/systemd/journal/socket ] || expect_error "'/run/systemd/journal/socket'" --log journald:x list
}

# ---- G18, N22: exit codes that tell

@test "G18 N22 --exit-codes=distinct: 125 for what urun cannot do, exec included" {
	for form in "state $ID" "exec $ID true" "start $ID" 'frobnicate' 'create --bogus' "run -b $T/none $ID"; do
		run_urun --exit-codes=distinct $form
		assert_failure 125
		assert_one_line_error
	done
	run_urun --exit-codes distinct list
	assert_quiet
	run_urun --exit-codes=standard exec "$ID" true
	assert_failure 255
	expect_error "'other'" --exit-codes=other list
}

# ---- what comes before a container is looked for

@test "C07 N20 --pass-fd: a number, 3 or more, and open" {
	expect_error "'x'" create --pass-fd x "$ID"
	expect_error "'-1'" create --pass-fd=-1 "$ID"
	expect_error "fd 2 to pass: it must be 3 or more" create --pass-fd 2 -b "$T" "$ID"
	expect_error "fd 77 to pass is not open" create --pass-fd 77 -b "$T" "$ID" 77<&-
	# Ours (the log) is not the caller's.
	for fd in 3 4 5 6; do
		run_urun --log "$T/log" create --pass-fd $fd -b "$T" "$ID" 3<&- 4<&- 5<&- 6<&-
		assert_one_line_error "fd $fd to pass is not open"
	done
}

@test "E09 --env-file: a line that is no variable is named; so is a file that is not there" {
	printf 'A=1\n\n# comment\n  B=2\nnot a name=3\n' >"$T/env"
	run_urun exec --env-file "$T/env" "$ID" true
	assert_failure 1
	assert_one_line_error "'$T/env', line 5: 'not a name=3' is not NAME=VALUE"
	printf '=x\n' >"$T/env"
	run_urun exec --env-file "$T/env" "$ID" true
	assert_one_line_error "line 1: '=x'"
	printf 'A=\0\n' >"$T/env"
	run_urun exec --env-file "$T/env" "$ID" true
	assert_one_line_error 'NUL'
	run_urun exec --env-file "$T/none" "$ID" true
	assert_one_line_error "'$T/none'"
}

@test "K12 --stopped: not with --force, needs no id; delete alone needs one" {
	expect_error 'exclude each other' delete --stopped --force "$ID"
	expect_error "'delete' needs the id" delete
	expect_error "'delete' needs the id" delete --regex --stopped
	for form in 'delete --stopped' prune 'delete --stopped -r x'; do
		run_urun $form
		assert_quiet
		assert_output ''
	done
	expect_error "does not exist" delete --stopped "$ID"
}
