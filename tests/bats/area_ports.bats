# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
# Published ports of the built-in network, its API, and what goes around libslirp.
load ../lib/common
load ../lib/slirp

@test "N01 -p leads to the container: any address, one address, IPv6, UDP, a range" {
	good_world '
		up c --network slirp -p 8080:80 -p 127.0.0.1:8081:80 -p "[::1]:8082:80" -p 5353:53/udp \
			-p 192.0.2.1:9000-9002:7000-7002
		inserver serve 10.0.2.100 80; inserver serve fd00::100 80; inserver echo 10.0.2.100 53
		inserver serve 10.0.2.100 7002
		py fetch 127.0.0.1 8080; py fetch 192.0.2.1 8080; py fetch 127.0.0.1 8081; py fetch ::1 8082
		py ask 127.0.0.1 5353 udp; py fetch 192.0.2.1 9002
		py try 192.0.2.1 8081; py try ::1 8080; py try 127.0.0.1 9002; urun delete -f c; nothing_left'
	assert_eq "$output" "hello 10.0.2.100
hello 10.0.2.100
hello 10.0.2.100
hello fd00::100
UDP
hello 10.0.2.100
ECONNREFUSED
ECONNREFUSED
ECONNREFUSED"
}

@test "N01 a port is free again when run or delete return" {
	good_world '
		bundle true
		for i in 1 2 3 4 5; do urun run --network slirp -p 8080:80 -p 5353:53/udp c; done
		for i in 1 2 3 4 5; do
			container c --network slirp -p 8080:80 -p 5353:53/udp; urun delete -f c
		done
		container c --network slirp -p 8080:80; urun kill c KILL; sleep 0.2
		urun delete c; bundle true; urun run --network slirp -p 8080:80 c; nothing_left'
	assert_eq "$output" ''
}

@test "N01 a port that is busy or privileged is named, and none of the others stays bound" {
	PORT_START=1024 world '
		bundle true
		server serve 127.0.0.1 8005
		urun run --network slirp -p 8000-8010:8000-8010 c || py try 127.0.0.1 8004
		urun run --network slirp -p 8000:80 -p 80:80 c || py try 127.0.0.1 8000
		urun run --network slirp -p 8000:80 -p 53:53/udp c || py try 127.0.0.1 8000
		urun run --network slirp -p 198.51.100.1:8000:80 c || :; nothing_left'
	assert_has "$output" 8005
	assert_match "$output" '[Aa]ddress already in use|in use'
	assert_has "$output" ip_unprivileged_port_start=80
	assert_has "$output" ip_unprivileged_port_start=53
	assert_has "$output" 198.51.100.1
	[ "$(grep -c ECONNREFUSED <<<"$output")" = 3 ] || { echo "$output"; return 1; }
	[ "$(grep -c URUN-E335 <<<"$output")" = 4 ] || { echo "$output"; return 1; }
	assert_eq "${#lines[@]}" 7
}

