/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls that only ask: documents, lists, versions. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "git-version.h"
#include "json/write.h"
#include "liburun.h"
#include "oci/default_spec.h"
#include "oci/features.h"
#include "oci/state_doc.h"
#include "oci/version.h"
#include "plan/capabilities.h"
#include "plan/mount_options.h"
#include "plan/process_tables.h"
#include "process/seccomp.h"
#include "process/seccomp_tables.h"
#include "run/cgroups.h"
#include "run/create.h"
#include "run/mounts.h"
#include "run/network.h"
#include "run/ports.h"
#include "state/store.h"

#ifdef HAVE_SECCOMP
#define SECCOMP_TAG "+SECCOMP "
#else
#define SECCOMP_TAG ""
#endif

#ifdef HAVE_SYSTEMD
#define SYSTEMD_TAG "+SYSTEMD "
#else
#define SYSTEMD_TAG ""
#endif

enum {
	DOCUMENT_MAX = 64 << 20,
	PORTS_MS = 200, /* for a helper to say which */
};

/* I11: of init as long as it lives, which is asked for afterwards: pids are used again. */
static void describe_groups(struct arena *a, const struct container *c, struct oci_state_doc *ret)
{
	uint32_t *gids;
	size_t n;

	if (!c->record || !c->record->keep_groups || c->pidfd < 0 ||
	    proc_groups(a, c->init.pid, &gids, &n) < 0 || pidfd_kill(c->pidfd, 0) < 0)
		return;
	ret->kept_groups = gids;
	ret->n_kept_groups = n;
}

struct description {
	struct oci_state_doc doc;
	struct oci_map annotations;
	struct network_view network;
	struct net_api_view net;
};

static void describe(struct arena *a, const struct container *c, const char *id,
		     struct description *ret)
{
	static const char *const devices[] = { "linux.resources.devices", NULL };
	const struct state_record *r = c->record;
	bool stopped = r && c->status == STATUS_STOPPED;

	ret->annotations = (struct oci_map){ r ? r->annotations : NULL, r ? r->n_annotations : 0 };
	ret->doc = (struct oci_state_doc){
		.id = id,
		.bundle = r ? r->bundle : "",
		.status = status_name(c->status),
		.pid = c->pidfd >= 0 ? c->init.pid : 0,
		.rootfs = r ? r->rootfs : NULL,
		.created = r ? r->created : NULL,
		.owner = r ? r->owner : NULL,
		.systemd_scope = c->cgroup.unit,
		.cgroup = c->cgroup.path,
		.exit_status = stopped && r->has_exit_status ? &r->exit_status : NULL,
		.oom = stopped && r->has_oom ? &r->oom : NULL,
		.annotations = &ret->annotations,
		.unenforced = r && r->devices_open ? devices : NULL,
	};
	describe_groups(a, c, &ret->doc);
}

/* N01: `asks` its helper which ports there are, which takes a moment; else the config's. */
static void describe_network(struct arena *a, const char *root, const struct container *c,
			     bool asks, struct description *ret)
{
	const struct network_view *v = &ret->network;
	struct net_api_reply *ports;
	struct error ignored = ERROR_INIT;

	if (network_look(a, root, c->dir, c->record, &ret->network) < 0)
		return;
	ret->net =
		(struct net_api_view){ .config = &v->config, .helper = v->helper, .api = v->api };
	ret->doc.net = &ret->net;
	if (!asks || !v->helper || ports_ask(a, v, PORTS_MS, &ports, &ignored) < 0)
		return;
	ret->net.ports = ports->list;
	ret->net.n_ports = ports->n;
}

int document_take(struct strbuf *b, char **ret, struct error *e)
{
	char *text = strbuf_take(b);

	if (!text)
		return error_set(e, ENOMEM, "write the document");
	*ret = text;
	return 0;
}

/* A record that cannot be read is an error, but while it is being made. */
static int check_record(const struct container *c, struct error *e)
{
	if (c->record || c->status == STATUS_CREATING)
		return 0;
	return error_kind(e, KIND_STATE_BROKEN, c->record_error.code, "%s", c->record_error.msg);
}

API int urun_state_json(urun_ctx *ctx, const char *id, char **ret)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	cleanup_fd int root = -EBADF;
	cleanup_strbuf struct strbuf b = STRBUF_INIT(DOCUMENT_MAX);
	struct description d;
	int r;

	ctx_begin(ctx);
	r = container_find(&a, ctx->root, id, false, &root, &c, &ctx->error);
	if (r == 0)
		r = check_record(&c, &ctx->error);
	if (r < 0)
		return r;
	container_look_frozen(&c);
	describe(&a, &c, id, &d);
	describe_network(&a, ctx->root, &c, true, &d);
	r = oci_state_doc_write(&d.doc, true, &b);
	if (r < 0)
		return error_set(&ctx->error, r, "write the state of container `%s`", id);
	return document_take(&b, ret, &ctx->error);
}

