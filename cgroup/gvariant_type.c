/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See gvariant_parts.h. Types are found as GLib finds them: each node has a pattern of what
 * is known of its type, where N is some number, S some string and * anything; the elements
 * of an array are brought together; what is then still open is an int32 or a string.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/gvariant_parts.h"

enum { PATTERN_MAX = GVARIANT_SIGNATURE_MAX };

static const char basic_types[] = "ybnqiuxtdsog", number_types[] = "ynqiuxtd",
		  string_types[] = "sog", open_types[] = "NS*";

static size_t type_len(const char *s, bool open, unsigned int depth);

/* "{KV}", of a basic key. */
static size_t entry_len(const char *s, bool open, unsigned int depth)
{
	size_t n, len = 1;

	if (!s[1] || !(strchr(basic_types, s[1]) || (open && strchr(open_types, s[1]))))
		return 0;
	len++;
	n = type_len(s + len, open, depth);
	return n && s[len + n] == '}' ? len + n + 1 : 0;
}

/* Length of the first complete type; with `open`, a pattern's letters are types too. */
static size_t type_len(const char *s, bool open, unsigned int depth)
{
	size_t n, len = 1;

	if (!*s || depth > GVARIANT_DEPTH_MAX)
		return 0;
	if (*s == 'v' || strchr(basic_types, *s) || (open && strchr(open_types, *s)))
		return 1;
	if (*s == 'a') {
		n = s[1] == '{' ? entry_len(s + 1, open, depth + 1)
				: type_len(s + 1, open, depth + 1);
		return n ? n + 1 : 0;
	}
	if (*s == '{' && open)
		return entry_len(s, open, depth + 1);
	if (*s != '(')
		return 0;
	while (s[len] != ')') {
		n = type_len(s + len, open, depth + 1);
		if (n == 0)
			return 0;
		len += n;
	}
	return len > 1 ? len + 1 : 0;
}

size_t gv_type_len(const char *s)
{
	return type_len(s, false, 1);
}

/* --- patterns --- */

struct pattern {
	char s[PATTERN_MAX + 1];
	size_t len;
	bool full;
};

static void put(struct pattern *p, const char *s, size_t len)
{
	if (p->len + len > PATTERN_MAX) {
		p->full = true;
		return;
	}
	memcpy(p->s + p->len, s, len);
	p->len += len;
	p->s[p->len] = '\0';
}

/* One letter that fits both, or 0. */
static char common_letter(char l, char r)
{
	if (l == r)
		return l;
	if (l == 'N' || r == 'N') {
		char other = l == 'N' ? r : l;

		return strchr(number_types, other) ? other : '\0';
	}
	if (l == 'S' || r == 'S') {
		char other = l == 'S' ? r : l;

		return strchr(string_types, other) ? other : '\0';
	}
	return '\0';
}

/* The type at *l that is also one at *r; both are moved behind it. */
static bool coalesce(const char **l, const char **r, struct pattern *out)
{
	char c;

	if (**l == '*' || **r == '*') {
		const char **known = **l == '*' ? r : l;
		size_t n = type_len(*known, true, 0);

		put(out, *known, n);
		*known += n;
		++*(known == l ? r : l);
		return true;
	}
	c = common_letter(**l, **r);
	if (!c)
		return false;
	put(out, &c, 1);
	++*l;
	++*r;
	if (c == 'a')
		return coalesce(l, r, out);
	if (c != '(' && c != '{')
		return true;
	c = c == '(' ? ')' : '}';
	while (**l != c && **r != c)
		if (!coalesce(l, r, out))
			return false;
	if (**l != c || **r != c)
		return false;
	put(out, &c, 1);
	++*l;
	++*r;
	return true;
}

static int find_pattern(struct arena *a, struct gv_node *node, struct error *e);

static int too_long(struct error *e, const struct gv_node *node)
{
	return gv_bad(e, node->pos, "the type is too long for D-Bus");
}

/* Brings `with` into `p`. */
static int join(struct pattern *p, const struct gv_node *with, struct error *e)
{
	struct pattern out = { .len = 0 };
	const char *l = p->s, *r = with->pattern;

	if (p->len == 0) {
		put(p, r, strlen(r));
		return 0;
	}
	if (!coalesce(&l, &r, &out))
		return gv_bad(e, with->pos, "not of the type of the elements before it");
	if (out.full)
		return too_long(e, with);
	*p = out;
	return 0;
}

