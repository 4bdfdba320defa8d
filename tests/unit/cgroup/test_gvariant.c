/* SPDX-License-Identifier: Apache-2.0 */
/* A15: GVariant's text format, and the annotations that carry it. */
#include <errno.h>
#include <inttypes.h>

#include "../tap.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cgroup/properties.h"

static struct arena arena = ARENA_INIT;

/* A plain form of the value: numbers in decimal, [] for any container, <> for a variant. */
static void show(struct strbuf *b, const struct gvariant *v)
{
	char c = v->sig[0];

	if (c == 'b')
		strbuf_adds(b, v->b ? "true" : "false");
	else if (strchr("yqut", c))
		strbuf_addf(b, "%" PRIu64, v->u);
	else if (strchr("nix", c))
		strbuf_addf(b, "%" PRId64, v->i);
	else if (c == 'd')
		strbuf_addf(b, "%g", v->d);
	else if (strchr("sog", c))
		strbuf_addf(b, "'%s'", v->s);
	else {
		strbuf_addc(b, c == 'v' ? '<' : '[');
		for (size_t i = 0; i < v->kids.n; i++) {
			strbuf_adds(b, i ? " " : "");
			show(b, &v->kids.v[i]);
		}
		strbuf_addc(b, c == 'v' ? '>' : ']');
	}
}

/* "SIGNATURE VALUE", or the error's message. */
static const char *parsed(const char *text)
{
	struct strbuf b = STRBUF_INIT(65536);
	struct error e = ERROR_INIT;
	const struct gvariant *v;
	const char *ret;

	if (gvariant_parse(&arena, text, &v, &e) < 0)
		return arena_strdup(&arena, e.msg);
	strbuf_addf(&b, "%s ", gvariant_signature(v));
	show(&b, v);
	ret = arena_strdup(&arena, b.s);
	strbuf_done(&b);
	return ret;
}

static const struct {
	const char *text, *want;
} good[] = {
	{ "true", "b true" },
	{ " false\n", "b false" },
	{ "5", "i 5" },
	{ "-5", "i -5" },
	{ "+5", "i 5" },
	{ "0x1F", "i 31" },
	{ "017", "i 15" },
	{ "uint64 18446744073709551615", "t 18446744073709551615" },
	{ "int64 -9223372036854775808", "x -9223372036854775808" },
	{ "uint32 7", "u 7" },
	{ "int16 -7", "n -7" },
	{ "uint16 7", "q 7" },
	{ "byte 0xff", "y 255" },
	{ "double 5", "d 5" },
	{ "@t 7", "t 7" },
	{ "37.5", "d 37.5" },
	{ "3.75e1", "d 37.5" },
	{ "0x1.8p1", "d 3" },
	{ "-inf", "d -inf" },
	{ "'a\"b'", "s 'a\"b'" },
	{ "\"a'b\"", "s 'a'b'" },
	{ "'\\t\\'\\\\\\u00e9\\U0001f600\\\nx'", "s '\t'\\\u00e9\U0001f600x'" },
	{ "objectpath '/a/b_1'", "o '/a/b_1'" },
	{ "signature 'a{sv}(ii)'", "g 'a{sv}(ii)'" },
	{ "b'a\\101\\x42'", "ay [97 65 66 0]" },
	{ "['a', 'b']", "as ['a' 'b']" },
	{ "@as []", "as []" },
	{ "@as ['a']", "as ['a']" },
	{ "[1, 2.5]", "ad [1 2.5]" },
	{ "[1, uint64 2]", "at [1 2]" },
	{ "[(1, 2), (3, 4.5)]", "a(id) [[1 2] [3 4.5]]" },
	{ "[[], ['']]", "aas [[] ['']]" },
	{ "[b'hi', []]", "aay [[104 105 0] []]" },
	{ "(5,)", "(i) [5]" },
	{ "('a', uint64 3, [true])", "(stab) ['a' 3 [true]]" },
	{ "@(su) ('a', 3)", "(su) ['a' 3]" },
	{ "[('/dev/sda', uint64 5), ('/dev/sdb', 6)]", "a(st) [['/dev/sda' 5] ['/dev/sdb' 6]]" },
	{ "{1: 'one', 2: 'two'}", "a{is} [[1 'one'] [2 'two']]" },
	{ "[{1, 'one'}, {2, 'two'}]", "a{is} [[1 'one'] [2 'two']]" },
	{ "@a{sv} {}", "a{sv} []" },
	{ "@a{sv} []", "a{sv} []" },
	{ "{'a': <1>, 'b': <@as []>}", "a{sv} [['a' <1>] ['b' <[]>]]" },
	{ "<<'x'>>", "v <<'x'>>" },
	{ "[[], [objectpath '/']]", "aao [[] ['/']]" },
	{ "['/a', objectpath '/b']", "ao ['/a' '/b']" },
};

