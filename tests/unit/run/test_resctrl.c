/* SPDX-License-Identifier: Apache-2.0 */
/*
 * B01 on a tree of our own that looks like a resctrl file system; what the
 * kernel puts into a new group is put there between the calls.
 */
#include "run/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/tempdir.h"
#include "../tap.h"
#include "base/io.h"
#include "base/path.h"

static int root;
static struct error e = ERROR_INIT;

static void put(const char *path, const char *text)
{
	temp_file(root, path, text);
}

static const char *get(const char *path)
{
	static char buf[512];
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return buf;
}

static void fill_group(const char *group, const char *schemata)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/tasks", group);
	put(path, "");
	snprintf(path, sizeof(path), "%s/schemata", group);
	put(path, schemata);
	snprintf(path, sizeof(path), "%s/mon_groups", group);
	mkdirat(root, path, 0755);
}

static bool exists(const char *path)
{
	return faccessat(root, path, F_OK, 0) == 0;
}

static void test_new_group(void)
{
	const struct rdt_plan p = { .group = "ctr",
				    .monitor = "mon",
				    .schemata = "L3:0=f;1=f\nMB:0=50\n" };
	bool made = false;

	is_int(resctrl_make(root, &p, &made, &e), 0, "B01 a group is made");
	ok(made && exists("ctr"), "B01 and noted");
	fill_group("ctr", "");
	is_int(resctrl_configure(root, &p, made, &e), 0, "B01 it is configured");
	is_str(get("ctr/schemata"), "L3:0=f;1=f\nMB:0=50\n", "B01 all lines at once");
	is_int(resctrl_make_monitor(root, &p, &made, &e), 0, "B01 a monitoring group");
	ok(made && exists("ctr/mon_groups/mon"), "B01 in the group");
	put("ctr/mon_groups/mon/tasks", "");
	is_int(resctrl_add(root, &p, 4711, &e), 0, "B01 the process goes in");
	is_str(get("ctr/tasks"), "4711", "B01 into the group");
	is_str(get("ctr/mon_groups/mon/tasks"), "4711", "B01 and into the monitoring group");
	ok(resctrl_make_monitor(root, &p, &made, &e) == -EEXIST && !made,
	   "B01 another's monitoring group is not taken over");
	is_str(get("tasks"), "", "B01 nothing else is touched");
}

static const struct {
	const char *have, *want;
	bool good;
} rows[] = {
	{ "    L3:0=fffff;1=fffff\n    MB:0=100;1=100\n", "L3:0=fffff;1=fffff\n", true },
	{ "    L3:0=fffff;1=fffff\n    MB:0=100;1=100\n", "MB:1=100\nL3:0=fffff\n", true },
	{ "L3:0=0000f;1=000f0\n", "L3:0=f;1=F0\n", true },
	{ "L3:0= 20;1= 30\n", "L3:0=20;1=30\n", true },
	{ "L3:0=f;1=f\n", "L3: 0=f; 1=f;\n", true },
	{ "L3:0=f;1=f\n", "L3:0=f;1=7\n", false },
	{ "L3:0=f;1=f\n", "L3:2=f\n", false },
	{ "L3:0=f;1=f\n", "L2:0=f\n", false },
	{ "L3:0=f\nMB:0=50\n", "L3:0=f\nMB:0=5\n", false },
	{ "L3:0=f\nMB:0=5\n", "L3:0=f\nMB:0=50\n", false },
	{ "L3CODE:0=f\n", "L3:0=f\n", false },
	{ "L3:10=f\n", "L3:1=f\n", false },
	{ "", "L3:0=f\n", false },
};

static void test_existing_group(void)
{
	bool made = true;

	mkdirat(root, "there", 0755);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rdt_plan p = { .group = "there", .schemata = rows[i].want };
		int r;

		fill_group("there", rows[i].have);
		error_clear(&e);
		is_int(resctrl_make(root, &p, &made, &e), 0, "B01 a group that is there");
		ok(!made, "B01 is not ours");
		r = resctrl_configure(root, &p, made, &e);
		is_int(r, rows[i].good ? 0 : -EEXIST, "B01 compared");
		is_str(get("there/schemata"), rows[i].have, "B01 its schemata stay as they are");
		if (!rows[i].good)
			has_str(e.msg, "'there' is there already", "B01 the difference is named");
	}
}

static void test_default_group(void)
{
	const struct rdt_plan p = { .group = ".", .schemata = "L3:0=f\n" };
	bool made = true;

	fill_group(".", "L3:0=f\n");
	is_int(resctrl_make(root, &p, &made, &e), 0, "B01 the default group");
	ok(!made, "B01 is always there");
	is_int(resctrl_configure(root, &p, made, &e), 0, "B01 and compared as any other");
	is_int(resctrl_add(root, &p, 12, &e), 0, "B01 a process for it");
	is_str(get("tasks"), "12", "B01 at the top");
}

static void test_failures(void)
{
	const struct rdt_plan named = { .group = "none", .must_exist = true };
	const struct rdt_plan bad = { .group = "bad", .schemata = "L3:0=f\n", .monitor = "m" };
	bool made;

	is_int(resctrl_make(root, &named, &made, &e), -ENOENT, "B01 closID alone must be there");
	has_str(e.msg, ".linux.intelRdt.closID: there is no group 'none'", "B01 it is named");
	ok(!exists("none"), "B01 and not made");
	mkdirat(root, "info", 0755);
	put("info/last_cmd_status", "Mask f out of range\n");
	is_int(resctrl_make(root, &bad, &made, &e), 0, "B01 a group");
	is_int(resctrl_configure(root, &bad, made, &e), -ENOENT, "B01 that takes no schemata");
	has_str(e.msg, "'bad': Mask f out of range", "B01 the kernel's own words");
	is_int(resctrl_make_monitor(root, &bad, &made, &e), -ENOTSUP, "B01 no monitoring here");
	is_int(resctrl_add(root, &bad, 1, &e), -ENOENT, "B01 no tasks file");
	put("file", "");
	is_int(resctrl_make(root, &(struct rdt_plan){ .group = "file" }, &made, &e), -ENOTDIR,
	       "B01 a file is no group");
}

static void test_unprivileged(void)
{
	const struct rdt_plan p = { .group = "mine" };
	int top = root;
	bool made;

	mkdirat(top, "sealed", 0755);
	root = openat(top, "sealed", O_PATH | O_DIRECTORY | O_CLOEXEC);
	is_int(fchmodat(top, "sealed", 0555, 0), 0, "sealed");
	if (faccessat(top, "sealed", W_OK, 0) == 0) {
		skip("B01 rootless: a group cannot be made", "root may");
	} else {
		ok(resctrl_make(root, &p, &made, &e) < 0, "B01 rootless: a group cannot be made");
		has_str(e.hint, "mkdir /sys/fs/resctrl/mine && chown -R ",
			"B01 what root can do is said");
	}
	is_int(fchmodat(top, "sealed", 0755, 0), 0, "open again");
	close(root);
	root = top;
}

int main(void)
{
	root = temp_begin();
	test_new_group();
	test_existing_group();
	test_default_group();
	test_failures();
	test_unprivileged();
	temp_done(root);
	return tap_done();
}
