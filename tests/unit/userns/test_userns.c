/* SPDX-License-Identifier: Apache-2.0 */
/* The caller, his default maps, his groups. */
#include <errno.h>

#include "tests/unit/tap.h"
#include "tests/unit/userns/fixture.h"
#include "userns/groups.h"
#include "userns/subid.h"

static struct fixture f;

/* The default maps of uid 1000, gid 1000 as text: "uid map / gid map". */
static const char *maps(const char *subuid, const char *subgid, uint32_t uid, uint32_t gid)
{
	static char buf[1024];
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = fixture_caller(&f, 1000, 1000);
	struct userns_maps m;
	struct error e = ERROR_INIT;
	char u[400], g[400];

	fixture_write(&f, "etc/subuid", subuid, 0644);
	fixture_write(&f, "etc/subgid", subgid, 0644);
	if (userns_default_maps(&a, &c, uid, gid, &m, &e) < 0)
		return "error";
	if (idmap_validate(&m.uid, "uid", &e) < 0 || idmap_validate(&m.gid, "gid", &e) < 0)
		return "invalid";
	snprintf(buf, sizeof(buf), "%s / %s%s%s", idmap_describe(&m.uid, u, sizeof(u)),
		 idmap_describe(&m.gid, g, sizeof(g)), m.single ? " single" : "",
		 m.deny_setgroups ? " deny" : "");
	return buf;
}

static void test_default_maps(void)
{
	const char *std = "ana:100000:65536\n";

	is_str(maps(std, std, 0, 0),
	       "0..0 -> 1000, 1..65536 -> 100000 / "
	       "0..0 -> 1000, 1..65536 -> 100000",
	       "I02 C=0");
	is_str(maps(std, std, 1000, 50),
	       "0..999 -> 100000, 1000..1000 -> 1000, 1001..65536 -> 101000 / "
	       "0..49 -> 100000, 50..50 -> 1000, 51..65536 -> 100050",
	       "I02 C=1000");
	is_str(maps(std, std, 65536, 65537),
	       "0..65535 -> 100000, 65536..65536 -> 1000 / "
	       "0..65535 -> 100000, 65537..65537 -> 1000",
	       "I02 C at and beyond the sub-ids");
	is_str(maps(std, std, 4294967294U, 0),
	       "0..65535 -> 100000, 4294967294..4294967294 -> 1000 / "
	       "0..0 -> 1000, 1..65536 -> 100000",
	       "I02 C is the last id");
	is_str(maps(std, std, 4294967295U, 0), "error", "I02 4294967295 is no id");
	is_str(maps("ana:100000:10\n1000:300000:10\nana:200000:10\n", "1000:5000:3\n", 15, 0),
	       "0..9 -> 100000, 10..14 -> 200000, 15..15 -> 1000, 16..20 -> 200005, "
	       "21..30 -> 300000 / 0..0 -> 1000, 1..3 -> 5000",
	       "I02 I03 several ranges");
	is_str(maps("ana:100000:10\nana:200000:10\n", std, 10, 0),
	       "0..9 -> 100000, 10..10 -> 1000, 11..20 -> 200000 / "
	       "0..0 -> 1000, 1..65536 -> 100000",
	       "I02 C between two ranges");
	is_str(maps("ana:990:20\n", "ana:1000:2\n", 0, 0),
	       "0..0 -> 1000, 1..10 -> 990, 11..19 -> 1001 / 0..0 -> 1000, 1..1 -> 1001",
	       "I02 the caller's own id among the sub-ids is mapped once");
	is_str(maps("", "", 0, 0), "0..0 -> 1000 / 0..0 -> 1000 single deny",
	       "I14 P02 none: a single map");
	is_str(maps("bob:1:5\n", "bob:1:5\n", 1000, 100),
	       "1000..1000 -> 1000 / 100..100 -> 1000 single deny",
	       "I08 P02 single, any id inside");
	is_str(maps(std, "", 0, 0), "0..0 -> 1000 / 0..0 -> 1000 single deny",
	       "P02 user ids without group ids");
}

