/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64 from hostile bytes. Oracle: what is taken is the encoding of what it
 * decodes to, and what a byte string encodes to is taken.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

static char *encode(const uint8_t *p, size_t n, size_t *ret_len)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc((n + 2) / 3 * 4 + 1);
	size_t len = 0;

	CHECK(text);
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t bits = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
				(left > 2 ? p[i + 2] : 0);

		text[len++] = set[bits >> 18 & 63];
		text[len++] = set[bits >> 12 & 63];
		text[len++] = left > 1 ? set[bits >> 6 & 63] : '=';
		text[len++] = left > 2 ? set[bits & 63] : '=';
	}
	*ret_len = len;
	return text;
}

/* In memory of just the size that is asked for. */
static int decode(const char *text, size_t len, uint8_t **ret, size_t *ret_len)
{
	uint8_t *out = malloc(base64_room(len) ? base64_room(len) : 1);
	int r;

	CHECK(out);
	r = base64_decode(text, len, out, ret_len);
	*ret = out;
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = 0, len = 0;
	uint8_t *bytes;
	char *text;
	int r = decode((const char *)data, size, &bytes, &n);

	CHECK(r == 0 || r == -EINVAL);
	if (r == 0) {
		text = encode(bytes, n, &len);
		CHECK(len == size && memcmp(text, data, len) == 0);
		free(text);
	}
	free(bytes);
	text = encode(data, size, &len);
	CHECK(decode(text, len, &bytes, &n) == 0 && n == size);
	CHECK(n == 0 || memcmp(bytes, data, n) == 0);
	free(text);
	free(bytes);
	return 0;
}
