/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes: the defaults, the config's, and who may make them (C39, C40). */
#include <errno.h>
#include <sys/stat.h>

#include "load.h"

static const struct device_plan *find(const struct launch_plan *p, const char *path)
{
	for (size_t i = 0; i < p->rootfs.n_devices; i++)
		if (strcmp(p->rootfs.devices[i].path, path) == 0)
			return &p->rootfs.devices[i];
	return NULL;
}

static void test_defaults(void)
{
	static const struct {
		const char *path;
		uint32_t major, minor;
	} want[] = {
		{ "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 },   { "/dev/full", 1, 7 },
		{ "/dev/tty", 5, 0 },  { "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 },
	};
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct launch_plan p;

	is_int(load_plan(&a, load(&a, "mount", "", ""), &load_rootless, &p, &e), 0, "plan");
	is_int((long long)p.rootfs.n_devices, 6, "C40 six default nodes");
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct device_plan *d = find(&p, want[i].path);

		ok(d && d->type == S_IFCHR && d->major == want[i].major &&
			   d->minor == want[i].minor && d->mode == 0666 && d->is_default,
		   "C40 %s", want[i].path);
		ok(d && d->source && strcmp(d->source, d->path) == 0,
		   "C39 bound without real root");
	}
}

static void test_configured(void)
{
	static const char json[] =
		"\"devices\":[{\"type\":\"c\",\"path\":\"/dev/../dev/fuse\",\"major\":10,\"minor\":229},"
		"{\"type\":\"c\",\"path\":\"/dev/null\",\"major\":1,\"minor\":3,\"fileMode\":384},"
		"{\"type\":\"p\",\"path\":\"/run/fifo\"}],";
	cleanup_arena struct arena a = ARENA_INIT;
	struct plan_host nested = load_root;
	struct error e = ERROR_INIT;
	struct launch_plan p;

	load_plan(&a, load(&a, "mount", json, ""), &load_rootless, &p, &e);
	is_int((long long)p.rootfs.n_devices, 8, "C39 one replaces a default node");
	ok(find(&p, "/dev/fuse") && find(&p, "/dev/fuse")->mode == 0666,
	   "C39 path cleaned, mode 0666");
	ok(find(&p, "/dev/null")->mode == 0600 && !find(&p, "/dev/null")->is_default,
	   "C39 the config's word counts");
	ok(find(&p, "/run/fifo")->type == S_IFIFO && !find(&p, "/run/fifo")->source,
	   "C39 a FIFO is made by everybody");

	load_plan(&a, load(&a, "mount", json, ""), &load_root, &p, &e);
	ok(!find(&p, "/dev/fuse")->source && !find(&p, "/dev/zero")->source,
	   "C39 real root: mknod");
	nested.initial_userns = false;
	load_plan(&a, load(&a, "mount", json, ""), &nested, &p, &e);
	ok(find(&p, "/dev/fuse")->source, "C39 root of a user namespace: bound");
}

static void test_dev_bound(void)
{
	static const char top[] = "\"mounts\":[{\"destination\":\"/dev/\",\"type\":\"bind\","
				  "\"source\":\"/dev\",\"options\":[\"rbind\"]}],";
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct launch_plan p;

	is_int(load_plan(&a, load(&a, "mount", "", top), &load_rootless, &p, &e), 0,
	       "a bind at /dev");
	ok(p.rootfs.has_dev_mount && !p.rootfs.want_devices, "C40 the host's /dev is not changed");
	is_int((long long)p.rootfs.n_devices, 0, "C40 and gets no nodes");
}

int main(void)
{
	test_defaults();
	test_configured();
	test_dev_bound();
	return tap_done();
}
