/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptor tables of config.json (schema.c, schema_linux.c): the OCI
 * JSON schemas of runtime-spec 1.3 as rows. Tests walk them too.
 */
#ifndef URUN_OCI_SCHEMA_H
#define URUN_OCI_SCHEMA_H

#include "json/decode.h"
#include "oci/config.h"

extern const struct json_object oci_config_schema;    /* struct oci_config */
extern const struct json_object oci_process_schema;   /* struct oci_process */
extern const struct json_object oci_mount_schema;     /* struct oci_mount */
extern const struct json_object oci_linux_schema;     /* struct oci_linux */
extern const struct json_object oci_resources_schema; /* struct limits */
extern const struct json_object oci_idmap_schema;     /* struct id_mapping */

/* The rows of `T`: the JSON name first, then the member. */
#define STRING(T, name, m) JSON_ROW(name, JSON_STRING, const char *, T, m)
#define BOOL(T, name, m) JSON_ROW(name, JSON_BOOL, bool, T, m)
#define I32(T, name, m) JSON_ROW(name, JSON_I32, int32_t, T, m)
#define I64(T, name, m) JSON_ROW(name, JSON_I64, int64_t, T, m)
#define U16(T, name, m) JSON_ROW(name, JSON_U16, uint16_t, T, m)
#define U32(T, name, m) JSON_ROW(name, JSON_U32, uint32_t, T, m)
#define U64(T, name, m) JSON_ROW(name, JSON_U64, uint64_t, T, m)
#define STRINGS(T, name, m) JSON_ROW(name, JSON_STRINGS, struct oci_strings, T, m)
#define EMBEDDED(T, name, m, M, s) JSON_ROW(name, JSON_OBJECT, M, T, m), .sub = &(s)
#define POINTER(T, name, m, M, s) JSON_ROW(name, JSON_OBJECT_PTR, M *, T, m), .sub = &(s)
/* An array of M: pointer `m`, count `n`. */
#define ARRAY(T, name, m, n, M, s) \
	JSON_ROW(name, JSON_OBJECTS, M *, T, m), JSON_COUNT(T, n), .sub = &(s)
#define IDMAP(T, name, map) ARRAY(T, name, map.m, map.n, struct id_mapping, oci_idmap_schema)
#define MAP(T, name, m) \
	JSON_ROW(name, JSON_STRING_MAP, struct oci_key_value *, T, m.v), JSON_COUNT(T, m.n)

#endif
