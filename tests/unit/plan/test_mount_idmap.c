/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of idmap= and ridmap= (M08, M09), and what becomes of it for a
 * new file system and for a bind (M10, M11).
 */
#include <errno.h>
#include <string.h>

#include "../tap.h"
#include "base/arena.h"
#include "plan/mount_idmap.h"

/* The container has 0..9 at 1000 of the host's, and 10..109 at 5000. */
static struct id_mapping own_lines[] = { { 0, 1000, 10 }, { 10, 5000, 100 } };
static const struct mount_idmap own = { { own_lines, 2 }, { own_lines, 2 } };
static const struct mount_idmap none;

static const char *text_of(const struct idmap *map, char *buf, size_t len)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < map->n && n < len; i++)
		n += (size_t)snprintf(buf + n, len - n, "%s%u-%u-%u", i ? "#" : "",
				      map->m[i].container_id, map->m[i].host_id, map->m[i].size);
	return buf;
}

static void takes(const char *value, const struct mount_idmap *maps, const char *uids,
		  const char *gids)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct mount_idmap got;
	char text[512];
	int r = mount_idmap_parse(&a, value, maps, &got, &e);

	if (!ok(r == 0, "M08 '%s' is taken (%s)", value, e.msg))
		return;
	is_str(text_of(&got.uid, text, sizeof(text)), uids, "M08 its user ids");
	is_str(text_of(&got.gid, text, sizeof(text)), gids, "M08 its group ids");
}

static void refuses(const char *value, const char *part)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct mount_idmap got;
	int r = mount_idmap_parse(&a, value, &own, &got, &e);

	ok(r == -EINVAL && strstr(e.msg, part), "M08 '%s' is refused for %s (%s)", value, part,
	   e.msg);
}

static void test_grammar(void)
{
	takes("uids=0-1-10", &own, "0-1-10", "");
	takes("gids=0-1-10", &own, "", "0-1-10");
	takes("uids=0-1-10#10-11-10;gids=0-100-10", &own, "0-1-10#10-11-10", "0-100-10");
	takes("gids=0-100-10;uids=0-1-10", &own, "0-1-10", "0-100-10");
	takes("uids=0-4294967294-1", &own, "0-4294967294-1", "");

	refuses("", "only uids");
	refuses("uids", "only uids");
	refuses("pids=0-1-1", "only uids");
	refuses("uids=0-1-1;", "only uids");
	refuses("uids=0-1-1;uids=5-6-1", "given twice");
	refuses("uids=", "LENGTH");
	refuses("uids=0-1-1#", "LENGTH");
	refuses("uids=#0-1-1", "LENGTH");
	refuses("uids=0-1", "LENGTH");
	refuses("uids=0-1-", "LENGTH");
	refuses("uids=0-1-1-1", "LENGTH");
	refuses("uids=0:1:1", "LENGTH");
	refuses("uids=0-1-1,2-3-4", "LENGTH");
	refuses("uids= 0-1-1", "LENGTH");
	refuses("uids=+0-1-1", "LENGTH");
	refuses("uids=0--1-1", "LENGTH");
	refuses("uids=@@0-1-1", "LENGTH");
	refuses("uids=4294967296-1-1", "LENGTH");
	refuses("uids=0-1-0", "size is 0");
	refuses("uids=0-4294967295-1", "runs over");
	refuses("uids=4294967290-0-10", "runs over");
	refuses("uids=0-1-10#5-100-1", "overlaps");
	refuses("uids=0-1-10#20-5-1", "overlaps");
}

static void test_relative(void)
{
	/* crun's manual: 3 in the container is 4 of the host where 1.. is 2.. */
	struct id_mapping crun[] = { { 0, 0, 1 }, { 1, 2, 1000 } };
	const struct mount_idmap maps = { { crun, 2 }, { crun, 2 } };

	takes("uids=@1-3-10", &maps, "1-4-10", "");
	takes("uids=@0-0-10", &own, "0-1000-10", "");
	takes("uids=@0-10-5;gids=@7-2-3", &own, "0-5000-5", "7-1002-3");
	takes("uids=@0-5-10", &own, "0-1005-5#5-5000-5", "");
	takes("uids=@0-0-110", &own, "0-1000-10#10-5000-100", "");
	takes("uids=@0-0-1#1-77-1#@2-1-1", &own, "0-1000-1#1-77-1#2-1001-1", "");
	takes("uids=@0-5-10", &none, "0-5-10", "");

	refuses("uids=@0-200-1", "id 200 is not mapped");
	refuses("uids=@0-105-10", "id 110 is not mapped");
	refuses("uids=@0-5-1#1-1005-1", "overlaps");
}

static void test_limit(void)
{
	char text[IDMAP_MAX_LINES * 16 + 32] = "uids=";
	size_t n = strlen(text);

	for (int i = 0; i <= IDMAP_MAX_LINES; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%d-%d-1", i ? "#" : "", i * 2,
				      i * 2);
		if (i == IDMAP_MAX_LINES - 1) {
			cleanup_arena struct arena a = ARENA_INIT;
			struct error e = ERROR_INIT;
			struct mount_idmap got;

			is_int(mount_idmap_parse(&a, text, &own, &got, &e), 0, "M08 340 ranges");
			is_int((long)got.uid.n, IDMAP_MAX_LINES, "M08 all of them");
		}
	}
	refuses(text, "340 ranges at most");
}

/* --- the plan of one mount --- */

static struct oci_mount bind_mount(struct arena *a, bool maps)
{
	struct oci_mount m = { .destination = "/x", .type = "bind", .source = "/host" };