static void test_many_ranges(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = fixture_caller(&f, 1000, 1000);
	struct error e = ERROR_INIT;
	struct userns_maps m;
	char *text = calloc(1, 64000);
	size_t len = 0;
	uint32_t own = 0;

	for (int i = 0; i < 500; i++)
		len += (size_t)snprintf(text + len, 64000 - len, "ana:%d:2\n", 1000000000 + i * 4);
	fixture_write(&f, "etc/subuid", text, 0644);
	fixture_write(&f, "etc/subgid", text, 0644);
	is_int(userns_default_maps(&a, &c, 900, 0, &m, &e), 0, "500 ranges are no error");
	is_int(idmap_validate(&m.uid, "uid", &e), 0, "I04 the kernel's count of lines is kept");
	ok(strlen(idmap_format(&a, &m.uid)) < (size_t)sysconf(_SC_PAGESIZE),
	   "I04 and its size of a page");
	ok(idmap_to_host(&m.uid, 900, &own) && own == 1000, "the caller is in it nevertheless");
	ok(m.uid.n > 100, "with more than 100 lines");
	free(text);
}

static void test_root_maps(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = fixture_caller(&f, 0, 0);
	struct error e = ERROR_INIT;
	struct userns_maps m;

	fixture_write(&f, "proc/self/uid_map",
		      "         0       1000          1\n"
		      "         1     100000      65536\n",
		      0444);
	fixture_write(&f, "proc/self/gid_map", "0 0 4294967295\n", 0444);
	c.has_setid = true;
	is_int(userns_default_maps(&a, &c, 0, 0, &m, &e), 0, "root's default maps");
	is_str(idmap_format(&a, &m.uid), "0 0 1\n1 1 65536\n",
	       "I06 I09 root in podman unshare: what it has, one to one");
	is_str(idmap_format(&a, &m.gid), "0 0 4294967295\n", "I06 real root: everything");
	ok(!m.single && !m.deny_setgroups, "neither single nor deny");
	c.initial = false;
	fixture_write(&f, "proc/self/setgroups", "deny\n", 0444);
	userns_default_maps(&a, &c, 0, 0, &m, &e);
	ok(m.deny_setgroups, "I13 what is denied outside is denied inside");
	fixture_remove(&f, "proc/self/uid_map");
	is_int(userns_default_maps(&a, &c, 0, 0, &m, &e), -ENOENT, "no procfs is an error");
	has_str(e.msg, "self/uid_map", "that names the file");
}

static void test_caller(void)
{
	struct userns_caller c;
	struct error e = ERROR_INIT;
	cleanup_arena struct arena a = ARENA_INIT;
	struct stat st;

	is_int(userns_caller_init(&c, &e), 0, "the caller");
	ok(c.euid == geteuid() && c.ruid == getuid() && c.egid == getegid(), "its ids");
	path_stat("/proc/self/ns/user", &st);
	is_int(c.initial, st.st_ino == 0xEFFFFFFDU, "I09 the initial namespace by its inode");
	c.host = &f.host;
	c.ruid = 1000;
	is_str(userns_caller_name(&a, &c), "ana", "I16 its name, looked up when asked");
}

static void test_mapped(void)
{
	struct idmap m = { .m = (struct id_mapping[]){ { 0, 1000, 1 } }, .n = 1 };
	struct error e = ERROR_INIT;

	is_int(userns_require_mapped(&m, 0, "process.user.uid", &e), 0, "I15 mapped");
	is_int(userns_require_mapped(&m, 1000, "process.user.uid", &e), -EINVAL, "I15 not mapped");
	is_str(e.msg,
	       "process.user.uid 1000 is not mapped in the user namespace: the map is "
	       "0..0 -> 1000",
	       "I15 the error names the id and the map");
}

