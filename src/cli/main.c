/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program: parses, opens a context, runs one command, reports its error
 * once. Engines start it some four times per container and read all it says:
 * so nothing is initialised that the command does not use, stderr stays silent
 * on success, and a failure is one line there and one object in the log
 * (engine-contracts.md sections 0.3, 0.4, 2).
 *
 * Exit status: 0; 1 for any error, usage errors included; 255 where `exec`
 * could not start its process; `run` and `exec` in the foreground give the
 * status of the process, 128+N if signal N killed it (G18; man page). With
 * --exit-codes=distinct 125, 126 and 127 in place of the 1 and the 255 (N22).
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "base/log.h"
#include "cli/cli.h"

/* clang-format off */
static const struct option_row global_rows[] = {
	{ .name = "root", .kind = OPT_STRING, .arg = "DIR",
	  .help = "where the state of containers is kept",
	  .offset = offsetof(struct globals, root) },
	{ .name = "log", .kind = OPT_STRING, .arg = "TARGET",
	  .help = "log to [file:]PATH, journald:ID or syslog:ID instead of stderr",
	  .offset = offsetof(struct globals, log) },
	{ .name = "log-format", .kind = OPT_WORD, .arg = "FORMAT", .words = "text|json",
	  .help = "text (default) or json",
	  .offset = offsetof(struct globals, log_format) },
	{ .name = "log-level", .kind = OPT_WORD, .arg = "LEVEL",
	  .words = "error|warning|warn|info|debug|trace",
	  .help = "error (default), warning, info or debug",
	  .offset = offsetof(struct globals, log_level) },
	{ .name = "debug", .kind = OPT_CONST, .implied = "debug",
	  .help = "the same as --log-level=debug",
	  .offset = offsetof(struct globals, log_level) },
	{ .name = "cgroup-manager", .kind = OPT_WORD, .arg = "MANAGER",
	  .words = "auto|systemd|cgroupfs|disabled",
	  .help = "auto (default), systemd, cgroupfs or disabled",
	  .offset = offsetof(struct globals, cgroup_manager) },
	{ .name = "systemd-cgroup", .kind = OPT_CONST, .implied = "systemd",
	  .help = "the same as --cgroup-manager=systemd",
	  .offset = offsetof(struct globals, cgroup_manager) },
	{ .name = "rootless", .kind = OPT_WORD, .arg = "MODE", .words = "auto|true|false",
	  .implied = "true",
	  .help = "auto (default), true, or false: lacking cgroup rights is an error",
	  .offset = offsetof(struct globals, rootless) },
	{ .name = "no-pivot", .kind = OPT_SWITCH, .bit = URUN_NO_PIVOT,
	  .help = "as the option of create and run",
	  .offset = offsetof(struct globals, create_flags) },
	{ .name = "exit-codes", .kind = OPT_WORD, .arg = "CODES", .words = "standard|distinct",
	  .help = "standard (default): 1, and 255 of exec; distinct: 125, 126, 127",
	  .offset = offsetof(struct globals, exit_codes) },
	{ .name = "criu", .kind = OPT_STRING, .arg = "PATH", .is_hidden = true,
	  .help = "accepted because go-runc may pass it; as in runc without effect",
	  .offset = offsetof(struct globals, criu) },
	{ .letter = 'v', .name = "version", .kind = OPT_SWITCH, .bit = GLOBAL_VERSION,
	  .help = "print the version and what this build can do",
	  .offset = offsetof(struct globals, flags) },
	{ .letter = 'V', .name = "version", .kind = OPT_SWITCH, .bit = GLOBAL_VERSION,
	  .help = "the same", .is_hidden = true,
	  .offset = offsetof(struct globals, flags) },
};
/* clang-format on */

const struct option_table global_options = OPTION_TABLE(global_rows);

/* clang-format off */
const struct command *const commands[] = {
	&command_create, &command_start,    &command_run,        &command_exec,
	&command_state,  &command_list,     &command_ps,         &command_kill,
	&command_delete,  &command_prune,      &command_pause,   &command_resume,
	&command_update,  &command_limits,     &command_events,  &command_mounts, &command_port,
	&command_spec,    &command_features,   &command_unshare, &command_explain,
	&command_completion,
	NULL,
};
/* clang-format on */

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

