# SPDX-License-Identifier: Apache-2.0
# mounts add, remove and list: what is mounted in a running container.
load ../lib/common
load ../lib/rootfs

setup() {
	setup_bundle
	SRC=$T/src
	mkdir -p "$SRC"
	echo data >"$SRC/file"
	edit_config "$BUNDLE" '.root.readonly = false'
	set_args "$BUNDLE" sleep 1000
}
teardown() { common_teardown; }

start() {
	run_urun run -d -b "$BUNDLE" "$ID"
	assert_quiet
}

# mount_file JSON...: an array of these in $T/mounts.json.
mount_file() {
	printf '%s\n' "$@" | jq -s . >"$T/mounts.json"
}

bind() { # DESTINATION SOURCE OPTION...
	jq -nc '{destination: $d, type: "bind", source: $s, options: (["bind"] + $ARGS.positional)}' \
		--arg d "$1" --arg s "$2" --args -- "${@:3}"
}

add() {
	run_urun mounts add "$ID" "$T/mounts.json"
}

inside() { # TEXT
	run_urun exec "$ID" sh -c "$1"
}

# What of the container's mounts is below /mnt.
below_mnt() {
	run_urun mounts list -f json "$ID"
	assert_quiet
	output=$(jq -r '.[] | select(.destination | startswith("/mnt")) | .destination' <<<"$output")
}

# ---- add

@test "K18 mounts add: a bind, read-only" {
	start
	mount_file "$(bind /mnt/a "$SRC" ro nosuid)"
	add
	assert_quiet
	assert_output ''
	inside 'cat /mnt/a/file; (echo x >/mnt/a/file) 2>/dev/null || echo refused; cat /proc/self/mountinfo'
	assert_match "$output" $'^data\nrefused'
	assert_match "$(mount_options "$output" /mnt/a)" '^ro,nosuid'
}

@test "K18 mounts add: a file, from the standard input" {
	start
	mount_file "$(bind /etc/one "$SRC/file")"
	run_urun state "$ID"
	urun_stdin mounts add "$ID" - <"$T/mounts.json"
	inside 'cat /etc/one; echo more >>/etc/one'
	assert_output data
	assert_eq "$(cat "$SRC/file")" $'data\nmore'
}

@test "K18 mounts add: new file systems belong to the container: tmpfs proc sysfs mqueue devpts" {
	start
	mount_file '{"destination": "/mnt/t", "type": "tmpfs", "source": "t", "options": ["mode=700", "size=64k"]}' \
		'{"destination": "/mnt/p", "type": "proc", "source": "p"}' \
		'{"destination": "/mnt/s", "type": "sysfs", "source": "s", "options": ["ro"]}' \
		'{"destination": "/mnt/m", "type": "mqueue", "source": "m"}' \
		'{"destination": "/mnt/d", "type": "devpts", "source": "d"}'
	add
	assert_quiet
	inside 'stat -c %u:%a /mnt/t; cat /mnt/p/1/comm; ls /mnt/s/class/net; echo x >/mnt/t/x && ls /mnt/t'
	assert_output $'0:700\nsleep\nlo\nx'
	below_mnt
	assert_output $'/mnt/t\n/mnt/p\n/mnt/s\n/mnt/m\n/mnt/d'
}

@test "K18 mounts add: all options that a config knows" {
	start
	ln -s nowhere "$SRC/link"
	mkdir "$BUNDLE/rootfs/data"
	echo old >"$BUNDLE/rootfs/data/old"
	mount_file "$(bind /mnt/l "$SRC/link" src-nofollow)" "$(bind /mnt/c "$SRC/link" copy-symlink)" \
		'{"destination": "/data", "type": "tmpfs", "source": "t", "options": ["tmpcopyup", "ro"]}'
	add
	assert_quiet
	inside 'readlink /mnt/l; readlink /mnt/c; cat /data/old; touch /data/x 2>/dev/null || echo ro'
	assert_output $'nowhere\nnowhere\nold\nro'
}

@test "K18 mounts add: a relative source is below the bundle" {
	start
	mkdir "$BUNDLE/vol"
	echo here >"$BUNDLE/vol/x"
	mount_file "$(bind /mnt/a vol)"
	add
	assert_quiet
	inside 'cat /mnt/a/x'
	assert_output here
}

