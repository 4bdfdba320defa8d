/* SPDX-License-Identifier: Apache-2.0 */
/* See hooks.h. */
#include "run/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "base/spawn.h"
#include "oci/state_doc.h"
#include "run/target.h"

enum { STATE_MAX = 1 << 20, TAIL_SHOWN = 1024 };

static const char *const kind_names[] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

static const struct oci_hook_list *list_of(const struct oci_hooks *h, enum hook_kind kind)
{
	switch (kind) {
	case HOOK_PRESTART:
		return &h->prestart;
	case HOOK_CREATE_RUNTIME:
		return &h->create_runtime;
	case HOOK_CREATE_CONTAINER:
		return &h->create_container;
	case HOOK_START_CONTAINER:
		return &h->start_container;
	case HOOK_POSTSTART:
		return &h->poststart;
	case HOOK_POSTSTOP:
		break;
	}
	return &h->poststop;
}

unsigned int hooks_mask(const struct oci_hooks *hooks)
{
	unsigned int mask = 0;

	for (unsigned int kind = HOOK_PRESTART; kind <= HOOK_POSTSTOP; kind++)
		if (list_of(hooks, (enum hook_kind)kind)->n)
			mask |= 1U << kind;
	return mask;
}

/* What all hooks of one list have in common. */
struct hook_run {
	enum hook_kind kind;
	const char *state; /* stdin */
	int cwd;
	int userns_pidfd; /* init's, whose user namespace they enter; -EBADF: ours */
	pid_t init;
	const struct hook_output *output;
};

/* It was to be root of the container's user namespace. */
static int explain_userns(int err, const char *what, const struct oci_hook *h, pid_t init,
			  struct error *e)
{
	if (err == -EINVAL && target_shares_userns(init))
		return error_kind(e, KIND_HOOK, EINVAL,
				  "%s: .annotations[\"" OCI_HOOKS_USERNS
				  "\"]: the container's user "
				  "namespace is the one you are in",
				  what);
	if (err == -EINVAL)
		return error_kind(e, KIND_HOOK, EINVAL,
				  "%s: .annotations[\"" OCI_HOOKS_USERNS
				  "\"]: no id is mapped to 0 "
				  "in the container's user namespace, so a hook cannot be its root",
				  what);
	error_kind_set(e, KIND_HOOK, err, "%s: run '%s' as root of the container's user namespace",
		       what, h->path);
	if (err == -EACCES)
		error_hint(e, "let others than you enter its folders and run it");
	return err;
}

static int run_one(const struct oci_hook *h, const char *what, const struct hook_run *run,
		   struct error *e)
{
	static char *no_env[] = { NULL };
	char *const argv0[] = { (char *)h->path, NULL };
	struct spawn_request req = {
		.path = h->path,
		.argv = h->args.n ? h->args.v : argv0,
		.envp = h->env.n ? h->env.v : no_env,
		.stdin_data = run->state,
		.stdin_len = strlen(run->state),
		.stdout_fd = run->output->out,
		.stderr_fd = run->output->err,
		.cwd_fd = run->cwd,
		.userns_pidfd = run->userns_pidfd,
		.timeout_ms = h->timeout > INT_MAX / 1000 ? INT_MAX : (int)h->timeout * 1000,
	};
	struct spawn_result res;
	const char *tail;
	char how[64];
	int r = spawn_run(&req, &res);

	/* The program has ended already, and with it the user namespace. */
	if (r == -ESRCH && req.userns_pidfd >= 0 && run->kind == HOOK_POSTSTART) {
		req.userns_pidfd = -EBADF;
		r = spawn_run(&req, &res);
	}
	if (r < 0 && req.userns_pidfd >= 0)
		return explain_userns(r, what, h, run->init, e);
	if (r < 0)
		return error_kind_set(e, KIND_HOOK, r, "%s: run '%s'", what, h->path);
	if (res.status == 0 && !res.timed_out)
		return 0;
	if (run->output->err_path)
		return error_msg(e, EIO, "%s: '%s' %s (its stderr is in '%s')", what, h->path,
				 spawn_describe(&res, how, sizeof(how)), run->output->err_path);
	/* Of many words the last say why. */
	tail = res.tail + (strlen(res.tail) > TAIL_SHOWN ? strlen(res.tail) - TAIL_SHOWN : 0);
	return error_kind(e, KIND_HOOK, EIO, "%s: '%s' %s%s%s", what, h->path,
			  spawn_describe(&res, how, sizeof(how)), tail[0] ? ": " : "", tail);
}

