/* SPDX-License-Identifier: Apache-2.0 */
/* See ports.h. */
#include "netns/slirp/ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum {
	ENTRIES_AT_FIRST = 16,
	PRIVILEGED_BELOW = 1024, /* where the host says nothing else */
};

static const char *const protocol_names[] = { [NET_TCP] = "tcp", [NET_UDP] = "udp" };

struct entry {
	struct port port;
	bool by_slirp;
	bool served; /* `handle` is the engine's; else `fd` waits for it */
	int fd;      /* -EBADF: none of ours */
	void *handle;
};

struct ports {
	struct net_address guest, guest6; /* AF_UNSPEC: the network has none */
	enum net_forward forward;
	struct ports_slirp slirp;
	struct ports_engine engine;
	bool has_engine;
	uint32_t last_id;
	struct entry *entries; /* by id */
	size_t n, cap;
};

/* ---- text and addresses */

const char *port_protocol_name(enum net_protocol protocol)
{
	return protocol_names[protocol];
}

const char *port_format(const struct port *p, char buf[PORTS_TEXT])
{
	bool six = p->host.family == AF_INET6;
	char address[NET_ADDRESS_TEXT];

	snprintf(buf, PORTS_TEXT, "%s%s%s:%u/%s", six ? "[" : "",
		 net_address_format(&p->host, address), six ? "]" : "", (unsigned int)p->host_port,
		 protocol_names[p->protocol]);
	return buf;
}

/* Words for what the kernel, or libslirp for it, says to a port; returns -err. */
static int explain(const struct port *p, int err, struct error *e)
{
	char text[PORTS_TEXT], address[NET_ADDRESS_TEXT];
	unsigned int port = p->host_port;

	port_format(p, text);
	net_address_format(&p->host, address);
	err = abs(err);
	switch (err) {
	case EADDRINUSE:
		error_msg(e, err, "publish %s: port %u of %s is in use (address already in use)",
			  text, port, address);
		error_hint(e, "ss -%cnlp 'sport = :%u'", p->protocol == NET_TCP ? 't' : 'u', port);
		break;
	case EACCES:
	case EPERM:
		error_msg(e, err, "publish %s: port %u is not for users without privileges (%s)",
			  text, port, err == EPERM ? "EPERM" : "EACCES");
		error_hint(e, "sysctl net.ipv4.ip_unprivileged_port_start=%u%s", port,
			   port < PRIVILEGED_BELOW ? ", or publish one from 1024 on" : "");
		break;
	case EADDRNOTAVAIL:
		error_msg(e, err, "publish %s: %s is no address of this host (EADDRNOTAVAIL)", text,
			  address);
		break;
	case EAFNOSUPPORT:
		error_msg(e, err, "publish %s: this host has no %s (EAFNOSUPPORT)", text,
			  p->host.family == AF_INET6 ? "IPv6" : "IPv4");
		break;
	case EMFILE:
	case ENFILE:
		error_msg(e, err, "publish %s: no descriptor is left for it (%s)", text,
			  err == EMFILE ? "EMFILE" : "ENFILE");
		if (err == EMFILE)
			error_hint(e, "raise the hard limit on open files (ulimit -Hn), "
				      "or publish fewer ports");
		else
			error_hint(e, "raise the sysctl fs.file-max, or publish fewer ports");
		break;
	default:
		error_set(e, err, "publish %s", text);
	}
	return -err;
}

/* ---- one port */

/* A socket that listens; -errno. */
static int make_listener(const struct port *p)
{
	struct sockaddr_storage host;
	socklen_t len = net_address_to_sockaddr(&p->host, p->host_port, &host);
	cleanup_fd int fd = socket(host.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;

	if (fd < 0)
		return -errno;
	if (host.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&host, len) < 0 || listen(fd, PORTS_BACKLOG) < 0)
		return -errno;
	return take_fd(&fd);
}

static int hand_over(struct ports *p, struct entry *en)
{
	struct sockaddr_storage guest;
	socklen_t len = net_address_to_sockaddr(&en->port.guest, en->port.guest_port, &guest);
	int s = p->engine.listen(p->engine.arg, take_fd(&en->fd), (struct sockaddr *)&guest, len,
				 &en->handle);

	en->served = s == 0;
	return s;
}