static int pattern_of_array(const struct gv_node *node, struct pattern *p, struct error *e)
{
	struct pattern element = { .len = 0 };
	int ret = 0;

	for (const struct gv_node *k = node->kids; ret == 0 && k; k = k->next)
		ret = join(&element, k, e);
	put(p, "a", 1);
	put(p, node->n ? element.s : "*", node->n ? element.len : 1);
	return ret;
}

static int pattern_of_dict(const struct gv_node *node, struct pattern *p, struct error *e)
{
	struct pattern key = { .len = 0 }, value = { .len = 0 };
	int ret = 0;

	for (const struct gv_node *k = node->kids; ret == 0 && k; k = k->next) {
		ret = join(&key, k->kids, e);
		if (ret == 0)
			ret = join(&value, k->kids->next, e);
	}
	put(p, "a{", 2);
	put(p, node->n ? key.s : "*", node->n ? key.len : 1);
	put(p, node->n ? value.s : "*", node->n ? value.len : 1);
	put(p, "}", 1);
	return ret;
}

static bool is_float(const char *s)
{
	bool hex = strpbrk(s, "xX") != NULL;

	/* Of "0x1e" the e is a digit; "inf" and "nan" have an n. */
	return strpbrk(s, ".nN") || strpbrk(s, hex ? "pP" : "eE");
}

static void put_kids(const struct gv_node *node, const char *brackets, struct pattern *p)
{
	put(p, brackets, 1);
	for (const struct gv_node *k = node->kids; k; k = k->next)
		put(p, k->pattern, strlen(k->pattern));
	put(p, brackets + 1, 1);
}

static int own_pattern(const struct gv_node *node, struct pattern *p, struct error *e)
{
	switch (node->kind) {
	case GV_TRUE:
	case GV_FALSE:
		put(p, "b", 1);
		break;
	case GV_NUMBER:
		put(p, is_float(node->text) ? "d" : "N", 1);
		break;
	case GV_STRING:
		put(p, "S", 1);
		break;
	case GV_BYTES:
		put(p, "ay", 2);
		break;
	case GV_VARIANT:
		put(p, "v", 1);
		break;
	case GV_TYPED:
		put(p, node->type, strlen(node->type));
		break;
	case GV_TUPLE:
		put_kids(node, "()", p);
		break;
	case GV_ENTRY:
		put_kids(node, "{}", p);
		break;
	case GV_ARRAY:
		return pattern_of_array(node, p, e);
	case GV_DICT:
		return pattern_of_dict(node, p, e);
	}
	return 0;
}

static int find_pattern(struct arena *a, struct gv_node *node, struct error *e)
{
	struct pattern p = { .len = 0 };
	int ret = 0;

	/* An annotation and a variant say it all: what is in them is looked at for itself. */
	if (node->kind != GV_TYPED && node->kind != GV_VARIANT)
		for (struct gv_node *k = node->kids; ret == 0 && k; k = k->next)
			ret = find_pattern(a, k, e);
	if (ret == 0)
		ret = own_pattern(node, &p, e);
	if (ret < 0)
		return ret;
	if (p.full)
		return too_long(e, node);
	/* A key that is a container. */
	if (type_len(p.s, true, 0) != p.len)
		return gv_bad(e, node->pos, "the keys of a dictionary must be numbers or strings");
	node->pattern = arena_strdup(a, p.s);
	return node->pattern ? 0 : error_set(e, ENOMEM, "cannot hold the value");
}

/* --- values --- */

static int no_memory(struct error *e)
{
	return error_set(e, ENOMEM, "cannot hold the value");
}

static int wrong_type(const struct gv_node *node, const char *want, struct error *e)
{
	return error_msg(e, EINVAL, "at byte %zu: not a value of type '%s'", node->pos, want);
}

static int make(struct arena *a, struct gv_node *node, const char *sig, struct gvariant *v,
		struct error *e);

/* Digits in base 8, 10 or 16 as C writes them. */
static int parse_magnitude(const char *s, uint64_t *ret)
{
	unsigned int base = 10, digit;
	uint64_t v = 0;

	if (s[0] == '0' && (s[1] | 0x20) == 'x') {
		base = 16;
		s += 2;
	} else if (s[0] == '0' && s[1]) {
		base = 8;
	}
	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		char c = (char)(*s | 0x20);

		digit = *s >= '0' && *s <= '9' ? (unsigned int)(*s - '0')
			: c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a' + 10)
					       : 16;
		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v))
			return -ERANGE;
	}
	*ret = v;
	return 0;
}

