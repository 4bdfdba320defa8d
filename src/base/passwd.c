/* SPDX-License-Identifier: Apache-2.0 */
/* See passwd.h. Everything is a slice of the text: nothing is cut or copied. */
#include "base/passwd.h"

#include <errno.h>
#include <string.h>

enum {
	PASSWD_FIELDS = 7, /* name:password:uid:gid:gecos:home:shell */
	GROUP_FIELDS = 4,  /* name:password:gid:members */
};

struct slice {
	const char *s;
	size_t len;
};

/* Takes the part before the next `by` off the front of rest; false at its end. */
static bool next_part(struct slice *rest, char by, struct slice *ret)
{
	const char *end;

	if (!rest->s)
		return false;
	end = rest->len ? memchr(rest->s, by, rest->len) : NULL;
	*ret = (struct slice){ rest->s, end ? (size_t)(end - rest->s) : rest->len };
	if (end)
		*rest = (struct slice){ end + 1, rest->len - ret->len - 1 };
	else
		*rest = (struct slice){ 0 };
	return true;
}

static bool is_word(const struct slice *s, const struct user_word *w)
{
	return s->len == w->len && s->len && !memcmp(s->s, w->s, s->len);
}

/* Decimal digits only; -1 is no id: it means "no change" to the kernel. */
static bool parse_id(const struct slice *s, uint32_t *ret)
{
	uint64_t v = 0;

	if (!s->len)
		return false;
	for (size_t i = 0; i < s->len; i++) {
		if (s->s[i] < '0' || s->s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s->s[i] - '0');
		if (v >= UINT32_MAX)
			return false;
	}
	*ret = (uint32_t)v;
	return true;
}

/* Splits the next line that is no comment into n fields; missing ones are empty. */
static bool next_line(struct slice *text, struct slice *fields, size_t n)
{
	struct slice line;

	while (next_part(text, '\n', &line)) {
		if (!line.len || line.s[0] == '#')
			continue;
		for (size_t i = 0; i < n; i++)
			if (!next_part(&line, ':', &fields[i]))
				fields[i] = (struct slice){ "", 0 };
		return true;
	}
	return false;
}

bool passwd_find_user(const struct passwd_text *t, const struct user_word *name,
		      struct passwd_user *ret)
{
	struct slice rest = { t->s, t->len }, f[PASSWD_FIELDS];
	struct passwd_user u;

	while (next_line(&rest, f, PASSWD_FIELDS)) {
		if (!is_word(&f[0], name) || !parse_id(&f[2], &u.uid) || !parse_id(&f[3], &u.gid))
			continue;
		u.home = f[5].s;
		u.home_len = f[5].len;
		*ret = u;
		return true;
	}
	return false;
}

bool group_find(const struct passwd_text *t, const struct user_word *name, uint32_t *ret)
{
	struct slice rest = { t->s, t->len }, f[GROUP_FIELDS];

	while (next_line(&rest, f, GROUP_FIELDS))
		if (is_word(&f[0], name) && parse_id(&f[2], ret))
			return true;
	return false;
}

static bool has_member(struct slice members, const struct user_word *user)
{
	struct slice one;

	while (next_part(&members, ',', &one))
		if (is_word(&one, user))
			return true;
	return false;
}

size_t group_memberships(const struct passwd_text *t, const struct user_word *user, uint32_t *ret,
			 size_t max)
{
	struct slice rest = { t->s, t->len }, f[GROUP_FIELDS];
	size_t n = 0;

	while (next_line(&rest, f, GROUP_FIELDS)) {
		uint32_t gid;

		if (!has_member(f[3], user) || !parse_id(&f[2], &gid))
			continue;
		if (n < max)
			ret[n] = gid;
		n++;
	}
	return n;
}

/* --- "user[:group]" --- */

static bool is_name(const struct slice *s)
{
	if (!s->len || s->len > PASSWD_NAME_MAX || strchr("+-~#", s->s[0]))
		return false;
	for (size_t i = 0; i < s->len; i++) {
		unsigned char c = (unsigned char)s->s[i];

		if (c <= ' ' || c == 0x7f || c == ',' || c == '/' || c == ':')
			return false;
	}
	return true;
}

static bool is_number(const struct slice *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->s[i] < '0' || s->s[i] > '9')
			return false;
	return s->len;
}

static int parse_word(const struct slice *s, struct user_word *ret)
{
	uint32_t id = 0;
	bool is_id = is_number(s);

	if (is_id ? !parse_id(s, &id) : !is_name(s))
		return -EINVAL;
	*ret = (struct user_word){ .s = s->s, .len = s->len, .id = id, .is_id = is_id };
	return 0;
}

int user_spec_parse(const char *text, struct user_spec *ret)
{
	struct slice rest = { text, strlen(text) }, user, group;
	struct user_spec spec = { .has_group = false };

	if (!next_part(&rest, ':', &user) || parse_word(&user, &spec.user) < 0)
		return -EINVAL;
	spec.has_group = next_part(&rest, ':', &group);
	if (spec.has_group && (rest.s || parse_word(&group, &spec.group) < 0))
		return -EINVAL;
	*ret = spec;
	return 0;
}
