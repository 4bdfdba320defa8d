/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp plugin for tests, by what crun's public interface says of one; it
 * shares no header with urun. Its file's name tells what it does with a call:
 *
 *   errno.so      it fails with ENOSPC          later.so   the same, sent by itself
 *   go.so         it goes on                    skip.so    it is left to the next
 *   fail.so       the plugin fails              odd.so     it says what there is not
 *   broken.so     its answer is none            crash.so   the plugin crashes
 *
 * or how it does not begin: v2.so, nostart.so, die.so, slow.so. It writes to
 * plugin.log in the bundle: "start" and what it is told, "call PID NR" with what
 * its process has open, "stop".
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

struct libcrun_load_seccomp_notify_conf_s {
	const char *runtime_root_path;
	const char *name;
	const char *bundle_path;
	const char *oci_config_path;
};

struct state {
	char log[PATH_MAX];
};

EXPORT int run_oci_seccomp_notify_version(void);
EXPORT int run_oci_seccomp_notify_start(void **opaque,
					struct libcrun_load_seccomp_notify_conf_s *conf,
					size_t size);
EXPORT int run_oci_seccomp_notify_handle_request(void *opaque, struct seccomp_notif_sizes *sizes,
						 struct seccomp_notif *req,
						 struct seccomp_notif_resp *resp, int fd,
						 int *handled);
EXPORT int run_oci_seccomp_notify_stop(void *opaque);

/* Is our file's name this one? */
static int is_named(const char *name)
{
	const char *slash;
	Dl_info info;

	if (!dladdr((void *)run_oci_seccomp_notify_version, &info))
		return 0;
	slash = strrchr(info.dli_fname, '/');
	return strcmp(slash ? slash + 1 : info.dli_fname, name) == 0;
}

int run_oci_seccomp_notify_version(void)
{
	return is_named("v2.so") ? 2 : 1;
}

int run_oci_seccomp_notify_start(void **opaque, struct libcrun_load_seccomp_notify_conf_s *conf,
				 size_t size)
{
	struct state *s = calloc(1, sizeof(*s));
	FILE *log;

	if (!s || size != sizeof(*conf))
		return -EINVAL;
	if (is_named("nostart.so"))
		return -ENOSPC;
	if (is_named("die.so"))
		_exit(0);
	if (is_named("slow.so"))
		sleep(1000);
	snprintf(s->log, sizeof(s->log), "%s/plugin.log", conf->bundle_path);
	log = fopen(s->log, "ae");
	if (!log)
		return -errno;
	fprintf(log, "start %s %s %s %s %d\n", conf->name, conf->runtime_root_path,
		conf->bundle_path, conf->oci_config_path, getpid());
	fclose(log);
	*opaque = s;
	return 0;
}

static void write_call(const struct state *s, const struct seccomp_notif *req)
{
	FILE *log = fopen(s->log, "ae");
	int mine;

	if (!log)
		return;
	mine = fileno(log);
	fprintf(log, "call %u %d", req->pid, req->data.nr);
	for (int fd = 0; fd < 1024; fd++) {
		char name[64], target[PATH_MAX];
		ssize_t n;

		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		n = fd == mine ? -1 : readlink(name, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		fprintf(log, " %s", target);
	}
	fputc('\n', log);
	fclose(log);
}

int run_oci_seccomp_notify_handle_request(void *opaque, struct seccomp_notif_sizes *sizes,
					  struct seccomp_notif *req,
					  struct seccomp_notif_resp *resp, int fd, int *handled)
{
	write_call(opaque, req);
	if (sizes->seccomp_notif_resp < sizeof(*resp) || *handled != 0 || resp->error != 0)
		return -EINVAL;
	resp->error = -ENOSPC;
	if (is_named("errno.so")) {
		*handled = 1;
	} else if (is_named("later.so")) {
		resp->id = req->id;
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, resp) < 0)
			return -errno;
		*handled = 2;
	} else if (is_named("go.so")) {
		*handled = 3;
	} else if (is_named("fail.so")) {
		return -EINVAL;
	} else if (is_named("odd.so")) {
		*handled = 9;
	} else if (is_named("broken.so")) {
		resp->flags = 0xff00;
		*handled = 1;
	} else if (is_named("crash.so")) {
		abort();
	} else {
		resp->error = 0;
	}
	return 0;
}

int run_oci_seccomp_notify_stop(void *opaque)
{
	struct state *s = opaque;
	FILE *log = fopen(s->log, "ae");

	if (!log)
		return -errno;
	fprintf(log, "stop\n");
	fclose(log);
	free(s);
	return 0;
}