@test "K18 mounts add: targets are made as the container's root" {
	need_subids
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: $s, size: 1000}]
		| .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1000}]' \
		--argjson s "$(subid_line /etc/subuid | cut -d ' ' -f 1)" \
		--argjson g "$(subid_line /etc/subgid | cut -d ' ' -f 1)"
	add_mount /tmp tmpfs tmpfs mode=755
	start
	chmod 0700 "$T" # what only the caller can reach
	chmod 0755 "$SRC"
	mount_file "$(bind /tmp/new/a "$SRC")"
	add
	assert_quiet
	inside 'stat -c %u:%a /tmp/new; cat /tmp/new/a/file'
	assert_output $'0:755\ndata'
}

@test "K18 mounts add: in a container whose process is no root" {
	edit_config "$BUNDLE" '.process.user = {uid: 1, gid: 1}'
	need_subids
	start
	mount_file "$(bind /mnt/a "$SRC")" '{"destination": "/mnt/t", "type": "tmpfs", "source": "t"}'
	add
	assert_quiet
	inside 'cat /mnt/a/file; id -u'
	assert_output $'data\n1'
}

@test "K18 mounts add: before start" {
	run_urun create -b "$BUNDLE" "$ID"
	assert_quiet
	mount_file "$(bind /mnt/a "$SRC")"
	add
	assert_quiet
	run_urun start "$ID"
	assert_quiet
	inside 'cat /mnt/a/file'
	assert_output data
}

@test "K18 mounts add: in a user namespace of the caller's, with ids mapped" {
	need_subids
	drop_namespace user
	mount_file "$(bind /mnt/a "$SRC" 'idmap=uids=0-20-1;gids=0-30-1')" \
		'{"destination": "/mnt/t", "type": "tmpfs", "source": "t", "options": ["mode=755", "idmap=uids=0-5-1;gids=0-6-1"]}'
	printf 'set -e\nurun() { : | "$URUN" --root "$ROOT" "$@"; }
		mount -t tmpfs -o mode=755 src "$SRC"
		urun run -d -b "$BUNDLE" "$ID"; urun mounts add "$ID" "$T/mounts.json"
		urun exec "$ID" stat -c %%u:%%g /mnt/a /mnt/t; urun delete --force "$ID"\n' >"$T/inside.sh"
	export URUN ROOT BUNDLE ID SRC T
	run --separate-stderr in_userns sh "$T/inside.sh"
	assert_quiet
	assert_output $'20:30\n5:6'
}

@test "K18 mounts add: where one fails none is left" {
	start
	mount_file "$(bind /mnt/a "$SRC")" \
		'{"destination": "/mnt/t", "type": "tmpfs", "source": "t"}' \
		"$(bind /mnt/b "$SRC/nothing")"
	add
	fails ".mounts[2] '/mnt/b'" "'$SRC/nothing'"
	below_mnt
	assert_output ''
	# Found out only when two are attached.
	mount_file "$(bind /mnt/a "$SRC")" \
		'{"destination": "/mnt/t", "type": "tmpfs", "source": "t"}' \
		'{"destination": "/mnt/b", "type": "tmpfs", "source": "t", "options": ["size=nonsense"]}'
	add
	fails ".mounts[2] '/mnt/b'" nonsense
	below_mnt
	assert_output ''
}

@test "K18 mounts add: an idmapped bind of the host's is explained" {
	start
	[ "$(stat -f -c %T "$SRC")" != tmpfs ] || skip "the test's folder is a tmpfs"
	mount_file "$(bind /mnt/a "$SRC" 'idmap=uids=0-1-1;gids=0-1-1')"
	add
	fails ".mounts[0] '/mnt/a': its ids cannot be mapped"
}

@test "K18 mounts add: into a read-only root the target must be there" {
	edit_config "$BUNDLE" '.root.readonly = true'
	mkdir -p "$BUNDLE/rootfs/mnt/a"
	start
	mount_file "$(bind /mnt/a "$SRC")"
	add
	assert_quiet
	mount_file "$(bind /mnt/b "$SRC")"
	add
	fails ".mounts[0] '/mnt/b'" "hint: where the root cannot be written"
}