static int run_list(const struct oci_hook_list *list, const struct hook_run *run, struct error *e)
{
	for (size_t i = 0; i < list->n; i++) {
		char what[64];
		int r;

		snprintf(what, sizeof(what), ".hooks.%s[%zu]", kind_names[run->kind], i);
		r = run_one(&list->v[i], what, run, e);
		if (r == 0)
			continue;
		if (run->kind != HOOK_POSTSTOP)
			return r;
		log_warning("%s", e->msg);
		error_clear(e);
	}
	return 0;
}

static int format_state(const struct hook_state *s, struct strbuf *out, struct error *e)
{
	const struct oci_state_doc doc = {
		.id = s->id,
		.bundle = s->bundle,
		.status = s->status,
		.pid = s->pid,
		.annotations = s->annotations,
	};
	int r = oci_state_doc_write(&doc, false, out);

	return r < 0 ? error_set(e, r, "write the state for hooks") : 0;
}

int hooks_run(const struct oci_hooks *hooks, enum hook_kind kind, const struct hook_state *state,
	      struct error *e)
{
	const struct oci_hook_list *list = list_of(hooks, kind);
	cleanup_strbuf struct strbuf text = STRBUF_INIT(STATE_MAX);
	struct hook_output output = HOOK_OUTPUT_NONE;
	struct hook_run run = { .kind = kind, .userns_pidfd = -EBADF, .output = &output };
	cleanup_fd int cwd = -EBADF;
	int r;

	if (list->n == 0)
		return 0;
	r = format_state(state, &text, e);
	if (r < 0)
		return r;
	cwd = path_open(state->bundle, O_PATH | O_DIRECTORY);
	if (cwd < 0 && kind != HOOK_POSTSTOP)
		return error_set(e, cwd, "open the bundle '%s' for hooks", state->bundle);
	r = hook_output_open(state->annotations, &output, e);
	if (r < 0 && kind == HOOK_POSTSTOP) {
		log_warning("%s", e->msg);
		error_clear(e);
		r = 0;
	}
	run.state = text.s;
	run.cwd = cwd;
	run.init = state->pid;
	if (kind != HOOK_POSTSTOP && oci_map_is_on(state->annotations, OCI_HOOKS_USERNS))
		run.userns_pidfd = state->pidfd;
	if (r == 0)
		r = run_list(list, &run, e);
	hook_output_done(&output);
	return r;
}

/*
 * The pid in this text is the one the container sees, known in the child
 * alone; with a pid namespace of its own it is 1. The text around it is made
 * beforehand.
 */
int hooks_prepare_inside(struct launch *l, struct error *e)
{
	const struct oci_hooks *h = l->plan.hooks;
	struct hook_state s = {
		.id = l->plan.id,
		.bundle = l->plan.bundle,
		.status = "creating",
		.annotations = &l->config->annotations,
	};
	const enum hook_kind kinds[] = { HOOK_CREATE_CONTAINER, HOOK_START_CONTAINER };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		cleanup_strbuf struct strbuf text = STRBUF_INIT(STATE_MAX);
		int r;

		if (list_of(h, kinds[i])->n == 0)
			continue;
		/* A placeholder of the width of any pid, replaced in the child. */
		s.pid = INT_MAX;
		s.status = kinds[i] == HOOK_START_CONTAINER ? "created" : "creating";
		r = format_state(&s, &text, e);
		if (r < 0)
			return r;
		l->inside_state[i] = arena_strdup(l->arena, text.s);
		if (!l->inside_state[i])
			return error_set(e, ENOMEM, "write the state for hooks");
	}
	if (!l->inside_state[0] && !l->inside_state[1])
		return 0;
	return hook_output_open(&l->config->annotations, &l->hook_output, e);
}

/* Puts our pid over the placeholder, blanks behind it. */
static void place_pid(char *text)
{
	char placeholder[16], number[16];
	size_t len;
	char *at;

	len = (size_t)snprintf(placeholder, sizeof(placeholder), "%d", INT_MAX);
	snprintf(number, sizeof(number), "%-*d", (int)len, getpid());
	at = strstr(text, "\"pid\":");
	at = at ? strstr(at, placeholder) : NULL;
	if (at)
		memcpy(at, number, len);
}

int hooks_run_inside(struct launch *l, enum hook_kind kind, struct error *e)
{
	const struct oci_hook_list *list = list_of(l->plan.hooks, kind);
	char *text = l->inside_state[kind == HOOK_START_CONTAINER];
	const struct hook_run run = {
		.kind = kind,
		.state = text,
		/* Bundle and cwd: the inside has no bundle once the root is left. */
		.cwd = kind == HOOK_CREATE_CONTAINER ? l->bundle_fd : -1,
		.userns_pidfd = -EBADF, /* they are in it */
		.output = &l->hook_output,
	};

	if (list->n == 0 || !text)
		return 0;
	place_pid(text);
	return run_list(list, &run, e);
}
