/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun exec: a further process in a running container. Parsing stops at the id;
 * what follows is the command, its own options included.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/parse.h"
#include "base/passwd.h"
#include "cli/cli.h"

enum { ID_MAX = UINT32_MAX - 1 }; /* -1 means "no change" to the kernel */

struct exec_values {
	struct urun_exec_options opt;
	const char **gids, **env, **env_files, **caps, **pass_fds;
	unsigned int preserve_fds;
};

#define EXEC_STRING(member) .kind = OPT_STRING, .offset = offsetof(struct exec_values, opt.member)
#define EXEC_LIST(member) .kind = OPT_LIST, .offset = offsetof(struct exec_values, member)
#define EXEC_SWITCH(bit_) \
	.kind = OPT_SWITCH, .bit = (bit_), .offset = offsetof(struct exec_values, opt.flags)

/* clang-format off */
static const struct option_row rows[] = {
	{ .letter = 'p', .name = "process", .arg = "FILE", EXEC_STRING(process),
	  .help = "read the process object there; '-' is stdin" },
	{ .letter = 'd', .name = "detach", EXEC_SWITCH(URUN_DETACH),
	  .help = "return when the process has started" },
	{ .letter = 't', .name = "tty", EXEC_SWITCH(URUN_TTY), .off_bit = URUN_NO_TTY,
	  .help = "with a terminal; --tty=false: without" },
	{ .letter = 'u', .name = "user", .arg = "USER[:GROUP]", EXEC_STRING(user),
	  .keeps_empty = true,
	  .help = "as this user of the container, by ids or by names" },
	{ .letter = 'g', .name = "additional-gids", .arg = "GID", EXEC_LIST(gids),
	  .help = "with this group, too (may be repeated)" },
	{ .letter = 'e', .name = "env", .arg = "NAME=VALUE", EXEC_LIST(env),
	  .help = "set an environment variable (may be repeated)" },
	{ .name = "env-file", .arg = "FILE", EXEC_LIST(env_files),
	  .help = "set the variables of this file; '-' is stdin (may be repeated)" },
	{ .letter = 'c', .name = "cap", .arg = "CAP", EXEC_LIST(caps),
	  .help = "add a capability (may be repeated)" },
	{ .name = "cap-replace", EXEC_SWITCH(URUN_CAP_REPLACE),
	  .help = "have the capabilities of --cap and no other" },
	{ .name = "cwd", .arg = "DIR", EXEC_STRING(cwd),
	  .help = "start in this directory of the container" },
	{ .name = "no-new-privs", EXEC_SWITCH(URUN_NO_NEW_PRIVS),
	  .help = "set no_new_privs" },
	{ .name = "apparmor", .arg = "PROFILE", EXEC_STRING(apparmor_profile),
	  .help = "under this AppArmor profile" },
	{ .name = "process-label", .arg = "LABEL", EXEC_STRING(process_label),
	  .help = "with this SELinux label" },
	{ .name = "cgroup", .arg = "PATH", EXEC_STRING(cgroup),
	  .help = "in this cgroup below the container's" },
	{ .name = "ignore-paused", EXEC_SWITCH(URUN_IGNORE_PAUSED),
	  .help = "start it in a paused container, too" },
	{ .name = "console-socket", .arg = "SOCKET", EXEC_STRING(console_socket),
	  .help = "send the terminal to this UNIX socket" },
	{ .name = "pidfd-socket", .arg = "SOCKET", EXEC_STRING(pidfd_socket),
	  .help = "send a pidfd of the process to this UNIX socket" },
	{ .name = "pid-file", .arg = "FILE", EXEC_STRING(pid_file),
	  .help = "write the pid of the process there" },
	{ .name = "preserve-fds", .kind = OPT_UINT, .arg = "N",
	  .offset = offsetof(struct exec_values, preserve_fds),
	  .help = "pass file descriptors 3 to 2+N and those of LISTEN_FDS" },
	{ .name = "pass-fd", .arg = "N", EXEC_LIST(pass_fds),
	  .help = "pass this file descriptor, by its number (may be repeated)" },
};
/* clang-format on */

static int parse_id(const char **s, uint32_t *ret)
{
	uint64_t id;

	if (parse_u64_at(s, &id) < 0 || id > ID_MAX)
		return -EINVAL;
	*ret = (uint32_t)id;
	return 0;
}

/* What cannot be an id or a name is refused before a container is looked at. */
static int check_user(const char *user, struct error *e)
{
	struct user_spec spec;

	if (user_spec_parse(user, &spec) == 0)
		return 0;
	error_msg(e, EINVAL, "user '%s' is not UID[:GID] or NAME[:GROUP]", user);
	return error_hint(e, "ids are numbers up to %u", ID_MAX);
}

