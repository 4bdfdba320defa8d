/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to a validated config: decode by table, then the checks that a
 * table cannot make, with the file's name in front of what they say.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
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

int oci_load_file(struct arena *a, int dirfd, const char *path, struct oci_config **ret,
		  struct error *e)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const char *name = is_stdin ? "stdin" : path;
	cleanup_free char *text = NULL;
	size_t len;
	int r = is_stdin ? io_read_all(STDIN_FILENO, OCI_CONFIG_MAX, &text, &len)
			 : io_read_file_at(dirfd, path, OCI_CONFIG_MAX, &text, &len);

	if (r == -EFBIG)
		return error_msg(e, EFBIG, "'%s': larger than %d bytes", name, OCI_CONFIG_MAX);
	if (r < 0)
		return error_set(e, r, "read '%s'", name);
	return oci_load_memory(a, name, text, len, ret, e);
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
