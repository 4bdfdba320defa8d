/* SPDX-License-Identifier: Apache-2.0 */
/* See state_doc.h. */
#include "oci/state_doc.h"

#include "oci/version.h"

void oci_state_doc_value(const struct oci_state_doc *s, struct json_writer *w)
{
	jw_object_begin(w);
	jw_member_string(w, "ociVersion", OCI_SPEC_VERSION);
	jw_member_string(w, "id", s->id);
	jw_member_string(w, "status", s->status);
	jw_member_i64(w, "pid", s->pid);
	jw_member_string(w, "bundle", s->bundle);
	if (s->rootfs)
		jw_member_string(w, "rootfs", s->rootfs);
	if (s->created)
		jw_member_string(w, "created", s->created);
	if (s->systemd_scope)
		jw_member_string(w, "systemd-scope", s->systemd_scope);
	if (s->owner)
		jw_member_string(w, "owner", s->owner);
	if (s->cgroup)
		jw_member_string(w, "cgroup", s->cgroup);
	if (s->exit_status)
		jw_member_u64(w, "exitStatus", *s->exit_status);
	if (s->oom)
		jw_member_bool(w, "oom", *s->oom);
	if (s->unenforced)
		jw_member_strings(w, "unenforced", s->unenforced);
	if (s->kept_groups)
		jw_member_u32s(w, "keptGroups", s->kept_groups, s->n_kept_groups);
	if (s->net) {
		jw_key(w, "net");
		net_api_write_view(s->net, w);
	}
	if (s->annotations && s->annotations->n) {
		jw_key(w, "annotations");
		jw_object_begin(w);
		for (size_t i = 0; i < s->annotations->n; i++)
			jw_member_string(w, s->annotations->v[i].key, s->annotations->v[i].value);
		jw_object_end(w);
	}
	jw_object_end(w);
}

int oci_state_doc_write(const struct oci_state_doc *s, bool pretty, struct strbuf *out)
{
	struct json_writer w;

	jw_init(&w, out, pretty);
	oci_state_doc_value(s, &w);
	return jw_done(&w);
}

int oci_process_state_write(const struct oci_state_doc *s, pid_t pid, const char *metadata,
			    struct strbuf *out)
{
	static const char *const fds[] = { "seccompFd", NULL };
	struct json_writer w;

	jw_init(&w, out, false);
	jw_object_begin(&w);
	jw_member_string(&w, "ociVersion", OCI_SPEC_VERSION);
	jw_member_strings(&w, "fds", fds);
	jw_member_i64(&w, "pid", pid);
	if (metadata)
		jw_member_string(&w, "metadata", metadata);
	jw_key(&w, "state");
	oci_state_doc_value(s, &w);
	jw_object_end(&w);
	return jw_done(&w);
}
