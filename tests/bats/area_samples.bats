# SPDX-License-Identifier: Apache-2.0
# Every config of tests/samples that an engine ran without limits runs here, as
# the engine starts it and, where it says nothing of user namespaces, straight.
load ../lib/common
load ../lib/rootfs
load ../lib/samples

setup() { common_setup; }
teardown() { common_teardown; }

# podman NAME / straight NAME: prepares and runs one sample.
podman() {
	need_subids
	sample_bundle "$1"
	as_podman run
}

straight() {
	sample_bundle "$1"
	run_urun run -b "$BUNDLE" "$ID"
}

# ---- podman

@test "N01 podman-rootless-run" {
	podman podman-rootless-run
	assert_quiet
	assert_match "$output" $'^hi\nuid=0\\(root\\) gid=0\\(root\\)'
}

@test "N01 podman-rootless-run, straight" {
	straight podman-rootless-run
	assert_quiet
	assert_match "$output" $'^hi\nuid=0\\(root\\)'
}

@test "N01 podman-rootless-run: its sysctl, hostname file and limits hold" {
	need_subids
	sample_bundle podman-rootless-run
	set_script "$BUNDLE" 'cat /proc/sys/net/ipv4/ping_group_range /etc/hostname; ulimit -Hn'
	as_podman run
	assert_quiet
	assert_match "$output" $'^0\t0\nengine\'s hostname\n20000$'
}

@test "C28 podman-rootless-run: rlimits above the host's hard limit are clamped" {
	need_subids
	sample_bundle podman-rootless-run
	set_script "$BUNDLE" 'ulimit -Hn'
	as_podman 'ulimit -n 512; run'
	assert_success
	assert_output 512
}

@test "N01 podman-rootless-nethost" {
	podman podman-rootless-nethost
	assert_quiet
	assert_has "$output" uid=0
}

@test "N01 podman-rootless-nethost, straight" {
	straight podman-rootless-nethost
	assert_quiet
	assert_has "$output" uid=0
}

@test "N01 podman-rootless-pidhost" {
	podman podman-rootless-pidhost
	assert_quiet
}

@test "N01 podman-rootless-pidhost, straight" {
	straight podman-rootless-pidhost
	assert_quiet
}

@test "N01 podman-rootless-pidhost: /proc is the host's, masks and all" {
	need_subids
	sample_bundle podman-rootless-pidhost
	set_script "$BUNDLE" 'readlink /proc/self/ns/pid; cat /proc/keys; (echo 1 >/proc/sys/vm/swappiness) 2>/dev/null || echo ro'
	as_podman run
	assert_quiet
	assert_output "$(readlink /proc/self/ns/pid)
ro"
}

@test "N01 podman-rootless-cgroupns-host" {
	podman podman-rootless-cgroupns-host
	assert_quiet
}

@test "N01 podman-rootless-cgroupns-host, straight: the cgroup tree is read-only" {
	sample_bundle podman-rootless-cgroupns-host
	set_script "$BUNDLE" 'for f in $(find /sys/fs/cgroup -name cgroup.procs); do
		(echo 0 >$f) 2>/dev/null && echo wrote; done; echo end'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output end
}

@test "N01 podman-rootless-cgroups-disabled" {
	podman podman-rootless-cgroups-disabled
	assert_quiet
	assert_has "$output" '0::/'
}

@test "N01 podman-rootless-cgroups-disabled, straight" {
	straight podman-rootless-cgroups-disabled
	assert_quiet
	assert_has "$output" '0::/'
}

@test "N01 podman-rootless-image" {
	podman podman-rootless-image
	assert_quiet
	[ -e "$BUNDLE/rootfs/x" ]
}

@test "N01 podman-rootless-image, straight" {
	straight podman-rootless-image
	assert_quiet
	[ -e "$BUNDLE/rootfs/x" ]
}

@test "N01 podman-rootless-keepid-keepgroups" {
	need_subids
	sample_bundle podman-rootless-keepid-keepgroups
	as_podman 'own_rootfs; run'
	assert_quiet
	assert_match "$output" '^uid=1500 gid=1500'
}

@test "N01 podman-rootless-uidmap" {
	need_subids
	sample_bundle podman-rootless-uidmap
	as_podman 'own_rootfs; run'
	assert_quiet
	assert_match "$output" '^uid=0\(root\) gid=0\(root\)'
}

@test "N01 podman-rootless-kitchensink" {
	podman podman-rootless-kitchensink
	assert_quiet
	assert_match "$output" '^uid=1000\(user\) gid=1000\(user\) groups=.*10'
}

