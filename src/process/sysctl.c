/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See sysctl.h. Engines put "net.ipv4.ping_group_range=0 2147483647" into each
 * config; the kernel takes gids of the user namespace only and answers EINVAL.
 */
#include "process/sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "process/procfs.h"

static const char ping_key[] = "net/ipv4/ping_group_range";

static bool parse_pair(const char *s, uint64_t *ret_low, uint64_t *ret_high)
{
	s += strspn(s, " \t");
	if (parse_u64_at(&s, ret_low) < 0 || (*s != ' ' && *s != '\t'))
		return false;
	s += strspn(s, " \t");
	if (parse_u64_at(&s, ret_high) < 0)
		return false;
	return s[strspn(s, " \t")] == '\0';
}

bool sysctl_narrow_ping_range(const char *value, const struct idmap *gid_map, uint32_t *ret_low,
			      uint32_t *ret_high)
{
	uint64_t low, high, best_low = UINT64_MAX, best_high = 0;

	if (!parse_pair(value, &low, &high) || low > high)
		return false;
	for (size_t i = 0; i < gid_map->n; i++) {
		uint64_t first = gid_map->m[i].container_id;
		uint64_t last = first + gid_map->m[i].size - 1;

		if (first < low)
			first = low;
		if (last > high)
			last = high;
		if (first > last)
			continue;
		if (first < best_low)
			best_low = first;
		if (last > best_high)
			best_high = last;
	}
	if (best_low == UINT64_MAX)
		return false;
	*ret_low = (uint32_t)best_low;
	*ret_high = (uint32_t)best_high;
	return true;
}

static int write_ping_range(const char *path, const char *value, const struct idmap *gid_map,
			    int proc_fd)
{
	uint32_t low, high;
	char narrow[32];
	int r;

	if (!sysctl_narrow_ping_range(value, gid_map, &low, &high))
		return -EINVAL;
	snprintf(narrow, sizeof(narrow), "%u %u", low, high);
	r = procfs_write(proc_fd, path, narrow);
	if (r == 0)
		log_warning("sysctl '%s' is '%s' instead of '%s': the other gids are not mapped",
			    ping_key, narrow, value);
	return r;
}

static int write_sysctl(const struct oci_key_value *kv, const struct idmap *gid_map, int proc_fd,
			struct error *e)
{
	bool is_ping = strcmp(kv->key, ping_key) == 0;
	char path[512];
	int n, r;

	n = snprintf(path, sizeof(path), "sys/%s", kv->key);
	if (n < 0 || (size_t)n >= sizeof(path))
		return error_set(e, ENAMETOOLONG, "set sysctl '%.64s...'", kv->key);
	r = procfs_write(proc_fd, path, kv->value);
	if (r == -EINVAL && is_ping)
		r = write_ping_range(path, kv->value, gid_map, proc_fd);
	if (r == -EINVAL && is_ping)
		return error_msg(e, EINVAL,
				 "set sysctl '%s' to '%s': both gids must be mapped in "
				 "the container's user namespace",
				 kv->key, kv->value);
	if (r < 0)
		return error_set(e, r, "set sysctl '%s' to '%s'", kv->key, kv->value);
	return 0;
}

int process_write_sysctls(const struct rootfs_plan *r, const struct idmap *gid_map, int proc_fd,
			  struct error *e)
{
	for (size_t i = 0; i < r->n_sysctls; i++) {
		int err = write_sysctl(&r->sysctls[i], gid_map, proc_fd, e);

		if (err < 0)
			return err;
	}
	return 0;
}
