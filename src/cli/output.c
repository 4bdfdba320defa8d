/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdout. A command collects its answer and writes it in one write(): engines
 * read pipes that they share with stderr, and a partial answer before an error
 * would be parsed as JSON.
 */
#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "cli/cli.h"

enum { COLUMN_GAP = 2 };

static int write_stdout(const char *text, size_t len, struct error *e)
{
	int r = io_write_all(STDOUT_FILENO, text, len);

	return r < 0 ? error_set(e, -r, "write to stdout") : 0;
}

int output_flush(struct strbuf *out, struct error *e)
{
	if (strbuf_error(out))
		return error_set(e, -strbuf_error(out), "output");
	return write_stdout(out->s, out->len, e);
}

int output_text(const char *text, struct error *e)
{
	return write_stdout(text, strlen(text), e);
}

/* Characters, not bytes: UTF-8 continuation bytes do not count. */
static size_t cell_width(const char *cell)
{
	size_t n = 0;

	for (; *cell; cell++)
		n += ((unsigned char)*cell & 0xC0) != 0x80;
	return n;
}

/* A control character at s: C0, DEL, or C1 as UTF-8 has it (two bytes). */
static size_t control_length(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] == 0xC2 && u[1] >= 0x80 && u[1] <= 0x9F)
		return 2;
	return u[0] < 0x20 || u[0] == 0x7F;
}

static void add_cell(struct strbuf *out, const char *cell)
{
	while (*cell) {
		size_t n = control_length(cell);

		strbuf_addc(out, n ? '?' : *cell);
		cell += n ? n : 1;
	}
}

void output_table(struct strbuf *out, const char *const *cells, size_t columns, size_t rows)
{
	size_t widths[OUTPUT_COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < columns * rows; i++) {
		size_t n = cell_width(cells[i]);

		if (n > widths[i % columns])
			widths[i % columns] = n;
	}
	for (size_t i = 0; i < columns * rows; i++) {
		size_t n = cell_width(cells[i]);

		add_cell(out, cells[i]);
		if (i % columns == columns - 1) {
			strbuf_addc(out, '\n');
			continue;
		}
		for (; n < widths[i % columns] + COLUMN_GAP; n++)
			strbuf_addc(out, ' ');
	}
}
