/* SPDX-License-Identifier: Apache-2.0 */
/* From options to a plan: reads the config and asks who is calling; changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "run/create.h"
#include "run/planning.h"
#include "userns/groups.h"

static int absolute_bundle(struct launch *l, const char **ret, struct error *e)
{
	cleanup_free char *real = NULL;
	const char *bundle = l->opt->bundle ? l->opt->bundle : ".";
	int r = path_real(bundle, &real);

	if (r < 0)
		return error_set(e, r, "open the bundle '%s'", bundle);
	*ret = arena_strdup(l->arena, real);
	return *ret ? 0 : error_set(e, ENOMEM, "open the bundle '%s'", bundle);
}

/* -f is meant from the caller's cwd (C04), the default from the bundle. */
static int read_config(struct launch *l, const char *bundle, struct error *e)
{
	const char *name = l->opt->config ? l->opt->config : "config.json";
	int r;

	if (l->opt->config_json) {
		name = "(config)";
		l->config_len = strlen(l->opt->config_json);
		l->config_text = l->config_len > OCI_CONFIG_MAX ? NULL
								: strdup(l->opt->config_json);
		r = l->config_text ? 0 : l->config_len > OCI_CONFIG_MAX ? -EFBIG : -ENOMEM;
	} else if (l->opt->config) {
		r = io_read_input_at(AT_FDCWD, name, OCI_CONFIG_MAX, &l->config_text,
				     &l->config_len);
		name = io_input_name(name);
	} else {
		cleanup_fd int dir = path_open(bundle, O_PATH | O_DIRECTORY);

		if (dir < 0)
			return error_set(e, dir, "open the bundle '%s'", bundle);
		r = io_read_file_at(dir, name, OCI_CONFIG_MAX, &l->config_text, &l->config_len);
	}
	if (r < 0)
		return error_set(e, r, "read '%s' of bundle '%s'", name, bundle);
	return oci_load_memory(l->arena, name, l->config_text, l->config_len, &l->config, e);
}

static bool has_capability(int cap)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };

	if (syscall(SYS_capget, &h, d) < 0)
		return false;
	return d[cap / 32].effective & (1U << (cap % 32));
}

/* The highest capability that the kernel knows: it answers EINVAL above. */
static unsigned int last_capability(void)
{
	unsigned int known = 0, unknown = 64;

	while (unknown - known > 1) {
		unsigned int cap = (known + unknown) / 2;

		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0)
			unknown = cap;
		else
			known = cap;
	}
	return known;
}

int planning_host(struct launch *l, struct plan_host *ret, struct error *e)
{
	int r = userns_caller_init(&l->caller, e);

	if (r < 0)
		return r;
	*ret = (struct plan_host){
		.euid = l->caller.euid,
		.egid = l->caller.egid,
		.initial_userns = l->caller.initial,
		.has_sys_admin = has_capability(CAP_SYS_ADMIN),
		.keep_setgroups = l->caller.has_setid,
		.last_cap = last_capability(),
		.seccomp_receiver = l->opt->seccomp_receiver,
	};
	l->may_raise_rlimits = l->caller.initial && has_capability(CAP_SYS_RESOURCE);
	return 0;
}

/* Only where its policy is loaded does the kernel know the option (M21). */
static bool has_selinux(void)
{
	cleanup_fd int fd = path_open("/sys/fs/selinux", O_PATH | O_DIRECTORY);
	struct statfs st;

	return fd >= 0 && fstatfs(fd, &st) == 0 && (unsigned long)st.f_type == SELINUX_MAGIC;
}

static bool wants_default_maps(const struct oci_config *c, const struct plan_host *host)
{
	if (c->linux->uid_mappings.n)
		return false;
	for (size_t i = 0; i < c->linux->n_namespaces; i++)
		if (c->linux->namespaces[i].type == OCI_NS_USER)
			return !c->linux->namespaces[i].path;
	return !host->has_sys_admin;
}

/* *ret: does the config list a user namespace? One that is joined is an error. */
static int find_userns(const struct oci_linux *x, const char *option, bool *ret, struct error *e)
{
	*ret = false;
	for (size_t i = 0; i < x->n_namespaces; i++) {
		if (x->namespaces[i].type != OCI_NS_USER)
			continue;
		if (x->namespaces[i].path)
			return error_kind(e, KIND_USAGE, EINVAL,
					  "%s: .linux.namespaces[%zu] joins the user namespace "
					  "'%s', which has its id maps",
					  option, i, x->namespaces[i].path);
		*ret = true;
	}
	return 0;
}

