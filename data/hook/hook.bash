# Lumina's hook for bash, as one word for `eval`, with aliases switched off. `lumina flow` answers
# with calls of its functions: lumina-flow(7). All names begin with _lumina_, since an answer may
# set others.

# _lumina_at: "$PWD//$LUMINA_FLOW" as it was when we asked, and _lumina_key the same behind the
# shell's flags, where there is nothing to do. _lumina_root: the project's root, and
# _lumina_seen its folders that were asked for, and when. _lumina_kept: unexported values that a
# project hides; _lumina_bare: how those without one were declared. _lumina_own: $! if it is ours.
# _lumina_watch: the .envrc that we have loaded, and _lumina_mark a file as old as our last look at
# it; _lumina_again: direnv is to be asked again. _lumina_late: a place where what other folders
# have set should go, and no answer came: there the next prompt asks once more.
_lumina_watch= _lumina_mark= _lumina_again= _lumina_late=
_lumina_at= _lumina_key= _lumina_tried= _lumina_root= _lumina_noted= _lumina_answer= _lumina_deep=
_lumina_fd= _lumina_pid= _lumina_got= _lumina_own=${_lumina_own-}
builtin declare -gA _lumina_seen _lumina_kept _lumina_bare
_lumina_seen=()

# bash copies all of a function for each call: so this one is short. Inside of `case` $? is still as
# it was before, and `return` gives it back.
_lumina_hook() {
	case $-:${PWD-}//${LUMINA_FLOW-} in
	"$_lumina_key") return ;;
	*) _lumina_elsewhere ;;
	esac
}

_lumina_elsewhere() {
	_lumina_status=$? _lumina_here=${PWD-}//${LUMINA_FLOW-} _lumina_then=${_lumina_seen[${PWD:--}]-}
	if [[ -n $_lumina_then && -n $_lumina_at && $_lumina_here != "$_lumina_at" &&
			${LUMINA_FLOW-} != 0 && $BASH_SUBSHELL == 0 ]] &&
			builtin printf -v _lumina_now '%(%s)T' -1 &&
			((_lumina_now >= _lumina_then && _lumina_now - _lumina_then < 30)); then
		_lumina_at=$_lumina_here
	else
		_lumina_moved
	fi
	case $- in
	*e*) return 0 ;; # what has failed is dealt with: `set -e` need not end the shell here
	esac
	# What we watch is looked at before each prompt.
	[[ -n $_lumina_watch || $BASHOPTS == *nocasematch* ]] || _lumina_key=$-:$_lumina_at
	return "$_lumina_status"
}

_lumina_moved() {
	if [[ $BASH_SUBSHELL != 0 ]]; then
		return 0
	fi
	if [[ -z $_lumina_at && -n $_lumina_tried ]]; then # Ctrl-C, while we waited
		[[ -z $_lumina_fd ]] || _lumina_close
		_lumina_at=$_lumina_tried
	fi
	# `[`, not `[[`: with nocasematch two folders may look like one.
	if builtin [ "$_lumina_here" = "$_lumina_at" ]; then
		[[ -n $_lumina_watch ]] && _lumina_is_stale || return 0
	fi
	if [[ ${LUMINA_FLOW-} == 0 && -z ${__LUMINA_FLOW-}$_lumina_root ]]; then
		_lumina_at=$_lumina_here
		return 0
	fi
	_lumina_change
	return 0
}

