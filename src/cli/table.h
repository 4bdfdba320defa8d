/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that a library call hands out one by one, until all are there to print. */
#ifndef URUN_CLI_TABLE_H
#define URUN_CLI_TABLE_H

#include "base/arena.h"
#include "cli/cli.h"

struct table {
	struct arena arena; /* copies of the cells */
	size_t columns;
	const char **cells;
	size_t n, cap;
};

#define TABLE_INIT(n_columns)                                            \
	{                                                                \
		.arena = { .limit = OUTPUT_MAX }, .columns = (n_columns) \
	}

/* Copies `columns` cells; NULL is an empty one. 0 or -ENOMEM. */
int table_add_row(struct table *t, const char *const *row);

void table_print(const struct table *t, struct strbuf *out);
void table_done(struct table *t);

#define cleanup_table __attribute__((cleanup(table_done)))

#endif
