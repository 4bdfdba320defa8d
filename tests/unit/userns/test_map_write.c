/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps written for a real child in a new user namespace, as the user who runs
 * the test: with helpers where he has sub-ids, directly as root.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "tests/unit/tap.h"
#include "tests/unit/userns/fixture.h"
#include "userns/diagnose.h"
#include "userns/groups.h"
#include "userns/subid.h"

static struct fixture f;

/* A child that waits in a new user namespace; -errno where there are none. */
static pid_t start_child_with(bool dumpable)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args, sizeof(args));

	if (pid == 0) {
		prctl(PR_SET_DUMPABLE, dumpable);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid < 0 ? -errno : pid;
}

static pid_t start_child(void)
{
	return start_child_with(true);
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

struct outcome {
	int ret;
	struct userns_maps_result result;
	struct error e;
};

/* Writes the maps for a new child. Its arena is `a`. */
static struct outcome write_maps(struct arena *a, struct userns_maps_request req)
{
	struct outcome o = { .e = ERROR_INIT };
	struct userns_writing w;
	pid_t pid = start_child();

	if (pid < 0) {
		o.ret = diagnose_clone(NULL, pid, CLONE_NEWUSER, &o.e);
		return o;
	}
	req.pid = pid;
	o.ret = userns_maps_start(a, &req, &w, &o.e);
	if (o.ret == 0)
		o.ret = userns_maps_finish(&w, &o.result, &o.e);
	end_child(pid);
	return o;
}

static void test_single(const struct userns_caller *real)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = *real;
	struct id_mapping u = { 0, c.euid, 1 }, g = { 5, c.egid, 1 };
	struct idmap uid = { &u, 1 }, gid = { &g, 1 };
	struct outcome o;

	c.has_setid = false;
	c.host = &f.host; /* no helper there */
	f.host.proc = "/proc";
	o = write_maps(&a, (struct userns_maps_request){ .uid = &uid, .gid = &gid, .caller = &c });
	f.host.proc = f.proc;
	if (!is_int(o.ret, 0, "I08 the caller's own id alone, without a helper"))
		printf("# %s\n", o.e.msg);
	ok(idmap_equal(&o.result.uid, &uid) && idmap_equal(&o.result.gid, &gid), "read back");
	ok(o.result.setgroups_denied, "I13 setgroups is denied");
	ok(!o.result.fell_back, "no fall-back");
}

static void test_default(const struct userns_caller *c)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_maps m;
	struct outcome o = { .e = ERROR_INIT };

	if (userns_default_maps(&a, c, 1000, 1000, &m, &o.e) < 0) {
		ok(false, "default maps: %s", o.e.msg);
		return;
	}
	o = write_maps(&a, (struct userns_maps_request){ .uid = &m.uid,
							 .gid = &m.gid,
							 .deny_setgroups = m.deny_setgroups,
							 .try_single = true,
							 .caller = c });
	if (!is_int(o.ret, 0, "I02 I04 I06 this user's default maps are written"))
		printf("# %s\n# %s\n", o.e.msg, o.e.hint);
	ok(o.result.fell_back || idmap_equal(&o.result.uid, &m.uid), "as asked");
	is_int(o.result.setgroups_denied, m.deny_setgroups || o.result.fell_back,
	       "I13 setgroups as the maps need it");
}

/* Nine lines of one id each, with gaps, from what the user has. */
static struct idmap nine_lines(struct id_mapping *m, uint32_t own, uint32_t first)
{
	m[0] = (struct id_mapping){ 0, own, 1 };
	for (uint32_t i = 1; i < 9; i++)
		m[i] = (struct id_mapping){ i * 3, first + i * 2, 1 };
	return (struct idmap){ m, 9 };
}

/* Ids that root has in its user namespace, whichever that is. */
static bool first_existing(struct arena *a, const struct userns_caller *c, uint32_t *ret)
{
	struct error e = ERROR_INIT;
	struct idmap own;

	if (userns_own_map(a, c, false, &own, &e) < 0)
		return false;
	for (size_t i = 0; i < own.n; i++) {
		if (own.m[i].size < 64)
			continue;
		*ret = own.m[i].container_id + 32;
		return true;
	}
	return false;
}

