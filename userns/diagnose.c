/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a map could not be written. The helpers say "write to uid_map failed:
 * Operation not permitted" for a dozen causes; each can be told apart from
 * outside by looking at the same things that the kernel and they look at.
 */
#include "userns/diagnose.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "userns/subid.h"

enum {
	GRANT_SIZE = 65536,
	RANGES_TEXT = 256,
	OVERFLOW_UID = 65534, /* kernel.overflowuid's default */
};

struct helper_case {
	struct arena *a;
	const struct userns_caller *c;
	const struct userns_host *h;
	const struct helper_failure *f;
	const char *name, *cap_name; /* newuidmap, cap_setuid */
	unsigned int cap;
	struct stat st;
	bool setuid_bit, file_cap;
	struct error *v; /* the verdict: cause and remedy */
};

static const struct userns_host *host_of(const struct userns_caller *c)
{
	return c->host ? c->host : &userns_host_default;
}

const char *diagnose_reword(const char *output, char *buf, size_t len)
{
	return len ? error_reword(output, buf, len) : "";
}

/* --- who may have which ids --- */

/* "'ana' (uid 1000)" or "uid 1000" */
static const char *describe_user(struct arena *a, const struct userns_caller *c)
{
	const char *name = userns_caller_name(a, c);
	const char *s = name ? arena_printf(a, "'%s' (uid %u)", name, c->ruid)
			     : arena_printf(a, "uid %u", c->ruid);

	return s ? s : "this user";
}

static uint32_t find_free(struct arena *a, const struct userns_host *h)
{
	struct subid_owner any = { .any = true };
	struct id_ranges uids = { 0 }, gids = { 0 };

	if (subid_load(a, h, &any, SUBID_UID, &uids) < 0 ||
	    subid_load(a, h, &any, SUBID_GID, &gids) < 0)
		return 0;
	return subid_find_free(&uids, &gids, GRANT_SIZE);
}

/* Is this user one that usermod can edit? */
static bool is_local_user(struct arena *a, const struct userns_caller *c)
{
	char *text;

	return userns_host_read(a, host_of(c)->etc, "passwd", &text, NULL) == 0 &&
	       passwd_find_name(a, text, c->ruid);
}

/* How to get this range: usermod, or a line for a user it does not know. */
static void hint_grant(struct arena *a, const struct userns_caller *c, bool uid, bool gid,
		       const struct id_range *range, struct error *e)
{
	const struct userns_host *h = host_of(c);
	const char *name = userns_caller_name(a, c);
	unsigned int first = range->first, last = range->first + range->count - 1;
	char number[16];

	if (userns_host_has_nss(h, "subid")) {
		error_hint(
			e,
			"ask for sub-ids where the 'subid:' line of '%s/nsswitch.conf' points to",
			h->etc);
		return;
	}
	if (name && is_local_user(a, c)) {
		char uid_arg[64] = "", gid_arg[64] = "";

		if (uid)
			snprintf(uid_arg, sizeof(uid_arg), " --add-subuids %u-%u", first, last);
		if (gid)
			snprintf(gid_arg, sizeof(gid_arg), " --add-subgids %u-%u", first, last);
		error_hint(e, "type 'sudo usermod%s%s %s'", uid_arg, gid_arg, name);
		return;
	}
	snprintf(number, sizeof(number), "%u", c->ruid);
	error_hint(e, "type 'echo %s:%u:%u | sudo tee -a%s%s%s%s'", name ? name : number, first,
		   range->count, uid ? " " : "", uid ? subid_file(SUBID_UID) : "", gid ? " " : "",
		   gid ? subid_file(SUBID_GID) : "");
}

int diagnose_group(struct arena *a, const struct userns_caller *c, const struct shown_group *g,
		   struct error *e)
{
	const char *name = userns_caller_name(a, c), *user = describe_user(a, c);
	const struct id_range range = { g->gid, 1 };
	char number[16];

	snprintf(number, sizeof(number), "%u", c->ruid);
	error_kind(e, KIND_SUB_IDS_NOT_GRANTED, EPERM,
		   "--map-groups: group '%s' (gid %u) is not granted to %s: that takes the line "
		   "'%s:%u:1' in '%s/subgid'",
		   g->word, g->gid, user, name ? name : number, g->gid, host_of(c)->etc);
	hint_grant(a, c, false, true, &range, e);
	return -e->code;
}

