/* SPDX-License-Identifier: Apache-2.0 */
/* urun run: create, start, wait, delete; with --detach create and start. */
#include <stddef.h>

#include "cli/cli.h"
#include "cli/create_options.h"

/* clang-format off */
static const struct option_row rows[] = {
	CREATE_OPTION_ROWS,
	{ .letter = 'd', .name = "detach", CREATE_SWITCH(URUN_DETACH),
	  .help = "return when the container has started" },
	{ .name = "keep", CREATE_SWITCH(URUN_KEEP),
	  .help = "keep the container's state when it exits" },
	{ .name = "ready-timeout", .kind = OPT_UINT, .arg = "SECONDS",
	  .offset = offsetof(struct create_values, ready_timeout),
	  .help = "with NOTIFY_SOCKET: fail if READY=1 takes longer" },
	{ .name = "no-subreaper", CREATE_SWITCH(URUN_SUBREAPER),
	  .help = "do not adopt orphaned processes while waiting" },
};
/* clang-format on */

static int run(struct cli *cli, struct create_values *v, struct error *e)
{
	int status = 0;
	int r;

	/* The option takes away what a program of this one purpose does by default. */
	v->opt.flags ^= URUN_SUBREAPER;
	if (v->dry_run)
		return create_options_dry_run(cli, &v->opt, e);
	/* From a login's session or a batch job: the same once more, where a scope can be. */
	if (!(v->opt.flags & URUN_DETACH)) {
		r = urun_relay(cli->ctx, cli->argv, 3 + v->opt.preserve_fds + v->opt.listen_fds,
			       &cli->status);
		if (r)
			return r < 0 ? cli_library_error(cli, r, e) : 0;
	}
	r = urun_set_ready_timeout(cli->ctx, v->ready_timeout);
	if (r >= 0)
		r = urun_run(cli->ctx, cli->operands[0], &v->opt, &status);
	if (r < 0)
		return cli_library_error(cli, r, e);
	cli->status = status;
	return 0;
}

static int cmd_run(struct cli *cli, struct error *e)
{
	struct create_values *v = cli->values;
	int r = create_options_prepare(cli, v, e);

	if (r >= 0)
		r = run(cli, v, e);
	create_options_done(v);
	return r;
}

const struct command command_run = {
	.name = "run",
	.operands = "ID",
	.summary = "create and start a container, wait for it, delete it",
	.notes = "The exit status is that of the container's program;\n"
		 "128+N if signal N killed it.\n",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct create_values),
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.enters = true,
	.run = cmd_run,
};
