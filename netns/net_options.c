/* SPDX-License-Identifier: Apache-2.0 */
/* See net_options.h. */
#include "netns/net_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/parse.h"

enum { SHOWN_MAX = 120 }; /* of a value: the reason is to be read, too */

struct setting {
	struct arena *a;
	struct net_config *c;
	const struct net_option *o;
	struct error *e;
};

static int refuse(const struct setting *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(const struct setting *s, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return error_msg(s->e, EINVAL, "%.*s: '%.*s%s' %s", SHOWN_MAX, s->o->shown, SHOWN_MAX,
			 s->o->value, strlen(s->o->value) > SHOWN_MAX ? "..." : "", why);
}

/* ---- kinds of values */

/* The index of the value in words, behind whose last is NULL; -1. */
static int find_word(const struct setting *s, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(s->o->value, words[i]) == 0)
			return i;
	return -1;
}

static int set_word(const struct setting *s, const char *const *words, int *ret)
{
	int found = find_word(s, words);
	char all[128] = "";
	size_t len = 0;

	if (found >= 0) {
		*ret = found;
		return 0;
	}
	for (int i = 0; words[i] && len < sizeof(all); i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "",
					words[i]);
	return refuse(s, "is none of %s", all);
}

/* Of two words, the second: true. */
static int set_switch(const struct setting *s, const char *off, const char *on, bool *ret)
{
	const char *const words[] = { off, on, NULL };
	int i, r = set_word(s, words, &i);

	if (r == 0)
		*ret = i;
	return r;
}

static int set_bool(const struct setting *s, bool *ret)
{
	return set_switch(s, "false", "true", ret);
}

/* What the kernel takes as a name, less what it would read otherwise: %d, and ':' in ioctls. */
static bool is_ifname(const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= NET_IFNAME_SIZE || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("/:%,", *p))
			return false;
	return true;
}

static int set_network(const struct setting *s, int family, struct net_cidr *ret)
{
	bool six = family == AF_INET6;
	unsigned int min = six ? NET_PREFIX6_MIN : NET_PREFIX_MIN;
	unsigned int max = six ? NET_PREFIX6_MAX : NET_PREFIX_MAX;
	struct net_address network;
	char text[NET_CIDR_TEXT];
	struct net_cidr c;
	int r = net_cidr_parse(s->o->value, family, &c);

	if (r == -EINVAL)
		return refuse(s, "is no %s network (%s)", six ? "IPv6" : "IPv4",
			      six ? "fd00::/64" : "10.0.2.0/24");
	if (r < 0 || c.prefix < min || c.prefix > max)
		return refuse(s, "has a prefix that is not in /%u../%u", min, max);
	if (net_cidr_has_host_bits(&c)) {
		c.address = net_cidr_network(&c);
		return refuse(s, "has bits set behind its prefix, the network is %s",
			      net_cidr_format(&c, text));
	}
	network = c.address;
	if (!net_address_is_unicast(&network) || net_address_is_link_local(&network) ||
	    network.bytes[0] == 0 || (!six && net_address_is_loopback(&network)))
		return refuse(s, "is no network that hosts can have");
	*ret = c;
	return 0;
}

static int set_outbound(const struct setting *s, int family, struct net_outbound *ret)
{
	const char *name = family == AF_INET6 ? "IPv6" : "IPv4", *value = s->o->value;
	struct net_outbound o = { .interface = "" };

	if (net_address_parse(value, family, &o.address) == 0) {
		if (!net_address_is_unicast(&o.address) || net_address_is_any(&o.address) ||
		    net_address_is_mapped(&o.address) || net_address_is_link_local(&o.address))
			return refuse(s, "is no %s address of a host to go out from", name);
	} else if (!is_ifname(value) || !value[strspn(value, "0123456789.")]) {
		return refuse(s, "is neither an %s address nor the name of an interface", name);
	} else {
		memcpy(o.interface, value, strlen(value) + 1);
	}
	*ret = o;
	return 0;
}

/* ---- the options */

static int set_cidr(const struct setting *s)
{
	return set_network(s, AF_INET, &s->c->cidr);
}

static int set_cidr6(const struct setting *s)
{
	return set_network(s, AF_INET6, &s->c->cidr6);
}

static int set_ipv6(const struct setting *s)
{
	return set_bool(s, &s->c->ipv6);
}

static int set_mtu(const struct setting *s)
{
	uint32_t mtu;

	if (parse_u32(s->o->value, &mtu) < 0 || mtu < NET_MTU_MIN || mtu > NET_MTU_MAX)
		return refuse(s, "is no number in %d..%d", NET_MTU_MIN, NET_MTU_MAX);
	s->c->mtu = mtu;
	return 0;
}

