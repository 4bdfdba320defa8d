/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden tests of the planner: tests/plan/NAME.plan holds the text of the plan
 * (or "error: ...") for tests/plan/NAME.json, or for tests/samples/NAME.json
 * where there is no such file. Comment lines at its head choose the host and
 * the options of the command line:
 *
 *	# host: rootless | root | single | nested, and selinux
 *	# options: systemd no-pivot no-keyring strict-rlimits preserve-fds=N listen-fds=N notify
 *
 * `test_golden --update [DIR]` writes the files anew, keeping these lines; DIR
 * is the tests folder. It is where the suite says, or below the cwd.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/path.h"
#include "oci/config.h"
#include "plan/plan.h"

enum { FILE_MAX = 1 << 20 };

static struct id_mapping full_map[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };
static struct id_mapping one_id[] = { { 0, 1000, 1 } };

static const struct plan_host rootless = {
	.euid = 1000,
	.egid = 1000,
	.initial_userns = true,
	.last_cap = 40,
	.uid_map = { full_map, 2 },
	.gid_map = { full_map, 2 },
	.keep_setgroups = true,
};

struct golden {
	int tests; /* the tests folder */
	bool update;
	const char *name;
	char head[1024]; /* the comment lines */
	struct plan_host host;
	struct plan_options opt;
	char receiver[64]; /* RUN_OCI_SECCOMP_RECEIVER */
};

static void set_host(struct golden *g, const char *word)
{
	if (strcmp(word, "selinux") == 0) {
		g->host.selinux = true;
		return;
	}
	g->host = rootless;
	if (strcmp(word, "root") == 0 || strcmp(word, "nested") == 0) {
		g->host.euid = g->host.egid = 0;
		g->host.has_sys_admin = true;
		g->host.initial_userns = strcmp(word, "root") == 0;
		g->host.uid_map.n = g->host.gid_map.n = 0;
	} else if (strcmp(word, "single") == 0) {
		g->host.uid_map = g->host.gid_map = (struct idmap){ one_id, 1 };
		g->host.maps_single = true;
		g->host.keep_setgroups = false;
	} else if (strcmp(word, "rootless") != 0) {
		ok(false, "%s: unknown host '%s'", g->name, word);
	}
}

static void set_option(struct golden *g, const char *word)
{
	struct plan_options *o = &g->opt;

	if (strcmp(word, "systemd") == 0)
		o->cgroup_manager = CGROUP_SYSTEMD;
	else if (strcmp(word, "no-pivot") == 0)
		o->no_pivot = true;
	else if (strcmp(word, "no-keyring") == 0)
		o->no_new_keyring = true;
	else if (strncmp(word, "receiver=", 9) == 0)
		snprintf(g->receiver, sizeof(g->receiver), "%s", word + 9);
	else if (strcmp(word, "strict-rlimits") == 0)
		o->strict_rlimits = true;
	else if (strncmp(word, "preserve-fds=", 13) == 0)
		parse_u32(word + 13, &o->preserve_fds);
	else if (strncmp(word, "listen-fds=", 11) == 0)
		parse_u32(word + 11, &o->listen_fds);
	else if (strcmp(word, "notify") == 0) {
		o->notify_socket = "/run/systemd/notify";
		o->notify_dir = "/state/id/notify";
	} else
		ok(false, "%s: unknown option '%s'", g->name, word);
}

/* Takes the comment lines off *text; they choose host and options. */
static void read_head(struct golden *g, char **text)
{
	size_t used = 0;

	g->head[0] = '\0';
	while (**text == '#') {
		char line[256], *save = NULL;
		char *end = strchr(*text, '\n');
		size_t len = end ? (size_t)(end - *text) + 1 : strlen(*text);
		const char *key, *word;

		if (len >= sizeof(line) || used + len >= sizeof(g->head))
			break;
		memcpy(g->head + used, *text, len);
		used += len;
		g->head[used] = '\0';
		memcpy(line, *text, len);
		line[len] = '\0';
		*text += len;
		strtok_r(line, " \n", &save); /* "#" */
		key = strtok_r(NULL, " \n", &save);
		while (key && (word = strtok_r(NULL, " \n", &save))) {
			if (strcmp(key, "host:") == 0)
				set_host(g, word);
			else if (strcmp(key, "options:") == 0)
				set_option(g, word);
		}
	}
}

