/* SPDX-License-Identifier: Apache-2.0 */
/* A15: org.systemd.property.NAME. See properties.h. */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cgroup/properties.h"

/*
 * What a config may say of its scope (security.md H3): limits, its place among other units,
 * how it is stopped. Not what runs something, names a user or a BPF program, or moves
 * processes; not what opens devices; not what urun itself decides (Slice, PIDs, Delegate).
 */
static const char *const allowed[] = {
	"AddRef",
	"After",
	"AllowedCPUs",
	"AllowedMemoryNodes",
	"Before",
	"BindsTo",
	"CPUAccounting",
	"CPUQuotaPerSecUSec",
	"CPUQuotaPeriodUSec",
	"CPUWeight",
	"CollectMode",
	"Conflicts",
	"DefaultDependencies",
	"DefaultMemoryLow",
	"DefaultMemoryMin",
	"Description",
	"Documentation",
	"FinalKillSignal",
	"IOAccounting",
	"IODeviceLatencyTargetUSec",
	"IODeviceWeight",
	"IOReadBandwidthMax",
	"IOReadIOPSMax",
	"IOWeight",
	"IOWriteBandwidthMax",
	"IOWriteIOPSMax",
	"IPAccounting",
	"IPAddressAllow",
	"IPAddressDeny",
	"JobRunningTimeoutUSec",
	"JobTimeoutUSec",
	"KillMode",
	"KillSignal",
	"ManagedOOMMemoryPressure",
	"ManagedOOMMemoryPressureDurationUSec",
	"ManagedOOMMemoryPressureLimit",
	"ManagedOOMPreference",
	"ManagedOOMSwap",
	"MemoryAccounting",
	"MemoryHigh",
	"MemoryLow",
	"MemoryMax",
	"MemoryMin",
	"MemoryPressureThresholdUSec",
	"MemoryPressureWatch",
	"MemorySwapMax",
	"MemoryZSwapMax",
	"MemoryZSwapWriteback",
	"OOMPolicy",
	"PartOf",
	"PropagatesStopTo",
	"Requires",
	"Requisite",
	"RestartKillSignal",
	"RestrictNetworkInterfaces",
	"RuntimeMaxUSec",
	"RuntimeRandomizedExtraUSec",
	"SendSIGHUP",
	"SendSIGKILL",
	"SocketBindAllow",
	"SocketBindDeny",
	"StartupAllowedCPUs",
	"StartupAllowedMemoryNodes",
	"StartupCPUWeight",
	"StartupIOWeight",
	"StopPropagatedFrom",
	"TasksAccounting",
	"TasksMax",
	"TimeoutStopUSec",
	"Upholds",
	"Wants",
};

static const uint64_t usec_per_sec = 1000000;

/* [A-Z][A-Za-z]+, three letters at least. */
static bool is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len >= 3 && !s[len] && *s >= 'A' && *s <= 'Z';
}

/* "TimeoutStopSec", and not "TimeoutStopUSec". */
static bool is_seconds(const char *s, size_t len)
{
	return len > 3 && strcmp(s + len - 3, "Sec") == 0 && s[len - 4] >= 'a' && s[len - 4] <= 'z';
}

/* Any number of seconds in microseconds; 'infinity' is systemd's largest. */
static int to_usec(const struct gvariant *v, uint64_t *ret)
{
	switch (v->sig[0]) {
	case 'y':
	case 'q':
	case 'u':
	case 't':
		return __builtin_mul_overflow(v->u, usec_per_sec, ret) ? -ERANGE : 0;
	case 'n':
	case 'i':
	case 'x':
		if (v->i < 0 || __builtin_mul_overflow((uint64_t)v->i, usec_per_sec, ret))
			return -ERANGE;
		return 0;
	case 'd':
		if (v->d > 0 && v->d * 0.5 == v->d) { /* inf */
			*ret = UINT64_MAX;
			return 0;
		}
		if (!(v->d >= 0 && v->d < 1e13))
			return -ERANGE;
		*ret = (uint64_t)(v->d * (double)usec_per_sec + 0.5);
		return 0;
	case 's':
		*ret = UINT64_MAX;
		return strcmp(v->s, "infinity") == 0 ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static bool is_allowed(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		if (strcmp(allowed[i], name) == 0)
			return true;
	return false;
}

int cgroup_annotation_property(struct arena *a, const char *name, const char *text,
			       struct unit_property *ret, struct error *e)
{
	size_t len = strlen(name);
	const struct gvariant *v;
	const char *unit_name = name;
	uint64_t usec;
	int err;

	if (!is_name(name))
		return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
				  "'%s' cannot be the name of a systemd property", name);
	if (is_seconds(name, len)) {
		unit_name = arena_printf(a, "%.*sUSec", (int)(len - 3), name);
		if (!unit_name)
			return error_set(e, ENOMEM, "cannot hold the property");
	}
	if (!is_allowed(unit_name))
		return error_kind(e, KIND_CONFIG_UNSUPPORTED, EPERM,
				  "'%s' is not among the properties that a config may give its "
				  "scope",
				  name);
	err = gvariant_parse(a, text, &v, e);
	if (err < 0)
		return error_default_kind(e, KIND_CONFIG_VALUE);
	if (unit_name != name) {
		err = to_usec(v, &usec);
		if (err < 0)
			return error_kind(e, KIND_CONFIG_VALUE, -err,
					  "not a number of seconds that systemd can have");
		v = gvariant_u64(a, usec);
		if (!v)
			return error_set(e, ENOMEM, "cannot hold the property");
	}
	*ret = (struct unit_property){
		.name = unit_name,
		.value = v,
		.key = name,
		.create_only = true,
	};
	return 0;
}