static const struct {
	const char *text, *want;
} bad[] = {
	{ "", "at byte 0: a value is missing" },
	{ "'abc", "at byte 4: the string does not end" },
	{ "'abc\\", "at byte 5: the string does not end" },
	{ "hello", "at byte 0: not a word" },
	{ "5 6", "at byte 2: something stands behind" },
	{ "[1, 'a']", "at byte 4: not of the type" },
	{ "[1,]", "at byte 3: no value begins so" },
	{ "[1 2]", "at byte 3: ',' or ']'" },
	{ "(1)", "at byte 2: ',' is missing" },
	{ "()", "at byte 0: D-Bus has no empty tuple" },
	{ "[]", "at byte 0: the type of an empty array" },
	{ "[<['']>, <[]>]", "at byte 10: the type of an empty array" },
	{ "{1, 'a'}", "at byte 1: D-Bus has no such type" },
	{ "{[1]: 2}", "at byte 1: the keys" },
	{ "{1 2}", "at byte 3: ':' is missing" },
	{ "just 5", "at byte 0: D-Bus has no maybe types" },
	{ "@ms nothing", "at byte 1: not a D-Bus type" },
	{ "@a* []", "at byte 1: not a D-Bus type" },
	{ "@a{vs} {}", "at byte 1: not a D-Bus type" },
	{ "handle 3", "at byte 0: a handle" },
	{ "%i", "at byte 0: positional" },
	{ "uint64 -1", "at byte 7: the number does not fit type 't'" },
	{ "byte 256", "at byte 5: the number does not fit type 'y'" },
	{ "2147483648", "at byte 0: the number does not fit type 'i'" },
	{ "int16 -32769", "at byte 6: the number does not fit" },
	{ "uint64 18446744073709551616", "at byte 7: the number does not fit" },
	{ "0x", "at byte 0: not a whole number" },
	{ "08", "at byte 0: not a whole number" },
	{ "5x", "at byte 0: not a whole number" },
	{ "1.2.3", "at byte 0: not a number" },
	{ "1e999", "at byte 0: the number is too large" },
	{ "uint64 'a'", "at byte 7: not a value of type 't'" },
	{ "uint64 1.5", "at byte 7: not a whole number" },
	{ "boolean 1", "at byte 8: not a value of type 'b'" },
	{ "@(su) ('a', 3, 4)", "at byte 6: not a value of type '(su)'" },
	{ "@(su) ('a',)", "at byte 6: not a value of type '(su)'" },
	{ "uint32 uint64 5", "at byte 7: not a value of type 'u'" },
	{ "objectpath 'a'", "at byte 11: not an object path" },
	{ "objectpath '/a/'", "at byte 11: not an object path" },
	{ "signature 'a'", "at byte 10: not a D-Bus signature" },
	{ "'\xff'", "at byte 1: the string is not valid UTF-8" },
	{ "'\xc0\x80'", "at byte 1: the string is not valid UTF-8" },
	{ "'\\\xac'", "at byte 2: the string is not valid UTF-8" },
	{ "'\\u0000'", "the escape names no character" },
	{ "'\\ud800'", "the escape names no character" },
	{ "'\\u12g4'", "at byte 5: a hexadecimal digit" },
	{ "b'\\000'", "a NUL byte" },
	{ "b'\\777'", "an octal escape" },
};

