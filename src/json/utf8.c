/* SPDX-License-Identifier: Apache-2.0 */
/* See utf8.h: one branch per row of the standard's table of lawful sequences. */
#include "json/utf8.h"

#include <stdbool.h>

static bool in(unsigned char c, unsigned char low, unsigned char high)
{
	return c >= low && c <= high;
}

size_t utf8_sequence(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (in(s[0], 0xc2, 0xdf)) {
		n = 2;
	} else if (in(s[0], 0xe0, 0xef)) {
		n = 3;
		if (s[0] == 0xe0)
			low = 0xa0; /* below: overlong */
		else if (s[0] == 0xed)
			high = 0x9f; /* above: surrogates */
	} else if (in(s[0], 0xf0, 0xf4)) {
		n = 4;
		if (s[0] == 0xf0)
			low = 0x90;
		else if (s[0] == 0xf4)
			high = 0x8f; /* above: beyond U+10FFFF */
	} else {
		return 0;
	}
	if (len < n || !in(s[1], low, high))
		return 0;
	for (size_t i = 2; i < n; i++)
		if (!in(s[i], 0x80, 0xbf))
			return 0;
	return n;
}
