/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls, and his default maps. The initial user namespace is known by its
 * inode number, which the kernel fixes (PROC_USER_INIT_INO): a map of "0 0
 * 4294967295" says nothing, nested namespaces may have it too.
 */
#include "userns/userns.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "userns/diagnose.h"
#include "userns/groups.h"
#include "userns/subid.h"

#define INITIAL_USERNS_INO 0xEFFFFFFDU

enum { LINE_TEXT_MAX = 33 }; /* "4294967295 4294967295 4294967295\n" */

static bool in_set(const struct __user_cap_data_struct *d, unsigned int cap)
{
	return d[cap / 32].effective & (1U << (cap % 32));
}

int userns_caller_init(struct userns_caller *ret, struct error *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	struct stat st;
	int r;

	r = path_stat("/proc/self/ns/user", &st);
	if (r < 0) {
		error_set(e, r, "stat '/proc/self/ns/user'");
		return r == -ENOENT ? error_hint(e, "mount a procfs on /proc; the kernel must be "
						    "built with CONFIG_USER_NS")
				    : r;
	}
	if (syscall(SYS_capget, &head, data) < 0)
		return error_set(e, errno, "read our own capabilities");
	*ret = (struct userns_caller){
		.ruid = getuid(),
		.euid = geteuid(),
		.egid = getegid(),
		.initial = st.st_ino == INITIAL_USERNS_INO,
		.has_setid = in_set(data, CAP_SETUID) && in_set(data, CAP_SETGID),
		.has_setfcap = in_set(data, CAP_SETFCAP),
		.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
		.bounding_setuid = prctl(PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0) == 1,
		.bounding_setgid = prctl(PR_CAPBSET_READ, CAP_SETGID, 0, 0, 0) == 1,
	};
	return 0;
}

const char *userns_caller_name(struct arena *a, const struct userns_caller *c)
{
	return userns_host_user_name(a, c->host, c->ruid);
}

int userns_own_map(struct arena *a, const struct userns_caller *c, bool gid, struct idmap *ret,
		   struct error *e)
{
	const struct userns_host *h = c->host ? c->host : &userns_host_default;
	const char *name = gid ? "self/gid_map" : "self/uid_map";
	char *text;
	int r;

	r = userns_host_read(a, h->proc, name, &text, NULL);
	if (r == 0)
		r = idmap_parse(a, text, ret);
	return r < 0 ? error_set(e, r, "read '%s/%s'", h->proc, name) : 0;
}

/* Root's default: each id that exists for us, as itself. */
static int identity_map(struct arena *a, const struct userns_caller *c, bool gid, struct idmap *ret,
			struct error *e)
{
	int r = userns_own_map(a, c, gid, ret, e);

	for (size_t i = 0; r == 0 && i < ret->n; i++)
		ret->m[i].host_id = ret->m[i].container_id;
	return r;
}

static int single_map(struct arena *a, uint32_t container_id, uint32_t own, struct idmap *ret)
{
	struct id_mapping *m = arena_alloc(a, sizeof(*m));

	if (!m)
		return -ENOMEM;
	*m = (struct id_mapping){ .container_id = container_id, .host_id = own, .size = 1 };
	*ret = (struct idmap){ .m = m, .n = 1 };
	return 0;
}

/* Lines of a map in the order of container ids, within the kernel's limits. */
struct builder {
	struct idmap map;
	size_t text; /* bytes of the kernel text so far */
	size_t text_max;
	bool cut;
};

static void add_line(struct builder *b, uint32_t container_id, uint32_t host_id, uint32_t size)
{
	int n = snprintf(NULL, 0, "%u %u %u\n", container_id, host_id, size);

	b->map.m[b->map.n++] = (struct id_mapping){ container_id, host_id, size };
	b->text += n > 0 ? (size_t)n : 0;
}

/*
 * Lines for container ids [from..to) from the ranges, of which the first
 * `*used` ids (counted over all ranges) are given away already. Keeps room for
 * one line more.
 */
static void add_sub_ids(struct builder *b, const struct id_ranges *r, uint64_t *used, uint64_t from,
			uint64_t to)
{
	uint64_t before = 0;

	for (size_t i = 0; i < r->n && from < to; before += r->r[i++].count) {
		uint64_t skip = *used - before, size;

		if (skip >= r->r[i].count)
			continue;
		size = r->r[i].count - skip;
		if (size > to - from)
			size = to - from;
		if (b->map.n + 1 >= IDMAP_MAX_LINES || b->text + 2 * LINE_TEXT_MAX > b->text_max) {
			b->cut = true;
			return;
		}
		add_line(b, (uint32_t)from, (uint32_t)(r->r[i].first + skip), (uint32_t)size);
		from += size;
		*used += size;
	}
}

static int sub_id_map(struct arena *a, const struct id_ranges *ranges, uint32_t container_id,
		      uint32_t own, struct idmap *ret)
{
	struct builder b = { .text_max = (size_t)sysconf(_SC_PAGESIZE) - 1 };
	struct id_ranges r;
	uint64_t used = 0;

	/* Somebody may own his own uid as a sub-id too: it cannot be mapped twice. */
	if (id_ranges_without(a, ranges, own, &r) < 0)
		return -ENOMEM;
	b.map.m = arena_calloc(a, r.n + 3, sizeof(*b.map.m));
	if (!b.map.m)
		return -ENOMEM;
	add_sub_ids(&b, &r, &used, 0, container_id);
	add_line(&b, container_id, own, 1);
	add_sub_ids(&b, &r, &used, (uint64_t)container_id + 1, UINT32_MAX);
	if (b.cut)
		log_warning("the %zu ranges of sub-ids do not fit the kernel's limit for a map; "
			    "%llu ids are used",
			    ranges->n, (unsigned long long)used);
	*ret = b.map;
	return 0;
}

