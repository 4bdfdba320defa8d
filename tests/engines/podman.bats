#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
#
# Rootless podman with urun as its runtime and nothing else changed
# (engine-contracts.md 3, 9, 10, 11). The network is none or the host's: what is
# under test is the runtime.

load engines

setup_file() {
	world_start
	[ -z "$WORLD_LACK" ] || return 0
	world_user podman import "/opt/urun/busybox.tar" bb < <(:)
}

teardown() {
	no_podman_left user
}

podman() {
	world_user podman --runtime "$URUN_THERE" "$@"
}

# once OPTION... bb COMMAND...: a container that ends and goes.
once() {
	try podman run --rm --network none "$@"
}

# running OPTION...: $C, which sleeps.
running() {
	try_ok podman run -d --name "$C" --stop-timeout 0 --network none "$@" bb sleep 1000
}

@test "EC3 rootless podman run: output, exit status, silence" {
	once bb sh -c 'echo out; echo err >&2; exit 7'
	assert_failure 7
	assert_output out
	assert_eq "$stderr" err
	once bb sh -c 'sh -c "kill -9 \$\$"; exit $?'
	assert_failure 137
}

@test "EC3 rootless podman inspect: urun was the runtime" {
	running
	try_ok podman inspect --format '{{.OCIRuntime}} {{.State.Status}}' "$C"
	assert_output "$URUN_THERE running"
	try_ok podman info --format '{{.Host.OCIRuntime.Version}}'
	assert_match "$output" '^urun version '
	assert_eq "$(world_states user < <(:) | wc -l)" 1
}

@test "EC2 rootless podman: 127 and 126 for a command that cannot be run" {
	once bb nope
	assert_failure 127
	assert_has "$stderr" 'exec: "nope": executable file not found in $PATH'
	once bb /nope
	assert_failure 127
	assert_has "$stderr" 'exec: "/nope": stat /nope: no such file or directory'
	once bb /etc
	assert_failure 126
	assert_has "$stderr" 'exec: "/etc": is a directory: permission denied'
	once bb /etc/passwd
	assert_failure 126
	assert_has "$stderr" 'exec: "/etc/passwd": permission denied'
}

@test "EC3 rootless podman create, start, wait, start again" {
	try_ok podman create --name "$C" --network none bb sh -c 'echo once more; exit 3'
	try_ok podman start "$C"
	try_ok podman wait "$C"
	assert_output 3
	try podman start --attach "$C"
	assert_failure 3
	assert_output 'once more'
	try_ok podman logs "$C"
	assert_output $'once more\nonce more'
}

@test "EC3 rootless podman exec: output, exit status, stdin, user, workdir, environment" {
	running
	try podman exec "$C" sh -c 'echo out; echo err >&2; exit 5'
	assert_failure 5
	assert_output out
	assert_eq "$stderr" err
	echo 'from outside' | try_stdin podman exec -i "$C" cat
	assert_eq "$(cat "$BATS_TEST_TMPDIR/stdout")" 'from outside'
	try_ok podman exec --user 5:6 --workdir /tmp --env A=b "$C" sh -c 'id -u; id -g; pwd; echo $A'
	assert_output $'5\n6\n/tmp\nb'
	try_ok podman exec -d "$C" sh -c ': >/tmp/done; sleep 1000'
	wait_until 5 podman_exec "$C" test -e /tmp/done
}

podman_exec() {
	podman exec "$@" < <(:)
}

@test "EC2 EC9 rootless podman exec: a command or workdir that is missing is 127" {
	running
	try podman exec "$C" nope
	assert_failure 127
	assert_has "$stderr" 'exec: "nope": executable file not found in $PATH'
	try podman exec "$C" /etc
	assert_failure 126
	try podman exec --workdir /none "$C" true
	assert_failure 127
	assert_has "$stderr" 'no such file or directory'
	try podman exec -d "$C" nope
	assert_failure
	assert_has "$stderr" 'executable file not found in $PATH'
}

