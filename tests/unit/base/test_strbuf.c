/* SPDX-License-Identifier: Apache-2.0 */
/* Growing strings: a bound, and an error that is remembered. */
#include <errno.h>
#include <stdlib.h>

#include "../tap.h"
#include "base/strbuf.h"

int main(void)
{
	struct strbuf b;
	char *s;

	strbuf_init(&b, 1000);
	is_str(b.s, "", "an empty buffer is the empty string");
	strbuf_adds(&b, "ab");
	strbuf_addc(&b, 'c');
	strbuf_add(&b, "de", 1);
	strbuf_addf(&b, "-%03d", 7);
	is_str(b.s, "abcd-007", "appends");
	is_int((long long)b.len, 8, "length");
	is_int(strbuf_error(&b), 0, "no error");
	for (int i = 0; i < 200; i++)
		strbuf_adds(&b, "0123456789");
	is_int(strbuf_error(&b), -E2BIG, "the bound is an error");
	ok(b.len <= 1000 && strlen(b.s) == b.len, "the content stays whole");
	is_int(strbuf_addc(&b, 'x'), -E2BIG, "the error is remembered");
	ok(strbuf_take(&b) == NULL, "nothing is handed over after an error");
	strbuf_reset(&b);
	is_int(strbuf_error(&b), 0, "reset forgets the error");
	is_str(b.s, "", "and the content");
	strbuf_adds(&b, "new");
	s = strbuf_take(&b);
	is_str(s, "new", "take");
	is_str(b.s, "", "the buffer is empty again");
	free(s);
	s = strbuf_take(&b);
	is_str(s, "", "taking an empty buffer gives a string, too");
	free(s);
	strbuf_done(&b);
	strbuf_init(&b, 3);
	is_int(strbuf_addf(&b, "%d", 123), 0, "exactly the maximum fits");
	is_int(strbuf_addf(&b, "%d", 4), -E2BIG, "one more does not");
	strbuf_done(&b);
	return tap_done();
}
