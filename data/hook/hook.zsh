# Lumina's hook for zsh, as one word for `emulate zsh -c`: aliases don't reach it, and its
# functions run under zsh's own options, whatever is set outside. `lumina flow` answers with
# calls of them: lumina-flow(7). All names begin with _lumina_, since an answer may set others.
if builtin zmodload -F zsh/system b:sysread 2>/dev/null &&
		builtin zmodload -F zsh/datetime p:EPOCHREALTIME p:EPOCHSECONDS 2>/dev/null &&
		builtin zmodload zsh/parameter 2>/dev/null; then

# _lumina_at: "$PWD//$LUMINA_FLOW" as it was when we asked. _lumina_root: the project's root, and
# _lumina_seen its folders that were asked for, and when. _lumina_kept: unexported values that a
# project hides. _lumina_watch: the .envrc that we have loaded, and _lumina_mark a file as old as our
# last look at it; _lumina_again: direnv is to be asked again. _lumina_late: a place
# where what other folders have set should go, and no answer came: there the next prompt asks once more.
builtin typeset -g _lumina_watch= _lumina_mark= _lumina_again= _lumina_late=
builtin typeset -g _lumina_at= _lumina_root= _lumina_noted= _lumina_answer= _lumina_deep=
builtin typeset -g _lumina_shell=$$ # in the left part of a pipeline, $$ is another
builtin typeset -gA _lumina_seen _lumina_kept
_lumina_seen=()

_lumina_hook() {
	[[ "${PWD-}//${LUMINA_FLOW-}$_lumina_watch" == "$_lumina_at" ]] || _lumina_moved
}

_lumina_moved() {
	(( ZSH_SUBSHELL == 0 )) || return 0
	if [[ -n $_lumina_watch && "${PWD-}//${LUMINA_FLOW-}" == "$_lumina_at" ]]; then
		_lumina_is_stale || return 0
	fi
	_lumina_at="${PWD-}//${LUMINA_FLOW-}"
	if [[ ${LUMINA_FLOW-} == 0 ]]; then
		[[ -n ${__LUMINA_FLOW-}$_lumina_root ]] || return 0
	elif (( ${+_lumina_seen[$PWD]} )); then
		(( EPOCHSECONDS - ${_lumina_seen[$PWD]} >= 30 || EPOCHSECONDS < ${_lumina_seen[$PWD]} )) ||
			return 0
	fi
	if [[ ! -x $_lumina_bin ]]; then
		_lumina_remove
	elif [[ ${LUMINA_FLOW-} == 0 ]]; then
		_lumina_change --off
	else
		_lumina_change --dir "${PWD-}"
	fi
	return 0
}