static int open_entry(struct ports *p, struct entry *en)
{
	struct sockaddr_storage host, guest;

	if (en->by_slirp) {
		net_address_to_sockaddr(&en->port.host, en->port.host_port, &host);
		net_address_to_sockaddr(&en->port.guest, en->port.guest_port, &guest);
		return p->slirp.add(p->slirp.arg, en->port.protocol == NET_UDP,
				    (struct sockaddr *)&host, (struct sockaddr *)&guest);
	}
	en->fd = make_listener(&en->port);
	if (en->fd < 0)
		return en->fd;
	return p->has_engine ? hand_over(p, en) : 0;
}

static int close_entry(struct ports *p, struct entry *en)
{
	struct sockaddr_storage host;

	if (en->by_slirp) {
		net_address_to_sockaddr(&en->port.host, en->port.host_port, &host);
		return p->slirp.remove(p->slirp.arg, en->port.protocol == NET_UDP,
				       (struct sockaddr *)&host);
	}
	if (en->served)
		p->engine.unlisten(p->engine.arg, en->handle);
	if (en->fd >= 0)
		close(take_fd(&en->fd));
	return 0;
}

/* Takes a checked port into the table. */
static int add_entry(struct ports *p, const struct port *port, struct error *e)
{
	struct entry *more, en = {
		.port = *port,
		.by_slirp = port->protocol == NET_UDP || p->forward == NET_FORWARD_SLIRP,
		.fd = -EBADF,
	};
	size_t cap = p->cap ? p->cap * 2 : ENTRIES_AT_FIRST;
	int s;

	if (p->last_id == INT32_MAX) /* clients take it for an int */
		return error_msg(e, ENOSPC, "published ports: all numbers are used up");
	if (p->n == p->cap) {
		more = reallocarray(p->entries, cap, sizeof(*more));
		if (!more)
			return error_set(e, ENOMEM, "published ports");
		p->entries = more;
		p->cap = cap;
	}
	s = open_entry(p, &en);
	if (s < 0)
		return explain(port, s, e);
	en.port.id = ++p->last_id;
	p->entries[p->n++] = en;
	return 0;
}

static const struct net_address *guest_of(const struct ports *p, int family)
{
	return family == AF_INET6 ? &p->guest6 : &p->guest;
}

/* ---- at the start */

static int bind_range(struct ports *p, const struct net_publish *range, struct error *e)
{
	struct port port = {
		.protocol = range->protocol,
		.host = range->address,
		.guest = *guest_of(p, range->address.family),
	};

	for (unsigned int i = 0; i < range->count; i++) {
		int s;

		port.host_port = (uint16_t)(range->host_port + i);
		port.guest_port = (uint16_t)(range->container_port + i);
		s = add_entry(p, &port, e);
		if (s < 0)
			return s;
	}
	return 0;
}

int ports_bind(struct ports *p, const struct net_publish_list *l, struct error *e)
{
	const size_t before = p->n;

	for (size_t i = 0; i < l->n; i++) {
		int s = bind_range(p, &l->items[i], e);

		if (s == 0)
			continue;
		while (p->n > before)
			(void)close_entry(p, &p->entries[--p->n]);
		return s;
	}
	return 0;
}

int ports_serve(struct ports *p, const struct ports_engine *engine, struct error *e)
{
	p->engine = *engine;
	p->has_engine = true;
	for (size_t i = 0; i < p->n; i++) {
		struct entry *en = &p->entries[i];
		int s = en->fd >= 0 ? hand_over(p, en) : 0;

		if (s < 0)
			return explain(&en->port, s, e);
	}
	return 0;
}

int ports_new(const struct net_config *c, const struct ports_slirp *slirp, struct ports **ret,
	      struct error *e)
{
	struct ports *p = calloc(1, sizeof(*p));