static void test_limits(void)
{
	static char deep[80], *text;
	char *tuple;

	memset(deep, '[', 33);
	has_str(parsed(deep), "nested too deeply", "A15 33 levels are too many");
	memset(deep, '[', 31);
	deep[31] = '1';
	memset(deep + 32, ']', 31);
	deep[63] = '\0';
	has_str(parsed(deep), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaai ", "A15 31 arrays are not");
	text = arena_alloc(&arena, GVARIANT_TEXT_MAX + 2);
	memset(text, ' ', GVARIANT_TEXT_MAX + 1);
	has_str(parsed(text), "the value is too long", "A15 a text over 64 KiB");
	tuple = arena_alloc(&arena, 1024);
	for (int i = 0; i < 300; i++)
		memcpy(tuple + 1 + 2 * i, "1,", 2);
	tuple[0] = '(';
	tuple[600] = ')';
	has_str(parsed(tuple), "the type is too long", "A15 a signature over 255");
}

/* "NAME SIGNATURE VALUE", or the error. */
static const char *annotation(const char *name, const char *text)
{
	struct strbuf b = STRBUF_INIT(4096);
	struct error e = ERROR_INIT;
	struct unit_property p;
	const char *ret;

	if (cgroup_annotation_property(&arena, name, text, &p, &e) < 0)
		return arena_strdup(&arena, e.msg);
	strbuf_addf(&b, "%s %s ", p.name, p.value->sig);
	show(&b, p.value);
	ret = arena_strdup(&arena, b.s);
	strbuf_done(&b);
	return ret;
}

static void test_annotations(void)
{
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		{ "CollectMode", "'inactive-or-failed'", "CollectMode s 'inactive-or-failed'" },
		{ "TimeoutStopUSec", "uint64 5", "TimeoutStopUSec t 5" },
		{ "TimeoutStopSec", "uint64 5", "TimeoutStopUSec t 5000000" },
		{ "TimeoutStopSec", "5", "TimeoutStopUSec t 5000000" },
		{ "RuntimeMaxSec", "1.5", "RuntimeMaxUSec t 1500000" },
		{ "RuntimeMaxSec", "inf", "RuntimeMaxUSec t 18446744073709551615" },
		{ "RuntimeMaxSec", "'infinity'", "RuntimeMaxUSec t 18446744073709551615" },
		{ "After", "['a.service']", "After as ['a.service']" },
		{ "IOReadBandwidthMax", "[('/dev/sda', uint64 7)]",
		  "IOReadBandwidthMax a(st) [['/dev/sda' 7]]" },
		{ "SendSIGKILL", "false", "SendSIGKILL b false" },
		{ "OOMPolicy", "'kill'", "OOMPolicy s 'kill'" },
		{ "TimeoutStopSec", "-1", "not a number of seconds" },
		{ "TimeoutStopSec", "'5'", "not a number of seconds" },
		{ "TimeoutStopSec", "uint64 18446744073709551615", "not a number of seconds" },
		{ "TimeoutStopSec", "nan", "not a number of seconds" },
		{ "After", "[a]", "at byte 1: not a word" },
		{ "after", "['a']", "'after' cannot be the name" },
		{ "Af", "['a']", "'Af' cannot be the name" },
		{ "After1", "['a']", "cannot be the name" },
		{ "After\n", "['a']", "cannot be the name" },
		{ "ExecStart", "'x'", "'ExecStart' is not among the properties" },
		{ "BPFProgram", "[('a', 'b')]", "not among" },
		{ "PIDs", "[uint32 1]", "not among" },
		{ "User", "'root'", "not among" },
		{ "DeviceAllow", "[('/dev/null', 'rwm')]", "not among" },
		{ "Sec", "1", "not among" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		has_str(annotation(rows[i].name, rows[i].text), rows[i].want,
			arena_printf(&arena, "A15 org.systemd.property.%s, row %zu", rows[i].name,
				     i));
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		is_str(parsed(good[i].text), good[i].want, arena_printf(&arena, "A15 row %zu", i));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		has_str(parsed(bad[i].text), bad[i].want,
			arena_printf(&arena, "A15 refused: row %zu", i));
	test_limits();
	test_annotations();
	arena_free(&arena);
	return tap_done();
}