static int set_mac(const struct setting *s)
{
	static const uint8_t none[NET_MAC_SIZE];
	const char *p = s->o->value;
	uint8_t mac[NET_MAC_SIZE];

	for (int i = 0; i < NET_MAC_SIZE; i++, p += 3) {
		int high = parse_hex_digit(p[0]), low = high < 0 ? -1 : parse_hex_digit(p[1]);

		if (low < 0 || p[2] != (i < NET_MAC_SIZE - 1 ? ':' : '\0'))
			return refuse(s, "is no MAC address (02:00:00:00:00:01)");
		mac[i] = (uint8_t)(high << 4 | low);
	}
	if (mac[0] & 1)
		return refuse(s, "is a group's MAC address (its first byte is odd)");
	if (memcmp(mac, none, sizeof(mac)) == 0)
		return refuse(s, "is no interface's MAC address");
	/* libslirp makes its own so: 52:55 and the IPv4 address, 52:56 and IPv6's last byte. */
	if (mac[0] == 0x52 && (mac[1] == 0x55 || mac[1] == 0x56))
		return refuse(s, "is of those that the gateway has (52:55:*, 52:56:*)");
	memcpy(s->c->mac, mac, sizeof(mac));
	return 0;
}

static int set_ifname(const struct setting *s)
{
	static const char *const taken[] = { "lo", "all", "default" }; /* the last two: sysctl's */
	const char *name = s->o->value;

	if (!is_ifname(name))
		return refuse(s,
			      "is no name of an interface (1 to %d bytes without '/', ':', '%%', "
			      "',' and blanks; not '.' or '..')",
			      NET_IFNAME_SIZE - 1);
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (strcmp(name, taken[i]) == 0)
			return refuse(s, "is taken (lo, all and default are)");
	memcpy(s->c->ifname, name, strlen(name) + 1);
	return 0;
}

static int set_dns(const struct setting *s)
{
	static const char *const words[] = { "write", "keep", "none", NULL };
	struct net_address address;
	int i = find_word(s, words);

	if (i >= 0) {
		s->c->dns = (enum net_dns)i;
		return 0;
	}
	if (net_address_parse(s->o->value, AF_UNSPEC, &address) < 0)
		return refuse(s, "is none of write, keep, none, and no address");
	if (!net_address_is_unicast(&address) || net_address_is_any(&address) ||
	    net_address_is_mapped(&address) || net_address_is_link_local(&address))
		return refuse(s, "is no address that a nameserver can have");
	s->c->dns = NET_DNS_ADDRESS;
	s->c->nameserver = address;
	return 0;
}

static int set_host_loopback(const struct setting *s)
{
	return set_switch(s, "deny", "allow", &s->c->host_loopback);
}

static int set_allow_host_loopback(const struct setting *s)
{
	return set_bool(s, &s->c->host_loopback);
}

static int set_outbound4(const struct setting *s)
{
	return set_outbound(s, AF_INET, &s->c->outbound);
}

static int set_outbound6(const struct setting *s)
{
	return set_outbound(s, AF_INET6, &s->c->outbound6);
}

static int set_publish(const struct setting *s)
{
	int r = net_publish_add(s->a, &s->c->publish, s->o->value, s->e);

	return r < 0 ? error_prefix(s->e, "%.*s", SHOWN_MAX, s->o->shown) : 0;
}

static int set_way(const struct setting *s, const char *around, const char *through)
{
	bool slirp;
	int r = set_switch(s, around, through, &slirp);

	if (r == 0)
		s->c->forward = slirp ? NET_FORWARD_SLIRP : NET_FORWARD_SPLICE;
	return r;
}

static int set_forward(const struct setting *s)
{
	return set_way(s, "splice", "slirp");
}

/* rootlesskit's is the way around libslirp. */
static int set_port_handler(const struct setting *s)
{
	return set_way(s, "rootlesskit", "slirp4netns");
}

static int set_srcip(const struct setting *s)
{
	return set_bool(s, &s->c->srcip);
}

static int set_egress(const struct setting *s)
{
	bool redirect;
	int r = set_switch(s, "slirp", "redirect", &redirect);

	if (r == 0)
		s->c->egress = redirect ? NET_EGRESS_REDIRECT : NET_EGRESS_SLIRP;
	return r;
}

static int set_api(const struct setting *s)
{
	const char *path = s->o->value;
	size_t len = strlen(path);

	if (len > NET_API_PATH_MAX)
		return refuse(s, "is too long for a socket: %zu bytes, %d are allowed", len,
			      NET_API_PATH_MAX);
	if (path[0] != '/' || path[len - 1] == '/' || strchr(path, ','))
		return refuse(s, "is no absolute path of a socket (without a comma)");
	path = arena_strdup(s->a, path);
	if (!path)
		return error_set(s->e, ENOMEM, "%s", s->o->shown);
	s->c->api = path;
	return 0;
}

