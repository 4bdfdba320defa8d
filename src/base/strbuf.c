/* SPDX-License-Identifier: Apache-2.0 */
/* See strbuf.h. */
#include "base/strbuf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char strbuf_empty[1];

void strbuf_init(struct strbuf *b, size_t max)
{
	*b = (struct strbuf)STRBUF_INIT(max);
}

void strbuf_done(struct strbuf *b)
{
	if (b->s != strbuf_empty)
		free(b->s);
	strbuf_init(b, b->max);
}

void strbuf_reset(struct strbuf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->s != strbuf_empty)
		b->s[0] = '\0';
}

/* Room for `more` bytes and a NUL behind the present end. */
static int grow(struct strbuf *b, size_t more)
{
	size_t need, cap;
	char *s;

	if (b->error)
		return b->error;
	if (more > b->max || b->len > b->max - more)
		return b->error = -E2BIG;
	need = b->len + more + 1;
	if (need <= b->cap)
		return 0;
	cap = b->cap ? b->cap * 2 : 256;
	if (cap < need)
		cap = need;
	s = realloc(b->s == strbuf_empty ? NULL : b->s, cap);
	if (!s)
		return b->error = -ENOMEM;
	b->s = s;
	b->cap = cap;
	return 0;
}

int strbuf_add(struct strbuf *b, const void *p, size_t len)
{
	int ret = grow(b, len);

	if (ret < 0)
		return ret;
	memcpy(b->s + b->len, p, len);
	b->len += len;
	b->s[b->len] = '\0';
	return 0;
}

int strbuf_adds(struct strbuf *b, const char *s)
{
	return strbuf_add(b, s, strlen(s));
}

int strbuf_addc(struct strbuf *b, char c)
{
	return strbuf_add(b, &c, 1);
}

int strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	int n, ret;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return b->error = -EINVAL;
	ret = grow(b, (size_t)n);
	if (ret < 0)
		return ret;
	va_start(ap, fmt);
	vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

char *strbuf_take(struct strbuf *b)
{
	char *s;

	if (b->error)
		return NULL;
	s = b->s == strbuf_empty ? strdup("") : b->s;
	b->s = strbuf_empty;
	b->len = b->cap = 0;
	return s;
}
