/* SPDX-License-Identifier: Apache-2.0 */
/* The table of published ports, with backends that note what they are told. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../tap.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "netns/net_options.h"
#include "netns/slirp/ports.h"

enum { BUSY_PORT = 7, TRIES = 50 };

static struct arena arena = ARENA_INIT;
static struct error e = ERROR_INIT;

/* ---- the backends: what stands, in words */

static struct {
	char open[8][64];
	int n;
	int handed, ended, failing; /* of the engine; how many it takes before it fails */
	int fds[8];
	uint16_t to;
} seen;

static void words_of(const struct sockaddr *a, char *buf, size_t size)
{
	char text[NET_ADDRESS_TEXT];
	struct net_address addr = { .family = (uint8_t)a->sa_family };
	const struct sockaddr_in *in = (const struct sockaddr_in *)a;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)a;

	memcpy(addr.bytes, a->sa_family == AF_INET ? (const void *)&in->sin_addr : &in6->sin6_addr,
	       a->sa_family == AF_INET ? 4 : 16);
	snprintf(buf, size, "%s %u", net_address_format(&addr, text),
		 (unsigned int)ntohs(in->sin_port));
}

static int fake_add(void *arg, bool udp, const struct sockaddr *host, const struct sockaddr *guest)
{
	char from[60], to[60];

	(void)arg;
	words_of(host, from, sizeof(from));
	words_of(guest, to, sizeof(to));
	if (ntohs(((const struct sockaddr_in *)host)->sin_port) == BUSY_PORT)
		return -EADDRINUSE;
	snprintf(seen.open[seen.n++ % 8], sizeof(seen.open[0]), "%s %.28s %.28s",
		 udp ? "udp" : "tcp", from, to);
	return 0;
}

static int fake_remove(void *arg, bool udp, const struct sockaddr *host)
{
	char from[60], line[64];

	(void)arg;
	words_of(host, from, sizeof(from));
	snprintf(line, sizeof(line), "%s %.28s ", udp ? "udp" : "tcp", from);
	for (int i = 0; i < seen.n; i++)
		if (strncmp(seen.open[i], line, strlen(line)) == 0) {
			memmove(seen.open[i], seen.open[i + 1],
				sizeof(seen.open) - (size_t)(i + 1) * 64);
			seen.n--;
			return 0;
		}
	return -ENOENT;
}

static int fake_listen(void *arg, int fd, const struct sockaddr *to, socklen_t len, void **handle)
{
	(void)arg;
	(void)len;
	if (seen.handed == seen.failing) {
		close(fd);
		return -ENOMEM;
	}
	seen.to = ntohs(((const struct sockaddr_in *)to)->sin_port);
	seen.fds[seen.handed] = fd;
	*handle = &seen.fds[seen.handed++];
	return 0;
}

static void fake_unlisten(void *arg, void *handle)
{
	(void)arg;
	close(*(int *)handle);
	seen.ended++;
}

static const struct ports_slirp slirp = { fake_add, fake_remove, NULL };
static const struct ports_engine engine = { fake_listen, fake_unlisten, NULL };

/* ---- help */

/* A table for what --network says. */
static struct ports *table(const char *network, struct net_config *c)
{
	struct ports *p = NULL;

	memset(&seen, 0, sizeof(seen));
	seen.failing = -1;
	error_clear(&e);
	net_config_init(c);
	if (net_options_network(&arena, c, "test", network, &e) < 0 ||
	    net_config_finish(c, "id", &e) < 0 || ports_new(c, &slirp, &p, &e) < 0) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
	return p;
}

static int listen_on(const char *address, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct net_address a;
	socklen_t len = sizeof(in);

	net_address_parse(address, AF_INET, &a);
	memcpy(&in.sin_addr, a.bytes, 4);
	if (bind(fd, (struct sockaddr *)&in, len) < 0 || listen(fd, 1) < 0)
		return -errno;
	return take_fd(&fd);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in6 in = { 0 };
	socklen_t len = sizeof(in);

	getsockname(fd, (struct sockaddr *)&in, &len);
	return ntohs(in.sin6_port); /* where sin_port is, too */
}

