/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See subid.h. The text is walked twice, to count and to fill, so memory is
 * bounded by the lines that match. The rules are those of shadow's newuidmap,
 * which has the last word: a map built from lines that it would not accept is
 * refused by it.
 */
#include "userns/subid.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"

enum { FIRST_FREE = 100000 }; /* SUB_UID_MIN of login.defs(5) */

const char *subid_file(enum subid_kind kind)
{
	return kind == SUBID_GID ? "/etc/subgid" : "/etc/subuid";
}

static bool is_owner(const char *field, size_t len, const struct subid_owner *owner)
{
	const char *p = field;
	uint64_t v;

	if (owner->any)
		return len > 0;
	if (owner->name && strlen(owner->name) == len && memcmp(owner->name, field, len) == 0)
		return true;
	return parse_u64_at(&p, &v) == 0 && p == field + len && v == owner->uid;
}

/* "FIRST:COUNT" up to the line's end. */
static bool parse_range(const char *p, const char *end, struct id_range *ret)
{
	uint64_t first, count;

	if (parse_u64_at(&p, &first) < 0 || *p != ':')
		return false;
	p++;
	if (parse_u64_at(&p, &count) < 0 || p != end)
		return false;
	if (count == 0 || first >= UINT32_MAX || count > UINT32_MAX - first)
		return false;
	*ret = (struct id_range){ .first = (uint32_t)first, .count = (uint32_t)count };
	return true;
}

/* One pass; r->r may be NULL (count only). */
static void scan(const char *text, const struct subid_owner *owner, struct id_ranges *r)
{
	r->n = 0;
	r->n_malformed = 0;
	while (*text) {
		const char *end = text + strcspn(text, "\n");
		size_t len = strcspn(text, ":\n");
		struct id_range one;

		if (text[len] == ':' && is_owner(text, len, owner)) {
			if (!parse_range(text + len + 1, end, &one))
				r->n_malformed++;
			else if (r->r)
				r->r[r->n++] = one;
			else
				r->n++;
		}
		text = *end ? end + 1 : end;
	}
}

static int compare(const void *a, const void *b)
{
	const struct id_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void id_ranges_normalize(struct id_ranges *r)
{
	size_t n = 0;

	if (r->n == 0)
		return;
	qsort(r->r, r->n, sizeof(*r->r), compare);
	for (size_t i = 1; i < r->n; i++) {
		struct id_range *last = &r->r[n];
		uint64_t end = (uint64_t)last->first + last->count;
		uint64_t end_i = (uint64_t)r->r[i].first + r->r[i].count;

		if (r->r[i].first > end) {
			r->r[++n] = r->r[i];
		} else if (end_i > end) {
			last->count = (uint32_t)(end_i - last->first);
		}
	}
	r->n = n + 1;
}

int subid_parse(struct arena *a, const char *text, const struct subid_owner *owner,
		struct id_ranges *ret)
{
	struct id_ranges r = { 0 };

	scan(text, owner, &r);
	if (r.n > 0) {
		r.r = arena_calloc(a, r.n, sizeof(*r.r));
		if (!r.r)
			return -ENOMEM;
		scan(text, owner, &r);
		id_ranges_normalize(&r);
	}
	*ret = r;
	return 0;
}

bool id_ranges_has(const struct id_ranges *r, uint32_t first, uint32_t count)
{
	for (size_t i = 0; i < r->n; i++)
		if (first >= r->r[i].first &&
		    (uint64_t)first + count <= (uint64_t)r->r[i].first + r->r[i].count)
			return true;
	return false;
}

const char *id_ranges_describe(const struct id_ranges *r, char *buf, size_t len)
{
	size_t used = 0;

	if (len == 0)
		return "";
	snprintf(buf, len, "%s", r->n ? "" : "none");
	for (size_t i = 0; i < r->n && used < len; i++) {
		int n = snprintf(buf + used, len - used, "%s%u..%llu", i ? ", " : "", r->r[i].first,
				 (unsigned long long)r->r[i].first + r->r[i].count - 1);

		if (n < 0)
			break;
		used += (size_t)n;
	}
	if (used >= len && len > 4)
		memcpy(buf + len - 4, "...", 4);
	return buf;
}

int id_ranges_without(struct arena *a, const struct id_ranges *r, uint32_t id,
		      struct id_ranges *ret)
{
	struct id_ranges out = { .n_malformed = r->n_malformed };

	out.r = arena_calloc(a, r->n + 1, sizeof(*out.r));
	if (!out.r)
		return -ENOMEM;
	for (size_t i = 0; i < r->n; i++) {
		struct id_range one = r->r[i];

		if (id < one.first || id - one.first >= one.count) {
			out.r[out.n++] = one;
			continue;
		}
		if (id > one.first)
			out.r[out.n++] = (struct id_range){ one.first, id - one.first };
		if (id - one.first + 1 < one.count)
			out.r[out.n++] =
				(struct id_range){ id + 1, one.count - (id - one.first) - 1 };
	}
	*ret = out;
	return 0;
}

int subid_load(struct arena *a, const struct userns_host *h, const struct subid_owner *owner,
	       enum subid_kind kind, struct id_ranges *ret)
{
	const char *name = path_base(subid_file(kind));
	char *text;
	int r;

	h = h ? h : &userns_host_default;
	if (!owner->any && userns_host_has_nss(h, "subid")) {
		r = subid_library_load(a, owner, kind, ret);
		if (r == 0)
			return 0;
		log_debug("libsubid gave no answer (%s), reading '%s/%s'", error_words(-r), h->etc,
			  name);
	}
	r = userns_host_read(a, h->etc, name, &text, NULL);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		if (r != -ENOENT)
			log_warning("read '%s/%s': %s", h->etc, name, error_words(-r));
		*ret = (struct id_ranges){ 0 };
		return 0;
	}
	return subid_parse(a, text, owner, ret);
}

/* First id after `start` that blocks a range of `count` ids; moves start behind it. */
static bool skip_taken(const struct id_ranges *r, uint32_t count, uint64_t *start)
{
	for (size_t i = 0; i < r->n; i++) {
		uint64_t end = (uint64_t)r->r[i].first + r->r[i].count;

		if (*start < end && r->r[i].first < *start + count) {
			*start = end;
			return true;
		}
	}
	return false;
}

uint32_t subid_find_free(const struct id_ranges *uids, const struct id_ranges *gids, uint32_t count)
{
	uint64_t start = FIRST_FREE;

	while (skip_taken(uids, count, &start) || skip_taken(gids, count, &start))
		;
	return start + count <= UINT32_MAX ? (uint32_t)start : 0;
}
