/* SPDX-License-Identifier: Apache-2.0 */
/* A connection of the container's stands or fails as the host's does, with a real kernel. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "netns/slirp/hold.h"
#include "netns/slirp/redirect.h"
#include "../tap.h"
#include "world.h"

static struct net_config config;
static struct outbound outbound;
static struct hold *hold;
static int listener4, listener6, queue;

/* ---- pure */

static const uint8_t packet4[] = { 0x45, 0, 0,   60,  0, 0, 0x40, 0,    64,   6, 0,  0, 10,
				   0,    2, 100, 192, 0, 2, 9,    0xc3, 0x50, 0, 80, 9, 9 };
static const uint8_t packet6[] = { 0x60, 0, 0, 0, 0, 40, 6, 64, 0xfd, 0,    0,   0,    0, 0, 0, 0,
				   0,    0, 0, 0, 0, 0,  1, 0,  0x20, 1,    0xd, 0xb8, 0, 0, 0, 0,
				   0,    0, 0, 0, 0, 0,  0, 9,  0xc3, 0x50, 1,   0xbb, 9 };

static bool parses(const uint8_t *p, size_t len, const char *want_from, const char *want_to)
{
	struct sockaddr_storage from, to;
	uint8_t *copy = malloc(len ? len : 1); /* a sanitizer sees what is read behind it */
	bool good;

	memcpy(copy, p, len);
	good = hold_parse(copy, len, &from, &to);
	free(copy);
	return good && strcmp(world_text(&from), want_from) == 0 &&
	       strcmp(world_text(&to), want_to) == 0;
}

static size_t shortest(const uint8_t *p, size_t len)
{
	struct sockaddr_storage from, to;

	for (size_t n = 0; n <= len; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		bool good;

		memcpy(copy, p, n);
		good = hold_parse(copy, n, &from, &to);
		free(copy);
		if (good)
			return n;
	}
	return 0;
}

static void test_parse(void)
{
	struct sockaddr_storage from, to;
	uint8_t p[64] = { 0 };

	ok(parses(packet4, sizeof(packet4), "10.0.2.100 50000", "192.0.2.9 80"), "N01 IPv4");
	ok(parses(packet6, sizeof(packet6), "fd00::100 50000", "2001:db8::9 443"), "N01 IPv6");
	is_int((long long)shortest(packet4, sizeof(packet4)), 24, "N01 IPv4, with its ports");
	is_int((long long)shortest(packet6, sizeof(packet6)), 44, "N01 IPv6, with its ports");
	memcpy(p, packet4, 20);
	p[0] = 0x46;
	memcpy(p + 24, packet4 + 20, 4);
	ok(parses(p, 28, "10.0.2.100 50000", "192.0.2.9 80"), "N01 options in the head");
	ok(!hold_parse(p, 27, &from, &to), "N01 and then too short");
	p[0] = 0x44;
	ok(!hold_parse(p, 28, &from, &to), "N01 a head too short");
	p[0] = 0x55;
	ok(!hold_parse(p, 28, &from, &to), "N01 no version of IP");
	p[0] = 0x45;
	p[9] = IPPROTO_UDP;
	ok(!hold_parse(p, 28, &from, &to), "N01 no TCP");
}

/* ---- the kernel's; the outside is the host */

static int set_up(bool host_loopback)
{
	struct error e = ERROR_INIT;
	int r = world_make();

	net_config_init(&config);
	config.mode = NET_MODE_SLIRP;
	config.host_loopback = host_loopback;
	CHECK(r == 77 ? 77 : 91, r == 0 && net_config_finish(&config, "test", &e) == 0);
	CHECK(92, redirect_make(&config, true, &listener4, &listener6, &child_error) == 0);
	CHECK(93, hold_make(&config, true, &queue, &child_error) == 0);
	if (queue < 0) {
		child_keep_warning(NULL, LOG_LEVEL_WARNING, "the kernel has no NFQUEUE");
		return 77;
	}
	CHECK(94, setns(world_outside, CLONE_NEWNET) == 0);
	CHECK(95, system("ip route del default; ip -6 route del default;"
			 "ip route add unreachable 192.0.2.0/24;"
			 "ip -6 route add unreachable 2001:db8:1::/64") == 0);
	CHECK(96, hold_new(&config, &outbound, queue, &hold) == 0);
	return 0;
}

static int client(int family)
{
	int fd = -1;

	if (setns(world_inside, CLONE_NEWNET) == 0)
		fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return setns(world_outside, CLONE_NEWNET) == 0 ? fd : -1;
}

