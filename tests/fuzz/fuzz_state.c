/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read back of a container's state directory: state.json, and the symlink
 * `init` (the input's first line, tried whatever the rest is). Oracles: no crash, no
 * leak; a refusal is one line that begins with the file's name; what is taken
 * is written and taken again as the same; the documents made of it for `urun state`,
 * hooks and agents are lawful JSON. A link that is taken names a process that can be,
 * and comes out the same when written.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json/decode.h"
#include "oci/state_doc.h"
#include "state/record.h"
#include "state/store.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

enum { DOCUMENT_MAX = 16 << 20, LINK_MAX = 4000 };

static void check_lawful(const struct strbuf *b)
{
	static const struct json_field row = { .name = "no key is this" };
	static const struct json_object any = { .size = 1, .fields = &row, .n_fields = 0 };
	const struct json_source src = { .name = "document", .text = b->s, .len = b->len };
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	void *p;

	CHECK(strbuf_error(b) == 0);
	CHECK(json_decode(&a, &src, &any, &p, &e) == 0);
}

static void check_documents(const struct state_record *r)
{
	const struct oci_map annotations = { r->annotations, r->n_annotations };
	const struct oci_state_doc doc = {
		.id = r->id,
		.bundle = r->bundle,
		.status = "running",
		.pid = (pid_t)r->pid,
		.rootfs = r->rootfs,
		.created = r->created,
		.owner = r->owner,
		.annotations = &annotations,
	};

	for (int i = 0; i < 3; i++) {
		cleanup_strbuf struct strbuf b = STRBUF_INIT(DOCUMENT_MAX);

		if (i < 2)
			CHECK(oci_state_doc_write(&doc, i == 1, &b) == 0);
		else
			CHECK(oci_process_state_write(&doc, doc.pid, r->notify_socket, &b) == 0);
		check_lawful(&b);
	}
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_same(const struct state_record *a, const struct state_record *b)
{
	CHECK(is_same(a->id, b->id) && is_same(a->boot_id, b->boot_id));
	CHECK(is_same(a->bundle, b->bundle) && is_same(a->rootfs, b->rootfs));
	CHECK(is_same(a->created, b->created) && is_same(a->owner, b->owner));
	CHECK(is_same(a->oci_version, b->oci_version) && is_same(a->rdt_made, b->rdt_made));
	CHECK(is_same(a->notify_socket, b->notify_socket));
	CHECK(a->format == b->format && a->pid == b->pid && a->start_time == b->start_time);
	CHECK(a->namespaces == b->namespaces && a->hooks == b->hooks);
	CHECK(a->setgroups_denied == b->setgroups_denied && a->setting_up == b->setting_up);
	for (size_t i = 0; i < a->n_annotations; i++)
		CHECK(is_same(a->annotations[i].key, b->annotations[i].key) &&
		      is_same(a->annotations[i].value, b->annotations[i].value));
}

static void try_record(const char *text, size_t len)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct state_record *r = NULL, *again = NULL;
	struct error e = ERROR_INIT;
	char *out = NULL;
	size_t out_len;
	int s = state_record_parse(&a, text, len, &r, &e);

	if (s < 0) {
		CHECK(s == -e.code && !r && strncmp(e.msg, "state.json", 10) == 0);
		for (const char *p = e.msg; *p; p++)
			CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
		return;
	}
	CHECK(r->format == STATE_FORMAT && r->id && r->boot_id && r->bundle && r->rootfs);
	CHECK(r->created && r->owner && r->oci_version);
	CHECK(state_record_format(r, &out, &out_len, &e) == 0 && strlen(out) == out_len);
	CHECK(state_record_parse(&a, out, out_len, &again, &e) == 0);
	check_same(r, again);
	free(out);
	check_documents(r);
}

/* A folder of ours; the link in it is made anew for each input. */
static char folder[] = "/tmp/urun-fuzz-state.XXXXXX";
static int dir = -1;

static void remove_folder(void)
{
	(void)unlinkat(dir, "init", 0);
	(void)rmdir(folder);
}

static void make_folder(void)
{
	CHECK(mkdtemp(folder));
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(dir >= 0 && atexit(remove_folder) == 0);
}

static void try_link(const char *target)
{
	struct init_handle h = { 0 }, again = { 0 };
	struct error e = ERROR_INIT;
	char text[128];
	ssize_t n;
	int r;

	if (!*target || strlen(target) > LINK_MAX)
		return;
	if (dir < 0)
		make_folder();
	(void)unlinkat(dir, "init", 0);
	CHECK(symlinkat(target, dir, "init") == 0);
	r = store_read_handle(dir, &h);
	if (r < 0)
		return;
	CHECK(h.pid > 0 && strlen(h.boot_id) == sizeof(h.boot_id) - 1);
	CHECK(store_write_handle(dir, &h, &e) == 0);
	CHECK(store_read_handle(dir, &again) == 0);
	CHECK(again.pid == h.pid && again.start_time == h.start_time &&
	      strcmp(again.boot_id, h.boot_id) == 0);
	n = readlinkat(dir, "init", text, sizeof(text) - 1);
	CHECK(n > 0 && (size_t)n <= strlen(target)); /* but for zeros in front */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t len = end ? (size_t)(end - data) : size;
	size_t rest = end ? size - len - 1 : 0;
	char *target = malloc(len + 1), *text = malloc(rest ? rest : 1);

	CHECK(target && text);
	if (len)
		memcpy(target, data, len);
	target[len] = '\0';
	if (rest)
		memcpy(text, end + 1, rest);
	try_link(target);
	try_record(text, rest);
	free(target);
	free(text);
	return 0;
}