/* The first of three that nobody has on 127.0.0.1. */
static uint16_t free_ports(void)
{
	for (int i = 0; i < TRIES; i++) {
		cleanup_fd int first = listen_on("127.0.0.1", 0);
		uint16_t port = port_of(first);
		cleanup_fd int second = listen_on("127.0.0.1", (uint16_t)(port + 1));
		cleanup_fd int third = listen_on("127.0.0.1", (uint16_t)(port + 2));

		if (port < 65533 && second >= 0 && third >= 0)
			return port;
	}
	printf("Bail out! no free ports\n");
	exit(1);
}

static bool connects(uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0;
}

/* What ports_bind() makes of a list. */
static int bind_list(struct ports *p, const char *list)
{
	struct net_publish_list l = { .n = 0 };

	error_clear(&e);
	if (net_publish_add(&arena, &l, list, &e) < 0) {
		printf("# %s\n", e.msg);
		return 1;
	}
	return ports_bind(p, &l, &e);
}

static struct port port_to_add(enum net_protocol protocol, const char *host, uint16_t port)
{
	struct port p = { .protocol = protocol, .host_port = port, .guest_port = 80 };

	net_address_parse(host, AF_UNSPEC, &p.host);
	return p;
}

/* ---- the tests */

static void test_start(void)
{
	struct net_config c;
	struct ports *p = table("slirp", &c);
	uint16_t first = free_ports();
	char list[200], text[PORTS_TEXT];
	int on = 0;
	socklen_t len = sizeof(on);

	snprintf(list, sizeof(list), "127.0.0.1:%u-%u:80-82,53:53/udp,[::1]:%u:53/udp", first,
		 first + 2, first);
	ok(bind_list(p, list) == 0 && ports_count(p) == 5, "N01 a range of TCP and two of UDP");
	is_int(seen.n, 2, "N01 libslirp has those of UDP");
	is_str(seen.open[0], "udp 0.0.0.0 53 10.0.2.100 53", "N01 IPv4 leads to the container's");
	snprintf(list, sizeof(list), "udp ::1 %u fd00::100 53", first);
	is_str(seen.open[1], list, "N01 and IPv6 to its own");
	ok(connects(first) && connects((uint16_t)(first + 2)), "N01 each listens at once");
	is_int(ports_after(p, 0)->id, 1, "N01 numbers begin at 1");
	is_int(ports_after(p, 2)->guest_port, 82, "N01 the third of the range");
	snprintf(list, sizeof(list), "[::1]:%u/udp", first);
	is_str(port_format(ports_after(p, 4), text), list, "N01 as text");
	ok(!ports_after(p, 5), "N01 and no more");

	is_int(ports_serve(p, &engine, &e), 0, "N01 the engine takes them");
	is_int(seen.handed, 3, "N01 those of TCP");
	is_int(seen.to, 82, "N01 with where they lead");
	is_int(port_of(seen.fds[0]), first, "N01 and the sockets");
	getsockopt(seen.fds[0], SOL_SOCKET, SO_ACCEPTCONN, &on, &len);
	ok(on, "N01 which listen");
	ports_free(p);
	ok(seen.ended == 3 && seen.n == 0, "N01 all are ended");
}

static void test_all_or_nothing(void)
{
	struct net_config c;
	struct ports *p = table("slirp", &c);
	uint16_t first = free_ports();
	cleanup_fd int busy = listen_on("127.0.0.1", (uint16_t)(first + 2));
	char list[200];

	ok(busy >= 0, "N01 somebody else has the third of three ports");
	snprintf(list, sizeof(list), "5353:53/udp,127.0.0.1:%u-%u:80-82", first, first + 2);
	is_int(bind_list(p, list), -EADDRINUSE, "N01 a port of a range is taken");
	snprintf(list, sizeof(list), "publish 127.0.0.1:%u/tcp: port %u of 127.0.0.1 is in use",
		 first + 2, first + 2);
	has_str(e.msg, list, "N01 the message names it");
	has_str(e.msg, "address already in use", "N01 in words that engines know");
	has_str(e.hint, "ss -tnlp", "N01 and how to find out who has it");
	ok(ports_count(p) == 0 && seen.n == 0, "N01 none is published");
	ok(!connects(first), "N01 no socket is left");
	is_int(bind_list(p, "8:8/udp,7:7/udp"), -EADDRINUSE, "N01 libslirp finds one taken");
	has_str(e.hint, "ss -unlp 'sport = :7'", "N01 of UDP");
	is_int(seen.n, 0, "N01 and none is left there");

	is_int(bind_list(p, "192.0.2.77:8080:80"), -EADDRNOTAVAIL, "N01 no address of the host");
	has_str(e.msg, "192.0.2.77 is no address of this host", "N01 says so");
	snprintf(list, sizeof(list), "127.0.0.1:%u:80", first);
	is_int(bind_list(p, list), 0, "N01 and then one that goes");
	is_int(ports_after(p, 0)->id, 5, "N01 whose number nobody had");
	ports_free(p);
	ok(!connects(first), "N01 a socket that no engine took is closed");
}