struct list_run {
	const char *path;
	int root;
	urun_list_fn fn;
	void *arg;
	struct json_writer *w;
};

static int list_one(void *arg, const char *id)
{
	struct list_run *l = arg;
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	struct error e = ERROR_INIT;
	struct description d;
	const struct oci_state_doc *doc = &d.doc;
	struct urun_list_entry entry;

	/* A folder without any file of ours is somebody else's (Slurm: /run/user/UID). */
	if (container_open(&a, l->root, id, &c, &e) < 0) {
		log_debug("list: %s", e.msg);
		return 0;
	}
	if (!c.record)
		log_warning("%s", c.record_error.msg);
	container_look_frozen(&c);
	describe(&a, &c, id, &d);
	describe_network(&a, l->path, &c, false, &d);
	if (l->w) {
		oci_state_doc_value(doc, l->w);
		return 0;
	}
	entry = (struct urun_list_entry){
		.id = id,
		.pid = doc->pid,
		.status = doc->status,
		.bundle = doc->bundle,
		.created = doc->created ? doc->created : "",
		.owner = doc->owner ? doc->owner : "",
		.rootfs = doc->rootfs ? doc->rootfs : "",
		.oci_version = OCI_SPEC_VERSION,
		.network = !doc->net          ? NULL
			   : doc->net->helper ? "slirp"
					      : "slirp (dead)",
	};
	return l->fn(l->arg, &entry);
}

static int list(urun_ctx *ctx, struct list_run *l)
{
	int r = store_open_root(ctx->root, false, &l->root, &ctx->error);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = store_each(l->root, list_one, l, &ctx->error);
	close(l->root);
	return r;
}

API int urun_list(urun_ctx *ctx, urun_list_fn fn, void *arg)
{
	struct list_run l = { .path = ctx->root, .root = -EBADF, .fn = fn, .arg = arg };

	ctx_begin(ctx);
	return list(ctx, &l);
}

API int urun_list_json(urun_ctx *ctx, char **ret)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(DOCUMENT_MAX);
	struct json_writer w;
	struct list_run l = { .path = ctx->root, .root = -EBADF, .w = &w };
	int r;

	ctx_begin(ctx);
	jw_init(&w, &b, true);
	jw_array_begin(&w);
	r = list(ctx, &l);
	if (r < 0)
		return r;
	jw_array_end(&w);
	r = jw_done(&w);
	if (r < 0)
		return error_set(&ctx->error, r, "write the list");
	return document_take(&b, ret, &ctx->error);
}

API int urun_stats_json(urun_ctx *ctx, const char *id, char **ret)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(DOCUMENT_MAX);
	int r;

	ctx_begin(ctx);
	r = run_stats(ctx->root, id, &b, &ctx->error);
	return r < 0 ? r : document_take(&b, ret, &ctx->error);
}

API int urun_events(urun_ctx *ctx, const char *id, unsigned int interval_ms, urun_event_fn fn,
		    void *arg)
{
	const struct events_request req = {
		.root = ctx->root,
		.id = id,
		.interval_ms = interval_ms,
		.fn = fn,
		.arg = arg,
	};

	ctx_begin(ctx);
	return run_events(&req, &ctx->error);
}

API int urun_mounts_list(urun_ctx *ctx, const char *id, urun_mounts_fn fn, void *arg)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct mounts_list list;
	int r;

	ctx_begin(ctx);
	r = run_mounts_list(&a, ctx->root, id, &list, &ctx->error);
	for (size_t i = 0; r == 0 && i < list.n; i++) {
		const struct urun_mounts_entry entry = {
			.destination = list.v[i].info.destination,
			.type = list.v[i].info.type,
			.source = list.v[i].info.source,
			.options = list.v[i].info.options,
			.reason = list.v[i].reason,
		};

		r = fn(arg, &entry);
	}
	return r;
}

/* "a,b": an array of its parts. */
static void write_parts(struct json_writer *w, const char *key, char *text, const char *between)
{
	char *save = NULL;

	jw_key(w, key);
	jw_array_begin(w);
	for (char *p = strtok_r(text, between, &save); p; p = strtok_r(NULL, between, &save))
		jw_string(w, p);
	jw_array_end(w);
}

