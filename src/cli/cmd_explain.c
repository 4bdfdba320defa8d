/* SPDX-License-Identifier: Apache-2.0 */
/* urun explain: what the code of an error means, and what to do (ER05). */
#include <errno.h>

#include "base/error_codes.h"
#include "cli/cli.h"

static void add_one(struct strbuf *out, const struct error_code *c)
{
	char name[ERROR_CODE_MAX];

	strbuf_addf(out, "%s: %s\n\n%s\n\nWhat to do:\n%s\n", error_code_name(c->kind, name),
		    c->summary, c->meaning, c->remedy);
}

static void add_all(struct strbuf *out)
{
	for (size_t i = 0; i < n_error_codes; i++) {
		char name[ERROR_CODE_MAX];

		strbuf_addf(out, "%s  %s\n", error_code_name(error_codes[i].kind, name),
			    error_codes[i].summary);
	}
}

static int cmd_explain(struct cli *cli, struct error *e)
{
	cleanup_strbuf struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
	const struct error_code *c;

	if (!cli->n_operands) {
		add_all(&out);
		return output_flush(&out, e);
	}
	c = error_code_parse(cli->operands[0]);
	if (!c) {
		error_msg(e, EINVAL, "unknown error code '%s'", cli->operands[0]);
		return error_hint(e, "'urun explain' lists them");
	}
	add_one(&out, c);
	return output_flush(&out, e);
}

const struct command command_explain = {
	.name = "explain",
	.operands = "[URUN-ENNN]",
	.summary = "say what the code of an error means, and what to do",
	.notes = "The code stands in the JSON log, and on stderr where the host is to be mended.\n"
		 "Without one, all are listed.\n",
	.max_operands = 1,
	.operand = { OPERAND_CODE },
	.run = cmd_explain,
};
