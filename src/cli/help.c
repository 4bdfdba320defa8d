/* SPDX-License-Identifier: Apache-2.0 */
/* --help, made from the option tables and the list of commands. */
#include <stdint.h>
#include <string.h>

#include "base/parse.h"
#include "cli/cli.h"

enum { HELP_COLUMN = 32, NAME_MAX_LEN = 16, NEAR_ENOUGH = 2 };

static void pad_to(struct strbuf *out, size_t line_start, size_t column)
{
	do
		strbuf_addc(out, ' ');
	while (!strbuf_error(out) && out->len - line_start < column);
}

static void add_option(struct strbuf *out, const struct option_row *o)
{
	size_t start = out->len;

	if (o->letter)
		strbuf_addf(out, "  -%c, --%s", o->letter, o->name);
	else
		strbuf_addf(out, "      --%s", o->name);
	if (o->arg)
		strbuf_addf(out, o->implied ? "[=%s]" : "=%s", o->arg);
	else if (o->off_bit)
		strbuf_adds(out, "[=BOOL]");
	pad_to(out, start, HELP_COLUMN);
	strbuf_addf(out, "%s\n", o->help);
}

static void add_options(struct strbuf *out, const struct option_table *t)
{
	size_t start;

	strbuf_adds(out, "\nOptions:\n");
	for (size_t i = 0; i < t->n; i++)
		if (!t->rows[i].is_hidden)
			add_option(out, &t->rows[i]);
	start = out->len;
	strbuf_adds(out, "  -h, --help");
	pad_to(out, start, HELP_COLUMN);
	strbuf_adds(out, "print this help\n");
}

void help_global(struct strbuf *out)
{
	strbuf_adds(out, "Usage: urun [OPTION...] COMMAND [ARGUMENT...]\n\n"
			 "Runs OCI containers, without root first.\n\nCommands:\n");
	for (size_t i = 0; commands[i]; i++) {
		size_t start = out->len;

		strbuf_addf(out, "  %s", commands[i]->name);
		pad_to(out, start, NAME_MAX_LEN);
		strbuf_addf(out, "%s\n", commands[i]->summary);
	}
	add_options(out, &global_options);
	strbuf_adds(out, "\n'urun COMMAND --help' tells more; the manual is urun(1).\n");
}

void help_command(const struct command *c, struct strbuf *out)
{
	strbuf_addf(out, "Usage: urun %s [OPTION...]%s%s\n\n%s\n", c->name, *c->operands ? " " : "",
		    c->operands, c->summary);
	add_options(out, &c->options);
	if (c->notes)
		strbuf_addf(out, "\n%s", c->notes);
}

const char *help_nearest_command(const char *word)
{
	const char *best = NULL;
	size_t best_distance = NEAR_ENOUGH + 1;

	for (size_t i = 0; commands[i]; i++) {
		size_t d = parse_distance(word, commands[i]->name);

		if (d < best_distance) {
			best = commands[i]->name;
			best_distance = d;
		}
	}
	return best;
}