static void write_mount(struct json_writer *w, const struct mounts_entry *m)
{
	const struct mountinfo *i = &m->info;

	jw_object_begin(w);
	jw_member_string(w, "destination", i->destination);
	jw_member_string(w, "type", i->type);
	jw_member_string(w, "source", i->source);
	write_parts(w, "options", i->options, ",");
	jw_member_string(w, "reason", m->reason);
	jw_member_string(w, "root", i->root);
	write_parts(w, "propagation", i->propagation, " ");
	write_parts(w, "superOptions", i->super_options, ",");
	jw_key(w, "id");
	jw_u64(w, i->id);
	jw_key(w, "parent");
	jw_u64(w, i->parent);
	jw_object_end(w);
}

API int urun_mounts_json(urun_ctx *ctx, const char *id, char **ret)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_strbuf struct strbuf b = STRBUF_INIT(DOCUMENT_MAX);
	struct mounts_list list;
	struct json_writer w;
	int r;

	ctx_begin(ctx);
	r = run_mounts_list(&a, ctx->root, id, &list, &ctx->error);
	if (r < 0)
		return r;
	jw_init(&w, &b, true);
	jw_array_begin(&w);
	for (size_t i = 0; i < list.n; i++)
		write_mount(&w, &list.v[i]);
	jw_array_end(&w);
	r = jw_done(&w);
	if (r < 0)
		return error_set(&ctx->error, r, "write the mounts of container `%s`", id);
	return document_take(&b, ret, &ctx->error);
}

static int spec(urun_ctx *ctx, const struct oci_spec_request *req, char **ret)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(DOCUMENT_MAX);
	int r;

	r = oci_default_spec(req, &b, &ctx->error);
	return r < 0 ? r : document_take(&b, ret, &ctx->error);
}

API int urun_spec_json(urun_ctx *ctx, int rootless, char **ret)
{
	const struct oci_spec_request req = { .rootless = rootless };

	ctx_begin(ctx);
	return spec(ctx, &req, ret);
}

