/* SPDX-License-Identifier: Apache-2.0 */
/* What create and run do with the options they share. */
#include "cli/create_options.h"

#include <stdlib.h>

int create_options_prepare(struct cli *cli, struct create_values *v, struct error *e)
{
	struct urun_create_options *opt = &v->opt;
	struct preserve fds;
	int r = preserve_fds(v->preserve_fds, &fds, e);

	if (r >= 0)
		r = pass_fds(v->pass_fds, &v->fds, &opt->n_pass_fds, e);
	if (r < 0)
		return r;
	opt->pass_fds = v->fds;
	opt->publish = v->publish;
	opt->size = sizeof(*opt);
	opt->flags |= cli->globals.create_flags;
	opt->preserve_fds = fds.total;
	opt->listen_fds = fds.listen_fds;
	opt->listen_fdnames = fds.listen_fdnames;
	return 0;
}

void create_options_done(struct create_values *v)
{
	free(v->fds);
	v->fds = NULL;
}

int create_options_dry_run(struct cli *cli, const struct urun_create_options *opt, struct error *e)
{
	cleanup_free char *text = NULL;
	int r = urun_plan_text(cli->ctx, cli->operands[0], opt, &text);

	return r < 0 ? cli_library_error(cli, r, e) : output_text(text, e);
}