@test "EC3 rootless podman run -t and exec -t: a terminal, and its size" {
	once -t bb sh -c 'tty; test -t 0 -a -t 1 -a -t 2 && echo all'
	assert_success
	assert_output $'/dev/pts/0\r\nall\r'
	running
	try_ok podman exec -t "$C" tty
	assert_match "$output" '^/dev/pts/[0-9]+.$'
	try_ok world_user script -qec "stty rows 33 cols 77
		podman --runtime $URUN_THERE exec -it $C sh -c 'sleep 0.3; stty size'" /dev/null
	assert_has "$output" '33 77'
}

@test "EC3 EC9 rootless podman: capabilities, seccomp, limits, names" {
	once --cap-drop all --cap-add chown --security-opt no-new-privileges bb \
		grep -E 'CapEff|NoNew|Seccomp:' /proc/self/status
	assert_output $'CapEff:\t0000000000000001\nNoNewPrivs:\t1\nSeccomp:\t2'
	once --security-opt seccomp=unconfined --ulimit nofile=100:200 --hostname foo --umask 0077 bb \
		sh -c 'grep Seccomp: /proc/self/status; ulimit -n; ulimit -Hn; hostname; umask'
	assert_output $'Seccomp:\t0\n100\n200\nfoo\n0077'
	once --sysctl net.ipv4.ip_forward=1 --oom-score-adj 500 --user 1000:1000 bb \
		sh -c 'cat /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj; id -u'
	assert_output $'1\n500\n1000'
	once --privileged bb grep CapEff /proc/self/status
	assert_match "$output" 'CapEff:.*1ffffffffff'
}

@test "EC3 rootless podman kill, and the exit status it brings" {
	try_ok podman run -d --name "$C" --network none bb \
		sh -c 'trap "echo got it; exit 9" USR1; echo on; while :; do sleep 0.1; done'
	wait_until 5 logged "$C" on
	try_ok podman kill --signal USR1 "$C"
	try_ok podman wait "$C"
	assert_output 9
	logged "$C" 'got it'
	try podman kill "$C"
	assert_failure
}

logged() {
	podman logs "$1" < <(:) 2>/dev/null | grep -qx "$2"
}

@test "EC3 rootless podman stop: the signal, and KILL after the time" {
	try_ok podman run -d --name "$C" --network none bb \
		sh -c 'trap "exit 4" TERM; echo on; while :; do sleep 0.1; done'
	wait_until 5 logged "$C" on
	try_ok podman stop "$C"
	try_ok podman wait "$C"
	assert_output 4
	running --name "$C.k"
	try_ok podman stop -t 0 "$C.k"
	try_ok podman inspect --format '{{.State.ExitCode}} {{.State.Status}}' "$C.k"
	assert_output '137 exited'
	try_ok podman restart -t 0 "$C.k"
	try_ok podman inspect --format '{{.State.Status}}' "$C.k"
	assert_output running
}

@test "EC3 rootless podman pause and unpause" {
	urun_has pause || skip "this urun has no command 'pause' yet"
	running
	try podman pause "$C"
	case $status,$stderr in
	0,*) ;;
	*cgroup*) skip "no cgroup to freeze: ${stderr%%$'\n'*}" ;;
	*) assert_success ;;
	esac
	try_ok podman inspect --format '{{.State.Status}}' "$C"
	assert_output paused
	try_ok podman unpause "$C"
	try_ok podman exec "$C" true
}

@test "EC3 EC0.11 rootless podman rm --force of a running one, and after a failed start" {
	running
	try_ok podman rm --force --time 0 "$C"
	try podman exec "$C" true
	assert_failure
	try_ok podman create --name "$C" --network none bb nope
	try podman start "$C"
	assert_failure
	assert_has "$stderr" 'executable file not found in $PATH'
	try_ok podman rm --force "$C"
	try_ok podman ps --all --quiet
	assert_output ''
}

