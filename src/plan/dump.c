/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan as text, one decision a line: what the golden tests compare and
 * --debug shows. Everything printed comes from the plan, nothing from the host,
 * so that the same config gives the same text everywhere. Values of the
 * environment are secrets more often than not: names only.
 */
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/syscalls.h"
#include "plan/capabilities.h"
#include "plan/plan.h"

/* A string as it is where it is one plain word, else quoted with \xNN. */
static void add_word(struct strbuf *b, const char *s)
{
	bool plain = *s != '\0';

	for (const char *p = s; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '"' || *p == '\\')
			plain = false;
	if (plain) {
		strbuf_adds(b, s);
		return;
	}
	strbuf_addc(b, '"');
	for (const char *p = s; *p; p++) {
		if (*p == '"' || *p == '\\')
			strbuf_addf(b, "\\%c", *p);
		else if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			strbuf_addf(b, "\\x%02x", (unsigned char)*p);
		else
			strbuf_addc(b, *p);
	}
	strbuf_addc(b, '"');
}

static void add_key(struct strbuf *b, const char *key, const char *value)
{
	strbuf_addf(b, " %s=", key);
	add_word(b, value);
}

/* One line "KEY VALUE", nothing for NULL. */
static void add_line(struct strbuf *b, const char *key, const char *value)
{
	if (!value)
		return;
	strbuf_addf(b, "%s ", key);
	add_word(b, value);
	strbuf_addc(b, '\n');
}

/* --- namespaces --- */

static void dump_map(struct strbuf *b, const char *key, const struct idmap *map)
{
	for (size_t i = 0; i < map->n; i++)
		strbuf_addf(b, "%s %u %u %u\n", key, map->m[i].container_id, map->m[i].host_id,
			    map->m[i].size);
}

static void dump_offset(struct strbuf *b, const char *clock, const struct oci_time_offset *o)
{
	if (o)
		strbuf_addf(b, "time-offset %s secs=%" PRId64 " nanosecs=%u\n", clock, o->secs,
			    o->nanosecs);
}

static void dump_namespaces(struct strbuf *b, const struct namespace_plan *ns)
{
	static const char *const names[OCI_NS_COUNT] = {
		[OCI_NS_USER] = "user",       [OCI_NS_MOUNT] = "mount", [OCI_NS_PID] = "pid",
		[OCI_NS_NETWORK] = "network", [OCI_NS_IPC] = "ipc",     [OCI_NS_UTS] = "uts",
		[OCI_NS_CGROUP] = "cgroup",   [OCI_NS_TIME] = "time",
	};

	for (size_t i = 0; i < OCI_NS_COUNT; i++) {
		strbuf_addf(b, "namespace %s %s", names[i],
			    ns->join[i]   ? "joined"
			    : ns->host[i] ? "shared"
					  : "new");
		if (ns->join[i])
			add_key(b, "path", ns->join[i]);
		strbuf_addc(b, '\n');
	}
	if (ns->clone_flags & CLONE_NEWUSER) {
		strbuf_addf(b, "maps %s\n", ns->default_maps ? "default" : "config");
		dump_map(b, "uid-map", &ns->uid_map);
		dump_map(b, "gid-map", &ns->gid_map);
		strbuf_addf(b, "setgroups %s\n", ns->deny_setgroups ? "denied" : "allowed");
	}
	dump_offset(b, "boottime", ns->time_offsets.boottime);
	dump_offset(b, "monotonic", ns->time_offsets.monotonic);
	strbuf_addf(b, "loopback %s\n", ns->loopback ? "up" : "untouched");
}

/* --- file systems --- */

struct flag_words {
	uint64_t bit;
	const char *set, *clear;
};

