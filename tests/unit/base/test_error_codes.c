/* SPDX-License-Identifier: Apache-2.0 */
/* ER05: the table of codes, and that an error keeps the innermost kind. */
#include "base/error_codes.h"

#include <errno.h>

#include "../tap.h"
#include "base/error.h"

static bool is_text(const char *s)
{
	size_t width = 0;

	if (!s || !*s || s[strlen(s) - 1] == '\n')
		return false;
	for (; *s; s++) {
		width = *s == '\n' ? 0 : width + 1;
		if (width > 90 || ((unsigned char)*s < ' ' && *s != '\n'))
			return false;
	}
	return true;
}

static void test_table(void)
{
	for (size_t i = 0; i < n_error_codes; i++) {
		const struct error_code *c = &error_codes[i];
		char name[ERROR_CODE_MAX];

		ok(i == 0 || error_codes[i - 1].kind < c->kind, "ER05 row %zu: in order, once", i);
		ok(is_text(c->summary) && !strchr(c->summary, '\n') && is_text(c->meaning) &&
			   is_text(c->remedy),
		   "ER05 row %zu: texts", i);
		ok(error_code_parse(error_code_name(c->kind, name)) == c, "ER05 %s is found", name);
	}
}

static void test_names(void)
{
	static const char *const bad[] = {
		"",   "E",     "URUN-",      "URUN-E", "0",
		"99", "E9999", "URUN-E301x", "-1",     "18446744073709551917"
	};
	char name[ERROR_CODE_MAX];

	is_str(error_code_name(KIND_NO_SUB_IDS, name), "URUN-E301", "ER05 a name");
	is_str(error_code_name(KIND_NONE, name), "URUN-E001", "ER05 unset is E001");
	is_str(error_code_name((enum error_kind)4242, name), "URUN-E001", "ER05 unknown is E001");
	ok(error_code_parse("301") == error_code_of(KIND_NO_SUB_IDS) &&
		   error_code_parse("e301") == error_code_of(KIND_NO_SUB_IDS) &&
		   error_code_parse("urun-e301") == error_code_of(KIND_NO_SUB_IDS) &&
		   error_code_parse("URUN-E001") == error_code_of(KIND_OTHER),
	   "ER05 short forms");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!error_code_parse(bad[i]), "ER05 no code: row %zu", i);
}

static void test_kinds(void)
{
	struct error e = ERROR_INIT;

	is_int(error_default_kind(&e, KIND_MOUNT), 0, "ER05 no error, no kind");
	is_int(e.kind, KIND_NONE, "ER05 nor is one set");
	is_int(error_kind(&e, KIND_HOOK, EIO, "x"), -EIO, "ER05 error_kind() returns -errno");
	is_int(error_default_kind(&e, KIND_MOUNT), -EIO, "ER05 the default returns it, too");
	is_int(e.kind, KIND_HOOK, "ER05 the innermost kind stays");
	error_prefix(&e, "y");
	error_hint(&e, "z");
	is_int(e.kind, KIND_HOOK, "ER05 also behind a prefix and a hint");
	error_msg(&e, EINVAL, "new");
	is_int(e.kind, KIND_NONE, "ER05 another error has none of the old");
	error_default_kind(&e, KIND_MOUNT);
	is_int(e.kind, KIND_MOUNT, "ER05 the default");
	is_int(error_kind_set(&e, KIND_DEVICE, -ENOENT, "open"), -ENOENT, "ER05 error_kind_set()");
	has_str(e.msg, "open: missing", "ER05 with the words of the errno");
	error_clear(&e);
	is_int(e.kind, KIND_NONE, "ER05 cleared");
	error_kind(&e, KIND_KERNEL_LACKS, EINVAL, "x");
	ok(error_is_host_problem(&e), "ER05 3nn is the host");
	error_kind(&e, KIND_ROOTFS, EINVAL, "x");
	ok(!error_is_host_problem(&e), "ER05 4nn is not");
}

int main(void)
{
	test_table();
	test_names();
	test_kinds();
	return tap_done();
}
