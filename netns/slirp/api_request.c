/* SPDX-License-Identifier: Apache-2.0 */
/* See api_request.h. */
#include "netns/slirp/api_request.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "json/decode.h"
#include "json/write.h"

enum { SHOWN_MAX = 60 }; /* of a wrong word */

/* ---- the stream */

int api_frame(struct api_frame *f, const char *text, size_t len, size_t *ret_len, struct error *e)
{
	for (; f->at < len; f->at++) {
		char c = text[f->at];

		if (f->at == 0 && c != '{')
			return error_msg(e, EINVAL, "bad request: it does not begin with '{'");
		if (f->in_string) {
			/* None is allowed in a string: its end is missing. */
			if (c == '\n')
				return error_msg(e, EINVAL, "bad request: a string without an end");
			f->in_string = f->escaped || c != '"';
			f->escaped = !f->escaped && c == '\\';
		} else if (c == '"') {
			f->in_string = true;
		} else if (c == '{' || c == '[') {
			f->depth++;
		} else if ((c == '}' || c == ']') && --f->depth == 0) {
			*ret_len = f->at + 1;
			*f = (struct api_frame){ .at = 0 };
			return 1;
		}
	}
	return 0;
}

/* ---- a request */

struct arguments {
	const char *proto, *host_addr, *guest_addr;
	int64_t host_port, guest_port, id;
	bool has_host_port, has_guest_port, has_id;
};

struct document {
	const char *execute;
	struct arguments arguments;
};

#define A struct arguments
#define D struct document

static const struct json_field argument_fields[] = {
	{ JSON_ROW("proto", JSON_STRING, const char *, A, proto) },
	{ JSON_ROW("host_addr", JSON_STRING, const char *, A, host_addr) },
	{ JSON_ROW("host_port", JSON_I64, int64_t, A, host_port), JSON_HAS(A, has_host_port) },
	{ JSON_ROW("guest_addr", JSON_STRING, const char *, A, guest_addr) },
	{ JSON_ROW("guest_port", JSON_I64, int64_t, A, guest_port), JSON_HAS(A, has_guest_port) },
	{ JSON_ROW("id", JSON_I64, int64_t, A, id), JSON_HAS(A, has_id) },
};
static const struct json_object arguments_schema = { JSON_TABLE(A, argument_fields) };

static const struct json_field fields[] = {
	{ JSON_ROW("execute", JSON_STRING, const char *, D, execute), .required = true },
	{ JSON_ROW("arguments", JSON_OBJECT, struct arguments, D, arguments),
	  .sub = &arguments_schema },
};
static const struct json_object schema = { JSON_TABLE(D, fields) };

static int missing(const char *name, const char *what, struct error *e)
{
	return error_msg(e, EINVAL, "bad request: .arguments.%s: missing, %s is expected", name,
			 what);
}

static int wrong(const char *name, const char *value, const char *why, struct error *e)
{
	char shown[SHOWN_MAX];

	json_quote(value, strlen(value), shown, sizeof(shown));
	return error_msg(e, EINVAL, "bad request: .arguments.%s: '%s' %s", name, shown, why);
}

/* *ret_family: AF_UNSPEC where the word does not say. */
static int read_proto(const char *s, enum net_protocol *ret, int *ret_family, struct error *e)
{
	static const struct {
		const char *word;
		enum net_protocol protocol;
		int family;
	} words[] = {
		{ "tcp", NET_TCP, AF_UNSPEC }, { "tcp4", NET_TCP, AF_INET },
		{ "tcp6", NET_TCP, AF_INET6 }, { "udp", NET_UDP, AF_UNSPEC },
		{ "udp4", NET_UDP, AF_INET },  { "udp6", NET_UDP, AF_INET6 },
	};

	if (!s)
		return missing("proto", "'tcp' or 'udp'", e);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(s, words[i].word) == 0) {
			*ret = words[i].protocol;
			*ret_family = words[i].family;
			return 0;
		}
	return wrong("proto", s, "is neither tcp nor udp", e);
}

static int read_port(const char *name, bool has, int64_t port, uint16_t *ret, struct error *e)
{
	if (!has)
		return missing(name, "a port", e);
	if (port < 1 || port > UINT16_MAX)
		return error_msg(e, EINVAL, "bad request: .arguments.%s: %lld is not in 1..65535",
				 name, (long long)port);
	*ret = (uint16_t)port;
	return 0;
}

static bool is_given(const char *s)
{
	return s && *s;
}

static int read_host(const char *s, int family, struct net_address *ret, struct error *e)
{
	*ret = (struct net_address){ .family = family == AF_INET6 ? AF_INET6 : AF_INET };
	if (!is_given(s) || (family == AF_INET6 && strcmp(s, "0.0.0.0") == 0))
		return 0;
	if (net_address_parse(s, family, ret) == 0)
		return 0;
	return wrong("host_addr", s,
		     family == AF_INET    ? "is no IPv4 address"
		     : family == AF_INET6 ? "is no IPv6 address"
					  : "is no address",
		     e);
}