@test "N01 real root binds a privileged port for a container with a user namespace" {
	need_root
	WHO=root PORT_START=1024 good_world '
		bundle "exec sleep 100"; : >$T/b/rootfs/etc/resolv.conf
		edit "
c[\"linux\"][\"namespaces\"].append({\"type\": \"user\"})
c[\"linux\"][\"uidMappings\"] = c[\"linux\"][\"gidMappings\"] = [{\"containerID\": 0, \"hostID\": 100000, \"size\": 1000}]"
		urun --cgroup-manager disabled run -d --network slirp -p 81:8000 c </dev/null >/dev/null
		INIT=$(urun state c | python3 -c "import json,sys; print(json.load(sys.stdin)[\"pid\"])")
		inserver serve 10.0.2.100 8000; py fetch 127.0.0.1 81; urun delete -f c; nothing_left'
	assert_eq "$output" 'hello 10.0.2.100'
}

@test "N01 urun port: add, ls and rm while the container runs; state shows them" {
	good_world '
		up c --network slirp -p 8080:80
		inserver serve 10.0.2.100 80; inserver echo 10.0.2.100 53
		urun port add c 127.0.0.1:8090:80; urun port add c 5353:53/udp; py fetch 127.0.0.1 8090
		py ask 127.0.0.1 5353 x; urun port ls c; urun port ls --format json c | grep -c hostPort
		net c ports | grep -o "hostPort.: [0-9]*"
		urun port rm c 127.0.0.1:8090:80; py try 127.0.0.1 8090; urun port rm c 3
		py ask 127.0.0.1 5353 x || :; urun port ls c | wc -l; py fetch 127.0.0.1 8080'
	assert_has "$output" $'hello 10.0.2.100\nX\n'
	grep -qE '^2 +tcp +127\.0\.0\.1 +8090 +10\.0\.2\.100 +80' <<<"$output"
	grep -qE '^3 +udp +0\.0\.0\.0 +5353 +10\.0\.2\.100 +53' <<<"$output"
	assert_has "$output" $'\n3\n'
	assert_has "$output" $'ECONNREFUSED\n'
	assert_eq "${lines[-2]}" 2
	assert_eq "${lines[-1]}" 'hello 10.0.2.100'
}

@test "N01 urun port: what cannot be done is said, and a range is added whole or not at all" {
	world '
		up c --network slirp -p 8080:80
		server serve 127.0.0.1 8092
		for w in 127.0.0.1:8090-8095:1-6 8080:81 70000:1 80 "[::1]:99999:1"; do
			urun port add c "$w" && echo "ADDED $w" || :
		done
		urun port rm c 1234:80 || :; urun port rm c 99 || :; urun port add nobody 1:1 || :
		urun port ls c | wc -l; container d; urun port ls d || :
		kill -KILL $(net c helper.pid); sleep 0.1; urun port ls c || :'
	assert_lacks "$output" ADDED
	assert_has "$output" 8092
	assert_has "$output" "does not publish '1234:80'"
	assert_has "$output" 'container `nobody` does not exist'
	assert_has "$output" $'\n2\n'
	assert_has "$output" 'has no network of ours'
	assert_has "$output" 'helper has ended'
}

@test "N01 urun port: a socket with a name, or in a state root, as long as they may be" {
	good_world '
		long=$T/$(printf "%0102d" 7); container c --network slirp:api=$long; urun port add c 8080:80
		urun port ls c | wc -l; urun delete -f c
		root=$T/$(printf "%0150d" 7)
		bundle "exec sleep 1000"; cd $T/b
		"$URUN" --root $root run -d --network slirp d </dev/null >/dev/null
		"$URUN" --root $root port add d 8080:80; "$URUN" --root $root port ls d | wc -l
		"$URUN" --root $root delete -f d'
	assert_eq "$output" $'2\n2'
}

@test "N01 slirp4netns' clients work on the socket, and a slow one stalls nothing" {
	good_world '
		up c --network slirp
		inserver serve 10.0.2.100 80
		id=$(api c add-tcp 127.0.0.1 8080 80); py fetch 127.0.0.1 8080; api c list; api c remove $id
		py try 127.0.0.1 8080
		api c add-tcp "" 8080 80 >/dev/null; py fetch 192.0.2.1 8080
		api c hold 4 16 & hold=$!
		sleep 0.5; time=$(date +%s%N); py churn 127.0.0.1 8080 50; time=$((($(date +%s%N) - time) / 1000000))
		[ $time -lt 3000 ] && echo quick; kill $hold
		api c raw "{\"execute\": \"add_hostfwd\", \"arguments\": {\"host_port\": 1, \"guest_port\": 1}}"
		kill -0 $(net c helper.pid) && echo lives'
	assert_has "$output" 'hello 10.0.2.100'
	assert_has "$output" '1 tcp 127.0.0.1 8080 10.0.2.100 80'
	assert_has "$output" $'ECONNREFUSED\nhello 10.0.2.100\n50\nquick\n'
	assert_has "$output" '"errno":22'
	assert_eq "${lines[-1]}" lives
}

@test "N01 the socket is for its user alone" {
	good_world '
		up c --network slirp; api c list
		unshare --user --map-root-user true
		ls -l $(net c api) | cut -c1-10'
	assert_eq "$output" srwx------
}

@test "N01 who a server sees: the container's own address; with srcip, and by libslirp, the peer" {
	good_world '
		up c --network slirp -p 8080:80 -p 5353:53/udp; inserver serve 10.0.2.100 80
		py fetch 192.0.2.1 8080; urun delete -f c
		for o in srcip=true forward=slirp; do
			up c --network slirp:$o -p 8080:80 -p "[::]:8080:80"
			inserver serve 10.0.2.100 80; inserver serve fd00::100 80
			py fetch 192.0.2.1 8080; py fetch 127.0.0.1 8080; py fetch ::1 8080; py try 192.0.2.1 8080
			urun delete -f c
		done'
	assert_eq "$output" "hello 10.0.2.100
hello 192.0.2.1
hello 10.0.2.2
hello fd00::2
connected
hello 192.0.2.1
hello 10.0.2.2
hello fd00::2
connected"
}

@test "N01 the threads keep no capability but what srcip needs" {
	WHO=root good_world '
		bundle "exec sleep 100"; : >$T/b/rootfs/etc/resolv.conf
		edit "
c[\"linux\"][\"namespaces\"].append({\"type\": \"user\"})
c[\"linux\"][\"uidMappings\"] = c[\"linux\"][\"gidMappings\"] = [{\"containerID\": 0, \"hostID\": 100000, \"size\": 1000}]"
		for o in srcip=false srcip=true; do
			urun --cgroup-manager disabled run -d --network slirp:$o c </dev/null >/dev/null
			cat /proc/$(net c helper.pid)/task/*/status | grep -E "^Cap(Eff|Prm|Bnd|Amb)|^Sec.*:|^NoNew" | tr -d "\t" | sort | uniq -c | sed "s/^ *//"
			urun delete -f c; echo
		done'
	local none='2 CapAmb:0000000000000000
2 CapBnd:0000000000000000
2 CapEff:0000000000000000
2 CapPrm:0000000000000000
2 NoNewPrivs:1
2 Seccomp:2
2 Seccomp_filters:1'
	assert_has "$output" "$none"
	assert_has "$output" '1 CapEff:0000000000001000'
	assert_has "$output" '1 CapPrm:0000000000001000'
}

@test "N01 half of a connection ends before the other, and what refuses is a reset" {
	good_world '
		up c --network slirp -p 8080:80 -p 8081:81
		inserver halves 10.0.2.100 80; py half 127.0.0.1 8080 "a half"
		py half 127.0.0.1 8081 x 2>&1 | tail -1'
	assert_has "$output" 'A HALF'
	assert_has "$output" 'ConnectionResetError'
}

@test "N01 a gigabyte has the same checksum at the other end, in and out" {
	good_world '
		up c --network slirp -p 9000:9000
		inserver sink 10.0.2.100 9000; out=$OUT
		py sum 127.0.0.1 9000 1073741824 >$T/sent
		cmp $T/sent <(grep -v listening $out) && echo in
		server sink 192.0.2.1 9001; out=$OUT
		inpy sum 192.0.2.1 9001 1073741824 >$T/sent
		cmp $T/sent <(grep -v listening $out) && echo out'
	assert_eq "$output" $'in\nout'
}

@test "N01 iperf3: four streams at once, both ways, by a published port and out; UDP" {
	need_command iperf3
	good_world '
		up c --network slirp -p 5201:5201 -p 5201:5201/udp; export TMPDIR=$T
		serve_iperf() {
			: >$T/iperf
			"${@:2}" iperf3 -s -1 -p $1 --forceflush >$T/iperf 2>&1 &
			until grep -q listening $T/iperf 2>/dev/null; do sleep 0.02; kill -0 $!; done
		}
		for way in "" -R; do
			serve_iperf 5201 inside; iperf3 -J -c 127.0.0.1 -P 4 -t 1 $way | py iperf
			serve_iperf 5202; inside iperf3 -J -c 192.0.2.1 -p 5202 -P 4 -t 1 $way | py iperf
		done
		serve_iperf 5201 inside; iperf3 -J -c 127.0.0.1 -u -b 10M -l 1200 -t 1 | py iperf
		serve_iperf 5202; inside iperf3 -J -c 192.0.2.1 -p 5202 -u -b 10M -l 1200 -t 1 | py iperf'
	assert_eq "$output" $'flows\nflows\nflows\nflows\nfew lost\nfew lost'
}

@test "N01 five hundred connections at once, three thousand in a row, and little memory after" {
	WHO=root good_world '
		up c --cgroup-manager=disabled --network slirp -p 8080:80 2>/dev/null || {
			bundle "exec sleep 1000"
			urun --cgroup-manager disabled run -d --network slirp -p 8080:80 c </dev/null >/dev/null
			INIT=$(urun state c | python3 -c "import json,sys; print(json.load(sys.stdin)[\"pid\"])")
		}
		in_it="nsenter -t $INIT -n" server serve 10.0.2.100 80
		py many 127.0.0.1 8080 500; py churn 127.0.0.1 8080 3000
		awk "/^VmRSS/ { print \$2 < 6000 ? \"small\" : \$2 }" /proc/$(net c helper.pid)/status'
	assert_eq "$output" $'500\n3000\nsmall'
}

@test "N01 C28 who ends first does not use up the ports for a minute; the config decides" {
	good_world '
		bundle "exec sleep 1000"
		edit "c[\"linux\"][\"sysctl\"] = { \"net.ipv4.ip_local_port_range\": \"40000 40199\" }"
		urun run -d --network slirp -p 8080:80 c </dev/null >/dev/null
		INIT=$(urun state c | python3 -c "import json,sys; print(json.load(sys.stdin)[\"pid\"])")
		inserver halves 10.0.2.100 80
		py ends 127.0.0.1 8080 150; sleep 2.2; py ends 127.0.0.1 8080 150
		urun delete -f c
		edit "c[\"linux\"][\"sysctl\"] = { \"net.ipv4.tcp_tw_reuse\": \"0\" }"
		urun run -d --network slirp c </dev/null >/dev/null
		urun exec c cat /proc/sys/net/ipv4/tcp_tw_reuse'
	assert_eq "$output" $'150\n150\n0'
}

@test "N01 egress=redirect: pages, names, what is refused or denied, the helper's death" {
	good_world '
		up c --network slirp:egress=redirect
		server serve 192.0.2.1 8000; server serve 127.0.0.1 8001; server dns 127.0.0.53 192.0.2.7
		inpy fetch 192.0.2.1 8000; inpy resolve 10.0.2.3 example.org
		inpy try 192.0.2.1 8009
		for to in "10.0.2.2 8001" "127.0.0.1 8001"; do inpy fetch $to >/dev/null && echo "reached $to" || :; done
		server sink 192.0.2.1 9001; out=$OUT
		inpy sum 192.0.2.1 9001 300000000 >$T/sent
		cmp $T/sent <(grep -v listening $out) && echo same
		helper=$(net c helper.pid); kill -KILL $INIT; py gone $helper; urun delete c; nothing_left'
	assert_eq "${lines[0]:0:11}" 'hello 192.0'
	assert_eq "${lines[1]}" 192.0.2.7
	assert_match "${lines[2]}" 'ECONNREFUSED|ECONNRESET|connected'
	assert_lacks "$output" reached
	assert_eq "${lines[3]}" same
	[ "${lines[4]}" -le 100 ]
}

@test "N01 outbound by an address or an interface of the host; one that is not there is named" {
	world '
		server serve 192.0.2.1 8000
		for e in slirp redirect; do
			up c --network slirp:outbound=192.0.2.2,egress=$e; inpy fetch 192.0.2.1 8000; urun delete -f c
		done
		bundle true; urun run --network slirp:outbound=nowhere0 c || :
		urun run --network slirp:outbound=198.51.100.1 c || :; nothing_left'
	assert_eq "${lines[0]}" 'hello 192.0.2.2'
	assert_eq "${lines[1]}" 'hello 192.0.2.2'
	assert_has "$output" nowhere0
	assert_has "$output" 198.51.100.1
}

@test "N01 the host's abstract sockets are not the container's" {
	good_world '
		python3 -c "
import socket, time
s = socket.socket(socket.AF_UNIX); s.bind(b\"\0urun-test\"); s.listen(); print(\"listening\", flush=True); time.sleep(30)" >$T/a &
		until grep -qs l $T/a; do sleep 0.01; done
		up c --network slirp
		inside python3 -c "
import socket
socket.socket(socket.AF_UNIX).connect(b\"\0urun-test\")" 2>&1 | tail -1'
	assert_has "$output" ConnectionRefusedError
}
