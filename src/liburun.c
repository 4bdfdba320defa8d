/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public calls that change something, as thin as they can be: options are
 * checked, copied into the internal struct, and handed to run/.
 */
#include "liburun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "run/create.h"
#include "run/exec.h"
#include "run/mounts.h"
#include "run/relay.h"
#include "run/self.h"
#include "run/unshare.h"
#include "userns/diagnose.h"

int options_copy(const char *name, const void *in, void *out, size_t known, struct error *e)
{
	const unsigned char *bytes = in;
	size_t size;

	memcpy(&size, in, sizeof(size));
	if (size < sizeof(size))
		return error_msg(e, EINVAL, "%s: size is not set", name);
	for (size_t i = known; i < size; i++)
		if (bytes[i])
			return error_msg(e, EINVAL,
					 "%s: a member is set that liburun %s does not know", name,
					 PACKAGE_VERSION_STRING);
	memcpy(out, in, size < known ? size : known);
	return 0;
}

enum { PLAN_TEXT_MAX = 64 << 20 };

/* G06, P09. A foreign or unusable $XDG_RUNTIME_DIR is passed over. */
static char *default_root(bool *ret_is_home)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR"), *home = getenv("HOME");
	struct userns_caller caller = { 0 };
	struct error why = ERROR_INIT;
	char *ret = NULL, dir[64];

	/* Real root keeps one place, whatever environment sudo or su left it. */
	if (geteuid() == 0 && (userns_caller_init(&caller, &why) < 0 || caller.initial))
		return strdup("/run/urun");
	if (xdg && diagnose_runtime_dir(xdg, geteuid(), &why) == 0)
		return asprintf(&ret, "%s/urun", xdg) < 0 ? NULL : ret;
	snprintf(dir, sizeof(dir), "/run/user/%u", geteuid());
	if (diagnose_runtime_dir(dir, geteuid(), &why) == 0)
		return asprintf(&ret, "%s/urun", dir) < 0 ? NULL : ret;
	*ret_is_home = home && home[0] == '/';
	if (*ret_is_home)
		return asprintf(&ret, "%s/.local/state/urun", home) < 0 ? NULL : ret;
	return asprintf(&ret, "/run/user/%u/urun", geteuid()) < 0 ? NULL : ret;
}

/* A copy of the variable; NULL where it is not set or empty. */
static int copy_variable(const char *name, char **ret)
{
	const char *value = getenv(name);

	if (!value || !*value)
		return 0;
	*ret = strdup(value);
	return *ret ? 0 : -ENOMEM;
}

static int copy_variables(urun_ctx *ctx)
{
	const struct {
		const char *name;
		char **ret;
	} variables[] = {
		{ "NOTIFY_SOCKET", &ctx->notify_socket },
		{ "RUN_OCI_SECCOMP_RECEIVER", &ctx->seccomp_receiver },
		{ "DBUS_SESSION_BUS_ADDRESS", &ctx->bus.session },
		{ "DBUS_SYSTEM_BUS_ADDRESS", &ctx->bus.system },
		{ "XDG_RUNTIME_DIR", &ctx->bus.runtime_dir },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(variables) && r == 0; i++)
		r = copy_variable(variables[i].name, variables[i].ret);
	return r;
}

API int urun_ctx_new(urun_ctx **ret)
{
	urun_ctx *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return -ENOMEM;
	ctx->log = (struct log)LOG_INIT;
	ctx->root = default_root(&ctx->is_home_root);
	if (!ctx->root || copy_variables(ctx) < 0) {
		urun_ctx_free(ctx);
		return -ENOMEM;
	}
	*ret = ctx;
	return 0;
}

API void urun_ctx_free(urun_ctx *ctx)
{
	if (ctx) {
		log_done(&ctx->log);
		free(ctx->root);
		free(ctx->notify_socket);
		free(ctx->seccomp_receiver);
		free(ctx->bus.session);
		free(ctx->bus.system);
		free(ctx->bus.runtime_dir);
	}
	free(ctx);
}

