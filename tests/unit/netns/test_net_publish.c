/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of published ports (N01). */
#include <errno.h>
#include <stdlib.h>

#include "../tap.h"
#include "base/arena.h"
#include "netns/net_publish.h"

static struct arena a = ARENA_INIT;
static struct error e = ERROR_INIT;

static const struct {
	const char *text, *canonical;
} good[] = {
	{ "8080:80", "0.0.0.0:8080:80/tcp" },
	{ "8080:80/tcp", "0.0.0.0:8080:80/tcp" },
	{ "8080:80/udp", "0.0.0.0:8080:80/udp" },
	{ "1:65535", "0.0.0.0:1:65535/tcp" },
	{ "127.0.0.1:8080:80", "127.0.0.1:8080:80/tcp" },
	{ "0.0.0.0:53:53/udp", "0.0.0.0:53:53/udp" },
	{ "[::1]:8080:80", "[::1]:8080:80/tcp" },
	{ "[::]:8080:80", "[::]:8080:80/tcp" },
	{ "[FD00:0::1]:9000-9010:1000-1010/udp", "[fd00::1]:9000-9010:1000-1010/udp" },
	{ "9000-9010:9000-9010/udp", "0.0.0.0:9000-9010:9000-9010/udp" },
	{ "9000-9000:80-80", "0.0.0.0:9000:80/tcp" },
	{ "1-65535:1-65535", "0.0.0.0:1-65535:1-65535/tcp" },
	{ "08080:080", "0.0.0.0:8080:80/tcp" },
};

static const struct {
	const char *text, *why;
} bad[] = {
	{ "", "a port is missing" },
	{ "80", "the container's port is missing" },
	{ "8080:", "a port is missing" },
	{ ":80", "a port is missing" },
	{ ":8080:80", "'' is no IPv4 address" },
	{ "0:80", "port 0 is not in 1..65535" },
	{ "80:0", "port 0 is not in 1..65535" },
	{ "65536:80", "port 65536 is not in 1..65535" },
	{ "80:65536", "port 65536 is not in 1..65535" },
	{ "70000:80", "port 70000 is not in 1..65535" },
	{ "99999999999999999999:80", "port 99999999999999999999 is not in 1..65535" },
	{ "-1:80", "a port is missing at '-1:80'" },
	{ "+1:80", "a port is missing" },
	{ " 1:80", "a port is missing" },
	{ "8080:80 ", "' ' is left over" },
	{ "abc:80", "a port is missing" },
	{ "8080-:80", "a port is missing at ':80'" },
	{ "8081-8080:80-81", "the range 8081-8080 is the wrong way round" },
	{ "8080-8081:81-80", "the range 81-80 is the wrong way round" },
	{ "8080-8082:80-81", "3 ports of the host for 2 of the container" },
	{ "8080-8081:80", "2 ports of the host for 1 of the container" },
	{ "8080:80-81", "1 ports of the host for 2 of the container" },
	{ "8080-65536:80-90", "port 65536 is not in 1..65535" },
	{ "8080:80/sctp", "protocol 'sctp' is neither tcp nor udp" },
	{ "8080:80/TCP", "protocol 'TCP' is neither tcp nor udp" },
	{ "8080:80/", "protocol '' is neither tcp nor udp" },
	{ "8080:80/tcp/udp", "protocol 'tcp/udp' is neither" },
	{ "8080:80tcp", "'tcp' is left over" },
	{ "8080/tcp:80", "':' and the container's port are missing at '/tcp:80'" },
	{ "1.2.3:8080:80", "'1.2.3' is no IPv4 address (IPv6 is [ADDRESS])" },
	{ "1.2.3.4:80", "':' and the container's port are missing at '.2.3.4:80'" },
	{ "localhost:8080:80", "'localhost' is no IPv4 address" },
	{ "::1:8080:80", "'' is no IPv4 address (IPv6 is [ADDRESS])" },
	{ "[::1]8080:80", "no ']:' behind the address" },
	{ "[::1:8080:80", "no ']:' behind the address" },
	{ "[]:8080:80", "'' is no IPv6 address" },
	{ "[127.0.0.1]:8080:80", "'127.0.0.1' is no IPv6 address" },
	{ "[fe80::1%eth0]:8080:80", "'fe80::1%eth0' is no IPv6 address" },
	{ "[fe80::1]:8080:80", "of one link alone" },
	{ "[::ffff:127.0.0.1]:8080:80", "is an IPv4 address" },
	{ "[ff02::1]:8080:80", "'ff02::1' is no address of a host" },
	{ "224.0.0.1:8080:80", "'224.0.0.1' is no address of a host" },
	{ "255.255.255.255:8080:80/udp", "is no address of a host" },
	{ "127.0.0.1:127.0.0.1:8080:80",
	  "':' and the container's port are missing at '.0.0.1:8080:80'" },
};

/* Lists whose last item cannot stand beside one before it, and lists that can be. */
static const struct {
	const char *list, *with; /* NULL: no overlap */
} lists[] = {
	{ "8080:80,8080:80", "0.0.0.0:8080:80/tcp" },
	{ "8080:80,8080:81", "0.0.0.0:8080:80/tcp" },
	{ "8080:80,127.0.0.1:8080:81", "0.0.0.0:8080:80/tcp" },
	{ "127.0.0.1:8080:81,8080:80", "127.0.0.1:8080:81/tcp" },
	{ "[::]:8080:80,[::1]:8080:80", "[::]:8080:80/tcp" },
	{ "9000-9010:1-11,9010-9020:1-11", "0.0.0.0:9000-9010:1-11/tcp" },
	{ "9010-9020:1-11,9000-9010:1-11", "0.0.0.0:9010-9020:1-11/tcp" },
	{ "9000-9010:1-11/udp,9005:80/udp", "0.0.0.0:9000-9010:1-11/udp" },
	{ "1-65535:1-65535,65535:1", "0.0.0.0:1-65535:1-65535/tcp" },
	{ "8080:80,8081:80", NULL },
	{ "8080:80/tcp,8080:80/udp", NULL },
	{ "8080:80,[::]:8080:80", NULL },
	{ "127.0.0.1:8080:80,127.0.0.2:8080:80", NULL },
	{ "9000-9010:1-11,9011-9020:1-10", NULL },
	{ "9011-9020:1-10,9000-9010:1-11", NULL },
	{ "1-65534:1-65534,65535:1", NULL },
};

