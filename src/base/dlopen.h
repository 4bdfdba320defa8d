/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Libraries that are opened when they are first wanted: a container that does
 * not need one must not pay for it. Each has a table of its functions, with the
 * types of the real header, so that the compiler checks each call.
 */
#ifndef URUN_BASE_DLOPEN_H
#define URUN_BASE_DLOPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The ELF note that tells packagers of such a library:
 * https://systemd.io/ELF_DLOPEN_METADATA/ (read by dh_dlopenlibdeps and rpm).
 * Several names of one library: "a.so.2\",\"a.so.1".
 */
#define DLOPEN_JSON(feature, description, priority, soname)            \
	"[{\"feature\":\"" feature "\",\"description\":\"" description \
	"\",\"priority\":\"" priority "\",\"soname\":[\"" soname "\"]}]"

#define DLOPEN_NOTE(...)                                                                      \
	__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {      \
		uint32_t name_size, desc_size, type;                                          \
		char name[sizeof("FDO")];                                                     \
		char desc[sizeof(DLOPEN_JSON(__VA_ARGS__))] __attribute__((aligned(4)));      \
	} dlopen_note = { sizeof("FDO"), sizeof(DLOPEN_JSON(__VA_ARGS__)), 0x407c0c0a, "FDO", \
			  DLOPEN_JSON(__VA_ARGS__) }

/* Member of a table, and the row that fills it: name it as the function. */
#define DLOPEN_MEMBER(name) __typeof__(&(name)) name;
#define DLOPEN_ROW(table, name)                     \
	{                                           \
#name, offsetof(struct table, name) \
	}

struct dlopen_function {
	const char *name;
	size_t offset; /* in the table */
};

/*
 * Opens the library and fills the table; it stays open. -ELIBACC: it is not
 * installed, or lacks a function; *ret_why says so (until the next call).
 */
int dlopen_table(const char *soname, const struct dlopen_function *functions, size_t n, void *table,
		 const char **ret_why);

/*
 * Which file a library is. By it what was found out with one is told from what another
 * would say, without loading either; its version is known only to who has loaded it.
 */
struct library_id {
	char path[224];                        /* as the dynamic linker found it */
	uint64_t device, inode, size, changed; /* stat(2); changed: st_ctime in ns */
};

/* The one that has this function; all 0: it cannot be told. */
void library_id_of(const void *function, struct library_id *ret);

/* Is it still there, and the same? */
bool library_is(const struct library_id *id);

#endif