int diagnose_no_sub_ids(struct arena *a, const struct userns_caller *c, struct error *e)
{
	struct subid_owner owner = { .name = userns_caller_name(a, c), .uid = c->ruid };
	const struct userns_host *h = host_of(c);
	struct id_ranges uids = { 0 }, gids = { 0 };
	struct id_range grant = { .count = GRANT_SIZE };
	const char *file, *user = describe_user(a, c);

	(void)subid_load(a, h, &owner, SUBID_UID, &uids);
	(void)subid_load(a, h, &owner, SUBID_GID, &gids);
	file = uids.n == 0 && gids.n == 0 ? "subuid and subgid" : uids.n == 0 ? "subuid" : "subgid";
	if (uids.n_malformed || gids.n_malformed)
		error_kind(e, KIND_SUB_IDS_MALFORMED, EINVAL,
			   "%s has a line in '%s' of '%s' that cannot be read (a blank, a carriage "
			   "return, or numbers out of range)",
			   user, uids.n_malformed ? "subuid" : "subgid", h->etc);
	else
		error_kind(e, KIND_NO_SUB_IDS, EINVAL, "%s has no sub-ids in %s of '%s'", user,
			   file, h->etc);
	grant.first = find_free(a, h);
	if (grant.first)
		hint_grant(a, c, uids.n == 0, gids.n == 0, &grant, e);
	else
		error_hint(e, "see subuid(5): no range of %d ids is free in both files",
			   GRANT_SIZE);
	return -e->code;
}

/* Does one line of our own map hold all these ids? */
static bool exists_here(const struct idmap *own, const struct id_mapping *l)
{
	for (size_t i = 0; i < own->n; i++) {
		const struct id_mapping *o = &own->m[i];

		if (l->host_id >= o->container_id &&
		    (uint64_t)l->host_id + l->size <= (uint64_t)o->container_id + o->size)
			return true;
	}
	return false;
}

/* Ids of the map that do not exist in the user namespace we run in. */
static int check_own_map(struct arena *a, const struct userns_caller *c, const struct idmap *map,
			 bool gid, struct error *v)
{
	char text[RANGES_TEXT];
	struct idmap own;

	if (userns_own_map(a, c, gid, &own, v) < 0) {
		error_clear(v);
		return 0;
	}
	for (size_t i = 0; i < map->n; i++) {
		const struct id_mapping *l = &map->m[i];

		if (exists_here(&own, l))
			continue;
		error_kind(v, KIND_IDS_NOT_HERE, EPERM,
			   "%s ids %u..%llu do not exist in the user namespace we run in (%s)",
			   gid ? "group" : "user", l->host_id,
			   (unsigned long long)l->host_id + l->size - 1,
			   idmap_describe(&own, text, sizeof(text)));
		return error_hint(v,
				  "give the outer container more ids, or use a smaller range in "
				  "'%s' in here",
				  subid_file(gid ? SUBID_GID : SUBID_UID));
	}
	return 0;
}

/* --- the helper's own file, and what the kernel grants to it --- */

static int check_start(struct helper_case *k)
{
	const struct helper_failure *f = k->f;

	if (!f->path) {
		error_kind(k->v, KIND_HELPER_MISSING, ENOENT,
			   "not installed (looked in /usr/bin and its like)");
		return error_hint(k->v,
				  "type 'sudo apt install uidmap' (Debian, Ubuntu), 'sudo dnf "
				  "install shadow-utils' (Fedora, RHEL), 'sudo zypper install "
				  "shadow' (SUSE) or 'sudo apk add shadow-subids' (Alpine)");
	}
	if (f->errnum != -EPROTO)
		return error_kind_set(k->v, KIND_HELPER_FAILED, f->errnum, "cannot start '%s'",
				      f->path);
	if (strcmp(f->status, "timed out") == 0)
		return error_kind(k->v, KIND_HELPER_FAILED, ETIMEDOUT,
				  "timed out: does a user database not answer?");
	return 0;
}

/* Files of a process that is not dumpable belong to root (proc(5)). */
static int check_dumpable(struct helper_case *k)
{
	char *path = arena_printf(k->a, "%s/%d/uid_map", k->h->proc, k->f->pid);
	struct stat st;

	if (!path || k->c->euid == 0 || path_stat(path, &st) < 0 || st.st_uid == k->c->euid)
		return 0;
	return error_kind(k->v, KIND_NOT_DUMPABLE, EACCES,
			  "'%s' belongs to uid %u: the process is not dumpable or not ours", path,
			  st.st_uid);
}