static void test_one(void)
{
	char text[NET_PUBLISH_TEXT], again[NET_PUBLISH_TEXT];
	struct net_publish p;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		int r = net_publish_parse(good[i].text, &p, &e);

		is_str(r < 0 ? NULL : net_publish_format(&p, text), good[i].canonical,
		       "N01 a published port in full");
		r = net_publish_parse(text, &p, &e);
		is_str(r < 0 ? NULL : net_publish_format(&p, again), text,
		       "N01 it is read back as it was");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		error_clear(&e);
		ok(net_publish_parse(bad[i].text, &p, &e) == -EINVAL, "N01 '%s' is refused",
		   bad[i].text);
		has_str(e.msg, bad[i].text, "N01 the message names it");
		has_str(e.msg, bad[i].why, "N01 the message says why");
	}
}

static void test_fields(void)
{
	struct net_publish p = { .count = 0 };

	ok(net_publish_parse("127.0.0.1:1-65535:1-65535/udp", &p, &e) == 0 && p.count == 65535 &&
		   p.host_port == 1 && p.container_port == 1 && p.protocol == NET_UDP &&
		   p.address.bytes[0] == 127,
	   "N01 all ports at once");
	ok(net_publish_parse("8080-8082:80-82", &p, &e) == 0 && p.count == 3 &&
		   p.host_port == 8080 && p.container_port == 80 && p.protocol == NET_TCP,
	   "N01 three ports");
}

static void test_lists(void)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct net_publish_list l = { .n = 0 };
		int r;

		error_clear(&e);
		r = net_publish_add(&a, &l, lists[i].list, &e);
		if (!lists[i].with) {
			ok(r == 0 && l.n == 2, "N01 '%s' is no overlap", lists[i].list);
			continue;
		}
		ok(r == -EINVAL && l.n == 0, "N01 '%s' is refused as a whole", lists[i].list);
		has_str(e.msg, "overlaps", "N01 the message says why");
		has_str(e.msg, lists[i].with, "N01 the message names the other");
	}
}

static void test_add(void)
{
	struct net_publish_list l = { .n = 0 };
	const struct net_publish *before;

	ok(net_publish_add(&a, &l, "8080:80,9090:90/udp", &e) == 0 && l.n == 2, "N01 two items");
	before = l.items;
	error_clear(&e);
	ok(net_publish_add(&a, &l, "1:1,2:2,8080:1", &e) == -EINVAL, "N01 a taken port");
	ok(l.n == 2 && l.items == before, "N01 nothing of a refused list is taken");
	ok(net_publish_add(&a, &l, "1:1,2:2", &e) == 0 && l.n == 4 &&
		   l.items[0].host_port == 8080 && l.items[3].host_port == 2,
	   "N01 a list more");
	ok(net_publish_add(&a, &l, "", &e) == -EINVAL, "N01 an empty list");
	ok(net_publish_add(&a, &l, "3:3,", &e) == -EINVAL, "N01 a comma at the end");
	ok(net_publish_add(&a, &l, ",3:3", &e) == -EINVAL, "N01 a comma at the start");
	ok(net_publish_add(&a, &l, "3:3,,4:4", &e) == -EINVAL, "N01 two commas");
	ok(l.n == 4, "N01 and still four");
}

static void test_many(void)
{
	char text[NET_PUBLISH_ITEMS * 12 + 24] = "";
	struct net_publish_list l = { .n = 0 };
	size_t len = 0;

	for (int i = 1; i <= NET_PUBLISH_ITEMS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d:80", i > 1 ? "," : "",
					i);
	ok(net_publish_add(&a, &l, text, &e) == 0 && l.n == NET_PUBLISH_ITEMS,
	   "N01 as many as there may be");
	error_clear(&e);
	ok(net_publish_add(&a, &l, "60000:80", &e) == -EINVAL && l.n == NET_PUBLISH_ITEMS,
	   "N01 one too many");
	has_str(e.msg, "1025 items", "N01 the message counts them");
	snprintf(text + len, sizeof(text) - len, ",60000:80");
	l.n = 0;
	ok(net_publish_add(&a, &l, text, &e) == -EINVAL, "N01 one too many at once");
}

static void test_long(void)
{
	char text[2000];
	struct net_publish p;

	memset(text, '9', sizeof(text));
	memcpy(text + sizeof(text) - 4, ":80", 4);
	error_clear(&e);
	ok(net_publish_parse(text, &p, &e) == -EINVAL, "N01 a number of 2000 digits");
	has_str(e.msg, "is not in 1..65535", "N01 its message ends in the reason");
	ok(strlen(e.msg) < 300, "N01 and is short");
	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 8, ":80:80", 7);
	ok(net_publish_parse(text, &p, &e) == -EINVAL && strlen(e.msg) < 400 &&
		   strstr(e.msg, "is no IPv4 address"),
	   "N01 an address of 2000 letters");
}

int main(void)
{
	test_one();
	test_fields();
	test_lists();
	test_add();
	test_many();
	test_long();
	arena_free(&a);
	return tap_done();
}
