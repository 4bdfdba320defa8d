/* SPDX-License-Identifier: Apache-2.0 */
/* See record.h. */
#include "state/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "json/decode.h"
#include "json/write.h"

enum { RECORD_MAX = 1 << 20 };

#define R struct state_record

static const struct json_field fields[] = {
	{ JSON_ROW("format", JSON_U32, uint32_t, R, format), .required = true },
	{ JSON_ROW("id", JSON_STRING, const char *, R, id), .required = true },
	{ JSON_ROW("pid", JSON_I64, int64_t, R, pid), .required = true },
	{ JSON_ROW("startTime", JSON_U64, uint64_t, R, start_time), .required = true },
	{ JSON_ROW("bootID", JSON_STRING, const char *, R, boot_id), .required = true },
	{ JSON_ROW("bundle", JSON_STRING, const char *, R, bundle), .required = true },
	{ JSON_ROW("rootfs", JSON_STRING, const char *, R, rootfs), .required = true },
	{ JSON_ROW("created", JSON_STRING, const char *, R, created), .required = true },
	{ JSON_ROW("owner", JSON_STRING, const char *, R, owner), .required = true },
	{ JSON_ROW("ociVersion", JSON_STRING, const char *, R, oci_version), .required = true },
	{ JSON_ROW("namespaces", JSON_U64, uint64_t, R, namespaces), .required = true },
	{ JSON_ROW("hooks", JSON_U32, uint32_t, R, hooks) },
	{ JSON_ROW("setgroupsDenied", JSON_BOOL, bool, R, setgroups_denied) },
	{ JSON_ROW("settingUp", JSON_BOOL, bool, R, setting_up) },
	{ JSON_ROW("devicesOpen", JSON_BOOL, bool, R, devices_open) },
	{ JSON_ROW("rdtMade", JSON_STRING, const char *, R, rdt_made) },
	{ JSON_ROW("netConfig", JSON_STRING, const char *, R, net_config) },
	{ JSON_ROW("notifySocket", JSON_STRING, const char *, R, notify_socket) },
	{ JSON_ROW("keepGroups", JSON_BOOL, bool, R, keep_groups) },
	{ JSON_ROW("mapGroups", JSON_U32S, uint32_t *, R, map_groups),
	  JSON_COUNT(R, n_map_groups) },
	{ JSON_ROW("hasExitStatus", JSON_BOOL, bool, R, has_exit_status) },
	{ JSON_ROW("exitStatus", JSON_U32, uint32_t, R, exit_status) },
	{ JSON_ROW("hasOOM", JSON_BOOL, bool, R, has_oom) },
	{ JSON_ROW("oom", JSON_BOOL, bool, R, oom) },
	{ JSON_ROW("annotations", JSON_STRING_MAP, struct oci_key_value *, R, annotations),
	  JSON_COUNT(R, n_annotations) },
};

static const struct json_object schema = { JSON_TABLE(R, fields) };

int state_record_parse(struct arena *a, const char *text, size_t len, struct state_record **ret,
		       struct error *e)
{
	const struct json_source src = { .name = "state.json", .text = text, .len = len };
	void *p;
	int r = json_decode(a, &src, &schema, &p, e);

	if (r < 0)
		return r;
	if (((struct state_record *)p)->format != STATE_FORMAT)
		return error_kind(e, KIND_STATE_BROKEN, EPROTO,
				  "state.json: format %u is not known to this urun (%d)",
				  ((struct state_record *)p)->format, STATE_FORMAT);
	*ret = p;
	return 0;
}

static void write_annotations(struct json_writer *w, const struct state_record *r)
{
	jw_key(w, "annotations");
	jw_object_begin(w);
	for (size_t i = 0; i < r->n_annotations; i++)
		jw_member_string(w, r->annotations[i].key, r->annotations[i].value);
	jw_object_end(w);
}

int state_record_format(const struct state_record *r, char **ret, size_t *ret_len, struct error *e)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(RECORD_MAX);
	struct json_writer w;
	int s;

	jw_init(&w, &b, false);
	jw_object_begin(&w);
	jw_member_u64(&w, "format", STATE_FORMAT);
	jw_member_string(&w, "id", r->id);
	jw_member_i64(&w, "pid", r->pid);
	jw_member_u64(&w, "startTime", r->start_time);
	jw_member_string(&w, "bootID", r->boot_id);
	jw_member_string(&w, "bundle", r->bundle);
	jw_member_string(&w, "rootfs", r->rootfs);
	jw_member_string(&w, "created", r->created);
	jw_member_string(&w, "owner", r->owner);
	jw_member_string(&w, "ociVersion", r->oci_version);
	jw_member_u64(&w, "namespaces", r->namespaces);
	jw_member_u64(&w, "hooks", r->hooks);
	jw_member_bool(&w, "setgroupsDenied", r->setgroups_denied);
	jw_member_bool(&w, "settingUp", r->setting_up);
	if (r->devices_open)
		jw_member_bool(&w, "devicesOpen", true);
	if (r->rdt_made)
		jw_member_string(&w, "rdtMade", r->rdt_made);
	if (r->net_config)
		jw_member_string(&w, "netConfig", r->net_config);
	if (r->notify_socket)
		jw_member_string(&w, "notifySocket", r->notify_socket);
	if (r->keep_groups)
		jw_member_bool(&w, "keepGroups", true);
	if (r->n_map_groups)
		jw_member_u32s(&w, "mapGroups", r->map_groups, r->n_map_groups);
	if (r->has_exit_status) {
		jw_member_bool(&w, "hasExitStatus", true);
		jw_member_u64(&w, "exitStatus", r->exit_status);
	}
	if (r->has_oom) {
		jw_member_bool(&w, "hasOOM", true);
		jw_member_bool(&w, "oom", r->oom);
	}
	if (r->n_annotations)
		write_annotations(&w, r);
	jw_object_end(&w);
	s = jw_done(&w);
	if (s < 0)
		return error_set(e, s, "write the state of '%s'", r->id);
	*ret_len = b.len;
	*ret = strbuf_take(&b);
	return *ret ? 0 : error_set(e, ENOMEM, "write the state of '%s'", r->id);
}
