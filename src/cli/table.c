/* SPDX-License-Identifier: Apache-2.0 */
/* See table.h. */
#include "cli/table.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_ROWS = 16 };

static int add_cell(struct table *t, const char *cell)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : FIRST_ROWS * t->columns;
		const char **cells = reallocarray(t->cells, cap, sizeof(*cells));

		if (!cells)
			return -ENOMEM;
		t->cells = cells;
		t->cap = cap;
	}
	t->cells[t->n] = arena_strdup(&t->arena, cell ? cell : "");
	return t->cells[t->n++] ? 0 : -ENOMEM;
}

int table_add_row(struct table *t, const char *const *row)
{
	for (size_t i = 0; i < t->columns; i++)
		if (add_cell(t, row[i]) < 0)
			return -ENOMEM;
	return 0;
}

void table_print(const struct table *t, struct strbuf *out)
{
	output_table(out, t->cells, t->columns, t->n / t->columns);
}

void table_done(struct table *t)
{
	free(t->cells);
	arena_free(&t->arena);
}