static void test_groups(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = fixture_caller(&f, 1000, 1000);
	struct idmap own = { .m = (struct id_mapping[]){ { 0, 1000, 1 } }, .n = 1 };
	struct idmap other = { .m = (struct id_mapping[]){ { 0, 1001, 1 } }, .n = 1 };
	struct idmap two = { .m = (struct id_mapping[]){ { 0, 1000, 1 }, { 1, 44, 1 } }, .n = 2 };
	const gid_t gids[] = { 1000, 44, 27 };
	struct kept_groups kept;
	bool denied = false;

	ok(groups_deny_needed(&c, &own), "I13 deny for the single map of one's own");
	ok(!groups_deny_needed(&c, &two), "I13 no deny for a helper's map");
	ok(!groups_deny_needed(&c, &other), "I13 no deny for a single map of another id");
	c.has_setid = true;
	ok(!groups_deny_needed(&c, &own), "I13 no deny with CAP_SETGID");
	is_int(groups_view(&a, &two, gids, 3, &kept), 0, "I11 a view of kept groups");
	ok(kept.n == 3 && kept.g[0].inside == 0 && kept.g[1].inside == 1 && kept.g[1].mapped,
	   "I12 mapped groups under their container ids");
	ok(kept.g[2].inside == 65534 && !kept.g[2].mapped && kept.g[2].host == 27,
	   "I11 an unmapped one is 65534");
	is_int(groups_list_kept(&a, &two, &kept), 0, "I11 our own groups");
	fixture_write(&f, "proc/42/setgroups", "deny\n", 0644);
	fixture_write(&f, "proc/self/setgroups", "allow\n", 0644);
	ok(groups_read_setgroups_policy(&f.host, 42, &denied) == 0 && denied, "I13 policy deny");
	ok(groups_read_setgroups_policy(&f.host, 0, &denied) == 0 && !denied, "I13 policy allow");
	is_int(groups_read_setgroups_policy(&f.host, 43, &denied), -ENOENT, "no such process");
}

/* A user's default maps with some groups shown; the error's text where there is one. */
static const char *shown_maps(struct arena *a, const char *subuid, const char *subgid,
			      struct shown_groups shown)
{
	static struct error e;
	struct userns_caller c = fixture_caller(&f, 1000, 1000);
	struct userns_maps m;

	e = (struct error)ERROR_INIT;
	fixture_write(&f, "etc/subuid", subuid, 0644);
	fixture_write(&f, "etc/subgid", subgid, 0644);
	c.shown = shown;
	if (userns_default_maps(a, &c, 0, 0, &m, &e) < 0)
		return arena_printf(a, "%s | %s", e.msg, e.hint);
	return arena_printf(a, "%s%s%s", m.single ? "single " : "", m.deny_setgroups ? "deny " : "",
			    idmap_format(a, &m.gid));
}

static void test_shown_groups(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	const char *sub = "ana:100000:65536\n", *none = "bob:5:5\n", *got;
	struct shown_group own = { 1000, "ana" }, video = { 44, "video" }, cdrom = { 24, "24" };
	struct shown_groups two = { (struct shown_group[]){ video, cdrom }, 2 };
	struct shown_groups one = { &video, 1 }, self = { &own, 1 },
			    root = { &(struct shown_group){ 0, "root" }, 1 };

	is_str(shown_maps(&a, sub, "ana:100000:65536\nana:44:1\n1000:24:1\n", two),
	       "0 1000 1\n1 100000 23\n24 24 1\n25 100024 19\n44 44 1\n45 100044 65492\n",
	       "I12 groups that are granted, by themselves and nowhere else");
	is_str(shown_maps(&a, none, "ana:44:1\n", one), "0 1000 1\n44 44 1\n",
	       "I12 with no other sub-ids: setgroups is not denied");
	is_str(shown_maps(&a, none, none, self), "single deny 0 1000 1\n",
	       "I12 the own one, without a helper");
	is_str(shown_maps(&a, sub, sub, self), "0 1000 1\n1 100000 65536\n",
	       "I12 the own one is mapped already");
	got = shown_maps(&a, sub, "ana:100000:65536\nana:24:1\n", two);
	has_str(got,
		"--map-groups: group 'video' (gid 44) is not granted to 'ana' (uid 1000): that takes "
		"the line 'ana:44:1' in '",
		"I12 one that is not granted: the line");
	has_str(got, "| type 'sudo usermod --add-subgids 44-44 ana'", "I12 and the command");
	has_str(shown_maps(&a, sub, "ana:100000:65536\nana:0:1\n", root),
		"group 'root' cannot be gid 0 of the container: there your own group is (1000)",
		"I12 the caller's own group is not displaced");
}

