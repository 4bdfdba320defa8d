/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the generators of the three shells share. Names of options and commands are
 * plain ASCII words without quotes, so they need no quoting; help texts do.
 */
#ifndef URUN_CLI_COMPLETION_H
#define URUN_CLI_COMPLETION_H

#include "cli/cli.h"

void completion_bash(struct strbuf *out);
void completion_zsh(struct strbuf *out);
void completion_fish(struct strbuf *out);

/* Adds `text` as the inside of a single-quoted string of zsh or fish. */
void completion_add_quoted(struct strbuf *out, const char *text, const char *also_escape);

/* "a|b" as "a b". */
void completion_add_words(struct strbuf *out, const char *words);

/* The names of all commands, with blanks between. */
void completion_add_commands(struct strbuf *out);

enum completion_value { VALUE_OTHER, VALUE_FILE, VALUE_DIR };

/* What the value of an option is, by how help calls it. */
enum completion_value completion_value(const struct option_row *o);

/* Is the operand a command, after which no option is ours? */
bool completion_ends_options(const struct command *c);

#endif