static const struct row {
	const char *name;
	enum net_key key;
	int (*set)(const struct setting *s);
} rows[] = {
	{ "cidr", NET_KEY_CIDR, set_cidr },
	{ "cidr6", NET_KEY_CIDR6, set_cidr6 },
	{ "ipv6", NET_KEY_IPV6, set_ipv6 },
	{ "mtu", NET_KEY_MTU, set_mtu },
	{ "mac", NET_KEY_MAC, set_mac },
	{ "ifname", NET_KEY_IFNAME, set_ifname },
	{ "dns", NET_KEY_DNS, set_dns },
	{ "host_loopback", NET_KEY_HOST_LOOPBACK, set_host_loopback },
	{ "outbound", NET_KEY_OUTBOUND, set_outbound4 },
	{ "outbound6", NET_KEY_OUTBOUND6, set_outbound6 },
	{ "publish", NET_KEY_PUBLISH, set_publish },
	{ "forward", NET_KEY_FORWARD, set_forward },
	{ "srcip", NET_KEY_SRCIP, set_srcip },
	{ "egress", NET_KEY_EGRESS, set_egress },
	{ "api", NET_KEY_API, set_api },
	/* podman's, of `--network slirp4netns` */
	{ "enable_ipv6", NET_KEY_IPV6, set_ipv6 },
	{ "allow_host_loopback", NET_KEY_HOST_LOOPBACK, set_allow_host_loopback },
	{ "outbound_addr", NET_KEY_OUTBOUND, set_outbound4 },
	{ "outbound_addr6", NET_KEY_OUTBOUND6, set_outbound6 },
	{ "port_handler", NET_KEY_FORWARD, set_port_handler },
};

/* ---- from the caller */

void net_options_begin(struct net_config *c)
{
	c->in_turn = 0;
}

static int unknown_key(const struct net_option *o, struct error *e)
{
	char all[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < N_NET_KEYS && len < sizeof(all); i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "",
					net_key_name((enum net_key)i));
	return error_msg(e, EINVAL, "%.*s: there is no network option '%.*s' (%s)", SHOWN_MAX,
			 o->shown, SHOWN_MAX, o->key, all);
}

int net_options_set(struct arena *a, struct net_config *c, const struct net_option *o,
		    struct error *e)
{
	const struct setting s = { .a = a, .c = c, .o = o, .e = e };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t bit = UINT32_C(1) << rows[i].key;
		int r;

		if (strcmp(o->key, rows[i].name) != 0)
			continue;
		if (c->in_turn & bit && rows[i].key != NET_KEY_PUBLISH)
			return refuse(&s, "is the second value of the network option '%s'",
				      net_key_name(rows[i].key));
		r = rows[i].set(&s);
		if (r < 0)
			return r;
		c->given |= bit;
		c->in_turn |= bit;
		return 0;
	}
	return unknown_key(o, e);
}

int net_options_mode(struct net_config *c, const char *shown, const char *value, struct error *e)
{
	const struct net_option o = { .shown = shown, .key = "", .value = value };
	const struct setting s = { .c = c, .o = &o, .e = e };
	static const char *const words[] = {
		[NET_MODE_SLIRP - 1] = "slirp",
		[NET_MODE_NONE - 1] = "none",
		[NET_MODE_HOST - 1] = "host",
		NULL,
	};
	int i, r;

	if (strcmp(value, "slirp4netns") == 0) { /* podman's */
		c->mode = NET_MODE_SLIRP;
		return 0;
	}
	r = set_word(&s, words, &i);
	if (r == 0)
		c->mode = (enum net_mode)(i + 1);
	return r;
}

/* "KEY=VALUE" of the list behind a mode. */
static int set_item(struct arena *a, struct net_config *c, const char *shown, char *item,
		    struct error *e)
{
	char *value = strchr(item, '=');
	struct net_option o = { .key = item };

	if (!value)
		return error_msg(e, EINVAL, "%s: '%.*s' is not KEY=VALUE", shown, SHOWN_MAX, item);
	*value++ = '\0';
	o.value = value;
	o.shown = arena_printf(a, "%s %s", shown, item);
	if (!o.shown)
		return error_set(e, ENOMEM, "%s", shown);
	return net_options_set(a, c, &o, e);
}

int net_options_network(struct arena *a, struct net_config *c, const char *shown, const char *value,
			struct error *e)
{
	char *text = arena_strdup(a, value), *next;
	enum net_mode before = c->mode, mode;
	int r;

	if (!text)
		return error_set(e, ENOMEM, "%s", shown);
	next = strchr(text, ':');
	if (next)
		*next++ = '\0';
	r = net_options_mode(c, shown, text, e);
	if (r == 0 && c->mode != before) {
		mode = c->mode;
		net_config_init(c);
		c->mode = mode;
	}
	while (r == 0 && next) {
		char *item = next;

		next = strchr(item, ',');
		if (next)
			*next++ = '\0';
		r = set_item(a, c, shown, item, e);
	}
	return r;
}