@test "K18 mounts add: the container must be there, and live" {
	mount_file "$(bind /mnt/a "$SRC")"
	add
	fails "container \`$ID\` does not exist"
	set_args "$BUNDLE" true
	run_urun create -b "$BUNDLE" "$ID"
	run_urun start "$ID"
	wait_status "$ID" stopped
	add
	fails "\`$ID\` is stopped"
}

# ---- what the container may have put in the way

@test "K18 mounts add: a destination through a symlink stays in the root" {
	start
	mkdir "$T/outside"
	inside "mkdir -p /real; ln -s /real /abs; ln -s ../../../../..$T/outside /rel; mkdir -p $T"
	mount_file "$(bind /abs/x "$SRC")" "$(bind /rel/y "$SRC")"
	add
	[ -z "$(ls "$T/outside")" ]
	[ "$status" != 0 ] || inside 'cat /real/x/file'
	mount_file "$(bind /abs/x "$SRC")"
	add
	assert_quiet
	inside 'cat /real/x/file'
	assert_output data
}

@test "K18 mounts add: neither over /proc nor into it, not by a symlink either" {
	start
	inside 'ln -s /proc/self/attr /way; ln -s proc /p'
	mount_file "$(bind /proc "$SRC")"
	add
	fails "'/proc'"
	mount_file "$(bind /way "$SRC")"
	add
	fails "'/way'"
	mount_file "$(bind /p/sys "$SRC")"
	add
	fails "'/p/sys'"
	inside 'ls /proc/1/comm'
	assert_output /proc/1/comm
}

# ---- remove

@test "K18 mounts remove: what add has mounted, the last first" {
	start
	mount_file "$(bind /mnt "$SRC")" '{"destination": "/mnt/sub", "type": "tmpfs", "source": "t"}'
	mkdir "$SRC/sub"
	add
	assert_quiet
	run_urun mounts remove "$ID" "$T/mounts.json"
	assert_quiet
	assert_output ''
	below_mnt
	assert_output ''
}

@test "K18 mounts remove: a mount of the config, by the destination alone" {
	add_mount /mnt bind "$SRC" bind
	start
	mount_file '{"destination": "mnt//"}'
	run_urun mounts remove "$ID" "$T/mounts.json"
	assert_quiet
	inside 'ls /mnt'
	assert_output ''
}

@test "K18 mounts remove: the one on top, then the one below" {
	start
	mkdir "$T/two"
	echo two >"$T/two/file"
	mount_file "$(bind /mnt/a "$SRC")" "$(bind /mnt/a "$T/two")"
	add
	assert_quiet
	mount_file '{"destination": "/mnt/a"}'
	inside 'cat /mnt/a/file'
	assert_output two
	run_urun mounts remove "$ID" "$T/mounts.json"
	assert_quiet
	inside 'cat /mnt/a/file'
	assert_output data
}

@test "K18 mounts remove: nothing is there, or no mount" {
	start
	mount_file '{"destination": "/nowhere"}'
	run_urun mounts remove "$ID" "$T/mounts.json"
	fails ".mounts[0] '/nowhere'"
	mount_file '{"destination": "/etc"}'
	run_urun mounts remove "$ID" "$T/mounts.json"
	fails ".mounts[0] '/etc': nothing is mounted there"
	mount_file '{"destination": "/"}'
	run_urun mounts remove "$ID" "$T/mounts.json"
	fails ".mounts[0].destination"
}

@test "K18 mounts remove: a symlink of the container's does not lead to another mount" {
	start
	inside 'ln -s /proc/sys /vol; ln -s proc /p; rmdir /mnt; ln -s /sys/firmware /mnt'
	local d
	for d in /vol /p/sys /mnt; do
		mount_file "{\"destination\": \"$d\"}"
		run_urun mounts remove "$ID" "$T/mounts.json"
		fails "'$d'"
	done
	assert_has "$stderr" /mnt
	inside 'cat /proc/self/mountinfo'
	assert_match "$(mount_options "$output" /proc/sys)" '^ro'
	assert_match "$(mount_options "$output" /sys/firmware)" '^ro'
}

