# bash completion of urun; made by 'urun completion bash', do not edit
# shellcheck shell=bash disable=SC2207

# COMMAND:OPTION: what its value is; 1 if it takes none
_urun_value()
{
	case $1 in
	:--root) kind=dirs ;;
	:--log) kind=none ;;
	:--log-format) words='text json' ;;
	:--log-level) words='error warning warn info debug trace' ;;
	:--cgroup-manager) words='auto systemd cgroupfs disabled' ;;
	:--rootless) words='auto true false' optional=yes ;;
	:--exit-codes) words='standard distinct' ;;
	create:--bundle | create:-b) kind=dirs ;;
	create:--config | create:-f) kind=files ;;
	create:--console-socket) kind=files ;;
	create:--pidfd-socket) kind=files ;;
	create:--pid-file) kind=files ;;
	create:--preserve-fds) kind=none ;;
	create:--pass-fd) kind=none ;;
	create:--userns) words='auto keep-id nomap host-root' ;;
	create:--map-groups) kind=none ;;
	create:--network) kind=none ;;
	create:--publish | create:-p) kind=none ;;
	start:--ready-timeout) kind=none ;;
	run:--bundle | run:-b) kind=dirs ;;
	run:--config | run:-f) kind=files ;;
	run:--console-socket) kind=files ;;
	run:--pidfd-socket) kind=files ;;
	run:--pid-file) kind=files ;;
	run:--preserve-fds) kind=none ;;
	run:--pass-fd) kind=none ;;
	run:--userns) words='auto keep-id nomap host-root' ;;
	run:--map-groups) kind=none ;;
	run:--network) kind=none ;;
	run:--publish | run:-p) kind=none ;;
	run:--ready-timeout) kind=none ;;
	exec:--process | exec:-p) kind=files ;;
	exec:--user | exec:-u) kind=none ;;
	exec:--additional-gids | exec:-g) kind=none ;;
	exec:--env | exec:-e) kind=none ;;
	exec:--env-file) kind=files ;;
	exec:--cap | exec:-c) kind=none ;;
	exec:--cwd) kind=dirs ;;
	exec:--apparmor) kind=none ;;
	exec:--process-label) kind=none ;;
	exec:--cgroup) kind=none ;;
	exec:--console-socket) kind=files ;;
	exec:--pidfd-socket) kind=files ;;
	exec:--pid-file) kind=files ;;
	exec:--preserve-fds) kind=none ;;
	exec:--pass-fd) kind=none ;;
	list:--format | list:-f) words='table json' ;;
	ps:--format | ps:-f) words='table json' ;;
	ps:--columns | ps:-o) kind=none ;;
	update:--resources | update:-r) kind=files ;;
	update:--blkio-weight) kind=none ;;
	update:--cpu-period) kind=none ;;
	update:--cpu-quota) kind=none ;;
	update:--cpu-rt-period) kind=none ;;
	update:--cpu-rt-runtime) kind=none ;;
	update:--cpu-share) kind=none ;;
	update:--cpu-burst) kind=none ;;
	update:--cpu-idle) kind=none ;;
	update:--cpuset-cpus) kind=none ;;
	update:--cpuset-mems) kind=none ;;
	update:--kernel-memory) kind=none ;;
	update:--kernel-memory-tcp) kind=none ;;
	update:--memory) kind=none ;;
	update:--memory-reservation) kind=none ;;
	update:--memory-swap) kind=none ;;
	update:--pids-limit) kind=none ;;
	update:--unified) kind=none ;;
	update:--l3-cache-schema) kind=none ;;
	update:--mem-bw-schema) kind=none ;;
	events:--interval) kind=none ;;
	mounts:--format | mounts:-f) words='table json' ;;
	port:--format | port:-f) words='table json' ;;
	spec:--bundle | spec:-b) kind=dirs ;;
	spec:--config | spec:-f) kind=files ;;
	spec:--arg | spec:-a) kind=none ;;
	spec:--env | spec:-e) kind=none ;;
	spec:--mount) kind=none ;;
	spec:--rootfs) kind=dirs ;;
	spec:--network) kind=none ;;
	spec:--home) words='private ro rw' ;;
	unshare:--map-groups) kind=none ;;
	*) return 1 ;;
	esac
}