static int check_no_new_privs(struct helper_case *k)
{
	if (!k->c->no_new_privs)
		return 0;
	error_kind(k->v, KIND_NO_NEW_PRIVS, EPERM,
		   "no_new_privs is set on this process, so '%s' gains no privilege", k->f->path);
	return error_hint(k->v,
			  "take NoNewPrivileges= (or a setting that implies it, as "
			  "RestrictSUIDSGID=, SystemCallFilter= or PrivateDevices= do for users) "
			  "from the systemd unit, or no-new-privileges from the outer container");
}

static bool read_file_cap(int fd, unsigned int cap)
{
	struct vfs_cap_data data = { 0 };
	char buf[sizeof(struct vfs_ns_cap_data)];
	ssize_t n = fgetxattr(fd, "security.capability", buf, sizeof(buf));

	if (n < (ssize_t)(sizeof(data.magic_etc) + sizeof(data.data[0])))
		return false;
	memcpy(&data, buf, (size_t)n < sizeof(data) ? (size_t)n : sizeof(data));
	return le32toh(data.data[0].permitted) & (1U << cap);
}

static int check_privilege_bits(struct helper_case *k)
{
	const char *path = k->f->path;

	if (k->setuid_bit && k->st.st_uid == OVERFLOW_UID && !k->c->initial) {
		error_kind(
			k->v, KIND_HELPER_PRIVILEGE, EPERM,
			"'%s' is setuid to a user who does not exist in the user namespace we run in",
			path);
		return error_hint(k->v,
				  "start urun outside of this user namespace, or as its root");
	}
	if (k->setuid_bit && k->st.st_uid != 0) {
		error_kind(k->v, KIND_HELPER_PRIVILEGE, EPERM,
			   "'%s' is setuid, but belongs to uid %u", path, k->st.st_uid);
		return error_hint(k->v, "type 'sudo chown root:root %s && sudo chmod 4755 %s'",
				  path, path);
	}
	if (k->setuid_bit && k->file_cap) {
		error_kind(
			k->v, KIND_HELPER_PRIVILEGE, EPERM,
			"'%s' has both the setuid bit and the file capability %s, which the kernel "
			"turns into too little",
			path, k->cap_name);
		return error_hint(k->v, "type 'sudo setcap -r %s'", path);
	}
	if (!k->setuid_bit && !k->file_cap) {
		error_kind(
			k->v, KIND_HELPER_PRIVILEGE, EPERM,
			"'%s' has neither the setuid bit nor the file capability %s (lost by a copy, "
			"an image or NFS?)",
			path, k->cap_name);
		return error_hint(k->v, "type 'sudo setcap %s=ep %s'", k->cap_name, path);
	}
	return 0;
}

static int check_file(struct helper_case *k)
{
	cleanup_fd int fd = path_open(k->f->path, O_RDONLY | O_NONBLOCK);
	cleanup_fd int where = path_open(k->f->path, O_PATH);
	struct statvfs vfs;
	int r;

	/* Without read permission the capability cannot be seen: no judgement. */
	if (fd < 0 || fstat(fd, &k->st) < 0)
		return 0;
	k->setuid_bit = k->st.st_mode & S_ISUID;
	k->file_cap = read_file_cap(fd, k->cap);
	r = check_privilege_bits(k);
	if (r < 0)
		return r;
	if (where < 0 || fstatvfs(where, &vfs) < 0 || !(vfs.f_flag & ST_NOSUID))
		return 0;
	error_kind(k->v, KIND_HELPER_NOSUID, EPERM, "'%s' lies on a file system mounted nosuid",
		   k->f->path);
	return error_hint(k->v,
			  "see 'findmnt -T %s'; type 'sudo mount -o remount,suid MOUNT POINT'",
			  k->f->path);
}

static int check_bounding(struct helper_case *k)
{
	if (k->f->gid ? k->c->bounding_setgid : k->c->bounding_setuid)
		return 0;
	error_kind(k->v, KIND_BOUNDING_SET, EPERM,
		   "%s is not in our capability bounding set, so nobody can gain it here",
		   k->cap_name);
	return error_hint(k->v,
			  "take it from CapabilityBoundingSet= of the systemd unit, or add it to "
			  "the outer container ('--cap-add %s')",
			  k->cap_name + 4);
}