static int make_double(const struct gv_node *node, struct gvariant *v, struct error *e)
{
	char *end;

	errno = 0;
	v->d = strtod(node->text, &end);
	if (end == node->text || *end)
		return gv_bad(e, node->pos, "not a number");
	if (errno == ERANGE && (v->d > 1 || v->d < -1))
		return gv_bad(e, node->pos, "the number is too large for its type");
	return 0;
}

static int make_number(const struct gv_node *node, const char *sig, struct gvariant *v,
		       struct error *e)
{
	static const struct {
		char type;
		uint64_t max, min; /* min: how far below 0 */
	} ranges[] = {
		{ 'y', UINT8_MAX, 0 },  { 'n', INT16_MAX, INT16_MAX + 1 },
		{ 'q', UINT16_MAX, 0 }, { 'i', INT32_MAX, (uint64_t)INT32_MAX + 1 },
		{ 'u', UINT32_MAX, 0 }, { 'x', INT64_MAX, (uint64_t)INT64_MAX + 1 },
		{ 't', UINT64_MAX, 0 },
	};
	bool negative = node->text[0] == '-';
	size_t i = 0;
	uint64_t n;
	int ret;

	if (*sig == 'd')
		return make_double(node, v, e);
	while (i < sizeof(ranges) / sizeof(ranges[0]) && ranges[i].type != *sig)
		i++;
	if (i == sizeof(ranges) / sizeof(ranges[0]))
		return wrong_type(node, sig, e);
	ret = parse_magnitude(node->text + (negative || node->text[0] == '+'), &n);
	if (ret == -EINVAL)
		return gv_bad(e, node->pos, "not a whole number");
	if (ret < 0 || n > (negative ? ranges[i].min : ranges[i].max))
		return error_msg(e, ERANGE, "at byte %zu: the number does not fit type '%s'",
				 node->pos, sig);
	if (strchr("nix", *sig))
		v->i = (int64_t)(negative ? 0 - n : n);
	else
		v->u = n;
	return 0;
}