static void test_privileged(void)
{
	struct net_config c;
	struct ports *p = table("slirp", &c);
	int r = bind_list(p, "127.0.0.1:9:9");

	if (r == 0) {
		skip("N01 a port below 1024", "this user may have it");
	} else {
		is_int(r, -EACCES, "N01 a port below 1024");
		has_str(e.msg, "publish 127.0.0.1:9/tcp: port 9 is not for users", "N01 is named");
		has_str(e.hint, "sysctl net.ipv4.ip_unprivileged_port_start=9",
			"N01 with what to type");
	}
	ports_free(p);
}

static void test_descriptors(void)
{
	struct net_config c;
	struct ports *p = table("slirp", &c);
	uint16_t first = free_ports();
	struct rlimit before, few;
	char list[100];
	int r, lowest = dup(0);

	close(lowest);
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = (rlim_t)lowest + 2;
	setrlimit(RLIMIT_NOFILE, &few);
	snprintf(list, sizeof(list), "127.0.0.1:%u-%u:1-3", first, first + 2);
	r = bind_list(p, list);
	setrlimit(RLIMIT_NOFILE, &before);
	is_int(r, -EMFILE, "N01 no descriptor for the third");
	has_str(e.hint, "ulimit -Hn", "N01 says what to raise");
	is_int(ports_count(p), 0, "N01 and none is published");
	ports_free(p);
}

static void test_engine_fails(void)
{
	struct net_config c;
	struct ports *p = table("slirp", &c);
	uint16_t first = free_ports();
	char list[100];

	snprintf(list, sizeof(list), "127.0.0.1:%u-%u:1-2", first, first + 1);
	is_int(bind_list(p, list), 0, "N01 two ports");
	seen.failing = 1;
	is_int(ports_serve(p, &engine, &e), -ENOMEM, "N01 an engine that takes one of two");
	snprintf(list, sizeof(list), "publish 127.0.0.1:%u/tcp", first + 1);
	has_str(e.msg, list, "N01 the other is named");
	ports_free(p);
	is_int(seen.ended, 1, "N01 the one is ended");
	ok(!connects(first), "N01 and closed");
}

static void test_later(void)
{
	struct net_config c;
	struct ports *p = table("slirp", &c);
	uint16_t first = free_ports();
	struct port want = port_to_add(NET_TCP, "127.0.0.1", first);
	uint32_t id = 0, other = 0;

	is_int(ports_serve(p, &engine, &e), 0, "N01 an engine with nothing to do");
	ok(ports_add(p, &want, &id, &e) == 0 && id == 1 && seen.handed == 1,
	   "N01 one more at run time");
	error_clear(&e);
	is_int(ports_add(p, &want, &other, &e), -EADDRINUSE, "N01 the same again");
	has_str(e.msg, "is published already, as number 1", "N01 the message names the other");
	want = port_to_add(NET_TCP, "0.0.0.0", first);
	is_int(ports_add(p, &want, &other, &e), -EADDRINUSE, "N01 on every address");
	want = port_to_add(NET_UDP, "127.0.0.1", first);
	ok(ports_add(p, &want, &other, &e) == 0 && other == 2, "N01 the same of UDP is another");
	is_int(ports_remove(p, 1, &e), 0, "N01 the first is ended");
	ok(seen.ended == 1 && !connects(first), "N01 and listens no more");
	is_int(ports_remove(p, 1, &e), -ENOENT, "N01 twice it cannot be");
	has_str(e.msg, "no published port has the number 1", "N01 says so");
	is_int(ports_remove(p, 0, &e), -ENOENT, "N01 nor is there number 0");
	is_int(ports_remove(p, UINT32_MAX, &e), -ENOENT, "N01 nor the last one");
	want = port_to_add(NET_TCP, "127.0.0.1", first);
	ok(ports_add(p, &want, &id, &e) == 0 && id == 3, "N01 again, with a number of its own");
	ok(ports_after(p, 0)->id == 2 && ports_after(p, 2)->id == 3 && !ports_after(p, 3),
	   "N01 the table is in order");
	is_int(ports_remove(p, 2, &e), 0, "N01 the one of UDP is ended");
	is_int(seen.n, 0, "N01 in libslirp");
	ports_free(p);
}

