/* SPDX-License-Identifier: Apache-2.0 */
/* srcip=true: who a server in the container sees, with a real kernel. */
#include <errno.h>

#include "base/cleanup.h"
#include "netns/slirp/srcip.h"
#include "../tap.h"
#include "world.h"

static struct net_config config;

static void make_config(void)
{
	struct error e = ERROR_INIT;

	net_config_init(&config);
	config.mode = NET_MODE_SLIRP;
	config.srcip = true;
	is_int(net_config_finish(&config, "test", &e), 0, "N01 a config");
}

/* ---- pure */

static void test_address(void)
{
	static const struct {
		const char *peer, *v4, *v6;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", "fd00::2" },
		{ "10.0.3.1", "10.0.3.1", "fd00::2" },
		{ "127.0.0.1", "10.0.2.2", "fd00::2" },
		{ "0.0.0.0", "10.0.2.2", "fd00::2" },
		{ "224.0.0.1", "10.0.2.2", "fd00::2" },
		{ "10.0.2.100", "10.0.2.2", "fd00::2" },
		{ "10.0.2.7", "10.0.2.2", "fd00::2" },
		{ "2001:db8::1", "10.0.2.2", "2001:db8::1" },
		{ "::1", "10.0.2.2", "fd00::2" },
		{ "fe80::1", "10.0.2.2", "fd00::2" },
		{ "fd00::100", "10.0.2.2", "fd00::2" },
		{ "fd01::1", "10.0.2.2", "fd01::1" },
		{ "::ffff:192.0.2.1", "192.0.2.1", "fd00::2" },
		{ "::ffff:127.0.0.1", "10.0.2.2", "fd00::2" },
		{ "a path", "10.0.2.2", "fd00::2" }, /* no address at all */
	};
	char text[NET_ADDRESS_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sockaddr_storage peer = world_address(cases[i].peer, 80);
		struct net_address a = srcip_address(&config, AF_INET, &peer);

		is_str(net_address_format(&a, text), cases[i].v4, cases[i].peer);
		a = srcip_address(&config, AF_INET6, &peer);
		is_str(net_address_format(&a, text), cases[i].v6, cases[i].peer);
	}
}

/* ---- the kernel's */

static int set_up(bool by_mark)
{
	int r = world_make();

	return r || !by_mark ? r : srcip_make(&config, &child_error);
}

/* As splice_accept.c does it. */
static int bind_as(int fd, const struct net_address *a, in_port_t port)
{
	static const int one = 1;
	static const uint32_t mark = SRCIP_MARK;
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	bool is_v6 = a->family == AF_INET6;

	memcpy(&v4.sin_addr, a->bytes, sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, a->bytes, sizeof(v6.sin6_addr));
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, is_v6 ? SOL_IPV6 : SOL_IP, is_v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT,
		       &one, sizeof(one)) < 0)
		return -1;
	return is_v6 ? bind(fd, (struct sockaddr *)&v6, sizeof(v6))
		     : bind(fd, (struct sockaddr *)&v4, sizeof(v4));
}

/* As the relay does it; what the server saw is in *seen. Returns connect()'s error. */
static int relay(const char *peer_text, unsigned int peer_port, const char *to_text, int server,
		 struct sockaddr_storage *seen)
{
	struct sockaddr_storage peer = world_address(peer_text, peer_port),
				to = world_address(to_text, 80);
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error, got;
	struct net_address a = srcip_address(&config, to.ss_family, &peer);
	char buf[8] = "";

	if (bind_as(fd, &a, (in_port_t)peer_port) < 0 && bind_as(fd, &a, 0) < 0) {
		close(fd);
		return EBADF;
	}
	world_finish(fd, &to, WORLD_WAIT_MS, &error);
	if (error || server < 0) {
		close(fd);
		return error;
	}
	got = world_accept(server, WORLD_WAIT_MS, seen);
	/* Both ways, and not the handshake alone. */
	if (got < 0 || send(fd, "ping", 4, 0) != 4 || recv(got, buf, sizeof(buf), 0) != 4 ||
	    send(got, "pong", 4, 0) != 4 ||
	    poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, WORLD_WAIT_MS) != 1 ||
	    recv(fd, buf, sizeof(buf), 0) != 4 || memcmp(buf, "pong", 4) != 0)
		error = EIO;
	close(fd);
	close(got);
	return error;
}

