/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Annotations with a meaning to us, through the loader and the whole plan. The
 * first byte of the input chooses a host and a config that can be planned as they
 * are, the rest is "KEY=VALUE" between NULs; a capital letter alone stands for
 * a key that is known. Oracles: no crash, no leak; a refusal can be for nothing but an
 * annotation, and its one line says which; keys without a meaning change
 * nothing; what is planned of those with one is what they say; the plan is the
 * same when made twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/write.h"
#include "oci/config.h"
#include "plan/bpf_check.h"
#include "plan/plan.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum { ANNOTATIONS_MAX = 32, DUMP_MAX = 1 << 24 };

/* What the loader and the planner read. */
static const char *const known[] = {
	"run.oci.seccomp_bpf_data",
	"run.oci.seccomp.plugins",
	"run.oci.seccomp.receiver",
	"run.oci.seccomp_fail_unknown_syscall",
	"run.oci.mount_context_type",
	"run.oci.keep_original_groups",
	"io.crun.keep_original_groups",
	"run.oci.systemd.subgroup",
	"urun.hooks.userns",
	"org.systemd.property.TimeoutStopUSec",
	"run.oci.systemd.force_cgroup_v1",
	"run.oci.delegate-cgroup",
};

/* What it refuses (plan/refuse.c). */
static const char *const refused[] = {
	"run.oci.handler",
};

static bool is_known(const char *key)
{
	static const char property[] = "org.systemd.property.";
	bool ret = strncmp(key, property, sizeof(property) - 1) == 0;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		ret |= strcmp(known[i], key) == 0;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		ret |= strcmp(refused[i], key) == 0;
	return ret;
}

struct input {
	uint8_t mode;
	struct oci_key_value pairs[ANNOTATIONS_MAX];
	size_t n;
	bool any_known;
};

static struct id_mapping lines[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };

static struct plan_host make_host(uint8_t mode)
{
	struct plan_host h = {
		.initial_userns = true,
		.last_cap = 40,
		.keep_setgroups = true,
		.selinux = mode & 8,
		.seccomp_receiver = mode & 2 ? "/run/agent" : NULL,
	};

	if (mode & 4) {
		h.has_sys_admin = true;
	} else {
		h.euid = h.egid = 1000;
		h.uid_map = h.gid_map = (struct idmap){ lines, ARRAY_SIZE(lines) };
	}
	return h;
}

/* The text of a config; with `in`, its annotations in it. */
static void make_config(uint8_t mode, const struct input *in, struct strbuf *b)
{
	struct json_writer w;

	strbuf_adds(b, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},"
		       "\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\",\"user\":{"
		       "\"additionalGids\":[5]}},\"mounts\":[{\"destination\":\"/t\","
		       "\"type\":\"tmpfs\"},{\"destination\":\"/d\",\"type\":\"bind\","
		       "\"source\":\"/x\"}],\"linux\":{");
	if (mode & 8)
		strbuf_adds(b, "\"mountLabel\":\"a:b:c:s0\",");
	if (mode & 16)
		strbuf_addf(b,
			    "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{"
			    "\"names\":[\"mkdir\"],\"action\":\"%s\"}]},",
			    mode & 2 ? "SCMP_ACT_NOTIFY" : "SCMP_ACT_LOG");
	strbuf_addf(b, "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}%s%s]}",
		    mode & 4 ? "" : ",{\"type\":\"user\"}",
		    mode & 32 ? ",{\"type\":\"cgroup\"}" : "");
	if (in) {
		strbuf_adds(b, ",\"annotations\":");
		jw_init(&w, b, false);
		jw_object_begin(&w);
		for (size_t i = 0; i < in->n; i++)
			jw_member_string(&w, in->pairs[i].key, in->pairs[i].value);
		jw_object_end(&w);
		CHECK(jw_done(&w) == 0);
	}
	strbuf_adds(b, "}");
	CHECK(strbuf_error(b) == 0);
}

static int make_plan(struct arena *a, const struct strbuf *text, uint8_t mode,
		     struct launch_plan *ret, struct error *e)
{
	static const struct plan_options opt = { .id = "fuzz", .bundle = "/bundle" };
	const struct plan_host host = make_host(mode);
	struct oci_config *c = NULL;
	int r;

	error_clear(e);
	r = oci_load_memory(a, "config.json", text->s, text->len, &c, e);
	return r < 0 ? r : plan_create(a, c, &host, &opt, ret, e);
}