/* The user namespace which the config's namespaces have, or are given. */
static int own_userns(struct launch *l, struct error *e)
{
	struct oci_linux *x = l->config->linux;
	struct oci_namespace *more;
	bool found;
	int r = find_userns(x, "--userns", &found, e);

	if (r < 0 || found)
		return r;
	more = arena_calloc(l->arena, x->n_namespaces + 1, sizeof(*more));
	if (!more)
		return error_set(e, ENOMEM, "plan the user namespace");
	if (x->n_namespaces)
		memcpy(more, x->namespaces, x->n_namespaces * sizeof(*more));
	more[x->n_namespaces++].type = OCI_NS_USER;
	x->namespaces = more;
	return 0;
}

/* --userns (I02): as if they were the config's. */
static int chosen_maps(struct launch *l, struct error *e)
{
	const struct oci_user nobody = { 0 }, *u;
	struct userns_maps maps = { 0 };
	uint32_t uid = 0, gid = 0;
	int r = own_userns(l, e);

	if (r < 0)
		return r;
	u = l->config->process ? &l->config->process->user : &nobody;
	if (l->opt->userns == LAUNCH_USERNS_AUTO) {
		uid = u->uid;
		gid = u->gid;
	} else if (l->opt->userns == LAUNCH_USERNS_KEEP_ID) {
		uid = l->caller.euid;
		gid = l->caller.egid;
	}
	if (l->opt->userns == LAUNCH_USERNS_NOMAP)
		r = userns_sub_id_maps(l->arena, &l->caller, &maps, e);
	else
		r = userns_default_maps(l->arena, &l->caller, uid, gid, &maps, e);
	if (r < 0)
		return r;
	l->config->linux->uid_mappings = maps.uid;
	l->config->linux->gid_mappings = maps.gid;
	return 0;
}

static int default_maps(struct launch *l, struct plan_host *host, struct error *e)
{
	const struct oci_process *p = l->config->process;
	struct userns_maps maps = { 0 };
	int r;

	if (l->opt->userns != LAUNCH_USERNS_CONFIG)
		return chosen_maps(l, e);
	if (!wants_default_maps(l->config, host))
		return 0;
	r = userns_default_maps(l->arena, &l->caller, p ? p->user.uid : 0, p ? p->user.gid : 0,
				&maps, e);
	if (r < 0)
		return r;
	host->uid_map = maps.uid;
	host->gid_map = maps.gid;
	host->maps_single = maps.single;
	return 0;
}

int planning_add_gids(struct arena *a, struct oci_user *u, const uint32_t *gids, size_t n,
		      struct error *e)
{
	uint32_t *all;

	if (n == 0)
		return 0;
	all = arena_calloc(a, u->n_additional_gids + n, sizeof(*all));
	if (!all)
		return error_set(e, ENOMEM, "plan the groups");
	if (u->n_additional_gids)
		memcpy(all, u->additional_gids, u->n_additional_gids * sizeof(*all));
	u->additional_gids = all;
	for (size_t i = 0; i < n; i++) {
		bool known = gids[i] == u->gid;

		for (size_t j = 0; j < u->n_additional_gids; j++)
			known = known || all[j] == gids[i];
		if (!known)
			all[u->n_additional_gids++] = gids[i];
	}
	return 0;
}

/* --map-groups (I12): for the maps that are made here. */
static int read_shown_groups(struct launch *l, struct error *e)
{
	bool ignored;
	int r = find_userns(l->config->linux, "--map-groups", &ignored, e);

	if (r == 0)
		r = groups_parse(l->arena, &l->caller, l->opt->map_groups, &l->caller.shown, e);
	return r;
}

/* And for those of the config; in the end the process is in these groups. */
static int join_shown_groups(struct launch *l, const struct plan_host *host, struct error *e)
{
	struct idmap *config = &l->config->linux->gid_mappings;
	const struct idmap *map = config->n ? config : &host->gid_map;
	const struct shown_groups *s = &l->caller.shown;
	int r = config->n ? groups_show(l->arena, &l->caller, config, e) : 0;

	if (r < 0)
		return r;
	l->map_groups = arena_calloc(l->arena, s->n, sizeof(*l->map_groups));
	if (!l->map_groups)
		return error_set(e, ENOMEM, "plan the groups");
	/* Without a user namespace of its own they are what they are. */
	for (; l->n_map_groups < s->n; l->n_map_groups++) {
		uint32_t gid = s->g[l->n_map_groups].gid;

		if (!idmap_to_container(map, gid, &l->map_groups[l->n_map_groups]))
			l->map_groups[l->n_map_groups] = gid;
	}
	if (!l->config->process)
		return 0;
	return planning_add_gids(l->arena, &l->config->process->user, l->map_groups, s->n, e);
}

