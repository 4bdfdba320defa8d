/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D07: properties that this systemd has not, remembered, so that it is not asked for
 * them with each container. The file begins with the identity of libsystemd, which is
 * of one version with systemd; another's file is not looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cgroup/systemd_internal.h"

enum { LACKING_MAX = 1 << 16 };

static const char file_name[] = "systemd-lacks";

/* "NAME\n" for each property, malloc'd; NULL where nothing is known of this systemd. */
static char *load(const struct systemd *s)
{
	cleanup_free char *text = NULL;
	struct library_id id;
	size_t len;

	/* Few systemds lack anything: where there is no file, the library is not looked at. */
	if (s->cache < 0 || io_read_file_at(s->cache, file_name, LACKING_MAX, &text, &len) < 0 ||
	    len < sizeof(id))
		return NULL;
	library_id_of((const void *)s->api->sd_bus_new, &id);
	return memcmp(text, &id, sizeof(id)) == 0 ? strdup(text + sizeof(id)) : NULL;
}

static bool has_line(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; (p = strstr(p, name)) != NULL; p += len)
		if ((p == text || p[-1] == '\n') && p[len] == '\n')
			return true;
	return false;
}

void systemd_drop_limit(struct systemd *s, size_t i)
{
	log_debug("systemd has no property %s: %s is in the files only", s->limits[i].name,
		  s->limits[i].key);
	memmove(&s->limits[i], &s->limits[i + 1], (s->n_limits - i - 1) * sizeof(s->limits[0]));
	s->n_limits--;
}

void systemd_leave_out_lacking(struct systemd *s)
{
	cleanup_free char *names = s->n_limits ? load(s) : NULL;

	for (size_t i = 0; names && i < s->n_limits;) {
		if (has_line(names, s->limits[i].name))
			systemd_drop_limit(s, i);
		else
			i++;
	}
}

void systemd_note_lacking(struct systemd *s, const char *name)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(LACKING_MAX);
	cleanup_free char *names = load(s);
	struct library_id id;
	int r;

	library_id_of((const void *)s->api->sd_bus_new, &id);
	strbuf_add(&b, &id, sizeof(id));
	strbuf_addf(&b, "%s%s\n", names ? names : "", name);
	r = s->cache < 0 ? s->cache : io_write_file_at(s->cache, file_name, b.s, b.len, 0600);
	if (r < 0)
		log_debug("what systemd lacks is not remembered: errno %d", -r);
}
