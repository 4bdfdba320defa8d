/* SPDX-License-Identifier: Apache-2.0 */
/* egress=redirect: where a container may be led, the table, and both with a real kernel. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "netns/net_options.h"
#include "netns/slirp/redirect.h"
#include "../tap.h"
#include "world.h"

static struct net_config plain(bool host_loopback)
{
	struct net_config c;
	struct error e = ERROR_INIT;

	net_config_init(&c);
	c.mode = NET_MODE_SLIRP;
	c.egress = NET_EGRESS_REDIRECT;
	c.host_loopback = host_loopback;
	is_int(net_config_finish(&c, "test", &e), 0, "N01 a config");
	return c;
}

/* ---- the destination */

static void test_check(void)
{
	static const struct {
		const char *asked, *deny, *allow; /* NULL: refused */
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", "192.0.2.1" },
		{ "10.0.1.255", "10.0.1.255", "10.0.1.255" },
		{ "10.0.3.0", "10.0.3.0", "10.0.3.0" },
		{ "128.0.0.1", "128.0.0.1", "128.0.0.1" },
		{ "126.255.255.255", "126.255.255.255", "126.255.255.255" },
		{ "169.254.169.254", "169.254.169.254", "169.254.169.254" },
		{ "10.0.2.2", NULL, "127.0.0.1" },
		{ "10.0.2.3", NULL, NULL }, /* the resolver: libslirp's */
		{ "10.0.2.0", NULL, NULL },
		{ "10.0.2.100", NULL, NULL },
		{ "10.0.2.255", NULL, NULL },
		{ "127.0.0.1", NULL, NULL },
		{ "127.255.255.255", NULL, NULL },
		{ "0.0.0.0", NULL, NULL },
		{ "0.1.2.3", NULL, NULL },
		{ "224.0.0.1", NULL, NULL },
		{ "255.255.255.255", NULL, NULL },
		{ "2001:db8::1", "2001:db8::1", "2001:db8::1" },
		{ "fd00:0:0:1::2", "fd00:0:0:1::2", "fd00:0:0:1::2" },
		{ "fd00::2", NULL, "::1" },
		{ "fd00::3", NULL, NULL },
		{ "fd00::100", NULL, NULL },
		{ "::", NULL, NULL },
		{ "::1", NULL, NULL },
		{ "::127.0.0.1", NULL, NULL },
		{ "::ffff:127.0.0.1", NULL, NULL },
		{ "::ffff:192.0.2.1", NULL, NULL },
		{ "fe80::2", NULL, NULL },
		{ "febf::2", NULL, NULL },
		{ "ff02::1", NULL, NULL },
	};
	const struct net_config deny = plain(false), allow = plain(true);
	char text[NET_ADDRESS_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int open = 0; open < 2; open++) {
			const char *want = open ? cases[i].allow : cases[i].deny;
			struct net_address a, got = { 0 };
			int s;

			is_int(net_address_parse(cases[i].asked, AF_UNSPEC, &a), 0, cases[i].asked);
			s = redirect_check(open ? &allow : &deny, &a, &got);
			is_int(s, want ? 0 : -EACCES, "N01 is it allowed");
			is_str(net_address_format(&got, text), want ? want : "", "N01 and leads");
		}
}

static void test_no_ipv6(void)
{
	struct net_config c = plain(true);
	struct net_address a = { AF_UNSPEC, { 0 } }, got;

	is_int(redirect_check(&c, &a, &got), -EAFNOSUPPORT, "N01 no family is refused");
	c.ipv6 = false;
	is_int(net_address_parse("2001:db8::1", AF_INET6, &a), 0, "N01 an IPv6 address");
	is_int(redirect_check(&c, &a, &got), -EAFNOSUPPORT, "N01 not where there is no IPv6");
}

/* ---- the table, read back */

static bool is_word(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] >= 'a' && p[n] <= 'z')
		n++;
	return n > 0 && n + 1 == len && p[n] == '\0';
}

