/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of the standard's table of lawful sequences, and what lies beside it. */
#include "json/utf8.h"

#include "../tap.h"

static const struct {
	const char *bytes;
	size_t want;
	const char *name;
} rows[] = {
	{ "a", 1, "ASCII" },
	{ "\x7f", 1, "DEL" },
	{ "\xc2\x80", 2, "U+0080" },
	{ "\xc1\xbf", 0, "overlong of two bytes" },
	{ "\xc3", 0, "two bytes cut off" },
	{ "\xc3(", 0, "second byte is ASCII" },
	{ "\x80", 0, "continuation byte alone" },
	{ "\xe0\xa0\x80", 3, "U+0800" },
	{ "\xe0\x9f\xbf", 0, "overlong of three bytes" },
	{ "\xed\x9f\xbf", 3, "U+D7FF" },
	{ "\xed\xa0\x80", 0, "surrogate U+D800" },
	{ "\xed\xbf\xbf", 0, "surrogate U+DFFF" },
	{ "\xee\x80\x80", 3, "U+E000" },
	{ "\xef\xbf\xbd", 3, "U+FFFD" },
	{ "\xe2\x82", 0, "three bytes cut off" },
	{ "\xf0\x90\x80\x80", 4, "U+10000" },
	{ "\xf0\x8f\xbf\xbf", 0, "overlong of four bytes" },
	{ "\xf4\x8f\xbf\xbf", 4, "U+10FFFF" },
	{ "\xf4\x90\x80\x80", 0, "U+110000" },
	{ "\xf5\x80\x80\x80", 0, "lead byte f5" },
	{ "\xff", 0, "byte ff" },
	{ "\xf0\x9f\x98", 0, "four bytes cut off" },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[80];

		snprintf(name, sizeof(name), "I1 UTF-8: %s", rows[i].name);
		is_int((long long)utf8_sequence((const unsigned char *)rows[i].bytes,
						strlen(rows[i].bytes)),
		       (long long)rows[i].want, name);
	}
	return tap_done();
}