static const struct flag_words flag_words[] = {
	{ MOUNT_ATTR_RDONLY, "ro", "rw" },
	{ MOUNT_ATTR_NOSUID, "nosuid", "suid" },
	{ MOUNT_ATTR_NODEV, "nodev", "dev" },
	{ MOUNT_ATTR_NOEXEC, "noexec", "exec" },
	{ MOUNT_ATTR_NODIRATIME, "nodiratime", "diratime" },
	{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow", "symfollow" },
};

static void add_flag(struct strbuf *b, bool *first, const char *prefix, const char *word)
{
	strbuf_adds(b, *first ? " flags=" : ",");
	strbuf_addf(b, "%s%s", prefix, word);
	*first = false;
}

static const char *atime_word(uint64_t set)
{
	switch (set & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_NOATIME:
		return "noatime";
	case MOUNT_ATTR_STRICTATIME:
		return "strictatime";
	default:
		return "relatime";
	}
}

static void add_flags(struct strbuf *b, bool *first, const char *prefix, uint64_t set,
		      uint64_t clear)
{
	for (size_t i = 0; i < ARRAY_SIZE(flag_words); i++) {
		if (set & flag_words[i].bit)
			add_flag(b, first, prefix, flag_words[i].set);
		/* Both would be a mistake of the planner: show it. */
		if (clear & flag_words[i].bit)
			add_flag(b, first, prefix, flag_words[i].clear);
	}
	if ((set | clear) & MOUNT_ATTR__ATIME)
		add_flag(b, first, prefix, atime_word(set));
}

static const char *propagation_word(unsigned long flags)
{
	static const struct {
		unsigned long flags;
		const char *word;
	} words[] = {
		{ 0, NULL },
		{ MS_PRIVATE, "private" },
		{ MS_PRIVATE | MS_REC, "rprivate" },
		{ MS_SHARED, "shared" },
		{ MS_SHARED | MS_REC, "rshared" },
		{ MS_SLAVE, "slave" },
		{ MS_SLAVE | MS_REC, "rslave" },
		{ MS_UNBINDABLE, "unbindable" },
		{ MS_UNBINDABLE | MS_REC, "runbindable" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].flags == flags)
			return words[i].word;
	return "unknown";
}

static void add_propagation(struct strbuf *b, unsigned long flags)
{
	const char *word = propagation_word(flags);

	if (word)
		add_key(b, "propagation", word);
}

static void add_map(struct strbuf *b, const char *key, const struct idmap *map)
{
	for (size_t i = 0; i < map->n; i++)
		strbuf_addf(b, "%s%s%u-%u-%u", i ? "," : " ", i ? "" : key, map->m[i].container_id,
			    map->m[i].host_id, map->m[i].size);
}

static void dump_mount(struct strbuf *b, const struct mount_plan *m)
{
	static const char *const kinds[] = {
		[MOUNT_FS] = "fs",
		[MOUNT_BIND] = "bind",
		[MOUNT_CGROUP] = "cgroup",
		[MOUNT_CGROUP_V1] = "cgroup-v1",
		[MOUNT_COPY_SYMLINK] = "copy-symlink",
	};
	bool first = true;

	if (m->index == SIZE_MAX)
		strbuf_adds(b, "mount[urun] ");
	else
		strbuf_addf(b, "mount[%zu] ", m->index);
	add_word(b, m->destination);
	strbuf_addf(b, " %s%s", m->flags.recursive ? "r" : "", kinds[m->kind]);
	if (m->fstype)
		add_key(b, "type", m->fstype);
	if (m->source)
		add_key(b, "source", m->source);
	add_flags(b, &first, "", m->flags.set, m->flags.clear);
	add_flags(b, &first, "r", m->flags.rec_set, m->flags.rec_clear);
	for (char **d = m->data; d && *d; d++) {
		strbuf_adds(b, d == m->data ? " data=" : ",");
		add_word(b, *d);
	}
	add_propagation(b, m->flags.propagation);
	add_map(b, "uid-map=", &m->uid_mappings);
	add_map(b, "gid-map=", &m->gid_mappings);
	if (m->label)
		add_key(b, "label", m->label);
	if (m->idmap_userns)
		add_key(b, "maps-of", m->idmap_userns);
	strbuf_adds(b, m->idmap_recursive ? " maps-recursive" : "");
	strbuf_adds(b, m->src_nofollow ? " src-nofollow" : "");
	strbuf_adds(b, m->dest_nofollow ? " dest-nofollow" : "");
	strbuf_adds(b, m->dest_create ? " dest-create" : "");
	strbuf_adds(b, m->tmpcopyup ? " tmpcopyup" : "");
	strbuf_adds(b, m->read_only_late ? " read-only-late" : "");
	strbuf_adds(b, m->mode_from_target ? " mode-from-target" : "");
	strbuf_adds(b, m->fallback_sys_bind ? " or-bind-of-sys" : "");
	strbuf_adds(b, m->optional ? " optional" : "");
	strbuf_addc(b, '\n');
}

static void dump_device(struct strbuf *b, const struct device_plan *d)
{
	strbuf_adds(b, "device ");
	add_word(b, d->path);
	strbuf_addf(b, " %c %u:%u mode=%04o owner=%u:%u",
		    d->type == S_IFBLK   ? 'b'
		    : d->type == S_IFIFO ? 'p'
					 : 'c',
		    d->major, d->minor, (unsigned int)d->mode, d->uid, d->gid);
	if (d->source)
		add_key(b, "bind", d->source);
	else
		strbuf_adds(b, " mknod");
	strbuf_adds(b, d->is_default ? " default\n" : "\n");
}

static void dump_paths(struct strbuf *b, const char *key, char **v)
{
	for (; v && *v; v++)
		add_line(b, key, *v);
}

static void dump_rootfs(struct strbuf *b, const struct rootfs_plan *r)
{
	strbuf_adds(b, "root ");
	add_word(b, r->path);
	strbuf_addf(b, " %s %s",
		    r->readonly_tree ? "rro"
		    : r->readonly    ? "ro"
				     : "rw",
		    r->no_pivot ? "chroot" : "pivot");
	add_propagation(b, r->propagation);
	strbuf_addc(b, '\n');
	for (size_t i = 0; i < r->n_mounts; i++)
		dump_mount(b, &r->mounts[i]);
	strbuf_addf(b, "dev %s%s%s%s\n", r->has_dev_mount ? "bound" : "own",
		    r->want_devices ? " nodes" : "", r->want_devpts_links ? " ptmx-link" : "",
		    r->dev_readonly ? " read-only-late" : "");
	for (size_t i = 0; i < r->n_devices; i++)
		dump_device(b, &r->devices[i]);
	dump_paths(b, "masked", r->masked_paths);
	add_line(b, "mask-option", r->mask_option);
	dump_paths(b, "readonly", r->readonly_paths);
	for (size_t i = 0; i < r->n_sysctls; i++) {
		strbuf_adds(b, "sysctl ");
		add_word(b, r->sysctls[i].key);
		add_key(b, "value", r->sysctls[i].value);
		strbuf_addc(b, '\n');
	}
}

/* --- process --- */

static void dump_caps(struct strbuf *b, const char *name, uint64_t set)
{
	strbuf_addf(b, "caps %s 0x%016" PRIx64, name, set);
	for (unsigned int i = 0; i < 64; i++) {
		if (!(set & (UINT64_C(1) << i)))
			continue;
		if (i < CAPABILITY_COUNT)
			strbuf_addf(b, " %s", capability_names[i]);
		else
			strbuf_addf(b, " %u", i);
	}
	strbuf_addc(b, '\n');
}

static void dump_command(struct strbuf *b, const struct process_plan *p)
{
	size_t n = 0;

	strbuf_adds(b, "args");
	for (char **v = p->argv; *v; v++) {
		strbuf_addc(b, ' ');
		add_word(b, *v);
	}
	while (p->env && p->env[n])
		n++;
	strbuf_addf(b, "\nenv %zu", n);
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(p->env[i], "=");

		strbuf_addc(b, ' ');
		strbuf_add(b, p->env[i], len);
	}
	strbuf_adds(b, p->needs_home ? " (HOME by passwd)\n" : "\n");
	add_line(b, "cwd", p->cwd);
}

