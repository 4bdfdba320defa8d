/* SPDX-License-Identifier: Apache-2.0 */
/* K02, H02: the state document, pretty for callers and compact for hooks. */
#include "oci/state_doc.h"

#include "../tap.h"

int main(void)
{
	struct oci_key_value kv[] = { { "a/b", "c\"d" }, { "e", "\xff" } };
	const struct oci_map annotations = { kv, 2 };
	struct oci_state_doc s = {
		.id = "c1",
		.bundle = "/srv/b",
		.status = "running",
		.pid = 42,
		.rootfs = "/srv/b/rootfs",
		.created = "2026-11-22T01:02:05.094349533Z",
		.owner = "ana",
		.annotations = &annotations,
	};
	const uint32_t exit_status = 137;
	bool oom = false;
	cleanup_strbuf struct strbuf b = STRBUF_INIT(4096);

	is_int(oci_state_doc_write(&s, false, &b), 0, "H02 compact");
	is_str(b.s,
	       "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"running\",\"pid\":42,"
	       "\"bundle\":\"/srv/b\",\"rootfs\":\"/srv/b/rootfs\","
	       "\"created\":\"2026-11-22T01:02:05.094349533Z\",\"owner\":\"ana\","
	       "\"annotations\":{\"a/b\":\"c\\\"d\",\"e\":\"\xef\xbf\xbd\"}}",
	       "H02 every member, '/' not escaped, bad bytes mended");
	strbuf_reset(&b);
	s = (struct oci_state_doc){ .id = "c1", .bundle = "/b", .status = "stopped" };
	is_int(oci_state_doc_write(&s, true, &b), 0, "K02 pretty");
	is_str(b.s,
	       "{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"c1\",\n  \"status\": \"stopped\",\n"
	       "  \"pid\": 0,\n  \"bundle\": \"/b\"\n}\n",
	       "K02 pid 0 when stopped, nothing that is not known");
	strbuf_reset(&b);
	s.exit_status = &exit_status;
	s.oom = &oom;
	is_int(oci_state_doc_write(&s, false, &b), 0, "K02 how it ended");
	has_str(b.s, ",\"exitStatus\":137,\"oom\":false}",
		"K02 status, and that it was not the OOM killer");
	strbuf_reset(&b);
	oom = true;
	s.exit_status = NULL;
	is_int(oci_state_doc_write(&s, false, &b), 0, "K02 one of them");
	has_str(b.s, ",\"bundle\":\"/b\",\"oom\":true}", "K02 that it was, and no status");
	s.oom = NULL;
	strbuf_reset(&b);
	s.unenforced = (const char *const[]){ "linux.resources.devices", NULL };
	is_int(oci_state_doc_write(&s, false, &b), 0, "V22 what is not enforced");
	has_str(b.s, ",\"unenforced\":[\"linux.resources.devices\"]}", "V22 is listed");
	s.unenforced = NULL;
	strbuf_reset(&b);
	s.kept_groups = (const uint32_t[]){ 27, 4294967294U };
	s.n_kept_groups = 2;
	is_int(oci_state_doc_write(&s, false, &b), 0, "I11 groups that are kept");
	has_str(b.s, ",\"keptGroups\":[27,4294967294]}", "I11 are listed");
	strbuf_reset(&b);
	s.n_kept_groups = 0;
	is_int(oci_state_doc_write(&s, false, &b), 0, "I11 none is kept");
	has_str(b.s, ",\"keptGroups\":[]}", "I11 is an empty list");
	s.kept_groups = NULL;
	strbuf_reset(&b);
	is_int(oci_process_state_write(&s, 7, "m", &b), 0, "X09 the process's state");
	is_str(b.s,
	       "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":7,\"metadata\":\"m\","
	       "\"state\":{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"stopped\",\"pid\":0,"
	       "\"bundle\":\"/b\"}}",
	       "X09 ... around the container's");
	return tap_done();
}