@test "EC3 rootless podman pods: namespaces by path, shared pid namespace" {
	try_ok podman pod create --name pod --network none --share ipc,net,uts,pid
	try_ok podman run -d --pod pod --name "$C" bb sleep 1000
	try_ok podman run --rm --pod pod bb sh -c 'ps -o args | grep -c "sleep [1]000"; hostname'
	assert_output $'1\npod'
	try_ok podman pod stop -t 0 pod
	try_ok podman pod start pod
	try_ok podman exec "$C" hostname
	assert_output pod
	try_ok podman pod rm --force --time 0 pod
}

@test "EC3 rootless podman --pid, --ipc, --uts of another container" {
	running --hostname other
	once --pid "container:$C" --ipc "container:$C" --uts "container:$C" bb \
		sh -c 'hostname; ps -o args | grep -c "sleep [1]000"'
	assert_success
	assert_output $'other\n1'
}

@test "EC3 rootless podman --userns keep-id, nomap, auto, and maps of one's own" {
	world_user mkdir -p d < <(:)
	once --userns keep-id -v /home/user/d:/d bb sh -c 'id -u; touch /d/kept; stat -c %u /d/kept'
	assert_success
	assert_output "$WORLD_USER_ID"$'\n'"$WORLD_USER_ID"
	assert_eq "$(world_user stat -c %u d/kept < <(:))" "$WORLD_USER_ID"
	once --userns nomap bb sh -c 'xargs </proc/self/uid_map'
	assert_output '0 1 65536'
	once --userns auto:size=500 bb sh -c 'xargs </proc/self/uid_map'
	assert_output '0 1 500'
	once --uidmap 0:100:1000 --gidmap 0:200:1000 --user 3:4 bb \
		sh -c 'xargs </proc/self/uid_map; xargs </proc/self/gid_map; id -u'
	assert_output $'0 100 1000\n0 200 1000\n3'
}

@test "EC3 rootless podman --group-add keep-groups" {
	once bb sh -c 'grep Groups /proc/self/status | xargs'
	assert_output Groups:
	once --group-add keep-groups bb sh -c 'grep Groups /proc/self/status | xargs'
	assert_has "$output" 65534
}

@test "EC3 rootless podman secrets" {
	printf 'a secret\n' | try_stdin podman secret create s1 -
	once --secret s1 --secret s1,type=env,target=E bb \
		sh -c 'cat /run/secrets/s1; echo $E; stat -c %a /run/secrets/s1'
	assert_success
	assert_output $'a secret\na secret\n444'
	try_ok podman secret rm s1
}

@test "EC10 rootless podman --tmpfs, --read-only, --shm-size, --mount type=tmpfs" {
	once --read-only --shm-size 1m --tmpfs /x:size=2m,mode=700 --mount type=tmpfs,dst=/etc,tmpfs-size=1m bb \
		sh -c 'grep -c . /etc/passwd; stat -c %a /x; df /x /dev/shm | awk "NR > 1 { print \$2 }"
			touch /x/f /etc/f && ! touch /f 2>/dev/null && echo kept'
	assert_success
	assert_output $'4\n700\n2048\n1024\nkept'
}

@test "EC10 rootless podman volumes: named, bound, read-only, overlay, copied up" {
	try_ok podman run --rm --network none -v v1:/etc bb sh -c 'echo x >/etc/new'
	once -v v1:/v:ro bb sh -c 'cat /v/new; test -s /v/passwd; touch /v/f'
	assert_failure 1
	assert_output x
	assert_has "$stderr" 'Read-only file system'
	world_user sh -c 'mkdir -p d; echo host >d/f' < <(:)
	once -v /home/user/d:/d bb sh -c 'cat /d/f; echo back >/d/g'
	assert_output host
	assert_eq "$(world_user cat d/g < <(:))" back
	once -v /home/user/d:/d:O bb sh -c 'echo over >/d/f; cat /d/f'
	assert_success
	assert_output over
	assert_eq "$(world_user cat d/f < <(:))" host
	try_ok podman volume rm v1
}

