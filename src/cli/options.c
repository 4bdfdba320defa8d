/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one option parser. Grammar, in the order tried for a word that begins
 * with '-' (and is not "-" alone):
 *
 *   --                  ends the options
 *   --NAME[=VALUE]      the value may be the next word if the option needs one
 *   -NAME[=VALUE]       the same, if NAME is the whole name of an option: go-runc
 *   -abc                letters; the first one that needs a value takes the rest
 *                       of the word ("-bDIR", "-b=DIR") or the next word
 *
 * A switch takes "=true" and "=false", because Go programs write that. Nothing
 * is abbreviated, nothing depends on the locale or on the environment.
 */
#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"

struct parser {
	const struct parse_request *req;
	struct parse_result *res;
	char **next; /* the next word to look at */
	size_t n_words;
};

static int usage_error(const struct parser *p, struct error *e)
{
	if (p->req->command)
		return error_hint(e, "see 'urun %s --help'", p->req->command);
	return error_hint(e, "see 'urun --help'");
}

static const struct option_row *find_name(const struct option_table *t, const char *name,
					  size_t len)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strncmp(t->rows[i].name, name, len) && !t->rows[i].name[len])
			return &t->rows[i];
	return NULL;
}

static const struct option_row *find_letter(const struct option_table *t, char letter)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].letter && t->rows[i].letter == letter)
			return &t->rows[i];
	return NULL;
}

bool words_contain(const char *words, const char *word)
{
	size_t len = strlen(word);

	while (*words) {
		size_t n = strcspn(words, "|");

		if (n == len && !memcmp(words, word, len))
			return true;
		words += n + (words[n] == '|');
	}
	return false;
}

static bool needs_value(const struct option_row *o)
{
	switch (o->kind) {
	case OPT_SWITCH:
	case OPT_CONST:
		return false;
	case OPT_WORD:
		return !o->implied;
	case OPT_STRING:
	case OPT_UINT:
	case OPT_LIST:
		break;
	}
	return true;
}

static int parse_bool(const char *value, bool *ret)
{
	if (words_contain("true|yes|1", value))
		*ret = true;
	else if (words_contain("false|no|0", value))
		*ret = false;
	else
		return -EINVAL;
	return 0;
}

