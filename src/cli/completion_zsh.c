/* SPDX-License-Identifier: Apache-2.0 */
/* The completion of zsh: its _arguments does the reading of the line. */
#include "cli/completion.h"

static void add_options(struct strbuf *out, const struct option_table *t, const char *indent)
{
	static const char *const kinds[] = {
		[VALUE_OTHER] = "",
		[VALUE_FILE] = "_files",
		[VALUE_DIR] = "_files -/",
	};

	for (size_t i = 0; i < t->n; i++) {
		const struct option_row *o = &t->rows[i];

		if (o->is_hidden)
			continue;
		for (int is_letter = o->letter != 0; is_letter >= 0; is_letter--) {
			const char *value = !o->arg      ? ""
					    : is_letter  ? "+"
					    : o->implied ? "=-"
							 : "=";

			if (is_letter)
				strbuf_addf(out, "%s'*-%c%s[", indent, o->letter, value);
			else
				strbuf_addf(out, "%s'*--%s%s[", indent, o->name, value);
			completion_add_quoted(out, o->help, "[]:\\");
			strbuf_adds(out, "]");
			if (o->arg) {
				strbuf_adds(out, o->implied ? "::" : ":");
				completion_add_quoted(out, o->arg, ":\\");
				strbuf_adds(out, ":");
				if (o->kind == OPT_WORD) {
					strbuf_adds(out, "(");
					completion_add_words(out, o->words);
					strbuf_adds(out, ")");
				} else {
					strbuf_adds(out, kinds[completion_value(o)]);
				}
			}
			strbuf_adds(out, "' \\\n");
		}
	}
	strbuf_addf(out, "%s'(-h --help)'{-h,--help}'[print this help]'", indent);
}

static void add_operands(struct strbuf *out, const struct command *c)
{
	static const char *const actions[] = {
		[OPERAND_ID] = ":id:_urun_ids",          [OPERAND_SIGNAL] = ":signal:_signals -s",
		[OPERAND_COMMAND] = "::command:_normal", [OPERAND_SHELL] = ":shell:(bash zsh fish)",
		[OPERAND_CODE] = ":code:_urun_codes",    [OPERAND_FILE] = ":file:_files",
	};

	for (size_t at = 0; at < ARRAY_SIZE(c->operand); at++) {
		enum operand_kind kind = c->operand[at];

		if (kind == OPERAND_COMMAND)
			strbuf_addf(out, " \\\n\t\t\t'*%s'", actions[kind]);
		else if (kind == OPERAND_WORD) {
			strbuf_addf(out, " \\\n\t\t\t'%zu:word:(", at + 1);
			completion_add_words(out, c->words);
			strbuf_adds(out, ")'");
		} else if (kind != OPERAND_OTHER)
			strbuf_addf(out, " \\\n\t\t\t'%zu%s'", at + 1, actions[kind]);
	}
}

static void add_commands(struct strbuf *out)
{
	for (size_t i = 0; commands[i]; i++) {
		strbuf_addf(out, "\t\t'%s:", commands[i]->name);
		completion_add_quoted(out, commands[i]->summary, ":\\");
		strbuf_adds(out, "'\n");
	}
}

void completion_zsh(struct strbuf *out)
{
	strbuf_adds(out, "#compdef urun\n"
			 "# zsh completion of urun; made by 'urun completion zsh', do not edit\n"
			 "_urun_ids()\n{\n"
			 "\tlocal -a ids=(${(f)\"$(urun $_urun_root list -q 2>/dev/null)\"})\n"
			 "\tcompadd -a ids\n}\n\n"
			 "_urun_codes()\n{\n"
			 "\tlocal -a codes=(${${(f)\"$(urun explain 2>/dev/null)\"}/  /:})\n"
			 "\t_describe code codes\n}\n\n"
			 "_urun_commands()\n{\n\tlocal -a list=(\n");
	add_commands(out);
	strbuf_adds(out, "\t)\n\t_describe command list\n}\n\n_urun()\n{\n"
			 "\tlocal context state state_descr line\n\ttypeset -A opt_args\n"
			 "\tlocal -a _urun_root\n\n"
			 "\t_arguments -C -s \\\n");
	add_options(out, &global_options, "\t\t");
	strbuf_adds(out,
		    " \\\n\t\t'1:command:_urun_commands' \\\n\t\t'*::argument:->rest'\n"
		    "\t[[ $state == rest ]] || return\n"
		    "\t(( ${+opt_args[--root]} )) && _urun_root=(--root ${(Q)opt_args[--root]})\n"
		    "\tcase $words[1] in\n");
	for (size_t i = 0; commands[i]; i++) {
		const struct command *c = commands[i];

		strbuf_addf(out, "\t%s)\n\t\t_arguments -s%s \\\n", c->name,
			    completion_ends_options(c) ? " -A '-*'" : "");
		add_options(out, &c->options, "\t\t\t");
		add_operands(out, c);
		strbuf_adds(out, "\n\t\t;;\n");
	}
	strbuf_adds(out, "\thelp)\n\t\t_arguments '1:command:_urun_commands'\n\t\t;;\n"
			 "\tesac\n}\n\n_urun \"$@\"\n");
}
