/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrong values for every row of the descriptor tables, in every document that
 * they read: a config, the process of exec, resources, mounts to be added. Each
 * is put into a document that is whole and right but for that value, as the
 * row's own value and as an element of its array or map, and must be refused
 * by its exact path, with what was expected there and what was found. What the
 * row's type allows must be taken. A row that is added later is tested without
 * a line here; the counts show that none was left out.
 */
#include "oci/schema.h"

#include <errno.h>
#include <stdint.h>

#include "base/strbuf.h"

#include "../tap.h"

enum type { STRING_VALUE, BOOL_VALUE, NULL_VALUE, OBJECT_VALUE, ARRAY_VALUE, INTEGER, REAL };

static const struct value {
	enum type type;
	const char *text, *found;
} values[] = {
	{ STRING_VALUE, "\"\"", "a string" },
	{ STRING_VALUE, "\"1\"", "a string" },
	{ STRING_VALUE, "\"true\"", "a string" },
	{ BOOL_VALUE, "true", "true" },
	{ BOOL_VALUE, "false", "false" },
	{ NULL_VALUE, "null", "null" },
	{ OBJECT_VALUE, "{}", "an object" },
	{ OBJECT_VALUE, "{\"a\":{}}", "an object" },
	{ ARRAY_VALUE, "[]", "an array" },
	{ ARRAY_VALUE, "[[]]", "an array" },
	{ REAL, "0.0", "0.0" },
	{ REAL, "1.5", "1.5" },
	{ REAL, "-1.0", "-1.0" },
	{ REAL, "1e0", "1e0" },
	{ REAL, "1E+2", "1E+2" },
	{ REAL, "1e-400", "1e-400" },
	/* In their order: a type takes those from one to another. */
	{ INTEGER, "-100000000000000000000", "-100000000000000000000" },
	{ INTEGER, "-9223372036854775809", "-9223372036854775809" },
	{ INTEGER, "-9223372036854775808", "-9223372036854775808" },
	{ INTEGER, "-4294967296", "-4294967296" },
	{ INTEGER, "-2147483649", "-2147483649" },
	{ INTEGER, "-2147483648", "-2147483648" },
	{ INTEGER, "-1", "-1" },
	{ INTEGER, "0", "0" },
	{ INTEGER, "1", "1" },
	{ INTEGER, "65535", "65535" },
	{ INTEGER, "65536", "65536" },
	{ INTEGER, "2147483647", "2147483647" },
	{ INTEGER, "2147483648", "2147483648" },
	{ INTEGER, "4294967295", "4294967295" },
	{ INTEGER, "4294967296", "4294967296" },
	{ INTEGER, "9223372036854775807", "9223372036854775807" },
	{ INTEGER, "9223372036854775808", "9223372036854775808" },
	{ INTEGER, "18446744073709551615", "18446744073709551615" },
	{ INTEGER, "18446744073709551616", "18446744073709551616" },
	{ INTEGER, "100000000000000000000", "100000000000000000000" },
	{ INTEGER, "1000000000000000000000000000000000000000000000000",
	  "100000000000000000000000000000000..." },
};

enum { N_VALUES = sizeof(values) / sizeof(values[0]) };

