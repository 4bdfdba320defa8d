/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yajl 2.1 checks UTF-8 loosely (overlong forms and surrogates pass) and turns
 * an unpaired \ud800 into '?', reading behind the string on the way
 * (CVE-2017-16516). One pass over the bytes refuses both before yajl starts.
 */
#include "json/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "json/utf8.h"

size_t json_line(const struct json_source *src, size_t offset)
{
	const char *p = src->text, *end = src->text + (offset < src->len ? offset : src->len);
	size_t line = 1;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		line++;
		p++;
	}
	return line;
}

const char *json_quote(const char *s, size_t len, char *buf, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool control = c < 0x20 || c == 0x7f;

		if (n + 8 > size) {
			while (n && ((unsigned char)s[i] & 0xc0) == 0x80) {
				i--; /* not in the middle of a character */
				n--;
			}
			memcpy(buf + n, "...", 4);
			return buf;
		}
		if (control) {
			buf[n++] = '\\';
			buf[n++] = 'x';
			buf[n++] = hex[c >> 4];
			buf[n++] = hex[c & 15];
		} else {
			buf[n++] = (char)c;
		}
	}
	buf[n] = '\0';
	return buf;
}

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of "\uXXXX" at s, or UINT32_MAX where s is no such escape. */
static uint32_t unicode_escape(const unsigned char *s, size_t len)
{
	uint32_t v = 0;

	if (len < 6 || s[0] != '\\' || s[1] != 'u')
		return UINT32_MAX;
	for (size_t i = 2; i < 6; i++) {
		int d = hex_digit(s[i]);

		if (d < 0)
			return UINT32_MAX;
		v = v << 4 | (uint32_t)d;
	}
	return v;
}

/*
 * Length of the escape at s, 0 for an unpaired surrogate. What is no lawful
 * escape at all is left to the parser's own error.
 */
static size_t escape_length(const unsigned char *s, size_t len)
{
	uint32_t v = unicode_escape(s, len), low;

	if (v == UINT32_MAX)
		return len < 2 ? 1 : 2;
	if (v < 0xd800 || v > 0xdfff)
		return 6;
	if (v > 0xdbff)
		return 0;
	low = unicode_escape(s + 6, len - 6);
	return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
}

/* Eight plain bytes at s: ASCII without a backslash? */
static bool is_plain_word(const unsigned char *s)
{
	const uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
	uint64_t w, x;

	memcpy(&w, s, sizeof(w));
	x = w ^ ones * '\\'; /* a backslash becomes a zero byte */
	return ((w | ((x - ones) & ~x)) & high) == 0;
}

int json_check_text(const struct json_source *src, struct error *e)
{
	const unsigned char *s = (const unsigned char *)src->text;
	size_t n;

	if (src->len > JSON_TEXT_MAX)
		return error_msg(e, EFBIG, "%s: larger than %d bytes", src->name, JSON_TEXT_MAX);
	for (size_t i = 0; i < src->len; i += n) {
		n = 1;
		if (src->len - i >= 8 && is_plain_word(s + i)) {
			n = 8;
		} else if (s[i] == '\\') {
			n = escape_length(s + i, src->len - i);
			if (n == 0)
				return error_msg(e, EINVAL,
						 "%s:%zu: unpaired surrogate '%.6s' in a string",
						 src->name, json_line(src, i), src->text + i);
		} else if (s[i] >= 0x80) {
			n = utf8_sequence(s + i, src->len - i);
			if (n == 0)
				return error_msg(e, EINVAL, "%s:%zu: invalid UTF-8 (byte 0x%02x)",
						 src->name, json_line(src, i), s[i]);
		}
	}
	return 0;
}
