/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules beyond the types: a table of configs that are refused, by what they
 * say, and one of configs at the edge that must pass.
 */
#include "oci/config.h"

#include <errno.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/strbuf.h"

#include "../tap.h"

/* {"ociVersion":"1.3.0", BODY} */
static int load(struct arena *a, const char *body, struct oci_config **ret, struct error *e)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(1 << 20);

	strbuf_addf(&b, "{\"ociVersion\":\"1.3.0\"%s%s}", *body ? "," : "", body);
	return oci_load_memory(a, "config.json", b.s, b.len, ret, e);
}

#define PROCESS(x) "\"process\":{\"cwd\":\"/\"," x "}"
#define USER(x) PROCESS("\"user\":{" x "}")
#define SCHEDULER(x) PROCESS("\"scheduler\":{" x "}")
#define LINUX(x) "\"linux\":{" x "}"
#define RESOURCES(x) LINUX("\"resources\":{" x "}")
#define SECCOMP(x) LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"," x "}")
#define RULE(x) SECCOMP("\"syscalls\":[{\"names\":[\"read\"],\"action\":" x "}]")
#define DEVICE(x) LINUX("\"devices\":[{" x "}]")
#define MAP(c, h, s) "{\"containerID\":" #c ",\"hostID\":" #h ",\"size\":" #s "}"
#define LONG64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *name, *body, *want;
} bad[] = {
	{ "I1 relative cwd", "\"process\":{\"cwd\":\"tmp\"}",
	  "config.json: .process.cwd: 'tmp' is not an absolute path" },
	{ "I1 empty cwd", "\"process\":{\"cwd\":\"\"}", ".process.cwd: '' is not an absolute" },
	{ "I1 env without =", PROCESS("\"env\":[\"A=1\",\"B\"]"),
	  ".process.env[1]: 'B' has no '='" },
	{ "I1 one line for a value of two", PROCESS("\"env\":[\"B\\nC\"]"), "'B\\x0aC' has no" },
	{ "C23 umask", USER("\"umask\":512"), ".process.user.umask: 512 is above 511 (0777)" },
	{ "I1 uid -1", USER("\"uid\":4294967295"), ".process.user.uid: 4294967295" },
	{ "I1 gid -1", USER("\"gid\":4294967295"), ".process.user.gid: 4294967295" },
	{ "I1 additional gid -1", USER("\"additionalGids\":[1,4294967295]"),
	  ".process.user.additionalGids[1]: 4294967295" },
	{ "I1 unknown rlimit",
	  PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_X\",\"soft\":1,\"hard\":1}]"),
	  ".process.rlimits[0].type: 'RLIMIT_X' is not a resource limit" },
	{ "I1 rlimit twice",
	  PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},"
		  "{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1},"
		  "{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1}]"),
	  ".process.rlimits[2].type: 'RLIMIT_CPU' is given twice" },
	{ "I1 soft above hard",
	  PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
	  "soft limit 2 is above the hard limit 1" },
	{ "C27 oomScoreAdj above", PROCESS("\"oomScoreAdj\":1001"), ".process.oomScoreAdj: 1001" },
	{ "C27 oomScoreAdj below", PROCESS("\"oomScoreAdj\":-1001"),
	  ".process.oomScoreAdj: -1001" },
	{ "C16 console too high", PROCESS("\"consoleSize\":{\"height\":65536,\"width\":1}"),
	  ".process.consoleSize: 65536 x 1" },
	{ "C31 policy", SCHEDULER("\"policy\":\"SCHED_X\""),
	  ".process.scheduler.policy: 'SCHED_X'" },
	{ "C31 SCHED_ISO", SCHEDULER("\"policy\":\"SCHED_ISO\""),
	  "'SCHED_ISO' is not a scheduling" },
	{ "C31 flag", SCHEDULER("\"policy\":\"SCHED_OTHER\",\"flags\":[\"X\"]"),
	  ".process.scheduler.flags[0]: 'X'" },
	{ "C31 nice", SCHEDULER("\"policy\":\"SCHED_OTHER\",\"nice\":20"),
	  ".process.scheduler.nice: 20" },
	{ "C31 FIFO without a priority", SCHEDULER("\"policy\":\"SCHED_FIFO\""),
	  ".process.scheduler.priority: 0 is not in the range 1..99" },
	{ "C31 priority for OTHER", SCHEDULER("\"policy\":\"SCHED_OTHER\",\"priority\":1"),
	  ".process.scheduler.priority: 1 is not 0" },
	{ "C31 deadline values for RR",
	  SCHEDULER("\"policy\":\"SCHED_RR\",\"priority\":1,\"runtime\":1"), "not for SCHED_RR" },
	{ "C31 deadline below runtime",
	  SCHEDULER("\"policy\":\"SCHED_DEADLINE\",\"runtime\":2,\"deadline\":1"),
	  "0 < runtime <= deadline" },
	{ "C32 class", PROCESS("\"ioPriority\":{\"class\":\"X\"}"),
	  ".process.ioPriority.class: 'X'" },
	{ "C32 range", PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}"),
	  ".process.ioPriority.priority: 8" },
	{ "C33 affinity", PROCESS("\"execCPUAffinity\":{\"initial\":\"0-a\"}"),
	  ".process.execCPUAffinity.initial: '0-a'" },
	{ "C33 affinity, final", PROCESS("\"execCPUAffinity\":{\"final\":\"x\"}"), ".final: 'x'" },
	{ "I1 empty root", "\"root\":{\"path\":\"\"}", ".root.path: empty" },
	{ "C29 hostname", "\"hostname\":\"" LONG64 "x\"", ".hostname: '" },
	{ "C29 hostname control", "\"hostname\":\"a\\u0007\"",
	  ".hostname: 'a\\x07' has a control" },
	{ "C29 domainname", "\"domainname\":\"" LONG64 "x\"", "is longer than 64 bytes" },
	{ "I1 mount without destination",
	  "\"mounts\":[{\"destination\":\"/a\"},{\"destination\":\"\"}]",
	  ".mounts[1].destination: empty" },
	{ "M10 one map only",
	  "\"mounts\":[{\"destination\":\"/a\",\"uidMappings\":[" MAP(0, 1, 1) "]}]",
	  ".mounts[0]: uidMappings and gidMappings must be given together" },
	{ "M10 bad gid map",
	  "\"mounts\":[{\"destination\":\"/a\",\"uidMappings\":[" MAP(
		  0, 1, 1) "],\"gidMappings\":[" MAP(0, 1, 0) "]}]",
	  ".mounts[0].gidMappings[0]" },
	{ "H04 negative timeout", "\"hooks\":{\"poststop\":[{\"path\":\"/a\",\"timeout\":-1}]}",
	  ".hooks.poststop[0].timeout: -1" },
	{ "H04 timeout over the clock",
	  "\"hooks\":{\"prestart\":[{\"path\":\"/a\",\"timeout\":2147484}]}",
	  ".hooks.prestart[0].timeout: 2147484" },
	{ "H01 relative hook", "\"hooks\":{\"createRuntime\":[{\"path\":\"a\"}]}",
	  ".hooks.createRuntime[0].path: 'a' is not an absolute path" },
	{ "H03 hook env", "\"hooks\":{\"startContainer\":[{\"path\":\"/a\",\"env\":[\"A\"]}]}",
	  ".hooks.startContainer[0].env[0]: 'A' has no '='" },
	{ "A18 empty annotation key", "\"annotations\":{\"\":\"x\"}", ".annotations: empty key" },
	{ "C36 unknown namespace", LINUX("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"foo\"}]"),
	  ".linux.namespaces[1].type: 'foo' is not a type of namespace" },
	{ "C36 namespace twice", LINUX("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]"),
	  ".linux.namespaces[1].type: 'pid' is given twice" },
	{ "C36 relative path", LINUX("\"namespaces\":[{\"type\":\"pid\",\"path\":\"a\"}]"),
	  ".linux.namespaces[0].path: 'a'" },
	{ "I1 uidMappings alone", LINUX("\"uidMappings\":[" MAP(0, 1, 1) "]"),
	  ".linux: uidMappings and gidMappings must be given together" },
	{ "I1 gidMappings alone", LINUX("\"gidMappings\":[" MAP(0, 1, 1) "]"), "given together" },
	{ "I1 overlap",
	  LINUX("\"uidMappings\":[" MAP(0, 1, 1) "," MAP(0, 5, 1) "],\"gidMappings\":[" MAP(0, 1,
											    1) "]"),
	  "config.json: .linux.uidMappings[1]: overlaps with [0]" },
	{ "I1 size 0",
	  LINUX("\"uidMappings\":[" MAP(0, 1, 0) "],\"gidMappings\":[" MAP(0, 1, 1) "]"),
	  ".linux.uidMappings[0]" },
	{ "C39 type", DEVICE("\"type\":\"x\",\"path\":\"/dev/a\""), ".linux.devices[0].type: 'x'" },
	{ "C39 path", DEVICE("\"type\":\"p\",\"path\":\"dev\""), ".linux.devices[0].path: 'dev'" },
	{ "C39 no major", DEVICE("\"type\":\"c\",\"path\":\"/dev/a\",\"minor\":1"),
	  ".linux.devices[0]: type 'c' needs both major and minor" },
	{ "C39 negative major", DEVICE("\"type\":\"b\",\"path\":\"/d\",\"major\":-1,\"minor\":1"),
	  ".linux.devices[0].major: -1" },
	{ "C39 minor range", DEVICE("\"type\":\"u\",\"path\":\"/d\",\"major\":1,\"minor\":1048576"),
	  ".linux.devices[0].minor: 1048576" },
	{ "C39 fileMode", DEVICE("\"type\":\"p\",\"path\":\"/d\",\"fileMode\":65536"),
	  ".linux.devices[0].fileMode: 65536 (0200000)" },
	{ "C39 fileMode of another type",
	  DEVICE("\"type\":\"p\",\"path\":\"/d\",\"fileMode\":8630"), ".fileMode: 8630" },
	{ "C39 uid -1", DEVICE("\"type\":\"p\",\"path\":\"/d\",\"uid\":4294967295"), "4294967295" },
	{ "C38 key", LINUX("\"netDevices\":{\"a/b\":{}}"), ".linux.netDevices: 'a/b'" },
	{ "C38 long name", LINUX("\"netDevices\":{\"eth0\":{\"name\":\"0123456789abcdef\"}}"),
	  ".linux.netDevices[\"eth0\"].name: '0123456789abcdef'" },
	{ "C38 dots", LINUX("\"netDevices\":{\"..\":{}}"), "'..' cannot be the name" },
	{ "R3 sysctl slash", LINUX("\"sysctl\":{\"kernel/../x\":\"1\"}"),
	  ".linux.sysctl: 'kernel/../x'" },
	{ "R3 sysctl, slash only", LINUX("\"sysctl\":{\"kernel/x\":\"1\"}"), "has a '/'" },
	{ "R3 sysctl dots", LINUX("\"sysctl\":{\"net..x\":\"1\"}"), "has an empty component" },
	{ "R3 sysctl end", LINUX("\"sysctl\":{\"net.\":\"1\"}"), "has an empty component" },
	{ "R3 sysctl empty key", LINUX("\"sysctl\":{\"\":\"1\"}"), "has an empty component" },
	{ "R3 sysctl value", LINUX("\"sysctl\":{\"net.a\":\"1\\n2\"}"),
	  ".linux.sysctl[\"net.a\"]: '1\\x0a2' has a control character" },
	{ "C42 relative", LINUX("\"maskedPaths\":[\"/a\",\"b\"]"), ".linux.maskedPaths[1]: 'b'" },
	{ "C43 relative", LINUX("\"readonlyPaths\":[\"\"]"), ".linux.readonlyPaths[0]: ''" },
	{ "C44 propagation", LINUX("\"rootfsPropagation\":\"x\""),
	  ".linux.rootfsPropagation: 'x'" },
	{ "V cgroupsPath", LINUX("\"cgroupsPath\":\"a\\nb\""), ".linux.cgroupsPath: 'a\\x0ab'" },
	{ "B01 closID", LINUX("\"intelRdt\":{\"closID\":\"mon_groups\"}"),
	  ".linux.intelRdt.closID: 'mon_groups'" },
	{ "B01 closID", LINUX("\"intelRdt\":{\"closID\":\"\"}"), ".linux.intelRdt.closID: ''" },
	{ "B01 closID", LINUX("\"intelRdt\":{\"closID\":\"../x\"}"),
	  ".linux.intelRdt.closID: '../x'" },
	{ "Y01 memBwSchema", LINUX("\"intelRdt\":{\"memBwSchema\":\"L3:0\"}"),
	  ".linux.intelRdt.memBwSchema: 'L3:0'" },
	{ "Y01 memBwSchema lines", LINUX("\"intelRdt\":{\"memBwSchema\":\"MB:0\\nL3:0\"}"),
	  "MB:0\\x0a" },
	{ "Y01 schemata", LINUX("\"intelRdt\":{\"schemata\":[\"a\\nb\"]}"),
	  ".schemata[0]: 'a\\x0ab'" },
	{ "C34 mode", LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_X\"}"), ".linux.memoryPolicy.mode" },
	{ "C34 flag", LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"flags\":[\"X\"]}"),
	  ".linux.memoryPolicy.flags[0]: 'X'" },
	{ "C34 nodes", LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"a\"}"),
	  ".linux.memoryPolicy.nodes: 'a'" },
	{ "C30 domain", LINUX("\"personality\":{\"domain\":\"BSD\"}"),
	  ".linux.personality.domain: 'BSD'" },
	{ "C30 flags", LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}"),
	  ".linux.personality.flags[0]: 'X'" },
	{ "C35 nanosecs", LINUX("\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}"),
	  ".linux.timeOffsets.boottime.nanosecs: 1000000000" },
	{ "C35 monotonic", LINUX("\"timeOffsets\":{\"monotonic\":{\"nanosecs\":4294967295}}"),
	  ".linux.timeOffsets.monotonic.nanosecs" },
	{ "X01 default action", LINUX("\"seccomp\":{\"defaultAction\":\"X\"}"),
	  ".linux.seccomp.defaultAction: 'X' is not a seccomp action" },
	{ "X01 rule action", RULE("\"SCMP_ACT_X\""),
	  ".linux.seccomp.syscalls[0].action: 'SCMP_ACT_X'" },
	{ "X03 errno for ALLOW", RULE("\"SCMP_ACT_ALLOW\",\"errnoRet\":1"),
	  ".linux.seccomp.syscalls[0].errnoRet: SCMP_ACT_ALLOW takes no errno" },
	{ "X03 default errno", SECCOMP("\"defaultErrnoRet\":0"),
	  ".linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW takes no errno" },
	{ "X03 errno range", RULE("\"SCMP_ACT_ERRNO\",\"errnoRet\":4096"),
	  ".errnoRet: 4096 is above" },
	{ "X03 trace range", RULE("\"SCMP_ACT_TRACE\",\"errnoRet\":65536"), ".errnoRet: 65536 is" },
	{ "X02 operator",
	  RULE("\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":0,\"op\":\"SCMP_CMP_X\"}]"),
	  ".linux.seccomp.syscalls[0].args[0].op: 'SCMP_CMP_X'" },
	{ "X02 index",
	  RULE("\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]"),
	  ".linux.seccomp.syscalls[0].args[0].index: 6 is above 5" },
	{ "X01 no names", SECCOMP("\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_LOG\"}]"),
	  ".linux.seccomp.syscalls[0].names: empty" },
	{ "X04 flag", SECCOMP("\"flags\":[\"X\"]"), ".linux.seccomp.flags[0]: 'X'" },
	{ "X05 architecture", SECCOMP("\"architectures\":[\"SCMP_ARCH_X\"]"),
	  ".linux.seccomp.architectures[0]: 'SCMP_ARCH_X'" },
	{ "X09 listenerPath", SECCOMP("\"listenerPath\":\"a\""),
	  ".linux.seccomp.listenerPath: 'a'" },
	{ "V device type", RESOURCES("\"devices\":[{\"allow\":true,\"type\":\"u\"}]"),
	  ".linux.resources.devices[0].type: 'u'" },
	{ "V device access", RESOURCES("\"devices\":[{\"allow\":true,\"access\":\"rx\"}]"),
	  ".linux.resources.devices[0].access: 'rx'" },
	{ "V device major", RESOURCES("\"devices\":[{\"allow\":true,\"major\":-2}]"),
	  ".major: -2" },
	{ "V device minor", RESOURCES("\"devices\":[{\"allow\":true,\"minor\":1048576}]"),
	  ".minor" },
	{ "V memory", RESOURCES("\"memory\":{\"limit\":-2}"), ".linux.resources.memory.limit: -2" },
	{ "V swappiness", RESOURCES("\"memory\":{\"swappiness\":101}"), ".memory.swappiness: 101" },
	{ "V cpu idle", RESOURCES("\"cpu\":{\"idle\":2}"), ".linux.resources.cpu.idle: 2" },
	{ "V cpus", RESOURCES("\"cpu\":{\"cpus\":\"0\\n1\"}"),
	  ".linux.resources.cpu.cpus: '0\\x0a1'" },
	{ "V mems", RESOURCES("\"cpu\":{\"mems\":\"x\"}"), ".linux.resources.cpu.mems: 'x'" },
	{ "V weight device",
	  RESOURCES("\"blockIO\":{\"weightDevice\":[{\"major\":-1,\"minor\":0}]}"),
	  ".linux.resources.blockIO.weightDevice[0]: -1:0" },
	{ "V throttle device",
	  RESOURCES(
		  "\"blockIO\":{\"throttleWriteIOPSDevice\":[{\"major\":1,\"minor\":-2,\"rate\":1}]}"),
	  ".linux.resources.blockIO.throttleWriteIOPSDevice[0]: 1:-2" },
	{ "V hugepages", RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"64kB\",\"limit\":1}]"),
	  ".linux.resources.hugepageLimits[0].pageSize: '64kB'" },
	{ "V hugepages zero", RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"02MB\",\"limit\":1}]"),
	  "'02MB'" },
	{ "V hugepages tail", RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2MBx\",\"limit\":1}]"),
	  "'2MBx'" },
	{ "V network", RESOURCES("\"network\":{\"priorities\":[{\"name\":\"\",\"priority\":1}]}"),
	  ".linux.resources.network.priorities[0].name: ''" },
	{ "V rdma", RESOURCES("\"rdma\":{\"a b\":{}}"), ".linux.resources.rdma: 'a b'" },
	{ "V unified", RESOURCES("\"unified\":{\"../x\":\"1\"}"),
	  ".linux.resources.unified: '../x'" },
};

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cleanup_arena struct arena a = ARENA_INIT;
		struct error e = ERROR_INIT;
		struct oci_config *c = NULL;
		int r = load(&a, bad[i].body, &c, &e);

		if (!ok(r == -EINVAL && e.code == EINVAL && !c && !strchr(e.msg, '\n') &&
				!strncmp(e.msg, "config.json", 11) && strstr(e.msg, bad[i].want),
			"%s is refused", bad[i].name))
			printf("# %d '%s' lacks '%s'\n", r, e.msg, bad[i].want);
	}
}