int cli_library_error(const struct cli *cli, int r, struct error *e)
{
	int code = urun_error_errno(cli->ctx);

	if (r >= 0)
		return 0;
	error_kind(e, (enum error_kind)urun_error_code(cli->ctx), code ? code : -r, "%s",
		   urun_error(cli->ctx));
	if (*urun_error_hint(cli->ctx))
		error_hint(e, "%s", urun_error_hint(cli->ctx));
	return -e->code;
}

static int find_command(struct cli *cli, const char *name, struct error *e)
{
	const char *nearest;

	cli->command = command_find(name);
	if (cli->command)
		return 0;
	error_msg(e, EINVAL, "unknown command '%s'", name);
	nearest = help_nearest_command(name);
	if (nearest)
		return error_hint(e, "did you mean 'urun %s'?", nearest);
	return error_hint(e, "see 'urun --help'");
}

/* Is this one of "add|remove|list"? */
static bool is_word_of(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (; words; words = strchr(words, '|')) {
		words += *words == '|';
		if (!strncmp(words, word, len) && (!words[len] || words[len] == '|'))
			return len > 0;
	}
	return false;
}

static int check_operands(const struct cli *cli, struct error *e)
{
	const struct command *c = cli->command;

	if (c->words && cli->n_operands && !is_word_of(c->words, cli->operands[0])) {
		error_msg(e, EINVAL, "'%s' knows no '%s'", c->name, cli->operands[0]);
		return error_hint(e, "use one of %s", c->words);
	}
	if (cli->n_operands < c->min_operands) {
		if (!cli->n_operands && c->takes_id)
			error_msg(e, EINVAL, "'%s' needs the id of a container", c->name);
		else
			error_msg(e, EINVAL, "'%s' needs more arguments: %s", c->name, c->operands);
		return error_hint(e, "see 'urun %s --help'", c->name);
	}
	if (cli->n_operands > c->max_operands) {
		error_msg(e, EINVAL, "'%s' does not take the argument '%s'", c->name,
			  cli->operands[c->max_operands]);
		return error_hint(e, "see 'urun %s --help'", c->name);
	}
	return 0;
}

static int parse_command(struct cli *cli, char **words, struct error *e)
{
	struct parse_result res;
	struct parse_request req = { .argv = words };
	int r;

	req.command = cli->command->name;
	req.table = &cli->command->options;
	req.order = cli->command->order;
	cli->values = calloc(1, cli->command->values_size + 1);
	if (!cli->values)
		return error_set(e, ENOMEM, "options of '%s'", cli->command->name);
	req.values = cli->values;
	r = options_parse(&req, &res, e);
	cli->operands = res.operands;
	cli->n_operands = res.n_operands;
	cli->wants_help = res.wants_help;
	if (r < 0 || cli->wants_help)
		return r;
	return check_operands(cli, e);
}

/* Everything that argv says. Without a command: --version or --help. */
static int parse(struct cli *cli, char **words, struct error *e)
{
	struct parse_request req = {
		.table = &global_options,
		.order = ORDER_STOP,
		.argv = words,
		.values = &cli->globals,
	};
	struct parse_result res;
	int r = options_parse(&req, &res, e);

	cli->wants_help = res.wants_help;
	if (r < 0 || cli->wants_help || cli->globals.flags & GLOBAL_VERSION)
		return r;
	if (!res.n_operands) {
		error_msg(e, EINVAL, "no command given");
		return error_hint(e, "see 'urun --help'");
	}
	if (!strcmp(res.operands[0], "help")) {
		cli->wants_help = true;
		return res.n_operands > 1 ? find_command(cli, res.operands[1], e) : 0;
	}
	r = find_command(cli, res.operands[0], e);
	return r < 0 ? r : parse_command(cli, res.operands + 1, e);
}

static int open_context(struct cli *cli, struct error *e)
{
	const struct globals *g = &cli->globals;
	int r = urun_ctx_new(&cli->ctx);

	if (r < 0)
		return error_set(e, -r, "make a context");
	if (g->root)
		r = urun_set_root(cli->ctx, g->root);
	if (r >= 0 && g->cgroup_manager)
		r = urun_set_cgroup_manager(cli->ctx, g->cgroup_manager);
	if (r >= 0 && g->rootless)
		r = urun_set_rootless(cli->ctx, g->rootless);
	return cli_library_error(cli, r, e);
}

