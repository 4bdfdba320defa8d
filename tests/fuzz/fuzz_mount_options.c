/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount options and id maps from hostile bytes: the first byte chooses the kind of
 * mount and of container, each line is an option. Oracles: no crash, no leak; a
 * refusal is one line that names the mount and the option or key; what is taken
 * sets and clears no flag at once; maps are such as the kernel takes, and each id
 * goes where the text says. The lines are tried as mountinfo, too.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mountinfo.h"
#include "base/syscalls.h"
#include "plan/mount_idmap.h"
#include "plan/mount_options.h"
#include "plan/rootfs_parts.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

enum { OPTIONS_MAX = 64 };

static struct id_mapping own_lines[] = { { 0, 1000, 10 }, { 10, 5000, 100 }, { 500, 7, 1 } };
static const struct idmap own_map = { own_lines, 3 };

static void check_message(const struct error *e)
{
	CHECK(e->code > 0 && *e->msg);
	CHECK(!strchr(e->msg, '\n'));
}

/* The first and last id of a triplet, looked up by hand. */
static void check_triplet(const char *text, const struct idmap *own, const struct idmap *got)
{
	bool relative = *text == '@';
	unsigned int f, h, n;

	if (sscanf(text + relative, "%u-%u-%u", &f, &h, &n) != 3)
		return;
	for (int last = 0; last < 2; last++) {
		uint32_t id = f + (last ? n - 1 : 0), want = h + (last ? n - 1 : 0), is;

		if (relative && own->n)
			CHECK(idmap_to_host(own, want, &want));
		CHECK(idmap_to_host(got, id, &is) && is == want);
	}
}

static void check_list(const char *list, const struct idmap *own, const struct idmap *got)
{
	while (*list && *list != ';') {
		check_triplet(list, own, got);
		list += strcspn(list, "#;");
		list += *list == '#';
	}
}

static void try_grammar(const char *value, const struct mount_idmap *own)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct mount_idmap got = { 0 };
	struct error e = ERROR_INIT;
	const char *uids = strstr(value, "uids="), *gids = strstr(value, "gids=");
	int r = mount_idmap_parse(&a, value, own, &got, &e);

	if (r < 0) {
		check_message(&e);
		return;
	}
	CHECK(got.uid.n || got.gid.n);
	CHECK(idmap_validate(&got.uid, "uids", &e) == 0);
	CHECK(idmap_validate(&got.gid, "gids", &e) == 0);
	CHECK(!uids == !got.uid.n && !gids == !got.gid.n);
	if (uids)
		check_list(uids + 5, &own->uid, &got.uid);
	if (gids)
		check_list(gids + 5, &own->gid, &got.gid);
}

static void try_mountinfo(const char *line)
{
	char *copy = strdup(line);
	struct mountinfo m = { 0 };

	CHECK(copy);
	if (mountinfo_parse(copy, &m) == 0)
		CHECK(m.root && m.destination && m.options && m.propagation && m.type && m.source &&
		      m.super_options);
	free(copy);
}

static void check_plan(const struct mount_plan *m, const struct launch_plan *plan)
{
	const struct mount_flags *f = &m->flags;
	struct error e = ERROR_INIT;

	/* The access time is a field of bits: all of it is cleared for one to be set. */
	CHECK(!(f->set & f->clear & ~(uint64_t)MOUNT_ATTR__ATIME));
	CHECK(!(f->rec_set & f->rec_clear & ~(uint64_t)MOUNT_ATTR__ATIME));
	CHECK(m->destination && m->destination[0] == '/');
	CHECK(idmap_validate(&m->uid_mappings, "uids", &e) == 0);
	CHECK(idmap_validate(&m->gid_mappings, "gids", &e) == 0);
	CHECK(!m->uid_mappings.n == !m->gid_mappings.n);
	if (m->kind == MOUNT_FS && plan->ns.uid_map.n)
		for (size_t i = 0; i < m->uid_mappings.n; i++)
			CHECK(idmap_has(&plan->ns.uid_map, m->uid_mappings.m[i].host_id));
	if (m->idmap_recursive)
		CHECK(m->uid_mappings.n || m->idmap_userns);
}

static void try_plan(uint8_t mode, char **options, size_t n)
{
	static const char *const types[] = { "bind", "tmpfs", "cgroup", "proc", "devpts", NULL };
	static struct id_mapping line = { 0, 1003, 2 };
	cleanup_arena struct arena a = ARENA_INIT;
	struct launch_plan plan = { .bundle = "/bundle" };
	struct mount_plan m = { 0 };
	struct error e = ERROR_INIT;
	struct oci_mount oci = {
		.destination = mode & 8 ? "/x/../y//z" : "/proc",
		.type = types[mode % 6],
		.source = "source",
		.options = { options, n },
	};
	int r;

	if (mode & 16)
		plan.ns.uid_map = plan.ns.gid_map = own_map;
	else if (mode & 32)
		plan.ns.join[OCI_NS_USER] = "/proc/7/ns/user";
	plan.ns.caller_initial = mode & 64;
	if (mode & 128)
		oci.uid_mappings = oci.gid_mappings = (struct idmap){ &line, 1 };
	r = plan_one_mount(&a, &plan, &oci, &m, &e);
	if (r == 0) {
		check_plan(&m, &plan);
		return;
	}
	check_message(&e);
	CHECK(strncmp(e.msg, ".mounts[0]", 10) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mount_idmap none, own = { { own_lines, 3 }, { own_lines, 3 } };
	char *options[OPTIONS_MAX + 1] = { 0 }, *text, *line, *save = NULL;
	size_t n = 0;

	if (size < 1)
		return 0;
	text = malloc(size);
	CHECK(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	for (line = strtok_r(text, "\n", &save); line && n < OPTIONS_MAX;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *value = strstr(line, "idmap=");

		try_mountinfo(line);
		try_grammar(value ? value + 6 : line, data[0] & 16 ? &own : &none);
		options[n++] = line;
	}
	try_plan(data[0], options, n);
	free(text);
	return 0;
}
