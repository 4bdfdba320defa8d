/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to a validated config: decode by table, then the checks that a
 * table cannot make, with the file's name in front of what they say.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "oci/config.h"
#include "oci/schema.h"
#include "oci/validate.h"

_Static_assert(OCI_CONFIG_MAX == (int)JSON_TEXT_MAX, "one limit for a config");

static int refused(const char *name, struct error *e)
{
	error_prefix(e, "%s", name);
	return error_default_kind(e, KIND_CONFIG_VALUE);
}

int oci_load_memory(struct arena *a, const char *name, const char *json, size_t len,
		    struct oci_config **ret, struct error *e)
{
	const struct json_source src = { .name = name, .text = json, .len = len };
	struct oci_config *c;
	void *p;
	int r = json_decode(a, &src, &oci_config_schema, &p, e);

	if (r < 0)
		return error_default_kind(e, KIND_CONFIG_SYNTAX);
	c = p;
	if (!c->linux) {
		c->linux = arena_alloc(a, sizeof(*c->linux));
		if (!c->linux)
			return error_set(e, ENOMEM, "%s", name);
	}
	if (oci_validate(c, e) < 0)
		return refused(name, e);
	*ret = c;
	return 0;
}

int oci_load_process(struct arena *a, const char *name, const char *json, size_t len,
		     struct oci_process **ret, struct error *e)
{
	const struct json_source src = { .name = name, .text = json, .len = len };
	void *p;
	int r = json_decode(a, &src, &oci_process_schema, &p, e);

	if (r < 0)
		return error_default_kind(e, KIND_CONFIG_SYNTAX);
	if (oci_validate_process(p, e) < 0)
		return refused(name, e);
	*ret = p;
	return 0;
}

/* Is the text one array with nothing but blanks around? Strings are skipped. */
static bool is_one_array(const char *s, size_t len)
{
	static const char blanks[] = " \t\r\n";
	size_t depth = 0;
	bool quoted = false;
	size_t i = 0;

	while (i < len && s[i] && strchr(blanks, s[i]))
		i++;
	if (i == len || s[i] != '[')
		return false;
	for (; i < len; i++) {
		if (quoted) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				quoted = false;
		} else if (s[i] == '"') {
			quoted = true;
		} else if (s[i] == '[' || s[i] == '{') {
			depth++;
		} else if ((s[i] == ']' || s[i] == '}') && --depth == 0) {
			break;
		}
	}
	if (i >= len)
		return true; /* not closed: the decoder says where */
	for (i++; i < len; i++)
		if (!s[i] || !strchr(blanks, s[i]))
			return false;
	return true;
}

/* The decoder knows objects: the array becomes the one member of such. */
int oci_load_mounts(struct arena *a, const char *name, const char *json, size_t len,
		    struct oci_mounts *ret, struct error *e)
{
	static const char head[] = "{\"mounts\":", tail[] = "}";
	static const struct json_field rows[] = {
		{ ARRAY(struct oci_mounts, "mounts", v, n, struct oci_mount, oci_mount_schema) },
	};
	static const struct json_object schema = { JSON_TABLE(struct oci_mounts, rows) };
	struct json_source src = { .name = name,
				   .len = strlen(head) + len + strlen(tail),
				   .skip = strlen(head) };
	cleanup_free char *text = NULL;
	struct oci_mounts *m;
	void *p;
	int r;

	if (!is_one_array(json, len))
		return error_msg(e, EINVAL, "%s: expected one array of mounts", name);
	if (len > OCI_CONFIG_MAX - sizeof(head) - sizeof(tail))
		return error_msg(e, EFBIG, "%s: larger than %d bytes", name, OCI_CONFIG_MAX);
	text = malloc(src.len + 1);
	if (!text)
		return error_set(e, ENOMEM, "%s", name);
	memcpy(text, head, strlen(head));
	memcpy(text + strlen(head), json, len);
	memcpy(text + strlen(head) + len, tail, sizeof(tail));
	src.text = text;
	r = json_decode(a, &src, &schema, &p, e);
	if (r < 0)
		return r;
	m = p;
	if (oci_validate_mounts(m->v, m->n, e) < 0)
		return error_prefix(e, "%s", name);
	*ret = *m;
	return 0;
}

int oci_load_resources(struct arena *a, const char *name, const char *json, size_t len,
		       struct limits **ret, struct error *e)
{
	const struct json_source src = { .name = name, .text = json, .len = len };
	void *p;
	int r = json_decode(a, &src, &oci_resources_schema, &p, e);

	if (r < 0)
		return error_default_kind(e, KIND_CONFIG_SYNTAX);
	if (oci_validate_resources(p, "", e) < 0)
		return refused(name, e);
	*ret = p;
	return 0;
}
