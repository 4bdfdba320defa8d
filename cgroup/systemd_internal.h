/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd.c and scope.c share. */
#ifndef URUN_CGROUP_SYSTEMD_INTERNAL_H
#define URUN_CGROUP_SYSTEMD_INTERNAL_H

#include "cgroup/sdbus.h"
#include "cgroup/systemd.h"

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"
#define SYSTEMD_NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit"
#define SYSTEMD_READ_ONLY "org.freedesktop.DBus.Error.PropertyReadOnly"
#define SYSTEMD_UNIT_EXISTS "org.freedesktop.systemd1.UnitExists"

struct systemd {
	const struct sdbus *api;
	sd_bus *bus;
	struct arena *arena;
	const char *where; /* its socket, for messages */

	/* the scope that has been asked for */
	const struct cgroup_request *req;
	pid_t pid;
	int cache;         /* directory for what is found out about this systemd; -EBADF: none */
	uint64_t deadline; /* of its answer */
	struct unit_property *limits;
	size_t n_limits;
	const char *job;     /* path of its job, once systemd has told */
	const char *result;  /* of that job, when it is over */
	int failed;          /* -errno of the call, with `error` */
	bool exists;         /* ... because a unit has the name */
	bool absent;         /* ... because no systemd is at this bus */
	const char *refused; /* ... because it has no such property */
	struct error error;
	/* JobRemoved may come before the reply is read */
	const char *early_job, *early_result;
};

/* Appends one (sv): the property and its value, of any type. */
int systemd_append_property(struct systemd *s, sd_bus_message *m, const struct unit_property *p);

int systemd_new_call(struct systemd *s, const char *method, sd_bus_message **ret);

/* A unit's object, in the arena; -ENOENT where no such unit is loaded. */
int systemd_find_unit(struct systemd *s, const char *unit, const char **ret, struct error *e);

/* lacking.c: what this systemd has no property for (D07). */
void systemd_leave_out_lacking(struct systemd *s);
void systemd_note_lacking(struct systemd *s, const char *name);
void systemd_drop_limit(struct systemd *s, size_t i);

/* Words for a failed call; returns its -errno. */
int systemd_explain(struct systemd *s, const sd_bus_error *be, int r, const char *what,
		    const char *unit, struct error *e);

#endif