/* What a value of a kind must be, in the words of the messages. */
static const struct rule {
	const char *words, *element_words;
	enum type type;
	const char *lowest, *highest; /* INTEGER */
} rules[] = {
	[JSON_STRING] = { "a string", NULL, STRING_VALUE, NULL, NULL },
	[JSON_BOOL] = { "true or false", NULL, BOOL_VALUE, NULL, NULL },
	[JSON_I32] = { "a signed 32-bit integer", NULL, INTEGER, "-2147483648", "2147483647" },
	[JSON_I64] = { "a signed 64-bit integer", NULL, INTEGER, "-9223372036854775808",
		       "9223372036854775807" },
	[JSON_U16] = { "an unsigned 16-bit integer", NULL, INTEGER, "0", "65535" },
	[JSON_U32] = { "an unsigned 32-bit integer", NULL, INTEGER, "0", "4294967295" },
	[JSON_U64] = { "an unsigned 64-bit integer", NULL, INTEGER, "0", "18446744073709551615" },
	[JSON_STRINGS] = { "an array of strings", "a string", ARRAY_VALUE, NULL, NULL },
	[JSON_U32S] = { "an array of unsigned 32-bit integers", "an unsigned 32-bit integer",
			ARRAY_VALUE, NULL, NULL },
	[JSON_OBJECT] = { "an object", NULL, OBJECT_VALUE, NULL, NULL },
	[JSON_OBJECT_PTR] = { "an object", NULL, OBJECT_VALUE, NULL, NULL },
	[JSON_OBJECTS] = { "an array of objects", "an object", ARRAY_VALUE, NULL, NULL },
	[JSON_STRING_MAP] = { "an object with string values", "a string", OBJECT_VALUE, NULL,
			      NULL },
	[JSON_OBJECT_MAP] = { "an object with object values", "an object", OBJECT_VALUE, NULL,
			      NULL },
};

enum {
	ROWS_MAX = 1024, /* of all tables */
	TEXT = 16384,
};

/* Which rows the walk has met: by their address, as some tables stand at several places. */
static const struct json_field *visited[ROWS_MAX];
static size_t n_visited;

/* In the object at hand: how many values were tried, and all as they should be? */
static size_t n_tried;
static bool all_good;

struct document {
	const char *name, *head, *tail, *path;
	const struct json_object *table;
	int (*load)(const char *name, const char *text, struct error *e);
};

/* A place in a document: the text before and behind an object, and its path. */
struct place {
	const struct document *doc;
	const struct json_object *table;
	struct strbuf head, tail, path;
};

static int load_config(const char *name, const char *text, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct oci_config *c;

	return oci_load_memory(&a, name, text, strlen(text), &c, e);
}

static int load_process(const char *name, const char *text, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct oci_process *p;

	return oci_load_process(&a, name, text, strlen(text), &p, e);
}

static int load_resources(const char *name, const char *text, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct limits *l;

	return oci_load_resources(&a, name, text, strlen(text), &l, e);
}

static int load_mounts(const char *name, const char *text, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct oci_mounts m;

	return oci_load_mounts(&a, name, text, strlen(text), &m, e);
}

static const struct document documents[] = {
	{ "config.json", "", "", "", &oci_config_schema, load_config },
	{ "process.json", "", "", "", &oci_process_schema, load_process },
	{ "resources.json", "", "", "", &oci_resources_schema, load_resources },
	{ "mounts.json", "[", "]", ".mounts[0]", &oci_mount_schema, load_mounts },
};

static void add_minimal_object(struct strbuf *b, const struct json_object *o);

/* The shortest value that the row takes. */
static void add_minimal(struct strbuf *b, const struct json_field *f)
{
	if (f->kind == JSON_OBJECT || f->kind == JSON_OBJECT_PTR)
		add_minimal_object(b, f->sub);
	else if (rules[f->kind].type == OBJECT_VALUE)
		strbuf_adds(b, "{}");
	else if (rules[f->kind].type == ARRAY_VALUE)
		strbuf_adds(b, "[]");
	else
		strbuf_adds(b, f->kind == JSON_STRING ? "\"1\""
			       : f->kind == JSON_BOOL ? "true"
						      : "1");
}

/* The members that the object must have, but one; each with ',' behind it. */
static void add_required(struct strbuf *b, const struct json_object *o,
			 const struct json_field *but)
{
	for (size_t i = 0; i < o->n_fields; i++) {
		if (!o->fields[i].required || &o->fields[i] == but)
			continue;
		strbuf_addf(b, "\"%s\":", o->fields[i].name);
		add_minimal(b, &o->fields[i]);
		strbuf_addc(b, ',');
	}
}

