/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ELF note that tells packagers of a library opened by dlopen():
 * https://systemd.io/ELF_DLOPEN_METADATA/ (read by dh_dlopenlibdeps and rpm).
 */
#ifndef URUN_BASE_DLOPEN_NOTE_H
#define URUN_BASE_DLOPEN_NOTE_H

#include <stdint.h>

/* The JSON of the note. Several names of one library: "a.so.2\",\"a.so.1". */
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

#endif