_lumina_change() {
	local -
	builtin set +euvxkET
	if [[ ! -x $_lumina_bin ]]; then
		_lumina_remove
		return 0
	fi
	_lumina_at= _lumina_key= _lumina_tried=$_lumina_here
	if [[ ${LUMINA_FLOW-} == 0 ]]; then
		_lumina_ask --off
	else
		_lumina_ask --dir "${PWD-}"
	fi || _lumina_answer=-
	_lumina_at=$_lumina_tried _lumina_again=
	if [[ $_lumina_answer == @(|-) && -n ${__LUMINA_FLOW-} && $_lumina_late != "$_lumina_at" &&
			($PWD/ != "${_lumina_root:-//}"/* || ${LUMINA_FLOW-} == 0) ]]; then
		_lumina_late=$_lumina_at _lumina_at= _lumina_tried=
	else
		_lumina_late=
	fi
	[[ $_lumina_answer == - ]] || _lumina_use
}

# In the process that becomes lumina.
_lumina_run() {
	builtin exec </dev/null
	[[ -n $_lumina_deep ]] || builtin exec 2>/dev/null
	! builtin declare -F _direnv_hook >/dev/null || builtin export _LUMINA_DIRENV=1
	[[ -z $_lumina_again ]] || builtin export _LUMINA_AGAIN=1
	builtin export LUMINA_SHELL_PID=$$
	builtin exec "$_lumina_bin" flow "$@" --shell bash
}

# A process substitution would take the place of a person's $!: then it has a subshell of its own.
_lumina_ask() {
	if [[ -z ${!-} || $! == "$_lumina_own" ]]; then
		_lumina_try "$@"
		return
	fi
	_lumina_answer=$(_lumina_try "$@" && builtin printf '%s:' "$_lumina_answer")
	[[ $_lumina_answer == *: ]] || return 1
	_lumina_answer=${_lumina_answer%:}
}

# On a busy machine bash 5.2 loses the exit status of one in a thousand: `wait` says -1. How that
# one has ended isn't known, so it isn't used: we ask again.
_lumina_try() {
	_lumina_read "$@" || { [[ $_lumina_got == -1 ]] && _lumina_read "$@"; }
}

_lumina_read() {
	local _lumina_scale=1 _lumina_chunk
	case ${LUMINA_TIMEOUT_SCALE-} in
	[1-9] | [1-9][0-9] | 100) _lumina_scale=$LUMINA_TIMEOUT_SCALE ;;
	esac
	_lumina_answer=
	{ exec {_lumina_fd}< <(_lumina_run "$@"); } 2>/dev/null || return 1
	_lumina_pid=$! _lumina_own=$!
	LC_ALL=C builtin read -r -N 1048577 -u "$_lumina_fd" -t "$((_lumina_scale / 10)).$((_lumina_scale % 10))" \
		_lumina_answer 2>/dev/null
	_lumina_got=$?
	if ((_lumina_got > 128)); then
		# Time is up, and bash still has what came last: the next `read -N` would begin with it.
		LC_ALL=C builtin read -r -N 8192 _lumina_chunk </dev/null
	fi
	_lumina_close
	if ((_lumina_got == 1)) || { ((_lumina_got > 128)) && _lumina_whole; }; then
		# It has ended by itself, or now: this can't take long.
		builtin wait "$_lumina_pid" 2>/dev/null
		_lumina_got=$?
		return "$_lumina_got"
	fi
	return 1
}

_lumina_close() {
	exec {_lumina_fd}<&-
	_lumina_fd=
	builtin kill -KILL "$_lumina_pid" 2>/dev/null
}

_lumina_whole() {
	[[ $'\n'$_lumina_answer == *$'\n#lumina:end\n' ]]
}

# Nothing is used unless all of it has come, and all of it is shell.
_lumina_use() {
	local _lumina_before=$_lumina_root _lumina_changed=
	if [[ -n $_lumina_answer ]]; then
		_lumina_whole || return 0
		builtin eval "_lumina_apply() { :
$_lumina_answer}" 2>/dev/null || return 0
		_lumina_answer= _lumina_root=
		_lumina_apply
		[[ -z $_lumina_changed && $_lumina_root == "$_lumina_before" ]] || _lumina_seen=()
	elif [[ $PWD/ != "${_lumina_root:-//}"/* || ${LUMINA_FLOW-} == 0 ]]; then
		return 0
	fi
	if [[ -n $_lumina_root && -n ${PWD-} ]]; then
		builtin printf -v "_lumina_now" '%(%s)T' -1
		_lumina_seen[$PWD]=$_lumina_now
	fi
}

# Says whether a variable may be set: neither read-only nor of a kind that takes values otherwise
# (an integer's would be run). _lumina_kind: its attributes, and without a value what declares it.
_lumina_may() {
	case $1 in
	'' | [!A-Za-z_]* | *[!A-Za-z0-9_]*) return 1 ;;
	esac
	[[ ! -R $1 ]] || return 1
	_lumina_kind=${!1@a}
	case $_lumina_kind in
	*[!xt]*) return 1 ;;
	esac
	# Of one without a value, bash tells them in no other way: a process, but seldom.
	if [[ ! -v $1 ]] && builtin declare -p -- "$1" >/dev/null 2>&1; then
		case $(builtin declare -p -- "$1") in
		"declare -- $1") _lumina_kind=-- ;;
		"declare -x $1") _lumina_kind=-x ;;
		*) return 1 ;;
		esac
	fi
}

# A value that was set but not exported isn't seen by lumina: it is kept here, to come back.
_lumina_set() {
	local _lumina_kind
	_lumina_may "$1" || return 0
	if [[ ! -v $1 ]]; then
		builtin unset "_lumina_kept[$1]" "_lumina_bare[$1]"
		[[ -z $_lumina_kind ]] || _lumina_bare[$1]=$_lumina_kind
	elif [[ $_lumina_kind != *x* ]]; then
		_lumina_kept[$1]=${!1}
	fi
	_lumina_changed=1
	builtin export -- "$1=$2" 2>/dev/null
}

_lumina_unset() {
	local _lumina_kind
	_lumina_may "$1" || return 0
	_lumina_changed=1
	if [[ -n ${_lumina_kept[$1]+x} ]]; then
		builtin export -n -- "$1=${_lumina_kept[$1]}" 2>/dev/null
		builtin unset "_lumina_kept[$1]"
	else
		builtin unset -v -- "$1" 2>/dev/null
		[[ -z ${_lumina_bare[$1]+x} ]] || builtin declare -g "${_lumina_bare[$1]}" "$1"
		builtin unset "_lumina_bare[$1]"
	fi
}

_lumina_project() {
	_lumina_root=$1
}

_lumina_note() {
	[[ $_lumina_noted != *$'\n'"$1"$'\n'* ]] || return 0
	((${#_lumina_noted} < 8192)) || _lumina_noted=
	_lumina_noted+=$'\n'$1$'\n'
	builtin printf 'lumina: %s\n' "$1" >&2
}

# As long as it takes: Ctrl-C ends it.
_lumina_slow() {
	_lumina_changed=1
	[[ -z $_lumina_deep ]] || return 0
	local _lumina_deep=1 _lumina_root=$_lumina_root
	_lumina_answer=$(_lumina_run --dir "$PWD" --slow) || return 0
	[[ -z $_lumina_answer ]] || _lumina_answer+=$'\n'
	_lumina_use
}

_lumina_direnv() {
	local _lumina_text
	_lumina_changed=1
	builtin type -P direnv >/dev/null || return 0
	_lumina_look "${1-}"
	# 1: it may not load what is here; what it had loaded before goes all the same.
	_lumina_text=$(builtin command direnv export bash </dev/null)
	case $? in 0 | 1) builtin eval "$_lumina_text" ;; esac
	return 0
}

# Once more, where its own hook has said all.
_lumina_direnv_on() {
	_lumina_direnv 2>/dev/null
}

_lumina_direnv_off() {
	local _lumina_text
	_lumina_changed=1 _lumina_watch=
	builtin type -P direnv >/dev/null || return 0
	_lumina_text=$(builtin cd / && builtin command direnv export bash </dev/null 2>/dev/null) &&
		builtin eval "$_lumina_text"
	return 0
}

_lumina_look() {
	local _lumina_folder=${XDG_RUNTIME_DIR-}/lumina
	_lumina_watch=
	[[ -n $1 && -e $1 && -n ${XDG_RUNTIME_DIR-} && -d $_lumina_folder && -O $_lumina_folder ]] ||
		return 0
	_lumina_mark=$_lumina_folder/envrc.$$
	{ builtin : >|"$_lumina_mark"; } 2>/dev/null || return 0
	# From the future it would be newer at each prompt.
	[[ $1 -nt $_lumina_mark ]] || _lumina_watch=$1
}

_lumina_is_stale() {
	[[ $_lumina_watch -nt $_lumina_mark || ! -e $_lumina_watch ]] || return 1
	_lumina_look "$_lumina_watch"
	_lumina_again=1 _lumina_seen=()
}

# The program is gone. What others have copied from PROMPT_COMMAND may still call us.
_lumina_remove() {
	local _lumina_one
	local -a _lumina_rest=()
	if [[ ${PROMPT_COMMAND@a} == *a* ]]; then
		for _lumina_one in "${PROMPT_COMMAND[@]}"; do
			[[ $_lumina_one == _lumina_hook ]] || _lumina_rest+=("$_lumina_one")
		done
		PROMPT_COMMAND=("${_lumina_rest[@]}")
	elif [[ $PROMPT_COMMAND =~ ^_lumina_hook[[:blank:]]*([;$'\n'](.*))?$ ]]; then
		PROMPT_COMMAND=${BASH_REMATCH[2]}
	fi
	[[ -z ${_lumina_wrapped-} ]] || builtin unset -f lumina
	[[ -z ${_lumina_wraps_direnv-} ]] || builtin unset -f direnv
	_lumina_watch=
	_lumina_hook() {
		_lumina_status=$?
		case $- in
		*e*) return 0 ;;
		esac
		return "$_lumina_status"
	}
}

# What it does may concern the present folder. LUMINA_HOOK: for `lumina doctor`.
if [[ -n ${_lumina_wrapped-} ]] || ! builtin declare -F lumina >/dev/null; then
	_lumina_wrapped=1
	lumina() {
		_lumina_at= _lumina_key= _lumina_tried= _lumina_seen=()
		if builtin type -P lumina >/dev/null; then
			LUMINA_HOOK=bash:$$ command lumina "$@"
		else
			LUMINA_HOOK=bash:$$ "$_lumina_bin" "$@"
		fi
	}
fi

# `direnv allow` and the like concern it, too.
if [[ -n ${_lumina_wraps_direnv-} ]] ||
	{ builtin type -P direnv >/dev/null && ! builtin declare -F direnv >/dev/null; }; then
	_lumina_wraps_direnv=1
	direnv() {
		_lumina_at= _lumina_key= _lumina_tried= _lumina_seen=() _lumina_again=1
		command direnv "$@"
	}
fi

# First, so that prompts show what came of it.
_lumina_add() {
	local -
	builtin set +eu
	case "${PROMPT_COMMAND[*]}" in
	*_lumina_hook*) return 0 ;;
	esac
	if [[ ${PROMPT_COMMAND@a} == *a* ]]; then
		PROMPT_COMMAND=(_lumina_hook "${PROMPT_COMMAND[@]}")
	else
		PROMPT_COMMAND="_lumina_hook${PROMPT_COMMAND:+; $PROMPT_COMMAND}"
	fi
}
_lumina_add
builtin unset -f _lumina_add