static void test_nine(const struct userns_caller *c)
{
	const char *name = "I04 nine ranges are written whole (crun cut them at six)";
	cleanup_arena struct arena a = ARENA_INIT;
	struct subid_owner me = { .name = userns_caller_name(&a, c), .uid = c->ruid };
	struct id_mapping u[9], g[9];
	struct id_ranges uids = { 0 }, gids = { 0 };
	uint32_t first[2];
	struct idmap uid, gid;
	struct outcome o;

	subid_load(&a, NULL, &me, SUBID_UID, &uids);
	subid_load(&a, NULL, &me, SUBID_GID, &gids);
	if (c->has_setid) {
		if (!first_existing(&a, c, &first[0]) || !first_existing(&a, c, &first[1])) {
			skip(name, "too few ids in this user namespace");
			return;
		}
	} else if (!c->initial || c->no_new_privs || uids.n == 0 || gids.n == 0 ||
		   !userns_host_helper(&a, NULL, false)) {
		skip(name, "newuidmap and sub-ids, in the initial user namespace, are lacking");
		return;
	} else {
		first[0] = uids.r[0].first;
		first[1] = gids.r[0].first;
	}
	uid = nine_lines(u, c->euid, first[0]);
	gid = nine_lines(g, c->egid, first[1]);
	o = write_maps(&a, (struct userns_maps_request){ .uid = &uid, .gid = &gid, .caller = c });
	if (!is_int(o.ret, 0, name))
		printf("# %s\n# %s\n", o.e.msg, o.e.hint);
	ok(o.result.uid.n == 9 && o.result.gid.n == 9, "nine lines of each map are read back");
	ok(!o.result.setgroups_denied, "I13 setgroups stays allowed");
	o = write_maps(&a, (struct userns_maps_request){
				   .uid = &uid, .gid = &gid, .deny_setgroups = true, .caller = c });
	ok(o.ret == 0 && o.result.setgroups_denied, "I13 deny is written when asked for");
}

static void test_not_granted(const struct userns_caller *c)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct id_mapping u[] = { { 0, c->euid, 1 }, { 1, 4000000000U, 10 } };
	struct id_mapping g[] = { { 0, c->egid, 1 }, { 1, 4000000000U, 10 } };
	struct idmap uid = { u, 2 }, gid = { g, 2 };
	struct outcome o;

	if (c->has_setid || !userns_host_helper(&a, NULL, false)) {
		skip("I05 a range that is not granted", "needs a user and newuidmap");
		return;
	}
	o = write_maps(&a, (struct userns_maps_request){ .uid = &uid, .gid = &gid, .caller = c });
	ok(o.ret < 0, "I05 a range that is not granted is an error");
	printf("# %s\n# %s\n", o.e.msg, o.e.hint);
	ok(!strcasestr(o.e.msg, "operation not permitted"), "ER without the engines' words");
	o = write_maps(&a, (struct userns_maps_request){
				   .uid = &uid, .gid = &gid, .try_single = true, .caller = c });
	is_int(o.ret, 0, "I05 the default falls back to the single map");
	ok(o.result.fell_back && o.result.setgroups_denied && idmap_is_single(&o.result.uid),
	   "I05 and says so");
}

