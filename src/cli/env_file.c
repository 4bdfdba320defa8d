/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --env-file of exec (E09), in the form that docker and podman read: a line is
 * NAME=VALUE as it stands, NAME alone the caller's value if there is one; blanks
 * before it, empty lines and those that begin with '#' do not count.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "cli/cli.h"

enum { ENV_FILE_MAX = 4 << 20 };

struct env_words {
	const char **v;
	size_t n, room;
};

static int make_room(struct arena *a, struct env_words *w, size_t more)
{
	const char **v;

	if (w->n + more < w->room)
		return 0;
	w->room = 2 * w->room + more + 1;
	v = arena_calloc(a, w->room, sizeof(*v));
	if (!v)
		return -ENOMEM;
	if (w->n)
		memcpy(v, w->v, w->n * sizeof(*v));
	w->v = v;
	return 0;
}

static int add_word(struct arena *a, struct env_words *w, const char *word)
{
	const char *value = strchr(word, '=') ? "" : getenv(word);

	if (!value)
		return 0;
	if (make_room(a, w, 1) < 0)
		return -ENOMEM;
	w->v[w->n] = strchr(word, '=') ? arena_strdup(a, word)
				       : arena_printf(a, "%s=%s", word, value);
	return w->v[w->n++] ? 0 : -ENOMEM;
}

/* One line, without its newline; in place. */
static int add_line(struct arena *a, struct env_words *w, char *line)
{
	size_t len = strlen(line);

	if (len && line[len - 1] == '\r')
		line[len - 1] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return 0;
	/* A name with a blank in it is a line of something else. */
	if (*line == '=' || strcspn(line, " \t") < strcspn(line, "="))
		return -EINVAL;
	return add_word(a, w, line);
}

static int read_one(struct arena *a, const char *file, struct env_words *w, struct error *e)
{
	cleanup_free char *text = NULL;
	const char *name = io_input_name(file);
	size_t len, number = 1;
	int r = io_read_input_at(AT_FDCWD, file, ENV_FILE_MAX, &text, &len);

	if (r < 0)
		return error_set(e, r, "read the environment file '%s'", name);
	if (memchr(text, '\0', len))
		return error_msg(e, EINVAL, "environment file '%s': it has a NUL byte", name);
	for (char *line = text, *end; line; line = end, number++) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		r = add_line(a, w, line);
		if (r == -EINVAL)
			return error_msg(e, EINVAL,
					 "environment file '%s', line %zu: '%s' is not NAME=VALUE",
					 name, number, line);
		if (r < 0)
			return error_set(e, r, "environment file '%s'", name);
	}
	return 0;
}

int env_files_read(struct arena *a, const char *const *files, const char *const *env,
		   const char *const **ret, struct error *e)
{
	struct env_words w = { 0 };

	for (size_t i = 0; files && files[i]; i++) {
		int r = read_one(a, files[i], &w, e);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; env && env[i]; i++) {
		if (make_room(a, &w, 1) < 0)
			return error_set(e, ENOMEM, "put the environment together");
		w.v[w.n++] = env[i];
	}
	*ret = w.v;
	return 0;
}