API int urun_set_root(urun_ctx *ctx, const char *dir)
{
	char *copy;

	ctx_begin(ctx);
	if (!*dir)
		return error_msg(&ctx->error, EINVAL, "the state directory is empty");
	copy = strdup(dir);
	if (!copy)
		return error_set(&ctx->error, ENOMEM, "set the state directory");
	free(ctx->root);
	ctx->root = copy;
	ctx->is_home_root = false;
	return 0;
}

API const char *urun_root(const urun_ctx *ctx)
{
	return ctx->root;
}

API int urun_set_cgroup_manager(urun_ctx *ctx, const char *name)
{
	ctx_begin(ctx);
	for (int m = CGROUP_AUTO; m <= CGROUP_DISABLED; m++)
		if (strcmp(cgroup_manager_name((enum cgroup_manager)m), name) == 0) {
			ctx->cgroup_manager = (enum cgroup_manager)m;
			return 0;
		}
	return error_msg(&ctx->error, EINVAL,
			 "unknown cgroup manager '%s': use auto, systemd, cgroupfs or disabled",
			 name);
}

API int urun_set_rootless(urun_ctx *ctx, const char *mode)
{
	ctx_begin(ctx);
	if (strcmp(mode, "auto") != 0 && strcmp(mode, "true") != 0 && strcmp(mode, "false") != 0)
		return error_msg(&ctx->error, EINVAL,
				 "unknown rootless mode '%s': use auto, true or "
				 "false",
				 mode);
	ctx->rootless_strict = strcmp(mode, "false") == 0;
	return 0;
}

API int urun_set_ready_timeout(urun_ctx *ctx, unsigned int seconds)
{
	ctx_begin(ctx);
	ctx->ready_timeout = seconds;
	return 0;
}

static void call_log_fn(void *arg, enum log_level level, const char *msg)
{
	urun_ctx *ctx = arg;

	ctx->log_fn(ctx->log_arg, log_level_name(level), msg);
}

API int urun_set_log(urun_ctx *ctx, const struct urun_log_options *in)
{
	struct urun_log_options o = { .size = sizeof(o) };
	struct error *e = &ctx->error;
	int r;

	ctx_begin(ctx);
	r = options_copy("urun_log_options", in, &o, sizeof(o), e);
	if (r < 0)
		return r;
	if (o.fn && o.target && *o.target)
		return error_msg(e, EINVAL, "urun_log_options: both target and fn are set");
	if (log_set_format(o.format ? o.format : "text") < 0)
		return error_msg(e, EINVAL, "unknown log format '%s': use text or json", o.format);
	if (log_set_level(o.level ? o.level : "error") < 0)
		return error_msg(e, EINVAL,
				 "unknown log level '%s': use error, warning, info or debug",
				 o.level);
	ctx->log_fn = o.fn;
	ctx->log_arg = o.arg;
	log_set_sink(o.fn ? call_log_fn : NULL, ctx);
	r = log_open(o.target, o.container_id, e);
	/* It outlives a reboot, and may be on a network file system (G06). */
	if (r == 0 && ctx->is_home_root)
		log_warning("there is no XDG_RUNTIME_DIR of yours: containers are kept in '%s'",
			    ctx->root);
	return r;
}

API const char *urun_error(const urun_ctx *ctx)
{
	return ctx->error.msg;
}

API const char *urun_error_hint(const urun_ctx *ctx)
{
	return ctx->error.hint;
}

API int urun_error_errno(const urun_ctx *ctx)
{
	return ctx->error.code;
}

API int urun_error_code(const urun_ctx *ctx)
{
	return ctx->error.code ? (int)error_code_of(ctx->error.kind)->kind : 0;
}

/* --- create, run --- */

/* Ours are close-on-exec, all of them: none can be taken for the caller's. */
static int check_fds(const int *fds, size_t n, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		int flags = fcntl(fds[i], F_GETFD);

		if (fds[i] <= STDERR_FILENO)
			return error_msg(e, EINVAL, "fd %d to pass: it must be 3 or more", fds[i]);
		if (flags < 0 || flags & FD_CLOEXEC)
			return error_msg(e, EBADF, "fd %d to pass is not open", fds[i]);
	}
	return 0;
}

