/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun completion: the shell completions, made from the option tables (G15).
 * The files in completions/ are its output; a test compares them. Names of
 * options and commands are plain ASCII words without quotes, so they need no
 * quoting; help texts have single quotes, which zsh and fish get as ''\'''.
 */
#include <errno.h>
#include <string.h>

#include "cli/cli.h"

typedef void (*shell_fn)(struct strbuf *out);

/* Adds `text` as the inside of a single-quoted shell string. */
static void add_quoted(struct strbuf *out, const char *text, const char *also_escape)
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

static void add_words(struct strbuf *out, const char *words)
{
	for (; *words; words++)
		strbuf_addc(out, *words == '|' ? ' ' : *words);
}

static bool is_path(const struct option_row *o)
{
	return o->arg && (!strcmp(o->arg, "FILE") || !strcmp(o->arg, "SOCKET"));
}

static bool is_dir(const struct option_row *o)
{
	return o->arg && !strcmp(o->arg, "DIR");
}

/* Does it take the id of a container that is there? */
static bool wants_ids(const struct command *c)
{
	return c->takes_id && c != &command_create && c != &command_run;
}

/* --- bash --- */

static void bash_option_names(struct strbuf *out, const struct option_table *t)
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

/* The cases of "COMMAND:OPTION" whose value is known, in one `case`. */
static void bash_values(struct strbuf *out, const char *command, const struct option_table *t)
{
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
			add_words(out, o->words);
			strbuf_adds(out, "'");
		} else {
			strbuf_adds(out, is_dir(o)    ? "kind=dirs"
					 : is_path(o) ? "kind=files"
						      : "kind=none");
		}
		strbuf_adds(out, " ;;\n");
	}
}

static void bash_commands(struct strbuf *out)
{
	for (size_t i = 0; commands[i]; i++)
		strbuf_addf(out, "%s%s", i ? " " : "", commands[i]->name);
}

/* Options of the global table that take the next word as their value. */
static void bash_global_with_value(struct strbuf *out)
{
	const char *sep = "";

	for (size_t i = 0; i < global_options.n; i++) {
		const struct option_row *o = &global_options.rows[i];

		if (!o->arg || o->implied || o->is_hidden)
			continue;
		strbuf_addf(out, "%s--%s", sep, o->name);
		sep = " | ";
	}
}

/* A word of the command's, then an id, then files. */
static void bash_words(struct strbuf *out, const struct command *c)
{
	strbuf_addf(out, "\t\t\tcase $cur:$prev in\n\t\t\t-*) ;;\n\t\t\t*:%s) words='", c->name);
	add_words(out, c->words);
	strbuf_adds(out, "' ;;\n\t\t\t");
	for (const char *w = c->words; *w; w += strcspn(w, "|"), w += *w == '|')
		strbuf_addf(out, "%s*:%.*s", w == c->words ? "" : " | ", (int)strcspn(w, "|"), w);
	strbuf_adds(out, ") id=yes ;;\n\t\t\t*) kind=files ;;\n\t\t\tesac\n");
}

static void shell_bash(struct strbuf *out)
{
	strbuf_adds(out,
		    "# bash completion of urun; made by 'urun completion bash', do not edit\n"
		    "# shellcheck shell=bash disable=SC2207\n"
		    "_urun()\n{\n"
		    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
		    "\tlocal command='' words='' kind='' id='' i\n\n"
		    "\t# bash splits --opt=value into three words\n"
		    "\tif [[ $cur == = ]]; then\n\t\tcur=\n"
		    "\telif [[ $prev == = ]]; then\n\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n"
		    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		    "\t\tcase ${COMP_WORDS[i]} in\n\t\t");
	bash_global_with_value(out);
	strbuf_adds(out, ")\n"
			 "\t\t\t[[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))\n\t\t\t((i++)) ;;\n"
			 "\t\t-* | =) ;;\n"
			 "\t\t*) command=${COMP_WORDS[i]}; break ;;\n\t\tesac\n\tdone\n"
			 "\tcase $command:$prev in\n");
	bash_values(out, "", &global_options);
	for (size_t i = 0; commands[i]; i++)
		bash_values(out, commands[i]->name, &commands[i]->options);
	strbuf_adds(out, "\t*)\n\t\tcase $command in\n\t\t'')\n\t\t\twords='");
	bash_commands(out);
	strbuf_adds(out, "'\n\t\t\t[[ $cur == -* ]] && words='");
	bash_option_names(out, &global_options);
	strbuf_adds(out, "'\n\t\t\t;;\n");
	for (size_t i = 0; commands[i]; i++) {
		strbuf_addf(out, "\t\t%s)\n\t\t\t[[ $cur == -* ]] && words='", commands[i]->name);
		bash_option_names(out, &commands[i]->options);
		strbuf_adds(out, "'\n");
		if (wants_ids(commands[i]) && !commands[i]->words)
			strbuf_adds(out, "\t\t\tid=yes\n");
		if (commands[i] == &command_completion)
			strbuf_adds(out, "\t\t\t[[ $cur == -* ]] || words='bash zsh fish'\n");
		if (commands[i]->words)
			bash_words(out, commands[i]);
		strbuf_adds(out, "\t\t\t;;\n");
	}
	strbuf_adds(out, "\t\tesac\n\t\t;;\n\tesac\n"
			 "\tif [[ -n $id && $cur != -* ]]; then\n"
			 "\t\twords=$(urun list -q 2>/dev/null)\n\tfi\n"
			 "\tcase $kind in\n"
			 "\tdirs) compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\")) ;;\n"
			 "\tfiles) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
			 "\tnone) COMPREPLY=() ;;\n"
			 "\t*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n\tesac\n"
			 "\t[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
			 "\treturn 0\n}\ncomplete -F _urun urun\n");
}

/* --- zsh --- */

static void zsh_options(struct strbuf *out, const struct option_table *t, const char *indent)
{
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
			add_quoted(out, o->help, "[]:\\");
			strbuf_adds(out, "]");
			if (o->arg) {
				strbuf_addf(out, "%s%s:", o->implied ? "::" : ":", o->arg);
				if (o->kind == OPT_WORD) {
					strbuf_adds(out, "(");
					add_words(out, o->words);
					strbuf_adds(out, ")");
				} else {
					strbuf_adds(out, is_dir(o)    ? "_files -/"
							 : is_path(o) ? "_files"
								      : "");
				}
			}
			strbuf_adds(out, "' \\\n");
		}
	}
	strbuf_addf(out, "%s'(-h --help)'{-h,--help}'[print this help]'", indent);
}

static void shell_zsh(struct strbuf *out)
{
	strbuf_adds(out, "#compdef urun\n"
			 "# zsh completion of urun; made by 'urun completion zsh', do not edit\n"
			 "_urun_ids()\n{\n"
			 "\tlocal -a ids=(${(f)\"$(urun list -q 2>/dev/null)\"})\n"
			 "\tcompadd -a ids\n}\n\n"
			 "_urun_commands()\n{\n\tlocal -a list=(\n");
	for (size_t i = 0; commands[i]; i++) {
		strbuf_addf(out, "\t\t'%s:", commands[i]->name);
		add_quoted(out, commands[i]->summary, ":\\");
		strbuf_adds(out, "'\n");
	}
	strbuf_adds(out, "\t)\n\t_describe command list\n}\n\n_urun()\n{\n"
			 "\tlocal context state state_descr line\n\ttypeset -A opt_args\n\n"
			 "\t_arguments -C -s \\\n");
	zsh_options(out, &global_options, "\t\t");
	strbuf_adds(out, " \\\n\t\t'1:command:_urun_commands' \\\n\t\t'*::argument:->rest'\n"
			 "\t[[ $state == rest ]] || return\n\tcase $words[1] in\n");
	for (size_t i = 0; commands[i]; i++) {
		strbuf_addf(out, "\t%s)\n\t\t_arguments -s \\\n", commands[i]->name);
		zsh_options(out, &commands[i]->options, "\t\t\t");
		if (commands[i]->words) {
			strbuf_adds(out, " \\\n\t\t\t'1:word:(");
			add_words(out, commands[i]->words);
			strbuf_adds(out, ")' \\\n\t\t\t'2:id:_urun_ids' \\\n\t\t\t'3:file:_files'");
		} else if (wants_ids(commands[i])) {
			strbuf_adds(out, " \\\n\t\t\t'1:id:_urun_ids'");
		}
		if (commands[i] == &command_exec)
			strbuf_adds(out, " \\\n\t\t\t'*::command:_normal'");
		else if (commands[i] == &command_kill)
			strbuf_adds(out, " \\\n\t\t\t'2:signal:_signals -s'");
		else if (commands[i] == &command_completion)
			strbuf_adds(out, " \\\n\t\t\t'1:shell:(bash zsh fish)'");
		strbuf_adds(out, "\n\t\t;;\n");
	}
	strbuf_adds(out, "\tesac\n}\n\n_urun \"$@\"\n");
}

/* --- fish --- */

static void fish_options(struct strbuf *out, const struct option_table *t, const char *condition)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct option_row *o = &t->rows[i];

		if (o->is_hidden)
			continue;
		strbuf_addf(out, "complete -c urun -n '%s' -l %s", condition, o->name);
		if (o->letter)
			strbuf_addf(out, " -s %c", o->letter);
		if (o->kind == OPT_WORD) {
			/* Without -x the value is optional: completed behind "=" only. */
			strbuf_adds(out, o->implied ? " -a '" : " -xa '");
			add_words(out, o->words);
			strbuf_adds(out, "'");
		} else if (o->arg) {
			strbuf_adds(out, is_dir(o)    ? " -xa '(__fish_complete_directories)'"
					 : is_path(o) ? " -rF"
						      : " -x");
		}
		strbuf_adds(out, " -d '");
		add_quoted(out, o->help, "\\");
		strbuf_adds(out, "'\n");
	}
	strbuf_addf(out, "complete -c urun -n '%s' -s h -l help -d 'print this help'\n", condition);
}

static void shell_fish(struct strbuf *out)
{
	strbuf_adds(out, "# fish completion of urun; made by 'urun completion fish', do not edit\n"
			 "complete -c urun -f\n");
	for (size_t i = 0; commands[i]; i++) {
		strbuf_addf(out, "complete -c urun -n __fish_use_subcommand -a %s -d '",
			    commands[i]->name);
		add_quoted(out, commands[i]->summary, "\\");
		strbuf_adds(out, "'\n");
	}
	fish_options(out, &global_options, "__fish_use_subcommand");
	for (size_t i = 0; commands[i]; i++) {
		cleanup_strbuf struct strbuf condition;

		strbuf_init(&condition, 256);
		strbuf_addf(&condition, "__fish_seen_subcommand_from %s", commands[i]->name);
		fish_options(out, &commands[i]->options, condition.s);
		if (wants_ids(commands[i]))
			strbuf_addf(out,
				    "complete -c urun -n '%s' -a '(urun list -q 2>/dev/null)'\n",
				    condition.s);
		if (commands[i] == &command_completion)
			strbuf_addf(out, "complete -c urun -n '%s' -a 'bash zsh fish'\n",
				    condition.s);
		if (commands[i]->words) {
			strbuf_addf(out, "complete -c urun -n '%s' -F -a '", condition.s);
			add_words(out, commands[i]->words);
			strbuf_adds(out, "'\n");
		}
	}
}

static const struct {
	const char *name;
	shell_fn write;
} shells[] = { { "bash", shell_bash }, { "zsh", shell_zsh }, { "fish", shell_fish } };

static int cmd_completion(struct cli *cli, struct error *e)
{
	cleanup_strbuf struct strbuf out;

	strbuf_init(&out, OUTPUT_MAX);
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
	.min_operands = 1,
	.max_operands = 1,
	.run = cmd_completion,
};
