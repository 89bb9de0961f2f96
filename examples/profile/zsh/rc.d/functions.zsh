# What is too long for an alias.

# mkcd DIR: make it and go there.
mkcd() {
  mkdir -p -- "$1" && cd -- "$1"
}

# up [N]: N folders up.
up() {
  local n=${1:-1} to=.
  [[ $n == <1-> ]] || { print -u2 "up: not a number: $n"; return 2 }
  repeat $n; do to+=/..; done
  cd $to
}

# x ARCHIVE: unpack into a folder of its own, whatever the kind.
x() {
  local file=${1:A} dir
  [[ -f $file ]] || { print -u2 "x: no such file: $1"; return 1 }
  dir=${${file:t}%%.(tar*|tgz|tbz|txz|zip|7z|gz|xz|zst)}
  [[ -e $dir ]] && { print -u2 "x: $dir is already there"; return 1 }
  mkdir -- $dir || return
  case $file in
    *.tar* | *.tgz | *.tbz | *.txz) tar -xf $file -C $dir ;;
    *.zip) unzip -q $file -d $dir ;;
    *.7z) 7z x -o$dir $file ;;
    *.gz) gzip -dc $file >| $dir/${${file:t}%.gz} ;;
    *.xz) xz -dc $file >| $dir/${${file:t}%.xz} ;;
    *.zst) zstd -dc $file >| $dir/${${file:t}%.zst} ;;
    *) rmdir -- $dir; print -u2 "x: unknown kind: $1"; return 1 ;;
  esac
}

# fcd: choose a folder below this one.
fcd() {
  local dir
  dir=$(fd --type d --hidden --exclude .git . "${1:-.}" | fzf --height 50%) && cd -- "$dir"
}

# port N: who listens there.
port() {
  ss -ltnp "sport = :${1:?port N}"
}

# newer: the packages with a new version, without touching the database.
newer() {
  checkupdates
  (( $+commands[paru] )) && paru -Qua
}

# The terminal's title: the folder, or the command that runs.
if [[ $TERM != (dumb|linux) ]]; then
  autoload -Uz add-zsh-hook
  _title_idle() { print -Pn '\e]2;%~\a' }
  _title_busy() { print -n "\e]2;${${1//[[:cntrl:]]/ }[1,60]}\a" }
  add-zsh-hook precmd _title_idle
  add-zsh-hook preexec _title_busy
fi
