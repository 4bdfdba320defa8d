/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun delete: with --force also for ids that never were (podman and
 * containerd call it after every failed create), then silently with status 0.
 * prune is delete --stopped by the name that other tools have for it.
 */
#include <errno.h>
#include <stddef.h>

#include "cli/cli.h"

struct delete_values {
	unsigned int flags;
	unsigned int is_regex;
	unsigned int is_stopped;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .letter = 'f', .name = "force", .kind = OPT_SWITCH, .bit = URUN_FORCE,
	  .help = "kill it if it runs; an unknown id is no error",
	  .offset = offsetof(struct delete_values, flags) },
	{ .letter = 'r', .name = "regex", .kind = OPT_SWITCH, .bit = 1,
	  .help = "ID is an extended regular expression",
	  .offset = offsetof(struct delete_values, is_regex) },
	{ .name = "stopped", .kind = OPT_SWITCH, .bit = 1,
	  .help = "what has stopped only; without an ID all that have",
	  .offset = offsetof(struct delete_values, is_stopped) },
};
/* clang-format on */

static int delete_one(struct cli *cli, const char *id)
{
	struct delete_values *v = cli->values;

	return urun_delete(cli->ctx, id, v->flags);
}

static int cmd_delete(struct cli *cli, struct error *e)
{
	struct delete_values *v = cli->values;
	struct match m = { .fn = delete_one };

	if (v->is_stopped && v->flags & URUN_FORCE)
		return error_msg(e, EINVAL, "--force and --stopped exclude each other");
	if (v->is_stopped)
		v->flags |= URUN_STOPPED;
	if (cli->n_operands && !v->is_regex)
		return cli_library_error(cli, delete_one(cli, cli->operands[0]), e);
	if (!cli->n_operands && (!v->is_stopped || v->is_regex)) {
		error_msg(e, EINVAL, "'delete' needs the id of a container");
		return error_hint(e, "see 'urun delete --help'");
	}
	m.regex = cli->n_operands ? cli->operands[0] : ".";
	m.status = v->is_stopped ? "stopped" : NULL;
	m.none_ok = v->is_stopped || v->flags & URUN_FORCE;
	return match_each(cli, &m, e);
}

const struct command command_delete = {
	.name = "delete",
	.operands = "ID | --stopped",
	.summary = "remove a stopped or created container",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct delete_values),
	.max_operands = 1,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_delete,
};

static int prune_one(struct cli *cli, const char *id)
{
	return urun_delete(cli->ctx, id, URUN_STOPPED);
}

static int cmd_prune(struct cli *cli, struct error *e)
{
	const struct match m = {
		.regex = ".", .status = "stopped", .none_ok = true, .fn = prune_one
	};

	return match_each(cli, &m, e);
}

const struct command command_prune = {
	.name = "prune",
	.operands = "",
	.summary = "remove all containers that have stopped",
	.run = cmd_prune,
};