static int read_guest(const char *s, int family, struct net_address *ret, struct error *e)
{
	if (!is_given(s) || net_address_parse(s, family, ret) == 0)
		return 0;
	return wrong("guest_addr", s,
		     family == AF_INET6 ? "is no IPv6 address, as host_addr is"
					: "is no IPv4 address, as host_addr is",
		     e);
}

static int read_add(const struct arguments *a, struct port *ret, struct error *e)
{
	int family = AF_UNSPEC, s = read_proto(a->proto, &ret->protocol, &family, e);

	if (s == 0)
		s = read_host(a->host_addr, family, &ret->host, e);
	if (s == 0)
		s = read_port("host_port", a->has_host_port, a->host_port, &ret->host_port, e);
	if (s == 0)
		s = read_guest(a->guest_addr, ret->host.family, &ret->guest, e);
	if (s == 0)
		s = read_port("guest_port", a->has_guest_port, a->guest_port, &ret->guest_port, e);
	return s;
}

static int read_remove(const struct arguments *a, uint32_t *ret, struct error *e)
{
	if (!a->has_id)
		return missing("id", "the number of a published port", e);
	if (a->id < 1 || a->id > INT32_MAX)
		return error_msg(e, EINVAL, "bad request: .arguments.id: %lld is no such number",
				 (long long)a->id);
	*ret = (uint32_t)a->id;
	return 0;
}

static int read_document(const struct document *d, struct api_request *ret, struct error *e)
{
	static const char *const verbs[] = {
		[API_ADD] = "add_hostfwd",
		[API_LIST] = "list_hostfwd",
		[API_REMOVE] = "remove_hostfwd",
	};
	char shown[SHOWN_MAX];
	size_t verb = 0;

	while (verb < ARRAY_SIZE(verbs) && strcmp(d->execute, verbs[verb]) != 0)
		verb++;
	if (verb == ARRAY_SIZE(verbs)) {
		json_quote(d->execute, strlen(d->execute), shown, sizeof(shown));
		return error_msg(e, EINVAL,
				 "bad request: unknown execute '%s', there are add_hostfwd, "
				 "list_hostfwd and remove_hostfwd",
				 shown);
	}
	ret->verb = (enum api_verb)verb;
	if (ret->verb == API_ADD)
		return read_add(&d->arguments, &ret->port, e);
	return ret->verb == API_REMOVE ? read_remove(&d->arguments, &ret->id, e) : 0;
}

int api_request_parse(const char *text, size_t len, struct api_request *ret, struct error *e)
{
	const struct json_source src = { .name = "bad request", .text = text, .len = len };
	cleanup_arena struct arena a = ARENA_INIT;
	struct api_request got = { .verb = API_LIST };
	void *document;
	int s = json_decode(&a, &src, &schema, &document, e);

	if (s == 0)
		s = read_document(document, &got, e);
	if (s == 0)
		*ret = got;
	return s;
}

/* ---- answers */

void api_answer_error(struct strbuf *b, const struct error *e)
{
	struct json_writer w;

	jw_init(&w, b, false);
	jw_object_begin(&w);
	jw_key(&w, "error");
	jw_object_begin(&w);
	jw_member_string(&w, "desc", e->msg);
	jw_member_i64(&w, "errno", e->code);
	if (*e->hint)
		jw_member_string(&w, "hint", e->hint);
	jw_object_end(&w);
	jw_object_end(&w);
	strbuf_addc(b, '\n');
}

void api_answer_id(struct strbuf *b, uint32_t id)
{
	strbuf_addf(b, "{\"return\":{\"id\":%u}}\n", id);
}

void api_answer_nothing(struct strbuf *b)
{
	strbuf_adds(b, "{\"return\":{}}\n");
}

static void add_port(struct strbuf *b, const struct port *p)
{
	char host[NET_ADDRESS_TEXT], guest[NET_ADDRESS_TEXT];

	strbuf_addf(b,
		    "{\"id\":%u,\"proto\":\"%s\",\"host_addr\":\"%s\",\"host_port\":%u,"
		    "\"guest_addr\":\"%s\",\"guest_port\":%u}",
		    p->id, port_protocol_name(p->protocol), net_address_format(&p->host, host),
		    (unsigned int)p->host_port, net_address_format(&p->guest, guest),
		    (unsigned int)p->guest_port);
}

void api_answer_list(struct strbuf *b, const struct ports *p, struct api_cursor *c, size_t until)
{
	if (c->where == API_LIST_BEGIN) {
		strbuf_adds(b, "{\"return\":{\"entries\":[");
		c->where = API_LIST_RETURN;
	}
	while (c->where != API_LIST_NONE && b->len < until) {
		const struct port *next = ports_after(p, c->after);

		if (next) {
			if (c->after)
				strbuf_addc(b, ',');
			add_port(b, next);
			c->after = next->id;
		} else if (c->where == API_LIST_RETURN) {
			strbuf_adds(b, "]},\"entries\":[");
			*c = (struct api_cursor){ .where = API_LIST_TOP };
		} else {
			strbuf_adds(b, "]}\n");
			*c = (struct api_cursor){ .where = API_LIST_NONE };
		}
		if (strbuf_error(b))
			return;
	}
}