static int userns_mode(const char *name, enum launch_userns *ret, struct error *e)
{
	static const char *const names[] = {
		[LAUNCH_USERNS_AUTO] = "auto",
		[LAUNCH_USERNS_HOST_ROOT] = "host-root",
		[LAUNCH_USERNS_KEEP_ID] = "keep-id",
		[LAUNCH_USERNS_NOMAP] = "nomap",
	};

	*ret = LAUNCH_USERNS_CONFIG;
	for (size_t i = LAUNCH_USERNS_AUTO; name && i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			*ret = (enum launch_userns)i;
	if (name && *ret == LAUNCH_USERNS_CONFIG)
		return error_msg(e, EINVAL,
				 "unknown user namespace '%s': use auto, keep-id, nomap or "
				 "host-root",
				 name);
	return 0;
}

static int create_options(urun_ctx *ctx, const char *id, const struct urun_create_options *in,
			  unsigned int allowed, struct launch_options *out)
{
	struct urun_create_options o = { .size = sizeof(o) };
	enum launch_userns userns;
	int r;

	ctx_begin(ctx);
	if (in) {
		r = options_copy("urun_create_options", in, &o, sizeof(o), &ctx->error);

		if (r < 0)
			return r;
	}
	if (o.config && o.config_json)
		return error_msg(&ctx->error, EINVAL,
				 "urun_create_options: both config and config_json are set");
	if (o.flags & ~allowed)
		return error_msg(&ctx->error, EINVAL, "flags %#x do not belong to this call",
				 o.flags & ~allowed);
	r = check_fds(o.pass_fds, o.n_pass_fds, &ctx->error);
	if (r == 0)
		r = userns_mode(o.userns, &userns, &ctx->error);
	if (r < 0)
		return r;
	*out = (struct launch_options){
		.root = ctx->root,
		.id = id,
		.bundle = o.bundle,
		.config = o.config,
		.config_json = o.config_json,
		.console_socket = o.console_socket,
		.pidfd_socket = o.pidfd_socket,
		.pid_file = o.pid_file,
		.preserve_fds = o.preserve_fds,
		.listen_fds = o.listen_fds,
		.listen_fdnames = o.listen_fdnames,
		.notify_socket = ctx->notify_socket,
		.seccomp_receiver = ctx->seccomp_receiver,
		.bus = &ctx->bus,
		.stdio = o.stdio,
		.ready_timeout = ctx->ready_timeout,
		.no_pivot = o.flags & URUN_NO_PIVOT,
		.no_new_keyring = o.flags & URUN_NO_NEW_KEYRING,
		.subreaper = o.flags & URUN_SUBREAPER,
		.no_signals = o.flags & URUN_NO_SIGNALS,
		.strict_rlimits = o.flags & (URUN_STRICT_RLIMITS | URUN_STRICT),
		.strict = o.flags & URUN_STRICT,
		.keep_groups = o.flags & URUN_KEEP_GROUPS,
		.pass_fds = o.pass_fds,
		.n_pass_fds = o.n_pass_fds,
		.userns = userns,
		.map_groups = o.map_groups,
		.network = o.network,
		.publish = o.publish,
		.detach = o.flags & URUN_DETACH,
		.keep = o.flags & URUN_KEEP,
		.cgroup_manager = ctx->cgroup_manager,
		.rootless_strict = ctx->rootless_strict,
	};
	return 0;
}

#define CREATE_FLAGS \
	(URUN_NO_PIVOT | URUN_NO_NEW_KEYRING | URUN_STRICT_RLIMITS | URUN_STRICT | URUN_KEEP_GROUPS)
#define RUN_FLAGS (CREATE_FLAGS | URUN_DETACH | URUN_KEEP | URUN_SUBREAPER | URUN_NO_SIGNALS)

API int urun_create(urun_ctx *ctx, const char *id, const struct urun_create_options *opt)
{
	struct launch_options o;
	int r = create_options(ctx, id, opt, CREATE_FLAGS, &o);

	return r < 0 ? r : run_create(&o, &ctx->error);
}

API int urun_run(urun_ctx *ctx, const char *id, const struct urun_create_options *opt,
		 int *ret_status)
{
	struct launch_options o;
	int r = create_options(ctx, id, opt, RUN_FLAGS, &o);

	return r < 0 ? r : run_run(&o, ret_status, &ctx->error);
}

API int urun_relay(urun_ctx *ctx, char *const *argv, unsigned int fds, int *ret_status)
{
	const struct relay_request req = {
		.manager = ctx->cgroup_manager,
		.bus = &ctx->bus,
		.argv = argv,
		.fds = fds,
	};

	ctx_begin(ctx);
	return relay_run(&req, ret_status, &ctx->error);
}

API int urun_relay_serve(void)
{
	return relay_serve(STDIN_FILENO);
}

API int urun_plan_text(urun_ctx *ctx, const char *id, const struct urun_create_options *opt,
		       char **ret)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(PLAN_TEXT_MAX);
	struct launch_options o;
	int r = create_options(ctx, id, opt, RUN_FLAGS, &o);

	if (r == 0)
		r = run_plan(&o, &b, &ctx->error);
	return r < 0 ? r : document_take(&b, ret, &ctx->error);
}

