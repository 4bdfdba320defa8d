/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec --user: the word that the caller gives (first line of the input) and the
 * passwd or group file that the image gives (the rest). Oracles: no crash, no
 * read outside; an id is never 2^32-1; whoever is found has a line that begins
 * with his name; the count of memberships does not depend on the room for them,
 * and nothing is written behind it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/passwd.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

static bool has_line_of(const struct passwd_text *t, const struct user_word *w)
{
	for (size_t i = 0; i + w->len < t->len; i++)
		if ((i == 0 || t->s[i - 1] == '\n') && !memcmp(t->s + i, w->s, w->len) &&
		    t->s[i + w->len] == ':')
			return true;
	return false;
}

static void check_word(const struct user_word *w)
{
	bool digits = true;

	CHECK(w->len > 0);
	for (size_t i = 0; i < w->len; i++) {
		CHECK((unsigned char)w->s[i] > ' ' && w->s[i] != ':');
		digits = digits && w->s[i] >= '0' && w->s[i] <= '9';
	}
	CHECK(digits == w->is_id && w->id != UINT32_MAX && (w->is_id || w->id == 0));
}

static void check_memberships(const struct passwd_text *t, const struct user_word *w)
{
	size_t n = group_memberships(t, w, NULL, 0);
	uint32_t *gids = malloc((n + 1) * sizeof(*gids));

	CHECK(gids);
	gids[n] = 42;
	CHECK(group_memberships(t, w, gids, n) == n && gids[n] == 42);
	for (size_t i = 0; i < n; i++)
		CHECK(gids[i] != UINT32_MAX);
	free(gids);
}

static void look_up(const struct passwd_text *t, const struct user_word *w)
{
	struct passwd_user u;
	uint32_t gid;

	check_word(w);
	if (passwd_find_user(t, w, &u)) {
		CHECK(has_line_of(t, w) && u.uid != UINT32_MAX && u.gid != UINT32_MAX);
		CHECK(!u.home_len || (u.home >= t->s && u.home + u.home_len <= t->s + t->len));
		CHECK(!u.home_len ||
		      (!memchr(u.home, ':', u.home_len) && !memchr(u.home, '\n', u.home_len)));
	}
	if (group_find(t, w, &gid))
		CHECK(has_line_of(t, w) && gid != UINT32_MAX);
	check_memberships(t, w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t len = end ? (size_t)(end - data) : size;
	struct passwd_text t = { .len = end ? size - len - 1 : 0 };
	struct user_spec spec;
	char *word = malloc(len + 1), *text = malloc(t.len ? t.len : 1);

	CHECK(word && text);
	if (len)
		memcpy(word, data, len);
	word[len] = '\0';
	if (t.len)
		memcpy(text, end + 1, t.len);
	t.s = text;
	if (user_spec_parse(word, &spec) == 0) {
		look_up(&t, &spec.user);
		if (spec.has_group)
			look_up(&t, &spec.group);
	}
	free(word);
	free(text);
	return 0;
}
