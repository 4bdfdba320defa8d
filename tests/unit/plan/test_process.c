/* SPDX-License-Identifier: Apache-2.0 */
/* plan_process(): names become numbers, and what cannot work is refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../tap.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "plan/capabilities.h"
#include "plan/process.h"
#include "plan/process_tables.h"

#define STRINGS(...)                                            \
	((struct oci_strings){ (char *[]){ __VA_ARGS__, NULL }, \
			       sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *) })

static struct arena arena = ARENA_INIT;
static struct error error;
static char warnings[8192];

static void keep_warning(void *arg, enum log_level level, const char *msg)
{
	(void)arg;
	if (level != LOG_LEVEL_WARNING)
		return;
	strncat(warnings, msg, sizeof(warnings) - strlen(warnings) - 2);
	strcat(warnings, "\n");
}

static struct plan_host host_of(void)
{
	return (struct plan_host){ .last_cap = 40, .keep_setgroups = true };
}

/* Every field of the plan that a test reads, from a minimal process. */
static int plan(const struct oci_process *p, const struct plan_host *host, struct process_plan *ret)
{
	memset(ret, 0, sizeof(*ret));
	error_clear(&error);
	warnings[0] = '\0';
	return plan_process(&arena, p, host, ret, &error);
}

static void test_table(void)
{
	char name[64];

	is_int(capability_number("CAP_CHOWN"), 0, "C46 the first capability");
	is_int(capability_number("CAP_SYS_ADMIN"), 21, "C46 CAP_SYS_ADMIN");
	is_int(capability_number("CAP_SETFCAP"), 31, "C46 the last of the low word");
	is_int(capability_number("CAP_MAC_OVERRIDE"), 32, "C46 the first of the high word");
	is_int(capability_number("CAP_CHECKPOINT_RESTORE"), 40, "C46 the last capability");
	is_int(capability_number("cap_kill"), 5, "C46 in any case");
	is_int(capability_number("KILL"), -EINVAL, "C46 not without its prefix");
	is_int(capability_number(""), -EINVAL, "C46 not an empty name");
	for (int i = 0; i < CAPABILITY_COUNT; i++) {
		snprintf(name, sizeof(name), "C46 %s is its own number", capability_names[i]);
		is_int(capability_number(capability_names[i]), i, name);
	}
}

static void test_minimal(void)
{
	struct oci_process p = { .args = STRINGS("sh", "-c"), .cwd = "/", .user.uid = 7 };
	struct plan_host host = host_of();
	struct process_plan r;

	is_int(plan(&p, &host, &r), 0, "C20 a minimal process");
	ok(r.argv && strcmp(r.argv[1], "-c") == 0 && !r.argv[2], "C20 argv");
	is_int(r.umask, 0022, "C23 the default umask");
	is_int(r.uid, 7, "C48 uid");
	ok(r.needs_home && strcmp(r.env[0], "HOME=/") == 0 && !r.env[1], "C22 HOME is to be found");
	ok(!r.caps.bounding && !r.caps.permitted, "C46 no capabilities object: none");
	ok(!r.has_oom_score_adj && !r.has_io_priority && !r.sched && !r.has_mempolicy &&
		   !r.has_personality && !r.keyring && !r.no_new_privs,
	   "C27-C34 what is absent stays as it is");
	p.args.n = 0;
	is_int(plan(&p, &host, &r), 0, "C49 no args");
	ok(!r.argv, "C49 ... give no argv");
}

static void test_fields(void)
{
	struct oci_console_size size = { .height = 40, .width = 120 };
	struct oci_io_priority io = { "IOPRIO_CLASS_IDLE", 4 };
	struct oci_rlimit limits[] = { { "RLIMIT_NOFILE", RLIMIT_NOFILE, 10, 20 } };
	uint32_t gids[] = { 5, 6 };
	struct oci_process p = {
		.args = STRINGS("x"),
		.env = STRINGS("A=b", "HOME=/h"),
		.cwd = "/w",
		.terminal = true,
		.console_size = &size,
		.user = { .uid = 1,
			  .gid = 2,
			  .umask = 077,
			  .has_umask = true,
			  .additional_gids = gids,
			  .n_additional_gids = 2 },
		.rlimits = limits,
		.n_rlimits = 1,
		.no_new_privileges = true,
		.apparmor_profile = "prof",
		.selinux_label = "",
		.oom_score_adj = -5,
		.has_oom_score_adj = true,
		.io_priority = &io,
	};
	struct plan_host host = host_of();
	struct process_plan r;

	is_int(plan(&p, &host, &r), 0, "C20-C32 a full process");
	ok(!r.needs_home && !r.env[2], "C22 HOME is given");
	ok(r.terminal && r.rows == 40 && r.cols == 120, "C02 the terminal's size");
	is_int(r.umask, 077, "C23 umask");
	ok(r.n_gids == 2 && r.gids[1] == 6, "C48 additional gids");
	ok(r.n_rlimits == 1 && r.rlimits[0].soft == 10 && r.rlimits[0].hard == 20 &&
		   r.rlimits[0].resource == RLIMIT_NOFILE,
	   "C26 rlimits");
	is_int(r.io_priority, 3 << 13 | 4, "C32 I/O priority");
	is_int(r.oom_score_adj, -5, "C27 OOM score");
	ok(r.no_new_privs && strcmp(r.apparmor_profile, "prof") == 0, "C47 L01 profile and NNP");
	ok(!r.selinux_label, "L02 an empty label is none");
	limits[0].soft = 21;
	is_int(plan(&p, &host, &r), -EINVAL, "C26 soft above hard");
	has_str(error.msg, "RLIMIT_NOFILE", "C26 ... is named");
	ok(!r.argv, "C20 the output is untouched on failure");
	limits[0].soft = 1;
	size.width = 70000;
	is_int(plan(&p, &host, &r), -EINVAL, "C02 a terminal too wide");
	size.width = 1;
	io.priority = 8;
	is_int(plan(&p, &host, &r), -EINVAL, "C32 level 8");
	io.class = "IOPRIO_CLASS_FAST";
	is_int(plan(&p, &host, &r), -EINVAL, "C32 an unknown class");
	p.io_priority = NULL;
	p.oom_score_adj = 1001;
	is_int(plan(&p, &host, &r), -EINVAL, "C27 a score out of range");
}

