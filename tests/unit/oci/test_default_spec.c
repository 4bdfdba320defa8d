/* SPDX-License-Identifier: Apache-2.0 */
/* K16: the config that `urun spec` writes is one that urun takes. */
#include "oci/default_spec.h"

#include "base/cleanup.h"
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
	const struct oci_spec_request req = { .rootless = rootless };

	ok(oci_default_spec(&req, &b, &e) == 0 && b.len && b.s[b.len - 1] == '\n',
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

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* The config for a request, or NULL with the error's text in *why. */
static struct oci_config *load(struct arena *a, const struct oci_spec_request *req,
			       struct error *why)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(1 << 20);
	struct oci_config *c = NULL;

	error_clear(why);
	if (oci_default_spec(req, &b, why) < 0)
		return NULL;
	if (!ok(oci_load_memory(a, "config.json", b.s, b.len, &c, why) == 0, "K16 it loads"))
		printf("# %s\n", why->msg);
	return c;
}

static void test_request(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	const struct oci_spec_request req = {
		.rootless = true,
		.uid = 1000,
		.gid = 1001,
		.args = LIST("bash", "-c", "a \"b\" \\"),
		.env = LIST("A=1", "TERM=dumb", "A=2=3", "E="),
		.rootfs = "../alpine",
	};
	struct oci_config *c = load(&a, &req, &e);

	if (!c)
		return;
	ok(c->process->user.uid == 1000 && c->process->user.gid == 1001, "K16 --keep-id");
	ok(c->process->args.n == 3 && !strcmp(c->process->args.v[2], "a \"b\" \\"), "K16 --arg");
	ok(c->process->env.n == 4 && !strncmp(c->process->env.v[0], "PATH=", 5) &&
		   !strcmp(c->process->env.v[1], "TERM=dumb") &&
		   !strcmp(c->process->env.v[2], "A=2=3") && !strcmp(c->process->env.v[3], "E="),
	   "K16 --env: the last of a name counts, also over a default");
	is_str(c->root->path, "../alpine", "K16 --rootfs");
}

static void test_host_rootfs(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct oci_spec_request req = {
		.rootless = true,
		.uid = 7,
		.gid = 8,
		.host_rootfs = true,
		.private = LIST("/tmp", "/run"),
		.home = "/home/ana",
	};
	struct oci_config *c = load(&a, &req, &e);

	if (!c)
		return;
	ok(!strcmp(c->root->path, "/") && c->root->readonly, "K16 --host-rootfs: read-only '/'");
	is_str(c->process->cwd, "/home/ana", "K16 --host-rootfs: starts at home");
	is_str(c->process->env.v[2], "HOME=/home/ana", "K16 --host-rootfs: HOME");
	ok(c->n_mounts == 10 && !strcmp(c->mounts[7].destination, "/tmp") &&
		   !strcmp(c->mounts[7].type, "tmpfs") && has_option(&c->mounts[7], "mode=1777") &&
		   has_option(&c->mounts[8], "mode=755"),
	   "K16 --host-rootfs: private folders");
	ok(!strcmp(c->mounts[9].destination, "/home/ana") && !strcmp(c->mounts[9].type, "tmpfs") &&
		   has_option(&c->mounts[9], "uid=7") && has_option(&c->mounts[9], "gid=8") &&
		   has_option(&c->mounts[9], "mode=700"),
	   "K16 --home private");
	req.home_mode = OCI_SPEC_HOME_WRITABLE;
	c = load(&a, &req, &e);
	ok(c && c->n_mounts == 10 && !strcmp(c->mounts[9].type, "bind") &&
		   !strcmp(c->mounts[9].source, "/home/ana"),
	   "K16 --home rw");
	req.home_mode = OCI_SPEC_HOME_READ_ONLY;
	c = load(&a, &req, &e);
	ok(c && c->n_mounts == 9, "K16 --home ro");
}