/* A key that no table has ends the list, since ',' may not. */
static void add_minimal_object(struct strbuf *b, const struct json_object *o)
{
	strbuf_addc(b, '{');
	add_required(b, o, NULL);
	strbuf_adds(b, "\"-\":0}");
}

/* The document with `value` for the row. */
static void make_text(struct strbuf *b, const struct place *at, const struct json_field *f,
		      const char *value)
{
	strbuf_reset(b);
	strbuf_addf(b, "%s{", at->head.s);
	add_required(b, at->table, f);
	strbuf_addf(b, "\"%s\":%s}%s", f->name, value, at->tail.s);
}

/*
 * Takes the column out of "NAME:1:COLUMN: ..."; it must lie in the value, which
 * is the last thing in `text` but for the place's tail.
 */
static bool cut_column(char *msg, const struct place *at, const char *text, const char *value)
{
	size_t len = strlen(at->doc->name) + strlen(":1"), column = 0;
	size_t end = strlen(text) - at->tail.len - 1, begin = end - strlen(value);
	int n = 0;

	if (strlen(msg) < len || sscanf(msg + len, ":%zu%n", &column, &n) != 1)
		return false;
	memmove(msg + len, msg + len + n, strlen(msg + len + n) + 1);
	return column > begin && column <= end;
}

__attribute__((format(printf, 4, 5))) static void expect_refusal(const struct place *at,
								 const struct json_field *f,
								 const char *value, const char *fmt,
								 ...)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT(TEXT);
	cleanup_strbuf struct strbuf want = STRBUF_INIT(TEXT);
	struct error e = ERROR_INIT;
	char rest[512];
	va_list ap;
	int r;

	va_start(ap, fmt);
	vsnprintf(rest, sizeof(rest), fmt, ap);
	va_end(ap);
	make_text(&text, at, f, value);
	strbuf_addf(&want, "%s:1: %s.%s%s", at->doc->name, at->path.s, f->name, rest);
	r = at->doc->load(at->doc->name, text.s, &e);
	n_tried++;
	if (r == -EINVAL && cut_column(e.msg, at, text.s, value) && strcmp(e.msg, want.s) == 0)
		return;
	all_good = false;
	printf("# %s\n#   got  %d '%s'\n#   want %d '%s'\n", text.s, r, e.msg, -EINVAL, want.s);
}

/* The decoder names a place, what looks at values does not. */
static void expect_taken(const struct place *at, const struct json_field *f, const char *value)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT(TEXT);
	struct error e = ERROR_INIT;
	char prefix[64];
	int r;

	make_text(&text, at, f, value);
	snprintf(prefix, sizeof(prefix), "%s:1:", at->doc->name);
	r = at->doc->load(at->doc->name, text.s, &e);
	n_tried++;
	if (r == 0 || (r == -EINVAL && strncmp(e.msg, prefix, strlen(prefix)) != 0))
		return;
	all_good = false;
	printf("# %s\n#   is refused: '%s'\n", text.s, e.msg);
}

static size_t value_index(const char *text)
{
	size_t i = 0;

	while (i < N_VALUES && strcmp(values[i].text, text) != 0)
		i++;
	return i;
}

static bool takes(const struct rule *rule, size_t i)
{
	if (values[i].type != rule->type)
		return false;
	return rule->type != INTEGER ||
	       (i >= value_index(rule->lowest) && i <= value_index(rule->highest));
}

/* Is it one whose content is looked at in its turn? */
static bool is_open(const struct value *v)
{
	return strcmp(v->text, "[[]]") == 0 || strcmp(v->text, "{\"a\":{}}") == 0;
}

