/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of the built-in network: the first line is a value of --network, each
 * further one an annotation KEY=VALUE (no key: the mode), read before it, and an address or
 * a network, too. Oracles: no crash, no leak; a refusal is one line of words and changes
 * nothing; what is taken is in its limits; the network's addresses are distinct hosts of
 * it; written, read and written again it is the same text.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "netns/net_options.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

static void check_message(const struct error *e, int r)
{
	CHECK(r == -EINVAL && e->code == EINVAL && *e->msg && !strchr(e->msg, '\n'));
	CHECK(strlen(e->msg) < 1536);
}

static void try_address(const char *text)
{
	char first[NET_ADDRESS_TEXT], second[NET_ADDRESS_TEXT];
	char cidr[NET_CIDR_TEXT], again[NET_CIDR_TEXT];
	struct net_address a;
	struct net_cidr c;

	if (net_address_parse(text, AF_UNSPEC, &a) == 0) {
		net_address_format(&a, first);
		CHECK(net_address_parse(first, a.family, &a) == 0);
		CHECK(strcmp(net_address_format(&a, second), first) == 0);
	}
	if (net_cidr_parse(text, AF_UNSPEC, &c) == 0) {
		net_cidr_format(&c, cidr);
		CHECK(net_cidr_parse(cidr, c.address.family, &c) == 0);
		CHECK(strcmp(net_cidr_format(&c, again), cidr) == 0);
		CHECK(net_cidr_contains(&c, &c.address));
		a = c.address = net_cidr_network(&c);
		CHECK(!net_cidr_has_host_bits(&c) && net_cidr_contains(&c, &a));
	}
}

static void check_hosts(const struct net_cidr *c, const struct net_hosts *h)
{
	CHECK(!net_cidr_has_host_bits(c));
	CHECK(net_cidr_contains(c, &h->gateway) && net_cidr_contains(c, &h->dns) &&
	      net_cidr_contains(c, &h->guest));
	CHECK(!net_address_equal(&h->gateway, &h->dns) &&
	      !net_address_equal(&h->gateway, &h->guest) && !net_address_equal(&h->dns, &h->guest));
	CHECK(!net_address_equal(&h->gateway, &c->address));
}

static void check_finished(struct arena *a, const struct net_config *c)
{
	cleanup_strbuf struct strbuf first = STRBUF_INIT(1 << 20);
	cleanup_strbuf struct strbuf second = STRBUF_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct net_config again;

	CHECK(c->mtu >= NET_MTU_MIN && c->mtu <= NET_MTU_MAX && !(c->mac[0] & 1));
	CHECK(*c->ifname && strnlen(c->ifname, NET_IFNAME_SIZE) < NET_IFNAME_SIZE);
	CHECK(!c->api || (*c->api == '/' && strlen(c->api) <= NET_API_PATH_MAX));
	CHECK(c->cidr.prefix >= NET_PREFIX_MIN && c->cidr.prefix <= NET_PREFIX_MAX);
	check_hosts(&c->cidr, &c->hosts);
	if (c->ipv6)
		check_hosts(&c->cidr6, &c->hosts6);
	CHECK(net_config_write(c, &first) == 0 && !strchr(first.s, '\n'));
	net_config_init(&again);
	CHECK(net_options_network(a, &again, "text", first.s, &e) == 0);
	CHECK(net_config_finish(&again, "other", &e) == 0);
	CHECK(net_config_write(&again, &second) == 0 && strcmp(first.s, second.s) == 0);
}

static void try_annotation(struct arena *a, struct net_config *c, char *line)
{
	struct net_config before = *c;
	struct error e = ERROR_INIT;
	char *value = strchr(line, '=');
	struct net_option o = { .shown = "annotation", .key = line };
	int r;

	if (!value)
		return;
	*value = '\0';
	o.value = value + 1;
	r = *line ? net_options_set(a, c, &o, &e) : net_options_mode(c, o.shown, o.value, &e);
	if (r < 0) {
		check_message(&e, r);
		CHECK(memcmp(&before, c, sizeof(before)) == 0);
	}
	*value = '=';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct net_config c;
	char *text = malloc(size + 1), *save = NULL, *next;
	int r = 0;

	CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	net_config_init(&c);
	next = strchr(text, '\n');
	if (next)
		*next++ = '\0';
	for (char *l = next ? strtok_r(next, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save)) {
		try_annotation(&a, &c, l);
		try_address(l);
	}
	net_options_begin(&c);
	if (*text)
		r = net_options_network(&a, &c, "--network", text, &e);
	if (r == 0)
		r = net_config_finish(&c, "box", &e);
	if (r < 0)
		check_message(&e, r);
	else if (c.mode == NET_MODE_SLIRP)
		check_finished(&a, &c);
	free(text);
	return 0;
}
