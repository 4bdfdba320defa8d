/* SPDX-License-Identifier: Apache-2.0 */
/* See bus.h. */
#include "cgroup/bus.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/strbuf.h"

enum { CONNECT_TIMEOUT_MS = 5000, TRIED_MAX = 1024 };

/* D-Bus spec, "Server Addresses": %XX in values, ',' and ';' end them. */
static const char *unescape(struct arena *a, const char *prefix, const char *s)
{
	size_t n = strlen(prefix), len = strcspn(s, ",;");
	char *out = arena_calloc(a, n + len + 1, 1);

	if (!out)
		return NULL;
	memcpy(out, prefix, n);
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len && parse_hex_digit(s[i + 1]) >= 0 &&
		    parse_hex_digit(s[i + 2]) >= 0) {
			out[n++] =
				(char)(parse_hex_digit(s[i + 1]) * 16 + parse_hex_digit(s[i + 2]));
			i += 2;
		} else {
			out[n++] = s[i];
		}
	}
	return out;
}

const char *bus_address_path(struct arena *a, const char *address)
{
	for (const char *p = address; *p; p += strcspn(p, ";"), p += *p == ';') {
		const char *key;

		if (strncmp(p, "unix:", 5) != 0)
			continue;
		for (key = p + 5; *key && *key != ';';
		     key += strcspn(key, ",;"), key += *key == ',') {
			if (strncmp(key, "path=", 5) == 0)
				return unescape(a, "", key + 5);
			if (strncmp(key, "abstract=", 9) == 0)
				return unescape(a, "@", key + 9);
		}
	}
	return NULL;
}

/* Not the C library's: engines take some of those for words about the user's command. */
static void add_why(struct strbuf *tried, int r)
{
	if (r == -ENOENT || r == -ENOTDIR)
		strbuf_adds(tried, " is not there");
	else if (r == -ECONNREFUSED)
		strbuf_adds(tried, " refuses connections");
	else if (r == -ETIMEDOUT || r == -EAGAIN)
		strbuf_adds(tried, " does not answer");
	else if (r == -EACCES || r == -EPERM)
		strbuf_adds(tried, " is closed to you");
	else
		strbuf_addf(tried, " (errno %d)", -r);
}

static int try_one(const char *path, bool direct, struct bus_socket *ret, struct strbuf *tried)
{
	const char *sep = tried->len ? ", " : "";
	struct stat st;
	int r = *path == '@' ? -EPROTONOSUPPORT : path_stat(path, &st);

	/* A runtime directory that came along with sudo or su is somebody else's. */
	if (r == 0 && st.st_uid != geteuid()) {
		strbuf_addf(tried, "%s'%s' is another user's", sep, path);
		return -EPERM;
	}
	if (r == 0)
		r = fd_connect_unix_timeout(path, CONNECT_TIMEOUT_MS, &ret->fd);
	if (r < 0) {
		strbuf_addf(tried, "%s'%s'", sep, path);
		add_why(tried, r);
		return r;
	}
	ret->direct = direct;
	ret->path = path;
	return 0;
}

struct candidate {
	const char *path;
	bool direct;
};

static size_t user_candidates(struct arena *a, const struct bus_caller *caller, struct candidate *c)
{
	const char *dir = caller->env->runtime_dir;
	const char *own = arena_printf(a, "/run/user/%u", caller->uid);
	size_t n = 0;

	if (caller->env->session)
		c[n++].path = bus_address_path(a, caller->env->session);
	if (dir && *dir == '/' && !(own && strcmp(dir, own) == 0)) {
		c[n++].path = arena_printf(a, "%s/bus", dir);
		c[n++] = (struct candidate){ arena_printf(a, "%s/systemd/private", dir), true };
	}
	if (own) {
		c[n++].path = arena_printf(a, "%s/bus", own);
		c[n++] = (struct candidate){ arena_printf(a, "%s/systemd/private", own), true };
	}
	return n;
}

static size_t system_candidates(struct arena *a, const struct bus_environment *env,
				struct candidate *c)
{
	size_t n = 0;

	if (env->system)
		c[n++].path = bus_address_path(a, env->system);
	c[n++].path = "/run/dbus/system_bus_socket";
	c[n++] = (struct candidate){ "/run/systemd/private", true };
	return n;
}

/* P08: what there is of a session tells what to mend. */
static int hint(const struct bus_caller *caller, bool refused, struct error *e)
{
	char dir[64];
	struct stat st;

	if (caller->privileged)
		return error_hint(e, "is systemd running here? Else use --cgroup-manager=cgroupfs");
	if (refused)
		return error_hint(e,
				  "your user manager has ended; as root: systemctl restart "
				  "user@%u.service",
				  caller->uid);
	snprintf(dir, sizeof(dir), "/run/user/%u", caller->uid);
	if (path_stat(dir, &st) == 0)
		return error_hint(e,
				  "apt-get install dbus-user-session; and as root: systemctl start "
				  "user@%u.service",
				  caller->uid);
	return error_hint(e,
			  "log in by ssh or 'machinectl shell' instead of su or sudo, or: "
			  "loginctl enable-linger; export XDG_RUNTIME_DIR=/run/user/%u",
			  caller->uid);
}

int bus_connect(struct arena *a, const struct bus_caller *caller, struct bus_socket *ret,
		struct error *e)
{
	cleanup_strbuf struct strbuf tried = STRBUF_INIT(TRIED_MAX);
	struct candidate c[8] = { 0 };
	size_t n = caller->privileged ? system_candidates(a, caller->env, c)
				      : user_candidates(a, caller, c);

	bool refused = false;

	ret->fd = -EBADF;
	for (size_t i = ret->next; i < n; i++) {
		int r = c[i].path ? try_one(c[i].path, c[i].direct, ret, &tried) : -ENOMEM;

		ret->next = i + 1;
		if (r == 0)
			return 0;
		refused |= r == -ECONNREFUSED;
	}
	error_kind(e, KIND_NO_BUS, ENOTCONN, "%s bus unreachable: tried %s",
		   caller->privileged ? "the system" : "the user", tried.s);
	return hint(caller, refused, e);
}
