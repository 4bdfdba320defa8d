/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published ports: each line is a list. Oracles: no crash, no leak; a refusal is one line
 * of words and leaves the list as it was; what is taken reads back from its canonical text
 * as the same, item by item too; no port of the host is in a list twice, counted by hand.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "netns/net_publish.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

enum { COUNTED = 6 }; /* items of a list whose ports are counted */

static void check_message(const struct error *e, int r)
{
	CHECK(r == -EINVAL && e->code == EINVAL && *e->msg && !strchr(e->msg, '\n'));
	CHECK(strlen(e->msg) < 1024);
}

static bool is_same(const struct net_publish *a, const struct net_publish *b)
{
	return a->protocol == b->protocol && net_address_equal(&a->address, &b->address) &&
	       a->host_port == b->host_port && a->container_port == b->container_port &&
	       a->count == b->count;
}

static void check_item(const struct net_publish *p)
{
	char text[NET_PUBLISH_TEXT];
	struct error e = ERROR_INIT;
	struct net_publish again;

	CHECK(p->count && p->host_port && p->container_port);
	CHECK(p->host_port + p->count - 1 <= 65535 && p->container_port + p->count - 1 <= 65535);
	CHECK(net_publish_parse(net_publish_format(p, text), &again, &e) == 0);
	CHECK(is_same(p, &again));
}

/* Does one socket on each of both addresses leave no room for the other? */
static bool collide(const struct net_publish *a, const struct net_publish *b)
{
	size_t len = a->address.family == AF_INET ? 4 : 16;
	static const uint8_t any[16];

	return a->protocol == b->protocol && a->address.family == b->address.family &&
	       (memcmp(a->address.bytes, b->address.bytes, len) == 0 ||
		memcmp(a->address.bytes, any, len) == 0 || memcmp(b->address.bytes, any, len) == 0);
}

static bool share_port(const struct net_publish *a, const struct net_publish *b)
{
	static uint8_t seen[65536];

	memset(seen, 0, sizeof(seen));
	for (unsigned int i = 0; i < a->count; i++)
		seen[a->host_port + i] = 1;
	for (unsigned int i = 0; i < b->count; i++)
		if (seen[b->host_port + i])
			return true;
	return false;
}

static void try_item(const char *text)
{
	struct error e = ERROR_INIT;
	struct net_publish p;
	int r = net_publish_parse(text, &p, &e);

	if (r < 0)
		check_message(&e, r);
	else
		check_item(&p);
}

static void try_list(const char *text, struct arena *a, struct net_publish_list *l)
{
	const struct net_publish_list before = *l;
	struct error e = ERROR_INIT;
	int r = net_publish_add(a, l, text, &e);

	if (r < 0) {
		check_message(&e, r);
		CHECK(l->items == before.items && l->n == before.n);
		return;
	}
	CHECK(l->n > before.n && l->n <= NET_PUBLISH_ITEMS);
	for (size_t i = 0; i < before.n; i++)
		CHECK(is_same(&l->items[i], &before.items[i]));
	for (size_t i = 0; i < l->n; i++)
		check_item(&l->items[i]);
	for (size_t i = 0; i < l->n && i < COUNTED; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(!collide(&l->items[i], &l->items[j]) ||
			      !share_port(&l->items[i], &l->items[j]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct net_publish_list l = { .n = 0 };
	char *text = malloc(size + 1), *save = NULL;

	CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	try_item(text);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		try_item(line);
		try_list(line, &a, &l);
	}
	free(text);
	return 0;
}
