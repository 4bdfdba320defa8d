/* SPDX-License-Identifier: Apache-2.0 */
/* See net_publish.h. */
#include "netns/net_publish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/parse.h"

enum { SHOWN_MAX = 100 }; /* of a malformed item: its reason is to be read, too */

static const char *const protocol_names[] = { [NET_TCP] = "tcp", [NET_UDP] = "udp" };

struct item {
	const char *text; /* all of it, for messages */
	struct error *e;
};

static int cut(size_t len)
{
	return len < SHOWN_MAX ? (int)len : SHOWN_MAX;
}

static int refuse(const struct item *it, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(const struct item *it, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return error_msg(it->e, EINVAL, "'%.*s%s': %s", SHOWN_MAX, it->text,
			 strlen(it->text) > SHOWN_MAX ? "..." : "", why);
}

static int read_port(const struct item *it, const char **p, uint16_t *ret)
{
	const char *start = *p;
	uint64_t port;
	int r = parse_u64_at(p, &port);

	if (r == -EINVAL)
		return refuse(it,
			      "a port is missing at '%.*s', [ADDRESS:]PORT[-PORT]:PORT[-PORT]"
			      "[/tcp|/udp] is the form",
			      SHOWN_MAX, start);
	if (r < 0 || port < 1 || port > 65535)
		return refuse(it, "port %.*s is not in 1..65535", cut(strspn(start, "0123456789")),
			      start);
	*ret = (uint16_t)port;
	return 0;
}

/* PORT[-PORT] */
static int read_range(const struct item *it, const char **p, uint16_t *ret_first,
		      uint16_t *ret_last)
{
	int r = read_port(it, p, ret_first);

	*ret_last = *ret_first;
	if (r < 0 || **p != '-')
		return r;
	++*p;
	r = read_port(it, p, ret_last);
	if (r == 0 && *ret_last < *ret_first)
		return refuse(it, "the range %u-%u is the wrong way round",
			      (unsigned int)*ret_first, (unsigned int)*ret_last);
	return r;
}

static int check_address(const struct item *it, const char *text, const struct net_address *a)
{
	if (!net_address_is_unicast(a))
		return refuse(it, "'%s' is no address of a host", text);
	if (net_address_is_mapped(a))
		return refuse(it, "'%s' is an IPv4 address, write it as one", text);
	if (net_address_is_link_local(a))
		return refuse(it, "'%s' is of one link alone, and no interface can be named here",
			      text);
	return 0;
}

/* What stands before the host's ports: "[IPV6]:", "IPV4:" or nothing. */
static int read_address(const struct item *it, const char **p, struct net_address *ret)
{
	const char *start = *p, *end = NULL;
	bool brackets = *start == '[';
	char text[NET_ADDRESS_TEXT];
	size_t len;

	if (brackets) {
		end = strchr(++start, ']');
		if (!end || end[1] != ':')
			return refuse(it, "no ']:' behind the address");
	} else if (strchr(start, ':') != strrchr(start, ':')) {
		end = strchr(start, ':');
	}
	if (!end) {
		*ret = (struct net_address){ .family = AF_INET };
		return 0;
	}
	len = (size_t)(end - start);
	snprintf(text, sizeof(text), "%.*s", cut(len), start);
	if (len >= sizeof(text) || net_address_parse(text, brackets ? AF_INET6 : AF_INET, ret) < 0)
		return refuse(it,
			      brackets ? "'%.*s' is no IPv6 address"
				       : "'%.*s' is no IPv4 address (IPv6 is [ADDRESS])",
			      cut(len), start);
	*p = end + 1 + brackets;
	return check_address(it, text, ret);
}

static int read_protocol(const struct item *it, const char *p, enum net_protocol *ret)
{
	*ret = NET_TCP;
	if (!*p)
		return 0;
	if (*p != '/')
		return refuse(it, "'%.*s' is left over", SHOWN_MAX, p);
	for (size_t i = 0; i < ARRAY_SIZE(protocol_names); i++)
		if (strcmp(p + 1, protocol_names[i]) == 0) {
			*ret = (enum net_protocol)i;
			return 0;
		}
	return refuse(it, "protocol '%.*s' is neither tcp nor udp", SHOWN_MAX, p + 1);
}

int net_publish_parse(const char *text, struct net_publish *ret, struct error *e)
{
	const struct item it = { .text = text, .e = e };
	uint16_t first, last, to_first, to_last;
	struct net_publish got;
	const char *p = text;
	int r = read_address(&it, &p, &got.address);

	if (r == 0)
		r = read_range(&it, &p, &first, &last);
	if (r < 0)
		return r;
	if (!*p)
		return refuse(&it, "the container's port is missing (HOST:CONTAINER)");
	if (*p != ':')
		return refuse(&it, "':' and the container's port are missing at '%.*s'", SHOWN_MAX,
			      p);
	p++;
	r = read_range(&it, &p, &to_first, &to_last);
	if (r == 0)
		r = read_protocol(&it, p, &got.protocol);
	if (r < 0)
		return r;
	if (last - first != to_last - to_first)
		return refuse(&it, "%d ports of the host for %d of the container", last - first + 1,
			      to_last - to_first + 1);
	got.host_port = first;
	got.container_port = to_first;
	got.count = (uint16_t)(last - first + 1);
	*ret = got;
	return 0;
}

static void format_range(uint16_t first, uint16_t count, char buf[12])
{
	if (count == 1)
		snprintf(buf, 12, "%u", (unsigned int)first);
	else
		snprintf(buf, 12, "%u-%u", (unsigned int)first,
			 (unsigned int)(uint16_t)(first + count - 1));
}

const char *net_publish_format(const struct net_publish *p, char buf[NET_PUBLISH_TEXT])
{
	bool six = p->address.family == AF_INET6;
	char address[NET_ADDRESS_TEXT], host[12], container[12];

	format_range(p->host_port, p->count, host);
	format_range(p->container_port, p->count, container);
	snprintf(buf, NET_PUBLISH_TEXT, "%s%s%s:%s:%s/%s", six ? "[" : "",
		 net_address_format(&p->address, address), six ? "]" : "", host, container,
		 protocol_names[p->protocol]);
	return buf;
}

bool net_publish_overlaps(const struct net_publish *a, const struct net_publish *b)
{
	if (a->protocol != b->protocol || a->address.family != b->address.family)
		return false;
	if (!net_address_equal(&a->address, &b->address) && !net_address_is_any(&a->address) &&
	    !net_address_is_any(&b->address))
		return false;
	return a->host_port < b->host_port + b->count && b->host_port < a->host_port + a->count;
}

/* Parses one item into list->items[list->n], unless it overlaps one of those before. */
static int add_one(struct net_publish_list *l, const char *text, struct error *e)
{
	char other[NET_PUBLISH_TEXT];
	struct net_publish p;
	int r = net_publish_parse(text, &p, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < l->n; i++)
		if (net_publish_overlaps(&l->items[i], &p))
			return error_msg(e, EINVAL, "'%s': overlaps '%s'", text,
					 net_publish_format(&l->items[i], other));
	l->items[l->n++] = p;
	return 0;
}

int net_publish_add(struct arena *a, struct net_publish_list *l, const char *text, struct error *e)
{
	char *copy = arena_strdup(a, text), *next;
	struct net_publish_list all = { .n = l->n };
	size_t n = 1;

	for (const char *p = text; *p; p++)
		n += *p == ',';
	if (n > NET_PUBLISH_ITEMS || l->n + n > NET_PUBLISH_ITEMS)
		return error_msg(e, EINVAL, "%zu items of published ports, %d are allowed",
				 l->n + n, NET_PUBLISH_ITEMS);
	all.items = arena_calloc(a, l->n + n, sizeof(*all.items));
	if (!copy || !all.items)
		return error_set(e, ENOMEM, "published ports");
	if (l->n)
		memcpy(all.items, l->items, l->n * sizeof(*all.items));
	for (char *item = copy; item; item = next) {
		int r;

		next = strchr(item, ',');
		if (next)
			*next++ = '\0';
		r = add_one(&all, item, e);
		if (r < 0)
			return r;
	}
	*l = all;
	return 0;
}
