/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun unshare: a command with the id maps that a container would have, as
 * podman's and buildah's: to look at and remove what belongs to sub-ids (P22).
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cli/cli.h"

/* clang-format off */
static const struct option_row rows[] = {
	{ .name = "map-groups", .kind = OPT_STRING, .arg = "GROUPS",
	  .help = "groups of the caller to have by their own numbers: 27,video",
	  .offset = offsetof(struct urun_unshare_options, map_groups) },
};
/* clang-format on */

static int cmd_unshare(struct cli *cli, struct error *e)
{
	struct urun_unshare_options *opt = cli->values;
	const char *shell = getenv("SHELL");
	const char *const interactive[] = { shell && *shell ? shell : "/bin/sh", NULL };
	const char *const *argv = cli->n_operands ? (const char *const *)cli->operands
						  : interactive;

	opt->size = sizeof(*opt);
	return cli_library_error(cli, urun_unshare_with(cli->ctx, argv, opt, &cli->status), e);
}

const struct command command_unshare = {
	.name = "unshare",
	.operands = "[COMMAND [ARGUMENT...]]",
	.summary = "run a command as root of a user namespace with all your ids",
	.notes = "Without COMMAND it is $SHELL. The exit status is the command's, 127 where it\n"
		 "is not there, 126 where it cannot be run, and 1 where urun failed before it.\n",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct urun_unshare_options),
	.order = ORDER_COMMAND,
	.max_operands = SIZE_MAX,
	.operand = { OPERAND_COMMAND },
	.run = cmd_unshare,
};
