/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces a container gets, and its id maps (I01-I07, C12). */
#include <errno.h>
#include <sched.h>

#include "load.h"

#define MAPS(c, h, n)                                                                   \
	"\"uidMappings\":[{\"containerID\":" #c ",\"hostID\":" #h ",\"size\":" #n "}]," \
	"\"gidMappings\":[{\"containerID\":" #c ",\"hostID\":" #h ",\"size\":" #n "}],"

static struct arena arena;

static int plan(const char *namespaces, const char *in_linux, const struct plan_host *host,
		struct namespace_plan *ret, struct error *e)
{
	struct launch_plan p = { 0 };
	int r = plan_namespaces(&arena, load(&arena, namespaces, in_linux, ""), host, &p, e);

	*ret = p.ns;
	return r;
}

static void test_user(void)
{
	struct plan_host host = load_rootless;
	struct error e = ERROR_INIT;
	struct namespace_plan ns;

	is_int(plan("mount", "", &host, &ns, &e), 0,
	       "I01 an ordinary user without a user namespace");
	ok(ns.clone_flags == (CLONE_NEWUSER | CLONE_NEWNS), "I01 gets one all the same");
	ok(ns.default_maps && ns.uid_map.n == 2 && ns.gid_map.n == 2, "I01 with his sub-ids");
	ok(!ns.deny_setgroups, "I03 setgroups stays allowed with sub-ids");

	host.maps_single = true;
	host.keep_setgroups = false;
	plan("mount", "", &host, &ns, &e);
	ok(ns.deny_setgroups, "I05 a lone id needs setgroups denied");
	plan("mount,user", MAPS(0, 1000, 1), &host, &ns, &e);
	ok(ns.deny_setgroups && !ns.default_maps, "I05 also where the config asks for it");
	plan("mount,user", MAPS(0, 100000, 10), &host, &ns, &e);
	ok(!ns.deny_setgroups, "I05 but not where a helper must write it anyway");

	is_int(plan("mount", "", &load_root, &ns, &e), 0, "I01 root without a user namespace");
	ok(ns.clone_flags == CLONE_NEWNS && ns.host[OCI_NS_USER], "I01 stays in the host's");
	ok(ns.uid_map.n == 0, "I01 and needs no map");
	is_int(plan("mount", MAPS(0, 0, 1), &load_root, &ns, &e), -EINVAL,
	       "maps without a namespace");
}

static void test_others(void)
{
	struct error e = ERROR_INIT;
	struct namespace_plan ns;

	plan("mount,pid,network,ipc,uts,cgroup", "", &load_root, &ns, &e);
	ok(ns.clone_flags == (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
			      CLONE_NEWUTS | CLONE_NEWCGROUP),
	   "C12 each type has its flag");
	ok(ns.new_cgroup && !ns.new_time && ns.loopback, "C12 a new network has its lo up");
	plan("mount,time", "", &load_root, &ns, &e);
	ok(ns.new_time && !(ns.clone_flags & CLONE_NEWTIME), "C12 time is unshared, not cloned");
	ok(ns.host[OCI_NS_NETWORK] && !ns.loopback, "C12 the host's lo is left alone");
	is_int(plan("pid", "", &load_root, &ns, &e), -EINVAL, "C12 no mount namespace");
	has_str(e.msg, "'mount' namespace is required", "C12 says so");
	is_int(plan("mount", "\"timeOffsets\":{\"boottime\":{\"secs\":1}},", &load_root, &ns, &e),
	       -EINVAL, "C12 time offsets without a time namespace");
}

static void test_join(void)
{
	struct oci_namespace list[] = {
		{ "mount", OCI_NS_MOUNT, NULL },
		{ "network", OCI_NS_NETWORK, "/run/netns/a" },
		{ "user", OCI_NS_USER, "/proc/7/ns/user" },
	};
	struct oci_linux l = { .namespaces = list, .n_namespaces = 3 };
	struct oci_config c = { .linux = &l };
	struct launch_plan p = { 0 };
	struct error e = ERROR_INIT;

	is_int(plan_namespaces(&arena, &c, &load_rootless, &p, &e), 0, "C13 join two");
	is_str(p.ns.join[OCI_NS_NETWORK], "/run/netns/a", "C13 by path");
	ok(p.ns.clone_flags == CLONE_NEWNS, "C13 a joined user namespace is not made");
	ok(!p.ns.host[OCI_NS_NETWORK] && !p.ns.loopback, "C13 it is neither the host's nor new");
	list[0].path = "/proc/7/ns/mnt";
	p = (struct launch_plan){ 0 };
	is_int(plan_namespaces(&arena, &c, &load_rootless, &p, &e), -ENOTSUP,
	       "C13 a mount namespace is not joined");
}

int main(void)
{
	test_user();
	test_others();
	test_join();
	arena_free(&arena);
	return tap_done();
}