API int urun_start(urun_ctx *ctx, const char *id)
{
	const struct start_request req = {
		.root = ctx->root,
		.id = id,
		.notify_socket = ctx->notify_socket,
		.ready_timeout = ctx->ready_timeout,
	};

	ctx_begin(ctx);
	return run_start(&req, &ctx->error);
}

API int urun_pause(urun_ctx *ctx, const char *id)
{
	ctx_begin(ctx);
	return run_pause(ctx->root, id, true, &ctx->error);
}

API int urun_resume(urun_ctx *ctx, const char *id)
{
	ctx_begin(ctx);
	return run_pause(ctx->root, id, false, &ctx->error);
}

/* --- exec --- */

static int check_exec(urun_ctx *ctx, const struct urun_exec_options *o)
{
	const unsigned int with_file = URUN_DETACH | URUN_TTY | URUN_NO_TTY | URUN_IGNORE_PAUSED |
				       URUN_NO_SIGNALS;
	const unsigned int known = with_file | URUN_NO_NEW_PRIVS | URUN_USER | URUN_GROUP |
				   URUN_CAP_REPLACE;
	struct error *e = &ctx->error;

	if (o->flags & ~known)
		return error_msg(e, EINVAL, "flags %#x do not belong to exec", o->flags & ~known);
	if (o->user && o->flags & (URUN_USER | URUN_GROUP))
		return error_msg(e, EINVAL, "the user is set by numbers and by a name");
	if (!o->process)
		return o->argv && o->argv[0] ? 0 : error_msg(e, EINVAL, "exec needs a command");
	if ((o->flags & ~with_file) || (o->argv && o->argv[0]) || (o->env && o->env[0]) ||
	    (o->caps && o->caps[0]) || o->n_additional_gids || o->cwd || o->apparmor_profile ||
	    o->process_label || o->user)
		return error_msg(e, EINVAL,
				 "with a process file nothing else about the process can be set");
	return 0;
}

API int urun_exec(urun_ctx *ctx, const char *id, const struct urun_exec_options *in,
		  int *ret_status)
{
	struct urun_exec_options o = { .size = sizeof(o) };
	struct launch_options l;
	struct exec_request req;
	int r;

	ctx_begin(ctx);
	if (!in)
		return error_msg(&ctx->error, EINVAL, "exec needs a command");
	r = options_copy("urun_exec_options", in, &o, sizeof(o), &ctx->error);
	if (r == 0)
		r = check_exec(ctx, &o);
	if (r == 0)
		r = check_fds(o.pass_fds, o.n_pass_fds, &ctx->error);
	if (r < 0)
		return r;
	l = (struct launch_options){
		.root = ctx->root,
		.id = id,
		.console_socket = o.console_socket,
		.pidfd_socket = o.pidfd_socket,
		.pid_file = o.pid_file,
		.seccomp_receiver = ctx->seccomp_receiver,
		.bus = &ctx->bus,
		.preserve_fds = o.preserve_fds,
		.listen_fds = o.listen_fds,
		.listen_fdnames = o.listen_fdnames,
		.stdio = o.stdio,
		.pass_fds = o.pass_fds,
		.n_pass_fds = o.n_pass_fds,
		.detach = o.flags & URUN_DETACH,
		.no_signals = o.flags & URUN_NO_SIGNALS,
	};
	req = (struct exec_request){
		.process_file = o.process,
		.argv = o.argv,
		.env = o.env,
		.caps = o.caps,
		.replaces_caps = o.flags & URUN_CAP_REPLACE,
		.gids = o.additional_gids,
		.n_gids = o.n_additional_gids,
		.user = o.user,
		.uid = o.uid,
		.gid = o.gid,
		.has_uid = o.flags & URUN_USER,
		.has_gid = o.flags & URUN_GROUP,
		.cwd = o.cwd,
		.apparmor_profile = o.apparmor_profile,
		.selinux_label = o.process_label,
		.no_new_privs = o.flags & URUN_NO_NEW_PRIVS,
		.tty = o.flags & URUN_TTY,
		.no_tty = o.flags & URUN_NO_TTY,
		.ignore_paused = o.flags & URUN_IGNORE_PAUSED,
		.cgroup = o.cgroup,
	};
	return run_exec(&l, &req, ret_status, &ctx->error);
}

