/* SPDX-License-Identifier: Apache-2.0 */
/* The completion of fish: functions that read the line, and a rule for each option. */
#include "cli/completion.h"

static void add_options(struct strbuf *out, const struct option_table *t, const char *command)
{
	static const char *const kinds[] = {
		[VALUE_OTHER] = " -x",
		[VALUE_FILE] = " -rF",
		[VALUE_DIR] = " -xa '(__fish_complete_directories)'",
	};

	for (size_t i = 0; i < t->n; i++) {
		const struct option_row *o = &t->rows[i];

		if (o->is_hidden)
			continue;
		strbuf_addf(out, "complete -c urun -n '__urun_in \"%s\"' -l %s", command, o->name);
		if (o->letter)
			strbuf_addf(out, " -s %c", o->letter);
		if (o->kind == OPT_WORD) {
			/* Without -x the value is optional: completed behind "=" only. */
			strbuf_adds(out, o->implied ? " -a '" : " -xa '");
			completion_add_words(out, o->words);
			strbuf_adds(out, "'");
		} else if (o->arg) {
			strbuf_adds(out, kinds[completion_value(o)]);
		}
		strbuf_adds(out, " -d '");
		completion_add_quoted(out, o->help, "\\");
		strbuf_adds(out, "'\n");
	}
	strbuf_addf(out,
		    "complete -c urun -n '__urun_in \"%s\"' -s h -l help -d 'print this help'\n",
		    command);
}

static void add_operands(struct strbuf *out, const struct command *c)
{
	static const char *const actions[] = {
		[OPERAND_ID] = "(__urun_ids)",
		[OPERAND_SIGNAL] = "(kill -l | string split \" \")",
		[OPERAND_COMMAND] = "(__fish_complete_command)",
		[OPERAND_SHELL] = "bash zsh fish",
		[OPERAND_CODE] = "(__urun_codes)",
		[OPERAND_FILE] = "(__fish_complete_path)",
	};

	for (size_t at = 0; at < ARRAY_SIZE(c->operand); at++) {
		enum operand_kind kind = c->operand[at];

		if (kind == OPERAND_OTHER)
			continue;
		strbuf_addf(out, "complete -c urun -n '__urun_at %s %zu' -a '", c->name, at);
		if (kind == OPERAND_WORD)
			completion_add_words(out, c->words);
		else
			strbuf_adds(out, actions[kind]);
		strbuf_adds(out, "'\n");
		if (kind == OPERAND_COMMAND)
			strbuf_addf(out, "complete -c urun -n '__urun_at %s %zu more' -F\n",
				    c->name, at + 1);
	}
}

/* Those whose value is the next word. */
static void add_valued(struct strbuf *out, const char *command, const struct option_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct option_row *o = &t->rows[i];

		if (o->is_hidden || !o->arg || o->implied)
			continue;
		strbuf_addf(out, " %s:--%s", command, o->name);
		if (o->letter)
			strbuf_addf(out, " %s:-%c", command, o->letter);
	}
}

static void add_tables(struct strbuf *out)
{
	strbuf_adds(out, "set -g __urun_valued");
	add_valued(out, "", &global_options);
	for (size_t i = 0; commands[i]; i++)
		add_valued(out, commands[i]->name, &commands[i]->options);
	strbuf_adds(out, "\nset -g __urun_stops");
	for (size_t i = 0; commands[i]; i++)
		if (completion_ends_options(commands[i]))
			strbuf_addf(out, " %s", commands[i]->name);
	strbuf_adds(out, "\n");
}

static const char functions[] =
	"\n"
	"# The line up to the cursor: the command, how many operands it has, and --root.\n"
	"function __urun_parse\n"
	"\tset -g __urun_command ''\n"
	"\tset -g __urun_operands 0\n"
	"\tset -g __urun_root\n"
	"\tset -l option ''\n"
	"\tset -l tokens (commandline -opc)\n"
	"\tfor token in $tokens[2..-1]\n"
	"\t\tif test -n \"$option\"\n"
	"\t\t\ttest \"$option\" = :--root; and set __urun_root --root $token\n"
	"\t\t\tset option ''\n"
	"\t\telse if contains -- \"$__urun_command\" $__urun_stops; and test $__urun_operands -gt 0\n"
	"\t\t\tset __urun_operands (math $__urun_operands + 1)\n"
	"\t\telse if string match -q -- '--root=*' $token\n"
	"\t\t\tset __urun_root $token\n"
	"\t\telse if contains -- \"$__urun_command:$token\" $__urun_valued\n"
	"\t\t\tset option \"$__urun_command:$token\"\n"
	"\t\telse if string match -q -- '-*' $token\n"
	"\t\t\tcontinue\n"
	"\t\telse if test -z \"$__urun_command\"\n"
	"\t\t\tset __urun_command $token\n"
	"\t\telse\n"
	"\t\t\tset __urun_operands (math $__urun_operands + 1)\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"\n"
	"# COMMAND: are its options due?\n"
	"function __urun_in\n"
	"\t__urun_parse\n"
	"\ttest \"$__urun_command\" = \"$argv[1]\"; or return 1\n"
	"\tcontains -- \"$argv[1]\" $__urun_stops; or return 0\n"
	"\ttest $__urun_operands -eq 0\n"
	"end\n"
	"\n"
	"# COMMAND N: is its operand N due? COMMAND N more: N or a later one?\n"
	"function __urun_at\n"
	"\t__urun_parse\n"
	"\ttest \"$__urun_command\" = \"$argv[1]\"; or return 1\n"
	"\ttest $__urun_operands -eq $argv[2]; and return 0\n"
	"\ttest (count $argv) -gt 2; and test $__urun_operands -gt $argv[2]\n"
	"end\n"
	"\n"
	"function __urun_ids\n"
	"\t__urun_parse\n"
	"\turun $__urun_root list -q 2>/dev/null\n"
	"end\n"
	"\n"
	"function __urun_codes\n"
	"\turun explain 2>/dev/null | string replace '  ' \\t\n"
	"end\n"
	"\n"
	"complete -c urun -f\n";

void completion_fish(struct strbuf *out)
{
	strbuf_adds(out,
		    "# fish completion of urun; made by 'urun completion fish', do not edit\n");
	add_tables(out);
	strbuf_adds(out, functions);
	for (size_t i = 0; commands[i]; i++) {
		strbuf_addf(out, "complete -c urun -n '__urun_in \"\"' -a %s -d '",
			    commands[i]->name);
		completion_add_quoted(out, commands[i]->summary, "\\");
		strbuf_adds(out, "'\n");
	}
	add_options(out, &global_options, "");
	for (size_t i = 0; commands[i]; i++) {
		add_options(out, &commands[i]->options, commands[i]->name);
		add_operands(out, commands[i]);
	}
	strbuf_adds(out, "complete -c urun -n '__urun_at help 0' -a '");
	completion_add_commands(out);
	strbuf_adds(out, "'\n");
}