static void dump_attributes(const char *p, size_t len, struct strbuf *b)
{
	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;
		size_t space = NLA_ALIGN(a->nla_len), payload = a->nla_len - NLA_HDRLEN;

		if (a->nla_len < NLA_HDRLEN || space > len) {
			strbuf_addf(b, " BROKEN");
			return;
		}
		strbuf_addf(b, " %u", a->nla_type & NLA_TYPE_MASK);
		if (a->nla_type & NLA_F_NESTED) {
			strbuf_addf(b, "{");
			dump_attributes(p + NLA_HDRLEN, space - NLA_HDRLEN, b);
			strbuf_addf(b, " }");
		} else if (is_word(p + NLA_HDRLEN, payload)) {
			strbuf_addf(b, "=%s", p + NLA_HDRLEN);
		} else {
			strbuf_addf(b, "=");
			for (size_t i = 0; i < payload; i++)
				strbuf_addf(b, "%02x", (uint8_t)p[NLA_HDRLEN + i]);
		}
		p += space;
		len -= space;
	}
	if (len)
		strbuf_addf(b, " BROKEN");
}

static void dump(const struct nft_batch *batch, struct strbuf *b)
{
	size_t at = 0;

	while (at < batch->len) {
		const struct nlmsghdr *h = (const void *)(batch->bytes + at);
		const struct nfgenmsg {
			uint8_t family, version;
			uint16_t id;
		} *m = NLMSG_DATA(h);
		size_t head = NLMSG_SPACE(sizeof(*m));

		if (h->nlmsg_len < head || at + h->nlmsg_len > batch->len) {
			strbuf_addf(b, "BROKEN\n");
			return;
		}
		strbuf_addf(b, "%u: %#x flags %#x family %u id %u:", h->nlmsg_seq, h->nlmsg_type,
			    h->nlmsg_flags, m->family, ntohs(m->id));
		dump_attributes((const char *)h + head, h->nlmsg_len - head, b);
		strbuf_addf(b, "\n");
		at += NLMSG_ALIGN(h->nlmsg_len);
	}
}

#define META(key) "{ 1=meta 2{ 2=000000" key " 1=00000001 } }"
#define CMP(op, value) "{ 1=cmp 2{ 1=00000001 2=0000000" op " 3{ 1=" value " } } }"
#define NOT_TCP "1" META("10") " 1" CMP("1", "06")
#define TO_LO "1" META("05") " 1" CMP("0", "01000000")
#define TO(at, len, mask, zero, value)                                                     \
	"1{ 1=payload 2{ 1=00000001 2=00000001 3=000000" at " 4=000000" len " } } "        \
	"1{ 1=bitwise 2{ 1=00000001 2=00000001 3=000000" len " 4{ 1=" mask " } 5{ 1=" zero \
	" } } } 1" CMP("0", value)
#define ACCEPT " 1{ 1=immediate 2{ 1=00000000 2{ 2{ 1=00000001 } } } }"
#define REDIRECT " " ALL
#define ALL "1{ 1=immediate 2{ 1=00000001 2{ 1=1f90 } } } 1{ 1=redir 2{ 1=00000001 } }"
#define RULE(n, family, what) \
#n ": 0xa06 flags 0xc01 family " #family " id 0: 1=urun 2=output 4{ " what " }\n"
#define HEAD(family)                                                                     \
	"0: 0x10 flags 0x1 family 0 id 10:\n"                                            \
	"1: 0xa00 flags 0x601 family " #family " id 0: 1=urun\n"                         \
	"2: 0xa03 flags 0x601 family " #family                                           \
	" id 0: 1=urun 3=output 4{ 1=00000003 2=ffffff9c } 7=nat\n" RULE(3, family,      \
									 NOT_TCP ACCEPT) \
		RULE(4, family, TO_LO ACCEPT)
#define Z4 "00000000"
#define Z6 "000000000000"
#define Z7 "00000000000000"
#define Z8 "0000000000000000"
#define Z16 Z8 Z8
#define F8 "ffffffffffffffff"

static void is_table(const struct net_config *c, int family, bool all, const char *want)
{
	struct strbuf b = STRBUF_INIT(16 << 10);
	struct nft_batch batch;

	redirect_build(&batch, c, family, 8080, all);
	is_int(batch.error, 0, "N01 it fits");
	is_int(batch.depth, 0, "N01 all is closed");
	dump(&batch, &b);
	is_str(b.s, want, "N01 the table");
	strbuf_done(&b);
}