/* Helpers that lie, fail or hang about, for a caller without privilege. */
static void test_fake_helpers(const struct userns_caller *real)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct userns_caller c = *real;
	struct id_mapping u[] = { { 0, c.euid, 1 }, { 1, 100000, 10 } };
	struct id_mapping g[] = { { 0, c.egid, 1 }, { 1, 100000, 10 } };
	struct idmap uid = { u, 2 }, gid = { g, 2 };
	struct userns_maps_request req = { .uid = &uid, .gid = &gid, .caller = &c };
	char want[64], *args;
	struct outcome o;

	c.has_setid = false;
	c.no_new_privs = false;
	c.host = &f.host;
	f.host.proc = "/proc";
	o = write_maps(&a, req);
	is_int(o.ret, -ENOENT, "I05 no helper");
	has_str(o.e.msg, "newuidmap: not installed", "P01 is named");
	has_str(o.e.hint, "apt install uidmap", "P01 and what to type");
	fixture_write(&f, "bin/newuidmap", "#!/bin/sh\necho \"$@\" >\"${0%/*}/args\"\n", 0755);
	fixture_write(&f, "bin/newgidmap", "#!/bin/sh\nexit 0\n", 0755);
	o = write_maps(&a, req);
	is_int(o.ret, -EPROTO, "O3 a helper that wrote nothing and says it did");
	has_str(o.e.msg, "is empty, and should be 0..0 -> ", "O3 is found by reading back");
	snprintf(want, sizeof(want), " 0 %u 1 1 100000 10\n", c.euid);
	ok(userns_host_read(&a, f.bin, "args", &args, NULL) == 0 && strstr(args, want) != NULL,
	   "I04 argv is the pid and decimal numbers");
	fixture_write(&f, "bin/newgidmap",
		      "#!/bin/sh\necho 'newgidmap: write to gid_map failed: Operation not "
		      "permitted' >&2\nexit 1\n",
		      0755);
	fixture_write(&f, "bin/newuidmap", "#!/bin/sh\nexit 3\n", 0755);
	o = write_maps(&a, req);
	is_int(o.ret, -EPERM, "I05 a helper that fails");
	has_str(o.e.msg, "has neither the setuid bit nor the file capability cap_setuid",
		"P01 the cause");
	has_str(o.e.msg, "(exit status 3)", "P01 and its status");
	req.try_single = true;
	o = write_maps(&a, req);
	is_int(o.ret, 0, "I05 falls back to a single map");
	ok(o.result.fell_back && idmap_is_single(&o.result.uid) && idmap_is_single(&o.result.gid) &&
		   o.result.setgroups_denied,
	   "I05 single, with setgroups denied");
	f.host.proc = f.proc;
}

/* /proc files of a process that is not dumpable belong to root. */
static void test_not_dumpable(const struct userns_caller *c)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct id_mapping u = { 0, c->euid, 1 }, g = { 0, c->egid, 1 };
	struct idmap uid = { &u, 1 }, gid = { &g, 1 };
	struct userns_maps_request req = { .uid = &uid, .gid = &gid, .caller = c };
	struct error e = ERROR_INIT;
	struct userns_writing w;
	struct stat st;
	int r;

	req.pid = start_child_with(false);
	/* It says so itself a moment after it was made. */
	for (int i = 0; i < 1000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/uid_map", req.pid);
		if (path_stat(path, &st) < 0 || st.st_uid != c->euid)
			break;
		usleep(1000);
	}
	if (st.st_uid == c->euid) {
		skip("a child that is not dumpable", "root owns it anyway");
	} else {
		r = userns_maps_start(&a, &req, &w, &e);
		is_int(r, -EACCES, "a child that is not dumpable");
		has_str(e.msg, "is it not dumpable?", "is told apart");
	}
	end_child(req.pid);
}

static void test_limits(const struct userns_caller *c)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct id_mapping m[300];
	struct idmap map = { m, 300 };
	struct outcome o;

	for (uint32_t i = 0; i < 300; i++)
		m[i] = (struct id_mapping){ i * 2, 100000 + i * 2, 1 };
	m[0].host_id = c->euid;
	for (uint32_t i = 200; i < 300; i++)
		m[i].container_id += 1000000000, m[i].host_id += 1000000000;
	if (strlen(idmap_format(&a, &map)) < (size_t)sysconf(_SC_PAGESIZE)) {
		skip("I04 a map over one page", "pages are large here");
		return;
	}
	o = write_maps(&a, (struct userns_maps_request){ .uid = &map, .gid = &map, .caller = c });
	is_int(o.ret, -E2BIG, "I04 a map over one page is refused before the kernel does");
	has_str(o.e.msg, "less than one page", "I04 with the limit named");
}

int main(void)
{
	struct userns_caller c;
	struct error e = ERROR_INIT;
	pid_t pid = start_child();

	if (pid < 0) {
		diagnose_clone(NULL, pid, CLONE_NEWUSER, &e);
		skip("live maps", e.msg);
		return tap_done();
	}
	end_child(pid);
	if (userns_caller_init(&c, &e) < 0) {
		ok(false, "caller: %s", e.msg);
		return tap_done();
	}
	fixture_init(&f);
	test_single(&c);
	test_default(&c);
	test_nine(&c);
	test_not_granted(&c);
	test_fake_helpers(&c);
	test_not_dumpable(&c);
	test_limits(&c);
	fixture_done(&f);
	return tap_done();
}
