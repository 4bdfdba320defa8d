/* SPDX-License-Identifier: Apache-2.0 */
/* See net_api.h. */
#include "oci/net_api.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "json/decode.h"

/* --- requests --- */

static void begin(struct json_writer *w, struct strbuf *out, const char *verb)
{
	jw_init(w, out, false);
	jw_object_begin(w);
	jw_member_string(w, "execute", verb);
}

static void begin_arguments(struct json_writer *w)
{
	jw_key(w, "arguments");
	jw_object_begin(w);
}

static int end(struct json_writer *w)
{
	jw_object_end(w);
	return jw_done(w);
}

int net_api_write_list(struct strbuf *out)
{
	struct json_writer w;

	begin(&w, out, "list_hostfwd");
	return end(&w);
}

int net_api_write_add(const struct net_config *c, const struct net_publish *p, uint16_t i,
		      struct strbuf *out)
{
	const struct net_hosts *hosts = p->address.family == AF_INET6 ? &c->hosts6 : &c->hosts;
	char text[NET_ADDRESS_TEXT];
	struct json_writer w;

	begin(&w, out, "add_hostfwd");
	begin_arguments(&w);
	jw_member_string(&w, "proto", p->protocol == NET_UDP ? "udp" : "tcp");
	jw_member_string(&w, "host_addr", net_address_format(&p->address, text));
	jw_member_u64(&w, "host_port", (uint64_t)p->host_port + i);
	jw_member_string(&w, "guest_addr", net_address_format(&hosts->guest, text));
	jw_member_u64(&w, "guest_port", (uint64_t)p->container_port + i);
	jw_object_end(&w);
	return end(&w);
}

int net_api_write_remove(uint64_t id, struct strbuf *out)
{
	struct json_writer w;

	begin(&w, out, "remove_hostfwd");
	begin_arguments(&w);
	jw_member_u64(&w, "id", id);
	jw_object_end(&w);
	return end(&w);
}

/* --- replies --- */

#define P struct net_api_port

static const struct json_field port_fields[] = {
	{ JSON_ROW("id", JSON_U64, uint64_t, P, id), .required = true },
	{ JSON_ROW("proto", JSON_STRING, const char *, P, protocol), .required = true },
	{ JSON_ROW("host_addr", JSON_STRING, const char *, P, host_address), .required = true },
	{ JSON_ROW("host_port", JSON_U16, uint16_t, P, host_port), .required = true },
	{ JSON_ROW("guest_addr", JSON_STRING, const char *, P, guest_address), .required = true },
	{ JSON_ROW("guest_port", JSON_U16, uint16_t, P, guest_port), .required = true },
};

static const struct json_object port_schema = { JSON_TABLE(P, port_fields) };

struct result {
	uint64_t id;
	struct net_api_port *entries;
	size_t n;
};

static const struct json_field result_fields[] = {
	{ JSON_ROW("id", JSON_U64, uint64_t, struct result, id) },
	{ JSON_ROW("entries", JSON_OBJECTS, struct net_api_port *, struct result, entries),
	  JSON_COUNT(struct result, n), .sub = &port_schema },
};

static const struct json_object result_schema = { JSON_TABLE(struct result, result_fields) };

struct failure {
	const char *words;
	uint32_t number;
};

static const struct json_field failure_fields[] = {
	{ JSON_ROW("desc", JSON_STRING, const char *, struct failure, words), .required = true },
	{ JSON_ROW("errno", JSON_U32, uint32_t, struct failure, number) },
};

static const struct json_object failure_schema = { JSON_TABLE(struct failure, failure_fields) };

struct answer {
	struct result *result;
	struct failure *failure;
};

static const struct json_field answer_fields[] = {
	{ JSON_ROW("return", JSON_OBJECT_PTR, struct result *, struct answer, result),
	  .sub = &result_schema },
	{ JSON_ROW("error", JSON_OBJECT_PTR, struct failure *, struct answer, failure),
	  .sub = &failure_schema },
};

static const struct json_object answer_schema = { JSON_TABLE(struct answer, answer_fields) };

int net_api_read(struct arena *a, const char *text, size_t len, struct net_api_reply **ret,
		 struct error *e)
{
	const struct json_source src = { .name = "answer of urun-slirp", .text = text, .len = len };
	const struct answer *answer;
	struct net_api_reply *reply = arena_alloc(a, sizeof(*reply));
	void *p;
	int r;

