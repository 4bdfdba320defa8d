/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .root and .mounts: option words become flags of the new mount API, file
 * system options are checked against the id maps (M25), and what a config
 * leaves out is filled in as users of crun and runc expect.
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "plan/mount_idmap.h"
#include "plan/mount_options.h"
#include "plan/rootfs_parts.h"

struct mount_ctx {
	struct arena *a;
	const struct launch_plan *plan;
	const struct oci_mount *oci;
	struct mount_plan *m;
	size_t n_data;
	const char *idmap_word; /* "idmap..." or "ridmap..." among the options */
	bool bind;
	struct error *e;
};

static int no_memory(struct error *e)
{
	return error_set(e, ENOMEM, "plan the mounts");
}

static int add_data(struct mount_ctx *c, const char *word)
{
	c->m->data[c->n_data] = arena_strdup(c->a, word);
	return c->m->data[c->n_data++] ? 0 : no_memory(c->e);
}

/*
 * "uid=N" and "gid=N" are ids of the container: one that is not mapped is EINVAL
 * to the kernel, without a name. M25; P23: devpts' gid=5 is dropped.
 */
static int check_data_id(struct mount_ctx *c, const char *word, bool *ret_drop)
{
	const struct namespace_plan *ns = &c->plan->ns;
	bool gid = word[0] == 'g';
	const struct idmap *map = gid ? &ns->gid_map : &ns->uid_map;
	char text[256];
	uint32_t id;

	*ret_drop = false;
	if (map->n == 0 || parse_u32(word + 4, &id) < 0 || idmap_has(map, id))
		return 0;
	if (gid && c->m->fstype && strcmp(c->m->fstype, "devpts") == 0) {
		log_debug("mount '%s': dropped '%s': that gid is not mapped", c->m->destination,
			  word);
		*ret_drop = true;
		return 0;
	}
	return error_kind(c->e, KIND_ID_UNMAPPED, EINVAL,
			  ".mounts[%zu].options: '%s': %s %u is not mapped: the map is %s",
			  c->m->index, word, gid ? "gid" : "uid", id,
			  idmap_describe(map, text, sizeof(text)));
}

static int take_data(struct mount_ctx *c, const char *word)
{
	bool drop = false;
	int r;

	/*
	 * A bind has no file system options of its own. runc drops them, the
	 * kernel would; a word nobody knows is more likely a typing error.
	 */
	if (c->bind)
		return error_msg(c->e, EINVAL,
				 ".mounts[%zu].options: unknown option '%s' for a bind",
				 c->m->index, word);
	if (strncmp(word, "uid=", 4) == 0 || strncmp(word, "gid=", 4) == 0) {
		r = check_data_id(c, word, &drop);
		if (r < 0)
			return r;
	}
	return drop ? 0 : add_data(c, word);
}

static int take_option(struct mount_ctx *c, const char *word)
{
	const struct mount_option *o = mount_option_find(word);
	struct mount_flags *f = &c->m->flags;

	if (!*word) /* podman --systemd=always sends one */
		return 0;
	if (!o)
		return take_data(c, word);
	switch (o->kind) {
	case MOPT_ATTR:
		/* What a later word sets, an earlier one no longer clears. */
		f->clear = (f->clear & ~o->set) | o->clear;
		f->set = (f->set & ~o->clear) | o->set;
		return 0;
	case MOPT_REC_ATTR:
		f->rec_clear = (f->rec_clear & ~o->set) | o->clear;
		f->rec_set = (f->rec_set & ~o->clear) | o->set;
		return 0;
	case MOPT_SB:
		return o->sb && !c->bind ? add_data(c, o->sb) : 0;
	case MOPT_PROPAGATION:
		f->propagation = (unsigned long)o->set;
		return 0;
	case MOPT_BIND:
		f->recursive = f->recursive || o->set;
		return 0;
	case MOPT_TMPCOPYUP:
		c->m->tmpcopyup = true;
		return 0;
	case MOPT_COPY_SYMLINK:
		c->m->kind = MOUNT_COPY_SYMLINK;
		return 0;
	case MOPT_SRC_NOFOLLOW:
		c->m->src_nofollow = true;
		return 0;
	case MOPT_DEST_NOFOLLOW:
		c->m->dest_nofollow = true;
		return 0;
	case MOPT_IGNORE:
		return 0;
	case MOPT_IDMAP:
		if (c->idmap_word && strcmp(c->idmap_word, word) != 0)
			return error_msg(c->e, EINVAL,
					 ".mounts[%zu].options: '%s' and '%s' exclude each other",
					 c->m->index, c->idmap_word, word);
		c->idmap_word = word;
		return 0;
	}
	return 0;
}

