/* SPDX-License-Identifier: Apache-2.0 */
/* See plugins.h. */
#include "run/plugins.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#define KEY ".annotations[\"run.oci.seccomp.plugins\"]"

static size_t at_least(size_t size, size_t min)
{
	return size > min ? size : min;
}

/* The kernel's structures may be longer than ours. */
static int make_buffers(struct plugins *p, struct error *e)
{
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &p->sizes) < 0)
		return error_set(e, errno, KEY ": ask for the size of a seccomp notification");
	p->request = calloc(1, at_least(p->sizes.seccomp_notif, sizeof(*p->request)));
	p->response = calloc(1, at_least(p->sizes.seccomp_notif_resp, sizeof(*p->response)));
	return p->request && p->response ? 0 : error_set(e, ENOMEM, KEY);
}

static void *symbol(const struct plugin *p, const char *name)
{
	return dlsym(p->library, name);
}

/* In our own words where engines would take libc's for the command's error. */
static int cannot_load(const char *name, const char *why, struct error *e)
{
	static const int errnums[] = { ENOENT, EACCES, EPERM };

	for (size_t i = 0; i < ARRAY_SIZE(errnums); i++)
		if (why && strstr(why, strerror(errnums[i])))
			return error_set(e, errnums[i], KEY ": load '%s'", name);
	return error_msg(e, EINVAL, KEY ": load '%s': %s", name, why ? why : "unknown error");
}

static int load_one(struct plugin *p, const char *name, struct plugin_conf *conf, struct error *e)
{
	plugin_version_fn version;
	plugin_start_fn start;
	int r;

	p->library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (!p->library)
		return cannot_load(name, dlerror(), e);
	version = (plugin_version_fn)symbol(p, PLUGIN_SYMBOL("version"));
	r = version ? version() : PLUGIN_ABI_VERSION;
	if (r != PLUGIN_ABI_VERSION)
		return error_msg(e, ENOTSUP, KEY ": '%s' is for version %d of the interface, not 1",
				 name, r);
	p->handle_request = (plugin_handle_request_fn)symbol(p, PLUGIN_SYMBOL("handle_request"));
	if (!p->handle_request)
		return error_msg(e, ENOTSUP,
				 KEY ": '%s' has no '" PLUGIN_SYMBOL("handle_request") "'", name);
	start = (plugin_start_fn)symbol(p, PLUGIN_SYMBOL("start"));
	r = start ? start(&p->opaque, conf, sizeof(*conf)) : 0;
	if (r != 0)
		return error_set(e, r, KEY ": start '%s'", name);
	p->stop = (plugin_stop_fn)symbol(p, PLUGIN_SYMBOL("stop"));
	return 0;
}

int plugins_load(struct plugins *p, char *const *names, struct plugin_conf *conf, struct error *e)
{
	size_t max = 0;
	int r = make_buffers(p, e);

	while (names[max])
		max++;
	p->v = r == 0 ? calloc(max, sizeof(*p->v)) : NULL;
	if (r == 0 && !p->v)
		r = error_set(e, ENOMEM, KEY);
	for (; r == 0 && p->n < max; p->n++) {
		r = load_one(&p->v[p->n], names[p->n], conf, e);
		if (r < 0)
			break;
	}
	return r;
}

/* Asks one after the other; false: nothing is to be sent. */
static bool ask(struct plugins *p, int listener)
{
	struct seccomp_notif_resp *resp = p->response;

	for (size_t i = 0; i < p->n; i++) {
		int handled = PLUGIN_NOT_HANDLED;
		int r = p->v[i].handle_request(p->v[i].opaque, &p->sizes, p->request, resp,
					       listener, &handled);

		if (r == 0 && handled == PLUGIN_NOT_HANDLED)
			continue;
		if (r == 0 && handled == PLUGIN_RESPOND)
			return true;
		if (r == 0 && handled == PLUGIN_RESPONDS_LATER)
			return false;
		resp->val = 0;
		if (r == 0 && handled == PLUGIN_RESPOND_CONTINUE) {
			resp->error = 0;
			resp->flags |= SECCOMP_USER_NOTIF_FLAG_CONTINUE;
			return true;
		}
		/* It failed, or says what the interface does not know. */
		resp->error = -EIO;
		resp->flags = 0;
		return true;
	}
	resp->val = 0;
	resp->error = -ENOTSUP;
	resp->flags = 0;
	return true;
}

static void respond(struct plugins *p, int listener)
{
	struct seccomp_notif_resp *resp = p->response;

	resp->id = p->request->id;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, resp) == 0 || errno != EINVAL)
		return;
	/* The plugin's is none that the kernel takes: the process must not hang. */
	resp->val = 0;
	resp->error = -EIO;
	resp->flags = 0;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, resp);
}

void plugins_serve(struct plugins *p, int listener)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = listener, .events = POLLIN };

		if (poll(&poll_fd, 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		/* Without POLLIN: POLLHUP, nobody is under the filter any more. */
		if (!(poll_fd.revents & POLLIN))
			return;
		memset(p->request, 0, p->sizes.seccomp_notif);
		memset(p->response, 0, p->sizes.seccomp_notif_resp);
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, p->request) < 0) {
			/* ENOENT: the process was killed meanwhile. */
			if (errno == EINTR || errno == ENOENT)
				continue;
			return;
		}
		if (ask(p, listener))
			respond(p, listener);
	}
}

void plugins_stop(struct plugins *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].stop)
			(void)p->v[i].stop(p->v[i].opaque);
}