	if (!reply)
		return error_set(e, ENOMEM, "read the answer of urun-slirp");
	r = json_decode(a, &src, &answer_schema, &p, e);
	if (r < 0)
		return r;
	answer = p;
	if (!answer->result == !answer->failure)
		return error_msg(e, EPROTO,
				 "answer of urun-slirp: neither 'return' nor 'error', or both");
	if (answer->failure) {
		reply->error = answer->failure->words;
		reply->error_number = answer->failure->number;
	} else {
		reply->id = answer->result->id;
		reply->list = answer->result->entries;
		reply->n = answer->result->n;
	}
	*ret = reply;
	return 0;
}

/* --- as part of a document --- */

static void write_family(const struct net_cidr *cidr, const struct net_hosts *h, bool v6,
			 struct json_writer *w)
{
	struct net_cidr guest = { h->guest, cidr->prefix };
	char text[NET_CIDR_TEXT];

	jw_member_string(w, v6 ? "address6" : "address", net_cidr_format(&guest, text));
	jw_member_string(w, v6 ? "gateway6" : "gateway", net_address_format(&h->gateway, text));
}

void net_api_write_port(const struct net_api_port *p, struct json_writer *w)
{
	jw_object_begin(w);
	if (p->id)
		jw_member_u64(w, "id", p->id);
	jw_member_string(w, "protocol", p->protocol);
	jw_member_string(w, "hostAddress", p->host_address);
	jw_member_u64(w, "hostPort", p->host_port);
	jw_member_string(w, "containerAddress", p->guest_address);
	jw_member_u64(w, "containerPort", p->guest_port);
	jw_object_end(w);
}

static void write_configured(const struct net_config *c, struct json_writer *w)
{
	char host[NET_ADDRESS_TEXT], guest[NET_ADDRESS_TEXT];

	for (size_t i = 0; i < c->publish.n; i++) {
		const struct net_publish *p = &c->publish.items[i];
		bool v6 = p->address.family == AF_INET6;

		for (uint32_t n = 0; n < p->count; n++) {
			const struct net_api_port port = {
				.protocol = p->protocol == NET_UDP ? "udp" : "tcp",
				.host_address = net_address_format(&p->address, host),
				.guest_address = net_address_format(
					v6 ? &c->hosts6.guest : &c->hosts.guest, guest),
				.host_port = (uint16_t)(p->host_port + n),
				.guest_port = (uint16_t)(p->container_port + n),
			};

			net_api_write_port(&port, w);
		}
	}
}

void net_api_write_view(const struct net_api_view *v, struct json_writer *w)
{
	const struct net_config *c = v->config;
	char mac[3 * NET_MAC_SIZE + 1], text[NET_ADDRESS_TEXT];

	for (int i = 0; i < NET_MAC_SIZE; i++)
		snprintf(mac + i * 3, 4, "%02x:", (unsigned int)c->mac[i]);
	mac[sizeof(mac) - 2] = '\0'; /* the last colon */
	jw_object_begin(w);
	jw_member_string(w, "mode", net_mode_name(c->mode));
	jw_key(w, "helper");
	jw_object_begin(w);
	jw_member_bool(w, "running", v->helper);
	if (v->helper)
		jw_member_i64(w, "pid", v->helper);
	jw_object_end(w);
	jw_member_string(w, "interface", c->ifname);
	jw_member_string(w, "mac", mac);
	jw_member_u64(w, "mtu", c->mtu);
	write_family(&c->cidr, &c->hosts, false, w);
	if (c->ipv6)
		write_family(&c->cidr6, &c->hosts6, true, w);
	if (c->dns != NET_DNS_NONE)
		jw_member_string(w, "dns",
				 net_address_format(c->dns == NET_DNS_ADDRESS ? &c->nameserver
									      : &c->hosts.dns,
						    text));
	jw_member_string(w, "api", v->api);
	jw_key(w, "ports");
	jw_array_begin(w);
	for (size_t i = 0; i < v->n_ports; i++)
		net_api_write_port(&v->ports[i], w);
	if (!v->ports)
		write_configured(c, w);
	jw_array_end(w);
	jw_object_end(w);
}