@test "N01 podman-rootless-kitchensink: what it asks for is there" {
	need_subids
	sample_bundle podman-rootless-kitchensink
	set_script "$BUNDLE" 'umask; ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj; hostname
		cat /mnt/content /m2/content; touch /mnt/x /m2/x /x 2>/dev/null || echo ro
		touch /tmp/x /var/tmp/x /m3/x && echo rw; [ -c /dev/nullx ] && echo node
		grep NoNewPrivs /proc/self/status; cat /proc/sys/net/ipv4/ip_forward; df -k /run | tail -n 1'
	as_podman run
	assert_quiet
	assert_match "$output" $'^0077\n100\n200\n100\nh1\nvolume\nvolume\nro\nrw\nnode\nNoNewPrivs:\t1\n1\n'
	assert_match "$output" 'tmpfs +1024 '
}

@test "N01 podman-rootless-kitchensink, straight" {
	need_subids
	straight podman-rootless-kitchensink
	assert_quiet
	assert_match "$output" '^uid=1000\(user\)'
}

@test "N01 podman-rootless-limits-cgroupfs: a limit without a cgroup is refused by name" {
	podman podman-rootless-limits-cgroupfs
	assert_one_line_error ".linux.resources.memory.limit: no cgroup to put this limit on"
}

@test "N01 podman-rootless-idmap-volume" {
	podman podman-rootless-idmap-volume
	assert_quiet
}

@test "M11 podman-rootless-idmap-explicit: an idmapped bind of the host's is explained" {
	podman podman-rootless-idmap-explicit
	assert_one_line_error ".mounts[0] '/mnt': its ids cannot be mapped"
	assert_has "$stderr" 'hint: only real root'
}

@test "N01 podman-rootless-privileged" {
	podman podman-rootless-privileged
	assert_quiet
	assert_match "$output" 'CapEff:.000001ffffffffff'
}

@test "N01 podman-rootless-privileged, straight" {
	need_subids
	straight podman-rootless-privileged
	assert_quiet
	assert_match "$output" 'CapEff:.0000'
}

@test "N01 M24 podman-rootless-rootfs-overlay, on an overlay of the user namespace's own" {
	need_subids
	sample_bundle podman-rootless-rootfs-overlay
	mkdir "$T/upper" "$T/work" "$T/merge"
	edit_config "$BUNDLE" '.root.path = $p' --arg p "$T/merge"
	set_script "$BUNDLE" 'touch /made; cat /etc/hostname'
	as_podman 'mount -t overlay -o "lowerdir=$BUNDLE/rootfs,upperdir=$T/upper,workdir=$T/work,userxattr" \
			overlay "$T/merge"
		run'
	assert_quiet
	assert_output "engine's hostname"
	[ -e "$T/upper/made" ] && [ ! -e "$BUNDLE/rootfs/made" ]
}

# wait_running: text for as_podman.
WAIT='until urun state "$ID" 2>/dev/null | grep -q "\"running\""; do sleep 0.02; done'

@test "N01 podman-rootless-systemd-mode" {
	need_subids
	sample_bundle podman-rootless-systemd-mode
	echo keep >"$BUNDLE/rootfs/run/keep"
	as_podman "urun create -b \"\$BUNDLE\" \"\$ID\"; urun start \"\$ID\"
		$WAIT
		urun exec \"\$ID\" sh -c 'cat /run/keep /proc/1/comm; touch /run/x /tmp/x /run/lock/x /var/log/journal/x'
		urun exec \"\$ID\" sh -c 'grep \" /sys/fs/cgroup \" /proc/self/mountinfo'
		urun kill \"\$ID\" KILL; until urun delete \"\$ID\" 2>/dev/null; do sleep 0.02; done"
	assert_quiet
	assert_match "$output" $'^keep\nsleep\n'
	assert_match "$output" ' /sys/fs/cgroup rw.*cgroup2'
}

@test "N01 podman-rootless-pasta: a network namespace that is joined" {
	need_subids
	sample_bundle podman-rootless-pasta
	as_podman 'unshare --net sh -c "$URUN_TEST_ROOTFS/bin/busybox ip link set lo up; echo \$\$ >\"$T/pid\"; exec sleep 100" & holder=$!
		until [ -s "$T/pid" ]; do sleep 0.02; done
		jq --arg p "/proc/$(cat "$T/pid")/ns/net" \
			".linux.namespaces |= map(if .type == \"network\" then .path = \$p else . end)" \
			"$BUNDLE/config.json" >"$BUNDLE/new"; mv "$BUNDLE/new" "$BUNDLE/config.json"
		run; kill $holder'
	assert_quiet
	assert_has "$output" 127.0.0.1
}

@test "N01 podman-rootless-slirp4netns" {
	need_subids
	sample_bundle podman-rootless-slirp4netns
	as_podman 'unshare --net sh -c "echo \$\$ >\"$T/pid\"; exec sleep 100" & holder=$!
		until [ -s "$T/pid" ]; do sleep 0.02; done
		jq --arg p "/proc/$(cat "$T/pid")/ns/net" \
			".linux.namespaces |= map(if .type == \"network\" then .path = \$p else . end)" \
			"$BUNDLE/config.json" >"$BUNDLE/new"; mv "$BUNDLE/new" "$BUNDLE/config.json"
		run; kill $holder'
	assert_quiet
	assert_has "$output" 'lo: <LOOPBACK>'
}