static bool is_directory(const char *path, bool follow)
{
	struct stat st;

	return path_statat(AT_FDCWD, path, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static int check_spec(const struct urun_spec_options *o, struct error *e)
{
	const unsigned int home = URUN_SPEC_HOME_READ_ONLY | URUN_SPEC_HOME_WRITABLE;
	const unsigned int known = URUN_SPEC_ROOTLESS | URUN_SPEC_KEEP_ID | URUN_SPEC_HOST_ROOTFS |
				   home;

	if (o->flags & ~known)
		return error_msg(e, EINVAL, "flags %#x do not belong to this call",
				 o->flags & ~known);
	if (o->flags & URUN_SPEC_KEEP_ID && !(o->flags & URUN_SPEC_ROOTLESS))
		return error_msg(e, EINVAL, "to keep the ids takes a user namespace (--rootless)");
	if (!(o->flags & URUN_SPEC_HOST_ROOTFS))
		return o->flags & home || o->home
			       ? error_msg(e, EINVAL, "a home goes with the host's root only")
			       : 0;
	if (o->rootfs)
		return error_msg(e, EINVAL, "two roots: the host's and '%s'", o->rootfs);
	if (o->home &&
	    (o->home[0] != '/' || path_is_below("/", o->home) || !is_directory(o->home, true)))
		return error_msg(e, EINVAL, "home '%s' is no folder below '/'", o->home);
	return 0;
}

API int urun_spec(urun_ctx *ctx, const struct urun_spec_options *in, char **ret)
{
	static const char *const candidates[] = { "/tmp", "/run", "/var/tmp" };
	struct urun_spec_options o = { .size = sizeof(o) };
	const char *private[ARRAY_SIZE(candidates) + 1] = { NULL };
	struct oci_spec_request req;
	size_t n = 0;
	int r;

	ctx_begin(ctx);
	r = options_copy("urun_spec_options", in, &o, sizeof(o), &ctx->error);
	if (r == 0)
		r = check_spec(&o, &ctx->error);
	if (r < 0)
		return r;
	/* What is not there cannot be made in a tree of root's. */
	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		if (is_directory(candidates[i], false))
	private[n++] = candidates[i];
	req = (struct oci_spec_request){
		.rootless = o.flags & URUN_SPEC_ROOTLESS,
		.uid = o.flags & URUN_SPEC_KEEP_ID ? geteuid() : 0,
		.gid = o.flags & URUN_SPEC_KEEP_ID ? getegid() : 0,
		.args = o.args,
		.env = o.env,
		.mounts = o.mounts,
		.rootfs = o.rootfs,
		.host_rootfs = o.flags & URUN_SPEC_HOST_ROOTFS,
		.private = private,
		.home_mode = o.flags & URUN_SPEC_HOME_WRITABLE    ? OCI_SPEC_HOME_WRITABLE
			     : o.flags & URUN_SPEC_HOME_READ_ONLY ? OCI_SPEC_HOME_READ_ONLY
								  : OCI_SPEC_HOME_PRIVATE,
		.home = o.home,
		.network = o.network,
	};
	return spec(ctx, &req, ret);
}

enum { NAMES_MAX = 96 };

struct names {
	const char *v[NAMES_MAX + 1];
	size_t n;
};

static void add_name(struct names *s, const char *name)
{
	if (s->n < NAMES_MAX)
		s->v[s->n++] = name;
}

static void add_values(struct names *s, const struct name_value *t)
{
	for (; t->name; t++)
		add_name(s, t->name);
}

static void add_words(struct names *s, const struct seccomp_word *t, bool supported_only)
{
	for (; t->name; t++)
		if (!supported_only || seccomp_kernel_flags(t->value))
			add_name(s, t->name);
}

static void add_mount_options(struct names *s)
{
	size_t n;
	const struct mount_option *o = mount_options(&n);

	for (size_t i = 0; i < n; i++)
		add_name(s, o[i].name);
}

struct feature_names {
	struct names mount_options, capabilities, actions, operators, archs, known, supported;
	struct names policy_modes, policy_flags;
};

static void collect_names(struct feature_names *f)
{
	add_mount_options(&f->mount_options);
	for (size_t i = 0; i < CAPABILITY_COUNT; i++)
		add_name(&f->capabilities, capability_names[i]);
	add_words(&f->actions, seccomp_actions, false);
	add_words(&f->operators, seccomp_operators, false);
	add_words(&f->known, seccomp_flags, false);
	add_words(&f->supported, seccomp_flags, true);
	for (const char *const *a = seccomp_archs; *a; a++)
		if (seccomp_knows_arch(*a))
			add_name(&f->archs, *a);
	add_values(&f->policy_modes, mempolicy_modes);
	add_values(&f->policy_flags, mempolicy_flags);
}

API int urun_features_json(urun_ctx *ctx, char **ret)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(DOCUMENT_MAX);
	struct feature_names f = { 0 };
	struct seccomp_version v;
	char library[48], slirp[48];
	bool seccomp = seccomp_library_version(&v);
	struct oci_features_facts facts = {
		.version = PACKAGE_VERSION_STRING,
		.commit = GIT_VERSION,
		.libseccomp_version = seccomp ? library : NULL,
		.mount_options = f.mount_options.v,
		.capabilities = f.capabilities.v,
		.seccomp_actions = f.actions.v,
		.seccomp_operators = f.operators.v,
		.seccomp_archs = f.archs.v,
		.seccomp_known_flags = f.known.v,
		.seccomp_supported_flags = f.supported.v,
		.memory_policy_modes = f.policy_modes.v,
		.memory_policy_flags = f.policy_flags.v,
		.seccomp = seccomp,
		.cgroup_v2 = true,
		.cgroup_rdma = true,
#ifdef HAVE_SYSTEMD
		.cgroup_systemd = true,
		.cgroup_systemd_user = true,
#endif
		.idmap = true,
		.apparmor = true,
		.selinux = true,
		.net_devices = true,
		.intel_rdt = true,
		.intel_rdt_schemata = true,
		.intel_rdt_monitoring = true,
	};
	int r;

	ctx_begin(ctx);
	if (seccomp)
		snprintf(library, sizeof(library), "%u.%u.%u", v.major, v.minor, v.micro);
	collect_names(&f);
	facts.libslirp_version = network_library(slirp, sizeof(slirp));
	facts.ping = network_may_ping();
	r = oci_features(&facts, &b);
	if (r < 0)
		return error_set(&ctx->error, r, "write the features");
	return document_take(&b, ret, &ctx->error);
}

API const struct urun_version_info *urun_version(void)
{
	static const struct urun_version_info info = {
		.version = PACKAGE_VERSION_STRING,
		.commit = GIT_VERSION,
		.spec = OCI_SPEC_VERSION,
		.features = SYSTEMD_TAG "+SELINUX +APPARMOR +CAP " SECCOMP_TAG "+YAJL",
	};

	return &info;
}