	if (!p)
		return error_set(e, ENOMEM, "published ports");
	p->guest = c->hosts.guest;
	if (c->ipv6)
		p->guest6 = c->hosts6.guest;
	p->forward = c->forward;
	p->slirp = *slirp;
	*ret = p;
	return 0;
}

void ports_free(struct ports *p)
{
	if (!p)
		return;
	while (p->n)
		(void)close_entry(p, &p->entries[--p->n]);
	free(p->entries);
	free(p);
}

/* ---- later on */

static int check_host(const struct port *want, struct error *e)
{
	char text[NET_ADDRESS_TEXT];
	const char *why = NULL;

	if (!net_address_is_unicast(&want->host))
		why = "is no address of a host";
	else if (net_address_is_mapped(&want->host))
		why = "is an IPv4 address, write it as one";
	else if (net_address_is_link_local(&want->host))
		why = "is of one link alone, and no interface can be named here";
	if (why)
		return error_msg(e, EINVAL, "publish: '%s' %s",
				 net_address_format(&want->host, text), why);
	if (!want->host_port || !want->guest_port)
		return error_msg(e, EINVAL, "publish: port 0 is not in 1..65535");
	return 0;
}

static int check_guest(const struct ports *p, const struct port *want, struct error *e)
{
	const struct net_address *own = guest_of(p, want->host.family);
	char text[PORTS_TEXT], asked[NET_ADDRESS_TEXT], ours[NET_ADDRESS_TEXT];

	if (own->family == AF_UNSPEC)
		return error_msg(e, EAFNOSUPPORT,
				 "publish %s: the container's network has no IPv6 (ipv6=false)",
				 port_format(want, text));
	if (want->guest.family == AF_UNSPEC || net_address_equal(&want->guest, own))
		return 0;
	return error_msg(e, EINVAL, "publish %s: '%s' is not the container's address, which is %s",
			 port_format(want, text), net_address_format(&want->guest, asked),
			 net_address_format(own, ours));
}

/* The one of ours that leaves no room for it, or NULL. */
static const struct port *find_same(const struct ports *p, const struct port *want)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct port *o = &p->entries[i].port;

		if (o->protocol != want->protocol || o->host_port != want->host_port ||
		    o->host.family != want->host.family)
			continue;
		if (net_address_equal(&o->host, &want->host) || net_address_is_any(&o->host) ||
		    net_address_is_any(&want->host))
			return o;
	}
	return NULL;
}

int ports_add(struct ports *p, const struct port *want, uint32_t *ret_id, struct error *e)
{
	char text[PORTS_TEXT], other[PORTS_TEXT];
	const struct port *same;
	struct port port = *want;
	int s = check_host(want, e);

	if (s == 0)
		s = check_guest(p, want, e);
	if (s < 0)
		return s;
	same = find_same(p, want);
	if (same)
		return error_msg(e, EADDRINUSE,
				 "publish %s: is published already, as number %u, %s "
				 "(address already in use)",
				 port_format(want, text), same->id, port_format(same, other));
	port.guest = *guest_of(p, want->host.family);
	s = add_entry(p, &port, e);
	if (s == 0)
		*ret_id = p->last_id;
	return s;
}

/* The place of the first with an id above this one. */
static size_t place_after(const struct ports *p, uint32_t id)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->entries[mid].port.id > id)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

int ports_remove(struct ports *p, uint32_t id, struct error *e)
{
	size_t i = id ? place_after(p, id - 1) : p->n;
	char text[PORTS_TEXT];
	int s;

	if (i == p->n || p->entries[i].port.id != id)
		return error_msg(e, ENOENT, "no published port has the number %u", id);
	s = close_entry(p, &p->entries[i]);
	if (s < 0)
		return error_set(e, s, "end %s", port_format(&p->entries[i].port, text));
	p->n--;
	memmove(&p->entries[i], &p->entries[i + 1], (p->n - i) * sizeof(*p->entries));
	return 0;
}

const struct port *ports_after(const struct ports *p, uint32_t id)
{
	size_t i = place_after(p, id);

	return i < p->n ? &p->entries[i].port : NULL;
}

size_t ports_count(const struct ports *p)
{
	return p->n;
}
