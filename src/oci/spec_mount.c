/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of `spec --mount`. A bind is recursive unless it says so, because one
 * that is not fails for users wherever there is a mount below its source.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/default_spec.h"

enum { TEXT_MAX = 8192, OPTIONS_MAX = 64 };

struct spec_mount {
	const char *type, *source, *destination;
	const char *options[OPTIONS_MAX + 1];
	size_t n;
	bool has_bind; /* bind or rbind is among them */
};

/* What docker and podman call it, and the option of the runtime spec. */
static const struct {
	const char *word, *option; /* "NAME=": a prefix that is exchanged */
} synonyms[] = {
	{ "readonly", "ro" },
	{ "readonly=true", "ro" },
	{ "readonly=false", "rw" },
	{ "ro=true", "ro" },
	{ "ro=false", "rw" },
	{ "rw=true", "rw" },
	{ "rw=false", "ro" },
	{ "bind-propagation=", "" },
	{ "tmpfs-size=", "size=" },
	{ "tmpfs-mode=", "mode=" },
	{ "bind-nonrecursive", "bind" },
};

static bool has_prefix(const char *word, const char *prefix)
{
	return !strncmp(word, prefix, strlen(prefix));
}

/* The option for a word, which may be changed for it. */
static const char *option_of(char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++) {
		const char *from = synonyms[i].word, *to = synonyms[i].option;
		size_t len = strlen(from), new_len = strlen(to);

		if (from[len - 1] != '=') {
			if (!strcmp(word, from))
				return to;
			continue;
		}
		if (!has_prefix(word, from))
			continue;
		/* Never longer: it is written over the end of what it replaces. */
		memcpy(word + len - new_len, to, new_len);
		return word + len - new_len;
	}
	return word;
}

static int add_option(struct spec_mount *m, char *word, struct error *e)
{
	const char *option = option_of(word);

	if (m->n == OPTIONS_MAX)
		return error_msg(e, E2BIG, "more than %d options", OPTIONS_MAX);
	m->has_bind = m->has_bind || !strcmp(option, "bind") || !strcmp(option, "rbind");
	m->options[m->n++] = option;
	return 0;
}

static int add_word(struct spec_mount *m, char *word, struct error *e)
{
	static const struct {
		const char *key;
		size_t offset;
	} keys[] = {
		{ "type=", offsetof(struct spec_mount, type) },
		{ "source=", offsetof(struct spec_mount, source) },
		{ "src=", offsetof(struct spec_mount, source) },
		{ "destination=", offsetof(struct spec_mount, destination) },
		{ "dst=", offsetof(struct spec_mount, destination) },
		{ "target=", offsetof(struct spec_mount, destination) },
	};

	if (!*word)
		return error_msg(e, EINVAL, "an empty word between commas");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = word + strlen(keys[i].key);

		if (!has_prefix(word, keys[i].key))
			continue;
		if (!*value)
			return error_msg(e, EINVAL, "'%s' has no value", word);
		*(const char **)(void *)((char *)m + keys[i].offset) = value;
		return 0;
	}
	return add_option(m, word, e);
}

static int complete(struct spec_mount *m, struct error *e)
{
	if (!m->destination || m->destination[0] != '/')
		return error_msg(e, EINVAL, "needs destination=/ABSOLUTE/PATH");
	if (!m->type)
		m->type = m->source ? "bind" : "tmpfs";
	if (!strcmp(m->type, "volume") || !strcmp(m->type, "image"))
		return error_msg(e, EINVAL, "type '%s' is an engine's: use bind", m->type);
	if (strcmp(m->type, "bind") != 0) {
		m->source = m->source ? m->source : m->type;
		return 0;
	}
	if (!m->source)
		return error_msg(e, EINVAL, "a bind needs source=PATH");
	if (m->has_bind)
		return 0;
	if (m->n == OPTIONS_MAX)
		return error_msg(e, E2BIG, "more than %d options", OPTIONS_MAX);
	m->options[m->n++] = "rbind";
	return 0;
}

/*
 * One field of a line of CSV, unquoted in place; *next is the rest, NULL at the
 * end. As in Go's encoding/csv, by which docker and podman read it: a field that
 * begins with a quote ends with one and may have commas, and "" for a quote, in
 * between; any other has no quote in it.
 */
static int take_field(char *text, char **next, struct error *e)
{
	char *out = text, *in = text + 1;

	if (*text != '"') {
		*next = strchr(text, ',');
		if (*next)
			*(*next)++ = '\0';
		if (strchr(text, '"'))
			return error_msg(e, EINVAL,
					 "a quote inside of '%s': the whole word stands in quotes, "
					 "as \"source=/a,b\"",
					 text);
		return 0;
	}
	for (; *in != '"' || in[1] == '"'; in++) {
		if (!*in)
			return error_msg(e, EINVAL, "a quote is not closed");
		in += *in == '"';
		*out++ = *in;
	}
	if (in[1] && in[1] != ',')
		return error_msg(e, EINVAL, "'%s' behind a closing quote", in + 1);
	*next = in[1] ? in + 2 : NULL;
	*out = '\0';
	return 0;
}

int spec_mount_write(struct json_writer *w, const char *text, struct error *e)
{
	struct spec_mount m = { .type = NULL };
	size_t len = strlen(text);
	char words[TEXT_MAX];
	int r = 0;

	if (len >= sizeof(words))
		return error_msg(e, ENAMETOOLONG, "--mount '%.64s...': too long", text);
	memcpy(words, text, len + 1);
	for (char *word = words, *next = NULL; r == 0 && word; word = next) {
		r = take_field(word, &next, e);
		if (r == 0)
			r = add_word(&m, word, e);
	}
	if (r == 0)
		r = complete(&m, e);
	if (r < 0)
		return error_prefix(e, "--mount '%s'", text);
	jw_object_begin(w);
	jw_member_string(w, "destination", m.destination);
	jw_member_string(w, "type", m.type);
	jw_member_string(w, "source", m.source);
	if (m.n)
		jw_member_strings(w, "options", m.options);
	jw_object_end(w);
	return 0;
}