static const struct {
	const char *name, *body;
} good[] = {
	{ "nothing but the version", "" },
	{ "C46 unknown capability", PROCESS("\"capabilities\":{\"bounding\":[\"CAP_FOO\"]}") },
	{ "C23 umask 0777", USER("\"umask\":511") },
	{ "largest ids",
	  USER("\"uid\":4294967294,\"gid\":4294967294,\"additionalGids\":[4294967294]") },
	{ "empty args", PROCESS("\"args\":[],\"env\":[]") },
	{ "env with an empty value", PROCESS("\"env\":[\"A=\",\"B==\"]") },
	{ "unlimited rlimit",
	  PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":18446744073709551615,"
		  "\"hard\":18446744073709551615}]") },
	{ "C31 deadline", SCHEDULER("\"policy\":\"SCHED_DEADLINE\",\"runtime\":1,\"deadline\":2,"
				    "\"period\":2,\"flags\":[\"SCHED_FLAG_RECLAIM\"]") },
	{ "C31 nice", SCHEDULER("\"policy\":\"SCHED_BATCH\",\"nice\":-20") },
	{ "C33 affinity", PROCESS("\"execCPUAffinity\":{\"initial\":\"0-1, 3\",\"final\":\"\"}") },
	{ "C27 oomScoreAdj", PROCESS("\"oomScoreAdj\":-1000") },
	{ "C29 64 bytes", "\"hostname\":\"" LONG64 "\"" },
	{ "M22 relative destination", "\"mounts\":[{\"destination\":\"a/b\"}]" },
	{ "H04 timeout", "\"hooks\":{\"poststop\":[{\"path\":\"/a\",\"timeout\":1}]}" },
	{ "C36 all namespaces",
	  LINUX("\"namespaces\":[{\"type\":\"user\"},{\"type\":\"mount\"},{\"type\":\"pid\"},"
		"{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},"
		"{\"type\":\"cgroup\"},{\"type\":\"time\",\"path\":\"/proc/1/ns/time\"}]") },
	{ "B01 the default group", LINUX("\"intelRdt\":{\"closID\":\"/\"}") },
	{ "C44 rslave", LINUX("\"rootfsPropagation\":\"rslave\"") },
	{ "C44 runbindable", LINUX("\"rootfsPropagation\":\"runbindable\"") },
	{ "C39 fifo without a number", DEVICE("\"type\":\"p\",\"path\":\"/dev/f\"") },
	{ "C38 template", LINUX("\"netDevices\":{\"eth0\":{\"name\":\"eth%d\"},\"eth1\":{}}") },
	{ "C28 value with a tab",
	  LINUX("\"sysctl\":{\"net.ipv4.ip_local_port_range\":\"1\\t2\"}") },
	{ "C28 empty value", LINUX("\"sysctl\":{\"net.ipv4.ip_local_reserved_ports\":\"\"}") },
	{ "X03 errno", RULE("\"SCMP_ACT_ERRNO\",\"errnoRet\":38") },
	{ "X03 trace", RULE("\"SCMP_ACT_TRACE\",\"errnoRet\":65535") },
	{ "X06 unknown syscall", SECCOMP("\"syscalls\":[{\"names\":[\"nope\"],\"action\":"
					 "\"SCMP_ACT_LOG\"}]") },
	{ "X05 loongarch", SECCOMP("\"architectures\":[\"SCMP_ARCH_LOONGARCH64\"]") },
	{ "X04 flags", SECCOMP("\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]") },
	{ "V all majors",
	  RESOURCES("\"devices\":[{\"allow\":false,\"type\":\"a\",\"major\":-1}]") },
	{ "V unlimited memory",
	  RESOURCES("\"memory\":{\"limit\":-1,\"swap\":-1,\"swappiness\":0}") },
	{ "V empty resources", RESOURCES("") },
	{ "V cpus", RESOURCES("\"cpu\":{\"cpus\":\"0-3,8\",\"mems\":\"0\",\"idle\":1}") },
	{ "V hugepages", RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":0}]") },
	{ "V unified", RESOURCES("\"unified\":{\"memory.high\":\"1\",\"io.max\":\"8:0 rbps=1\"}") },
	{ "other platforms",
	  "\"windows\":{\"layerFolders\":null},\"solaris\":{},\"vm\":{\"a\":[1.5]}" },
};

