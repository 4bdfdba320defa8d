/* SPDX-License-Identifier: Apache-2.0 */
/* The completion of bash: three tables as functions, and one function that reads the line. */
#include <string.h>

#include "cli/completion.h"

static void add_option_names(struct strbuf *out, const struct option_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct option_row *o = &t->rows[i];

		if (o->is_hidden)
			continue;
		strbuf_addf(out, "--%s%s ", o->name, o->arg && !o->implied ? "=" : "");
		if (o->letter)
			strbuf_addf(out, "-%c ", o->letter);
	}
	strbuf_adds(out, "--help");
}

/* The cases of "COMMAND:OPTION" that take a value. */
static void add_values(struct strbuf *out, const char *command, const struct option_table *t)
{
	static const char *const kinds[] = {
		[VALUE_OTHER] = "kind=none",
		[VALUE_FILE] = "kind=files",
		[VALUE_DIR] = "kind=dirs",
	};

	for (size_t i = 0; i < t->n; i++) {
		const struct option_row *o = &t->rows[i];

		if (o->is_hidden || !o->arg)
			continue;
		strbuf_addf(out, "\t%s:--%s", command, o->name);
		if (o->letter)
			strbuf_addf(out, " | %s:-%c", command, o->letter);
		strbuf_adds(out, ") ");
		if (o->kind == OPT_WORD) {
			strbuf_adds(out, "words='");
			completion_add_words(out, o->words);
			strbuf_adds(out, "'");
		} else {
			strbuf_adds(out, kinds[completion_value(o)]);
		}
		strbuf_adds(out, o->implied ? " optional=yes ;;\n" : " ;;\n");
	}
}

static void add_value_function(struct strbuf *out)
{
	strbuf_adds(out, "# COMMAND:OPTION: what its value is; 1 if it takes none\n"
			 "_urun_value()\n{\n\tcase $1 in\n");
	add_values(out, "", &global_options);
	for (size_t i = 0; commands[i]; i++)
		add_values(out, commands[i]->name, &commands[i]->options);
	strbuf_adds(out, "\t*) return 1 ;;\n\tesac\n}\n\n");
}

static void add_option_function(struct strbuf *out)
{
	strbuf_adds(out, "# COMMAND: its options\n_urun_options()\n{\n\tcase $1 in\n\t'') words='");
	add_option_names(out, &global_options);
	strbuf_adds(out, "' ;;\n");
	for (size_t i = 0; commands[i]; i++) {
		strbuf_addf(out, "\t%s) words='", commands[i]->name);
		add_option_names(out, &commands[i]->options);
		strbuf_adds(out, "' ;;\n");
	}
	strbuf_adds(out, "\tesac\n}\n\n");
}

static void add_operand(struct strbuf *out, const struct command *c, size_t at)
{
	static const char *const kinds[] = {
		[OPERAND_ID] = "kind=ids",           [OPERAND_SIGNAL] = "kind=signals",
		[OPERAND_COMMAND] = "kind=commands", [OPERAND_SHELL] = "words='bash zsh fish'",
		[OPERAND_CODE] = "kind=codes",       [OPERAND_FILE] = "kind=files",
	};
	enum operand_kind kind = c->operand[at];

	if (kind == OPERAND_OTHER)
		return;
	strbuf_addf(out, "\t%s:%zu) ", c->name, at);
	if (kind == OPERAND_WORD) {
		strbuf_adds(out, "words='");
		completion_add_words(out, c->words);
		strbuf_adds(out, "' ;;\n");
		return;
	}
	strbuf_addf(out, "%s ;;\n", kinds[kind]);
	if (kind == OPERAND_COMMAND)
		strbuf_addf(out, "\t%s:*) kind=files ;;\n", c->name);
}

