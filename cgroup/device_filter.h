/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device filter of a cgroup (V22): a program that all in it and below it is asked about.
 * For real root only. The kernel runs it beside those of others (systemd's DevicePolicy=),
 * and all of them have to allow. It goes with the cgroup.
 */
#ifndef URUN_CGROUP_DEVICE_FILTER_H
#define URUN_CGROUP_DEVICE_FILTER_H

#include "base/error.h"
#include "cgroup/device_bpf.h"

/* What was changed; to be put back, or closed. */
struct device_filter {
	int dir;    /* of the cgroup; the caller's */
	int now;    /* the program that was attached; -EBADF: none */
	int before; /* the one of ours that it has replaced; -EBADF: none */
};

#define DEVICE_FILTER_INIT                                     \
	{                                                      \
		.dir = -EBADF, .now = -EBADF, .before = -EBADF \
	}

/*
 * Gives the cgroup this program and takes back an older one of ours, in one step: there is
 * no moment without a filter. A program without instructions takes ours away.
 */
int device_filter_set(int dir, const struct device_program *p, struct device_filter *ret,
		      struct error *e);

/* As it was before; what cannot be is added to `e`. */
void device_filter_undo(struct device_filter *f, struct error *e);

void device_filter_done(struct device_filter *f);

#endif
