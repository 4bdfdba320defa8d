/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See error_codes.h. The table is the one place where a code is explained: `urun
 * explain` prints it, and tests/lint/docs.sh holds urun(1) to it.
 */
#include "base/error_codes.h"

#include <stdint.h>
#include <stdio.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/parse.h"

const struct error_code error_codes[] = {
	{ KIND_OTHER, "a failure of no kind in particular",
	  "A system call or a step failed in a way that urun has no diagnosis for.",
	  "The message names the object and the cause. With --debug the log shows each step." },
	{ KIND_USAGE, "the command line is wrong",
	  "An option, a command or an argument is unknown, missing, or contradicts another.",
	  "See 'urun --help' and 'urun COMMAND --help'." },

	{ KIND_CONFIG_UNREADABLE, "the bundle or its config cannot be read",
	  "The folder given with --bundle, its config.json, or the file given with --config or\n"
	  "--process is missing, is no regular file, is too large, or may not be read.",
	  "Check the path and its permissions; 'urun spec' writes a config to start from." },
	{ KIND_CONFIG_SYNTAX, "the config is not the JSON it should be",
	  "The text is no JSON, is not UTF-8, or a value has another type than the runtime\n"
	  "specification gives it. The message has the line and the JSON path.",
	  "Correct the value at that path." },
	{ KIND_CONFIG_VALUE, "a value of the config is not allowed",
	  "The type is right, but the runtime specification does not allow the value there, or\n"
	  "two values exclude each other. The message has the JSON path.",
	  "Correct the value at that path." },
	{ KIND_CONFIG_UNSUPPORTED, "the config asks for what this urun cannot do",
	  "urun refuses what it would have to leave out: a container without what its config\n"
	  "asks for would be another container.",
	  "Take the key out of the config if the container can do without it." },
	{ KIND_CONFIG_PLAN, "the config cannot be carried out as it stands",
	  "Its parts do not fit each other or the caller: a sysctl outside of the container's\n"
	  "namespaces, an unknown mount option, a mount over the root.",
	  "The message names the JSON path. 'urun run --dry-run' shows the plan once it works." },
	{ KIND_ID_UNMAPPED, "an id of the config does not exist in the container",
	  "The user namespace maps a part of all ids only, and the config uses another: as user,\n"
	  "as group, or as owner of a file.",
	  "Use an id that is mapped, or map more: linux.uidMappings and linux.gidMappings, or\n"
	  "more sub-ids in /etc/subuid and /etc/subgid." },

	{ KIND_NO_CONTAINER, "there is no container of that id",
	  "The state directory has none. Each user, and each --root, has containers of its own.",
	  "See 'urun list', with the --root that the container was made with." },
	{ KIND_CONTAINER_EXISTS, "there is a container of that id already",
	  "An id is taken until 'urun delete', also when the container has stopped.",
	  "Choose another id, or type 'urun delete ID'." },
	{ KIND_BAD_CONTAINER_ID, "that cannot be the id of a container",
	  "Ids become names of folders: letters, digits and _ + - . without a leading dot.",
	  "Choose another id." },
	{ KIND_NOT_RUNNING, "the container does not run",
	  "Its first process has ended, or was never started.",
	  "See 'urun state ID'; 'urun start ID' starts a created one." },
	{ KIND_IS_RUNNING, "the container runs",
	  "What was asked for needs one that is stopped, or created but not started.",
	  "Stop it: 'urun kill ID', or 'urun delete --force ID' to be rid of it." },
	{ KIND_CONTAINER_BUSY, "another command works on the container",
	  "Only one command at a time may change a container, and another did not end, or the\n"
	  "container is still being made.",
	  "Wait for it, or look with 'ps' for a urun that hangs (in a hook?) and end it." },
	{ KIND_STATE_ROOT, "the state directory cannot be used",
	  "It cannot be made or opened, or others than you could write to it and so forge\n"
	  "containers.",
	  "Make it yours with mode 0700, or choose another one with --root." },
	{ KIND_STATE_BROKEN, "the state of the container cannot be read",
	  "Its state.json is cut off, damaged, or of a version of urun that is not known.",
	  "'urun delete --force ID' removes such a container." },
	{ KIND_IS_PAUSED, "the container is paused",
	  "Its cgroup is frozen: a process that came into it would not run.", "urun resume ID." },

	{ KIND_NO_SUB_IDS, "you have no sub-ids",
	  "A container with more than one user needs ids to give to them. The administrator\n"
	  "grants them in /etc/subuid and /etc/subgid, and you have no line there.",
	  "Type the 'sudo usermod --add-subuids ... --add-subgids ...' of the hint." },
	{ KIND_SUB_IDS_MALFORMED, "your line in /etc/subuid or /etc/subgid cannot be read",
	  "It has a blank, a carriage return, or a number out of range.",
	  "Write it as NAME:FIRST:COUNT, for example 'ana:100000:65536'." },
	{ KIND_SUB_IDS_NOT_GRANTED, "an id map has ids that are not yours",
	  "newuidmap and newgidmap map your own id and those of your lines in /etc/subuid and\n"
	  "/etc/subgid, and no other.",
	  "Map other host ids, or have these granted as the hint says." },
	{ KIND_HELPER_MISSING, "newuidmap or newgidmap is not installed",
	  "A user cannot write a map of several ids himself; these two programs do it for him.",
	  "Install 'uidmap' (Debian, Ubuntu), 'shadow-utils' (Fedora, RHEL), 'shadow' (SUSE) or\n"
	  "'shadow-subids' (Alpine)." },
	{ KIND_HELPER_PRIVILEGE, "newuidmap or newgidmap has not the privilege it needs",
	  "It must be setuid root, or have the file capability cap_setuid (cap_setgid). Copies,\n"
	  "images and NFS lose both.",
	  "Type the 'sudo setcap' or 'sudo chmod' of the hint, or install the package again." },
	{ KIND_HELPER_NOSUID, "newuidmap or newgidmap lies on a file system mounted nosuid",
	  "There the kernel gives it no privilege.",
	  "Mount that file system without nosuid, or install the program elsewhere." },
	{ KIND_HELPER_FAILED, "newuidmap or newgidmap failed",
	  "It was started and refused, or could not be started, or did not end. What it said is\n"
	  "in the message.",
	  "Check /etc/subuid and /etc/subgid, and that the user database (LDAP, SSS) answers." },
	{ KIND_NO_NEW_PRIVS, "no_new_privs keeps newuidmap from working",
	  "The process that started urun has given up to gain privileges by setuid programs.",
	  "Take NoNewPrivileges= from the systemd unit, or no-new-privileges from the outer\n"
	  "container." },
	{ KIND_BOUNDING_SET, "the capability bounding set lacks CAP_SETUID or CAP_SETGID",
	  "What is not in it nobody can gain here, not even newuidmap.",
	  "Take it from CapabilityBoundingSet= of the unit, or add it to the outer container." },
	{ KIND_IDS_NOT_HERE, "the ids do not exist in the user namespace we run in",
	  "urun runs in a container itself, and that one has fewer ids than are asked for.",
	  "Give the outer container more ids, or use smaller ranges in its /etc/subuid." },
	{ KIND_NOT_DUMPABLE, "the /proc files of the new process belong to root",
	  "The process is not dumpable, so that its id maps cannot be written by its user.",
	  "Is urun's file readable for you? Of a file that is not, the process is not dumpable." },
	{ KIND_NO_SETFCAP, "user id 0 cannot be mapped without CAP_SETFCAP",
	  "Since Linux 5.12 only who has it may map the root of the namespace outside.",
	  "Add it to the outer container ('--cap-add setfcap')." },
	{ KIND_APPARMOR, "AppArmor restricts user namespaces",
	  "kernel.apparmor_restrict_unprivileged_userns is 1 (Ubuntu 23.10 and newer): programs\n"
	  "without a profile that allows it have no rights in a user namespace.",
	  "Give urun an AppArmor profile with the rule 'userns,', or turn the sysctl off." },
	{ KIND_NAMESPACES_OFF, "this host allows no namespaces of a kind",
	  "A sysctl user.max_*_namespaces is 0.",
	  "Set it with 'sudo sysctl -w', and in /etc/sysctl.d to keep it." },
	{ KIND_NAMESPACES_USED_UP, "no more namespaces",
	  "A sysctl user.max_*_namespaces is used up, here or in an outer user namespace, or\n"
	  "user namespaces are nested more than 32 deep.",
	  "See 'lsns' for what holds them; raise the sysctl of the hint." },
	{ KIND_USERNS_CLONE_OFF, "users may not make user namespaces on this host",
	  "kernel.unprivileged_userns_clone is 0 (Debian's switch).",
	  "Set it to 1 with 'sudo sysctl -w', and in /etc/sysctl.d to keep it." },
	{ KIND_CALLER_UNMAPPED, "your own id is not mapped in the user namespace we run in",
	  "The kernel lets only a mapped user make another user namespace.",
	  "Start the outer container with this user mapped." },
	{ KIND_CHROOT, "urun runs in a chroot",
	  "The kernel makes no user namespace for a process in a chroot.",
	  "Leave it, or enter the folder by pivot_root (as 'bwrap --bind DIR /' does)." },
	{ KIND_OUTER_FILTER, "a seccomp filter forbids to make namespaces",
	  "It is one of an outer container or of a systemd unit, or the kernel is before 5.14.",
	  "Allow clone3 and unshare outside ('--security-opt seccomp=unconfined'), or take\n"
	  "RestrictNamespaces= from the unit." },
	{ KIND_NO_SYS_ADMIN, "namespaces without a user namespace need CAP_SYS_ADMIN",
	  "The config has no 'user' namespace, and the caller is not privileged.",
	  "Add a 'user' namespace to linux.namespaces ('urun spec --rootless')." },
	{ KIND_KERNEL_LACKS, "the kernel lacks a kind of namespace",
	  "It is built without one that the config asks for.",
	  "See /proc/self/ns for those it has; take the other from linux.namespaces." },
	{ KIND_TOO_MANY_PROCESSES, "no more processes for this user",
	  "RLIMIT_NPROC, or pids.max of a cgroup, is reached.",
	  "See 'ulimit -u' and 'systemctl status user-$(id -u).slice'." },
	{ KIND_NO_BUS, "the bus of systemd cannot be reached",
	  "A user's container gets its cgroup from the user's own systemd, which listens below\n"
	  "$XDG_RUNTIME_DIR; su, sudo and cron start no such session.",
	  "Log in by ssh or 'machinectl shell', or: loginctl enable-linger; export\n"
	  "XDG_RUNTIME_DIR=/run/user/$(id -u)." },
	{ KIND_SYSTEMD, "systemd did not do what was asked",
	  "It refused, failed, or has not answered in time.",
	  "See 'systemctl --user status' and 'journalctl --user -e'." },
	{ KIND_CGROUP, "the container's cgroup cannot be had",
	  "A limit needs a cgroup v2 that the caller may write, with its controller in it.",
	  "Use a systemd user session; 'systemctl edit user@.service' with Delegate=yes gives all\n"
	  "controllers." },
	{ KIND_NETWORK, "the container's network cannot be had",
	  "urun-slirp makes it: it needs /dev/net/tun, libslirp, and a network namespace that\n"
	  "belongs to the container's user namespace.",
	  "The message says which is missing; '--network none' does without." },
	{ KIND_PORT, "a port of the host cannot be published",
	  "Another process listens there, or it is below net.ipv4.ip_unprivileged_port_start.",
	  "Take another port, or 'sysctl net.ipv4.ip_unprivileged_port_start=N' as root." },

	{ KIND_ROOTFS, "the root file system cannot be used",
	  "The folder of .root.path is missing, closed to you, or cannot become the root.",
	  "Check the path; a folder on the way needs 'chmod o+x' where other ids must pass." },
	{ KIND_MOUNT_SOURCE, "the source of a mount cannot be opened",
	  "It is missing, or closed to the caller, whose rights count for it.",
	  "Correct .mounts[N].source, or make it accessible." },
	{ KIND_MOUNT, "a mount failed",
	  "The kernel refused it: the type, an option, or what a user namespace may do.",
	  "The message names .mounts[N]. Try without the options that are not needed." },
	{ KIND_DEVICE, "a device cannot be provided",
	  "Without real root devices are bound from the host's /dev, and this one is not there or\n"
	  "is another.",
	  "Load its module on the host, or take it out of .linux.devices." },
	{ KIND_JOIN, "a namespace cannot be joined",
	  "Its process has ended, or it belongs to a user namespace in which you have no power.",
	  "Join the user namespace that owns it, too, or exec as who made the container." },
	{ KIND_HOOK, "a hook failed",
	  "A program of .hooks is missing, ended with another status than 0, or took too long.",
	  "What it printed last is in the message." },
	{ KIND_INIT_ENDED, "the container's init ended during set-up",
	  "Something killed it: the OOM killer, a limit, or a person.",
	  "See 'dmesg' and the memory limits of the cgroup." },
	{ KIND_ID_MAPS, "the id maps could not be written",
	  "The kernel refused them for a reason that urun does not know.",
	  "Compare linux.uidMappings and linux.gidMappings with /etc/subuid and /etc/subgid." },
	{ KIND_CALLERS_FILES, "a file or socket of the command line cannot be used",
	  "The console socket, the pidfd socket or the pid file: missing, refused, or closed.",
	  "Check the paths that were given, and that somebody listens on the sockets." },
	{ KIND_SECCOMP, "the seccomp filter cannot be made or loaded",
	  "A rule cannot be compiled, or the kernel refused the filter.",
	  "The message names the rule. 'urun features' lists what this build knows." },
	{ KIND_LSM, "an AppArmor profile or SELinux label cannot be set",
	  "The host lacks the module or the profile, or forbids the change.",
	  "Load the profile on the host, or take it out of the config." },
	{ KIND_ATTRIBUTE, "an attribute of the process cannot be set",
	  "A limit, the scheduler, the OOM score, ids, groups or capabilities: the caller may not,\n"
	  "or the kernel cannot.",
	  "The message names it; take it out of the config, or ask for less." },
	{ KIND_READY_TIMEOUT, "the container did not get ready in time",
	  "NOTIFY_SOCKET was passed into it, and it has not sent READY=1 within --ready-timeout.\n"
	  "It has been killed and deleted.",
	  "See what the program waits for, give it more time, or unset NOTIFY_SOCKET for one that\n"
	  "does not use it." },

	{ KIND_PROGRAM_MISSING, "the container's program is not there",
	  "There is no such file in the container, or none of that name in its PATH. Of a script\n"
	  "or a dynamic program, the interpreter may be what is missing.",
	  "Check process.args and PATH; 'urun exec ID ls -l PATH' looks into the container." },
	{ KIND_PROGRAM_NOT_EXECUTABLE, "the container's program cannot be executed",
	  "It is a folder, lacks the x bit for the container's user, or lies on a noexec mount.",
	  "Correct its mode, its owner, or the mount." },
	{ KIND_PROGRAM_FORMAT, "the kernel does not know the format of the program",
	  "It is for another machine, damaged, or a script without '#!'.",
	  "Use an image for this machine, or install qemu-user's binfmt." },
	{ KIND_CWD, "the working directory cannot be entered",
	  "process.cwd is no folder, lies outside of the root, or is closed to the user.",
	  "Correct process.cwd or the folder's mode." },
	{ KIND_NO_SUCH_USER, "the container does not know that user or group",
	  "exec --user looks names up in /etc/passwd and /etc/group of the container.",
	  "Use ids: they are not looked up." },
};

const size_t n_error_codes = ARRAY_SIZE(error_codes);

static const struct error_code *find(uint64_t number)
{
	for (size_t i = 0; i < n_error_codes; i++)
		if ((uint64_t)error_codes[i].kind == number)
			return &error_codes[i];
	return NULL;
}

const struct error_code *error_code_of(enum error_kind kind)
{
	const struct error_code *c = find((uint64_t)kind);

	return c ? c : &error_codes[0];
}

const char *error_code_name(enum error_kind kind, char buf[ERROR_CODE_MAX])
{
	snprintf(buf, ERROR_CODE_MAX, "URUN-E%03u", (unsigned int)error_code_of(kind)->kind);
	return buf;
}

const struct error_code *error_code_parse(const char *text)
{
	uint64_t number;

	if (!strncasecmp(text, "URUN-E", 6))
		text += 6;
	else if (*text == 'e' || *text == 'E')
		text++;
	return parse_u64(text, &number) == 0 ? find(number) : NULL;
}