static int list_append(const struct parser *p, const char ***list, const char *value)
{
	size_t n = 0;

	/* No list grows beyond the number of words: one allocation is enough. */
	if (!*list)
		*list = calloc(p->n_words + 1, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	while ((*list)[n])
		n++;
	(*list)[n] = value;
	return 0;
}

/* value: NULL only where needs_value() is false. */
static int store(const struct parser *p, const struct option_row *o, const char *value,
		 struct error *e)
{
	char *field = (char *)p->req->values + o->offset;
	bool on = true;

	switch (o->kind) {
	case OPT_SWITCH:
	case OPT_CONST:
		if (value && parse_bool(value, &on) < 0) {
			error_msg(e, EINVAL, "option '--%s' takes 'true' or 'false', not '%s'",
				  o->name, value);
			return usage_error(p, e);
		}
		if (o->kind == OPT_CONST) {
			if (on)
				*(const char **)(void *)field = o->implied;
			return 0;
		}
		*(unsigned int *)(void *)field &= ~(o->bit | o->off_bit);
		*(unsigned int *)(void *)field |= on ? o->bit : o->off_bit;
		return 0;
	case OPT_STRING:
		*(const char **)(void *)field = *value || o->keeps_empty ? value : NULL;
		return 0;
	case OPT_WORD:
		if (!value)
			value = o->implied;
		if (!words_contain(o->words, value)) {
			error_msg(e, EINVAL, "unknown value '%s' for option '--%s'", value,
				  o->name);
			return error_hint(e, "use one of %s", o->words);
		}
		*(const char **)(void *)field = value;
		return 0;
	case OPT_UINT:
		if (parse_u32(value, (unsigned int *)(void *)field) < 0) {
			error_msg(e, EINVAL, "option '--%s' takes a number, not '%s'", o->name,
				  value);
			return usage_error(p, e);
		}
		return 0;
	case OPT_LIST:
		if (list_append(p, (const char ***)(void *)field, value) < 0)
			return error_set(e, ENOMEM, "option '--%s'", o->name);
		return 0;
	}
	return -EINVAL;
}

/* Takes the next word as the value of `o`, if it needs one or it is one. */
static int store_next(struct parser *p, const struct option_row *o, struct error *e)
{
	const char *value = *p->next;

	if (needs_value(o)) {
		if (!value) {
			error_msg(e, EINVAL, "option '--%s' requires an argument", o->name);
			return usage_error(p, e);
		}
		p->next++;
		return store(p, o, value, e);
	}
	/* "--rootless auto": no command has such a name */
	if (o->kind == OPT_WORD && value && words_contain(o->words, value)) {
		p->next++;
		return store(p, o, value, e);
	}
	return store(p, o, NULL, e);
}

/* Every letter of "-abc"; -ENOENT without a message if the first is unknown. */
static int parse_letters(struct parser *p, const char *word, struct error *e)
{
	for (const char *c = word + 1; *c; c++) {
		const struct option_row *o = find_letter(p->req->table, *c);
		int r;

		if (!o) {
			if (*c == 'h' || *c == '?') {
				p->res->wants_help = true;
				continue;
			}
			if (c == word + 1)
				return -ENOENT;
			error_msg(e, EINVAL, "unknown option '-%c' in '%s'", *c, word);
			return usage_error(p, e);
		}
		if (c[1] == '=')
			return store(p, o, c + 2, e);
		if (needs_value(o) && c[1])
			return store(p, o, c + 1, e);
		r = needs_value(o) ? store_next(p, o, e) : store(p, o, NULL, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One word that begins with '-'. -ENOENT without a message: unknown. */
static int parse_option(struct parser *p, const char *word, struct error *e)
{
	bool is_long = word[1] == '-';
	const char *name = word + 1 + is_long;
	size_t len = strcspn(name, "=");
	const struct option_row *o = NULL;

	if (len > 1)
		o = find_name(p->req->table, name, len);
	if (o) {
		if (name[len] == '=')
			return store(p, o, name + len + 1, e);
		return store_next(p, o, e);
	}
	if (words_contain("help|usage", name)) {
		p->res->wants_help = true;
		return 0;
	}
	return is_long ? -ENOENT : parse_letters(p, word, e);
}

static int unknown_option(const struct parser *p, const char *word, struct error *e)
{
	int len = (int)strcspn(word, "=");

	error_msg(e, EINVAL, "unknown option '%.*s'", len, word);
	return usage_error(p, e);
}

static bool stops(const struct parse_request *req)
{
	return req->order == ORDER_STOP || req->order == ORDER_COMMAND;
}

int options_parse(const struct parse_request *req, struct parse_result *ret, struct error *e)
{
	struct parser p = { .req = req, .res = ret, .next = req->argv };
	char **out = req->argv;
	bool is_ended = false;
	int r;

	while (req->argv[p.n_words])
		p.n_words++;
	*ret = (struct parse_result){ .operands = req->argv };
	while (*p.next) {
		char *word = *p.next++;

		if (!is_ended && word[0] == '-' && word[1]) {
			if (!strcmp(word, "--")) {
				is_ended = true;
				continue;
			}
			if (ret->n_operands == 0 || !stops(req)) {
				r = parse_option(&p, word, e);
				if (r == -ENOENT && !e->code && ret->n_operands &&
				    req->order == ORDER_PASS_REST)
					is_ended = true;
				else if (r == -ENOENT && !e->code)
					return unknown_option(&p, word, e);
				else if (r < 0)
					return r;
				else if (!ret->wants_help)
					continue;
				else
					break;
			}
		}
		/* Behind its id, exec's "--" is dropped once; all else is the command. */
		if (req->order == ORDER_COMMAND ||
		    (req->order == ORDER_STOP && (ret->n_operands || !req->command)))
			is_ended = true;
		out[ret->n_operands++] = word;
	}
	out[ret->n_operands] = NULL;
	return 0;
}

void options_free(const struct option_table *table, void *values)
{
	for (size_t i = 0; i < table->n; i++) {
		const char ***list = (void *)((char *)values + table->rows[i].offset);

		if (table->rows[i].kind != OPT_LIST)
			continue;
		free(*list);
		*list = NULL;
	}
}
