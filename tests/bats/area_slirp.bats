# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
# urun-slirp by itself, as an unprivileged user would start it: root only makes
# the host around it (lib/slirp_world.sh).
load ../lib/common
load ../lib/slirp

V6='ipv6=true'

@test "N01 the interface: addresses, routes, mtu and mac as asked, lo is up" {
	good_world '
		new_netns
		start mtu=1500 mac=02:12:34:56:78:9a ifname=eth7 '"$V6"'
		inside ip -o link | sed "s/qdisc.*link/link/"
		inside ip -o address | sed "s/ *valid_lft.*//; /link/d" | sed "s/\\\\//; s/  */ /g; s/ $//"
		inside ip route; inside ip -6 route | grep default'
	assert_has "$output" 'eth7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500'
	assert_has "$output" '02:12:34:56:78:9a'
	assert_has "$output" 'lo: <LOOPBACK,UP,LOWER_UP>'
	assert_has "$output" 'eth7 inet 10.0.2.100/24 brd 10.0.2.255 scope global eth7'
	assert_has "$output" 'eth7 inet6 fd00::100/64 scope global nodad'
	assert_has "$output" 'default via 10.0.2.2 dev eth7'
	assert_has "$output" 'default via fd00::2 dev eth7'
}

@test "N01 a network of one's own: another prefix, address and resolver" {
	good_world '
		new_netns
		start cidr=172.20.0.0/16 cidr6=2001:db8::/56 ipv6=true
		inside ip -o address show tap0
		inside ip route
		inside ip -o address show tap0 | grep -o "inet6 2001[^ ]*"
		server dns 127.0.0.53 192.0.2.7
		inpy resolve 172.20.0.3 example.org'
	assert_has "$output" 'inet 172.20.0.100/16 brd 172.20.255.255'
	assert_has "$output" 'inet6 2001:db8::100/56'
	assert_has "$output" 'default via 172.20.0.2 dev tap0'
	assert_has "$output" '192.0.2.7'
}

@test "N01 the gateway is the host's loopback where that is allowed: TCP, UDP, IPv6" {
	good_world '
		new_netns
		start host_loopback=allow '"$V6"'
		server serve 127.0.0.1 8000; inpy fetch 10.0.2.2 8000
		server serve ::1 8001; inpy fetch fd00::2 8001
		server echo 127.0.0.1 8002; inpy ask 10.0.2.2 8002 small'
	assert_eq "$output" $'hello 127.0.0.1\nhello ::1\nSMALL'
}

@test "N01 host loopback is denied: by the gateway, the resolver's address, other ports" {
	good_world '
		new_netns
		start '"$V6"'
		server serve 127.0.0.1 8000; server serve ::1 8000; server serve 127.0.0.53 8000
		server echo 127.0.0.53 8001
		for a in 10.0.2.2 10.0.2.3 10.0.2.9 fd00::2 fd00::3 fd00::9; do
			timeout 3 nsenter -t $INIT -U -n --preserve-credentials python3 \
				"$URUN_TEST_DIR/tests/lib/slirp.py" fetch $a 8000 && echo "reached $a" || :
		done
		inpy ask 10.0.2.3 8001 leak && echo "reached the port" || :
		inpy try 10.0.2.2 8000; inpy try fd00::2 8000
		server serve 192.0.2.1 8000
		inpy fetch 192.0.2.1 8000'
	# At once, not after minutes.
	[ "$(grep -c ^ECONNREFUSED <<<"$output")" = 2 ] || { echo "$output"; return 1; }
	assert_lacks "$output" reached
	assert_has "$output" hello
}

@test "N01 frames made by hand do not reach 127.0.0.1 or 0.0.0.0 either" {
	good_world '
		server echo 127.0.0.1 8000
		heard=$OUT
		for loopback in allow deny; do
			new_netns
			start host_loopback=$loopback
			for to in 127.0.0.1 0.0.0.0; do
				inpy raw tap0 10.0.2.100 $to 8000 52:55:0a:00:02:02
			done
			# An answer through the same network: those before it have been seen to.
			server echo 192.0.2.1 8001
			inpy ask 192.0.2.1 8001 after
			kill $! $INIT
			py gone $HELPER >/dev/null
			echo "$loopback $(grep -c "by hand" $heard)"
			: >$heard
		done'
	# With loopback allowed they do: this test can see them.
	assert_has "$output" 'allow '
	assert_lacks "$output" 'allow 0'
	assert_has "$output" $'\ndeny 0'
}

