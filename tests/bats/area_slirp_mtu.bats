# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
# urun-slirp with an interface of a small mtu: large TCP segments cross the tap, and datagrams
# that do not fit are cut and put together.
load ../lib/common
load ../lib/slirp

V6='ipv6=true host_loopback=allow'

@test "N01 datagrams larger than the mtu go out and come back, IPv4 and IPv6" {
	good_world '
		for mtu in 1280 1500 9000; do
			new_netns; start mtu=$mtu '"$V6"'
			server echo 127.0.0.1 $mtu
			server echo ::1 $mtu
			for n in 1452 1472 1473 4000 8192 30000 65000; do
				for to in 10.0.2.2 fd00::2; do
					text=$(printf "%0${n}d" 7)
					[ "$(inpy ask $to $mtu $text)" = $text ] || echo "lost: $mtu $n $to"
				done
			done
		done
		echo end'
	assert_eq "$output" 'end'
}

@test "N01 the largest datagram, and an echo by ICMP that does not fit" {
	good_world '
		for mtu in 1500 65520; do
			new_netns; start mtu=$mtu '"$V6"'
			server echo 127.0.0.1 $mtu
			text=$(printf "%065507d" 7)
			[ "$(inpy ask 10.0.2.2 $mtu $text)" = $text ] && echo same
		done
		new_netns; start mtu=1500 '"$V6"'
		cat >$T/ping.py <<-EOF
			import socket, sys
			sys.path.insert(0, sys.argv[1])
			import slirp
			v6 = ":" in sys.argv[2]
			s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_RAW, 58 if v6 else 1)
			s.settimeout(2)
			s.connect((sys.argv[2], 0))
			body = bytes([0, 77, 0, 1]) + bytes(range(250)) * 20
			echo = bytes([128 if v6 else 8, 0, 0, 0]) + body
			s.send(echo[:2] + slirp.checksum(echo).to_bytes(2, "big") + body)
			data = b""
			while data[:1] != bytes([129 if v6 else 0]):
			    data = s.recv(60000)[0 if v6 else 20:]
			print("echo" if data[4:] == body else "another")
		EOF
		for to in 10.0.2.2 192.0.2.1 fd00::2; do
			inside python3 $T/ping.py $URUN_TEST_DIR/tests/lib $to
		done'
	assert_eq "$output" $'same\nsame\necho\necho\necho'
}

@test "N01 TCP: segments larger than the mtu cross the tap, and all arrives as sent" {
	good_world '
		new_netns; start mtu=1500 '"$V6"'
		# Is the largest frame on the interface larger than its mtu, out of it and into it?
		cat >$T/largest.py <<-EOF
			import select, signal, socket, sys
			s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
			s.bind(("tap0", 0))
			print("listening", flush=True)
			most = {}
			signal.signal(signal.SIGTERM, lambda *_: sys.exit(print(
			    *(most.get(k, 0) > 10000 for k in (True, False)))))
			while True:
			    n, who = s.recvfrom_into(bytearray(70000))
			    most[who[2] == socket.PACKET_OUTGOING] = max(
			        n, most.get(who[2] == socket.PACKET_OUTGOING, 0))
		EOF
		for to in 127.0.0.1,10.0.2.2 ::1,fd00::2; do
			nsenter -t $INIT -U -n --preserve-credentials python3 $T/largest.py >$T/largest & look=$!
			touch $T/largest; until grep -q listening $T/largest; do sleep 0.01; done
			server sink ${to%,*} 9000
			inpy sum ${to#*,} 9000 30000000 >$T/sent
			cmp $T/sent <(grep -v listening $OUT) && echo same
			cat >$T/give.py <<-EOF
				import socket, sys
				s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
				s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
				s.bind((sys.argv[1], 9001))
				s.listen()
				print("listening", flush=True)
				c, _ = s.accept()
				c.sendall(bytes(range(251)) * 100000)
			EOF
			python3 $T/give.py ${to%,*} >$T/give &
			touch $T/give; until grep -q l $T/give; do sleep 0.01; done
			cat >$T/take.py <<-EOF
				import socket, sys
				c = socket.create_connection((sys.argv[1], 9001))
				got = b"".join(iter(lambda: c.recv(1 << 18), b""))
				print("same" if got == bytes(range(251)) * 100000 else len(got))
			EOF
			inside python3 $T/take.py ${to#*,}
			kill $look; wait $look || :
			tail -n 1 $T/largest
			rm $T/largest $T/give
		done'
	assert_eq "$output" $'same\nsame\nTrue True\nsame\nsame\nTrue True'
}

@test "N01 an echo to a host of IPv6's outside is dropped, and nothing is said of it" {
	good_world '
		new_netns
		start mtu=1500 '"$V6"' 2>$T/words
		cat >$T/echo6.py <<-EOF
			import socket, sys
			s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58)
			s.settimeout(1)
			for to in "2001:db8::1", "fd00::7", "fe80::7%tap0", "fd00::2", "fe80::2%tap0", "fd00::3":
			    s.sendto(bytes([128, 0, 0, 0, 0, 77, 0, 1]), (to, 0))
			    try:
			        while True:
			            data, who = s.recvfrom(100)
			            if data[0] == 129:
			                break
			        print("echo", who[0].split("%")[0])
			    except OSError:
			        print("nothing", to)
		EOF
		inside python3 $T/echo6.py
		cat $T/words'
	assert_eq "$output" $'nothing 2001:db8::1\nnothing fd00::7\nnothing fe80::7%tap0\necho fd00::2\necho fe80::2\necho fd00::3'
}