static void dump_user(struct strbuf *b, const struct process_plan *p)
{
	strbuf_addf(b, "user %u:%u umask=%04o", p->uid, p->gid, p->umask);
	for (size_t i = 0; i < p->n_gids; i++)
		strbuf_addf(b, "%s%u", i ? "," : " groups=", p->gids[i]);
	strbuf_adds(b, p->keep_groups ? " keep-groups" : "");
	strbuf_adds(b, p->deny_groups ? " deny-groups" : "");
	strbuf_addc(b, '\n');
}

static void dump_limits(struct strbuf *b, const struct process_plan *p)
{
	for (size_t i = 0; i < p->n_rlimits; i++)
		strbuf_addf(b, "rlimit %s soft=%" PRIu64 " hard=%" PRIu64 "\n", p->rlimits[i].name,
			    p->rlimits[i].soft, p->rlimits[i].hard);
	if (p->n_rlimits && p->strict_rlimits)
		strbuf_adds(b, "rlimits strict\n");
	if (p->has_oom_score_adj)
		strbuf_addf(b, "oom-score-adj %d\n", p->oom_score_adj);
}

static void dump_bits(struct strbuf *b, const char *key, const unsigned long *mask, size_t n_bits)
{
	const size_t bits = 8 * sizeof(unsigned long);

	const char *before = key;

	for (size_t i = 0; i < n_bits; i++)
		if (mask[i / bits] & (1UL << (i % bits))) {
			strbuf_addf(b, "%s%s%zu", before == key ? " " : "", before, i);
			before = ",";
		}
}