@test "N01 P33 names by the host's resolver, also after resolv.conf was replaced" {
	good_world '
		new_netns
		start
		server dns 127.0.0.53 192.0.2.7; inpy resolve 10.0.2.3 example.org
		server dns 127.0.0.54 192.0.2.8
		echo "nameserver 127.0.0.54" >$T/etc/new; mv $T/etc/new $T/etc/resolv.conf
		sleep 1.2; inpy resolve 10.0.2.3 example.org'
	assert_eq "$output" $'192.0.2.7\n192.0.2.8'
}

@test "N01 P33 names where resolv.conf is a symlink to a file that is replaced" {
	RESOLV=link good_world '
		new_netns
		start
		server dns 127.0.0.53 192.0.2.7; inpy resolve 10.0.2.3 example.org
		server dns 127.0.0.54 192.0.2.8
		echo "nameserver 127.0.0.54" >$T/real/new; mv $T/real/new $T/real/resolv.conf
		sleep 1.2; inpy resolve 10.0.2.3 example.org'
	assert_eq "$output" $'192.0.2.7\n192.0.2.8'
}

@test "N01 without a resolver none is asked" {
	good_world '
		new_netns
		start dns=none
		server dns 127.0.0.53 192.0.2.7; inpy resolve 10.0.2.3 example.org || echo none'
	assert_has "$output" none
}

@test "N01 connections come from the outbound address" {
	good_world '
		new_netns
		start outbound=192.0.2.2
		server serve 192.0.2.1 8000; inpy fetch 192.0.2.1 8000'
	assert_eq "$output" 'hello 192.0.2.2'
}

@test "N01 an echo by ICMP, of the gateway and of another host" {
	good_world 'new_netns; start; inpy ping 10.0.2.2; inpy ping 192.0.2.1'
	assert_eq "$output" $'answer\nanswer'
}

@test "N01 a hundred megabytes arrive as they were sent, with a small mtu and a large one" {
	good_world '
		for mtu in 1500 65520; do
			new_netns
			start mtu=$mtu
			server sink 192.0.2.1 $((9000 + mtu % 100))
			inpy sum 192.0.2.1 $((9000 + mtu % 100)) 100000000 >$T/sent
			cmp $T/sent <(grep -v listening $OUT) && echo same
		done'
	assert_eq "$output" $'same\nsame'
}

@test "N01 large datagrams, and large answers where the mtu is small" {
	good_world '
		new_netns; start
		server echo 192.0.2.1 8000
		inpy ask 192.0.2.1 8000 $(printf "%060000d" 7) | wc -c
		new_netns; start mtu=1500
		cat >$T/big.py <<-EOF
			import socket
			s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
			s.bind(("192.0.2.1", 8001))
			print("listening", flush=True)
			_, peer = s.recvfrom(100)
			s.sendto(b"x" * 5000, peer)
		EOF
		python3 $T/big.py >$T/big & until grep -qs l $T/big; do sleep 0.01; done
		inpy ask 192.0.2.1 8001 q | wc -c'
	assert_eq "$output" $'60001\n5001'
}

@test "N01 frames that no kernel sends do not end the network" {
	good_world '
		new_netns
		start '"$V6"'
		for seed in 1 2 3; do inpy mutate tap0 $seed 3000; done
		server serve 192.0.2.1 8000; inpy fetch 192.0.2.1 8000'
	assert_has "$output" 'hello 192.0.2'
}

