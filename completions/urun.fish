# fish completion of urun; made by 'urun completion fish', do not edit
set -g __urun_valued :--root :--log :--log-format :--log-level :--cgroup-manager :--exit-codes create:--bundle create:-b create:--config create:-f create:--console-socket create:--pidfd-socket create:--pid-file create:--preserve-fds create:--pass-fd create:--userns create:--map-groups create:--network create:--publish create:-p start:--ready-timeout run:--bundle run:-b run:--config run:-f run:--console-socket run:--pidfd-socket run:--pid-file run:--preserve-fds run:--pass-fd run:--userns run:--map-groups run:--network run:--publish run:-p run:--ready-timeout exec:--process exec:-p exec:--user exec:-u exec:--additional-gids exec:-g exec:--env exec:-e exec:--env-file exec:--cap exec:-c exec:--cwd exec:--apparmor exec:--process-label exec:--cgroup exec:--console-socket exec:--pidfd-socket exec:--pid-file exec:--preserve-fds exec:--pass-fd list:--format list:-f ps:--format ps:-f ps:--columns ps:-o update:--resources update:-r update:--blkio-weight update:--cpu-period update:--cpu-quota update:--cpu-rt-period update:--cpu-rt-runtime update:--cpu-share update:--cpu-burst update:--cpu-idle update:--cpuset-cpus update:--cpuset-mems update:--kernel-memory update:--kernel-memory-tcp update:--memory update:--memory-reservation update:--memory-swap update:--pids-limit update:--unified update:--l3-cache-schema update:--mem-bw-schema events:--interval mounts:--format mounts:-f port:--format port:-f spec:--bundle spec:-b spec:--config spec:-f spec:--arg spec:-a spec:--env spec:-e spec:--mount spec:--rootfs spec:--network spec:--home unshare:--map-groups
set -g __urun_stops exec unshare

# The line up to the cursor: the command, how many operands it has, and --root.
function __urun_parse
	set -g __urun_command ''
	set -g __urun_operands 0
	set -g __urun_root
	set -l option ''
	set -l tokens (commandline -opc)
	for token in $tokens[2..-1]
		if test -n "$option"
			test "$option" = :--root; and set __urun_root --root $token
			set option ''
		else if contains -- "$__urun_command" $__urun_stops; and test $__urun_operands -gt 0
			set __urun_operands (math $__urun_operands + 1)
		else if string match -q -- '--root=*' $token
			set __urun_root $token
		else if contains -- "$__urun_command:$token" $__urun_valued
			set option "$__urun_command:$token"
		else if string match -q -- '-*' $token
			continue
		else if test -z "$__urun_command"
			set __urun_command $token
		else
			set __urun_operands (math $__urun_operands + 1)
		end
	end
end

# COMMAND: are its options due?
function __urun_in
	__urun_parse
	test "$__urun_command" = "$argv[1]"; or return 1
	contains -- "$argv[1]" $__urun_stops; or return 0
	test $__urun_operands -eq 0
end

# COMMAND N: is its operand N due? COMMAND N more: N or a later one?
function __urun_at
	__urun_parse
	test "$__urun_command" = "$argv[1]"; or return 1
	test $__urun_operands -eq $argv[2]; and return 0
	test (count $argv) -gt 2; and test $__urun_operands -gt $argv[2]
end

function __urun_ids
	__urun_parse
	urun $__urun_root list -q 2>/dev/null
end

function __urun_codes
	urun explain 2>/dev/null | string replace '  ' \t
end