@test "EC10 rootless podman --systemd=always: an empty option, a cgroup mount" {
	once --systemd=always bb sh -c 'for d in /run /run/lock /tmp /var/log/journal; do
		stat -f -c %T $d; done; test -e /run/.containerenv; grep -c cgroup2 /proc/self/mounts'
	assert_success
	assert_output $'tmpfs\ntmpfs\ntmpfs\ntmpfs\n1'
}

@test "EC10 rootless podman --device, and the privileges of toolbox and distrobox" {
	once --device /dev/fuse bb test -c /dev/fuse
	assert_success
	try podman run --rm --privileged --userns keep-id --pid host --ipc host --network host --cgroupns host \
		-v /:/run/host:rslave -v /dev:/dev:rslave -v /sys:/sys:rslave bb \
		sh -c 'id -u; test -x /run/host/opt/urun/urun && test -c /dev/null && test -d /sys/kernel'
	assert_success
	assert_output "$WORLD_USER_ID"
}

@test "EC0.9 rootless podman --preserve-fds, and no other descriptor" {
	once bb sh -c 'ls /proc/self/fd | xargs'
	assert_output '0 1 2 3'
	try_ok world_user sh -c "exec podman --runtime $URUN_THERE run --rm --network none --preserve-fds 2 bb \
		sh -c 'cat <&3; cat <&4' 3</etc/hostname 4</etc/hosts"
	assert_output $'urun-engines\n127.0.0.1 localhost'
	running
	try_ok world_user sh -c "exec podman --runtime $URUN_THERE exec --preserve-fds 1 $C cat /proc/self/fd/3 \
		3</etc/hostname"
	assert_output urun-engines
}

@test "EC3 rootless podman --init, --log-driver passthrough, none, cp, top" {
	once --init bb sh -c 'tr "\0" " " </proc/1/cmdline'
	assert_match "$output" 'catatonit|podman-init'
	once --log-driver passthrough bb echo passed
	assert_output passed
	once --log-driver none bb echo unlogged
	assert_output unlogged
	running
	try_ok podman cp /etc/hostname "$C:/tmp/name"
	try_ok podman exec "$C" cat /tmp/name
	assert_output urun-engines
	try_ok podman top "$C" args
	assert_has "$output" 'sleep 1000'
}

@test "EC3 rootless podman --cgroups=disabled, where the drop-in names urun" {
	once --cgroups=disabled bb true
	assert_failure 125
	world_user sh -c 'mkdir -p .config/containers/containers.conf.d
		printf "[engine]\nruntime_supports_nocgroup = [\"urun\"]\nruntime_supports_json = [\"urun\"]\n[engine.runtimes]\nurun = [\"%s\"]\n" \
			'"$URUN_THERE"' >.config/containers/containers.conf.d/urun.conf' < <(:)
	try world_user podman --runtime urun run --rm --network none --cgroups=disabled bb echo ran
	assert_success
	assert_output ran
	try world_user podman --runtime urun run --rm --network none bb nope
	assert_failure 127
	assert_lacks "$stderr" 'urun: urun:'
	assert_has "$stderr" 'executable file not found in $PATH'
	world_user rm .config/containers/containers.conf.d/urun.conf < <(:)
}

@test "EC4 rootless podman build: RUN steps through urun" {
	world_user sh -c 'mkdir -p ctx; printf "FROM bb\nRUN echo built >/made\nRUN cat /made\n" >ctx/Containerfile' < <(:)
	try_ok podman build --isolation oci --network none --quiet -t made ctx
	once made cat /made
	assert_output built
	world_user sh -c 'printf "FROM bb\nRUN exit 6\n" >ctx/Containerfile' < <(:)
	try podman build --isolation oci --network none ctx
	assert_failure
	assert_has "$stderr" 'exit status 6'
}