static void add_operand_function(struct strbuf *out)
{
	strbuf_adds(out, "# COMMAND:N: what its operand N is\n_urun_operand()\n{\n\tcase $1 in\n"
			 "\t:0 | help:0) words='");
	completion_add_commands(out);
	strbuf_adds(out, "' ;;\n");
	for (size_t i = 0; commands[i]; i++)
		for (size_t at = 0; at < ARRAY_SIZE(commands[i]->operand); at++)
			add_operand(out, commands[i], at);
	strbuf_adds(out, "\tesac\n}\n\n");
}

static void add_stop_function(struct strbuf *out)
{
	const char *sep = "";

	strbuf_adds(out, "# COMMAND: do its options end at the first operand?\n"
			 "_urun_stops()\n{\n\tcase $1 in\n\t");
	for (size_t i = 0; commands[i]; i++) {
		if (!completion_ends_options(commands[i]))
			continue;
		strbuf_addf(out, "%s%s", sep, commands[i]->name);
		sep = " | ";
	}
	strbuf_adds(out, ") return 0 ;;\n\tesac\n\treturn 1\n}\n");
}

static const char main_function[] =
	"\n"
	"_urun()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command='' words='' kind='' optional='' stopped='' option='' operands=0 i\n"
	"\tlocal -a root=()\n"
	"\n"
	"\t# bash splits --opt=value into three words\n"
	"\tif [[ $cur == = ]]; then\n"
	"\t\tcur=\n"
	"\telif [[ $prev == = ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\toption=${COMP_WORDS[i]} optional=''\n"
	"\t\tif [[ $option == -* ]]; then\n"
	"\t\t\tif [[ ${COMP_WORDS[i + 1]} == = ]]; then\n"
	"\t\t\t\t((i += 2))\n"
	"\t\t\telif _urun_value \"$command:$option\" && [[ -z $optional ]]; then\n"
	"\t\t\t\t((i += 1))\n"
	"\t\t\tfi\n"
	"\t\t\t((i < COMP_CWORD)) && [[ $command:$option == :--root ]] &&\n"
	"\t\t\t\troot=(--root \"${COMP_WORDS[i]}\")\n"
	"\t\telif [[ -z $command ]]; then\n"
	"\t\t\tcommand=$option\n"
	"\t\telse\n"
	"\t\t\t((operands += 1))\n"
	"\t\t\tif _urun_stops \"$command\"; then\n"
	"\t\t\t\t# The rest are the words of a command.\n"
	"\t\t\t\tstopped=yes operands=$((COMP_CWORD - i))\n"
	"\t\t\t\tbreak\n"
	"\t\t\tfi\n"
	"\t\tfi\n"
	"\tdone\n"
	"\twords='' kind=''\n"
	"\tif [[ -n $stopped ]] || ! _urun_value \"$command:$prev\"; then\n"
	"\t\tif [[ -z $stopped && $cur == -* ]]; then\n"
	"\t\t\t_urun_options \"$command\"\n"
	"\t\telse\n"
	"\t\t\t_urun_operand \"$command:$operands\"\n"
	"\t\tfi\n"
	"\tfi\n"
	"\tcase $kind in\n"
	"\tdirs) compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n"
	"\tfiles) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
	"\tcommands) COMPREPLY=($(compgen -c -- \"$cur\")); return ;;\n"
	"\tsignals) COMPREPLY=($(compgen -A signal -- \"$cur\")); return ;;\n"
	"\tids) words=$(urun \"${root[@]}\" list -q 2>/dev/null) ;;\n"
	"\tcodes) words=$(urun explain 2>/dev/null | while read -r word _; do echo \"$word\"; done) ;;\n"
	"\tesac\n"
	"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	"\t[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
	"\treturn 0\n"
	"}\n"
	"complete -F _urun urun\n";

void completion_bash(struct strbuf *out)
{
	strbuf_adds(out, "# bash completion of urun; made by 'urun completion bash', do not edit\n"
			 "# shellcheck shell=bash disable=SC2207\n\n");
	add_value_function(out);
	add_option_function(out);
	add_operand_function(out);
	add_stop_function(out);
	strbuf_adds(out, main_function);
}