static void test_table(void)
{
	const struct net_config deny = plain(false), allow = plain(true);

	is_table(&deny, AF_INET, true,
		 HEAD(2) RULE(5, 2, TO("10", "04", "ffffff00", Z4, "0a000200") ACCEPT)
			 RULE(6, 2, ALL));
	is_table(&allow, AF_INET, true,
		 HEAD(2) RULE(5, 2, TO("10", "04", "ffffffff", Z4, "0a000202") REDIRECT)
			 RULE(6, 2, TO("10", "04", "ffffff00", Z4, "0a000200") ACCEPT)
				 RULE(7, 2, ALL));
	is_table(&deny, AF_INET6, true,
		 HEAD(10) RULE(5, 10, TO("18", "10", F8 Z8, Z16, "fd" Z7 Z8) ACCEPT)
			 RULE(6, 10, TO("18", "10", "ffc0" Z6 Z8, Z16, "fe80" Z6 Z8) ACCEPT)
				 RULE(7, 10, ALL));
	is_table(&allow, AF_INET6, false,
		 HEAD(10) RULE(5, 10, TO("18", "10", F8 F8, Z16, "fd" Z7 Z7 "02") REDIRECT));
}

/* What does not fit is said, and nothing is sent of it. */
static void test_too_much(void)
{
	struct nft_batch b;
	uint32_t message = 99;

	nft_begin(&b, NFPROTO_IPV4);
	for (int i = 0; i < 1000; i++)
		nft_add_table(&b, "a-table");
	is_int(b.error, -EMSGSIZE, "N01 too many messages");
	is_int(nft_do(&b, &message), -EMSGSIZE, "N01 are not sent");
	is_int(message, 0, "N01 it is the whole");
	nft_begin(&b, NFPROTO_IPV4);
	for (int i = 0; i <= NFT_DEPTH_MAX; i++)
		nft_open(&b, 1);
	is_int(b.error, -EMSGSIZE, "N01 too deep");
	nft_begin(&b, NFPROTO_IPV4);
	nft_close(&b);
	is_int(b.error, -EINVAL, "N01 closed without an opening");
}

/* ---- the kernel's */

static struct net_config config;
static int listener4, listener6;

static bool is_led(const char *text, unsigned int port, int listener, const char *want)
{
	struct sockaddr_storage peer, to;
	int error = 0, fd = world_connect(text, port, WORLD_WAIT_MS, &error);
	int got = world_accept(listener, WORLD_WAIT_MS, &peer);
	bool good = error == 0 && got >= 0 && redirect_find(got, &to, &config) == 0 &&
		    strcmp(world_text(&to), want) == 0;

	close(fd);
	close(got);
	return good;
}

/* By the same way as ever: nobody comes to us. */
static bool is_left(const char *text, int listener)
{
	struct sockaddr_storage peer;
	int error = 0, fd = world_connect(text, 4444, WORLD_QUIET_MS, &error);
	int got = world_accept(listener, 0, &peer);

	close(fd);
	return got < 0 && error != 0;
}

static int finds(int listener, const char *text)
{
	struct sockaddr_storage own = { 0 }, peer, to;
	socklen_t len = sizeof(own);
	int error = 0, fd, got;

	getsockname(listener, (struct sockaddr *)&own, &len);
	fd = world_connect(text,
			   ntohs(((struct sockaddr_in *)&own)->sin_port), /* at the same place */
			   WORLD_WAIT_MS, &error);
	got = world_accept(listener, WORLD_WAIT_MS, &peer);
	error = got < 0 ? 0 : redirect_find(got, &to, &config);
	close(fd);
	close(got);
	return error;
}

static int make(bool host_loopback, bool host_has_ipv6)
{
	int r = world_make();

	config = plain(host_loopback);
	return r ? r : redirect_make(&config, host_has_ipv6, &listener4, &listener6, &child_error);
}

static int in_denied(void)
{
	int r = make(false, true);

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, is_led("192.0.2.9", 4444, listener4, "192.0.2.9 4444"));
	CHECK(3, is_led("2001:db8::9", 443, listener6, "2001:db8::9 443"));
	CHECK(4, is_left("10.0.2.2", listener4));
	CHECK(5, is_left("10.0.2.3", listener4));
	CHECK(6, is_left("10.0.2.100", listener4));
	CHECK(7, is_left("127.0.0.1", listener4));
	CHECK(8, is_left("fd00::2", listener6));
	CHECK(9, is_left("fd00::100", listener6));
	CHECK(10, is_left("::1", listener6));
	CHECK(11, finds(listener4, "127.0.0.1") == -EACCES);
	CHECK(12, finds(listener6, "::1") == -EACCES);
	CHECK(13, redirect_make(&config, true, &listener4, &listener6, &child_error) == -EEXIST);
	child_keep_warning(NULL, LOG_LEVEL_WARNING, child_error.msg);
	return 0;
}

