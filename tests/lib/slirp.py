#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the tests of urun-slirp need: its starter, small servers and clients.

slirp.py start PROGRAM INIT [KEY=VALUE...]   as urun starts it for the process INIT;
    prints its pid and its word, fails with the word. KEY: an option of --network (none
    by an empty value, several `publish` joined by '+'); `text`: the whole config; `dir`:
    where its socket is made; `close`: a descriptor that it does not get; `hand`: what of
    the container it gets, and no more (0 pidfd, 1 user namespace, 2 network namespace)
slirp.py serve ADDRESS PORT                  TCP: says "hello" and who asks
slirp.py fetch ADDRESS PORT                  what such a server says
slirp.py echo ADDRESS PORT                   UDP: sends back in capitals, prints it
slirp.py ask ADDRESS PORT TEXT               what such a server sends back
slirp.py dns ADDRESS ANSWER                  answers each question so
slirp.py resolve SERVER NAME                 what that says
slirp.py ping ADDRESS                        ICMP: "answer" of an echo
slirp.py raw IFNAME SOURCE TARGET PORT GATEWAY-MAC   a UDP frame made by hand
slirp.py mutate IFNAME SEED COUNT            frames with bytes changed at random
slirp.py gone PID                            polls of 1 ms until it has ended
slirp.py sum ADDRESS PORT BYTES              sends so many, and prints their SHA-256
slirp.py sink ADDRESS PORT                   the SHA-256 of what came
slirp.py halves ADDRESS PORT                 TCP: answers with what came, once that has ended
slirp.py half ADDRESS PORT TEXT              sends it, ends its side, prints the answer
slirp.py ends ADDRESS PORT COUNT             so many one after another; how many had their answer
slirp.py many ADDRESS PORT COUNT             as many connections at once to a `serve`: answers
slirp.py churn ADDRESS PORT COUNT            one after another
slirp.py iperf                               what the JSON of `iperf3 -J` on stdin says
slirp.py try ADDRESS PORT                    the name of connect()'s error, or "connected"
slirp.py source ADDRESS PORT BYTES HASH      sends so many to who connects; "sum" and their MD5, ...
"""
import errno
import fcntl
import hashlib
import json
import os
import random
import socket
import struct
import sys
import time

def config(given):
    if 'text' in given:
        return given['text'].encode().decode('unicode_escape').encode()
    keys = {'mac': '02:00:00:00:00:01', 'ipv6': 'false'}
    keys.update((k, v) for k, v in given.items() if k not in ('close', 'dir', 'hand'))
    ports = keys.pop('publish', '').split('+')
    words = [f'{k}={v}' for k, v in keys.items() if v] + [f'publish={p}' for p in ports if p]
    return f"urun-slirp 1\nslirp:{','.join(words)}\n".encode()


def start(program, init, *words):
    given = dict(w.split('=', 1) for w in words)
    memfd = os.memfd_create('config', os.MFD_ALLOW_SEALING)
    os.write(memfd, config(given))
    fcntl.fcntl(memfd, 1033, 15)  # F_ADD_SEALS: all
    ours, theirs = socket.socketpair()
    container = [os.pidfd_open(int(init)), os.open(f'/proc/{init}/ns/user', os.O_RDONLY),
                 os.open(f'/proc/{init}/ns/net', os.O_RDONLY)]
    fds = [memfd, theirs.detach(), os.open(given.get('dir', '.'), os.O_PATH | os.O_DIRECTORY)]
    if 'close' in given:
        os.close(fds[int(given['close']) - 3])
    # Above what they become, then down: one never overwrites another.
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 50 + i) if i + 3 != int(given.get('close', 0)) else -1
            for i, fd in enumerate(fds)]
    pid = os.fork()
    if pid == 0:
        for i, fd in enumerate(high):
            if fd >= 0:
                os.dup2(fd, 3 + i)
            else:
                try:
                    os.close(3 + i)
                except OSError:
                    pass
        os.dup2(0, 100)  # must not be there later on
        os.execv(program, [program])
    for fd in fds + high:
        try:
            os.close(fd)
        except OSError:
            pass
    for i in map(int, given.get('hand', '012')):
        try:
            socket.send_fds(ours, [bytes([i])], [container[i]])
        except BrokenPipeError:
            break
    if 'hand' in given:
        ours.shutdown(socket.SHUT_WR)
    word = b''
    while not word.endswith(b'\n'):
        piece = ours.recv(4096)
        if not piece:
            break
        word += piece
    word = word.decode().rstrip('\n')
    _, status = os.waitpid(pid, 0)
    if word.startswith('R'):
        version, helper = word.split()
        print(helper, version)
        return 0
    print(word)
    return os.waitstatus_to_exitcode(status) or 99


def family(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def listener(address, port, kind):
    s = socket.socket(family(address), kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, int(port)))
    if kind == socket.SOCK_STREAM:
        s.listen(1024)
    print('listening', flush=True)
    return s


def client(address, port, kind, timeout=5):
    s = socket.socket(family(address), kind)
    s.settimeout(timeout)
    s.connect((address, int(port)))
    return s


def serve(address, port):
    s = listener(address, port, socket.SOCK_STREAM)
    while True:
        c, peer = s.accept()
        c.sendall(f'hello {peer[0]}'.encode())
        c.close()


def fetch(address, port):
    try:
        print(client(address, port, socket.SOCK_STREAM).recv(100).decode() or 'nothing')
    except OSError as e:
        print(type(e).__name__)
        return 1


def echo(address, port):
    s = listener(address, port, socket.SOCK_DGRAM)
    while True:
        data, peer = s.recvfrom(65536)
        print(data.decode(), flush=True)
        s.sendto(data.upper(), peer)


def ask(address, port, text):
    s = client(address, port, socket.SOCK_DGRAM, 2)
    try:
        s.send(text.encode())
        print(s.recv(65536).decode())
    except OSError as e:
        print(type(e).__name__)
        return 1


def dns(address, answer):
    s = listener(address, 53, socket.SOCK_DGRAM)
    while True:
        q, peer = s.recvfrom(512)
        end = q.index(b'\0', 12) + 5
        s.sendto(q[:2] + b'\x81\x80\0\1\0\1\0\0\0\0' + q[12:end] + b'\xc0\x0c\0\1\0\1\0\0\0\1\0\4' +
                 socket.inet_aton(answer), peer)


def resolve(server, name):
    q = b'\x12\x34\1\0\0\1\0\0\0\0\0\0' + b''.join(
        bytes([len(p)]) + p.encode() for p in name.split('.')) + b'\0\0\1\0\1'
    s = client(server, 53, socket.SOCK_DGRAM, 2)
    try:
        s.send(q)
        print(socket.inet_ntoa(s.recv(512)[-4:]))
    except OSError as e:
        print(type(e).__name__)
        return 1


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ping(address):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    s.settimeout(2)
    s.connect((address, 0))
    body = struct.pack('!HH', 77, 1) + b'12345678'
    s.send(b'\x08\0' + struct.pack('!H', checksum(b'\x08\0\0\0' + body)) + body)
    try:
        while s.recv(1000)[20] != 0:
            pass
        print('answer')
    except OSError as e:
        print(type(e).__name__)
        return 1


def raw(ifname, source, target, port, gateway_mac):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((ifname, 0))
    mac = s.getsockname()[4]
    payload = b'by hand!'
    udp = struct.pack('!HHHH', 4000, int(port), 8 + len(payload), 0) + payload
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                       socket.inet_aton(source), socket.inet_aton(target))
    head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
    s.send(bytes.fromhex(gateway_mac.replace(':', '')) + mac + b'\x08\0' + head + udp)


def ip4(target, protocol, body):
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0,
                       socket.inet_aton('10.0.2.100'), socket.inet_aton(target))
    return b'\x08\0' + head + body


def ip6(protocol, body):
    return b'\x86\xdd' + struct.pack('!IHBB', 0x60000000, len(body), protocol, 255) + \
        socket.inet_pton(socket.AF_INET6, 'fd00::100') + \
        socket.inet_pton(socket.AF_INET6, 'fd00::2') + body


def mutate(ifname, seed, count):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((ifname, 0))
    mac, gateway = s.getsockname()[4], bytes.fromhex('52550a000202')
    good = [b'\x08\x06\0\1\x08\0\6\4\0\1' + mac + bytes([10, 0, 2, 100]) + bytes(6) +
            bytes([10, 0, 2, 2]), ip6(58, b'\x87' + bytes(7) + bytes(24)),
            ip6(58, b'\x85' + bytes(7)), ip6(6, bytes(20)),
            ip6(17, b'\x02\x22\x02\x23\0\x10\0\0\x0b' + bytes(7))]
    for to in '192.0.2.1', '10.0.2.2', '10.0.2.3', '10.0.2.255', '255.255.255.255':
        good += [ip4(to, 6, b'\x10\0\0\x50' + bytes(8) + b'\x50\x02\xff\xff' + bytes(4)),
                 ip4(to, 17, b'\0\x44\0\x43\0\x20\0\0' + bytes(24)),
                 ip4(to, 17, b'\0\x44\0\x45\0\x18\0\0\0\1/x\0octet\0' + bytes(6)),
                 ip4(to, 1, b'\x08\0\0\0abcdefgh')]
    r = random.Random(int(seed))
    for _ in range(int(count)):
        f = bytearray(gateway + mac + r.choice(good))
        for _ in range(r.randrange(4)):
            f[r.randrange(14, len(f))] = r.randrange(256)
        if r.random() < 0.3:
            f += bytes(r.randrange(1300))
        if r.random() < 0.1:
            f = f[:r.randrange(14, len(f))]
        if f[12:14] == b'\x08\0' and len(f) > 34 and r.random() < 0.9:
            f[24:26] = bytes(2)  # libslirp looks at heads with a right checksum only
            head = bytes(f[14:14 + (f[14] & 15) * 4])
            f[24:26] = struct.pack('!H', checksum(head))
        try:
            s.send(f)
        except OSError as e:
            if e.errno != errno.ENOBUFS:
                raise


def gone(pid):
    for n in range(5000):
        try:
            if open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()[0] == 'Z':
                break
        except OSError:
            break
        time.sleep(0.001)
    print(n)


def pattern(n):
    block = hashlib.sha512(b'urun').digest() * 1024
    while n > 0:
        yield block[:n]
        n -= len(block)


def send_sum(address, port, n):
    s, h = client(address, port, socket.SOCK_STREAM, 60), hashlib.sha256()
    for block in pattern(int(n)):
        s.sendall(block)
        h.update(block)
    s.shutdown(socket.SHUT_WR)
    s.recv(1)
    print(h.hexdigest())


def sink(address, port):
    c, _ = listener(address, port, socket.SOCK_STREAM).accept()
    h = hashlib.sha256()
    while True:
        block = c.recv(1 << 18)
        if not block:
            break
        h.update(block)
    print(h.hexdigest(), flush=True)
    c.sendall(b'.')


def halves(address, port):
    s = listener(address, port, socket.SOCK_STREAM)
    while True:
        c, _ = s.accept()
        data = b''
        while piece := c.recv(65536):
            data += piece
        c.sendall(data.upper())
        c.close()


def ask_by_half(address, port, text):
    with client(address, port, socket.SOCK_STREAM) as s:
        s.sendall(text.encode())
        s.shutdown(socket.SHUT_WR)
        data = b''
        while piece := s.recv(65536):
            data += piece
    return data.decode()


def half(address, port, text):
    print(ask_by_half(address, port, text))


def ends(address, port, count):
    good = 0
    for _ in range(int(count)):
        try:
            good += ask_by_half(address, port, 'text') == 'TEXT'
        except ConnectionError:
            pass
    print(good)


def many(address, port, count):
    conns = [client(address, port, socket.SOCK_STREAM, 30) for _ in range(int(count))]
    print(sum(c.recv(100).startswith(b'hello') for c in conns))


def churn(address, port, count):
    good = 0
    for _ in range(int(count)):
        with client(address, port, socket.SOCK_STREAM, 30) as c:
            good += c.recv(100).startswith(b'hello')
    print(good)


def iperf():
    said = json.load(sys.stdin)
    if 'error' in said:
        print(said['error'])
        return 1
    end = said['end']
    if 'lost_percent' in end.get('sum', {}):
        few = end['sum']['packets'] > 100 and end['sum']['lost_percent'] < 50
        print('few lost' if few else end['sum'])
    else:
        print('flows' if end['sum_received']['bytes'] > 10_000_000 else end['sum_received'])


def try_connect(address, port):
    try:
        client(address, port, socket.SOCK_STREAM)
        print('connected')
    except OSError as e:
        print(errno.errorcode.get(e.errno, type(e).__name__))


def source(address, port, n, name):
    c, _ = listener(address, port, socket.SOCK_STREAM).accept()
    h = hashlib.new(name)
    for block in pattern(int(n)):
        c.sendall(block)
        h.update(block)
    c.close()
    print('sum', h.hexdigest(), flush=True)


if __name__ == '__main__':
    commands = {'start': start, 'serve': serve, 'fetch': fetch, 'echo': echo, 'ask': ask,
                'dns': dns, 'resolve': resolve, 'ping': ping, 'raw': raw, 'mutate': mutate, 'gone': gone, 'sum': send_sum,
                'sink': sink, 'halves': halves, 'half': half, 'ends': ends, 'many': many, 'churn': churn, 'iperf': iperf,
                'try': try_connect, 'source': source}
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