/* The list of gids; *ret is malloc'd. */
static int parse_gids(const char *const *words, uint32_t **ret, size_t *ret_n, struct error *e)
{
	cleanup_free uint32_t *gids = NULL;
	size_t n = 0;

	while (words && words[n])
		n++;
	gids = calloc(n + 1, sizeof(*gids));
	if (!gids)
		return error_set(e, ENOMEM, "additional gids");
	for (size_t i = 0; i < n; i++) {
		const char *s = words[i];

		if (parse_id(&s, &gids[i]) < 0 || *s)
			return error_msg(e, EINVAL, "'%s' is not a group id", words[i]);
	}
	*ret_n = n;
	*ret = take_ptr(gids);
	return 0;
}

static int check_env(const char *const *env, struct error *e)
{
	for (size_t i = 0; env && env[i]; i++)
		if (env[i][0] == '=' || !strchr(env[i], '='))
			return error_msg(e, EINVAL, "environment '%s' is not NAME=VALUE", env[i]);
	return 0;
}

/* A process object says all that these options would (E02). */
static int check_process(const struct cli *cli, const struct exec_values *v, struct error *e)
{
	const struct urun_exec_options *o = &v->opt;

	if (!o->process) {
		if (cli->n_operands > 1)
			return 0;
		error_msg(e, EINVAL, "'exec' needs a command");
		return error_hint(e, "see 'urun exec --help'");
	}
	if (cli->n_operands > 1)
		return error_msg(e, EINVAL, "'exec --process' takes no command: '%s'",
				 cli->operands[1]);
	if (o->user || v->gids || v->env || v->env_files || v->caps || o->cwd ||
	    o->apparmor_profile || o->process_label ||
	    o->flags & (URUN_NO_NEW_PRIVS | URUN_CAP_REPLACE))
		return error_msg(e, EINVAL,
				 "'exec --process' goes without --user, --additional-gids, --env, "
				 "--env-file, --cap, --cap-replace, --cwd, --apparmor, "
				 "--process-label and --no-new-privs: write them into '%s'",
				 o->process);
	return 0;
}

static int fill_options(struct cli *cli, struct exec_values *v, struct error *e)
{
	struct urun_exec_options *opt = &v->opt;
	struct preserve fds;
	int r = check_process(cli, v, e);

	if (r >= 0 && opt->user)
		r = check_user(opt->user, e);
	if (r >= 0)
		r = check_env(v->env, e);
	if (r >= 0)
		r = preserve_fds(v->preserve_fds, &fds, e);
	if (r < 0)
		return r;
	opt->size = sizeof(*opt);
	opt->argv = opt->process ? NULL : (const char *const *)(cli->operands + 1);
	opt->caps = v->caps;
	opt->preserve_fds = fds.total;
	opt->listen_fds = fds.listen_fds;
	opt->listen_fdnames = fds.listen_fdnames;
	return 0;
}

static int cmd_exec(struct cli *cli, struct error *e)
{
	struct exec_values *v = cli->values;
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_free uint32_t *gids = NULL;
	cleanup_free int *fds = NULL;
	int status = 0;
	int r = fill_options(cli, v, e);

	if (r >= 0)
		r = parse_gids(v->gids, &gids, &v->opt.n_additional_gids, e);
	if (r >= 0)
		r = pass_fds(v->pass_fds, &fds, &v->opt.n_pass_fds, e);
	if (r >= 0)
		r = env_files_read(&a, v->env_files, v->env, &v->opt.env, e);
	if (r < 0)
		return r;
	v->opt.additional_gids = gids;
	v->opt.pass_fds = fds;
	r = urun_exec(cli->ctx, cli->operands[0], &v->opt, &status);
	cli->status = r < 0 ? CLI_EXIT_EXEC : status;
	return cli_library_error(cli, r, e);
}

const struct command command_exec = {
	.name = "exec",
	.operands = "ID COMMAND [ARGUMENT...] | -p FILE ID",
	.summary = "start another process in a running container",
	.notes = "The exit status is that of the process, 128+N if signal N killed it,\n"
		 "or 255 if it could not be started.\n",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct exec_values),
	.order = ORDER_STOP,
	.min_operands = 1,
	.max_operands = SIZE_MAX,
	.takes_id = true,
	.enters = true,
	.operand = { OPERAND_ID, OPERAND_COMMAND },
	.run = cmd_exec,
};
