/* SPDX-License-Identifier: Apache-2.0 */
/* urun kill: podman sends numbers, CRI-O names, buildah and Slurm nothing (K07). */
#include <errno.h>
#include <stddef.h>

#include "base/parse.h"
#include "cli/cli.h"

struct kill_values {
	unsigned int flags;
	unsigned int is_regex;
	int signal;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_SWITCH, .bit = URUN_ALL,
	  .help = "signal every process of the container",
	  .offset = offsetof(struct kill_values, flags) },
	{ .letter = 'r', .name = "regex", .kind = OPT_SWITCH, .bit = 1,
	  .help = "ID is an extended regular expression",
	  .offset = offsetof(struct kill_values, is_regex) },
};
/* clang-format on */

static int kill_one(struct cli *cli, const char *id)
{
	struct kill_values *v = cli->values;

	return urun_kill(cli->ctx, id, v->signal, v->flags);
}

static int cmd_kill(struct cli *cli, struct error *e)
{
	struct kill_values *v = cli->values;
	const struct match m = { .regex = cli->operands[0], .fn = kill_one };
	const char *name = cli->n_operands > 1 ? cli->operands[1] : "TERM";

	v->signal = parse_signal(name);
	if (v->signal < 0) {
		error_msg(e, EINVAL, "unknown signal '%s'", name);
		return error_hint(e, "give a number or a name like TERM, SIGTERM, RTMIN+3");
	}
	if (v->is_regex)
		return match_each(cli, &m, e);
	return cli_library_error(cli, kill_one(cli, cli->operands[0]), e);
}

const struct command command_kill = {
	.name = "kill",
	.operands = "ID [SIGNAL]",
	.summary = "send a signal (default TERM) to a container",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct kill_values),
	.min_operands = 1,
	.max_operands = 2,
	.takes_id = true,
	.operand = { OPERAND_ID, OPERAND_SIGNAL },
	.run = cmd_kill,
};