@test "N01 podman-rootless-pod-infra and podman-rootless-pod-member: a pod" {
	need_subids
	sample_bundle podman-rootless-pod-infra
	cp -a "$BUNDLE" "$T/infra"
	edit_config "$T/infra" '.root.path = $p' --arg p "$T/infra/rootfs"
	sample_bundle podman-rootless-pod-member
	set_script "$BUNDLE" 'cat /etc/hostname; readlink /proc/1/exe; hostname
		for n in pid net ipc uts; do readlink /proc/self/ns/$n; done'
	as_podman 'unshare --net sh -c "echo \$\$ >\"$T/pid\"; exec sleep 100" & holder=$!
		until [ -s "$T/pid" ]; do sleep 0.02; done
		jq --arg p "/proc/$(cat "$T/pid")/ns/net" \
			".linux.namespaces |= map(if .type == \"network\" then .path = \$p else . end)" \
			"$T/infra/config.json" >"$T/infra/new"; mv "$T/infra/new" "$T/infra/config.json"
		urun run --detach -b "$T/infra" "$ID-infra"
		p=$(urun state "$ID-infra" | jq .pid)
		jq --arg p "$p" ".linux.namespaces |= map(if .path then
				.path = (.path | sub(\"[0-9]+\"; \$p)) else . end)" \
			"$BUNDLE/config.json" >"$BUNDLE/new"; mv "$BUNDLE/new" "$BUNDLE/config.json"
		for n in pid net ipc uts; do readlink /proc/$p/ns/$n; done >"$T/want"
		run; urun delete --force "$ID-infra"; kill $holder'
	assert_quiet
	assert_has "$output" "engine's hostname"
	assert_eq "$(tail -n 4 <<<"$output")" "$(cat "$T/want")"
}

# ---- buildah

@test "N02 buildah-run" {
	podman buildah-run
	assert_quiet
	assert_match "$output" '^uid=0\(root\) gid=0\(root\)'
}

@test "N02 buildah-run, straight" {
	straight buildah-run
	assert_quiet
	assert_match "$output" '^uid=0\(root\)'
}

@test "N02 buildah-build-run" {
	podman buildah-build-run
	assert_quiet
	assert_has "$output" '0::/'
}

@test "N02 buildah-build-run, straight" {
	straight buildah-build-run
	assert_quiet
}

@test "N02 buildah-build-run-tmpfs" {
	podman buildah-build-run-tmpfs
	assert_quiet
}

@test "N02 buildah-build-run-tmpfs, straight" {
	straight buildah-build-run-tmpfs
	assert_quiet
}

@test "N02 buildah-run-tty" {
	need_subids
	sample_bundle buildah-run-tty
	as_podman '"$URUN_TEST_DIR/tests/lib/tty" run "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"'
	assert_success
	assert_match "$output" '^/dev/pts/0'
}

@test "N02 buildah-run-tty, straight" {
	sample_bundle buildah-run-tty
	run --separate-stderr "$URUN_TEST_DIR/tests/lib/tty" run "$URUN" --root "$ROOT" run \
		-b "$BUNDLE" "$ID"
	assert_success
	assert_match "$output" '^/dev/pts/0'
}

# ---- containerd and docker: real root's configs, straight

@test "N03 containerd-ctr" {
	straight containerd-ctr
	assert_quiet
	assert_has "$output" uid=0
}

@test "N03 containerd-ctr-systemd-cgroup" {
	straight containerd-ctr-systemd-cgroup
	assert_quiet
	assert_has "$output" uid=0
}

@test "N03 containerd-ctr-userns" {
	straight containerd-ctr-userns
	assert_quiet
	assert_has "$output" uid=0
}

@test "N03 containerd-ctr-options: its limit is refused by name" {
	straight containerd-ctr-options
	assert_one_line_error ".linux.resources.memory.limit: no cgroup to put this limit on"
}

@test "N03 containerd-ctr-options without the limits" {
	need_subids
	sample_bundle containerd-ctr-options
	edit_config "$BUNDLE" 'del(.linux.resources)'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_match "$output" '^uid=1000\(user\) gid=1000\(user\)'
}

@test "N04 docker-run" {
	straight docker-run
	assert_quiet
	assert_has "$output" uid=0
	assert_has "$output" PATH=
}

@test "N04 docker-run-detached" {
	sample_bundle docker-run-detached
	run_urun run --detach -b "$BUNDLE" "$ID"
	assert_quiet
	wait_status "$ID" running
	run_urun exec "$ID" cat /etc/hostname /proc/1/comm
	assert_output $'engine\'s hostname\nsleep'
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	urun delete "$ID"
}