@test "N01 the helper has no privilege, a filter, and no descriptor too many" {
	WHO=root good_world '
		new_netns
		start
		for t in /proc/$HELPER/task/*; do
			grep -E "^(NoNewPrivs|Seccomp|Cap...):" $t/status | tr "\t\n" "  "; echo
		done
		echo "files $(ulimit -Hn) $(awk "/open files/ { print \$4 }" /proc/$HELPER/limits)"
		awk "/core file/ { print \"core\", \$5 }" /proc/$HELPER/limits
		for fd in /proc/$HELPER/fd/*; do readlink $fd; done | sed "s/:.*//" | sort | tr "\n" " "
		echo
		ls $T/../. >/dev/null; (cd /proc/$HELPER/root && echo *); touch /proc/$HELPER/root/x || :
		touch /proc/$HELPER/root/etc/x || :
		[ $(readlink /proc/$HELPER/ns/net) = $(readlink /proc/self/ns/net) ] && echo host network
		[ $(readlink /proc/$HELPER/ns/mnt) = $(readlink /proc/self/ns/mnt) ] || echo own mounts
		tr "\0" " " </proc/$HELPER/environ | wc -c'
	none=0000000000000000
	assert_has "$output" "CapInh: $none CapPrm: $none CapEff: $none CapBnd: $none CapAmb: $none NoNewPrivs: 1 Seccomp: 2"
	# Its two threads.
	assert_eq "$(grep -c "^CapInh: $none CapPrm: $none CapEff: $none CapBnd: $none CapAmb: $none NoNewPrivs: 1 Seccomp: 2" <<<"$output")" 2
	assert_has "$output" 'core 0'
	assert_has "$output" $'\netc\n'
	[ "$(grep -c 'Read-only file system' <<<"$output")" = 2 ] || { echo "$output"; return 1; }
	assert_has "$output" $'host network\nown mounts'
	read -r _ hard soft < <(grep ^files <<<"$output")
	assert_eq "$soft" "$hard"
	# stdin, stdout, tap; the pidfd, the API's epoll, timer and socket, the engine's epoll and
	# eventfd, the socket that ends with the ports; stderr is the caller's.
	assert_has "$output" '/dev/net/tun /dev/null /dev/null anon_inode anon_inode anon_inode anon_inode anon_inode pipe socket socket'
	assert_eq "$(grep -E '^/dev/net/tun ' <<<"$output" | wc -w)" 11
}

@test "N01 the user who started it cannot look into it" {
	good_world '
		new_netns; start
		ls /proc/$HELPER/fd 2>/dev/null && echo seen || echo hidden
		head -c1 /proc/$HELPER/mem 2>/dev/null && echo seen || echo hidden'
	assert_eq "$output" $'hidden\nhidden'
}

@test "N01 the helper ends with the container, within 100 ms, and its socket is removed" {
	good_world '
		new_netns; start; ls $SOCKET_DIR
		kill -KILL $INIT; py gone $HELPER; sleep 0.05; ls $SOCKET_DIR'
	assert_eq "${lines[0]}" net.sock
	[ "${lines[1]}" -le 100 ] || { echo "still there after $output polls"; return 1; }
	assert_eq "${#lines[@]}" 2
}

@test "N01 the socket is removed after kill -9, too, and a helper that hangs is ended" {
	good_world '
		new_netns; start; kill -KILL $HELPER; sleep 0.1; ls $SOCKET_DIR; echo .
		new_netns; start; kill -STOP $HELPER; kill -KILL $INIT; py gone $HELPER
		sleep 0.05; ls $SOCKET_DIR'
	assert_eq "${lines[0]}" .
	[ "${lines[1]}" -le 100 ] || { echo "still there after $output polls"; return 1; }
	assert_eq "${#lines[@]}" 2
}

@test "N01 the helper ends with the container while data flows" {
	good_world '
		new_netns; start
		server sink 192.0.2.1 8000
		inpy sum 192.0.2.1 8000 100000000000 >/dev/null 2>&1 &
		sleep 0.5; kill -KILL $INIT; py gone $HELPER; kill $!'
	[ "${lines[0]}" -le 100 ] || { echo "still there: $output"; return 1; }
}

@test "N01 an interface that is taken away ends it, and it says so" {
	good_world '
		new_netns; start 2>$T/said
		inside ip link del tap0; py gone $HELPER >/dev/null; cat $T/said'
	assert_has "$output" "the interface 'tap0' is gone"
}

@test "N01 root's container without a user namespace" {
	WHO=root good_world '
		unshare --net sleep 300 & INIT=$!
		until [ "$(cat /proc/$INIT/comm)" = sleep ]; do sleep 0.01; done
		start
		grep -E "^(CapEff|CapBnd):" /proc/$HELPER/status
		server serve 192.0.2.1 8000
		nsenter -t $INIT -n python3 "$URUN_TEST_DIR/tests/lib/slirp.py" fetch 192.0.2.1 8000'
	assert_has "$output" 'hello 192.0.2'
	assert_has "$output" $'CapEff:\t0000000000000000'
	assert_has "$output" $'CapBnd:\t0000000000000000'
}

