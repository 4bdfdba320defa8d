/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of mount options: in order, complete, and each word either has an
 * effect, is known to need none, or is refused by its name (M01-M07). What the
 * words do is in tests/plan/mount-*.
 */
#include <errno.h>

#include "load.h"
#include "plan/mount_options.h"
#include "plan/rootfs_parts.h"

static void test_table(void)
{
	size_t n;
	const struct mount_option *t = mount_options(&n);
	bool sorted = true, found = true;

	for (size_t i = 0; i < n; i++) {
		sorted = sorted && (i == 0 || strcmp(t[i - 1].name, t[i].name) < 0);
		found = found && mount_option_find(t[i].name) == &t[i];
	}
	ok(n > 50, "rows are there");
	ok(sorted, "M01 the table is sorted, without doubles");
	ok(found, "M01 each row is found");
	ok(!mount_option_find("size=1m"), "M01 an unknown word is none of them");
	ok(!mount_option_find(""), "the empty word neither");
	ok(mount_option_find("idmap=uids=0-1-1") == mount_option_find("idmap"), "M08 idmap=...");
	ok(mount_option_find("ridmap=uids=0-1-1") == mount_option_find("ridmap"), "M08 ridmap=...");
	ok(mount_option_find("ro=1") == NULL, "a flag with a value is not the flag");
}

static void test_names(void)
{
	static const struct {
		const char *row, *words;
	} rows[] = {
		{ "M01", "defaults bind rbind ro rw suid nosuid dev nodev exec noexec sync "
			 "async dirsync remount mand nomand atime noatime diratime "
			 "nodiratime relatime norelatime strictatime nostrictatime" },
		{ "M02", "nosymfollow symfollow lazytime nolazytime iversion noiversion "
			 "silent loud rnosymfollow rsymfollow" },
		{ "M03", "shared rshared slave rslave private rprivate unbindable "
			 "runbindable" },
		{ "M04", "rro rrw rsuid rnosuid rdev rnodev rexec rnoexec rsync rasync "
			 "rdirsync rmand rnomand ratime rnoatime rdiratime rnodiratime "
			 "rrelatime rnorelatime rstrictatime rnostrictatime" },
		{ "M05-M07", "tmpcopyup copy-symlink src-nofollow dest-nofollow idmap ridmap" },
	};
	char name[32];
	int len;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (const char *w = rows[i].words; sscanf(w, "%31s%n", name, &len) == 1; w += len)
			ok(mount_option_find(name) != NULL, "%s '%s' is known", rows[i].row, name);
}

/* Does the word change anything in the plan of a mount? */
static bool changes(const struct mount_plan *m)
{
	return m->flags.set || m->flags.clear || m->flags.rec_set || m->flags.rec_clear ||
	       m->flags.propagation || m->flags.recursive || m->tmpcopyup ||
	       (m->data && m->data[0]) || m->kind == MOUNT_COPY_SYMLINK || m->src_nofollow ||
	       m->dest_nofollow;
}

static int plan_word(struct arena *a, const char *word, bool bind, struct mount_plan *m,
		     struct error *e)
{
	static char bind_word[] = "bind";
	struct launch_plan plan = { .bundle = "/bundle" };
	char *v[] = { (char *)word, bind ? bind_word : NULL, NULL };
	struct oci_mount oci = {
		.destination = "/x",
		.type = bind ? "none" : "tmpfs",
		.source = "/host",
		.options = { v, bind ? 2 : 1 },
	};

	*m = (struct mount_plan){ 0 };
	return plan_one_mount(a, &plan, &oci, m, e);
}

static void test_effect(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	size_t n;
	const struct mount_option *t = mount_options(&n);

	for (size_t i = 0; i < n; i++) {
		bool bind = t[i].kind == MOPT_REC_ATTR || t[i].kind == MOPT_PROPAGATION ||
			    t[i].kind == MOPT_BIND || t[i].kind == MOPT_COPY_SYMLINK ||
			    t[i].kind == MOPT_SRC_NOFOLLOW;
		struct error e = ERROR_INIT;
		struct mount_plan m;
		int r = plan_word(&a, t[i].name, bind, &m, &e);

		switch (t[i].kind) {
		case MOPT_IDMAP: /* test_mount_idmap.c */
			ok(r == 0, "M08 '%s' is taken", t[i].name);
			break;
		case MOPT_IGNORE:
			ok(r == 0 && !changes(&m), "M01 '%s' changes nothing", t[i].name);
			break;
		case MOPT_SB:
			ok(r == 0 && changes(&m) == (t[i].sb != NULL), "M02 '%s' as its key says",
			   t[i].name);
			break;
		case MOPT_BIND:
			ok(r == 0 && m.flags.recursive == (t[i].name[0] == 'r'), "M01 '%s'",
			   t[i].name);
			break;
		default:
			ok(r == 0 && changes(&m), "M01 '%s' has an effect", t[i].name);
		}
	}
}

int main(void)
{
	test_table();
	test_names();
	test_effect();
	return tap_done();
}