/* "/", "/a/b_1". */
static bool is_object_path(const char *s)
{
	if (*s != '/')
		return false;
	if (!s[1])
		return true;
	for (; *s; s++) {
		if (*s == '/' ? (s[1] == '/' || !s[1])
			      : !((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
				  (*s >= '0' && *s <= '9') || *s == '_'))
			return false;
	}
	return true;
}

/* Any number of complete types. */
static bool is_signature(const char *s)
{
	size_t n;

	if (strlen(s) > GVARIANT_SIGNATURE_MAX)
		return false;
	for (; *s; s += n) {
		n = gv_type_len(s);
		if (n == 0)
			return false;
	}
	return true;
}

static int make_string(const struct gv_node *node, const char *sig, struct gvariant *v,
		       struct error *e)
{
	if (!strchr(string_types, *sig))
		return wrong_type(node, sig, e);
	if (*sig == 'o' && !is_object_path(node->text))
		return gv_bad(e, node->pos, "not an object path");
	if (*sig == 'g' && !is_signature(node->text))
		return gv_bad(e, node->pos, "not a D-Bus signature");
	v->s = node->text;
	return 0;
}

static struct gvariant *new_kids(struct arena *a, struct gvariant *v, size_t n)
{
	struct gvariant *kids = arena_calloc(a, n, sizeof(*kids));

	v->kids.v = kids;
	v->kids.n = n;
	return kids;
}

/* The NUL at the end is part of a bytestring. */
static int make_bytes(struct arena *a, const struct gv_node *node, struct gvariant *v,
		      struct error *e)
{
	struct gvariant *kids = new_kids(a, v, node->len + 1);

	if (!kids)
		return no_memory(e);
	for (size_t i = 0; i <= node->len; i++) {
		kids[i].sig = "y";
		kids[i].u = (unsigned char)node->text[i];
	}
	return 0;
}

/* Elements that all have the type `sig`, or (`each`) each the next one of it. */
static int make_kids(struct arena *a, struct gv_node *node, const char *sig, struct gvariant *v,
		     struct error *e)
{
	bool each = *v->sig != 'a';
	struct gvariant *kids = node->n ? new_kids(a, v, node->n) : NULL;
	const char *one = NULL;
	size_t i = 0;

	if (node->n && !kids)
		return no_memory(e);
	for (struct gv_node *k = node->kids; k; k = k->next, i++) {
		size_t len = *sig == '{' ? entry_len(sig, false, 0) : gv_type_len(sig);
		int ret;

		if (len == 0)
			return wrong_type(node, v->sig, e);
		if (each || !one)
			one = arena_strndup(a, sig, len);
		if (!one)
			return no_memory(e);
		ret = make(a, k, one, &kids[i], e);
		if (ret < 0)
			return ret;
		if (each)
			sig += len;
	}
	if (each && *sig != ')' && *sig != '}')
		return wrong_type(node, v->sig, e);
	return 0;
}

static int make(struct arena *a, struct gv_node *node, const char *sig, struct gvariant *v,
		struct error *e)
{
	static const char *const heads[] = {
		[GV_TRUE] = "b",  [GV_FALSE] = "b",   [GV_NUMBER] = "ynqiuxtd", [GV_STRING] = "sog",
		[GV_BYTES] = "a", [GV_ARRAY] = "a",   [GV_TUPLE] = "(",         [GV_DICT] = "a",
		[GV_ENTRY] = "{", [GV_VARIANT] = "v",
	};
	const struct gvariant *inner;
	int ret;

	if (node->kind == GV_TYPED)
		return strcmp(node->type, sig) == 0 ? make(a, node->kids, sig, v, e)
						    : wrong_type(node, sig, e);
	if (!strchr(heads[node->kind], *sig))
		return wrong_type(node, sig, e);
	v->sig = sig;
	switch (node->kind) {
	case GV_TRUE:
	case GV_FALSE:
		v->b = node->kind == GV_TRUE;
		return 0;
	case GV_NUMBER:
		return make_number(node, sig, v, e);
	case GV_STRING:
		return make_string(node, sig, v, e);
	case GV_BYTES:
		return sig[1] == 'y' ? make_bytes(a, node, v, e) : wrong_type(node, sig, e);
	case GV_DICT:
		if (sig[1] != '{')
			return wrong_type(node, sig, e);
		return make_kids(a, node, sig + 1, v, e);
	case GV_VARIANT:
		ret = gv_value(a, node->kids, &inner, e);
		v->kids.v = ret == 0 ? inner : NULL;
		v->kids.n = ret == 0;
		return ret;
	default:
		return make_kids(a, node, sig + 1, v, e);
	}
}

int gv_value(struct arena *a, struct gv_node *node, const struct gvariant **ret, struct error *e)
{
	struct gvariant *v = arena_alloc(a, sizeof(*v));
	int err = find_pattern(a, node, e);
	char *sig;

	if (err < 0)
		return err;
	sig = arena_strdup(a, node->pattern);
	if (!v || !sig)
		return no_memory(e);
	for (char *s = sig; *s; s++) {
		if (*s == '*')
			return gv_bad(e, node->pos,
				      "the type of an empty array is not known: write '@as []'");
		*s = *s == 'N' ? 'i' : *s == 'S' ? 's' : *s;
	}
	if (gv_type_len(sig) != strlen(sig))
		return gv_bad(e, node->pos, "D-Bus has no such type: an entry stands in an array");
	err = make(a, node, sig, v, e);
	if (err == 0)
		*ret = v;
	return err;
}

/* --- values without a text --- */

const char *gvariant_signature(const struct gvariant *v)
{
	return v->sig;
}

static struct gvariant *new_value(struct arena *a, const char *sig)
{
	struct gvariant *v = arena_alloc(a, sizeof(*v));

	if (v)
		v->sig = sig;
	return v;
}

const struct gvariant *gvariant_bool(struct arena *a, bool b)
{
	struct gvariant *v = new_value(a, "b");

	if (v)
		v->b = b;
	return v;
}

const struct gvariant *gvariant_u64(struct arena *a, uint64_t u)
{
	struct gvariant *v = new_value(a, "t");

	if (v)
		v->u = u;
	return v;
}

const struct gvariant *gvariant_string(struct arena *a, const char *s)
{
	struct gvariant *v = new_value(a, "s");

	if (v)
		v->s = s;
	return v;
}

const struct gvariant *gvariant_bytes(struct arena *a, const uint8_t *p, size_t n)
{
	struct gvariant *v = new_value(a, "ay"), *kids = v && n ? new_kids(a, v, n) : NULL;

	if (!v || (n && !kids))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		kids[i].sig = "y";
		kids[i].u = p[i];
	}
	return v;
}
