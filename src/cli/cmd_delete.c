/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun delete: with --force also for ids that never were (podman and
 * containerd call it after every failed create), then silently with status 0.
 */
#include <stddef.h>

#include "cli/cli.h"

struct delete_values {
	unsigned int flags;
	unsigned int is_regex;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .letter = 'f', .name = "force", .kind = OPT_SWITCH, .bit = URUN_FORCE,
	  .help = "kill it if it runs; an unknown id is no error",
	  .offset = offsetof(struct delete_values, flags) },
	{ .letter = 'r', .name = "regex", .kind = OPT_SWITCH, .bit = 1,
	  .help = "ID is an extended regular expression",
	  .offset = offsetof(struct delete_values, is_regex) },
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

	if (v->is_regex)
		return match_each(cli, cli->operands[0], v->flags & URUN_FORCE, delete_one, e);
	return cli_library_error(cli, delete_one(cli, cli->operands[0]), e);
}

const struct command command_delete = {
	.name = "delete",
	.operands = "ID",
	.summary = "remove a stopped or created container",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct delete_values),
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_delete,
};