# COMMAND: its options
_urun_options()
{
	case $1 in
	'') words='--root= --log= --log-format= --log-level= --debug --cgroup-manager= --systemd-cgroup --rootless --no-pivot --exit-codes= --version -v --help' ;;
	create) words='--bundle= -b --config= -f --console-socket= --pidfd-socket= --pid-file= --preserve-fds= --pass-fd= --userns= --keep-groups --map-groups= --network= --publish= -p --no-pivot --no-new-keyring --strict-rlimits --strict --dry-run --help' ;;
	start) words='--ready-timeout= --help' ;;
	run) words='--bundle= -b --config= -f --console-socket= --pidfd-socket= --pid-file= --preserve-fds= --pass-fd= --userns= --keep-groups --map-groups= --network= --publish= -p --no-pivot --no-new-keyring --strict-rlimits --strict --dry-run --detach -d --keep --ready-timeout= --no-subreaper --help' ;;
	exec) words='--process= -p --detach -d --tty -t --user= -u --additional-gids= -g --env= -e --env-file= --cap= -c --cap-replace --cwd= --no-new-privs --apparmor= --process-label= --cgroup= --ignore-paused --console-socket= --pidfd-socket= --pid-file= --preserve-fds= --pass-fd= --help' ;;
	state) words='--help' ;;
	list) words='--quiet -q --format= -f --help' ;;
	ps) words='--format= -f --columns= -o --help' ;;
	kill) words='--all -a --regex -r --help' ;;
	delete) words='--force -f --regex -r --stopped --help' ;;
	prune) words='--help' ;;
	pause) words='--help' ;;
	resume) words='--help' ;;
	update) words='--resources= -r --blkio-weight= --cpu-period= --cpu-quota= --cpu-rt-period= --cpu-rt-runtime= --cpu-share= --cpu-burst= --cpu-idle= --cpuset-cpus= --cpuset-mems= --kernel-memory= --kernel-memory-tcp= --memory= --memory-reservation= --memory-swap= --pids-limit= --unified= --l3-cache-schema= --mem-bw-schema= --help' ;;
	limits) words='--json --help' ;;
	events) words='--interval= --stats --help' ;;
	mounts) words='--format= -f --help' ;;
	port) words='--format= -f --help' ;;
	spec) words='--bundle= -b --config= -f --rootless --keep-id --arg= -a --env= -e --mount= --rootfs= --host-rootfs --network= --home= --help' ;;
	features) words='--help' ;;
	unshare) words='--map-groups= --help' ;;
	explain) words='--help' ;;
	completion) words='--help' ;;
	esac
}

# COMMAND:N: what its operand N is
_urun_operand()
{
	case $1 in
	:0 | help:0) words='create start run exec state list ps kill delete prune pause resume update limits events mounts port spec features unshare explain completion' ;;
	start:0) kind=ids ;;
	exec:0) kind=ids ;;
	exec:1) kind=commands ;;
	exec:*) kind=files ;;
	state:0) kind=ids ;;
	ps:0) kind=ids ;;
	kill:0) kind=ids ;;
	kill:1) kind=signals ;;
	delete:0) kind=ids ;;
	pause:0) kind=ids ;;
	resume:0) kind=ids ;;
	update:0) kind=ids ;;
	limits:0) kind=ids ;;
	events:0) kind=ids ;;
	mounts:0) words='add remove list' ;;
	mounts:1) kind=ids ;;
	mounts:2) kind=files ;;
	port:0) words='ls add rm' ;;
	port:1) kind=ids ;;
	unshare:0) kind=commands ;;
	unshare:*) kind=files ;;
	explain:0) kind=codes ;;
	completion:0) words='bash zsh fish' ;;
	esac
}

# COMMAND: do its options end at the first operand?
_urun_stops()
{
	case $1 in
	exec | unshare) return 0 ;;
	esac
	return 1
}

_urun()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' words='' kind='' optional='' stopped='' option='' operands=0 i
	local -a root=()

	# bash splits --opt=value into three words
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		option=${COMP_WORDS[i]} optional=''
		if [[ $option == -* ]]; then
			if [[ ${COMP_WORDS[i + 1]} == = ]]; then
				((i += 2))
			elif _urun_value "$command:$option" && [[ -z $optional ]]; then
				((i += 1))
			fi
			((i < COMP_CWORD)) && [[ $command:$option == :--root ]] &&
				root=(--root "${COMP_WORDS[i]}")
		elif [[ -z $command ]]; then
			command=$option
		else
			((operands += 1))
			if _urun_stops "$command"; then
				# The rest are the words of a command.
				stopped=yes operands=$((COMP_CWORD - i))
				break
			fi
		fi
	done
	words='' kind=''
	if [[ -n $stopped ]] || ! _urun_value "$command:$prev"; then
		if [[ -z $stopped && $cur == -* ]]; then
			_urun_options "$command"
		else
			_urun_operand "$command:$operands"
		fi
	fi
	case $kind in
	dirs) compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")); return ;;
	files) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); return ;;
	commands) COMPREPLY=($(compgen -c -- "$cur")); return ;;
	signals) COMPREPLY=($(compgen -A signal -- "$cur")); return ;;
	ids) words=$(urun "${root[@]}" list -q 2>/dev/null) ;;
	codes) words=$(urun explain 2>/dev/null | while read -r word _; do echo "$word"; done) ;;
	esac
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
	[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
	return 0
}
complete -F _urun urun