API int urun_kill(urun_ctx *ctx, const char *id, int sig, unsigned int flags)
{
	ctx_begin(ctx);
	if (flags & ~URUN_ALL)
		return error_msg(&ctx->error, EINVAL, "flags %#x do not belong to kill", flags);
	return run_kill(ctx->root, id, sig, flags & URUN_ALL, &ctx->error);
}

API int urun_wait(urun_ctx *ctx, const char *id, int timeout_ms, int *ret_status)
{
	ctx_begin(ctx);
	return run_wait(ctx->root, id, timeout_ms, ret_status, &ctx->error);
}

API int urun_pidfd(urun_ctx *ctx, const char *id, int *ret)
{
	ctx_begin(ctx);
	return run_pidfd(ctx->root, id, ret, &ctx->error);
}

API int urun_delete(urun_ctx *ctx, const char *id, unsigned int flags)
{
	const struct delete_request req = {
		.root = ctx->root,
		.id = id,
		.what = flags & URUN_FORCE     ? DELETE_ANY
			: flags & URUN_STOPPED ? DELETE_STOPPED
					       : DELETE_IDLE,
		.bus = &ctx->bus,
	};

	ctx_begin(ctx);
	if (flags & ~(URUN_FORCE | URUN_STOPPED))
		return error_msg(&ctx->error, EINVAL, "flags %#x do not belong to delete", flags);
	if (flags == (URUN_FORCE | URUN_STOPPED))
		return error_msg(&ctx->error, EINVAL, "FORCE and STOPPED exclude each other");
	return run_delete(&req, &ctx->error);
}

API int urun_mounts_add(urun_ctx *ctx, const char *id, const char *file)
{
	ctx_begin(ctx);
	return run_mounts_add(ctx->root, id, file, &ctx->error);
}

API int urun_mounts_remove(urun_ctx *ctx, const char *id, const char *file)
{
	ctx_begin(ctx);
	return run_mounts_remove(ctx->root, id, file, &ctx->error);
}

API int urun_ps(urun_ctx *ctx, const char *id, pid_t **ret, size_t *ret_n)
{
	ctx_begin(ctx);
	return run_ps(ctx->root, id, ret, ret_n, &ctx->error);
}

API int urun_protect_self(urun_ctx *ctx, char *const argv[])
{
	ctx_begin(ctx);
	return self_protect(argv, &ctx->error);
}

API int urun_unshare_with(urun_ctx *ctx, const char *const argv[],
			  const struct urun_unshare_options *in, int *ret_status)
{
	struct urun_unshare_options o = { .size = sizeof(o) };
	int r = 0;

	ctx_begin(ctx);
	*ret_status = EXIT_FAILURE;
	if (in)
		r = options_copy("urun_unshare_options", in, &o, sizeof(o), &ctx->error);
	if (r < 0)
		return r;
	if (!argv || !argv[0])
		return error_msg(&ctx->error, EINVAL, "there is no command");
	return run_unshare(argv, o.map_groups, ret_status, &ctx->error);
}

API int urun_unshare(urun_ctx *ctx, const char *const argv[], int *ret_status)
{
	return urun_unshare_with(ctx, argv, NULL, ret_status);
}
