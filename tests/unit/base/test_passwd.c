/* SPDX-License-Identifier: Apache-2.0 */
/* E14: users and groups by name, from files that an image may have forged. */
#include "base/passwd.h"

#include <errno.h>

#include "../tap.h"
#include "base/cleanup.h"

static const struct user_word *word(const char *s)
{
	static struct user_spec spec;

	if (user_spec_parse(s, &spec) < 0 || spec.has_group)
		return NULL;
	return &spec.user;
}

static void test_spec(void)
{
	static const char *const bad[] = { "",    ":",           "1:",    ":1",
					   "a:",  ":a",          "1:2:3", "a:b:c",
					   " 1",  "1 ",          "+1",    "-1",
					   "1\n", "a b",         "a,b",   "4294967295",
					   "~a",  "1:\t",        "#a",    "18446744073709551616",
					   "a/b", "1:4294967295" };
	struct user_spec s;
	char name[PASSWD_NAME_MAX + 2];

	ok(user_spec_parse("0", &s) == 0 && s.user.is_id && s.user.id == 0 && !s.has_group,
	   "E14 UID");
	ok(user_spec_parse("4294967294:7", &s) == 0 && s.user.id == 4294967294 && s.has_group &&
		   s.group.is_id && s.group.id == 7,
	   "E14 UID:GID");
	ok(user_spec_parse("www-data:wheel", &s) == 0 && !s.user.is_id && s.user.len == 8 &&
		   !memcmp(s.user.s, "www-data", 8) && !s.group.is_id && s.group.len == 5,
	   "E14 NAME:GROUP");
	ok(user_spec_parse("bob:10", &s) == 0 && !s.user.is_id && s.group.is_id && s.group.id == 10,
	   "E14 NAME:GID");
	ok(user_spec_parse("1a", &s) == 0 && !s.user.is_id && s.user.id == 0,
	   "E14 half a number is a name");
	ok(user_spec_parse("0x1", &s) == 0 && !s.user.is_id, "E14 0x1 is a name");
	s.user.id = 42;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(user_spec_parse(bad[i], &s) == -EINVAL && s.user.id == 42,
		   "E14 refused: row %zu", i);
	memset(name, 'a', sizeof(name));
	name[PASSWD_NAME_MAX] = '\0';
	ok(user_spec_parse(name, &s) == 0, "E14 a name of 256");
	name[PASSWD_NAME_MAX] = 'a';
	name[PASSWD_NAME_MAX + 1] = '\0';
	ok(user_spec_parse(name, &s) == -EINVAL, "E14 a name of 257");
}

#define TEXT(s)                     \
	&(const struct passwd_text) \
	{                           \
		s, sizeof(s) - 1    \
	}

static void test_users(void)
{
	const struct passwd_text *t = TEXT("root:x:0:0:root:/root:/bin/sh\n"
					   "\n"
					   "#no:x:1:1::/:\n"
					   "short:x:7:8\n"
					   "bad:x:1a:1::/:\n"
					   "big:x:4294967295:1::/:\n"
					   "wrap:x:4294967296:1::/:\n"
					   "neg:x:-1:1::/:\n"
					   "none:x::1::/:\n"
					   "bob:x:1000:1001:Bob,,,:/home/bob:/bin/sh\n"
					   "bob:x:0:0::/root:/bin/sh\n"
					   ":x:5:5::/:\n"
					   "nul\0l:x:6:6::/:\n"
					   "last:x:9:9::/last:/bin/sh");
	static const char *const none[] = { "bo",   "bobb", "no",   "bad", "big",
					    "wrap", "neg",  "none", "nul", "x" };
	struct passwd_user u = { .uid = 42 };

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		ok(!passwd_find_user(t, word(none[i]), &u) && u.uid == 42, "E14 no user '%s'",
		   none[i]);
	ok(passwd_find_user(t, word("root"), &u) && u.uid == 0 && u.gid == 0, "E14 root");
	ok(passwd_find_user(t, word("bob"), &u) && u.uid == 1000 && u.gid == 1001 &&
		   u.home_len == 9 && !memcmp(u.home, "/home/bob", 9),
	   "E14 the first line of a name");
	ok(passwd_find_user(t, word("short"), &u) && u.uid == 7 && u.gid == 8 && !u.home_len,
	   "E14 a line without home");
	ok(passwd_find_user(t, word("last"), &u) && u.uid == 9, "E14 a last line without newline");
	ok(!passwd_find_user(TEXT(""), word("root"), &u), "E14 an empty file");
	ok(!passwd_find_user(TEXT("root"), word("root"), &u), "E14 a name alone");
}

static void test_groups(void)
{
	const struct passwd_text *t = TEXT("root:x:0:\n"
					   "wheel:x:10:root,bob\n"
					   "video:x:44:bobby,alice\n"
					   "bare:x:45\n"
					   "#c:x:46:bob\n"
					   "bad:x:4294967295:bob\n"
					   "twice:x:47:bob,bob\n"
					   "audio:x:63:bob:bob\n"
					   "end:x:48:,,bob");
	uint32_t gid = 0, gids[3] = { 0, 0, 4242 };

	ok(group_find(t, word("wheel"), &gid) && gid == 10, "E14 a group");
	ok(group_find(t, word("bare"), &gid) && gid == 45, "E14 a group without members");
	ok(!group_find(t, word("whee"), &gid) && !group_find(t, word("bad"), &gid) && gid == 45,
	   "E14 no such group");
	is_int((long long)group_memberships(t, word("bob"), gids, 2), 4, "E14 bob is in four");
	ok(gids[0] == 10 && gids[1] == 47 && gids[2] == 4242, "E14 as many as there is room for");
	is_int((long long)group_memberships(t, word("bobby"), gids, 3), 1, "E14 bobby is in one");
	is_int((long long)group_memberships(t, word("root"), NULL, 0), 1, "E14 counted only");
	is_int((long long)group_memberships(t, word("eve"), NULL, 0), 0, "E14 in none");
}

int main(void)
{
	test_spec();
	test_users();
	test_groups();
	return tap_done();
}