# ---- files

@test "K18 mounts add: what is no array of mounts" {
	start
	local text
	for text in '{}' '"x"' '' '[] []' '[], "mounts": []' '[]}{' '[{"destination": 3}]' \
		'[{"type": "tmpfs"}]' '[{"destination": "/x", "options": "ro"}]' '[' '[1]' 'null' \
		'[{"destination": ""}]' '[{"destination": "/mnt", "type": "nosuchfs"}]' \
		'[{"destination": "/mnt"}]' '[{"destination": "/mnt", "type": "tmpfs", "uidMappings": []}'; do
		printf '%s' "$text" >"$T/mounts.json"
		add
		fails || fail "for: $text"
	done
	run_urun mounts add "$ID" "$T/no-file"
	fails "'$T/no-file'"
	below_mnt
	assert_output ''
}

@test "K18 mounts add: an empty array is no error" {
	start
	printf ' [ ]\n' >"$T/mounts.json"
	add
	assert_quiet
}

# ---- list

@test "N14 mounts list: destination, type, options and why" {
	add_mount '/mnt/with blank' bind "$SRC" bind ro
	edit_config "$BUNDLE" '.linux.maskedPaths = ["/etc/group", "/proc/acpi"] | .linux.readonlyPaths = ["/proc/sys"]'
	start
	mount_file '{"destination": "/mnt/t", "type": "tmpfs", "source": "here", "options": ["size=64k"]}'
	add
	run_urun mounts list "$ID"
	assert_quiet
	assert_match "${lines[0]}" '^DESTINATION +TYPE +SOURCE +OPTIONS +REASON$'
	assert_match "$output" $'\n/ +[a-z0-9]+ .* root\n'
	assert_match "$output" $'\n/mnt/with blank .* ro,[a-z,]* +config\n'
	assert_match "$output" $'\n/etc/group .* masked\n'
	assert_match "$output" $'\n/proc/sys +proc .* readonly\n'
	assert_match "$output" $'\n/dev/null .* device\n'
	assert_match "$output"$'\n' $'\n/mnt/t +tmpfs +here +rw,relatime +other\n'
	run_urun mounts list --format=json "$ID"
	assert_quiet
	jq -e '.[] | select(.destination == "/mnt/t") | .type == "tmpfs" and .source == "here" and
		.reason == "other" and .root == "/" and (.superOptions | index("size=64k")) and
		(.options | index("relatime")) and .propagation == [] and .id > 0 and .parent > 0' <<<"$output"
	jq -e '.[] | select(.destination == "/mnt/with blank") | .options[0] == "ro"' <<<"$output"
}

@test "N14 mounts list: what the container has mounted itself" {
	edit_config "$BUNDLE" '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	start
	inside 'mkdir -p "/mnt/a	b"; mount -t tmpfs own "/mnt/a	b"; mount --make-shared "/mnt/a	b"'
	assert_quiet
	run_urun mounts list "$ID"
	# The tab must not move the terminal.
	assert_match "$output" '/mnt/a\?b +tmpfs +own .* other'
	run_urun mounts list -f json "$ID"
	jq -e '.[] | select(.destination == "/mnt/a\tb") | .propagation[0] | startswith("shared:")' <<<"$output"
}

@test "N14 mounts list: of a created container" {
	run_urun create -b "$BUNDLE" "$ID"
	run_urun mounts list -f json "$ID"
	assert_quiet
	jq -e 'map(.destination) | index("/proc") != null' <<<"$output"
}

# ---- words

@test "K18 N14 mounts: wrong words" {
	run_urun mounts
	fails "'mounts'"
	run_urun mounts change "$ID" x
	fails "'change'"
	assert_has "$stderr" 'add|remove|list'
	run_urun mounts add "$ID"
	fails "needs a file"
	run_urun mounts list
	fails "'mounts'"
	run_urun mounts list "$ID" x
	fails "'x'"
	run_urun mounts add -f json "$ID" x
	fails "'--format'"
	run_urun mounts list -f xml "$ID"
	fails xml
	run_urun mounts list ../x
	assert_failure 1
}