static void try_values(const struct place *at, const struct json_field *f)
{
	const struct rule *rule = &rules[f->kind];

	for (size_t i = 0; i < N_VALUES; i++) {
		const struct value *v = &values[i];

		if (!takes(rule, i))
			expect_refusal(at, f, v->text, ": expected %s, found %s", rule->words,
				       v->found);
		else if (rule->type != OBJECT_VALUE && !is_open(v))
			expect_taken(at, f, v->text);
	}
	expect_refusal(at, f, "\"a\\u0000b\"", ": string with a NUL (\\u0000)");
}

/* The values in an array, alone and behind one that is right. */
static void try_elements(const struct place *at, const struct json_field *f)
{
	const struct rule *rule = &rules[f->kind];
	const struct rule *element = &rules[f->kind == JSON_STRINGS ? JSON_STRING
					    : f->kind == JSON_U32S  ? JSON_U32
								    : JSON_OBJECT];
	cleanup_strbuf struct strbuf good = STRBUF_INIT(TEXT);
	cleanup_strbuf struct strbuf list = STRBUF_INIT(TEXT);

	if (f->sub)
		add_minimal_object(&good, f->sub);
	else
		strbuf_adds(&good, element->type == INTEGER ? "1" : "\"a\"");
	for (size_t i = 0; i < N_VALUES; i++) {
		bool taken = takes(element, i);

		for (unsigned int n = 0; n < 2; n++) {
			strbuf_reset(&list);
			strbuf_addf(&list, "[%s%s%s]", n ? good.s : "", n ? "," : "",
				    values[i].text);
			if (!taken)
				expect_refusal(at, f, list.s, "[%u]: expected %s, found %s", n,
					       rule->element_words, values[i].found);
			else if (!f->sub)
				expect_taken(at, f, list.s);
		}
	}
	expect_refusal(at, f, "[\"a\\u0000b\"]", "[0]: string with a NUL (\\u0000)");
}

/* The same in a map, under a key that is a word and one that is not. */
static void try_members(const struct place *at, const struct json_field *f)
{
	const struct rule *rule = &rules[f->kind];
	const struct rule *element = &rules[f->kind == JSON_STRING_MAP ? JSON_STRING : JSON_OBJECT];
	cleanup_strbuf struct strbuf good = STRBUF_INIT(TEXT);
	cleanup_strbuf struct strbuf map = STRBUF_INIT(TEXT);

	if (f->sub)
		add_minimal_object(&good, f->sub);
	else
		strbuf_adds(&good, "\"1\"");
	for (size_t i = 0; i < N_VALUES; i++) {
		bool taken = takes(element, i);

		strbuf_reset(&map);
		strbuf_addf(&map, "{\"k\":%s}", values[i].text);
		if (!taken)
			expect_refusal(at, f, map.s, ".k: expected %s, found %s",
				       rule->element_words, values[i].found);
		else if (!f->sub)
			expect_taken(at, f, map.s);
		if (taken)
			continue;
		strbuf_reset(&map);
		strbuf_addf(&map, "{\"k\":%s,\"a.b-c\":%s}", good.s, values[i].text);
		expect_refusal(at, f, map.s, "[\"a.b-c\"]: expected %s, found %s",
			       rule->element_words, values[i].found);
	}
	expect_refusal(at, f, "{\"k\":\"a\\u0000b\"}", ".k: string with a NUL (\\u0000)");
	expect_refusal(at, f, "{\"a\\u0000b\":1}", "[\"a\\x00b\"]: key with a NUL (\\u0000)");
}

static void note_visit(const struct json_field *f)
{
	for (size_t i = 0; i < n_visited; i++)
		if (visited[i] == f)
			return;
	if (n_visited < ROWS_MAX)
		visited[n_visited++] = f;
}

static void walk(const struct place *at);

