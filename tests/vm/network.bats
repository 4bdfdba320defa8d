# SPDX-License-Identifier: Apache-2.0
# urun-test-position: service
#
# The built-in network as a lingering user of a distribution has it: /dev/net/tun as udev
# makes it, the distribution's libslirp and kernel modules, a scope as cgroup. guest.sh
# made the host: 192.0.2.10 on eth0, a resolver of the loopback in resolv.conf.
load vm

setup() {
	vm_setup common_setup
	HOST=192.0.2.10
	PORT=8100
}

teardown() {
	vm_teardown
}

# bundle SCRIPT SPEC-OPTION...: $BUNDLE, by spec alone; the root file system has a page.
bundle() {
	mkdir "$BUNDLE"
	make_rootfs "$BUNDLE/rootfs"
	mkdir "$BUNDLE/rootfs/www"
	echo "the page of $ID" >"$BUNDLE/rootfs/www/index.html"
	(cd "$BUNDLE" && urun spec "${@:2}" --arg sh --arg -c --arg "$1")
	edit_config "$BUNDLE" '.process.terminal = false'
}

# member BUNDLE PID: a bundle with the user and network namespaces of PID.
member() {
	mkdir "$1"
	make_rootfs "$1/rootfs"
	jq --arg p "/proc/$2/ns" 'del(.annotations) | .linux.namespaces |=
		map(if .type == "network" then .path = "\($p)/net"
			elif .type == "user" then .path = "\($p)/user" else . end)' \
		"$BUNDLE/config.json" >"$1/config.json"
	set_args "$1" sleep 1000
}

# net ID NAME: of the state's network.
net() {
	urun state "$1" | jq -r ".net.$2"
}

inside() {
	local id=$1
	shift
	urun exec "$id" "$@"
}

# python COMMAND...: one of slirp.py's, in the background; says in $T/said what it does.
python() {
	: >"$T/said"
	background python3 "$URUN_TEST_DIR/tests/lib/slirp.py" "$@" >"$T/said" 2>&1 3>&-
	wait_until 60 grep -q listening "$T/said"
}

page() {
	busybox wget -q -T 60 -O - "http://$1/"
}

is_page() {
	[ "$(page "$1")" = "the page of $ID" ]
}

# helpers: how many there are where this test stands; the other stream has its own.
helpers() {
	local pid n=0 mine
	mine=$(</proc/self/cgroup)
	for pid in $(pgrep -x 'urun-slirp(-end)?'); do
		[ "$(cat "/proc/$pid/cgroup" 2>/dev/null)" != "$mine" ] || n=$((n + 1))
	done
	echo $n
}

helpers_are() {
	[ "$(helpers)" = "$1" ]
}

refused() {
	! (exec 7<>"/dev/tcp/$1/$2") 2>/dev/null
}

@test "N01 spec --network slirp: a page by -p, a name, a download with the right checksum" {
	# 1 GiB takes two minutes here, on a quiet host: the emulated helper moves 10 MiB in a second.
	# area_network.bats moves as much on the true machine.
	local mib=16 sum
	bundle 'exec httpd -f -p 80 -h /www' --network slirp
	run_urun run -d -p $PORT:80 -b "$BUNDLE" "$ID"
	assert_quiet
	assert_match "$(cgroup_of "$(pid_of "$ID")")" "^$USER_CGROUP/.*$ID\.scope/container$"
	wait_until 60 is_page 127.0.0.1:$PORT
	is_page $HOST:$PORT

	run_urun exec "$ID" cat /etc/resolv.conf
	assert_output 'nameserver 10.0.2.3'
	run_urun exec "$ID" nslookup example.org
	assert_success
	assert_has "$output" 'Address: 192.0.2.7'

	python source $HOST $((PORT + 1)) $((mib << 20)) md5
	run_urun exec "$ID" sh -c "nc $HOST $((PORT + 1)) | md5sum"
	assert_success
	wait_until 60 grep -q '^sum ' "$T/said"
	sum=$(sed -n 's/^sum //p' "$T/said")
	assert_output "$sum  -"
	run_urun delete --force "$ID"
	assert_quiet
	wait_until 10 helpers_are 0
}