static int check_sub_ids(struct helper_case *k)
{
	struct subid_owner owner = { .name = userns_caller_name(k->a, k->c), .uid = k->c->ruid };
	enum subid_kind kind = k->f->gid ? SUBID_GID : SUBID_UID;
	uint32_t own = k->f->gid ? k->c->egid : k->c->ruid;
	struct id_ranges ranges;
	char text[RANGES_TEXT];

	if (subid_load(k->a, k->h, &owner, kind, &ranges) < 0)
		return 0;
	for (size_t i = 0; i < k->f->map->n; i++) {
		const struct id_mapping *l = &k->f->map->m[i];
		struct id_range asked = { l->host_id, l->size };

		if ((l->size == 1 && l->host_id == own) ||
		    id_ranges_has(&ranges, l->host_id, l->size))
			continue;
		if (ranges.n == 0)
			return diagnose_no_sub_ids(k->a, k->c, k->v);
		error_kind(k->v, KIND_SUB_IDS_NOT_GRANTED, EPERM,
			   "%s ids %u..%llu are not granted to %s in '%s/%s' (it has %s)",
			   k->f->gid ? "group" : "user", l->host_id,
			   (unsigned long long)l->host_id + l->size - 1, describe_user(k->a, k->c),
			   k->h->etc, k->f->gid ? "subgid" : "subuid",
			   id_ranges_describe(&ranges, text, sizeof(text)));
		hint_grant(k->a, k->c, !k->f->gid, k->f->gid, &asked, k->v);
		return -k->v->code;
	}
	return 0;
}

static int check_nested(struct helper_case *k)
{
	return k->c->initial ? 0 : check_own_map(k->a, k->c, k->f->map, k->f->gid, k->v);
}

static int check_apparmor(struct helper_case *k)
{
	if (!diagnose_apparmor_restricts(k->h))
		return 0;
	return diagnose_apparmor(k->v, "to write id maps");
}

/* From certain to likely. */
static int (*const helper_checks[])(struct helper_case *k) = {
	check_start,    check_dumpable, check_no_new_privs, check_file,
	check_bounding, check_sub_ids,  check_nested,       check_apparmor,
};

int diagnose_helper(struct arena *a, const struct userns_caller *c, const struct helper_failure *f,
		    struct error *e)
{
	struct error verdict = ERROR_INIT;
	char output[1024], said[1200] = "";
	struct helper_case k = {
		.a = a,
		.c = c,
		.h = host_of(c),
		.f = f,
		.name = f->gid ? "newgidmap" : "newuidmap",
		.cap_name = f->gid ? "cap_setgid" : "cap_setuid",
		.cap = f->gid ? CAP_SETGID : CAP_SETUID,
		.v = &verdict,
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(helper_checks) && r == 0; i++)
		r = helper_checks[i](&k);
	if (f->errnum == -EPROTO && f->path) {
		diagnose_reword(f->output, output, sizeof(output));
		snprintf(said, sizeof(said), "%s%s%s", f->status, output[0] ? ": " : "", output);
	}
	if (r == 0)
		return error_kind(e, KIND_HELPER_FAILED, EPERM, "%s: %s", k.name, said);
	error_kind(e, verdict.kind, verdict.code, "%s: %s%s%s%s", k.name, verdict.msg,
		   said[0] ? " (" : "", said, said[0] ? ")" : "");
	if (verdict.hint[0])
		error_hint(e, "%s", verdict.hint);
	return -e->code;
}

/* --- our own write --- */

static bool maps_host_root(const struct idmap *map)
{
	uint32_t id;

	return idmap_to_container(map, 0, &id);
}

int diagnose_map_write(struct arena *a, const struct userns_caller *c, const struct idmap *map,
		       const struct map_write_failure *f, struct error *e)
{
	int r;

	if (f->errnum == -EACCES && !c->has_setid)
		return error_kind_set(
			e, KIND_NOT_DUMPABLE, f->errnum,
			"write '%s': the process's /proc files belong to root, is it not "
			"dumpable?",
			f->file);
	if (f->errnum != -EPERM)
		return error_kind_set(e, KIND_ID_MAPS, f->errnum, "write '%s'", f->file);
	if (!f->gid && maps_host_root(map) && !c->has_setfcap) {
		error_kind(e, KIND_NO_SETFCAP, EPERM,
			   "write '%s': user id 0 can be mapped with CAP_SETFCAP only, which "
			   "we lack",
			   f->file);
		return error_hint(e, "add it to the outer container ('--cap-add setfcap')");
	}
	r = check_own_map(a, c, map, f->gid, e);
	if (r == 0 && diagnose_apparmor_restricts(host_of(c)))
		r = diagnose_apparmor(e, "to write id maps");
	return r < 0 ? error_prefix(e, "write '%s'", f->file)
		     : error_kind_set(e, KIND_ID_MAPS, f->errnum, "write '%s'", f->file);
}