/* Says once, in the log, why only one id is there and how to get more. */
static void warn_single(struct arena *a, const struct userns_caller *c)
{
	struct error why = ERROR_INIT;

	if (!log_enabled(LOG_LEVEL_WARNING))
		return;
	diagnose_no_sub_ids(a, c, &why);
	log_warning("%s; the container has one user and one group only; %s", why.msg, why.hint);
}

static int load_ranges(struct arena *a, const struct userns_caller *c, struct id_ranges *ret_uids,
		       struct id_ranges *ret_gids)
{
	struct subid_owner owner = { .name = userns_caller_name(a, c), .uid = c->ruid };
	int r = subid_load(a, c->host, &owner, SUBID_UID, ret_uids);

	return r < 0 ? r : subid_load(a, c->host, &owner, SUBID_GID, ret_gids);
}

/* A group that is granted and to be shown as itself fills no other place. */
static int leave_out_shown(struct arena *a, const struct userns_caller *c, struct id_ranges *gids)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->shown.n; i++)
		r = id_ranges_without(a, gids, c->shown.g[i].gid, gids);
	return r;
}

/* One user and one group, or all that the sub-ids give. */
static int user_maps(struct arena *a, const struct userns_caller *c,
		     const struct id_mapping *at /* [2]: where the caller's ids are to be */,
		     struct userns_maps *m)
{
	struct id_ranges uids, gids;
	int r = load_ranges(a, c, &uids, &gids);

	if (r < 0)
		return r;
	/* One without the other is of no use: files have both an owner and a group. */
	m->single = uids.n == 0 || gids.n == 0;
	if (m->single)
		warn_single(a, c);
	r = leave_out_shown(a, c, &gids);
	if (r < 0)
		return r;
	r = m->single ? single_map(a, at[0].container_id, at[0].host_id, &m->uid)
		      : sub_id_map(a, &uids, at[0].container_id, at[0].host_id, &m->uid);
	if (r < 0)
		return r;
	return m->single ? single_map(a, at[1].container_id, at[1].host_id, &m->gid)
			 : sub_id_map(a, &gids, at[1].container_id, at[1].host_id, &m->gid);
}

int userns_default_maps(struct arena *a, const struct userns_caller *c, uint32_t container_uid,
			uint32_t container_gid, struct userns_maps *ret, struct error *e)
{
	const struct id_mapping at[] = { { container_uid, c->euid, 1 },
					 { container_gid, c->egid, 1 } };
	struct userns_maps maps = { 0 };
	bool denied = false;
	int r;

	if (container_uid == UINT32_MAX || container_gid == UINT32_MAX)
		return error_msg(e, EINVAL, "process.user: 4294967295 is no id");
	if (c->euid == 0 && c->has_setid) {
		r = identity_map(a, c, false, &maps.uid, e);
		if (r == 0)
			r = identity_map(a, c, true, &maps.gid, e);
		if (r < 0)
			return r;
		maps.single = idmap_is_single(&maps.uid) && idmap_is_single(&maps.gid);
	} else {
		r = user_maps(a, c, at, &maps);
		if (r < 0)
			return error_set(e, r, "make the default id maps of uid %u", c->ruid);
	}
	r = groups_show(a, c, &maps.gid, e);
	if (r < 0)
		return r;
	maps.single = maps.single && maps.gid.n == 1;
	/* What an outer user namespace denies, an inner one cannot allow. */
	if (!c->initial)
		(void)groups_read_setgroups_policy(c->host, 0, &denied);
	maps.deny_setgroups = denied || groups_deny_needed(c, &maps.gid);
	*ret = maps;
	return 0;
}

static int all_sub_ids(struct arena *a, const struct id_ranges *ranges, uint32_t own,
		       struct idmap *ret)
{
	struct builder b = { .text_max = (size_t)sysconf(_SC_PAGESIZE) - 1 };
	struct id_ranges r;
	uint64_t used = 0;

	if (id_ranges_without(a, ranges, own, &r) < 0)
		return -ENOMEM;
	b.map.m = arena_calloc(a, r.n + 1, sizeof(*b.map.m));
	if (!b.map.m)
		return -ENOMEM;
	add_sub_ids(&b, &r, &used, 0, UINT32_MAX);
	*ret = b.map;
	return 0;
}

int userns_sub_id_maps(struct arena *a, const struct userns_caller *c, struct userns_maps *ret,
		       struct error *e)
{
	struct userns_maps maps = { 0 };
	struct id_ranges uids, gids;
	int r = load_ranges(a, c, &uids, &gids);

	if (r == 0 && uids.n && gids.n) {
		r = all_sub_ids(a, &uids, c->euid, &maps.uid);
		if (r == 0)
			r = leave_out_shown(a, c, &gids);
		if (r == 0)
			r = all_sub_ids(a, &gids, c->egid, &maps.gid);
	}
	if (r < 0)
		return error_set(e, r, "make id maps of the sub-ids of uid %u", c->ruid);
	if (maps.uid.n == 0 || maps.gid.n == 0)
		return diagnose_no_sub_ids(a, c, e);
	r = groups_show(a, c, &maps.gid, e);
	if (r < 0)
		return r;
	*ret = maps;
	return 0;
}

int userns_require_mapped(const struct idmap *map, uint32_t id, const char *what, struct error *e)
{
	char text[512];

	if (idmap_has(map, id))
		return 0;
	return error_kind(e, KIND_ID_UNMAPPED, EINVAL,
			  "%s %u is not mapped in the user namespace: the map is %s", what, id,
			  idmap_describe(map, text, sizeof(text)));
}
