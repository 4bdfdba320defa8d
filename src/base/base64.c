/* SPDX-License-Identifier: Apache-2.0 */
/* See base64.h. */
#include "base/base64.h"

#include <errno.h>

/* 0..63, or -1. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* n = 2..4 characters make n - 1 bytes. */
static int decode_group(const char *text, size_t n, uint8_t *out)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int v = i < n ? value_of(text[i]) : 0;

		if (v < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)v;
	}
	for (size_t i = 0; i < n - 1; i++)
		out[i] = (uint8_t)(bits >> (16 - 8 * i));
	/* What is left of the last character must be nothing. */
	return bits & ((UINT32_C(1) << (8 * (4 - n))) - 1) ? -EINVAL : 0;
}

int base64_decode(const char *text, size_t len, uint8_t *out, size_t *ret_len)
{
	size_t bytes = 0;

	if (len % 4 != 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i += 4) {
		size_t n = 4;
		int r;

		if (i + 4 == len && text[i + 3] == '=')
			n = text[i + 2] == '=' ? 2 : 3;
		r = decode_group(text + i, n, out + bytes);
		if (r < 0)
			return r;
		bytes += n - 1;
	}
	*ret_len = bytes;
	return 0;
}
