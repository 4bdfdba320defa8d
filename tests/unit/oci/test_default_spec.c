/* SPDX-License-Identifier: Apache-2.0 */
/* K16: the config that `urun spec` writes is one that urun takes. */
#include "oci/default_spec.h"

#include "oci/config.h"

#include "../tap.h"

static bool has_namespace(const struct oci_config *c, enum oci_namespace_type type)
{
	for (size_t i = 0; i < c->linux->n_namespaces; i++)
		if (c->linux->namespaces[i].type == type)
			return true;
	return false;
}

static bool has_option(const struct oci_mount *m, const char *option)
{
	for (size_t i = 0; i < m->options.n; i++)
		if (!strcmp(m->options.v[i], option))
			return true;
	return false;
}

static void test(bool rootless)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_strbuf struct strbuf b = STRBUF_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct oci_config *c;
	const char *kind = rootless ? "K16 rootless" : "K16";

	ok(oci_default_spec(rootless, &b) == 0 && b.len && b.s[b.len - 1] == '\n',
	   "%s: text that ends with a newline", kind);
	if (!ok(oci_load_memory(&a, "config.json", b.s, b.len, &c, &e) == 0, "%s: loads", kind)) {
		printf("# %s\n", e.msg);
		return;
	}
	is_str(c->oci_version, "1.3.0", "version");
	ok(c->process->args.n == 1 && !strcmp(c->process->args.v[0], "sh") &&
		   c->process->terminal && c->process->no_new_privileges &&
		   !strcmp(c->process->cwd, "/") && c->process->env.n == 2,
	   "%s: process", kind);
	ok(c->process->capabilities->bounding.n == 3 &&
		   c->process->capabilities->effective.n == 3 &&
		   c->process->capabilities->permitted.n == 3 &&
		   !c->process->capabilities->inheritable.n && !c->process->capabilities->ambient.n,
	   "%s: capabilities", kind);
	ok(c->process->n_rlimits == 1 && c->process->rlimits[0].soft == 1024 &&
		   c->process->rlimits[0].hard == 1024,
	   "%s: rlimits", kind);
	ok(!strcmp(c->root->path, "rootfs") && c->root->readonly && !strcmp(c->hostname, "urun"),
	   "%s: root and hostname", kind);
	ok(c->n_mounts == 7 && has_option(&c->mounts[2], "ptmxmode=0666") &&
		   has_option(&c->mounts[2], "gid=5") == !rootless,
	   "%s: seven mounts, gid=5 only where it is mapped", kind);
	ok(c->linux->n_namespaces == (rootless ? 7 : 6) &&
		   has_namespace(c, OCI_NS_USER) == rootless && has_namespace(c, OCI_NS_CGROUP),
	   "%s: namespaces", kind);
	ok(c->linux->masked_paths.n == 10 && c->linux->readonly_paths.n == 5, "%s: paths", kind);
	ok(!c->linux->resources == rootless, "%s: device rules", kind);
}

int main(void)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(100);

	test(false);
	test(true);
	ok(oci_default_spec(true, &b) < 0, "a buffer that is too small is told");
	return tap_done();
}
