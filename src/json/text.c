/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yajl 2.1 checks UTF-8 loosely (overlong forms and surrogates pass) and turns
 * an unpaired \ud800 into '?', reading behind the string on the way
 * (CVE-2017-16516). One pass over the bytes refuses both before yajl starts.
 */
#include "json/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/parse.h"
#include "json/utf8.h"

struct json_place json_place_at(const struct json_source *src, size_t offset)
{
	const char *end = src->text + (offset < src->len ? offset : src->len);
	const char *p = src->text + src->skip, *nl;
	struct json_place at = { 1, 1 };

	while (p < end && (nl = memchr(p, '\n', (size_t)(end - p)))) {
		at.line++;
		p = nl + 1;
	}
	for (; p < end; p++)
		at.column += ((unsigned char)*p & 0xc0) != 0x80;
	return at;
}

/* A quote within a string has a backslash before it, and that one has none. */
static size_t string_start(const char *s, size_t close)
{
	for (size_t i = close; i > 0; i--) {
		size_t n = i - 1;

		while (n > 0 && s[n - 1] == '\\')
			n--;
		if (s[i - 1] == '"' && (i - 1 - n) % 2 == 0)
			return i - 1;
	}
	return close;
}

struct json_place json_place_of_token(const struct json_source *src, size_t end)
{
	const char *s = src->text;
	size_t i = end < src->len ? end : src->len;

	if (i == 0)
		return json_place_at(src, 0);
	i--;
	if (s[i] == '"')
		return json_place_at(src, string_start(s, i));
	while (i > 0 && (isalnum((unsigned char)s[i]) || strchr("+-.", s[i])) &&
	       (isalnum((unsigned char)s[i - 1]) || strchr("+-.", s[i - 1])))
		i--;
	return json_place_at(src, i);
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

/* The value of "\uXXXX" at s, or UINT32_MAX where s is no such escape. */
static uint32_t unicode_escape(const unsigned char *s, size_t len)
{
	uint32_t v = 0;

	if (len < 6 || s[0] != '\\' || s[1] != 'u')
		return UINT32_MAX;
	for (size_t i = 2; i < 6; i++) {
		int d = parse_hex_digit((char)s[i]);

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
				return error_msg(
					e, EINVAL,
					"%s:%zu:%zu: unpaired surrogate '%.6s' in a string",
					src->name, json_place_at(src, i).line,
					json_place_at(src, i).column, src->text + i);
		} else if (s[i] >= 0x80) {
			n = utf8_sequence(s + i, src->len - i);
			if (n == 0)
				return error_msg(e, EINVAL,
						 "%s:%zu:%zu: invalid UTF-8 (byte 0x%02x)",
						 src->name, json_place_at(src, i).line,
						 json_place_at(src, i).column, s[i]);
		}
	}
	return 0;
}
