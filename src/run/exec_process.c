/* SPDX-License-Identifier: Apache-2.0 */
/* What process exec starts: the config's, with the caller's wishes laid over it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "plan/capabilities.h"
#include "run/exec.h"

static int no_memory(struct error *e)
{
	return error_set(e, ENOMEM, "put the process together");
}

static size_t count(const char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

static int read_process(struct arena *a, const char *file, struct oci_process **ret,
			struct error *e)
{
	cleanup_free char *text = NULL;
	size_t len;
	int r = io_read_input_at(AT_FDCWD, file, OCI_CONFIG_MAX, &text, &len);

	if (r < 0)
		return error_kind_set(e, KIND_CONFIG_UNREADABLE, r, "read the process file '%s'",
				      file);
	return oci_load_process(a, io_input_name(file), text, len, ret, e);
}

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strcspn(b, "=") == n && memcmp(a, b, n) == 0;
}

/* The later NAME=VALUE of a name replaces the earlier (E01, E09). */
static int merge_env(struct arena *a, struct oci_strings *env, const char *const *more,
		     struct error *e)
{
	size_t n = env->n, extra = count(more);
	char **v = arena_calloc(a, n + extra + 1, sizeof(*v));

	if (!v)
		return no_memory(e);
	if (n)
		memcpy(v, env->v, n * sizeof(*v));
	for (size_t i = 0; i < extra; i++) {
		size_t at = 0;

		if (!strchr(more[i], '=') || more[i][0] == '=')
			return error_msg(e, EINVAL, "--env '%s': must be NAME=VALUE", more[i]);
		while (at < n && !same_name(v[at], more[i]))
			at++;
		v[at] = (char *)more[i];
		n += at == n;
	}
	*env = (struct oci_strings){ v, n };
	return 0;
}

static int add_strings(struct arena *a, struct oci_strings *s, const char *const *more,
		       struct error *e)
{
	size_t extra = count(more);
	char **v = arena_calloc(a, s->n + extra + 1, sizeof(*v));

	if (!v)
		return no_memory(e);
	if (s->n)
		memcpy(v, s->v, s->n * sizeof(*v));
	for (size_t i = 0; i < extra; i++)
		v[s->n + i] = (char *)more[i];
	*s = (struct oci_strings){ v, s->n + extra };
	return 0;
}

/*
 * E03: as runc, added to the container's sets, or, as crun, in their place. Never
 * inheritable (CVE-2022-27650); ambient only where the kernel would not lose them
 * otherwise, i.e. not at all: a uid other than 0 that needs them asks by its config.
 */
static int add_caps(struct arena *a, struct oci_process *p, const char *const *caps, bool replace,
		    struct error *e)
{
	struct oci_capabilities *c;
	int r;

	if (count(caps) == 0 && !replace)
		return 0;
	/* In a config it is left out (C46); who types one wants to know. */
	for (size_t i = 0; caps && caps[i]; i++)
		if (capability_number(caps[i]) < 0)
			return error_msg(e, EINVAL, "--cap: '%s' is no capability", caps[i]);
	c = arena_alloc(a, sizeof(*c));
	if (!c)
		return no_memory(e);
	if (p->capabilities && !replace)
		*c = *p->capabilities;
	r = add_strings(a, &c->bounding, caps, e);
	if (r == 0)
		r = add_strings(a, &c->permitted, caps, e);
	if (r == 0)
		r = add_strings(a, &c->effective, caps, e);
	if (r == 0)
		p->capabilities = c;
	return r;
}

static int add_gids(struct arena *a, struct oci_user *u, const struct exec_request *req,
		    struct error *e)
{
	const uint32_t *own = req->replaces_gids ? req->user_gids : u->additional_gids;
	size_t n = req->replaces_gids ? req->n_user_gids : u->n_additional_gids;
	uint32_t *g = arena_calloc(a, n + req->n_gids + 1, sizeof(*g));

	if (!g)
		return no_memory(e);
	if (n)
		memcpy(g, own, n * sizeof(*g));
	if (req->n_gids)
		memcpy(g + n, req->gids, req->n_gids * sizeof(*g));
	u->additional_gids = g;
	u->n_additional_gids = n + req->n_gids;
	return 0;
}

/* The entry's HOME where a login would set it: unless somebody else has. */
static int add_home(struct arena *a, const char *home, struct oci_strings *env, struct error *e)
{
	const char *const more[] = { home, NULL };

	for (size_t i = 0; home && i < env->n; i++)
		if (same_name(env->v[i], "HOME"))
			return 0;
	return home ? add_strings(a, env, more, e) : 0;
}

static int lay_over(struct arena *a, const struct exec_request *req, struct oci_process *p,
		    struct error *e)
{
	int r;

	p->args = (struct oci_strings){ 0 };
	r = add_strings(a, &p->args, req->argv, e);
	if (r == 0)
		r = merge_env(a, &p->env, req->env, e);
	if (r == 0)
		r = add_home(a, req->home, &p->env, e);
	if (r == 0)
		r = add_caps(a, p, req->caps, req->replaces_caps, e);
	if (r == 0)
		r = add_gids(a, &p->user, req, e);
	if (r < 0)
		return r;
	/* exec has a terminal where it asks for one, not where the container has. */
	p->terminal = req->tty;
	p->console_size = req->tty ? p->console_size : NULL;
	if (req->has_uid)
		p->user.uid = req->uid;
	if (req->has_gid)
		p->user.gid = req->gid;
	if (req->cwd)
		p->cwd = req->cwd;
	if (req->apparmor_profile)
		p->apparmor_profile = req->apparmor_profile;
	if (req->selinux_label)
		p->selinux_label = req->selinux_label;
	p->no_new_privileges = p->no_new_privileges || req->no_new_privs;
	return oci_validate_process(p, e);
}

int exec_process(struct arena *a, const struct oci_config *c, const struct exec_request *req,
		 struct oci_process **ret, struct error *e)
{
	struct oci_process *p;
	int r;

	if (req->process_file) {
		r = read_process(a, req->process_file, &p, e);
		if (r < 0)
			return r;
		if (p->args.n == 0)
			return error_msg(e, EINVAL,
					 "'%s': .args is empty, there is nothing to start",
					 req->process_file);
		p->terminal = (p->terminal || req->tty) && !req->no_tty;
	} else {
		if (!c->process)
			return error_msg(e, EINVAL,
					 "the config has no .process to start from: use "
					 "--process");
		p = arena_alloc(a, sizeof(*p));
		if (!p)
			return no_memory(e);
		*p = *c->process;
		r = lay_over(a, req, p, e);
		if (r < 0)
			return r;
	}
	/* Only ever tightened: an exec must not get out by a setuid program. */
	if (c->process && c->process->no_new_privileges)
		p->no_new_privileges = true;
	*ret = p;
	return 0;
}
