/* SPDX-License-Identifier: Apache-2.0 */
/* See gvariant.h. Here: from text to a tree of nodes. */
#include "cgroup/gvariant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/parse.h"
#include "cgroup/gvariant_parts.h"

struct parser {
	struct arena *arena;
	const char *text;
	size_t pos, len;
	unsigned int depth;
	struct error *e;
};

static const struct {
	const char *word, *type;
} keywords[] = {
	{ "boolean", "b" }, { "byte", "y" },   { "int16", "n" },      { "uint16", "q" },
	{ "int32", "i" },   { "uint32", "u" }, { "int64", "x" },      { "uint64", "t" },
	{ "double", "d" },  { "string", "s" }, { "objectpath", "o" }, { "signature", "g" },
};

/* Words of the format that have no place on D-Bus or here. */
static const struct {
	const char *word, *why;
} refused[] = {
	{ "just", "D-Bus has no maybe types ('just')" },
	{ "nothing", "D-Bus has no maybe types ('nothing')" },
	{ "handle", "a handle (file descriptor) cannot be given as text" },
};

int gv_bad(struct error *e, size_t pos, const char *what)
{
	return error_msg(e, EINVAL, "at byte %zu: %s", pos, what);
}

static int bad(struct parser *p, const char *what)
{
	return gv_bad(p->e, p->pos, what);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static char peek(struct parser *p)
{
	while (is_space(p->text[p->pos]))
		p->pos++;
	return p->text[p->pos];
}

static bool consume(struct parser *p, char c)
{
	if (peek(p) != c)
		return false;
	p->pos++;
	return true;
}

static struct gv_node *new_node(struct parser *p, enum gv_kind kind)
{
	struct gv_node *n = arena_alloc(p->arena, sizeof(*n));

	if (n) {
		n->kind = kind;
		n->pos = p->pos;
	}
	return n;
}

static int parse_value(struct parser *p, struct gv_node **ret);

/* --- strings --- */

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* The digits behind \x, \u, \U. */
static int parse_hex(struct parser *p, unsigned int digits, uint32_t *ret)
{
	uint32_t v = 0;

	for (unsigned int i = 0; i < digits; i++) {
		int d = parse_hex_digit(p->text[p->pos]);

		if (d < 0)
			return bad(p, "a hexadecimal digit is missing in an escape");
		v = v << 4 | (uint32_t)d;
		p->pos++;
	}
	*ret = v;
	return 0;
}

static int parse_octal(struct parser *p, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < 3 && p->text[p->pos] >= '0' && p->text[p->pos] <= '7'; i++)
		v = v * 8 + (uint32_t)(p->text[p->pos++] - '0');
	*ret = v;
	return v > UINT8_MAX ? bad(p, "an octal escape is above \\377") : 0;
}

