/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which AppArmor profiles are loaded, for the hint where one is not (L01): root
 * reads "profiles", a line for each; others may at least walk the folder below.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/path.h"
#include "process/lsm.h"

enum {
	LIST_MAX = 1 << 20, /* bytes of "profiles" */
	FILE_MAX = 4096,    /* of one name */
	PROFILES_MAX = 4096,
	SHOWN = 3,
};

struct search {
	const char *wanted;
	struct {
		char name[PARSE_DISTANCE_MAX + 1];
		size_t distance;
	} best[SHOWN]; /* the nearest first */
	size_t n;
};

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || *s == '\'')
			return false;
	return true;
}

/* A third of it may differ (another version, an ending), or one is a part of the other. */
static bool is_similar(const char *wanted, const char *name, size_t distance)
{
	return distance <= strlen(wanted) / 3 + 1 || strcasestr(name, wanted) ||
	       strcasestr(wanted, name);
}

static void look_at(struct search *s, const char *name)
{
	size_t distance = parse_distance(s->wanted, name), at;

	if (!*name || distance == SIZE_MAX || !is_printable(name) ||
	    !is_similar(s->wanted, name, distance))
		return;
	for (at = s->n; at > 0 && s->best[at - 1].distance > distance; at--)
		;
	if (at == SHOWN)
		return;
	if (s->n < SHOWN)
		s->n++;
	for (size_t i = s->n - 1; i > at; i--)
		s->best[i] = s->best[i - 1];
	s->best[at].distance = distance;
	snprintf(s->best[at].name, sizeof(s->best[at].name), "%s", name);
}

/* "NAME (enforce)" a line. */
static int read_list(struct search *s, int dir)
{
	cleanup_free char *text = NULL;
	size_t len;
	int r = io_read_file_at(dir, "profiles", LIST_MAX, &text, &len);

	for (char *line = r < 0 ? NULL : text, *next; line; line = next) {
		char *end;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		end = strstr(line, " (");
		if (end)
			*end = '\0';
		look_at(s, line);
	}
	return r;
}

/* policy/profiles/NAME.N/name, without the slashes of NAME in the folder's name. */
static void walk_folder(struct search *s, int dir)
{
	cleanup_dir DIR *stream = NULL;
	struct dirent *d;
	size_t n = 0;

	if (path_opendirat(dir, "policy/profiles", &stream) < 0)
		return;
	while (n++ < PROFILES_MAX && (d = readdir(stream))) {
		cleanup_free char *name = NULL;
		char path[sizeof(d->d_name) + 8];
		size_t len;

		snprintf(path, sizeof(path), "%s/name", d->d_name);
		if (io_read_file_at(dirfd(stream), path, FILE_MAX, &name, &len) < 0)
			continue;
		name[strcspn(name, "\n")] = '\0';
		look_at(s, name);
	}
}

void process_suggest_profiles(const char *profile, int dir, struct error *e)
{
	struct search s = { .wanted = profile };
	char hint[ERROR_HINT_MAX];

	if (read_list(&s, dir) < 0)
		walk_folder(&s, dir);
	if (s.n == 0)
		return;
	snprintf(hint, sizeof(hint), "%s", e->hint);
	error_hint(e, "loaded with a similar name: '%s'%s%s%s%s%s%s%s%s", s.best[0].name,
		   s.n > 1 ? ", '" : "", s.n > 1 ? s.best[1].name : "", s.n > 1 ? "'" : "",
		   s.n > 2 ? ", '" : "", s.n > 2 ? s.best[2].name : "", s.n > 2 ? "'" : "",
		   *hint ? "; or " : "", hint);
}