static int open_log(struct cli *cli, struct error *e)
{
	struct urun_log_options opt = {
		.size = sizeof(opt),
		.target = cli->globals.log,
		.format = cli->globals.log_format,
		.level = cli->globals.log_level,
	};

	if (cli->command && cli->command->takes_id && cli->n_operands > !!cli->command->words)
		opt.container_id = cli->operands[!!cli->command->words];
	return cli_library_error(cli, urun_set_log(cli->ctx, &opt), e);
}

static int print_help(const struct cli *cli, struct error *e)
{
	cleanup_strbuf struct strbuf out = STRBUF_INIT(OUTPUT_MAX);

	if (cli->command)
		help_command(cli->command, &out);
	else
		help_global(&out);
	return output_flush(&out, e);
}

/* podman, docker and go-runc parse this; no other "version" may be in it (G11). */
static int print_version(struct cli *cli, struct error *e)
{
	const struct urun_version_info *v = urun_version();
	cleanup_strbuf struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
	int r = open_context(cli, e);

	if (r < 0)
		return r;
	strbuf_addf(&out, "urun version %s\ncommit: %s\nrundir: %s\nspec: %s\n%s\n", v->version,
		    v->commit, urun_root(cli->ctx), v->spec, v->features);
	return output_flush(&out, e);
}

static int run(struct cli *cli, char **words, struct error *e)
{
	struct error late = ERROR_INIT;
	int parsed = parse(cli, words, e);
	int r;

	/*
	 * A usage error belongs into the log, too, as far as one was named; if
	 * that fails as well, the usage error is still the one to tell.
	 */
	if (parsed < 0) {
		if (open_context(cli, &late) >= 0)
			open_log(cli, &late);
		return error_default_kind(e, KIND_USAGE);
	}
	if (cli->wants_help)
		return print_help(cli, e);
	if (cli->globals.flags & GLOBAL_VERSION)
		return print_version(cli, e);
	r = open_context(cli, e);
	if (r < 0)
		return r;
	if (cli->command->enters)
		r = cli_library_error(cli, urun_protect_self(cli->ctx, cli->argv), e);
	if (r >= 0)
		r = open_log(cli, e);
	if (r < 0)
		return r;
	if (cli->globals.criu)
		log_debug("--criu has no effect");
	r = cli->command->run(cli, e);
	/* What the library did not say is about the words of the command line. */
	return r < 0 && e->code == EINVAL ? error_default_kind(e, KIND_USAGE) : r;
}

/* What tells our failure from the program's own statuses is the kind of the error. */
static int failure_status(const struct cli *cli, const struct error *e)
{
	const char *codes = cli->globals.exit_codes;

	if (!codes || strcmp(codes, "distinct") != 0)
		return cli->status ? cli->status : EXIT_FAILURE;
	/* unshare has looked at the same. */
	if (cli->status == CLI_EXIT_NOT_FOUND || cli->status == CLI_EXIT_NOT_EXECUTABLE)
		return cli->status;
	switch (e->kind) {
	case KIND_PROGRAM_MISSING:
		return CLI_EXIT_NOT_FOUND;
	case KIND_PROGRAM_NOT_EXECUTABLE:
	case KIND_PROGRAM_FORMAT:
		return CLI_EXIT_NOT_EXECUTABLE;
	default:
		return CLI_EXIT_RUNTIME;
	}
}

static void cli_done(struct cli *cli)
{
	if (cli->values)
		options_free(&cli->command->options, cli->values);
	free(cli->values);
	urun_ctx_free(cli->ctx);
}

int main(int argc, char **argv)
{
	struct error e = ERROR_INIT;
	/* The parser sorts argv's words; who starts us anew needs them as they came. */
	cleanup_free char **words = calloc((size_t)argc + 1, sizeof(*words));
	struct cli cli = { .argv = argv };
	int r = fd_sanitize_stdio();

	/* We are the service that a caller outside of it has asked systemd for. */
	if (r == 0 && argc == 2 && !strcmp(argv[1], "__relay"))
		return urun_relay_serve();
	if (r < 0 || !words)
		return EXIT_FAILURE; /* there is nowhere to say it */
	memcpy(words, argv, (size_t)argc * sizeof(*words));
	/* No process of another user namespace may trace us or open our fds. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* A caller that ignores it would take our children's statuses from us. */
	signal(SIGCHLD, SIG_DFL);
	/* execve() allows an empty argv: then argv[0] is the end already. */
	r = run(&cli, words + (argc > 0), &e);
	if (r < 0) {
		log_error("urun", &e);
		cli.status = failure_status(&cli, &e);
	}
	cli_done(&cli);
	return cli.status;
}