static void test_capabilities(void)
{
	struct oci_capabilities c = {
		.bounding = STRINGS("CAP_KILL", "CAP_BOGUS", "CAP_CHECKPOINT_RESTORE"),
		.permitted = STRINGS("CAP_KILL", "CAP_CHOWN"),
		.effective = STRINGS("CAP_KILL", "CAP_SYS_ADMIN"),
		.inheritable = STRINGS("CAP_CHOWN"),
		.ambient = STRINGS("CAP_CHOWN", "CAP_KILL"),
	};
	struct oci_process p = { .args = STRINGS("x"), .capabilities = &c };
	struct plan_host host = host_of();
	struct process_plan r;

	is_int(plan(&p, &host, &r), 0, "C46 capabilities with an unknown name pass");
	is_int(r.caps.bounding, 1LL << 5 | 1LL << 40, "C46 bounding");
	is_int(r.caps.permitted, 1 << 5 | 1, "C46 permitted");
	is_int(r.caps.effective, 1 << 5, "C46 effective lies within permitted");
	is_int(r.caps.inheritable, 1, "C46 inheritable as given");
	is_int(r.caps.ambient, 1, "C46 ambient lies within permitted and inheritable");
	has_str(warnings, "'CAP_BOGUS'", "C46 the unknown name is in a warning");
	has_str(warnings, "effective: 'CAP_SYS_ADMIN'", "C46 so is one that is cut");
	has_str(warnings, "ambient: 'CAP_KILL'", "C46 ... from ambient");
	host.last_cap = 39;
	is_int(plan(&p, &host, &r), 0, "C46 an older kernel");
	is_int(r.caps.bounding, 1 << 5, "C46 ... gets no bit that it does not know");
}

static void test_maps(void)
{
	struct id_mapping one = { 0, 1500, 1 }, two[] = { { 0, 1500, 1 }, { 1, 100000, 999 } };
	uint32_t gids[] = { 1, 1000 };
	struct oci_process p = { .args = STRINGS("x"), .user.uid = 1000 };
	struct plan_host host = host_of();
	struct process_plan r;

	host.uid_map = host.gid_map = (struct idmap){ &one, 1 };
	is_int(plan(&p, &host, &r), -EINVAL, "I15 an unmapped uid");
	is_str(error.msg, ".process.user.uid: 1000 is not mapped: the map is 0..0 -> 1500",
	       "I15 its words");
	p.user.uid = 0;
	p.user.gid = 1;
	is_int(plan(&p, &host, &r), -EINVAL, "I15 an unmapped gid");
	has_str(error.msg, ".process.user.gid: 1 is not mapped", "I15 its words");
	p.user.gid = 0;
	p.user.additional_gids = gids;
	p.user.n_additional_gids = 2;
	host.gid_map = (struct idmap){ two, 2 };
	is_int(plan(&p, &host, &r), -EINVAL, "C48 an unmapped additional gid");
	has_str(error.msg, ".process.user.additionalGids: 1000 is not mapped", "C48 its words");
	host.keep_setgroups = false;
	is_int(plan(&p, &host, &r), -EINVAL, "C48 ... whoever writes the map");
	memset(&r, 0, sizeof(r));
	r.deny_groups = true;
	is_int(plan_process(&arena, &p, &host, &r, &error), 0,
	       "C48 where setgroups is denied it does not matter");
	is_int(r.n_gids, 2, "C48 ... and the child warns of them");
	host.keep_setgroups = true;
	memset(&r, 0, sizeof(r));
	r.keep_groups = true;
	r.strict_rlimits = true;
	is_int(plan_process(&arena, &p, &host, &r, &error), 0, "C48 groups that are kept");
	ok(r.keep_groups && r.strict_rlimits, "C48 C26 what the caller had set stays");
	gids[1] = 999;
	is_int(plan(&p, &host, &r), 0, "C48 mapped additional gids");
}

