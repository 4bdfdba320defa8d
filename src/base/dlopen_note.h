/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ELF note that tells packagers of a library opened by dlopen():
 * https://systemd.io/ELF_DLOPEN_METADATA/ (read by dh_dlopenlibdeps and rpm).
 */
#ifndef URUN_BASE_DLOPEN_NOTE_H
#define URUN_BASE_DLOPEN_NOTE_H

#include <stdint.h>

#define DLOPEN_NOTE(feature, description, priority, soname)                                         \
	__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {            \
		uint32_t name_size, desc_size, type;                                                \
		char name[sizeof("FDO")];                                                           \
		char desc[sizeof("[{\"feature\":\"" feature "\",\"description\":\"" description     \
				 "\",\"priority\":\"" priority "\",\"soname\":[\"" soname "\"]}]")] \
			__attribute__((aligned(4)));                                                \
	} dlopen_note = {                                                                           \
		sizeof("FDO"),                                                                      \
		sizeof(dlopen_note.desc),                                                           \
		0x407c0c0a,                                                                         \
		"FDO",                                                                              \
		"[{\"feature\":\"" feature "\",\"description\":\"" description                      \
		"\",\"priority\":\"" priority "\",\"soname\":[\"" soname "\"]}]",                   \
	}

#endif
