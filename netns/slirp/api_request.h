/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of slirp4netns' API, as text and as values. Pure.
 *
 *   {"execute":"add_hostfwd","arguments":{"proto":"tcp","host_addr":"0.0.0.0","host_port":8080,
 *                                         "guest_addr":"10.0.2.100","guest_port":80}}
 *                                     {"return":{"id":42}}
 *   {"execute":"list_hostfwd"}        {"return":{"entries":[{"id":42,"proto":"tcp",...}]},...}
 *   {"execute":"remove_hostfwd","arguments":{"id":42}}
 *                                     {"return":{}}
 *   any                               {"error":{"desc":"...","errno":98}}, "hint" where there is one
 *
 * What its clients send is read as it reads it: no or an empty host_addr is 0.0.0.0, no or an
 * empty guest_addr is the container's; proto is tcp or udp, with 4 or 6 behind it where the
 * family is meant (tcp6 with 0.0.0.0 is ::); other members are passed over. Where it looks
 * at a beginning, we do at all of it: missing and wrong types, ports out of range, keys twice.
 */
#ifndef URUN_NETNS_SLIRP_API_REQUEST_H
#define URUN_NETNS_SLIRP_API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "netns/slirp/ports.h"

enum { API_REQUEST_MAX = 64 << 10 };

/* Where the first request of a stream ends, found as the bytes come. All 0 at its start. */
struct api_frame {
	size_t at; /* looked at */
	unsigned int depth;
	bool in_string, escaped;
};

enum api_verb {
	API_ADD,
	API_LIST,
	API_REMOVE,
};

struct api_request {
	enum api_verb verb;
	struct port port; /* API_ADD */
	uint32_t id;      /* API_REMOVE */
};

/*
 * `text` begins as in the calls before, without blanks, and may have grown to `len`. 1: the
 * request is its first *ret_len bytes; 0: there is more to come; -EINVAL: it is none, and where
 * the next one would begin is not known.
 */
int api_frame(struct api_frame *f, const char *text, size_t len, size_t *ret_len, struct error *e);

/* -EINVAL, -ENOMEM. */
int api_request_parse(const char *text, size_t len, struct api_request *ret, struct error *e);

/* Answers, each with its newline. strbuf_error(). */
void api_answer_error(struct strbuf *b, const struct error *e);
void api_answer_id(struct strbuf *b, uint32_t id);
void api_answer_nothing(struct strbuf *b);

/*
 * The list goes out in pieces. slirp4netns 1.3 puts "entries" at the top, and its
 * manual below "return": clients read the one or the other, so it is in both places.
 */
enum api_list {
	API_LIST_NONE,
	API_LIST_BEGIN,
	API_LIST_RETURN, /* in {"return":{"entries":[ */
	API_LIST_TOP,    /* in "entries":[ */
};

struct api_cursor {
	enum api_list where;
	uint32_t after; /* the id written last; 0: none */
};

/*
 * The next piece, until `b` has `until` bytes or a little more. The first cursor has
 * API_LIST_BEGIN, behind the last piece it has API_LIST_NONE.
 */
void api_answer_list(struct strbuf *b, const struct ports *p, struct api_cursor *c, size_t until);

#endif