@test "N01 maps that leave out the user who starts it" {
	local u g
	need_command newuidmap
	u=$(awk -F: -v u="$WHO" '$1 == u { print $2; exit }' /etc/subuid)
	g=$(awk -F: -v u="$WHO" '$1 == u { print $2; exit }' /etc/subgid)
	[ -n "$u" ] && [ -n "$g" ] || skip "user '$WHO' has no sub-ids"
	good_world '
		unshare --user --map-users='"$u"',0,1000 --map-groups='"$g"',0,1000 --setuid 0 --setgid 0 \
			--net sleep 300 & INIT=$!
		until [ "$(cat /proc/$INIT/comm)" = sleep ]; do sleep 0.01; done
		start
		server serve 192.0.2.1 8000
		nsenter -t $INIT -U -n python3 "$URUN_TEST_DIR/tests/lib/slirp.py" fetch 192.0.2.1 8000'
	assert_has "$output" 'hello 192.0.2'
}

@test "N01 a config that is wrong is refused with one line that says where" {
	world '
		new_netns
		good="slirp:mac=02:00:00:00:00:01"
		for w in text= text=x "text=urun-slirp 2\\n$good\\n" "text=urun-slirp 1\\n$good" \
			"text=urun-slirp 1\\n$good\\nmore\\n" "text=urun-slirp 1\\n\\n" \
			"text=urun-slirp 1\\nnone\\n" "text=urun-slirp 1\\n$good\\0\\n" mac= \
			mtu=1279 mtu=65521 ifname=a/b ifname=lo mac=01:00:00:00:00:01 \
			mac=52:55:0a:00:02:02 cidr=10.0.2.0/30 cidr=127.0.0.0/8 cidr6=fd00::/64 \
			publish=80 outbound=a/b unknown=1; do
			start "$w" >$T/said 2>&1 && echo "ACCEPTED: $w" || echo "$w: $(wc -l <$T/said) $(cat $T/said)"
		done
		start outbound=198.51.100.1 || :
		inside ip -o link | wc -l; ls $T/run.*/ | grep sock || :'
	assert_lacks "$output" ACCEPTED
	[ "$(grep -cE ': 1 no network: network (config|option)' <<<"$output")" = 21 ] || { echo "$output"; return 1; }
	assert_has "$output" 198.51.100.1
	# Nothing was made.
	assert_eq "${lines[-1]}" 1
}

@test "N01 what the host lacks is named, with what to type" {
	TUN=none world 'new_netns; start'
	assert_eq "$status $output" $'1 no network: open \'/dev/net/tun\': missing (ENOENT)\tmodprobe tun'
	TUN=0600 world 'new_netns; start'
	assert_has "$output" $'\'/dev/net/tun\': access denied (EACCES)\tchmod 0666 /dev/net/tun'
}

@test "N01 who started it ends before there is a container: it ends, and nothing is left" {
	world '
		new_netns
		for hand in "" 0 01; do
			start "hand=$hand" publish=8080:80/tcp || :
			[ -z "$(ls -A "$SOCKET_DIR")" ]
		done
		start publish=8080:80/tcp
		echo up'
	assert_eq "$output" $'no network:  \nno network:  \nno network:  \nup'
}

@test "N01 namespaces and descriptors that are not what they should be" {
	world '
		new_netns; start; start || :
		new_netns; start close=3 || :; start close=4 || :; start close=5 || :
		start hand=021 || :
		inside ip route add default dev lo || :
		start || :
		INIT=$$; start || :'
	assert_has "$output" "already has an interface 'tap0'"
	assert_has "$output" 'descriptor 3 (config) is not open'
	assert_has "$output" 'descriptor 4 (socket to urun) is not open'
	assert_has "$output" "descriptor 5 (directory of the API's socket) is not open"
	assert_has "$output" 'got descriptor 2, due is 1'
	assert_has "$output" 'belongs to another user namespace'
}
