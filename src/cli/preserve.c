/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --pass-fd, and socket activation: LISTEN_FDS in our environment adds to --preserve-fds
 * (C07, C08). As sd_listen_fds(3) has it, a LISTEN_PID that names another
 * process says that the variables were inherited by mistake.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/parse.h"
#include "cli/cli.h"

enum { FDS_MAX = INT_MAX - 3 };

int preserve_fds(unsigned int option, struct preserve *ret, struct error *e)
{
	const char *fds = getenv("LISTEN_FDS");
	const char *pid = getenv("LISTEN_PID");
	uint32_t listen_fds = 0;
	uint64_t listen_pid = 0;

	if (fds && *fds && parse_u32(fds, &listen_fds) < 0)
		return error_msg(e, EINVAL, "LISTEN_FDS in the environment is no number: '%s'",
				 fds);
	if (pid && *pid && (parse_u64(pid, &listen_pid) < 0 || listen_pid != (uint64_t)getpid())) {
		log_debug("LISTEN_FDS is not meant for us: LISTEN_PID is '%s'", pid);
		listen_fds = 0;
	}
	if ((uint64_t)option + listen_fds > FDS_MAX)
		return error_msg(e, ERANGE, "%llu file descriptors to pass are too many",
				 (unsigned long long)option + listen_fds);
	*ret = (struct preserve){
		.total = option + listen_fds,
		.listen_fds = listen_fds,
		.listen_fdnames = listen_fds ? getenv("LISTEN_FDNAMES") : NULL,
	};
	return 0;
}

int pass_fds(const char *const *words, int **ret, size_t *ret_n, struct error *e)
{
	cleanup_free int *fds = NULL;
	size_t n = 0;

	while (words && words[n])
		n++;
	fds = calloc(n + 1, sizeof(*fds));
	if (!fds)
		return error_set(e, ENOMEM, "file descriptors to pass");
	for (size_t i = 0; i < n; i++) {
		uint32_t fd;

		if (parse_u32(words[i], &fd) < 0 || fd > FDS_MAX)
			return error_msg(e, EINVAL, "option '--pass-fd' takes a number, not '%s'",
					 words[i]);
		fds[i] = (int)fd;
	}
	*ret_n = n;
	*ret = take_ptr(fds);
	return 0;
}