static int check_terminal(const struct launch *l, struct error *e)
{
	const struct oci_process *p = l->config->process;
	bool foreground = !l->wait_for_start && !l->opt->detach;

	if (p && p->terminal && !foreground && !l->opt->console_socket)
		return error_kind(
			e, KIND_USAGE, EINVAL,
			".process.terminal: use --console-socket with a terminal that is not in "
			"the foreground");
	if (l->opt->console_socket && !(p && p->terminal))
		return error_kind(e, KIND_USAGE, EINVAL,
				  "--console-socket is given, but .process.terminal is not true");
	return 0;
}

static int notify_options(struct launch *l, struct plan_options *opt, struct error *e)
{
	const char *address = l->opt->notify_socket;

	if (!address || !notify_has_listener(address))
		return 0;
	opt->notify_socket = address;
	opt->notify_dir = arena_printf(l->arena, "%s/%s/notify", l->opt->root, l->opt->id);
	return opt->notify_dir ? 0 : error_set(e, ENOMEM, "plan NOTIFY_SOCKET");
}

int launch_plan_create(struct launch *l, struct error *e)
{
	struct plan_host host;
	struct plan_options opt = {
		.id = l->opt->id,
		.no_pivot = l->opt->no_pivot,
		.no_new_keyring = l->opt->no_new_keyring,
		.strict_rlimits = l->opt->strict_rlimits,
		.strict = l->opt->strict,
		.keep_groups = l->opt->keep_groups,
		.pass_fds = l->opt->pass_fds,
		.n_pass_fds = l->opt->n_pass_fds,
		.preserve_fds = l->opt->preserve_fds,
		.listen_fds = l->opt->listen_fds,
		.listen_fdnames = l->opt->listen_fdnames,
		.cgroup_manager = l->opt->cgroup_manager,
		.rootless_strict = l->opt->rootless_strict,
		.root = l->opt->root,
		.network = l->opt->network,
		.publish = l->opt->publish,
		.detached = l->opt->detach || l->wait_for_start,
	};
	int r;

	r = notify_options(l, &opt, e);
	if (r == 0)
		r = store_check_id(l->opt->id, e);
	if (r == 0)
		r = absolute_bundle(l, &opt.bundle, e);
	if (r == 0)
		r = read_config(l, opt.bundle, e);
	if (r < 0)
		return error_default_kind(e, KIND_CONFIG_UNREADABLE);
	r = check_terminal(l, e);
	if (r == 0)
		r = planning_host(l, &host, e);
	if (r == 0 && l->opt->map_groups)
		r = read_shown_groups(l, e);
	if (r == 0)
		r = default_maps(l, &host, e);
	if (r == 0 && l->opt->map_groups)
		r = join_shown_groups(l, &host, e);
	if (r == 0 && l->config->linux->mount_label && *l->config->linux->mount_label)
		host.selinux = has_selinux();
	if (r == 0)
		r = plan_create(l->arena, l->config, &host, &opt, &l->plan, e);
	if (r < 0)
		return error_default_kind(e, KIND_CONFIG_PLAN);
	if (l->plan.net_is_joined)
		log_warning("the network namespace is joined: its network is that of who made it, "
			    "none is made for `%s`",
			    l->opt->id);
	l->has_runtime_hooks = l->plan.hooks->prestart.n || l->plan.hooks->create_runtime.n;
	if (log_enabled(LOG_LEVEL_DEBUG)) {
		cleanup_strbuf struct strbuf text = STRBUF_INIT(1 << 20);

		plan_dump(&l->plan, &text);
		for (char *line = text.s; *line;) {
			size_t len = strcspn(line, "\n");

			log_debug("plan: %.*s", (int)len, line);
			line += len + (line[len] == '\n');
		}
	}
	return 0;
}

int run_plan(const struct launch_options *opt, struct strbuf *out, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct launch l;
	int r;

	launch_init(&l, opt, &a);
	r = launch_plan_create(&l, e);
	if (r == 0) {
		plan_dump(&l.plan, out);
		r = strbuf_error(out);
		if (r < 0)
			error_set(e, r, "write the plan");
	}
	launch_done(&l);
	return r;
}
