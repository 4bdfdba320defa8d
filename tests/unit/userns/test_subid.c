/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/subuid in all the forms that are met, and who the user is. */
#include <errno.h>

#include "tests/unit/tap.h"
#include "tests/unit/userns/fixture.h"
#include "userns/subid.h"

static const struct subid_owner ana = { .name = "ana", .uid = 1000 };

/* The ranges as text, and the count of lines skipped. */
static const char *parsed(const char *text, const struct subid_owner *owner)
{
	static char buf[256];
	cleanup_arena struct arena a = ARENA_INIT;
	struct id_ranges r;
	char list[200];

	if (subid_parse(&a, text, owner, &r) < 0)
		return "error";
	snprintf(buf, sizeof(buf), "%s/%zu", id_ranges_describe(&r, list, sizeof(list)),
		 r.n_malformed);
	return buf;
}

static void test_lines(void)
{
	static const struct subid_owner nobody = { .uid = 1000 };

	is_str(parsed("ana:100000:65536\n", &ana), "100000..165535/0", "I03 a line by name");
	is_str(parsed("1000:100000:65536\n", &ana), "100000..165535/0",
	       "I03 numeric subuid lines count");
	is_str(parsed("1000:100000:65536\n", &nobody), "100000..165535/0",
	       "I14 a user without a name has his numeric lines");
	is_str(parsed("bob:1:1\nana:100000:10\nbob:2:2\n1000:300000:10\nana:200000:10\n", &ana),
	       "100000..100009, 200000..200009, 300000..300009/0", "I03 every line counts, sorted");
	is_str(parsed("ana:100000:10\nana:100010:10\n", &ana), "100000..100019/0",
	       "adjacent ranges are joined");
	is_str(parsed("ana:100000:100\n1000:100050:100\nana:100010:5\n", &ana), "100000..100149/0",
	       "overlapping ranges are joined");
	is_str(parsed("ana:100000:10", &ana), "100000..100009/0", "no newline at the end");
	is_str(parsed("", &ana), "none/0", "an empty file");
	is_str(parsed("\n\n\n", &ana), "none/0", "empty lines");
	is_str(parsed("anab:1:1\nan:1:1\n10001:1:1\n:1:1\n", &ana), "none/0", "others' lines");
	is_str(parsed("01000:5:5\n", &ana), "5..9/0", "a number is compared as one");
}

static void test_junk(void)
{
	is_str(parsed("ana:100000:65536\r\nana:7:1\n", &ana), "7..7/1",
	       "a carriage return: newuidmap refuses the line as well");
	is_str(parsed("ana\nana:\nana:1\nana:1:\nana::1\nana:x:1\nana:1:1:1\nana:1: 1\n", &ana),
	       "none/7", "malformed lines are skipped");
	is_str(parsed("ana:0:0\n", &ana), "none/1", "a count of 0");
	is_str(parsed("ana:4294967295:1\nana:4294967290:6\nana:1:4294967295\n", &ana), "none/3",
	       "ids over 32 bits");
	is_str(parsed("ana:99999999999999999999999:1\nana:-1:5\n", &ana), "none/2",
	       "numbers over 64 bits, a sign");
	is_str(parsed("ana:4294967290:5\nana:0:1\n", &ana), "0..0, 4294967290..4294967294/0",
	       "the ends of the number space");
}

static void test_sets(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct id_range list[] = { { 100000, 10 }, { 200000, 10 } };
	struct id_ranges r = { .r = list, .n = 2 }, out, none = { 0 };
	char buf[100];

	ok(id_ranges_has(&r, 100000, 10) && id_ranges_has(&r, 200003, 1), "has");
	ok(!id_ranges_has(&r, 100000, 11) && !id_ranges_has(&r, 99999, 2), "has not");
	id_ranges_without(&a, &r, 100005, &out);
	is_str(id_ranges_describe(&out, buf, sizeof(buf)),
	       "100000..100004, 100006..100009, 200000..200009", "without one in the middle");
	id_ranges_without(&a, &r, 200009, &out);
	is_str(id_ranges_describe(&out, buf, sizeof(buf)), "100000..100009, 200000..200008",
	       "without the last");
	id_ranges_without(&a, &r, 100000, &out);
	is_str(id_ranges_describe(&out, buf, sizeof(buf)), "100001..100009, 200000..200009",
	       "without the first");
	is_int(subid_find_free(&none, &none, 65536), 100000, "P02 free in empty files");
	is_int(subid_find_free(&r, &none, 65536), 100010, "P02 free between uid ranges");
	is_int(subid_find_free(&r, &r, 165536), 200010, "P02 free behind all");
	list[1] = (struct id_range){ 150000, 65536 };
	is_int(subid_find_free(&none, &r, 65536), 215536, "P02 the subgid file counts too");
	list[0] = (struct id_range){ 0, 4294967295U };
	is_int(subid_find_free(&r, &none, 65536), 0, "P02 nothing is free");
}