static void test_scheduler(void)
{
	struct oci_scheduler s = { .policy = "SCHED_OTHER", .nice = 5 };
	struct oci_process p = { .args = STRINGS("x"), .scheduler = &s };
	struct plan_host host = host_of();
	struct process_plan r;

	is_int(plan(&p, &host, &r), 0, "C31 SCHED_OTHER");
	ok(r.sched && r.sched->policy == 0 && r.sched->nice == 5, "C31 ... with a nice value");
	s = (struct oci_scheduler){
		.policy = "SCHED_DEADLINE",
		.flags = STRINGS("SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_UTIL_CLAMP_MAX"),
		.runtime = 1,
		.deadline = 2,
		.period = 3,
	};
	is_int(plan(&p, &host, &r), 0, "C31 SCHED_DEADLINE");
	ok(r.sched->policy == 6 && r.sched->flags == 0x41 && r.sched->period == 3,
	   "C31 ... with its numbers");
	s.policy = "SCHED_ISO";
	is_int(plan(&p, &host, &r), -EINVAL, "C31 SCHED_ISO is in no kernel");
	s.policy = "SCHED_RR";
	s.flags = STRINGS("SCHED_FLAG_FAST");
	is_int(plan(&p, &host, &r), -EINVAL, "C31 an unknown flag");
	has_str(error.msg, ".process.scheduler.flags[0]: unknown flag 'SCHED_FLAG_FAST'",
		"C31 ... is named");
	s.flags.n = 0;
	s.priority = 100;
	is_int(plan(&p, &host, &r), -EINVAL, "C31 priority 100");
	s.priority = 0;
	s.nice = 20;
	is_int(plan(&p, &host, &r), -EINVAL, "C31 nice 20");
}

static void test_memory_policy(void)
{
	struct oci_memory_policy m = { .mode = "MPOL_BIND", .nodes = "0-1,3" };
	struct process_plan r = { 0 };

	m.flags = STRINGS("MPOL_F_STATIC_NODES");
	is_int(plan_memory_policy(&arena, &m, &r, &error), 0, "C34 a policy with nodes");
	ok(r.has_mempolicy && r.mempolicy_mode == (2 | 1 << 15), "C34 mode and flag");
	ok(r.mempolicy_nodes && r.mempolicy_nodes[0] == 0xb, "C34 nodes 0, 1 and 3");
	ok(r.mempolicy_maxnode >= 4 && r.mempolicy_maxnode % 64 == 0, "C34 their bits");
	m = (struct oci_memory_policy){ .mode = "MPOL_LOCAL", .nodes = "" };
	is_int(plan_memory_policy(&arena, &m, &r, &error), 0, "C34 no nodes");
	ok(!r.mempolicy_nodes && r.mempolicy_maxnode == 0, "C34 ... give no mask");
	m.mode = "MPOL_FAST";
	is_int(plan_memory_policy(&arena, &m, &r, &error), -EINVAL, "C34 an unknown mode");
	m.mode = "MPOL_BIND";
	static const char *const bad[] = { "1-0",     "a",  "0,",
					   ",0",      "0-", "1024",
					   "0 1",     "-1", "18446744073709551616",
					   "0-1023,x" };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		m.nodes = bad[i];
		is_int(plan_memory_policy(&arena, &m, &r, &error), -EINVAL, "C34 a bad node list");
		has_str(error.msg, bad[i], "C34 ... is named");
	}
	m.nodes = "1023";
	is_int(plan_memory_policy(&arena, &m, &r, &error), 0, "C34 the highest node");
}

static void test_personality(void)
{
	struct oci_personality o = { .domain = "LINUX32" };
	struct process_plan r = { 0 };

	is_int(plan_personality(&o, &r, &error), 0, "C30 LINUX32");
	ok(r.has_personality && r.personality == 8, "C30 ... is 8");
	o.domain = "LINUX";
	is_int(plan_personality(&o, &r, &error), 0, "C30 LINUX");
	is_int((long long)r.personality, 0, "C30 ... is 0");
	o.flags = STRINGS("ADDR_NO_RANDOMIZE");
	is_int(plan_personality(&o, &r, &error), -EINVAL, "C30 no flag is known");
	o.flags.n = 0;
	o.domain = "BSD";
	is_int(plan_personality(&o, &r, &error), -EINVAL, "C30 an unknown domain");
}

int main(void)
{
	log_set_level("warning");
	log_set_sink(keep_warning, NULL);
	test_table();
	test_minimal();
	test_fields();
	test_capabilities();
	test_maps();
	test_scheduler();
	test_memory_policy();
	test_personality();
	arena_free(&arena);
	return tap_done();
}
