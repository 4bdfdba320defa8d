# bash completion of urun; made by 'urun completion bash', do not edit
# shellcheck shell=bash disable=SC2207
_urun()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' words='' kind='' id='' i

	# bash splits --opt=value into three words
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--root | --log | --log-format | --log-level | --cgroup-manager)
			[[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
			((i++)) ;;
		-* | =) ;;
		*) command=${COMP_WORDS[i]}; break ;;
		esac
	done
	case $command:$prev in
	:--root) kind=dirs ;;
	:--log) kind=none ;;
	:--log-format) words='text json' ;;
	:--log-level) words='error warning warn info debug trace' ;;
	:--cgroup-manager) words='auto systemd cgroupfs disabled' ;;
	:--rootless) words='auto true false' ;;
	create:--bundle | create:-b) kind=dirs ;;
	create:--config | create:-f) kind=files ;;
	create:--console-socket) kind=files ;;
	create:--pidfd-socket) kind=files ;;
	create:--pid-file) kind=files ;;
	create:--preserve-fds) kind=none ;;
	run:--bundle | run:-b) kind=dirs ;;
	run:--config | run:-f) kind=files ;;
	run:--console-socket) kind=files ;;
	run:--pidfd-socket) kind=files ;;
	run:--pid-file) kind=files ;;
	run:--preserve-fds) kind=none ;;
	exec:--process | exec:-p) kind=files ;;
	exec:--user | exec:-u) kind=none ;;
	exec:--additional-gids | exec:-g) kind=none ;;
	exec:--env | exec:-e) kind=none ;;
	exec:--cap | exec:-c) kind=none ;;
	exec:--cwd) kind=dirs ;;
	exec:--apparmor) kind=none ;;
	exec:--process-label) kind=none ;;
	exec:--cgroup) kind=none ;;
	exec:--console-socket) kind=files ;;
	exec:--pidfd-socket) kind=files ;;
	exec:--pid-file) kind=files ;;
	exec:--preserve-fds) kind=none ;;
	list:--format | list:-f) words='table json' ;;
	ps:--format | ps:-f) words='table json' ;;
	ps:--columns | ps:-o) kind=none ;;
	mounts:--format | mounts:-f) words='table json' ;;
	spec:--bundle | spec:-b) kind=dirs ;;
	spec:--config | spec:-f) kind=files ;;
	*)
		case $command in
		'')
			words='create start run exec state list ps kill delete mounts spec features completion'
			[[ $cur == -* ]] && words='--root= --log= --log-format= --log-level= --debug --cgroup-manager= --systemd-cgroup --rootless --no-pivot --version -v --help'
			;;
		create)
			[[ $cur == -* ]] && words='--bundle= -b --config= -f --console-socket= --pidfd-socket= --pid-file= --preserve-fds= --no-pivot --no-new-keyring --strict-rlimits --help'
			;;
		start)
			[[ $cur == -* ]] && words='--help'
			id=yes
			;;
		run)
			[[ $cur == -* ]] && words='--bundle= -b --config= -f --console-socket= --pidfd-socket= --pid-file= --preserve-fds= --no-pivot --no-new-keyring --strict-rlimits --detach -d --keep --no-subreaper --help'
			;;
		exec)
			[[ $cur == -* ]] && words='--process= -p --detach -d --tty -t --user= -u --additional-gids= -g --env= -e --cap= -c --cwd= --no-new-privs --apparmor= --process-label= --cgroup= --ignore-paused --console-socket= --pidfd-socket= --pid-file= --preserve-fds= --help'
			id=yes
			;;
		state)
			[[ $cur == -* ]] && words='--help'
			id=yes
			;;
		list)
			[[ $cur == -* ]] && words='--quiet -q --format= -f --help'
			;;
		ps)
			[[ $cur == -* ]] && words='--format= -f --columns= -o --help'
			id=yes
			;;
		kill)
			[[ $cur == -* ]] && words='--all -a --regex -r --help'
			id=yes
			;;
		delete)
			[[ $cur == -* ]] && words='--force -f --regex -r --help'
			id=yes
			;;
		mounts)
			[[ $cur == -* ]] && words='--format= -f --help'
			case $cur:$prev in
			-*) ;;
			*:mounts) words='add remove list' ;;
			*:add | *:remove | *:list) id=yes ;;
			*) kind=files ;;
			esac
			;;
		spec)
			[[ $cur == -* ]] && words='--bundle= -b --config= -f --rootless --help'
			;;
		features)
			[[ $cur == -* ]] && words='--help'
			;;
		completion)
			[[ $cur == -* ]] && words='--help'
			[[ $cur == -* ]] || words='bash zsh fish'
			;;
		esac
		;;
	esac
	if [[ -n $id && $cur != -* ]]; then
		words=$(urun list -q 2>/dev/null)
	fi
	case $kind in
	dirs) compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")) ;;
	files) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
	none) COMPREPLY=() ;;
	*) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
	esac
	[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
	return 0
}
complete -F _urun urun