/* Both loops at once, until the client has its answer. */
static int drive(int fd, const struct sockaddr_storage *to, int ms)
{
	uint64_t end = clock_ms() + (uint64_t)ms;
	struct pollfd p[2] = { { .fd = fd, .events = POLLOUT },
			       { .fd = hold_fd(hold), .events = POLLIN } };
	int error = 0;
	socklen_t len = sizeof(error);

	if (connect(fd, (const struct sockaddr *)to, world_len(to)) == 0 || errno != EINPROGRESS)
		return errno;
	while (clock_ms() < end) {
		poll(p, 2, 20);
		if (p[1].revents)
			hold_turn(hold);
		if (p[0].revents) {
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
			return error;
		}
	}
	return ETIMEDOUT;
}

static int fails(const char *text, unsigned int port)
{
	struct sockaddr_storage to = world_address(text, port), peer;
	int fd = client(to.ss_family), error = drive(fd, &to, WORLD_WAIT_MS);

	close(fd);
	/* And nobody came to us. */
	return world_accept(to.ss_family == AF_INET ? listener4 : listener6, 0, &peer) < 0 ? error
											   : EEXIST;
}

/* The host's socket is there, is the server's, and is so once. */
static bool stands(const char *text, unsigned int port, const char *server_text)
{
	struct sockaddr_storage want = world_address(text, port), to, peer, seen, own = { 0 };
	int listener = want.ss_family == AF_INET ? listener4 : listener6;
	int server = world_listen(server_text, port), fd = client(want.ss_family), got, host, at;
	bool good = server >= 0 && drive(fd, &want, WORLD_WAIT_MS) == 0;
	socklen_t len = sizeof(own);
	char buf[8];

	got = world_accept(listener, WORLD_WAIT_MS, &peer);
	good = good && got >= 0 && redirect_find(got, &to, &config) == 0;
	host = good ? hold_take(hold, &peer, &to) : -1;
	at = world_accept(server, WORLD_WAIT_MS, &seen);
	good = good && host >= 0 && at >= 0 && hold_take(hold, &peer, &to) == -ENOENT &&
	       getsockname(host, (struct sockaddr *)&own, &len) == 0 &&
	       strcmp(world_text(&own), world_text(&seen)) == 0 && send(host, "hi", 2, 0) == 2 &&
	       recv(at, buf, sizeof(buf), 0) == 2;
	close(fd);
	close(server);
	close(got);
	close(host);
	close(at);
	return good;
}

static int in_exact(void)
{
	int r = set_up(false);

	CHECK(r == 77 ? 77 : r, r == 0);
	CHECK(2, stands("198.51.100.8", 80, "198.51.100.8"));
	CHECK(3, stands("2001:db8::8", 80, "2001:db8::8"));
	CHECK(4, fails("198.51.100.8", 81) == ECONNREFUSED);
	CHECK(5, fails("2001:db8::8", 81) == ECONNREFUSED);
	CHECK(6, fails("192.0.2.9", 80) == EHOSTUNREACH);
	CHECK(7, fails("2001:db8:1::9", 80) == EHOSTUNREACH);
	CHECK(8, fails("203.0.113.9", 80) == ENETUNREACH);
	CHECK(9, fails("2001:db8:2::9", 80) == ENETUNREACH);
	CHECK(10, fails("0.0.0.1", 80) == EHOSTUNREACH); /* refused by us */
	CHECK(11, stands("198.51.100.8", 80, "198.51.100.8"));
	return 0;
}

static int in_loopback(void)
{
	int r = set_up(true);

	CHECK(r == 77 ? 77 : r, r == 0);
	CHECK(2, stands("10.0.2.2", 8080, "127.0.0.1"));
	CHECK(3, stands("fd00::2", 8080, "::1"));
	CHECK(4, fails("10.0.2.2", 81) == ECONNREFUSED);
	return 0;
}

/* Nobody behind the queue: connections go on unheld. */
static int in_bypass(void)
{
	struct sockaddr_storage to = world_address("198.51.100.8", 81), peer;
	int r = set_up(false), fd, got;

	CHECK(r == 77 ? 77 : r, r == 0);
	hold_free(hold);
	close(queue);
	fd = client(AF_INET);
	world_finish(fd, &to, WORLD_WAIT_MS, &r);
	got = world_accept(listener4, WORLD_WAIT_MS, &peer);
	CHECK(2, r == 0 && got >= 0);
	return 0;
}

int main(void)
{
	test_parse();
	child_ok(in_exact, NULL, "N01 connections stand and fail as the host's");
	child_ok(in_loopback, NULL, "N01 by the gateway to the host's loopback");
	child_ok(in_bypass, NULL, "N01 without us they go on");
	return tap_done();
}
