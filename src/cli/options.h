/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line as tables: one row per option, one struct per command.
 * The parser, --help and the shell completions are made from the same rows,
 * so that they cannot disagree (features.md G12, G15).
 *
 * getopt_long(3) is not used: it permutes argv, takes abbreviations, reads
 * POSIXLY_CORRECT, and knows nothing of what engines send: options behind the
 * id, "-no-subreaper" with one dash, "--detach=true"
 * (engine-contracts.md section 0.1).
 */
#ifndef URUN_CLI_OPTIONS_H
#define URUN_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum option_kind {
	OPT_SWITCH, /* unsigned int: sets `bit`; "=false" clears it and sets `off_bit` */
	OPT_CONST,  /* const char *: set to `implied`; "=false" leaves it */
	OPT_STRING, /* const char *: the value; "" counts as not given, as in runc */
	OPT_WORD,   /* const char *: one of `words`; without a value `implied`, if set */
	OPT_UINT,   /* unsigned int: a decimal number */
	OPT_LIST,   /* const char **: each value, in order, NULL-terminated */
};

struct option_row {
	char letter; /* 0: none */
	const char *name;
	enum option_kind kind;
	const char *arg; /* how help calls the value: "DIR", "FILE", "SOCKET"; NULL: none */
	const char *help;
	size_t offset; /* of the field in the values struct */
	unsigned int bit, off_bit;
	const char *words; /* "text|json" */
	const char *implied;
	bool keeps_empty; /* OPT_STRING: "" is a value, for its reader to refuse */
	bool is_hidden;   /* accepted for compatibility, not shown */
};

struct option_table {
	const struct option_row *rows;
	size_t n;
};

#define OPTION_TABLE(rows_)                             \
	{                                               \
		.rows = (rows_), .n = ARRAY_SIZE(rows_) \
	}

/* Which words behind the first operand are options still. */
enum option_order {
	ORDER_ANY,       /* options and operands in any order */
	ORDER_STOP,      /* none: the rest is a command (exec; the command name) */
	ORDER_COMMAND,   /* none, and the first operand is the command (unshare) */
	ORDER_PASS_REST, /* known ones are, the first unknown one ends it (ps) */
};

struct parse_request {
	const char *command; /* for messages; NULL: the global options */
	const struct option_table *table;
	enum option_order order;
	char **argv; /* words to parse, NULL-terminated */
	void *values;
};

struct parse_result {
	char **operands; /* argv reordered in place: operands only, NULL-terminated */
	size_t n_operands;
	bool wants_help;
};

/*
 * Parses argv into values. operands point into argv. ret is filled as far as
 * parsing came also on failure: the log may be named by then.
 */
int options_parse(const struct parse_request *req, struct parse_result *ret, struct error *e);

/* Frees what OPT_LIST rows hold. */
void options_free(const struct option_table *table, void *values);

/* Is `word` one of "a|b|c"? */
bool words_contain(const char *words, const char *word);

#endif