/* What stands behind a backslash, at p->pos, goes to out; returns how many bytes. */
static int parse_escape(struct parser *p, bool bytes, char *out)
{
	static const char letters[] = "abfnrtv", controls[] = "\a\b\f\n\r\t\v";
	char c = p->text[p->pos];
	const char *at;
	uint32_t v = 0;
	int ret;

	if (!c)
		return bad(p, "the string does not end");
	if (bytes && ((c >= '0' && c <= '7') || c == 'x')) {
		p->pos += c == 'x';
		ret = c == 'x' ? parse_hex(p, 2, &v) : parse_octal(p, &v);
		if (ret < 0)
			return ret;
		if (v == 0)
			return bad(p, "a NUL byte within a string");
		out[0] = (char)v;
		return 1;
	}
	p->pos++;
	if (!bytes && (c == 'u' || c == 'U')) {
		ret = parse_hex(p, c == 'u' ? 4 : 8, &v);
		if (ret < 0)
			return ret;
		if (v == 0 || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
			return bad(p, "the escape names no character");
		return (int)put_utf8(out, v);
	}
	if (c == '\n')
		return 0;
	if ((unsigned char)c >= 0x80) {
		p->pos--; /* stands for itself: the caller takes the whole character */
		return 0;
	}
	at = strchr(letters, c);
	out[0] = at ? controls[at - letters] : c;
	return 1;
}

/* Length of the UTF-8 character at s, 0 if it is none. */
static size_t utf8_len(const unsigned char *s)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t c;

	if (n < 2)
		return n;
	if (s[0] > 0xf4)
		return 0;
	c = s[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
}

/* Room for the string at the opening quote: no escape is shorter than what it stands for. */
static char *string_room(struct parser *p)
{
	const char *s = p->text + p->pos;
	size_t len = 1;

	while (s[len] && s[len] != s[0])
		len += s[len] == '\\' && s[len + 1] ? 2 : 1;
	return arena_alloc(p->arena, len + 1);
}

/* At the opening quote. */
static int parse_string(struct parser *p, enum gv_kind kind, struct gv_node **ret)
{
	char quote = p->text[p->pos];
	struct gv_node *n = new_node(p, kind);
	char *out = n ? string_room(p) : NULL;
	size_t len = 0;

	if (!out)
		return error_set(p->e, ENOMEM, "cannot hold the value");
	p->pos++;
	while (p->text[p->pos] != quote) {
		const char *s = p->text + p->pos;

		if (!*s)
			return bad(p, "the string does not end");
		if (*s == '\\') {
			int got;

			p->pos++;
			got = parse_escape(p, kind == GV_BYTES, out + len);
			if (got < 0)
				return got;
			len += (size_t)got;
		} else {
			size_t got = kind == GV_BYTES ? 1 : utf8_len((const unsigned char *)s);

			if (got == 0)
				return bad(p, "the string is not valid UTF-8");
			memcpy(out + len, s, got);
			len += got;
			p->pos += got;
		}
	}
	p->pos++;
	out[len] = '\0';
	n->text = out;
	n->len = len;
	*ret = n;
	return 0;
}

/* --- containers --- */

static void add_kid(struct gv_node *parent, struct gv_node ***tail, struct gv_node *kid)
{
	**tail = kid;
	*tail = &kid->next;
	parent->n++;
}

static int out_of_memory(struct parser *p)
{
	return error_set(p->e, ENOMEM, "cannot hold the value");
}

/* At "[" or "(": elements to `close`. A tuple of one has a comma behind it. */
static int parse_list(struct parser *p, enum gv_kind kind, char close, struct gv_node **ret)
{
	struct gv_node *n = new_node(p, kind), *kid, **tail;
	int err;

	if (!n)
		return out_of_memory(p);
	tail = &n->kids;
	p->pos++;
	while (!consume(p, close)) {
		if (n->n && !consume(p, ','))
			return bad(p, kind == GV_ARRAY ? "',' or ']' is missing"
						       : "',' or ')' is missing");
		if (kind == GV_TUPLE && n->n == 1 && consume(p, close))
			break;
		err = parse_value(p, &kid);
		if (err < 0)
			return err;
		add_kid(n, &tail, kid);
		if (kind == GV_TUPLE && n->n == 1 && peek(p) != ',')
			return bad(p, "',' is missing (a tuple of one is written '(x,)')");
	}
	if (kind == GV_TUPLE && n->n == 0)
		return gv_bad(p->e, n->pos, "D-Bus has no empty tuple");
	*ret = n;
	return 0;
}

/* KEY, `separator`, VALUE; the key has been read if *entry is one. */
static int parse_entry(struct parser *p, char separator, struct gv_node **ret)
{
	struct gv_node *n = new_node(p, GV_ENTRY), *key, *value;
	int err;

	if (!n)
		return out_of_memory(p);
	err = parse_value(p, &key);
	if (err < 0)
		return err;
	/* What the first entry has decides for all of them. */
	if (!separator)
		separator = peek(p) == ',' ? ',' : ':';
	if (!consume(p, separator))
		return bad(p, "':' is missing behind the key");
	err = parse_value(p, &value);
	if (err < 0)
		return err;
	n->kids = key;
	key->next = value;
	n->n = 2;
	n->text = separator == ',' ? "," : ":";
	*ret = n;
	return 0;
}

/* At "{": a dictionary {K: V, ...}, or one entry {K, V} as an array may have it. */
static int parse_dict(struct parser *p, struct gv_node **ret)
{
	struct gv_node *n = new_node(p, GV_DICT), *kid = NULL, **tail;
	int err;

	if (!n)
		return out_of_memory(p);
	tail = &n->kids;
	p->pos++;
	while (!consume(p, '}')) {
		if (n->n && !consume(p, ','))
			return bad(p, "',' or '}' is missing");
		err = parse_entry(p, n->n ? ':' : '\0', &kid);
		if (err < 0)
			return err;
		if (n->n == 0 && kid->text[0] == ',') {
			if (!consume(p, '}'))
				return bad(p, "'}' is missing");
			*ret = kid;
			return 0;
		}
		add_kid(n, &tail, kid);
	}
	*ret = n;
	return 0;
}

static int parse_variant(struct parser *p, struct gv_node **ret)
{
	struct gv_node *n = new_node(p, GV_VARIANT);
	int err;

	if (!n)
		return out_of_memory(p);
	p->pos++;
	err = parse_value(p, &n->kids);
	if (err < 0)
		return err;
	n->n = 1;
	if (!consume(p, '>'))
		return bad(p, "'>' is missing");
	*ret = n;
	return 0;
}

/* --- types and words --- */

/* Behind a type that began at `start`. */
static int parse_typed(struct parser *p, size_t start, const char *type, struct gv_node **ret)
{
	struct gv_node *n = new_node(p, GV_TYPED);
	int err;

	if (!n)
		return out_of_memory(p);
	n->pos = start;
	n->type = type;
	n->n = 1;
	err = parse_value(p, &n->kids);
	if (err < 0)
		return err;
	*ret = n;
	return 0;
}

/* At "@": a type code. */
static int parse_annotation(struct parser *p, struct gv_node **ret)
{
	size_t start = p->pos, len;
	const char *s = p->text + ++p->pos;
	char *type;

	/* "@(si)('a', 1)" has no blank between. */
	len = gv_type_len(s);
	if (len == 0)
		return bad(p, "not a D-Bus type");
	if (len > GVARIANT_SIGNATURE_MAX)
		return bad(p, "the type is too long for D-Bus");
	type = arena_strndup(p->arena, s, len);
	if (!type)
		return out_of_memory(p);
	p->pos += len;
	return parse_typed(p, start, type, ret);
}

/* Digits, sign, point, exponent: what it is worth is decided when its type is known. */
static int parse_number(struct parser *p, struct gv_node **ret)
{
	const char *s = p->text + p->pos;
	struct gv_node *n = new_node(p, GV_NUMBER);
	size_t len = 0;

	while (is_word(s[len]) || s[len] == '.' ||
	       ((s[len] == '+' || s[len] == '-') && (len == 0 || strchr("eEpP", s[len - 1]))))
		len++;
	if (!n)
		return out_of_memory(p);
	n->text = arena_strndup(p->arena, s, len);
	n->len = len;
	if (!n->text)
		return out_of_memory(p);
	p->pos += len;
	*ret = n;
	return 0;
}

static bool word_is(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(s, word, len) == 0;
}

static int parse_word(struct parser *p, struct gv_node **ret)
{
	const char *s = p->text + p->pos;
	bool yes;
	size_t len = 0;

	while (is_word(s[len]))
		len++;
	if (word_is(s, len, "inf") || word_is(s, len, "infinity") || word_is(s, len, "nan"))
		return parse_number(p, ret);
	yes = word_is(s, len, "true");
	if (yes || word_is(s, len, "false")) {
		*ret = new_node(p, yes ? GV_TRUE : GV_FALSE);
		p->pos += len;
		return *ret ? 0 : out_of_memory(p);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (word_is(s, len, refused[i].word))
			return bad(p, refused[i].why);
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (word_is(s, len, keywords[i].word)) {
			p->pos += len;
			return parse_typed(p, p->pos - len, keywords[i].type, ret);
		}
	return bad(p, "not a word of the GVariant text format (strings stand in quotes)");
}

static int parse_any(struct parser *p, struct gv_node **ret)
{
	char c = peek(p), next = c ? p->text[p->pos + 1] : '\0';

	switch (c) {
	case '\0':
		return bad(p, "a value is missing");
	case '[':
		return parse_list(p, GV_ARRAY, ']', ret);
	case '(':
		return parse_list(p, GV_TUPLE, ')', ret);
	case '{':
		return parse_dict(p, ret);
	case '<':
		return parse_variant(p, ret);
	case '@':
		return parse_annotation(p, ret);
	case '\'':
	case '"':
		return parse_string(p, GV_STRING, ret);
	case '%':
		return bad(p, "positional parameters have no place here");
	}
	if (c == 'b' && (next == '\'' || next == '"')) {
		p->pos++;
		return parse_string(p, GV_BYTES, ret);
	}
	if ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')
		return parse_number(p, ret);
	if (is_word(c))
		return parse_word(p, ret);
	return bad(p, "no value begins so");
}

static int parse_value(struct parser *p, struct gv_node **ret)
{
	int err;

	if (++p->depth > GVARIANT_DEPTH_MAX)
		return bad(p, "values are nested too deeply");
	err = parse_any(p, ret);
	p->depth--;
	return err;
}

int gvariant_parse(struct arena *a, const char *text, const struct gvariant **ret, struct error *e)
{
	struct parser p = { .arena = a, .text = text, .len = strlen(text), .e = e };
	struct gv_node *node;
	int err;

	if (p.len > GVARIANT_TEXT_MAX)
		return error_msg(e, EINVAL, "at byte %d: the value is too long", GVARIANT_TEXT_MAX);
	err = parse_value(&p, &node);
	if (err < 0)
		return err;
	if (peek(&p))
		return bad(&p, "something stands behind the value");
	return gv_value(a, node, ret, e);
}
