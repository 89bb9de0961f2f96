# Lumina's hook for fish. `lumina flow` answers with calls of its functions: lumina-flow(7). All
# names begin with _lumina_, since an answer may set others.
if status is-interactive

# "$PWD//$LUMINA_FLOW" as it was when we asked.
set -g _lumina_at
set -g _lumina_deep
# The .envrc that we have loaded, and a file as old as our last look at it; whether direnv is to be
# asked again. A place where what other folders have set should go, and no answer came: there the
# next prompt asks once more.
set -g _lumina_late
set -g _lumina_root
set -g _lumina_watch
set -g _lumina_mark
set -g _lumina_again

function _lumina_hook --on-event fish_prompt
    test "$PWD//$LUMINA_FLOW$_lumina_watch" = "$_lumina_at"
    or _lumina_moved
end

function _lumina_moved
    if test -n "$_lumina_watch" -a "$PWD//$LUMINA_FLOW" = "$_lumina_at"
        _lumina_is_stale
        or return 0
    end
    set -g _lumina_at "$PWD//$LUMINA_FLOW"
    set -g _lumina_deep # Ctrl-C may have left it
    if test "$LUMINA_FLOW" = 0 -a -z "$__LUMINA_FLOW$_lumina_root"
        return 0
    end
    if not test -x $_lumina_bin
        _lumina_remove
    else if test "$LUMINA_FLOW" = 0
        _lumina_change --off
    else
        _lumina_change --dir "$PWD"
    end
    return 0
end

function _lumina_change
    _lumina_ask $argv
    or set -g _lumina_answer -
    set -g _lumina_again
    if contains -- "$_lumina_answer" "" -; and test -n "$__LUMINA_FLOW" -a "$_lumina_late" != "$_lumina_at"
        and begin
            test "$LUMINA_FLOW" = 0 -o -z "$_lumina_root"
            or test "$_lumina_root" != (string sub -l (string length -- "$_lumina_root/") -- "$PWD/" | string trim -rc /)
        end
        set -g _lumina_late "$_lumina_at"
        set -g _lumina_at
    else
        set -g _lumina_late
    end
    test "$_lumina_answer" = -
    or _lumina_use
end

# fish can't wait for a limited time, `timeout` can. What comes goes to a file, as a pipe would
# stay open for as long as anybody has it; without a folder for that, through a second one. In a
# command substitution, so that nothing is said of how they end.
function _lumina_ask
    set -l _lumina_scale 1
    if string match -qr '^([1-9][0-9]?|100)\z' -- "$LUMINA_TIMEOUT_SCALE"
        set _lumina_scale $LUMINA_TIMEOUT_SCALE
    end
    set -l _lumina_time (math "$_lumina_scale * 0.1")
    set -l _lumina_command timeout --foreground -s KILL $_lumina_time $_lumina_bin flow $argv --shell fish
    set -l _lumina_folder "$XDG_RUNTIME_DIR/lumina"
    set -l _lumina_code
    set -lx LUMINA_SHELL_PID $fish_pid
    set -lx _LUMINA_AGAIN $_lumina_again
    functions -q __direnv_export_eval
    and set -lx _LUMINA_DIRENV 1
    set -g _lumina_answer
    if test -n "$XDG_RUNTIME_DIR" -a -d "$_lumina_folder" -a -w "$_lumina_folder" -a -O "$_lumina_folder"
        set -g _lumina_file "$_lumina_folder/fish.$fish_pid"
        set _lumina_code (command $_lumina_command </dev/null >$_lumina_file 2>/dev/null; echo $status)
        read -z -n 1048577 -g _lumina_answer <$_lumina_file
    else
        set _lumina_time (math "$_lumina_time + 0.05")
        set _lumina_code (
            command $_lumina_command </dev/null 2>/dev/null |
                command timeout --foreground -s KILL $_lumina_time cat 2>/dev/null |
                read -z -n 1048577 -g _lumina_answer
            echo $pipestatus[1])
    end
    test "$_lumina_code" = 0
end

# fish tells of each job that a signal has ended, later, by this function: not of ours.
if not functions -q _lumina_job_summary; and functions -q fish_job_summary
    functions -c fish_job_summary _lumina_job_summary
    function fish_job_summary
        string match -q '*_lumina_*' -- "$argv[3]"
        or _lumina_job_summary $argv
    end
end

# Nothing is used unless all of it has come, and all of it is shell.
function _lumina_use
    string match -qr '(?:^|\n)#lumina:end\n\z' -- "$_lumina_answer"
    or return 0
    set -g _lumina_root
    functions -e _lumina_apply
    echo "function _lumina_apply
$_lumina_answer
end" | source 2>/dev/null
    set -g _lumina_answer
    functions -q _lumina_apply
    and _lumina_apply
    return 0
end

