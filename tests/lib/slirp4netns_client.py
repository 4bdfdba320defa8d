#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Speaks slirp4netns' API as its users do: each command a connection, one request with a
newline, the writing side ended, the answer read to its end (podman, rootlesskit). Prints the
answer; fails with status 1 where it is an error.

slirp4netns_client.py SOCKET add-tcp HOST-ADDRESS HOST-PORT GUEST-PORT [GUEST-ADDRESS]
                             prints the id; an address may be ''
slirp4netns_client.py SOCKET add-udp HOST-ADDRESS HOST-PORT GUEST-PORT [GUEST-ADDRESS]
slirp4netns_client.py SOCKET list         lines "ID PROTO HOST-ADDRESS HOST-PORT GUEST-ADDRESS
                                          GUEST-PORT"; both places of the list must agree
slirp4netns_client.py SOCKET remove ID
slirp4netns_client.py SOCKET raw TEXT     sends just that; prints just what comes
slirp4netns_client.py SOCKET open TEXT    the same without an end of ours, until the other's
slirp4netns_client.py SOCKET batch TEXT...  all lines in one write, on one connection; as many
                                          answers, then the connection must be open still
slirp4netns_client.py SOCKET slow SECONDS COUNT  asks for COUNT lists and reads none of them for
                                          so long; then prints how many came in whole
slirp4netns_client.py SOCKET hold SECONDS COUNT  COUNT connections with half a request each
"""
import json
import socket
import sys
import time

TIMEOUT = 30


def connect(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(TIMEOUT)
    s.connect(path)
    return s


def read_to_end(s):
    parts = []
    while True:
        part = s.recv(65536)
        if not part:
            return b''.join(parts)
        parts.append(part)


def converse(path, data, end=True):
    with connect(path) as s:
        s.sendall(data)
        if end:
            s.shutdown(socket.SHUT_WR)
        return read_to_end(s).decode()


def call(path, execute, arguments=None):
    request = {'execute': execute}
    if arguments is not None:
        request['arguments'] = arguments
    answer = json.loads(converse(path, json.dumps(request).encode() + b'\n'))
    if 'error' in answer:
        sys.exit('%(desc)s [%(errno)d]' % answer['error'])
    return answer


def add(path, proto, host_addr, host_port, guest_port, guest_addr=''):
    answer = call(path, 'add_hostfwd', {
        'proto': proto, 'host_addr': host_addr, 'host_port': int(host_port),
        'guest_addr': guest_addr, 'guest_port': int(guest_port)})
    print(answer['return']['id'])


def show(path):
    answer = call(path, 'list_hostfwd')
    if answer['return']['entries'] != answer['entries']:
        sys.exit('two lists that differ')
    for p in answer['entries']:
        print(p['id'], p['proto'], p['host_addr'], p['host_port'], p['guest_addr'],
              p['guest_port'])


def batch(path, *lines):
    with connect(path) as s:
        s.sendall(''.join(line + '\n' for line in lines).encode())
        answers = b''
        while answers.count(b'\n') < len(lines):
            part = s.recv(65536)
            if not part:
                break
            answers += part
        sys.stdout.write(answers.decode())
        s.settimeout(0.3)
        try:
            if not s.recv(1):
                sys.exit('the connection was closed')
        except socket.timeout:
            return
        sys.exit('more answers than requests')


def slow(path, seconds, count):
    with connect(path) as s:
        s.sendall(b'{"execute":"list_hostfwd"}\n' * int(count))
        s.shutdown(socket.SHUT_WR)
        time.sleep(float(seconds))
        lines = read_to_end(s).split(b'\n')[:-1]
    print(sum('return' in json.loads(line) for line in lines))


def hold(path, seconds, count):
    held = [connect(path) for _ in range(int(count))]
    for s in held:
        s.sendall(b'{"execute":')
    time.sleep(float(seconds))


def main(path, command, *arguments):
    if command in ('add-tcp', 'add-udp'):
        add(path, command[4:], *arguments)
    elif command == 'list':
        show(path)
    elif command == 'remove':
        print(json.dumps(call(path, 'remove_hostfwd', {'id': int(arguments[0])})['return']))
    elif command in ('raw', 'open'):
        sys.stdout.write(converse(path, arguments[0].encode(), command == 'raw'))
    elif command == 'batch':
        batch(path, *arguments)
    elif command == 'slow':
        slow(path, *arguments)
    elif command == 'hold':
        hold(path, *arguments)
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