static int sees(const char *peer, unsigned int port, const char *to, int server, const char *want)
{
	struct sockaddr_storage seen = { 0 };
	int r = relay(peer, port, to, server, &seen);
	const char *text = world_text(&seen);

	if (r == 0 && strncmp(text, want, strlen(want)) == 0)
		return 1;
	snprintf(child_error.msg, sizeof(child_error.msg), "error %d, seen %s, want %s", r, text,
		 want);
	child_error.code = r ? r : EINVAL;
	return 0;
}

/* A connection over the wire, as libslirp's come. */
static int outside(const char *to, int server, const char *want)
{
	struct sockaddr_storage seen = { 0 };
	int fd, got, error, good;

	if (setns(world_outside, CLONE_NEWNET) < 0)
		return 0;
	fd = world_connect(to, 80, WORLD_WAIT_MS, &error);
	got = world_accept(server, WORLD_WAIT_MS, &seen);
	good = error == 0 && got >= 0 && strncmp(world_text(&seen), want, strlen(want)) == 0;
	close(fd);
	close(got);
	return setns(world_inside, CLONE_NEWNET) == 0 && good;
}

static int in_sees(void)
{
	int r = set_up(true), v4, v6;

	CHECK(r == 77 ? 77 : 1, r == 0);
	v4 = world_listen("0.0.0.0", 80);
	CHECK(2, sees("203.0.113.7", 5555, "10.0.2.100", v4, "203.0.113.7 5555"));
	CHECK(3, sees("127.0.0.1", 5556, "10.0.2.100", v4, "10.0.2.2 5556"));
	CHECK(4, sees("198.51.100.8", 0, "10.0.2.100", v4, "198.51.100.8 "));
	CHECK(5, outside("10.0.2.100", v4, "10.0.2.2 "));
	CHECK(6, close(v4) == 0);
	v6 = world_listen("::", 80);
	CHECK(7, sees("2001:db8::7", 5555, "fd00::100", v6, "2001:db8::7 5555"));
	CHECK(8, sees("::1", 5556, "fd00::100", v6, "fd00::2 5556"));
	CHECK(9, outside("fd00::100", v6, "fd00::2 "));
	CHECK(10, sees("203.0.113.7", 5557, "10.0.2.100", v6, "::ffff:203.0.113.7 5557"));
	/* Loopback alone: a relay may go there, too. */
	v4 = world_listen("127.0.0.1", 80);
	CHECK(11, v4 < 0 || sees("203.0.113.7", 5558, "127.0.0.1", v4, "203.0.113.7 5558"));
	return 0;
}

/* Where no one listens it is said at once. */
static int in_refused(void)
{
	int r = set_up(true);

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, relay("203.0.113.7", 0, "10.0.2.100", -1, NULL) == ECONNREFUSED);
	CHECK(3, relay("2001:db8::7", 0, "fd00::100", -1, NULL) == ECONNREFUSED);
	return 0;
}

/* The same peer and port again at once: another port, or the same when that can be. */
static int in_again(void)
{
	struct sockaddr_storage seen;
	int r = set_up(true), v4, error;

	CHECK(r == 77 ? 77 : 1, r == 0);
	v4 = world_listen("0.0.0.0", 80);
	for (int i = 0; i < 50; i++) {
		error = relay("203.0.113.7", 5555, "10.0.2.100", v4, &seen);
		if (error == EADDRNOTAVAIL)
			error = relay("203.0.113.7", 0, "10.0.2.100", v4, &seen);
		CHECK(2, error == 0);
		CHECK(3, strncmp(world_text(&seen), "203.0.113.7 ", 12) == 0);
	}
	return 0;
}

/* That the rules are what does it: without them the answers go out. */
static int in_without(void)
{
	struct sockaddr_storage seen;
	int r = set_up(false);

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, relay("203.0.113.7", 0, "10.0.2.100", world_listen("0.0.0.0", 80), &seen) ==
			 ETIMEDOUT);
	return 0;
}

static int in_twice(void)
{
	int r = set_up(true);

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, srcip_make(&config, &child_error) == -EEXIST);
	child_keep_warning(NULL, LOG_LEVEL_WARNING, child_error.msg);
	return 0;
}

int main(void)
{
	make_config();
	test_address();
	child_ok(in_sees, NULL, "N01 a server sees who it is, and libslirp's connections stand");
	child_ok(in_refused, NULL, "N01 a port without a server refuses");
	child_ok(in_again, NULL, "N01 one peer again and again");
	child_ok(in_without, NULL, "N01 without rules it hangs");
	child_ok(in_twice, "add the rule for mark 0x75720000 (IPv4)", "N01 rules that are there");
	return tap_done();
}