# A value that was set but not exported isn't seen by lumina: it is kept here, to come back.
function _lumina_set
    string match -qr '^[A-Za-z_][A-Za-z0-9_]*\z' -- "$argv[1]"
    or return 0
    if not set -qg $argv[1]
        set -eg _lumina_kept_$argv[1]
    else if not set -qgx $argv[1]
        set -g _lumina_kept_$argv[1] $$argv[1]
    else if test (count $$argv[1]) -ne 1
        # A list in the environment is one text, from which it can't be made again.
        test (count $$argv[1]) -gt 0
        and begin
            string match -q '*PATH' -- $argv[1]
            or set --show $argv[1] | string match -q '*global scope, exported, a path*'
        end
        or return 0
    end
    # What was there before may be a universal one, behind ours.
    if set -qUx $argv[1]
        set -eg $argv[1]
        if test "$$argv[1]" = "$argv[2]"
            _lumina_unset $argv[1]
            return 0
        end
    end
    set -gx $argv[1] $argv[2] 2>/dev/null
    return 0
end

function _lumina_unset
    string match -qr '^[A-Za-z_][A-Za-z0-9_]*\z' -- "$argv[1]"
    or return 0
    set -l _lumina_name _lumina_kept_$argv[1]
    if set -qg $_lumina_name
        set -gu $argv[1] $$_lumina_name 2>/dev/null
        set -eg $_lumina_name
    else
        set -eg $argv[1] 2>/dev/null
    end
    return 0
end

# fish asks for each folder.
function _lumina_project
    set -g _lumina_root $argv[1]
end

function _lumina_note
    contains -- "$argv[1]" $_lumina_noted
    and return 0
    set -g _lumina_noted $_lumina_noted[-20..-1] "$argv[1]"
    printf 'lumina: %s\n' "$argv[1]" >&2
end

# As long as it takes: Ctrl-C ends it.
function _lumina_slow
    test -z "$_lumina_deep"
    or return 0
    set -g _lumina_deep 1
    set -lx LUMINA_SHELL_PID $fish_pid
    functions -q __direnv_export_eval
    and set -lx _LUMINA_DIRENV 1
    set -l _lumina_code (
        command $_lumina_bin flow --dir "$PWD" --shell fish --slow </dev/null | read -z -g _lumina_answer
        echo $pipestatus[1])
    test "$_lumina_code" = 0
    and _lumina_use
    set -g _lumina_deep
    return 0
end

function _lumina_direnv
    command -q direnv
    or return 0
    _lumina_look "$argv[1]"
    set -l _lumina_code (
        command direnv export fish </dev/null | read -z -g _lumina_answer
        echo $pipestatus[1])
    # 1: it may not load what is here; what it had loaded before goes all the same.
    if contains -- "$_lumina_code" 0 1
        echo "$_lumina_answer" | source
    end
    set -g _lumina_answer
    return 0
end

# Once more, where its own hook has said all.
function _lumina_direnv_on
    set -l _lumina_code (
        command direnv export fish </dev/null 2>/dev/null | read -z -g _lumina_answer
        echo $pipestatus[1])
    contains -- "$_lumina_code" 0 1
    and echo "$_lumina_answer" | source
    set -g _lumina_answer
    return 0
end

function _lumina_direnv_off
    command -q direnv
    or return 0
    set -g _lumina_watch
    set -l _lumina_code (
        command env -C / direnv export fish </dev/null 2>/dev/null | read -z -g _lumina_answer
        echo $pipestatus[1])
    test "$_lumina_code" = 0
    and echo "$_lumina_answer" | source
    set -g _lumina_answer
    return 0
end

function _lumina_look
    set -l _lumina_folder "$XDG_RUNTIME_DIR/lumina"
    set -g _lumina_watch
    test -n "$argv[1]" -a -e "$argv[1]" -a -n "$XDG_RUNTIME_DIR" -a -d "$_lumina_folder" -a -O "$_lumina_folder"
    or return 0
    set -g _lumina_mark "$_lumina_folder/envrc.$fish_pid"
    true >$_lumina_mark 2>/dev/null
    or return 0
    # From the future it would be newer at each prompt.
    test "$argv[1]" -nt "$_lumina_mark"
    or set -g _lumina_watch $argv[1]
    return 0
end

function _lumina_is_stale
    test "$_lumina_watch" -nt "$_lumina_mark"
    or not test -e "$_lumina_watch" -a -e "$_lumina_mark"
    or return 1
    _lumina_look "$_lumina_watch"
    set -g _lumina_again 1
end

function _lumina_exit --on-event fish_exit
    test -n "$_lumina_file$_lumina_mark"
    and command rm -f -- $_lumina_file $_lumina_mark
end

# The program is gone.
function _lumina_remove
    if functions -q lumina; and string match -q '*_lumina_bin*' -- (functions lumina)
        functions -e lumina
    end
    if functions -q direnv; and string match -q '*_lumina_again*' -- (functions direnv)
        functions -e direnv
    end
    functions -e _lumina_hook
end

# What it does may concern the present folder. LUMINA_HOOK: for `lumina doctor`.
if not functions -q lumina; or string match -q '*_lumina_bin*' -- (functions lumina)
    function lumina --description "Lumina, and ask again where we are"
        set -g _lumina_at
        if command -q lumina
            LUMINA_HOOK=fish:$fish_pid command lumina $argv
        else
            LUMINA_HOOK=fish:$fish_pid $_lumina_bin $argv
        end
    end
end

# `direnv allow` and the like concern it, too.
if command -q direnv
    if not functions -q direnv; or string match -q '*_lumina_again*' -- (functions direnv)
        function direnv --description "direnv, and ask again where we are"
            set -g _lumina_at
            set -g _lumina_again 1
            command direnv $argv
        end
    end
end

end