static void dump_affinity(struct strbuf *b, const struct process_plan *p)
{
	if (!p->cpus_initial.mask && !p->cpus_final.mask)
		return;
	strbuf_adds(b, "exec-cpus");
	dump_bits(b, "initial=", p->cpus_initial.mask, p->cpus_initial.bits);
	dump_bits(b, "final=", p->cpus_final.mask, p->cpus_final.bits);
	strbuf_addc(b, '\n');
}

static void dump_scheduling(struct strbuf *b, const struct process_plan *p)
{
	const struct sched_plan *s = p->sched;

	if (s)
		strbuf_addf(b,
			    "scheduler policy=%u flags=0x%" PRIx64
			    " nice=%d priority=%u runtime=%" PRIu64 " deadline=%" PRIu64
			    " period=%" PRIu64 "\n",
			    s->policy, s->flags, s->nice, s->priority, s->runtime, s->deadline,
			    s->period);
	if (p->has_io_priority)
		strbuf_addf(b, "io-priority 0x%04x\n", (unsigned int)p->io_priority);
	if (p->has_personality)
		strbuf_addf(b, "personality 0x%lx\n", p->personality);
	if (!p->has_mempolicy)
		return;
	strbuf_addf(b, "memory-policy mode=0x%x", (unsigned int)p->mempolicy_mode);
	dump_bits(b, "nodes=", p->mempolicy_nodes, p->mempolicy_maxnode);
	strbuf_addc(b, '\n');
}

static void dump_process(struct strbuf *b, const struct process_plan *p)
{
	if (!p->argv) {
		strbuf_adds(b, "process none\n");
		return;
	}
	dump_command(b, p);
	dump_user(b, p);
	dump_caps(b, "bounding", p->caps.bounding);
	dump_caps(b, "permitted", p->caps.permitted);
	dump_caps(b, "effective", p->caps.effective);
	dump_caps(b, "inheritable", p->caps.inheritable);
	dump_caps(b, "ambient", p->caps.ambient);
	dump_limits(b, p);
	dump_affinity(b, p);
	dump_scheduling(b, p);
	strbuf_addf(b, "no-new-privs %s\n", p->no_new_privs ? "yes" : "no");
	add_line(b, "apparmor", p->apparmor_profile);
	add_line(b, "selinux", p->selinux_label);
	add_line(b, "keyring", p->keyring);
	strbuf_addf(b, "terminal %s", p->terminal ? "yes" : "no");
	if (p->rows || p->cols)
		strbuf_addf(b, " rows=%u cols=%u", p->rows, p->cols);
	strbuf_addc(b, '\n');
	if (p->preserve_fds)
		strbuf_addf(b, "preserve-fds %u\n", p->preserve_fds);
	for (size_t i = 0; i < p->n_pass_fds; i++)
		strbuf_addf(b, "%s%d%s", i ? " " : "pass-fds ", p->pass_fds[i],
			    i + 1 < p->n_pass_fds ? "" : "\n");
}

/* --- the rest --- */

static void dump_rdt(struct strbuf *b, const struct rdt_plan *r)
{
	if (!r->group)
		return;
	strbuf_adds(b, "resctrl ");
	add_word(b, r->group);
	if (r->monitor)
		add_key(b, "monitor", r->monitor);
	strbuf_adds(b, r->must_exist ? " must-exist\n" : "\n");
	for (const char *s = r->schemata; s && *s; s += strcspn(s, "\n") + 1)
		strbuf_addf(b, "schemata %.*s\n", (int)strcspn(s, "\n"), s);
}