@test "N01 two containers of a pod: one network, one helper" {
	local helper
	bundle 'httpd -p 127.0.0.1:8000 -h /www; exec sleep 1000' --network slirp:publish=$PORT:8001
	run_urun run -d -b "$BUNDLE" "$ID"
	assert_quiet
	helper=$(net "$ID" helper.pid)
	member "$T/two" "$(pid_of "$ID")"
	run_urun run -d -b "$T/two" "$ID-2"
	assert_quiet
	assert_eq "$(helpers)" 2
	assert_eq "$(ps -o comm= -p "$helper")" urun-slirp

	run_urun exec "$ID" ip -o addr
	assert_has "$output" 'tap0    inet 10.0.2.100/24'
	assert_eq "$(inside "$ID-2" ip -o addr)" "$output"
	assert_eq "$(inside "$ID-2" wget -q -O - http://127.0.0.1:8000/)" "the page of $ID"
	# The port is the network's, whoever of them listens.
	mkdir "$T/two/rootfs/www"
	echo "the page of $ID" >"$T/two/rootfs/www/index.html"
	inside "$ID-2" httpd -p 8001 -h /www
	wait_until 60 is_page 127.0.0.1:$PORT

	# Who joined leaves as it came.
	run_urun delete --force "$ID-2"
	assert_quiet
	assert_eq "$(net "$ID" helper.running)" true
	assert_eq "$(inside "$ID" wget -q -O - http://127.0.0.1:8000/)" "the page of $ID"
	run_urun delete --force "$ID"
	assert_quiet
	wait_until 10 helpers_are 0
}

@test "N01 the helper is out of the container's cgroup: pause and limits do not reach it" {
	local helper scope api
	bundle 'exec httpd -f -p 80 -h /www' --network slirp
	edit_config "$BUNDLE" '.linux.resources = {memory: {limit: 16777216}, pids: {limit: 4}}'
	run_urun run -d -p $PORT:80 -b "$BUNDLE" "$ID"
	assert_quiet
	wait_until 60 is_page 127.0.0.1:$PORT
	scope=$(cgroup_of "$(pid_of "$ID")")
	scope=${scope%/container}
	assert_eq "$(<"$scope/memory.max") $(<"$scope/pids.max")" '16777216 4'
	helper=$(net "$ID" helper.pid) api=$(net "$ID" api)
	[ -S "$api" ]
	# It stays where its caller stands.
	assert_eq "$(</proc/"$helper"/cgroup)" "$(</proc/self/cgroup)"
	assert_eq "$(find "$scope" -name cgroup.procs -exec cat {} + | grep -cx "$helper")" 0

	run_urun pause "$ID"
	assert_quiet
	assert_eq "$(key "$scope/cgroup.events" frozen)" 1
	run_urun port ls "$ID"
	assert_quiet
	assert_has "$output" $PORT
	run_urun port add "$ID" $((PORT + 1)):80
	assert_quiet
	# Connected, and heard by nobody for now.
	exec 7<>/dev/tcp/127.0.0.1/$PORT 8<>/dev/tcp/127.0.0.1/$((PORT + 1))
	printf 'GET / HTTP/1.0\r\n\r\n' >&7
	printf 'GET / HTTP/1.0\r\n\r\n' >&8
	run ! read -r -t 2 -u 7
	run_urun resume "$ID"
	assert_quiet
	assert_has "$(timeout 60 cat <&7)" "the page of $ID"
	assert_has "$(timeout 60 cat <&8)" "the page of $ID"
	exec 7>&- 8>&-
	is_page 127.0.0.1:$PORT

	run_urun delete --force "$ID"
	assert_quiet
	wait_until 10 test ! -e "$api"
	wait_until 10 helpers_are 0
	refused 127.0.0.1 $PORT
	wait_until 30 test ! -d "$scope"
}

@test "N01 egress=redirect with the distribution's kernel, whose modules load by themselves" {
	assert_eq "$(stat -L -c '%a %U' /dev/net/tun)" '666 root'
	bundle 'exec sleep 1000' --network slirp:egress=redirect
	run_urun run -d -b "$BUNDLE" "$ID"
	# The first one loads ten modules, which may take longer here than a helper is waited for.
	if [[ $stderr == *'not ready after 5 s'* ]]; then
		wait_until 60 helpers_are 0
		run_urun run -d -b "$BUNDLE" "$ID"
	fi
	assert_quiet
	python serve $HOST $((PORT + 1))
	run_urun exec "$ID" nc $HOST $((PORT + 1))
	assert_success
	assert_output "hello $HOST"
	# By nftables, and not past it.
	run nsenter -t "$(pid_of "$ID")" -U -n --preserve-credentials nft list table ip urun
	assert_success
	assert_has "$output" redirect
	grep -q '^nft_redir ' /proc/modules
	# nft_queue is there: what is refused is refused at once, and not reset later on.
	grep -q '^nft_queue ' /proc/modules
	run_urun exec "$ID" nc $HOST $((PORT + 2))
	assert_failure
	assert_has "$stderr" "can't connect"
	assert_has "$stderr" 'Connection refused'
	run_urun delete --force "$ID"
	assert_quiet
}
