/* SPDX-License-Identifier: Apache-2.0 */
/* Unit names from linux.cgroupsPath (D03). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "base/strbuf.h"
#include "cgroup/request.h"

enum {
	UNIT_NAME_MAX = 255, /* systemd's, with the suffix */
	UNIT_HEAD_MAX = 200,
	UNIT_HASH_DIGITS = 32,
	NAME_TEXT_MAX = 1 << 16, /* what is read of a path, escaped */
};

static const char unit_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				 ":-_.";

const char *cgroup_manager_name(enum cgroup_manager m)
{
	static const char *const names[] = {
		[CGROUP_AUTO] = "auto",
		[CGROUP_SYSTEMD] = "systemd",
		[CGROUP_CGROUPFS] = "cgroupfs",
		[CGROUP_DISABLED] = "disabled",
	};

	return names[m];
}

/* As systemd-escape(1): '/' becomes '-', what no unit name may hold \xNN. */
static void add_escaped(struct strbuf *b, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '/')
			strbuf_addc(b, '-');
		else if (s[i] && strchr(unit_chars, s[i]))
			strbuf_addc(b, s[i]);
		else
			strbuf_addf(b, "\\x%02x", (unsigned char)s[i]);
	}
}

/* One that would be too long for systemd keeps its beginning, and a hash of the whole. */
static void shorten(struct strbuf *b)
{
	char hex[SHA256_HEX_SIZE], head[UNIT_HEAD_MAX + 1];
	uint8_t hash[SHA256_SIZE];
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, b->s, b->len);
	sha256_final(&s, hash);
	sha256_hex(hash, hex);
	snprintf(head, sizeof(head), "%s", b->s);
	strbuf_reset(b);
	strbuf_addf(b, "%s-%.*s", head, UNIT_HASH_DIGITS, hex);
}

static int finish(struct arena *a, struct strbuf *b, struct cgroup_request *ret, struct error *e)
{
	if (b->len > UNIT_NAME_MAX - strlen(".scope"))
		shorten(b);
	strbuf_adds(b, ".scope");
	ret->unit = strbuf_error(b) ? NULL : arena_strdup(a, b->s);
	return ret->unit ? 0 : error_set(e, ENOMEM, "name the scope");
}

static int check_slice(const char *slice, struct error *e)
{
	size_t len = strlen(slice);

	if (len <= 6 || strcmp(slice + len - 6, ".slice") != 0 || len > UNIT_NAME_MAX ||
	    slice[strspn(slice, unit_chars)])
		return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
				  ".linux.cgroupsPath: '%s' is not the name of a slice", slice);
	return 0;
}

/* An empty slice is the top one that each manager has for its guests, '-' the root of all. */
static int name_slice(struct arena *a, const char *text, size_t len, struct cgroup_request *ret,
		      struct error *e)
{
	if (len == 0)
		ret->slice = ret->privileged ? "system.slice" : "user.slice";
	else if (len == 1 && *text == '-')
		ret->slice = "-.slice";
	else
		ret->slice = arena_strndup(a, text, len);
	return ret->slice ? check_slice(ret->slice, e) : error_set(e, ENOMEM, "name the slice");
}

int cgroup_name_unit(struct arena *a, const char *cgroups_path, struct cgroup_request *ret,
		     struct error *e)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(NAME_TEXT_MAX);
	const char *path = cgroups_path ? cgroups_path : "";
	const char *prefix = strchr(path, ':');
	const char *name = prefix ? strchr(prefix + 1, ':') : NULL;
	size_t len;
	int r;

	ret->slice = NULL;
	if (!*path) {
		strbuf_adds(&b, "urun-");
		add_escaped(&b, ret->id, strlen(ret->id));
		return finish(a, &b, ret, e);
	}
	if (!prefix) {
		path += strspn(path, "/");
		add_escaped(&b, path, strlen(path));
		return finish(a, &b, ret, e);
	}
	if (!name || !name[1] || strchr(name + 1, ':'))
		return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
				  ".linux.cgroupsPath: '%s' is not of the form slice:prefix:name",
				  path);
	len = strlen(name + 1);
	if (len > 6 && strcmp(name + 1 + len - 6, ".slice") == 0)
		return error_kind(
			e, KIND_CONFIG_UNSUPPORTED, ENOTSUP,
			".linux.cgroupsPath: '%s' names a slice, which holds no processes",
			name + 1);
	r = name_slice(a, path, (size_t)(prefix - path), ret, e);
	if (r < 0)
		return r;
	add_escaped(&b, prefix + 1, (size_t)(name - prefix - 1));
	strbuf_addc(&b, '-');
	add_escaped(&b, name + 1, len);
	return finish(a, &b, ret, e);
}
