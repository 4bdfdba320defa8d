/* SPDX-License-Identifier: Apache-2.0 */
/* See mountinfo.h. */
#include "base/mountinfo.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/parse.h"

/* Cuts the next word off *p; NULL at the end. */
static char *next_word(char **p)
{
	char *word = *p, *blank;

	if (!word || !*word)
		return NULL;
	blank = strchr(word, ' ');
	if (blank)
		*blank++ = '\0';
	*p = blank;
	return word;
}

static bool is_octal(const char *s)
{
	for (int i = 0; i < 3; i++)
		if (s[i] < '0' || s[i] > '7')
			return false;
	return s[0] <= '3';
}

/* The kernel writes blanks, newlines and backslashes as "\ooo". */
static char *unescape(char *s)
{
	char *out = s;

	for (char *in = s; *in; in++) {
		if (*in == '\\' && is_octal(in + 1)) {
			*out++ = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + in[3] - '0');
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return s;
}

/* The optional fields up to " - ", as one text. */
static char *optional_fields(char **p)
{
	char *start = *p, *end;

	if (!start)
		return NULL;
	if (strncmp(start, "- ", 2) == 0) {
		*p = start + 2;
		*start = '\0';
		return start;
	}
	end = strstr(start, " - ");
	if (!end)
		return NULL;
	*end = '\0';
	*p = end + 3;
	return start;
}

int mountinfo_parse(char *line, struct mountinfo *ret)
{
	char *p = line, *id = next_word(&p), *parent = next_word(&p);
	char *device = next_word(&p);
	struct mountinfo m = { 0 };

	m.root = next_word(&p);
	m.destination = next_word(&p);
	m.options = next_word(&p);
	m.propagation = optional_fields(&p);
	if (!m.propagation || !device || !m.options)
		return -EINVAL;
	m.type = next_word(&p);
	m.source = next_word(&p);
	m.super_options = next_word(&p);
	if (!m.super_options) {
		/* A source may be empty: two blanks stand there. */
		if (!m.source || !m.type)
			return -EINVAL;
		m.super_options = m.source;
		m.source = line + strlen(line);
	}
	if (parse_u64(id, &m.id) < 0 || parse_u64(parent, &m.parent) < 0)
		return -EINVAL;
	unescape(m.root);
	unescape(m.destination);
	unescape(m.type);
	unescape(m.source);
	unescape(m.super_options);
	*ret = m;
	return 0;
}