	if (maps) {
		struct id_mapping *line = arena_calloc(a, 1, sizeof(*line));

		*line = (struct id_mapping){ 0, 1003, 2 };
		m.uid_mappings = m.gid_mappings = (struct idmap){ line, 1 };
	}
	return m;
}

static int plan(struct arena *a, const struct namespace_plan *ns, const char *word, bool maps,
		struct mount_plan *m, struct error *e)
{
	struct oci_mount oci = bind_mount(a, maps);
	const struct mount_idmap_request req = { a, ns, &oci, word };

	error_clear(e);
	return plan_mount_idmap(&req, m, e);
}

static void test_plan(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct namespace_plan ns = { .uid_map = own.uid, .gid_map = own.gid };
	struct mount_plan m = { .kind = MOUNT_BIND, .destination = "/x" };
	struct error e = ERROR_INIT;
	char text[128];

	is_int(plan(&a, &ns, "idmap", false, &m, &e), 0, "M08 idmap alone");
	is_str(text_of(&m.uid_mappings, text, sizeof(text)), "0-1000-10#10-5000-100",
	       "M08 is the container's map");
	ok(!m.idmap_recursive, "M08 of one mount");
	is_int(plan(&a, &ns, "ridmap=uids=0-1-1", false, &m, &e), 0, "M09 ridmap=");
	ok(m.idmap_recursive, "M09 of all below");
	is_str(text_of(&m.gid_mappings, text, sizeof(text)), "0-1000-10#10-5000-100",
	       "M08 what is left out is the container's");
	is_int(plan(&a, &ns, NULL, true, &m, &e), 0, "M10 uidMappings of a bind");
	is_str(text_of(&m.uid_mappings, text, sizeof(text)), "0-1003-2", "M10 in the caller's ids");
	is_int(plan(&a, &ns, "idmap=uids=0-1-1", true, &m, &e), -EINVAL, "M10 both");
	has_str(e.msg, "one is enough", "M10 both are refused");

	m = (struct mount_plan){ .kind = MOUNT_FS, .destination = "/x" };
	is_int(plan(&a, &ns, "idmap=uids=0-1005-10", false, &m, &e), -EINVAL, "M10 a new fs");
	has_str(e.msg, "host id 1010 is not mapped", "M10 an id that the container lacks");
	is_int(plan(&a, &ns, "idmap=uids=@0-5-10;gids=0-5000-1", false, &m, &e), 0, "M10 a new fs");
	is_str(text_of(&m.uid_mappings, text, sizeof(text)), "0-5-5#5-10-5", "M10 in ids inside");
	is_str(text_of(&m.gid_mappings, text, sizeof(text)), "0-10-1", "M10 in ids inside");
	is_int(plan(&a, &ns, "idmap", false, &m, &e), 0, "M10 a new fs by the container's map");
	ok(!m.uid_mappings.n, "M10 has it already");

	m.kind = MOUNT_CGROUP;
	is_int(plan(&a, &ns, "idmap", false, &m, &e), -EINVAL, "M08 of a cgroup mount");
}

static void test_no_own_namespace(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct namespace_plan ns = { .caller_initial = true };
	struct mount_plan m = { .kind = MOUNT_BIND, .destination = "/x" };
	struct error e = ERROR_INIT;

	is_int(plan(&a, &ns, "idmap", false, &m, &e), 0, "M08 idmap without a user namespace");
	ok(!m.uid_mappings.n && !m.idmap_userns, "M08 changes nothing");
	is_int(plan(&a, &ns, "idmap=uids=0-1-1", false, &m, &e), -EINVAL, "M08 gids is missing");
	has_str(e.msg, "'gids=' is missing", "M08 and named");
	is_int(plan(&a, &ns, "idmap=uids=0-0-65536;gids=0-0-65536", false, &m, &e), 0,
	       "M11 an identity that hides ids");
	ok(m.uid_mappings.n == 1, "M11 stays a map");
	ns.join[OCI_NS_USER] = "/proc/1/ns/user";
	is_int(plan(&a, &ns, "ridmap", false, &m, &e), 0, "M08 a joined user namespace");
	ok(m.idmap_userns && m.idmap_recursive && !m.uid_mappings.n, "M08 lends its maps");
	is_int(plan(&a, &ns, "idmap=uids=@0-1-1;gids=0-1-1", false, &m, &e), -EINVAL,
	       "M08 '@' with a joined one");
}

/* M11: what a plain bind does as well needs no power. */
static void test_identity(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct namespace_plan ns = {
		.uid_map = own.uid,
		.gid_map = own.gid,
		.caller_initial = true,
	};
	static const char same[] = "idmap=uids=1000-1000-10#5000-5000-100;gids=0-0-65536";
	struct mount_plan m = { .kind = MOUNT_BIND, .destination = "/x" };
	struct error e = ERROR_INIT;

	is_int(plan(&a, &ns, same, false, &m, &e), 0, "M11 an identity of all that is visible");
	ok(!m.uid_mappings.n && !m.gid_mappings.n, "M11 is a plain bind");
	is_int(plan(&a, &ns, "idmap=uids=1000-1000-10#5000-5000-99;gids=0-0-65536", false, &m, &e),
	       0, "M11 an identity that lacks one id");
	ok(m.uid_mappings.n == 2, "M11 stays a map");
	ns.caller_initial = false;
	is_int(plan(&a, &ns, same, false, &m, &e), 0, "M11 an identity of another namespace's ids");
	ok(m.uid_mappings.n == 2, "M11 stays a map");
}

int main(void)
{
	test_grammar();
	test_relative();
	test_limit();
	test_plan();
	test_no_own_namespace();
	test_identity();
	return tap_done();
}