static void refuses(struct ports *p, struct port want, int errnum, const char *why)
{
	uint32_t id = 0;

	error_clear(&e);
	is_int(ports_add(p, &want, &id, &e), -errnum, why);
	has_str(e.msg, why, "N01 with words");
}

static void test_refused(void)
{
	struct net_config c;
	struct ports *p = table("slirp", &c);
	struct port want = port_to_add(NET_TCP, "127.0.0.1", 0);

	refuses(p, want, EINVAL, "port 0 is not in 1..65535");
	refuses(p, port_to_add(NET_TCP, "224.0.0.1", 80), EINVAL, "is no address of a host");
	refuses(p, port_to_add(NET_TCP, "::ffff:127.0.0.1", 80), EINVAL, "is an IPv4 address");
	refuses(p, port_to_add(NET_UDP, "fe80::1", 80), EINVAL, "is of one link alone");
	want = port_to_add(NET_UDP, "127.0.0.1", 8080);
	net_address_parse("10.0.2.101", AF_UNSPEC, &want.guest);
	refuses(p, want, EINVAL, "is not the container's address, which is 10.0.2.100");
	net_address_parse("fd00::100", AF_UNSPEC, &want.guest);
	refuses(p, want, EINVAL, "'fd00::100' is not the container's address");
	is_int(ports_count(p), 0, "N01 none was taken");
	net_address_parse("10.0.2.100", AF_UNSPEC, &want.guest);
	is_int(ports_add(p, &want, &want.id, &e), 0, "N01 the container's own is");
	ports_free(p);

	p = table("slirp:ipv6=false", &c);
	refuses(p, port_to_add(NET_TCP, "::1", 8080), EAFNOSUPPORT, "has no IPv6 (ipv6=false)");
	ports_free(p);
}

static void test_by_slirp(void)
{
	struct net_config c;
	struct ports *p = table("slirp:forward=slirp,cidr=10.9.0.0/16", &c);

	is_int(bind_list(p, "8080:80"), 0, "N01 forward=slirp");
	is_str(seen.open[0], "tcp 0.0.0.0 8080 10.9.0.100 80", "N01 gives TCP to libslirp");
	is_int(ports_serve(p, &engine, &e), 0, "N01 and the engine");
	is_int(seen.handed, 0, "N01 nothing");
	ports_free(p);
	is_int(seen.n, 0, "N01 it is ended there");
}

static void test_ipv6(void)
{
	struct net_config c;
	struct ports *p = table("slirp", &c);
	uint16_t first = free_ports();
	char list[100];
	int r;

	snprintf(list, sizeof(list), "0.0.0.0:%u:80,[::]:%u:80", first, first);
	r = bind_list(p, list);
	if (r == -EAFNOSUPPORT)
		skip("N01 both families on one port", "this host has no IPv6");
	else
		is_int(r, 0, "N01 both families on one port");
	ports_free(p);
}

static void test_many(void)
{
	struct net_config c;
	struct ports *p = table("slirp", &c);

	/* No socket is made for UDP here. */
	is_int(bind_list(p, "8-65535:8-65535/udp"), 0, "N01 all ports at once");
	is_int((long long)ports_count(p), 65528, "N01 are in the table");
	is_int(ports_after(p, 65527)->host_port, 65535, "N01 with their numbers");
	seen.n = 0;
	is_int(ports_remove(p, 65528, &e), -ENOENT, "N01 one that libslirp has not got");
	is_int((long long)ports_count(p), 65528, "N01 stays");
	ports_free(p);
}

int main(void)
{
	test_start();
	test_all_or_nothing();
	test_privileged();
	test_descriptors();
	test_engine_fails();
	test_later();
	test_refused();
	test_by_slirp();
	test_ipv6();
	test_many();
	ports_free(NULL);
	arena_free(&arena);
	return tap_done();
}