static void test_load(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct fixture f;
	struct id_ranges r;
	char buf[100];
	char *big;

	fixture_init(&f);
	is_int(subid_load(&a, &f.host, &ana, SUBID_UID, &r), 0, "no file is no error");
	is_int((long long)r.n, 0, "and no ranges");
	fixture_write(&f, "etc/subuid", "ana:1:2\n", 0644);
	fixture_write(&f, "etc/subgid", "1000:5:2\n", 0644);
	fixture_write(&f, "etc/nsswitch.conf", "subid: files\n", 0644);
	subid_load(&a, &f.host, &ana, SUBID_UID, &r);
	is_str(id_ranges_describe(&r, buf, sizeof(buf)), "1..2", "subuid");
	subid_load(&a, &f.host, &ana, SUBID_GID, &r);
	is_str(id_ranges_describe(&r, buf, sizeof(buf)), "5..6", "subgid");
	big = calloc(1, USERNS_FILE_MAX + 2);
	memset(big, '\n', USERNS_FILE_MAX + 1);
	fixture_write(&f, "etc/subuid", big, 0644);
	is_int(subid_load(&a, &f.host, &ana, SUBID_UID, &r), 0, "a file over 1 MiB is not read");
	is_int((long long)r.n, 0, "and gives nothing");
	free(big);
	fixture_done(&f);
}

/* The library reads the real host's files; there is one or there is not. */
static void test_library(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct id_ranges from_library, from_file;
	struct subid_owner me = { .uid = getuid() };
	int r;

	me.name = userns_host_user_name(&a, NULL, me.uid);
	r = subid_library_load(&a, &me, SUBID_UID, &from_library);
	if (r == -ENOSYS) {
		skip("P02 libsubid answers as the file does", "libsubid is not installed");
		return;
	}
	subid_load(&a, NULL, &me, SUBID_UID, &from_file);
	if (r < 0)
		ok(from_file.n == 0, "P02 libsubid knows nothing, nor does the file");
	else
		ok(from_library.n == from_file.n &&
			   (from_file.n == 0 || memcmp(from_library.r, from_file.r,
						       from_file.n * sizeof(*from_file.r)) == 0),
		   "P02 libsubid answers as the file does");
}

static void test_names(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct fixture f;

	ok(!nsswitch_has_other("passwd: files\n", "subid"), "no subid: line");
	ok(!nsswitch_has_other("subid: files\n", "subid"), "files alone");
	ok(!nsswitch_has_other("subid:files [NOTFOUND=return] # sss\n", "subid"),
	   "an action and a comment are no sources");
	ok(!nsswitch_has_other("#subid: sss\n", "subid"), "a comment line");
	ok(nsswitch_has_other("passwd: files\nsubid:\tsss\n", "subid"), "P02 sss");
	ok(nsswitch_has_other("passwd:         files systemd", "passwd"), "files systemd");
	is_str(passwd_find_name(&a, "root:x:0:0::/:/bin/sh\nana:x:1000:1000::/:/bin/sh\n", 1000),
	       "ana", "I16 a name from passwd");
	is_str(passwd_find_name(&a, "+:x:1000::\nx\n::\nana\nana:x:10000:\nbob::1000:", 1000),
	       "bob", "junk in passwd");
	is_str(passwd_find_name(&a, "ana:x:1000", 1000), NULL, "a line that ends early");
	fixture_init(&f);
	is_str(userns_host_user_name(&a, &f.host, 1000), NULL, "I14 no passwd at all: no name");
	fixture_write(&f, "etc/passwd", "ana:x:1000:1000:::\n", 0644);
	fixture_write(&f, "etc/nsswitch.conf", "passwd: files systemd\n", 0644);
	is_str(userns_host_user_name(&a, &f.host, 1000), "ana", "the file first");
	is_str(userns_host_user_name(&a, &f.host, 3999999999U), NULL,
	       "I14 NSS does not know it: no name");
	is_str(userns_host_helper(&a, &f.host, false), NULL, "no helper");
	fixture_write(&f, "bin/newgidmap", "#!/bin/sh\n", 0755);
	ok(strstr(userns_host_helper(&a, &f.host, true), "/bin/newgidmap") != NULL, "a helper");
	fixture_done(&f);
}

int main(void)
{
	test_lines();
	test_junk();
	test_sets();
	test_load();
	test_library();
	test_names();
	return tap_done();
}
