/* SPDX-License-Identifier: Apache-2.0 */
/* urun features: what this build and this kernel can do, as the OCI spec writes it. */
#include "cli/cli.h"

static int cmd_features(struct cli *cli, struct error *e)
{
	cleanup_free char *json = NULL;
	int r = urun_features_json(cli->ctx, &json);

	if (r < 0)
		return cli_library_error(cli, r, e);
	return output_text(json, e);
}

const struct command command_features = {
	.name = "features",
	.operands = "",
	.summary = "print the features document of the OCI runtime spec",
	.run = cmd_features,
};