static void dump_hooks(struct strbuf *b, const char *kind, const struct oci_hook_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct oci_hook *h = &list->v[i];

		strbuf_addf(b, "hook %s[%zu] ", kind, i);
		add_word(b, h->path);
		for (size_t j = 0; j < h->args.n; j++) {
			strbuf_adds(b, j ? " " : " args: ");
			add_word(b, h->args.v[j]);
		}
		if (h->timeout)
			strbuf_addf(b, " timeout=%" PRId64, h->timeout);
		strbuf_addc(b, '\n');
	}
}

/* --- seccomp --- */

static void dump_seccomp(struct strbuf *b, const struct launch_plan *p)
{
	const struct listener_plan *n = &p->listener;

	strbuf_addf(b, "seccomp %s", p->seccomp || p->raw_filter ? "yes" : "no");
	if (p->raw_filter)
		strbuf_addf(b, " instructions=%zu", p->raw_filter_len);
	else if (p->seccomp)
		strbuf_addf(b, " default=%s rules=%zu%s",
			    p->seccomp->default_action ? p->seccomp->default_action : "none",
			    p->seccomp->n_syscalls, p->seccomp_fail_unknown ? " fail-unknown" : "");
	strbuf_addc(b, '\n');
	if (!n->wanted)
		return;
	add_line(b, "seccomp-receiver", n->receiver);
	add_line(b, "seccomp-metadata", n->metadata);
	dump_paths(b, "seccomp-plugin", n->plugins);
}

static void dump_cgroup(const struct cgroup_request *q, struct strbuf *out)
{
	strbuf_addf(out, "cgroup-manager %s\n", cgroup_manager_name(q->manager));
	add_line(out, "cgroups-path", q->path);
	add_line(out, "cgroup-slice", q->slice);
	add_line(out, "cgroup-unit", q->unit);
	add_line(out, "cgroup-subgroup", q->subgroup);
	add_line(out, "cgroup-inner", q->inner);
	add_line(out, "cgroup-v1", q->v1);
	if (q->delegate)
		strbuf_adds(out, "cgroup-delegated\n");
	if (q->device_filter.n)
		strbuf_addf(out, "device-filter %zu rules\n", q->limits->n_devices);
}

static void dump_network(struct strbuf *out, const struct launch_plan *p)
{
	if (p->net_is_joined)
		strbuf_adds(out, "network joined\n");
	if (p->net.mode == NET_MODE_UNSET)
		return;
	strbuf_adds(out, "network ");
	if (p->net.mode == NET_MODE_SLIRP)
		(void)net_config_write(&p->net, out);
	else
		strbuf_adds(out, net_mode_name(p->net.mode));
	strbuf_addc(out, '\n');
}

void plan_dump(const struct launch_plan *p, struct strbuf *out)
{
	add_line(out, "id", p->id);
	add_line(out, "bundle", p->bundle);
	dump_namespaces(out, &p->ns);
	for (size_t i = 0; i < p->n_net_devices; i++) {
		strbuf_adds(out, "net-device ");
		add_word(out, p->net_devices[i].host_name);
		if (p->net_devices[i].name)
			add_key(out, "as", p->net_devices[i].name);
		strbuf_addc(out, '\n');
	}
	dump_network(out, p);
	add_line(out, "hostname", p->hostname);
	add_line(out, "domainname", p->domainname);
	dump_cgroup(&p->cgroup, out);
	dump_rdt(out, &p->rdt);
	dump_rootfs(out, &p->rootfs);
	dump_process(out, &p->process);
	dump_seccomp(out, p);
	if (p->hooks_userns)
		strbuf_adds(out, "hooks-userns\n");
	dump_hooks(out, "prestart", &p->hooks->prestart);
	dump_hooks(out, "createRuntime", &p->hooks->create_runtime);
	dump_hooks(out, "createContainer", &p->hooks->create_container);
	dump_hooks(out, "startContainer", &p->hooks->start_container);
	dump_hooks(out, "poststart", &p->hooks->poststart);
	dump_hooks(out, "poststop", &p->hooks->poststop);
}