static int read_config(struct golden *g, char **ret, size_t *ret_len)
{
	char path[300];
	int r;

	snprintf(path, sizeof(path), "plan/%s.json", g->name);
	r = io_read_file_at(g->tests, path, FILE_MAX, ret, ret_len);
	if (r != -ENOENT)
		return r;
	snprintf(path, sizeof(path), "samples/%s.json", g->name);
	return io_read_file_at(g->tests, path, FILE_MAX, ret, ret_len);
}

static void make_text(struct golden *g, const char *json, size_t len, struct strbuf *out)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct launch_plan plan;
	struct oci_config *config;
	int r;

	g->opt.id = g->name;
	g->opt.bundle = "/bundle";
	r = oci_load_memory(&a, "config.json", json, len, &config, &e);
	if (r == 0)
		r = plan_create(&a, config, &g->host, &g->opt, &plan, &e);
	if (r == 0)
		plan_dump(&plan, out);
	else
		strbuf_addf(out, "error: %s%s%s\n", e.msg, *e.hint ? "\nhint: " : "", e.hint);
}

/* The first line that differs, for the eye. */
static void show_difference(const char *got, const char *want)
{
	int line = 1;

	while (*got && *want) {
		size_t g = strcspn(got, "\n"), w = strcspn(want, "\n");

		if (g != w || memcmp(got, want, g) != 0)
			break;
		got += g + (got[g] == '\n');
		want += w + (want[w] == '\n');
		line++;
	}
	printf("# line %d\n# got  %.*s\n# want %.*s\n", line, (int)strcspn(got, "\n"), got,
	       (int)strcspn(want, "\n"), want);
}

static void run_one(struct golden *g, char *text)
{
	cleanup_free char *json = NULL;
	struct strbuf out;
	char path[300];
	size_t len;
	int r;

	set_host(g, "rootless");
	g->opt = (struct plan_options){ 0 };
	g->receiver[0] = '\0';
	read_head(g, &text);
	g->host.seccomp_receiver = g->receiver;
	r = read_config(g, &json, &len);
	if (!ok(r == 0, "%s: config is there", g->name))
		return;
	strbuf_init(&out, FILE_MAX);
	if (g->update)
		strbuf_adds(&out, g->head);
	make_text(g, json, len, &out);
	if (g->update) {
		snprintf(path, sizeof(path), "plan/%s.plan", g->name);
		r = io_write_file_at(g->tests, path, out.s, out.len, 0644);
		is_int(r, 0, path);
	} else if (!ok(strcmp(out.s, text) == 0, "plan of %s", g->name)) {
		show_difference(out.s, text);
	}
	strbuf_done(&out);
}

static void run_file(struct golden *g, const char *file)
{
	size_t len = strlen(file);
	cleanup_free char *text = NULL;
	char name[256], path[300];
	int r;

	if (len < 6 || len >= sizeof(name) || strcmp(file + len - 5, ".plan") != 0)
		return;
	memcpy(name, file, len - 5);
	name[len - 5] = '\0';
	g->name = name;
	snprintf(path, sizeof(path), "plan/%s", file);
	r = io_read_file_at(g->tests, path, FILE_MAX, &text, NULL);
	if (ok(r == 0, "read %s", path))
		run_one(g, text);
}

int main(int argc, char **argv)
{
	struct golden g = { .update = argc > 1 && strcmp(argv[1], "--update") == 0 };
	const char *suite = getenv("URUN_TEST_DIR");
	struct dirent **names = NULL;
	char dir[4096];
	int n;

	if (suite)
		snprintf(dir, sizeof(dir), "%s/tests", suite);
	else
		snprintf(dir, sizeof(dir), "%s",
			 argc > 1 + g.update ? argv[1 + g.update] : "tests");
	g.tests = path_open(dir, O_PATH | O_DIRECTORY);
	if (!ok(g.tests >= 0, "open the tests folder '%s'", dir))
		return tap_done();
	snprintf(dir + strlen(dir), sizeof(dir) - strlen(dir), "/plan");
	n = scandir(dir, &names, NULL, alphasort);
	ok(n > 2, "plans are there");
	for (int i = 0; i < n; i++) {
		run_file(&g, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	close(g.tests);
	return tap_done();
}