/* M16: what a mount without any option gets, by where it goes. */
static const struct {
	const char *destination;
	const char *options[6];
} default_options[] = {
	{ "/proc", { NULL } },
	{ "/dev", { "noexec", "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/pts", { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=620", "gid=5" } },
	{ "/dev/mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", { "nosuid", "noexec", "nodev" } },
	{ "/sys/fs/cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

static int take_default_options(struct mount_ctx *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(default_options); i++) {
		if (strcmp(default_options[i].destination, c->m->destination) != 0)
			continue;
		for (size_t j = 0; j < ARRAY_SIZE(default_options[i].options); j++) {
			const char *word = default_options[i].options[j];
			int r = word ? take_option(c, word) : 0;

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int take_options(struct mount_ctx *c)
{
	size_t n = c->oci->options.n;

	c->m->data = arena_calloc(c->a, n + 8, sizeof(char *));
	if (!c->m->data)
		return no_memory(c->e);
	if (n == 0 && !c->bind)
		return take_default_options(c);
	for (size_t i = 0; i < n; i++) {
		int r = take_option(c, c->oci->options.v[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool has_word(const struct oci_strings *s, const char *word)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i], word) == 0)
			return true;
	return false;
}

static int plan_kind(struct mount_ctx *c)
{
	struct mount_plan *m = c->m;
	const char *type = c->oci->type;

	c->bind = has_word(&c->oci->options, "bind") || has_word(&c->oci->options, "rbind") ||
		  (type && strcmp(type, "bind") == 0);
	if (c->bind) {
		m->kind = MOUNT_BIND;
		if (!c->oci->source || !*c->oci->source)
			return error_msg(c->e, EINVAL, ".mounts[%zu].source: a bind needs one",
					 m->index);
		m->source = plan_host_path(c->a, c->plan, c->oci->source);
		return m->source ? 0 : no_memory(c->e);
	}
	if (!type || !*type)
		return error_msg(
			c->e, EINVAL,
			".mounts[%zu].type: missing, and the options hold neither 'bind' nor "
			"'rbind'",
			m->index);
	m->fstype = type;
	m->source = c->oci->source;
	if (strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0)
		m->kind = MOUNT_CGROUP;
	else
		m->kind = MOUNT_FS;
	return 0;
}

static int plan_destination(struct mount_ctx *c)
{
	char clean[PATH_MAX];

	if (path_clean(c->oci->destination, clean, sizeof(clean)) < 0)
		return error_msg(c->e, ENAMETOOLONG, ".mounts[%zu].destination: too long",
				 c->m->index);
	if (strcmp(clean, "/") == 0)
		return error_msg(
			c->e, EINVAL,
			".mounts[%zu].destination: '%s' is the root itself: use .root.path",
			c->m->index, c->oci->destination);
	c->m->destination = arena_strdup(c->a, clean);
	return c->m->destination ? 0 : no_memory(c->e);
}

/* Rules that join several words, once all are read. */
static int finish(struct mount_ctx *c)
{
	struct mount_plan *m = c->m;
	bool tmpfs = m->fstype && strcmp(m->fstype, "tmpfs") == 0;
	bool has_mode = false;

	for (size_t i = 0; i < c->n_data; i++)
		has_mode = has_mode || strncmp(m->data[i], "mode=", 5) == 0;
	if (m->tmpcopyup && !tmpfs)
		return error_msg(c->e, EINVAL, ".mounts[%zu].options: 'tmpcopyup' needs type tmpfs",
				 m->index);
	if ((m->src_nofollow || m->kind == MOUNT_COPY_SYMLINK) && !c->bind)
		return error_msg(c->e, EINVAL, ".mounts[%zu].options: '%s' needs a bind", m->index,
				 m->src_nofollow ? "src-nofollow" : "copy-symlink");
	if (m->kind == MOUNT_COPY_SYMLINK && (m->src_nofollow || m->dest_nofollow))
		return error_msg(c->e, EINVAL,
				 ".mounts[%zu].options: 'copy-symlink' and '%s' exclude each other",
				 m->index, m->src_nofollow ? "src-nofollow" : "dest-nofollow");
	m->mode_from_target = tmpfs && !has_mode;
	if (m->tmpcopyup && (m->flags.set & MOUNT_ATTR_RDONLY)) {
		m->flags.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		m->read_only_late = true;
	}
	if (m->fstype && strcmp(m->fstype, "sysfs") == 0)
		m->fallback_sys_bind = !(c->plan->ns.clone_flags & CLONE_NEWNET);
	/* Only 'ro' goes with a cgroup that is not the container's own: CVE-2023-25809. */
	if (m->kind == MOUNT_CGROUP && c->plan->ns.host[OCI_NS_CGROUP]) {
		m->flags.set |= MOUNT_ATTR_RDONLY;
		m->flags.clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	}
	if (path_is_below(m->destination, "/proc") && strcmp(m->destination, "/proc") == 0 &&
	    m->kind == MOUNT_FS && strcmp(m->fstype, "proc") != 0)
		return error_msg(c->e, EINVAL,
				 ".mounts[%zu]: '/proc' takes type proc or a bind, not '%s'",
				 m->index, m->fstype);
	return 0;
}

int plan_one_mount(struct arena *a, const struct launch_plan *plan, const struct oci_mount *oci,
		   struct mount_plan *ret, struct error *e)
{
	struct mount_ctx c = { .a = a, .plan = plan, .oci = oci, .m = ret, .e = e };
	int r;

	r = plan_destination(&c);
	if (r == 0)
		r = plan_kind(&c);
	if (r == 0)
		r = take_options(&c);
	if (r == 0) {
		const struct mount_idmap_request req = { a, &plan->ns, oci, c.idmap_word };

		r = plan_mount_idmap(&req, ret, e);
	}
	if (r == 0)
		r = finish(&c);
	return r;
}
