/* SPDX-License-Identifier: Apache-2.0 */
/* Slice and scope from linux.cgroupsPath (D03). */
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "base/arena.h"
#include "cgroup/request.h"

static struct arena a = ARENA_INIT;
static struct error e = ERROR_INIT;

static const struct {
	const char *path, *slice, *unit;
} good[] = {
	{ NULL, NULL, "urun-box.scope" },
	{ "", NULL, "urun-box.scope" },
	{ "user.slice:libpod:abc", "user.slice", "libpod-abc.scope" },
	{ "user-my.slice:libpod:abc", "user-my.slice", "libpod-abc.scope" },
	{ "kubepods-besteffort.slice:crio:abc", "kubepods-besteffort.slice", "crio-abc.scope" },
	{ "system.slice:docker:abc", "system.slice", "docker-abc.scope" },
	{ "user.slice:nerdctl:abc", "user.slice", "nerdctl-abc.scope" },
	{ ":libpod:abc", "user.slice", "libpod-abc.scope" },
	{ "-:libpod:abc", "-.slice", "libpod-abc.scope" },
	{ "a.slice::abc", "a.slice", "-abc.scope" },
	{ "/default/abc", NULL, "default-abc.scope" },
	{ "//default/abc", NULL, "default-abc.scope" },
	{ "libpod_parent/libpod-abc", NULL, "libpod_parent-libpod-abc.scope" },
	{ "abc", NULL, "abc.scope" },
	{ "..", NULL, "...scope" },
	{ "a.slice:p q:\xc3\xa4%", "a.slice", "p\\x20q-\\xc3\\xa4\\x25.scope" },
	{ "a.slice:x/y:z/..", "a.slice", "x-y-z-...scope" },
};

static const char *const bad[] = {
	"a:b",
	"a.slice:b",
	"a.slice:b:",
	"a.slice:b:c:d",
	"::",
	"no:b:c",
	".slice:b:c",
	"../a.slice:b:c",
	"/a.slice:b:c",
	"a b.slice:c:d",
	"a.slice:b:c.slice",
	"a.slice\n:b:c",
	"a.slice/b.slice:c:d",
};

static int name(const char *path, struct cgroup_request *q, bool privileged)
{
	*q = (struct cgroup_request){ .id = "box", .privileged = privileged };
	error_clear(&e);
	return cgroup_name_unit(&a, path, q, &e);
}

static void test_long(void)
{
	struct cgroup_request q;
	char path[600], first[256];

	/* "a.slice:p:" and "p-", ".scope" around it */
	snprintf(path, sizeof(path), "a.slice:p:%0*d", 255 - 8, 0);
	is_int(name(path, &q, false), 0, "D03 a name of 255 bytes");
	is_int((long long)strlen(q.unit), 255, "D03 as long as systemd has them");
	snprintf(path, sizeof(path), "a.slice:p:%0*d", 255 - 7, 0);
	is_int(name(path, &q, false), 0, "D03 one of 256 bytes is shortened");
	ok(strlen(q.unit) <= 255, "D03 to what systemd takes");
	ok(strncmp(q.unit, "p-000", 5) == 0, "D03 with its beginning");
	snprintf(first, sizeof(first), "%s", q.unit);
	path[strlen(path) - 1] = '1';
	is_int(name(path, &q, false), 0, "D03 another");
	ok(strcmp(q.unit, first) != 0, "D03 and is still another");
	snprintf(path, sizeof(path), "/%0*d", 590, 0);
	is_int(name(path, &q, false), 0, "D03 a long path is shortened, too");
	snprintf(path, sizeof(path), "%0*d.slice:p:n", 300, 0);
	ok(name(path, &q, false) < 0, "D03 a long slice is refused");
	/* each byte becomes four */
	memset(path, '%', 100);
	path[100] = '\0';
	is_int(name(path, &q, false), 0, "D03 and what is too long once escaped");
	ok(strlen(q.unit) <= 255, "D03 is shortened after that");
}

int main(void)
{
	struct cgroup_request q;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *path = good[i].path ? good[i].path : "(none)";

		ok(name(good[i].path, &q, false) == 0 && q.unit &&
			   strcmp(q.unit, good[i].unit) == 0,
		   "D03 the unit of '%s'", path);
		ok(q.slice && good[i].slice ? strcmp(q.slice, good[i].slice) == 0
					    : q.slice == good[i].slice,
		   "D03 the slice of '%s'", path);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ok(name(bad[i], &q, false) < 0, "D03 row %zu of the bad ones is refused", i);
		has_str(e.msg, ".linux.cgroupsPath: ", "D03 with the name of its key");
	}
	is_int(name(":p:n", &q, true), 0, "D03 root, too, may leave the slice out");
	is_str(q.slice, "system.slice", "D03 and it is the system's then");
	test_long();
	arena_free(&a);
	return tap_done();
}