static void test_good(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cleanup_arena struct arena a = ARENA_INIT;
		struct error e = ERROR_INIT;
		struct oci_config *c = NULL;

		if (!ok(load(&a, good[i].body, &c, &e) == 0 && c && c->linux, "%s is taken",
			good[i].name))
			printf("# %s\n", e.msg);
	}
}

/* What oci_validate() sets. */
static void test_settings(void)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct oci_config *c;

	if (!ok(load(&a,
		     PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":2}]") "," LINUX(
			     "\"namespaces\":[{\"type\":\"uts\",\"path\":\"\"}],\"devices\":["
			     "{\"type\":\"c\",\"path\":\"/d\",\"major\":1,\"minor\":3,"
			     "\"fileMode\":8630}]") ",\"annotations\":{\"a\":\"b\"}",
		     &c, &e) == 0,
		"a config with all of them"))
		return;
	is_int(c->process->rlimits[0].resource, RLIMIT_NOFILE, "rlimit number");
	is_int(c->linux->namespaces[0].type, OCI_NS_UTS, "namespace type");
	ok(!c->linux->namespaces[0].path, "C36 an empty path is a new namespace");
	is_int(c->linux->devices[0].file_mode, 0666, "C39 the file type is taken off the mode");
	is_str(oci_annotation(c, "a"), "b", "an annotation");
	ok(!oci_annotation(c, "z"), "an annotation that is not there");
}