static const struct mount_row {
	const char *text, *type, *source, *destination;
	const char *options[4];
} mount_rows[] = {
	{ "type=bind,source=/a,destination=/b", "bind", "/a", "/b", { "rbind" } },
	{ "src=/a,dst=/b,ro", "bind", "/a", "/b", { "ro", "rbind" } },
	{ "type=bind,src=a,target=/b,readonly=true,bind", "bind", "a", "/b", { "ro", "bind" } },
	{ "src=/a,dst=/b,readonly=false,bind-propagation=rslave,bind-nonrecursive",
	  "bind",
	  "/a",
	  "/b",
	  { "rw", "rslave", "bind" } },
	{ "dst=/t", "tmpfs", "tmpfs", "/t", { NULL } },
	{ "type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700,noexec",
	  "tmpfs",
	  "tmpfs",
	  "/t",
	  { "size=1m", "mode=700", "noexec" } },
	{ "type=overlay,source=o,dst=/t,lowerdir=/a:/b",
	  "overlay",
	  "o",
	  "/t",
	  { "lowerdir=/a:/b" } },
	{ "dst=/a,dst=/b", "tmpfs", "tmpfs", "/b", { NULL } },
	{ "\"source=/a,b\",dst=/b,ro", "bind", "/a,b", "/b", { "ro", "rbind" } },
	{ "type=bind,\"src=/a\"\"b\",\"dst=/c,\",\"ro\"",
	  "bind",
	  "/a\"b",
	  "/c,",
	  { "ro", "rbind" } },
	{ "type=overlay,source=o,dst=/t,\"lowerdir=/a,b:/c\",\"x=\"\"\"\"\"",
	  "overlay",
	  "o",
	  "/t",
	  { "lowerdir=/a,b:/c", "x=\"\"" } },
	{ "\"tmpfs-size=1m\",dst=/t", "tmpfs", "tmpfs", "/t", { "size=1m" } },
};

static void test_mounts(void)
{
	static const char *const bad[] = { "",
					   ",",
					   "dst=/a,",
					   "type=bind,dst=/a",
					   "src=/a",
					   "dst=a",
					   "dst=",
					   "type=,dst=/a",
					   "type=volume,dst=/a",
					   "dst=/a,\"ro",
					   "dst=/a,\"ro\"\"",
					   "dst=/a,\"ro\"x",
					   "dst=\"/a\"",
					   "dst=/a,\"\"",
					   "\"",
					   "dst=/a,r\"o" };
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(mount_rows); i++) {
		const struct mount_row *row = &mount_rows[i];
		const struct oci_spec_request req = { .mounts = LIST(row->text) };
		struct oci_config *c = load(&a, &req, &e);
		const struct oci_mount *m;
		size_t n = 0;

		if (!ok(c && c->n_mounts == 8, "K16 --mount row %zu is taken", i))
			continue;
		m = &c->mounts[7];
		while (n < 4 && row->options[n] && n < m->options.n &&
		       !strcmp(row->options[n], m->options.v[n]))
			n++;
		ok(!strcmp(m->type, row->type) && !strcmp(m->source, row->source) &&
			   !strcmp(m->destination, row->destination) && n == m->options.n &&
			   !row->options[n],
		   "K16 --mount row %zu", i);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct oci_spec_request req = { .mounts = LIST(bad[i]) };

		ok(!load(&a, &req, &e) && !strncmp(e.msg, "--mount '", 9), "K16 bad --mount %zu",
		   i);
	}
}

static void test_refusals(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	const struct oci_spec_request no_name = { .env = LIST("=x") },
				      no_value = { .env = LIST("X") };
	const struct oci_spec_request odd = { .args = LIST("a\xff") };

	ok(!load(&a, &no_name, &e) && strstr(e.msg, "'=x'"), "K16 --env without a name");
	ok(!load(&a, &no_value, &e) && strstr(e.msg, "'X'"), "K16 --env without a value");
	ok(!load(&a, &odd, &e) && strstr(e.msg, "UTF-8"), "K16 bytes that JSON cannot carry");
}

int main(void)
{
	const struct oci_spec_request req = { .rootless = true };
	struct error e = ERROR_INIT;
	cleanup_strbuf struct strbuf b = STRBUF_INIT(100);

	test(false);
	test(true);
	test_request();
	test_host_rootfs();
	test_mounts();
	test_refusals();
	ok(oci_default_spec(&req, &b, &e) < 0 && *e.msg, "a buffer that is too small is told");
	return tap_done();
}