static void test_show_in_maps(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = fixture_caller(&f, 1000, 1000);
	struct shown_group g[] = { { 21, "21" }, { 20, "20" }, { 22, "22" }, { 20, "20" } };
	struct id_mapping crossed[] = {
		{ 20, 21, 1 }, { 21, 22, 1 }, { 0, 20, 1 }, { 40, 22000, 1 }
	};
	struct id_mapping many[IDMAP_MAX_LINES];
	struct idmap map = { crossed, 2 };
	struct error e = ERROR_INIT;

	fixture_write(&f, "etc/subgid", "ana:20:10\n", 0644);
	c.shown = (struct shown_groups){ g, 4 };
	is_int(groups_show(&a, &c, &map, &e), 0, "I12 groups that stand in each other's places");
	is_str(idmap_format(&a, &map), "20 20 1\n21 21 1\n22 22 1\n",
	       "I12 all come into their own");
	map = (struct idmap){ crossed + 2, 2 };
	c.shown = (struct shown_groups){ g + 1, 1 };
	is_int(groups_show(&a, &c, &map, &e), 0, "I12 the config has mapped it");
	is_str(idmap_format(&a, &map), "0 20 1\n40 22000 1\n", "I12 nothing is added");
	for (uint32_t i = 0; i < IDMAP_MAX_LINES; i++)
		many[i] = (struct id_mapping){ 1000 + i * 2, 1000 + i * 2, 1 };
	map = (struct idmap){ many, IDMAP_MAX_LINES };
	is_int(groups_show(&a, &c, &map, &e), -EINVAL, "I12 a line too many");
	has_str(e.msg, "--map-groups: the gid map: 341 lines, the kernel takes 340", "I12 is said");
	map = (struct idmap){ 0 };
	c.shown.n = 0;
	is_int(groups_show(&a, &c, &map, &e), 0, "I12 none asked for");
	c = fixture_caller(&f, 0, 0);
	c.has_setid = true;
	c.shown = (struct shown_groups){ &(struct shown_group){ 77, "x" }, 1 };
	is_int(groups_show(&a, &c, &map, &e), 0, "I12 who writes maps himself needs no grant");
	is_str(idmap_format(&a, &map), "77 77 1\n", "I12 a map of root's");
}

static void check_group(const char *list, const char *part, const char *name)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = fixture_caller(&f, geteuid(), getegid());
	struct shown_groups got;
	struct error e = ERROR_INIT;

	ok(groups_parse(&a, &c, list, &got, &e) < 0, "%s: refused", name);
	has_str(e.msg, part, name);
}

static void test_group_words(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = fixture_caller(&f, geteuid(), 4242);
	struct shown_groups got = { 0 };
	struct error e = ERROR_INIT;

	fixture_write(&f, "etc/group", "mine:x:4242:\nfar:x:4294967290:ana\n7up:x:4242:\n", 0644);
	is_int(groups_parse(&a, &c, "mine,4242,7up", &got, &e), 0, "I12 names and numbers");
	ok(got.n == 3 && got.g[0].gid == 4242 && got.g[1].gid == 4242 && got.g[2].gid == 4242,
	   "I12 of the host");
	is_str(got.n == 3 ? got.g[2].word : "", "7up", "I12 half a number is a name");
	check_group("far", "you are not in the group 'far' (gid 4294967290)", "I12 not a member");
	check_group("4294967290", "you are not in the group '4294967290' (", "I12 nor by number");
	check_group("no-such", "there is no group 'no-such' on this host", "I12 no such name");
	check_group("", "'' is no name and no number", "I12 an empty list");
	check_group("far:far", "'far:far' is no name and no number", "I12 a pair");
	check_group("4294967295", "'4294967295' is no name", "I12 no id");
}

int main(void)
{
	fixture_init(&f);
	fixture_write(&f, "etc/passwd", "root:x:0:0:::\nana:x:1000:1000:::\n", 0644);
	test_default_maps();
	test_many_ranges();
	test_root_maps();
	test_caller();
	test_mapped();
	test_groups();
	test_shown_groups();
	test_show_in_maps();
	test_group_words();
	fixture_done(&f);
	return tap_done();
}
