/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `urun ps ID aux`: go-runc's Top() passes words for ps(1), and wants its table
 * with the container's lines alone. ps(1) writes into a memfd: a pipe would
 * have to be read while it runs.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/io.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/spawn.h"
#include "cli/cli.h"

enum { PS_OUTPUT_MAX = 64 << 20, PS_TIMEOUT_MS = 10000 };

static const char *find_ps(void)
{
	static const char *const places[] = { "/usr/bin/ps", "/bin/ps" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (path_stat(places[i], &st) == 0)
			return places[i];
	return NULL;
}

/* Runs ps(1); its output goes to *ret. */
static int run_ps(char *const *argv, char **ret, struct error *e)
{
	cleanup_fd int fd = memfd_create("urun-ps", MFD_CLOEXEC);
	struct spawn_request req = {
		.path = find_ps(),
		.argv = argv,
		.envp = environ,
		.stdout_fd = fd,
		.stderr_fd = -1,
		.cwd_fd = -1,
		.userns_pidfd = -1,
		.timeout_ms = PS_TIMEOUT_MS,
	};
	struct spawn_result res;
	char how[64];
	int r;

	if (fd < 0)
		return error_set(e, errno, "memfd_create");
	if (!req.path) {
		error_msg(e, ENOENT, "no ps(1) on this host for '%s'", argv[1]);
		return error_hint(e, "'urun ps ID -o COLUMNS' does not need it");
	}
	r = spawn_run(&req, &res);
	if (r < 0)
		return error_set(e, -r, "start '%s'", req.path);
	if (res.timed_out || res.status)
		return error_msg(e, EINVAL, "'%s': %s: %s", req.path,
				 spawn_describe(&res, how, sizeof(how)), res.tail);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_set(e, errno, "rewind the output of '%s'", req.path);
	r = io_read_all(fd, PS_OUTPUT_MAX, ret, NULL);
	return r < 0 ? error_set(e, -r, "read the output of '%s'", req.path) : 0;
}

/* The word of this line at that index, as ps(1) aligns no other way. */
static const char *line_word(const char *line, size_t index)
{
	line += strspn(line, " ");
	while (index-- && *line && *line != '\n') {
		line += strcspn(line, " \n");
		line += strspn(line, " ");
	}
	return line;
}

static bool is_wanted(const char *word, const pid_t *pids, size_t n)
{
	uint64_t pid;

	if (parse_u64_at(&word, &pid) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (pid == (uint64_t)pids[i])
			return true;
	return false;
}

static int filter(const char *text, const pid_t *pids, size_t n, struct strbuf *out)
{
	size_t len = strcspn(text, "\n");
	size_t column = 0;
	const char *word;

	for (;; column++) {
		word = line_word(text, column);
		if (!*word || *word == '\n')
			return -ENOENT;
		if (!strncmp(word, "PID", 3) && strchr(" \n", word[3]))
			break;
	}
	strbuf_add(out, text, len + (text[len] == '\n'));
	for (text += len; *text == '\n' && text[1]; text += len) {
		len = strcspn(++text, "\n");
		if (!is_wanted(line_word(text, column), pids, n))
			continue;
		strbuf_add(out, text, len);
		strbuf_addc(out, '\n');
	}
	return 0;
}

int ps_program(const pid_t *pids, size_t n, char *const *words, struct strbuf *out, struct error *e)
{
	cleanup_free char *text = NULL;
	cleanup_free char **argv = NULL;
	static char name[] = "ps";
	size_t n_words = 0;
	int r;

	while (words[n_words])
		n_words++;
	argv = calloc(n_words + 2, sizeof(*argv));
	if (!argv)
		return error_set(e, ENOMEM, "words for ps(1)");
	argv[0] = name;
	memcpy(argv + 1, words, n_words * sizeof(*argv));
	r = run_ps(argv, &text, e);
	if (r < 0)
		return r;
	if (filter(text, pids, n, out) < 0)
		return error_msg(e, EINVAL, "ps(1) shows no column PID with '%s'", words[0]);
	return 0;
}
