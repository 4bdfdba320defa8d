/* SPDX-License-Identifier: Apache-2.0 */
/* urun create: engines call it first; it returns when init waits for start. */
#include <stddef.h>

#include "cli/cli.h"
#include "cli/create_options.h"

/*
 * create always returns at once and never adopts orphans, so --detach and
 * --no-subreaper name what happens anyhow (C01, C12): engines send them.
 */
struct create_only_values {
	struct create_values common; /* first: CREATE_OPTION_ROWS' offsets */
	unsigned int implied;
};

/* clang-format off */
static const struct option_row rows[] = {
	CREATE_OPTION_ROWS,
	{ .letter = 'd', .name = "detach", .kind = OPT_SWITCH, .bit = 1, .is_hidden = true,
	  .help = "create always returns when the container is made",
	  .offset = offsetof(struct create_only_values, implied) },
	{ .name = "no-subreaper", .kind = OPT_SWITCH, .bit = 1, .is_hidden = true,
	  .help = "create never adopts orphans",
	  .offset = offsetof(struct create_only_values, implied) },
};
/* clang-format on */

static int create(struct cli *cli, struct create_values *v, struct error *e)
{
	if (v->dry_run) {
		v->opt.flags |= URUN_DETACH; /* the plan of create: nobody waits */
		return create_options_dry_run(cli, &v->opt, e);
	}
	return cli_library_error(cli, urun_create(cli->ctx, cli->operands[0], &v->opt), e);
}

static int cmd_create(struct cli *cli, struct error *e)
{
	struct create_values *v = &((struct create_only_values *)cli->values)->common;
	int r = create_options_prepare(cli, v, e);

	if (r >= 0)
		r = create(cli, v, e);
	create_options_done(v);
	return r;
}

const struct command command_create = {
	.name = "create",
	.operands = "ID",
	.summary = "make a container; its program waits for 'start'",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct create_only_values),
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.enters = true,
	.run = cmd_create,
};