static void check_error(const struct error *e, int r)
{
	CHECK(r < 0 && r == -e->code && strstr(e->msg, "annotations"));
	CHECK(strlen(e->msg) < sizeof(e->msg));
	for (const char *p = e->msg; *p; p++)
		CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static const char *value_of(const struct launch_plan *p, const char *key)
{
	return oci_annotation(p->config, key);
}

static bool is_on(const struct launch_plan *p, const char *key)
{
	return value_of(p, key) && strcmp(value_of(p, key), "0") != 0;
}

static void check_plan(const struct launch_plan *p)
{
	const char *plugins = value_of(p, known[1]), *receiver = value_of(p, known[2]);
	const char *why;
	size_t at;

	CHECK(!p->raw_filter == !value_of(p, known[0]));
	if (p->raw_filter)
		CHECK(bpf_check(p->raw_filter, p->raw_filter_len, &at, &why) == 0);
	CHECK(!p->listener.plugins == !plugins && !(p->listener.plugins && p->listener.receiver));
	for (char **v = p->listener.plugins; v && *v; v++)
		CHECK(**v && !strchr(*v, ':') && strstr(plugins, *v) &&
		      (**v == '/' || !strchr(*v, '/')));
	if (receiver)
		CHECK(*receiver == '/' && p->listener.receiver &&
		      strcmp(p->listener.receiver, receiver) == 0);
	CHECK(!p->listener.wanted || p->listener.receiver || p->listener.plugins);
	CHECK(p->seccomp_fail_unknown == is_on(p, known[3]));
	CHECK(p->process.keep_groups == (is_on(p, known[5]) || is_on(p, known[6])));
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		CHECK(!value_of(p, refused[i]));
	CHECK(p->hooks_userns == is_on(p, known[8]));
	CHECK(p->cgroup.subgroup || (value_of(p, known[7]) && !*value_of(p, known[7])));
	CHECK(p->cgroup.inner == value_of(p, known[11]));
	if (p->cgroup.inner)
		CHECK(*p->cgroup.inner && !strchr(p->cgroup.inner, '/') &&
		      strcmp(p->cgroup.inner, "..") != 0 && p->cgroup.wanted);
	CHECK(!p->cgroup.v1 == !value_of(p, known[10]));
	if (p->cgroup.v1)
		CHECK(p->ns.new_cgroup &&
		      (!strcmp(p->cgroup.v1, "/t") || !strcmp(p->cgroup.v1, "/d")));
}

static void try_input(const struct input *in)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT(DUMP_MAX);
	cleanup_strbuf struct strbuf plain_text = STRBUF_INIT(DUMP_MAX);
	cleanup_strbuf struct strbuf dump = STRBUF_INIT(DUMP_MAX);
	cleanup_strbuf struct strbuf again = STRBUF_INIT(DUMP_MAX);
	struct launch_plan plan = { 0 };
	struct error e = ERROR_INIT;
	int r;

	make_config(in->mode, in, &text);
	r = make_plan(&a, &text, in->mode, &plan, &e);
	if (r < 0) {
		check_error(&e, r);
		make_config(in->mode, NULL, &plain_text);
		CHECK(make_plan(&a, &plain_text, in->mode, &plan, &e) == 0);
		return;
	}
	check_plan(&plan);
	plan_dump(&plan, &dump);
	if (!in->any_known) {
		make_config(in->mode, NULL, &plain_text);
		CHECK(make_plan(&a, &plain_text, in->mode, &plan, &e) == 0);
	} else {
		CHECK(make_plan(&a, &text, in->mode, &plan, &e) == 0);
	}
	plan_dump(&plan, &again);
	CHECK(dump.len == again.len && memcmp(dump.s, again.s, dump.len) == 0);
}

/* "KEY=VALUE", in place; without '=' the value is empty. */
static void add_pair(struct input *in, char *s)
{
	char *value = s + strcspn(s, "=");
	const char *key = s;

	if (*value)
		*value++ = '\0';
	if (*s >= 'A' && (size_t)(*s - 'A') < ARRAY_SIZE(known) && !s[1])
		key = known[*s - 'A'];
	in->any_known |= is_known(key);
	in->pairs[in->n++] = (struct oci_key_value){ key, value };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { 0 };
	char *text, *end;

	if (size < 1)
		return 0;
	in.mode = data[0];
	text = malloc(size);
	CHECK(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	end = text + size - 1;
	for (char *s = text, *next; s < end && in.n < ANNOTATIONS_MAX; s = next) {
		next = s + strlen(s) + 1;
		add_pair(&in, s);
	}
	try_input(&in);
	free(text);
	return 0;
}
