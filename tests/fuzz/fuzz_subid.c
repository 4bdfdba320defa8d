/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /etc/subuid, passwd and nsswitch.conf from hostile bytes: the first line of the
 * input is the user ("NAME:UID", or "*" for whoever), the rest the file.
 * Oracles: no crash, no read outside; the ranges are sorted, apart from each other,
 * and hold exactly the ids that some line grants, read here by hand; taking an
 * id out takes no other; what is called free is in no line.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "userns/host.h"
#include "userns/subid.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

/* Digits alone, up to the end; more than 10^12 stays there. */
static bool read_number(const char *s, size_t len, uint64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*ret = *ret * 10 + (uint64_t)(s[i] - '0');
		if (*ret > UINT64_C(1000000000000))
			*ret = UINT64_C(1000000000000);
	}
	return len > 0;
}

static bool is_mine(const char *s, size_t len, const struct subid_owner *owner)
{
	uint64_t uid;

	if (owner->any)
		return len > 0;
	if (owner->name && strlen(owner->name) == len && memcmp(owner->name, s, len) == 0)
		return true;
	return read_number(s, len, &uid) && uid == owner->uid;
}

/* The range that a line grants; false: none. */
static bool read_line(const char *s, size_t len, const struct subid_owner *owner,
		      uint64_t *ret_first, uint64_t *ret_count)
{
	const char *one = memchr(s, ':', len), *two;

	if (!one || !is_mine(s, (size_t)(one - s), owner))
		return false;
	one++;
	two = memchr(one, ':', len - (size_t)(one - s));
	if (!two || !read_number(one, (size_t)(two - one), ret_first) ||
	    !read_number(two + 1, len - (size_t)(two + 1 - s), ret_count))
		return false;
	/* 2^32-1 is no id. */
	return *ret_count > 0 && *ret_first + *ret_count <= UINT32_MAX;
}

/* Does a line grant this id? */
static bool is_granted(const char *text, const struct subid_owner *owner, uint64_t id)
{
	uint64_t first, count;

	for (size_t len; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (read_line(text, len, owner, &first, &count) && id >= first &&
		    id < first + count)
			return true;
	}
	return false;
}

static void check_lines(const char *text, const struct subid_owner *owner,
			const struct id_ranges *r)
{
	uint64_t first, count;

	for (size_t len; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (read_line(text, len, owner, &first, &count))
			CHECK(id_ranges_has(r, (uint32_t)first, (uint32_t)count));
	}
}

static void check_ranges(const char *text, const struct subid_owner *owner,
			 const struct id_ranges *r)
{
	uint64_t end = 0;

	for (size_t i = 0; i < r->n; i++) {
		uint64_t first = r->r[i].first;

		/* With an id between them: neighbours are one. */
		CHECK(r->r[i].count > 0 && (i == 0 || first > end));
		end = first + r->r[i].count;
		CHECK(end <= UINT32_MAX);
		CHECK(is_granted(text, owner, first) && is_granted(text, owner, end - 1));
		CHECK(first == 0 || !is_granted(text, owner, first - 1));
		CHECK(!is_granted(text, owner, end));
	}
}

/* Its words, in as much room as there is and not a byte more. */
static void check_words(const struct id_ranges *r)
{
	static const size_t rooms[] = { 1, 4, 5, 6, 20, 40, 100 };

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		char *buf = malloc(rooms[i]);

		CHECK(buf);
		CHECK(id_ranges_describe(r, buf, rooms[i]) == buf && strlen(buf) < rooms[i]);
		free(buf);
	}
}

static void check_without(struct arena *a, const struct id_ranges *r, uint32_t id)
{
	struct id_ranges out;

	CHECK(id_ranges_without(a, r, id, &out) == 0);
	CHECK(!id_ranges_has(&out, id, 1));
	for (size_t i = 0; i < r->n; i++) {
		uint32_t last = r->r[i].first + r->r[i].count - 1;

		CHECK(id_ranges_has(&out, r->r[i].first, 1) == (r->r[i].first != id));
		CHECK(id_ranges_has(&out, last, 1) == (last != id));
	}
}

static void check_free(struct arena *a, const char *text, const struct id_ranges *mine)
{
	static const struct subid_owner all = { .any = true };
	static const uint32_t counts[] = { 1, 65536, 4000000000U };
	struct id_ranges r;

	CHECK(subid_parse(a, text, &all, &r) == 0);
	check_ranges(text, &all, &r);
	for (size_t i = 0; i < mine->n; i++)
		CHECK(id_ranges_has(&r, mine->r[i].first, mine->r[i].count));
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		uint32_t start = subid_find_free(mine, &r, counts[i]);
		uint64_t end = (uint64_t)start + counts[i];

		if (start == 0)
			continue;
		CHECK(start >= 100000 && end <= UINT32_MAX);
		for (size_t j = 0; j < r.n; j++)
			CHECK(end <= r.r[j].first ||
			      start >= (uint64_t)r.r[j].first + r.r[j].count);
	}
}

static void try_text(const char *text, const struct subid_owner *owner)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct id_ranges r;
	const char *name;

	CHECK(subid_parse(&a, text, owner, &r) == 0);
	check_lines(text, owner, &r);
	check_ranges(text, owner, &r);
	check_words(&r);
	check_without(&a, &r, owner->uid);
	check_without(&a, &r, r.n ? r.r[r.n / 2].first : 0);
	check_without(&a, &r, r.n ? r.r[0].first + r.r[0].count / 2 : 1);
	check_free(&a, text, &r);

	name = passwd_find_name(&a, text, owner->uid);
	if (name)
		CHECK(*name && !strpbrk(name, ":\n") && strstr(text, name));
	(void)nsswitch_has_other(text, "subid");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = malloc(size + 1), *text, *colon;
	struct subid_owner owner = { 0 };
	size_t len;

	CHECK(all);
	if (size)
		memcpy(all, data, size);
	all[size] = '\0';
	len = strcspn(all, "\n");
	/* A block of its own, so that a read before its begin is seen as well. */
	text = strdup(all + len + (all[len] == '\n'));
	CHECK(text);
	all[len] = '\0';
	colon = strchr(all, ':');
	if (colon) {
		*colon = '\0';
		owner.uid = (uid_t)strtoul(colon + 1, NULL, 10);
	}
	owner.any = strcmp(all, "*") == 0;
	owner.name = *all ? all : NULL;
	try_text(text, &owner);
	free(text);
	free(all);
	return 0;
}
