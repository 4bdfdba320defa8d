/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun completion: the shell completions, made from the option tables (G15).
 * The files in completions/ are its output; a test compares them.
 */
#include <errno.h>
#include <string.h>

#include "cli/completion.h"

void completion_add_quoted(struct strbuf *out, const char *text, const char *also_escape)
{
	for (; *text; text++) {
		if (*text == '\'')
			strbuf_adds(out, "'\\''");
		else if (strchr(also_escape, *text))
			strbuf_addf(out, "\\%c", *text);
		else
			strbuf_addc(out, *text);
	}
}

void completion_add_words(struct strbuf *out, const char *words)
{
	for (; *words; words++)
		strbuf_addc(out, *words == '|' ? ' ' : *words);
}

void completion_add_commands(struct strbuf *out)
{
	for (size_t i = 0; commands[i]; i++)
		strbuf_addf(out, "%s%s", i ? " " : "", commands[i]->name);
}

enum completion_value completion_value(const struct option_row *o)
{
	if (words_contain("FILE|SOCKET", o->arg))
		return VALUE_FILE;
	return strcmp(o->arg, "DIR") ? VALUE_OTHER : VALUE_DIR;
}

bool completion_ends_options(const struct command *c)
{
	return c->order == ORDER_STOP || c->order == ORDER_COMMAND;
}

static const struct {
	const char *name;
	void (*write)(struct strbuf *out);
} shells[] = { { "bash", completion_bash },
	       { "zsh", completion_zsh },
	       { "fish", completion_fish } };

static int cmd_completion(struct cli *cli, struct error *e)
{
	cleanup_strbuf struct strbuf out = STRBUF_INIT(OUTPUT_MAX);

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (strcmp(cli->operands[0], shells[i].name))
			continue;
		shells[i].write(&out);
		return output_flush(&out, e);
	}
	error_msg(e, EINVAL, "no completion for shell '%s'", cli->operands[0]);
	return error_hint(e, "use one of bash, zsh, fish");
}

const struct command command_completion = {
	.name = "completion",
	.operands = "bash|zsh|fish",
	.summary = "print the completion of a shell",
	.operand = { OPERAND_SHELL },
	.min_operands = 1,
	.max_operands = 1,
	.run = cmd_completion,
};