_lumina_change() {
	_lumina_ask "$@" || _lumina_answer=-
	_lumina_again=
	if [[ $_lumina_answer == (|-) && -n ${__LUMINA_FLOW-} && $_lumina_late != "$_lumina_at" &&
			( $PWD/ != "${_lumina_root:-//}"/* || ${LUMINA_FLOW-} == 0 ) ]]; then
		_lumina_late=$_lumina_at _lumina_at=
	else
		_lumina_late=
	fi
	[[ $_lumina_answer == - ]] || _lumina_use
}

# In the process that becomes lumina.
_lumina_run() {
	builtin exec </dev/null
	[[ -n $_lumina_deep ]] || builtin exec 2>/dev/null
	(( ! ${+functions[_direnv_hook]} )) || builtin export _LUMINA_DIRENV=1
	[[ -z $_lumina_again ]] || builtin export _LUMINA_AGAIN=1
	builtin export LUMINA_SHELL_PID=$_lumina_shell
	builtin exec "$_lumina_bin" flow "$@" --shell zsh
}

# One process, in a pipeline that ends in this shell: so its exit status is known, and nothing is
# said of how it ended. If it isn't done in time it is killed, and not waited for: not even that
# may take long.
_lumina_ask() {
	builtin setopt local_options no_monitor
	local _lumina_chunk _lumina_job= _lumina_got=1 _lumina_scale=1
	local -F _lumina_end _lumina_left
	[[ ${LUMINA_TIMEOUT_SCALE-} != ([1-9]|[1-9][0-9]|100) ]] || _lumina_scale=$LUMINA_TIMEOUT_SCALE
	_lumina_answer=
	(( _lumina_end = EPOCHREALTIME + 0.1 * _lumina_scale ))
	_lumina_run "$@" | {
		{
			while (( (_lumina_left = _lumina_end - EPOCHREALTIME) > 0 && $#_lumina_answer <= 1048576 )); do
				builtin sysread -s 65536 -t $_lumina_left _lumina_chunk
				_lumina_got=$?
				(( _lumina_got == 0 )) || break
				_lumina_answer+=$_lumina_chunk
			done
		} always {
			_lumina_job=${${(k)jobtexts[(R)_lumina_run*]}[1]}
			if [[ ${jobstates[$_lumina_job]-} == (running|suspended):* ]]; then
				# If it is about to end, as it has closed its output, that changes nothing.
				builtin kill -KILL ${${jobstates[$_lumina_job]##*:}%%=*} 2>/dev/null
				(( _lumina_got == 5 )) || builtin disown %$_lumina_job 2>/dev/null
			else
				_lumina_got=5
			fi
		}
	}
	(( pipestatus[1] == 0 && _lumina_got == 5 ))
}

# Nothing is used unless all of it has come, and all of it is shell.
_lumina_use() {
	local _lumina_before=$_lumina_root _lumina_changed=
	if [[ -n $_lumina_answer ]]; then
		[[ $'\n'$_lumina_answer == *$'\n#lumina:end\n' && $_lumina_answer != *$'\0'* ]] || return 0
		builtin eval "_lumina_apply() { :
$_lumina_answer}" 2>/dev/null || return 0
		_lumina_answer= _lumina_root=
		_lumina_apply
		[[ -z $_lumina_changed && $_lumina_root == "$_lumina_before" ]] || _lumina_seen=()
		[[ -z $_lumina_root ]] || _lumina_seen[$PWD]=$EPOCHSECONDS
	elif [[ -n $_lumina_root && $PWD/ == "$_lumina_root"/* && ${LUMINA_FLOW-} != 0 ]]; then
		_lumina_seen[$PWD]=$EPOCHSECONDS
	fi
}

# A value that was set but not exported isn't seen by lumina: it is kept here, to come back.
_lumina_set() {
	[[ $1 == [A-Za-z_]* && $1 != *[^A-Za-z0-9_]* ]] || return 0
	case ${(Pt)1} in
	'') builtin unset "_lumina_kept[$1]" ;;
	*(readonly|left|right|upper|lower)*|^scalar*) return 0 ;;
	*export*) ;;
	*) _lumina_kept[$1]=${(P)1} ;;
	esac
	_lumina_changed=1
	builtin typeset -gx -- "$1=$2" 2>/dev/null
}

_lumina_unset() {
	[[ $1 == [A-Za-z_]* && $1 != *[^A-Za-z0-9_]* && ${(Pt)1} != *readonly* ]] || return 0
	_lumina_changed=1
	if (( ${+_lumina_kept[$1]} )); then
		builtin typeset -g +x -- "$1=${_lumina_kept[$1]}" 2>/dev/null
		builtin unset "_lumina_kept[$1]"
	else
		builtin unset -v -- "$1" 2>/dev/null
	fi
}

_lumina_project() {
	_lumina_root=$1
}

_lumina_note() {
	[[ $_lumina_noted != *$'\n'"$1"$'\n'* ]] || return 0
	(( $#_lumina_noted < 8192 )) || _lumina_noted=
	_lumina_noted+=$'\n'$1$'\n'
	builtin print -u2 -r -- "lumina: $1"
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
	_lumina_changed=1
	builtin whence -p direnv >/dev/null || return 0
	local _lumina_text
	_lumina_look "${1-}"
	# 1: it may not load what is here; what it had loaded before goes all the same.
	_lumina_text=$(builtin command direnv export zsh </dev/null)
	case $? in (0|1) builtin eval "$_lumina_text" ;; esac
	return 0
}

# Once more, where its own hook has said all.
_lumina_direnv_on() {
	_lumina_direnv 2>/dev/null
}

_lumina_direnv_off() {
	_lumina_changed=1 _lumina_watch=
	builtin whence -p direnv >/dev/null || return 0
	local _lumina_text
	_lumina_text=$(builtin cd -q / && builtin command direnv export zsh </dev/null 2>/dev/null) &&
		builtin eval "$_lumina_text"
	return 0
}

_lumina_look() {
	local _lumina_folder=${XDG_RUNTIME_DIR-}/lumina
	_lumina_watch=
	[[ -n $1 && -e $1 && -n ${XDG_RUNTIME_DIR-} && -d $_lumina_folder && -O $_lumina_folder ]] ||
		return 0
	_lumina_mark=$_lumina_folder/envrc.$_lumina_shell
	{ builtin : >|"$_lumina_mark" } 2>/dev/null || return 0
	# From the future it would be newer at each prompt.
	[[ $1 -nt $_lumina_mark ]] || _lumina_watch=$1
}

_lumina_is_stale() {
	[[ $_lumina_watch -nt $_lumina_mark || ! -e $_lumina_watch || ! -e $_lumina_mark ]] || return 1
	_lumina_look "$_lumina_watch"
	_lumina_again=1 _lumina_seen=()
}

# The program is gone.
_lumina_remove() {
	precmd_functions=(${precmd_functions:#_lumina_hook})
	[[ ${functions[lumina]-} != *_lumina_bin* ]] || builtin unfunction lumina
	[[ ${functions[direnv]-} != *_lumina_again* ]] || builtin unfunction direnv
	builtin unfunction -m "_lumina_*"
	builtin unset -m "_lumina_*"
}

# What it does may concern the present folder. LUMINA_HOOK: for `lumina doctor`.
if [[ ${functions[lumina]-_lumina_bin} == *_lumina_bin* ]]; then
	lumina() {
		_lumina_at= _lumina_seen=()
		if builtin whence -p lumina >/dev/null; then
			LUMINA_HOOK=zsh:$$ command lumina "$@"
		else
			LUMINA_HOOK=zsh:$$ "$_lumina_bin" "$@"
		fi
	}
fi

# `direnv allow` and the like concern it, too.
if [[ ${functions[direnv]-_lumina_again} == *_lumina_again* ]] && builtin whence -p direnv >/dev/null; then
	direnv() {
		_lumina_at= _lumina_seen=() _lumina_again=1
		command direnv "$@"
	}
fi

# First, so that prompts show what came of it.
builtin typeset -ga precmd_functions
precmd_functions=(_lumina_hook ${precmd_functions:#_lumina_hook})

else
	builtin print -u2 -r -- "lumina: no hook: this zsh lacks zsh/system, zsh/datetime or zsh/parameter"
fi