complete -c urun -f
complete -c urun -n '__urun_in ""' -a create -d 'make a container; its program waits for '\''start'\'''
complete -c urun -n '__urun_in ""' -a start -d 'start the program of a created container'
complete -c urun -n '__urun_in ""' -a run -d 'create and start a container, wait for it, delete it'
complete -c urun -n '__urun_in ""' -a exec -d 'start another process in a running container'
complete -c urun -n '__urun_in ""' -a state -d 'print the state of a container as JSON'
complete -c urun -n '__urun_in ""' -a list -d 'list the containers below the state root'
complete -c urun -n '__urun_in ""' -a ps -d 'show the processes of a container'
complete -c urun -n '__urun_in ""' -a kill -d 'send a signal (default TERM) to a container'
complete -c urun -n '__urun_in ""' -a delete -d 'remove a stopped or created container'
complete -c urun -n '__urun_in ""' -a prune -d 'remove all containers that have stopped'
complete -c urun -n '__urun_in ""' -a pause -d 'stop all processes of a container'
complete -c urun -n '__urun_in ""' -a resume -d 'let a paused container go on'
complete -c urun -n '__urun_in ""' -a update -d 'change the limits of a running container'
complete -c urun -n '__urun_in ""' -a limits -d 'show the limits of a container: asked, applied, inherited, and why'
complete -c urun -n '__urun_in ""' -a events -d 'show what a container uses and what happens to it'
complete -c urun -n '__urun_in ""' -a mounts -d 'add, remove or list the mounts of a running container'
complete -c urun -n '__urun_in ""' -a port -d 'list, add or remove the published ports of a running container'
complete -c urun -n '__urun_in ""' -a spec -d 'write a config.json to start from'
complete -c urun -n '__urun_in ""' -a features -d 'print the features document of the OCI runtime spec'
complete -c urun -n '__urun_in ""' -a unshare -d 'run a command as root of a user namespace with all your ids'
complete -c urun -n '__urun_in ""' -a explain -d 'say what the code of an error means, and what to do'
complete -c urun -n '__urun_in ""' -a completion -d 'print the completion of a shell'
complete -c urun -n '__urun_in ""' -l root -xa '(__fish_complete_directories)' -d 'where the state of containers is kept'
complete -c urun -n '__urun_in ""' -l log -x -d 'log to [file:]PATH, journald:ID or syslog:ID instead of stderr'
complete -c urun -n '__urun_in ""' -l log-format -xa 'text json' -d 'text (default) or json'
complete -c urun -n '__urun_in ""' -l log-level -xa 'error warning warn info debug trace' -d 'error (default), warning, info or debug'
complete -c urun -n '__urun_in ""' -l debug -d 'the same as --log-level=debug'
complete -c urun -n '__urun_in ""' -l cgroup-manager -xa 'auto systemd cgroupfs disabled' -d 'auto (default), systemd, cgroupfs or disabled'
complete -c urun -n '__urun_in ""' -l systemd-cgroup -d 'the same as --cgroup-manager=systemd'
complete -c urun -n '__urun_in ""' -l rootless -a 'auto true false' -d 'auto (default), true, or false: lacking cgroup rights is an error'
complete -c urun -n '__urun_in ""' -l no-pivot -d 'as the option of create and run'
complete -c urun -n '__urun_in ""' -l exit-codes -xa 'standard distinct' -d 'standard (default): 1, and 255 of exec; distinct: 125, 126, 127'
complete -c urun -n '__urun_in ""' -l version -s v -d 'print the version and what this build can do'
complete -c urun -n '__urun_in ""' -s h -l help -d 'print this help'
complete -c urun -n '__urun_in "create"' -l bundle -s b -xa '(__fish_complete_directories)' -d 'the bundle (default: the current directory)'
complete -c urun -n '__urun_in "create"' -l config -s f -rF -d 'read this instead of config.json in the bundle; '\''-'\'' is stdin'
complete -c urun -n '__urun_in "create"' -l console-socket -rF -d 'send the terminal to this UNIX socket'
complete -c urun -n '__urun_in "create"' -l pidfd-socket -rF -d 'send a pidfd of the container'\''s init to this UNIX socket'
complete -c urun -n '__urun_in "create"' -l pid-file -rF -d 'write the pid of the container'\''s init there'
complete -c urun -n '__urun_in "create"' -l preserve-fds -x -d 'pass file descriptors 3 to 2+N and those of LISTEN_FDS'
complete -c urun -n '__urun_in "create"' -l pass-fd -x -d 'pass this file descriptor, by its number (may be repeated)'
complete -c urun -n '__urun_in "create"' -l userns -xa 'auto keep-id nomap host-root' -d 'id maps in place of the config'\''s'
complete -c urun -n '__urun_in "create"' -l keep-groups -d 'keep the caller'\''s groups, also in exec'
complete -c urun -n '__urun_in "create"' -l map-groups -x -d 'groups of the caller to have by their own numbers: 27,video'
complete -c urun -n '__urun_in "create"' -l network -x -d 'slirp[:KEY=VALUE,...], none or host, in place of the config'\''s'
complete -c urun -n '__urun_in "create"' -l publish -s p -x -d '[ADDRESS:]HOST[-HOST]:PORT[-PORT][/udp] (may be repeated)'
complete -c urun -n '__urun_in "create"' -l no-pivot -d 'change the root by MS_MOVE and chroot, not pivot_root'
complete -c urun -n '__urun_in "create"' -l no-new-keyring -d 'keep the caller'\''s session keyring'
complete -c urun -n '__urun_in "create"' -l strict-rlimits -d 'fail where an rlimit cannot be had, do not lower it'
complete -c urun -n '__urun_in "create"' -l strict -d 'the same, and fail on a capability that is not known'
complete -c urun -n '__urun_in "create"' -l dry-run -d 'print what would be done, and do nothing'
complete -c urun -n '__urun_in "create"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_in "start"' -l ready-timeout -x -d 'with NOTIFY_SOCKET: fail if READY=1 takes longer'
complete -c urun -n '__urun_in "start"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at start 0' -a '(__urun_ids)'
complete -c urun -n '__urun_in "run"' -l bundle -s b -xa '(__fish_complete_directories)' -d 'the bundle (default: the current directory)'
complete -c urun -n '__urun_in "run"' -l config -s f -rF -d 'read this instead of config.json in the bundle; '\''-'\'' is stdin'
complete -c urun -n '__urun_in "run"' -l console-socket -rF -d 'send the terminal to this UNIX socket'
complete -c urun -n '__urun_in "run"' -l pidfd-socket -rF -d 'send a pidfd of the container'\''s init to this UNIX socket'
complete -c urun -n '__urun_in "run"' -l pid-file -rF -d 'write the pid of the container'\''s init there'
complete -c urun -n '__urun_in "run"' -l preserve-fds -x -d 'pass file descriptors 3 to 2+N and those of LISTEN_FDS'
complete -c urun -n '__urun_in "run"' -l pass-fd -x -d 'pass this file descriptor, by its number (may be repeated)'
complete -c urun -n '__urun_in "run"' -l userns -xa 'auto keep-id nomap host-root' -d 'id maps in place of the config'\''s'
complete -c urun -n '__urun_in "run"' -l keep-groups -d 'keep the caller'\''s groups, also in exec'
complete -c urun -n '__urun_in "run"' -l map-groups -x -d 'groups of the caller to have by their own numbers: 27,video'
complete -c urun -n '__urun_in "run"' -l network -x -d 'slirp[:KEY=VALUE,...], none or host, in place of the config'\''s'
complete -c urun -n '__urun_in "run"' -l publish -s p -x -d '[ADDRESS:]HOST[-HOST]:PORT[-PORT][/udp] (may be repeated)'
complete -c urun -n '__urun_in "run"' -l no-pivot -d 'change the root by MS_MOVE and chroot, not pivot_root'
complete -c urun -n '__urun_in "run"' -l no-new-keyring -d 'keep the caller'\''s session keyring'
complete -c urun -n '__urun_in "run"' -l strict-rlimits -d 'fail where an rlimit cannot be had, do not lower it'
complete -c urun -n '__urun_in "run"' -l strict -d 'the same, and fail on a capability that is not known'
complete -c urun -n '__urun_in "run"' -l dry-run -d 'print what would be done, and do nothing'
complete -c urun -n '__urun_in "run"' -l detach -s d -d 'return when the container has started'
complete -c urun -n '__urun_in "run"' -l keep -d 'keep the container'\''s state when it exits'
complete -c urun -n '__urun_in "run"' -l ready-timeout -x -d 'with NOTIFY_SOCKET: fail if READY=1 takes longer'
complete -c urun -n '__urun_in "run"' -l no-subreaper -d 'do not adopt orphaned processes while waiting'
complete -c urun -n '__urun_in "run"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_in "exec"' -l process -s p -rF -d 'read the process object there; '\''-'\'' is stdin'
complete -c urun -n '__urun_in "exec"' -l detach -s d -d 'return when the process has started'
complete -c urun -n '__urun_in "exec"' -l tty -s t -d 'with a terminal; --tty=false: without'
complete -c urun -n '__urun_in "exec"' -l user -s u -x -d 'as this user of the container, by ids or by names'
complete -c urun -n '__urun_in "exec"' -l additional-gids -s g -x -d 'with this group, too (may be repeated)'
complete -c urun -n '__urun_in "exec"' -l env -s e -x -d 'set an environment variable (may be repeated)'
complete -c urun -n '__urun_in "exec"' -l env-file -rF -d 'set the variables of this file; '\''-'\'' is stdin (may be repeated)'
complete -c urun -n '__urun_in "exec"' -l cap -s c -x -d 'add a capability (may be repeated)'
complete -c urun -n '__urun_in "exec"' -l cap-replace -d 'have the capabilities of --cap and no other'
complete -c urun -n '__urun_in "exec"' -l cwd -xa '(__fish_complete_directories)' -d 'start in this directory of the container'
complete -c urun -n '__urun_in "exec"' -l no-new-privs -d 'set no_new_privs'
complete -c urun -n '__urun_in "exec"' -l apparmor -x -d 'under this AppArmor profile'
complete -c urun -n '__urun_in "exec"' -l process-label -x -d 'with this SELinux label'
complete -c urun -n '__urun_in "exec"' -l cgroup -x -d 'in this cgroup below the container'\''s'
complete -c urun -n '__urun_in "exec"' -l ignore-paused -d 'start it in a paused container, too'
complete -c urun -n '__urun_in "exec"' -l console-socket -rF -d 'send the terminal to this UNIX socket'
complete -c urun -n '__urun_in "exec"' -l pidfd-socket -rF -d 'send a pidfd of the process to this UNIX socket'
complete -c urun -n '__urun_in "exec"' -l pid-file -rF -d 'write the pid of the process there'
complete -c urun -n '__urun_in "exec"' -l preserve-fds -x -d 'pass file descriptors 3 to 2+N and those of LISTEN_FDS'
complete -c urun -n '__urun_in "exec"' -l pass-fd -x -d 'pass this file descriptor, by its number (may be repeated)'
complete -c urun -n '__urun_in "exec"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at exec 0' -a '(__urun_ids)'
complete -c urun -n '__urun_at exec 1' -a '(__fish_complete_command)'
complete -c urun -n '__urun_at exec 2 more' -F
complete -c urun -n '__urun_in "state"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at state 0' -a '(__urun_ids)'
complete -c urun -n '__urun_in "list"' -l quiet -s q -d 'print ids only'
complete -c urun -n '__urun_in "list"' -l format -s f -xa 'table json' -d 'table (default) or json'
complete -c urun -n '__urun_in "list"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_in "ps"' -l format -s f -xa 'table json' -d 'table (default) or json: an array of pids'
complete -c urun -n '__urun_in "ps"' -l columns -s o -x -d 'columns of the table, with commas between'
complete -c urun -n '__urun_in "ps"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at ps 0' -a '(__urun_ids)'
complete -c urun -n '__urun_in "kill"' -l all -s a -d 'signal every process of the container'
complete -c urun -n '__urun_in "kill"' -l regex -s r -d 'ID is an extended regular expression'
complete -c urun -n '__urun_in "kill"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at kill 0' -a '(__urun_ids)'
complete -c urun -n '__urun_at kill 1' -a '(kill -l | string split " ")'
complete -c urun -n '__urun_in "delete"' -l force -s f -d 'kill it if it runs; an unknown id is no error'
complete -c urun -n '__urun_in "delete"' -l regex -s r -d 'ID is an extended regular expression'
complete -c urun -n '__urun_in "delete"' -l stopped -d 'what has stopped only; without an ID all that have'
complete -c urun -n '__urun_in "delete"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at delete 0' -a '(__urun_ids)'
complete -c urun -n '__urun_in "prune"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_in "pause"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at pause 0' -a '(__urun_ids)'
complete -c urun -n '__urun_in "resume"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at resume 0' -a '(__urun_ids)'
complete -c urun -n '__urun_in "update"' -l resources -s r -rF -d 'a JSON object as linux.resources of config.json; '\''-'\'' is stdin'
complete -c urun -n '__urun_in "update"' -l blkio-weight -x -d 'weight of its IO, 10 to 1000'
complete -c urun -n '__urun_in "update"' -l cpu-period -x -d 'the period that --cpu-quota is of'
complete -c urun -n '__urun_in "update"' -l cpu-quota -x -d 'time on all CPUs in each period; -1: unlimited'
complete -c urun -n '__urun_in "update"' -l cpu-rt-period -x -d 'of realtime scheduling, which cgroup v2 has not'
complete -c urun -n '__urun_in "update"' -l cpu-rt-runtime -x -d 'the same'
complete -c urun -n '__urun_in "update"' -l cpu-share -x -d 'weight of its CPU time, 2 to 262144; 1024 is usual'
complete -c urun -n '__urun_in "update"' -l cpu-burst -x -d 'time left over that may be used on top of the quota'
complete -c urun -n '__urun_in "update"' -l cpu-idle -x -d '1: run when nothing else wants to; 0: as usual'
complete -c urun -n '__urun_in "update"' -l cpuset-cpus -x -d 'the CPUs that it may use: 0-3,8'
complete -c urun -n '__urun_in "update"' -l cpuset-mems -x -d 'the memory nodes that it may use'
complete -c urun -n '__urun_in "update"' -l kernel-memory -x -d 'of kernel memory alone, which cgroup v2 has not'
complete -c urun -n '__urun_in "update"' -l kernel-memory-tcp -x -d 'of TCP buffers alone, which cgroup v2 has not'
complete -c urun -n '__urun_in "update"' -l memory -x -d 'the most memory: bytes, 512M, 1G, max or -1'
complete -c urun -n '__urun_in "update"' -l memory-reservation -x -d 'memory that is taken from it last'
complete -c urun -n '__urun_in "update"' -l memory-swap -x -d 'memory and swap together'
complete -c urun -n '__urun_in "update"' -l pids-limit -x -d 'the most processes and threads; max or -1: unlimited'
complete -c urun -n '__urun_in "update"' -l unified -x -d 'any file of the cgroup: memory.high=1G; can be given again'
complete -c urun -n '__urun_in "update"' -l l3-cache-schema -x -d 'schemata of its resctrl group: L3:0=f'
complete -c urun -n '__urun_in "update"' -l mem-bw-schema -x -d 'the same for the memory'\''s bandwidth: MB:0=50'
complete -c urun -n '__urun_in "update"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at update 0' -a '(__urun_ids)'
complete -c urun -n '__urun_in "limits"' -l json -d 'as a JSON object'
complete -c urun -n '__urun_in "limits"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at limits 0' -a '(__urun_ids)'
complete -c urun -n '__urun_in "events"' -l interval -x -d 'between two lines of stats: 5s (default), 500ms, 1m30s'
complete -c urun -n '__urun_in "events"' -l stats -d 'one line of stats, and no more'
complete -c urun -n '__urun_in "events"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at events 0' -a '(__urun_ids)'
complete -c urun -n '__urun_in "mounts"' -l format -s f -xa 'table json' -d 'of list: table (default) or json'
complete -c urun -n '__urun_in "mounts"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at mounts 0' -a 'add remove list'
complete -c urun -n '__urun_at mounts 1' -a '(__urun_ids)'
complete -c urun -n '__urun_at mounts 2' -a '(__fish_complete_path)'
complete -c urun -n '__urun_in "port"' -l format -s f -xa 'table json' -d 'of ls: table (default) or json'
complete -c urun -n '__urun_in "port"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at port 0' -a 'ls add rm'
complete -c urun -n '__urun_at port 1' -a '(__urun_ids)'
complete -c urun -n '__urun_in "spec"' -l bundle -s b -xa '(__fish_complete_directories)' -d 'the bundle (default: the current directory)'
complete -c urun -n '__urun_in "spec"' -l config -s f -rF -d 'write this file of the bundle, not config.json; '\''-'\'' is stdout'
complete -c urun -n '__urun_in "spec"' -l rootless -d 'with a user namespace (default unless root calls)'
complete -c urun -n '__urun_in "spec"' -l keep-id -d 'with the caller'\''s own uid and gid inside (default with --host-rootfs)'
complete -c urun -n '__urun_in "spec"' -l arg -s a -x -d 'run this, not '\''sh'\'' (repeated: the program'\''s arguments)'
complete -c urun -n '__urun_in "spec"' -l env -s e -x -d 'set a variable, or take the caller'\''s (may be repeated)'
complete -c urun -n '__urun_in "spec"' -l mount -x -d 'type=bind,source=PATH,destination=PATH[,OPTION...] (may be repeated)'
complete -c urun -n '__urun_in "spec"' -l rootfs -xa '(__fish_complete_directories)' -d 'the root file system, from the bundle (default: rootfs)'
complete -c urun -n '__urun_in "spec"' -l host-rootfs -d 'the host'\''s own tree, read-only, with a private /tmp, /run and home'
complete -c urun -n '__urun_in "spec"' -l network -x -d 'slirp[:KEY=VALUE,...], none or host, as annotations'
complete -c urun -n '__urun_in "spec"' -l home -xa 'private ro rw' -d 'with --host-rootfs: $HOME is empty, or as on the host'
complete -c urun -n '__urun_in "spec"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_in "features"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_in "unshare"' -l map-groups -x -d 'groups of the caller to have by their own numbers: 27,video'
complete -c urun -n '__urun_in "unshare"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at unshare 0' -a '(__fish_complete_command)'
complete -c urun -n '__urun_at unshare 1 more' -F
complete -c urun -n '__urun_in "explain"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at explain 0' -a '(__urun_codes)'
complete -c urun -n '__urun_in "completion"' -s h -l help -d 'print this help'
complete -c urun -n '__urun_at completion 0' -a 'bash zsh fish'
complete -c urun -n '__urun_at help 0' -a 'create start run exec state list ps kill delete prune pause resume update limits events mounts port spec features unshare explain completion'
