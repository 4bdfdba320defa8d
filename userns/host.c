/* SPDX-License-Identifier: Apache-2.0 */
/* See host.h. */
#include "userns/host.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/path.h"

/* A distribution that keeps the helpers elsewhere sets these at build time. */
#ifndef URUN_NEWUIDMAP
#define URUN_NEWUIDMAP NULL
#endif
#ifndef URUN_NEWGIDMAP
#define URUN_NEWGIDMAP NULL
#endif

const struct userns_host userns_host_default = {
	.etc = "/etc",
	.proc = "/proc",
	.helper_dirs = { "/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin" },
	.newuidmap = URUN_NEWUIDMAP,
	.newgidmap = URUN_NEWGIDMAP,
};

int userns_host_read(struct arena *a, const char *dir, const char *name, char **ret,
		     size_t *ret_len)
{
	cleanup_free char *text = NULL;
	char *path, *copy;
	size_t len;
	int r;

	path = arena_printf(a, "%s/%s", dir, name);
	if (!path)
		return -ENOMEM;
	r = io_read_file_at(AT_FDCWD, path, USERNS_FILE_MAX, &text, &len);
	if (r < 0)
		return r;
	copy = arena_strndup(a, text, len);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	if (ret_len)
		*ret_len = strlen(copy);
	return 0;
}

const char *userns_host_helper(struct arena *a, const struct userns_host *h, bool gid)
{
	const char *fixed;
	struct stat st;

	h = h ? h : &userns_host_default;
	fixed = gid ? h->newgidmap : h->newuidmap;
	if (fixed)
		return path_stat(fixed, &st) == 0 && S_ISREG(st.st_mode) ? fixed : NULL;
	for (size_t i = 0; i < USERNS_HELPER_DIRS && h->helper_dirs[i]; i++) {
		char *path = arena_printf(a, "%s/%s", h->helper_dirs[i],
					  gid ? "newgidmap" : "newuidmap");

		if (path && path_stat(path, &st) == 0 && S_ISREG(st.st_mode))
			return path;
	}
	return NULL;
}

static size_t word_len(const char *p)
{
	return strcspn(p, " \t\r\n#[");
}

/* Words up to the line's end: is one not "files"? [NOTFOUND=return] is no source. */
static bool line_has_other(const char *p)
{
	for (;;) {
		size_t n;

		p += strspn(p, " \t\r");
		if (*p == '[') {
			p += strcspn(p, "]\n");
			if (*p == ']')
				p++;
			continue;
		}
		n = word_len(p);
		if (n == 0)
			return false;
		if (n != 5 || strncmp(p, "files", 5) != 0)
			return true;
		p += n;
	}
}

bool nsswitch_has_other(const char *text, const char *database)
{
	size_t len = strlen(database);

	while (*text) {
		const char *p = text + strspn(text, " \t");

		if (strncmp(p, database, len) == 0) {
			p += len;
			p += strspn(p, " \t");
			if (*p == ':')
				return line_has_other(p + 1);
		}
		text += strcspn(text, "\n");
		if (*text == '\n')
			text++;
	}
	return false;
}

bool userns_host_has_nss(const struct userns_host *h, const char *database)
{
	cleanup_arena struct arena a = ARENA_INIT;
	char *text;

	h = h ? h : &userns_host_default;
	return userns_host_read(&a, h->etc, "nsswitch.conf", &text, NULL) == 0 &&
	       nsswitch_has_other(text, database);
}

const char *passwd_find_name(struct arena *a, const char *text, uid_t uid)
{
	while (*text) {
		size_t name_len = strcspn(text, ":\n");
		const char *p = text + name_len;
		uint64_t v;

		if (name_len > 0 && *p == ':' && strchr("+-#", *text) == NULL) {
			p++;
			p += strcspn(p, ":\n");
			if (*p == ':') {
				p++;
				if (parse_u64_at(&p, &v) == 0 && *p == ':' && v == uid)
					return arena_strndup(a, text, name_len);
			}
		}
		text = p + strcspn(p, "\n");
		if (*text == '\n')
			text++;
	}
	return NULL;
}

/* What LDAP, SSSD or systemd-userdb say. */
static const char *nss_user_name(struct arena *a, uid_t uid)
{
	for (size_t len = 4096; len <= USERNS_FILE_MAX; len *= 4) {
		cleanup_free char *buf = malloc(len);
		struct passwd pw, *found = NULL;
		int r;

		if (!buf)
			return NULL;
		do
			r = getpwuid_r(uid, &pw, buf, len, &found);
		while (r == EINTR);
		if (r == ERANGE)
			continue;
		return r == 0 && found ? arena_strdup(a, found->pw_name) : NULL;
	}
	return NULL;
}

const char *userns_host_user_name(struct arena *a, const struct userns_host *h, uid_t uid)
{
	const char *name = NULL;
	char *text;

	h = h ? h : &userns_host_default;
	if (userns_host_read(a, h->etc, "passwd", &text, NULL) == 0)
		name = passwd_find_name(a, text, uid);
	if (!name && userns_host_has_nss(h, "passwd"))
		name = nss_user_name(a, uid);
	return name;
}

static bool nss_group_id(struct arena *a, const struct user_word *name, uint32_t *ret)
{
	const char *s = arena_strndup(a, name->s, name->len);

	for (size_t len = 4096; s && len <= USERNS_FILE_MAX; len *= 4) {
		cleanup_free char *buf = malloc(len);
		struct group gr, *found = NULL;
		int r;

		if (!buf)
			return false;
		do
			r = getgrnam_r(s, &gr, buf, len, &found);
		while (r == EINTR);
		if (r == ERANGE)
			continue;
		if (r == 0 && found)
			*ret = gr.gr_gid;
		return r == 0 && found;
	}
	return false;
}

bool userns_host_group_id(struct arena *a, const struct userns_host *h,
			  const struct user_word *name, uint32_t *ret)
{
	struct passwd_text groups;
	char *text;

	h = h ? h : &userns_host_default;
	if (userns_host_read(a, h->etc, "group", &text, &groups.len) == 0) {
		groups.s = text;
		if (group_find(&groups, name, ret))
			return true;
	}
	return userns_host_has_nss(h, "group") && nss_group_id(a, name, ret);
}
