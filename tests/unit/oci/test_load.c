/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole documents: what engines wrote (tests/samples), the spec's own examples.
 * What can be wrong with the file itself is in tests/bats/create.bats.
 */
#include "oci/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

#include "../tap.h"

static bool begins(const char *s, const char *head)
{
	return strncmp(s, head, strlen(head)) == 0;
}

/* 0 when the sample loads as what its name says it is. */
static int load_sample(int dir, const char *name, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_free char *text = NULL;
	struct oci_config *c;
	struct oci_process *p;
	struct limits *l;
	size_t len;
	int r = io_read_file_at(dir, name, OCI_CONFIG_MAX, &text, &len);

	if (r < 0)
		return r;
	if (begins(name, "exec-process"))
		return oci_load_process(&a, name, text, len, &p, e);
	if (begins(name, "podman-update"))
		return oci_load_resources(&a, name, text, len, &l, e);
	return oci_load_memory(&a, name, text, len, &c, e);
}

static bool is_config_sample(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".json") && !begins(name, "events-") &&
	       !begins(name, "features-") && !begins(name, "state-");
}

static void test_folder(const char *path, bool want_good, const char *what)
{
	cleanup_dir DIR *d = opendir(path);
	struct dirent *entry;
	unsigned int n = 0;

	if (!d) {
		skip(what, "the folder is not there");
		return;
	}
	while ((entry = readdir(d))) {
		struct error e = ERROR_INIT;
		int r;

		if (!is_config_sample(entry->d_name))
			continue;
		r = load_sample(dirfd(d), entry->d_name, &e);
		n++;
		if (!ok(want_good ? r == 0 : r == -EINVAL && *e.msg && !strchr(e.msg, '\n'),
			"%s: %s", what, entry->d_name))
			printf("# %d %s\n", r, e.msg);
	}
	ok(n > 0, "%s: the folder has some", what);
}

static void test_spec(void)
{
	const char *dir = getenv("URUN_SPEC_DIR");
	char path[512];

	snprintf(path, sizeof(path), "%s/test/config/good", dir ? dir : "../shared/spec");
	test_folder(path, true, "C50 the spec's good configs load");
	snprintf(path, sizeof(path), "%s/test/config/bad", dir ? dir : "../shared/spec");
	test_folder(path, false, "C50 the spec's bad configs are refused");
}

/* Values that came through whole, from one real config. */
static void test_contents(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	static const char name[] = "tests/samples/podman-rootless-uidmap.json";
	cleanup_free char *text = NULL;
	struct oci_config *c;
	size_t len;

	if (io_read_file_at(AT_FDCWD, name, OCI_CONFIG_MAX, &text, &len) == -ENOENT) {
		skip("C50 contents of a sample", "tests/samples is not here");
		return;
	}
	if (!ok(oci_load_memory(&a, name, text, len, &c, &e) == 0, "C50 a sample")) {
		printf("# %s\n", e.msg);
		return;
	}
	ok(c->linux->uid_mappings.n > 0 && c->linux->gid_mappings.n > 0, "I1 maps");
	ok(c->process && c->process->args.n && !c->process->args.v[c->process->args.n],
	   "args end with NULL");
	ok(c->process->has_env && c->process->n_rlimits > 0, "env and rlimits");
	ok(c->linux->seccomp && c->linux->seccomp->n_syscalls > 10 &&
		   c->linux->seccomp->default_errno_ret == 38 &&
		   c->linux->seccomp->has_default_errno_ret,
	   "X03 seccomp");
	ok(c->n_mounts > 5 && c->mounts[0].options.n > 0, "mounts");
	ok(c->linux->resources && c->linux->resources->n_devices > 0 &&
		   !c->linux->resources->devices[0].allow,
	   "resources");
}

static void test_parts(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct oci_process *p = NULL;
	struct limits *l = NULL;

	is_int(oci_load_resources(&a, "stdin", "{}", 2, &l, &e), 0, "V empty resources load");
	ok(oci_load_resources(&a, "r.json", "{\"memory\":{\"limit\":-5}}", 23, &l, &e) < 0 &&
		   !strcmp(e.msg, "r.json: .memory.limit: -5 is below -1 (unlimited)"),
	   "V a bad limit by its own path");
	ok(oci_load_resources(&a, "r.json", "{\"cpu\":{\"quota\":\"1\"}}", 21, &l, &e) < 0 &&
		   begins(e.msg, "r.json:1:17: .cpu.quota: expected a signed 64-bit integer"),
	   "V a bad type by its own path");
	ok(oci_load_process(&a, "p.json", "{\"cwd\":\"x\"}", 11, &p, &e) < 0 &&
		   !strcmp(e.msg, "p.json: .cwd: 'x' is not an absolute path"),
	   "E02 a bad process by its own path");
	ok(oci_load_process(&a, "p.json", "{}", 2, &p, &e) < 0 &&
		   !strcmp(e.msg, "p.json:1:1: required key 'cwd' is missing"),
	   "E02 a process without cwd");
	ok(!p, "outputs are untouched on failure");
}

static void mounts(const char *text, int want, size_t n)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct oci_mounts m = { 0 };
	int r = oci_load_mounts(&a, "file", text, strlen(text), &m, &e);

	ok(r == want && m.n == n && (r == 0 || strncmp(e.msg, "file:", 5) == 0),
	   "K18 mounts %s (%s)", text, e.msg);
}

static void test_mounts(void)
{
	mounts("[]", 0, 0);
	mounts(" [ ]\r\n\t", 0, 0);
	mounts("[{\"destination\":\"/a]\\\"[\\\\\"},{\"destination\":\"/b\"}]", 0, 2);
	mounts("", -EINVAL, 0);
	mounts("{}", -EINVAL, 0);
	mounts("null", -EINVAL, 0);
	mounts("[", -EINVAL, 0);
	mounts("[\"", -EINVAL, 0);
	mounts("[\"\\", -EINVAL, 0);
	mounts("]", -EINVAL, 0);
	mounts("[] []", -EINVAL, 0);
	mounts("[],\"x\":[]", -EINVAL, 0);
	mounts("[]}{\"mounts\":[]", -EINVAL, 0);
	mounts("[}]", -EINVAL, 0);
	mounts("[{\"destination\":\"\"}]", -EINVAL, 0);
	mounts("[{\"destination\":\"/a\",\"uidMappings\":[{\"containerID\":0,\"hostID\":0,"
	       "\"size\":1}]}]",
	       -EINVAL, 0);
	mounts("[{\"type\":\"tmpfs\"}]", -EINVAL, 0);
}

int main(void)
{
	test_mounts();
	test_folder("tests/samples", true, "C50 what engines wrote loads");
	test_spec();
	test_contents();
	test_parts();
	return tap_done();
}
