/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the JSON schema cannot say of a config, but for its linux object and its
 * process (validate_linux.c, validate_process.c). Refusing here, before the
 * first side effect, means that no later step has to cope with a half-made
 * container because of a typing error in the config.
 */
#include "oci/validate.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "json/decode.h"
#include "oci/words.h"

enum {
	HOST_NAME_BYTES = 64,              /* __NEW_UTS_LEN */
	HOOK_TIMEOUT_MAX = INT_MAX / 1000, /* waits count in milliseconds */
};

int oci_bad_value(struct error *e, const char *value, const char *why, const char *path, ...)
{
	char where[512], quoted[256];
	va_list ap;

	va_start(ap, path);
	vsnprintf(where, sizeof(where), path, ap);
	va_end(ap);
	json_quote(value, strlen(value), quoted, sizeof(quoted));
	return error_msg(e, EINVAL, "%s: '%s' %s", where, quoted, why);
}

bool oci_only(const char *s, const char *set)
{
	return s[strspn(s, set)] == '\0';
}

bool oci_has_control(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return true;
	return false;
}

bool oci_is_ifname(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > 15 || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return false;
	for (; *s; s++)
		if (*s == '/' || *s == ':' || isspace((unsigned char)*s) ||
		    (unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/* "1.0.0", "1.1.0+dev", "1.0.2-rc1": C51 wants the major number only. */
static int validate_version(const char *version, struct error *e)
{
	const char *p = version;
	uint64_t major = 0, part;
	char quoted[64];

	for (int i = 0; i < 3; i++) {
		if ((i && *p++ != '.') || parse_u64_at(&p, i ? &part : &major) < 0)
			return oci_bad_value(e, version, "is not of the form MAJOR.MINOR.PATCH",
					     ".ociVersion");
	}
	if (*p && *p != '-' && *p != '+')
		return oci_bad_value(e, version, "is not of the form MAJOR.MINOR.PATCH",
				     ".ociVersion");
	if (major >= 2) {
		json_quote(version, strlen(version), quoted, sizeof(quoted));
		log_warning(".ociVersion: the config is of version %s, urun knows 1.x", quoted);
	}
	return 0;
}

static int validate_mount(const struct oci_mount *m, size_t i, struct error *e)
{
	char what[64];
	int ret;

	if (!*m->destination)
		return error_msg(e, EINVAL, ".mounts[%zu].destination: empty", i);
	if (!m->uid_mappings.n != !m->gid_mappings.n)
		return error_msg(e, EINVAL,
				 ".mounts[%zu]: uidMappings and gidMappings must be given together",
				 i);
	if (!m->uid_mappings.n)
		return 0;
	snprintf(what, sizeof(what), ".mounts[%zu].uidMappings", i);
	ret = idmap_validate(&m->uid_mappings, what, e);
	if (ret < 0)
		return ret;
	snprintf(what, sizeof(what), ".mounts[%zu].gidMappings", i);
	return idmap_validate(&m->gid_mappings, what, e);
}

static int validate_hook(const struct oci_hook *h, const char *list, size_t i, struct error *e)
{
	if (h->path[0] != '/')
		return oci_bad_value(e, h->path, "is not an absolute path", ".hooks.%s[%zu].path",
				     list, i);
	if (h->timeout < 0 || h->timeout > HOOK_TIMEOUT_MAX)
		return error_msg(e, EINVAL,
				 ".hooks.%s[%zu].timeout: %lld is not in the range 1..%d (seconds)",
				 list, i, (long long)h->timeout, HOOK_TIMEOUT_MAX);
	for (size_t j = 0; j < h->env.n; j++)
		if (!strchr(h->env.v[j], '='))
			return oci_bad_value(e, h->env.v[j], "has no '='",
					     ".hooks.%s[%zu].env[%zu]", list, i, j);
	return 0;
}

static int validate_hooks(const struct oci_hooks *h, struct error *e)
{
	/* In the order of oci_hook_names. */
	const struct oci_hook_list *lists[] = { &h->prestart,         &h->create_runtime,
						&h->create_container, &h->start_container,
						&h->poststart,        &h->poststop };
	int ret;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t j = 0; j < lists[i]->n; j++) {
			ret = validate_hook(&lists[i]->v[j], oci_hook_names[i], j, e);
			if (ret < 0)
				return ret;
		}
	return 0;
}

static int validate_host_name(const char *name, const char *key, struct error *e)
{
	if (!name)
		return 0;
	if (strlen(name) > HOST_NAME_BYTES)
		return oci_bad_value(e, name, "is longer than 64 bytes", ".%s", key);
	if (oci_has_control(name) || strchr(name, '\t'))
		return oci_bad_value(e, name, "has a control character", ".%s", key);
	return 0;
}

int oci_validate_mounts(const struct oci_mount *m, size_t n, struct error *e)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = validate_mount(&m[i], i, e);
	return ret;
}

int oci_validate(struct oci_config *c, struct error *e)
{
	int ret = validate_version(c->oci_version, e);

	if (ret == 0 && c->root && !*c->root->path)
		ret = error_msg(e, EINVAL, ".root.path: empty");
	if (ret == 0 && c->process)
		ret = oci_validate_process_at(c->process, ".process", e);
	if (ret == 0)
		ret = validate_host_name(c->hostname, "hostname", e);
	if (ret == 0)
		ret = validate_host_name(c->domainname, "domainname", e);
	if (ret == 0)
		ret = oci_validate_mounts(c->mounts, c->n_mounts, e);
	if (ret == 0 && c->hooks)
		ret = validate_hooks(c->hooks, e);
	for (size_t i = 0; ret == 0 && i < c->annotations.n; i++)
		if (!*c->annotations.v[i].key)
			ret = error_msg(e, EINVAL, ".annotations: empty key");
	if (ret == 0)
		ret = oci_validate_linux(c->linux, e);
	return ret;
}

int oci_validate_process(struct oci_process *p, struct error *e)
{
	return oci_validate_process_at(p, "", e);
}

const char *oci_map_get(const struct oci_map *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->v[i].key, key) == 0)
			return map->v[i].value;
	return NULL;
}

const char *oci_annotation(const struct oci_config *c, const char *key)
{
	return oci_map_get(&c->annotations, key);
}

bool oci_map_is_on(const struct oci_map *map, const char *key)
{
	const char *v = oci_map_get(map, key);

	return v && strcmp(v, "0") != 0;
}

bool oci_annotation_is_on(const struct oci_config *c, const char *key)
{
	return oci_map_is_on(&c->annotations, key);
}