static void walk_into(const struct place *at, const struct json_field *f)
{
	struct place in = { .doc = at->doc, .table = f->sub };
	const char *open = "", *close = "", *step = "";

	if (f->kind == JSON_OBJECTS) {
		open = "[";
		close = "]";
		step = "[0]";
	} else if (f->kind == JSON_OBJECT_MAP) {
		open = "{\"a-b\":";
		close = "}";
		step = "[\"a-b\"]";
	}
	strbuf_init(&in.head, TEXT);
	strbuf_init(&in.tail, TEXT);
	strbuf_init(&in.path, TEXT);
	strbuf_addf(&in.head, "%s{", at->head.s);
	add_required(&in.head, at->table, f);
	strbuf_addf(&in.head, "\"%s\":%s", f->name, open);
	strbuf_addf(&in.tail, "%s}%s", close, at->tail.s);
	strbuf_addf(&in.path, "%s.%s%s", at->path.s, f->name, step);
	walk(&in);
	strbuf_done(&in.head);
	strbuf_done(&in.tail);
	strbuf_done(&in.path);
}

static void walk(const struct place *at)
{
	const struct json_object *o = at->table;

	all_good = true;
	n_tried = 0;
	for (size_t i = 0; i < o->n_fields; i++) {
		const struct json_field *f = &o->fields[i];

		note_visit(f);
		try_values(at, f);
		if (rules[f->kind].element_words && rules[f->kind].type == ARRAY_VALUE)
			try_elements(at, f);
		else if (rules[f->kind].element_words)
			try_members(at, f);
	}
	/* Each row meets each value, and a NUL. */
	ok(all_good && n_tried >= o->n_fields * (N_VALUES / 2),
	   "I1 %s %s: %zu rows refuse the wrong values by their paths", at->doc->name,
	   at->path.len ? at->path.s : "(top)", o->n_fields);
	for (size_t i = 0; i < o->n_fields; i++)
		if (o->fields[i].sub)
			walk_into(at, &o->fields[i]);
}

/* A document that is something else altogether. */
static void test_root(const struct document *d)
{
	char want[128];
	bool good = true;

	if (*d->head)
		return; /* an array */
	for (size_t i = 0; i < N_VALUES; i++) {
		struct error e = ERROR_INIT;

		if (values[i].type == OBJECT_VALUE)
			continue;
		snprintf(want, sizeof(want), "%s:1:1: expected an object, found %s", d->name,
			 values[i].found);
		if (d->load(d->name, values[i].text, &e) != -EINVAL || strcmp(e.msg, want) != 0) {
			good = false;
			printf("# got  '%s'\n# want '%s'\n", e.msg, want);
		}
	}
	ok(good, "I1 %s is an object", d->name);
}

/* The tables that can be reached from one, each once. */
static size_t collect(const struct json_object *o, const struct json_object **tables, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (tables[i] == o)
			return n;
	if (n < ROWS_MAX)
		tables[n++] = o;
	for (size_t i = 0; i < o->n_fields; i++)
		if (o->fields[i].sub)
			n = collect(o->fields[i].sub, tables, n);
	return n;
}

static void test_counts(void)
{
	static const struct json_object *tables[ROWS_MAX];
	size_t n_tables = 0, n_rows = 0;

	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		n_tables = collect(documents[i].table, tables, n_tables);
	for (size_t i = 0; i < n_tables; i++)
		n_rows += tables[i]->n_fields;
	ok(n_visited == n_rows && n_rows < ROWS_MAX, "I1 all %zu rows of %zu tables were met",
	   n_rows, n_tables);
	if (n_visited != n_rows)
		printf("# met: %zu\n", n_visited);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		const struct document *d = &documents[i];
		struct place root = { .doc = d, .table = d->table };

		strbuf_init(&root.head, TEXT);
		strbuf_init(&root.tail, TEXT);
		strbuf_init(&root.path, TEXT);
		strbuf_adds(&root.head, d->head);
		strbuf_adds(&root.tail, d->tail);
		strbuf_adds(&root.path, d->path);
		test_root(d);
		walk(&root);
		strbuf_done(&root.head);
		strbuf_done(&root.tail);
		strbuf_done(&root.path);
	}
	test_counts();
	return tap_done();
}