static char warned[256];

static void sink(void *arg, enum log_level level, const char *msg)
{
	(void)arg;
	if (level == LOG_LEVEL_WARNING)
		snprintf(warned, sizeof(warned), "%s", msg);
}

static const char *version(const char *v, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	char text[128];
	struct oci_config *c;

	warned[0] = '\0';
	error_clear(e);
	snprintf(text, sizeof(text), "{\"ociVersion\":\"%s\"}", v);
	if (oci_load_memory(&a, "config.json", text, strlen(text), &c, e) < 0)
		return "refused";
	return *warned ? "warned" : "taken";
}

static void test_version(void)
{
	struct error e = ERROR_INIT;

	log_set_level("warning");
	log_set_sink(sink, NULL);
	is_str(version("1.0.0", &e), "taken", "C51 1.0.0");
	is_str(version("0.5.0-dev", &e), "taken", "C51 0.5.0-dev");
	is_str(version("1.1.0+dev", &e), "taken", "C51 1.1.0+dev");
	is_str(version("1.9.0", &e), "taken", "C51 a later 1.x");
	is_str(version("2.0.0", &e), "warned", "C51 2.0.0");
	is_str(version("10.0.0", &e), "warned", "C51 10.0.0");
	is_str(version("", &e), "refused", "C51 an empty version");
	is_str(version("1", &e), "refused", "C51 1");
	is_str(version("1.0.x", &e), "refused", "C51 1.0.x");
	is_str(version("1.0.0.0", &e), "refused", "C51 1.0.0.0");
	is_str(version("banana", &e), "refused", "C51 banana");
	has_str(e.msg, "config.json: .ociVersion: 'banana' is not of the form", "C51 says why");
	log_set_sink(NULL, NULL);
}

int main(void)
{
	test_bad();
	test_good();
	test_settings();
	test_version();
	return tap_done();
}
