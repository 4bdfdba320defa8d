/* SPDX-License-Identifier: Apache-2.0 */
/* F01-F07: the features document says what the facts say, and nothing else. */
#include "oci/features.h"

#include <errno.h>

#include "oci/words.h"

#include "../tap.h"

static const char *const options[] = { "rw", "bind", "rro", NULL };
static const char *const capabilities[] = { "CAP_CHOWN", "CAP_BPF", NULL };
static const char *const flags[] = { "SECCOMP_FILTER_FLAG_LOG", NULL };

static void test_full(void)
{
	const struct oci_features_facts f = {
		.version = "0.1.0",
		.commit = "abc",
		.libseccomp_version = "2.5.4",
		.mount_options = options,
		.capabilities = capabilities,
		.seccomp_actions = oci_seccomp_actions,
		.seccomp_operators = oci_seccomp_operators,
		.seccomp_archs = oci_seccomp_archs,
		.seccomp_known_flags = oci_seccomp_flags,
		.seccomp_supported_flags = flags,
		.memory_policy_modes = oci_memory_policy_modes,
		.memory_policy_flags = oci_memory_policy_flags,
		.cgroup_v2 = true,
		.seccomp = true,
		.idmap = true,
	};
	cleanup_strbuf struct strbuf b = STRBUF_INIT(1 << 20);

	is_int(oci_features(&f, &b), 0, "F01 the document is whole");
	has_str(b.s, "\"ociVersionMin\": \"1.0.0\",\n  \"ociVersionMax\": \"1.3.0\"",
		"F01 versions");
	has_str(b.s,
		"\"hooks\": [\n    \"prestart\",\n    \"createRuntime\",\n    \"createContainer\",\n"
		"    \"startContainer\",\n    \"poststart\",\n    \"poststop\"\n  ]",
		"F02 hooks");
	has_str(b.s, "\"mountOptions\": [\n    \"bind\",\n    \"rro\",\n    \"rw\"\n  ]",
		"F03 mount options, sorted");
	has_str(b.s,
		"\"namespaces\": [\n      \"cgroup\",\n      \"ipc\",\n      \"mount\",\n"
		"      \"network\",\n      \"pid\",\n      \"time\",\n      \"user\",\n"
		"      \"uts\"\n    ]",
		"F04 eight namespaces");
	has_str(b.s, "\"capabilities\": [\n      \"CAP_CHOWN\",\n      \"CAP_BPF\"\n    ]",
		"F05 capabilities by number");
	has_str(b.s,
		"\"cgroup\": {\n      \"v1\": false,\n      \"v2\": true,\n      \"systemd\": false,\n"
		"      \"systemdUser\": false,\n      \"rdma\": false\n    }",
		"F05 cgroup");
	has_str(b.s, "\"SCMP_ARCH_X86_64\"", "F05 archs");
	has_str(b.s, "\"supportedFlags\": [\n        \"SECCOMP_FILTER_FLAG_LOG\"\n      ]",
		"F05 supported flags");
	has_str(b.s, "\"MPOL_WEIGHTED_INTERLEAVE\"", "F05 memory policy");
	has_str(b.s, "\"idmap\": {\n        \"enabled\": true", "F05 idmap");
	has_str(b.s, "\"intelRdt\": {\n      \"enabled\": false,", "F05 intelRdt");
	has_str(b.s,
		"\"io.github.seccomp.libseccomp.version\": \"2.5.4\",\n"
		"    \"org.opencontainers.runc.checkpoint.enabled\": \"false\",\n"
		"    \"run.oci.urun.commit\": \"abc\",\n    \"run.oci.urun.version\": \"0.1.0\"",
		"F06 annotations");
	has_str(b.s, "\"org.systemd.property.\"", "F07 runc's unsafe annotations");
	has_str(b.s, "\"module.wasm.image/variant\"", "F07 crun's unsafe annotations");
	has_str(b.s, "\"run.urun.\"", "F07 ours");
	has_str(b.s, "\"urun.\"", "F07 ours by the short name (H06)");
	has_str(b.s, "\"io.crun.keep_original_groups\"", "F07 the old name that is read, too");
}

static void test_bare(void)
{
	const struct oci_features_facts f = { .version = "0.1.0" };
	cleanup_strbuf struct strbuf b = STRBUF_INIT(1 << 20);

	is_int(oci_features(&f, &b), 0, "F01 without any fact the document is whole");
	has_str(b.s, "\"seccomp\": {\n      \"enabled\": false\n    }", "F05 no seccomp, no lists");
	ok(!strstr(b.s, "memoryPolicy") && !strstr(b.s, "mountOptions") &&
		   !strstr(b.s, "libseccomp") && !strstr(b.s, "commit"),
	   "F05 what is not there is not named");
	strbuf_done(&b);
	strbuf_init(&b, 64);
	is_int(oci_features(&f, &b), -E2BIG, "a buffer that is too small is told");
}

int main(void)
{
	test_full();
	test_bare();
	return tap_done();
}