static int in_allowed(void)
{
	int r = make(true, true);

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, is_led("10.0.2.2", 80, listener4, "127.0.0.1 80"));
	CHECK(3, is_led("fd00::2", 80, listener6, "::1 80"));
	CHECK(4, is_led("192.0.2.9", 80, listener4, "192.0.2.9 80"));
	CHECK(5, is_left("10.0.2.3", listener4));
	CHECK(6, finds(listener4, "127.0.0.1") == -EACCES);
	CHECK(7, finds(listener6, "::1") == -EACCES);
	return 0;
}

static int in_ipv4_host(void)
{
	int r = make(true, false);

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, is_led("fd00::2", 80, listener6, "::1 80"));
	CHECK(3, is_left("2001:db8::9", listener6));
	return 0;
}

static int in_ipv4_host_denied(void)
{
	int r = make(false, false);

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, listener6 == -EBADF);
	CHECK(3, is_led("192.0.2.9", 80, listener4, "192.0.2.9 80"));
	return 0;
}

/* Many at once, each with its own. */
static int in_crowd(void)
{
	int r = make(false, true), fds[64];
	unsigned int seen = 0;

	CHECK(r == 77 ? 77 : 1, r == 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++) {
		char text[32];

		snprintf(text, sizeof(text), "192.0.2.%u", i + 1);
		fds[i] = world_connect(text, 1000 + i, WORLD_WAIT_MS, &r);
		CHECK(2, r == 0);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++) {
		struct sockaddr_storage peer, to;
		struct sockaddr_in own, *v4 = (struct sockaddr_in *)&to;
		socklen_t len = sizeof(own);
		int got = world_accept(listener4, WORLD_WAIT_MS, &peer);

		CHECK(3, got >= 0 && redirect_find(got, &to, &config) == 0);
		CHECK(4, getsockname(fds[ntohs(v4->sin_port) - 1000], (struct sockaddr *)&own,
				     &len) == 0);
		CHECK(5, own.sin_port == ((struct sockaddr_in *)&peer)->sin_port);
		CHECK(6, (ntohl(v4->sin_addr.s_addr) & 255) == ntohs(v4->sin_port) - 999U);
		seen++;
	}
	CHECK(7, seen == ARRAY_SIZE(fds));
	return 0;
}

static int add(const char *type, const char *name, uint32_t *message)
{
	const struct nft_hook hook = { type, NF_INET_LOCAL_OUT, 0 };
	struct nft_batch b;

	nft_begin(&b, NFPROTO_IPV4);
	nft_add_table(&b, "other");
	nft_add_chain(&b, "other", "chain", &hook);
	nft_rule_begin(&b, "other", "chain");
	nft_expression_begin(&b, name);
	nft_expression_end(&b);
	nft_rule_end(&b);
	return nft_do(&b, message);
}

/* What a kernel says that lacks a part, and of which message; nothing of the rest is made. */
static int in_lacking(void)
{
	uint32_t message = 99;
	int r = world_make();

	CHECK(r == 77 ? 77 : 1, r == 0);
	CHECK(2, add("no-type", "counter", &message) == -ENOENT && message == 2);
	CHECK(3, add("filter", "no-expr", &message) == -ENOENT && message == 3);
	CHECK(4, add("filter", "counter", &message) == 0 && message == 0);
	CHECK(5, add("filter", "counter", &message) == -EEXIST && message == 1);
	return 0;
}

static int in_nobody(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_storage to;

	config = plain(true);
	CHECK(1, redirect_find(fd, &to, &config) < 0);
	CHECK(2, redirect_find(0, &to, &config) < 0);
	return 0;
}

int main(void)
{
	test_check();
	test_no_ipv6();
	test_table();
	test_too_much();
	child_ok(in_denied, "already has a table 'urun' (ip)", "N01 what leaves comes to us");
	child_ok(in_allowed, NULL, "N01 the gateway is the host's loopback, if allowed");
	child_ok(in_ipv4_host, NULL, "N01 IPv6 stays where it was on a host without");
	child_ok(in_ipv4_host_denied, NULL, "N01 and nothing is made for it");
	child_ok(in_crowd, NULL, "N01 many at once");
	child_ok(in_lacking, NULL, "N01 which part the kernel lacks");
	child_ok(in_nobody, NULL, "N01 a socket that is none of these");
	return tap_done();
}
