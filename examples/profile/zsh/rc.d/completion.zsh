# The completion system. Its dump is rebuilt once a day; in between it is
# trusted as it is, which saves most of the shell's start-up time.

autoload -Uz compinit
() {
  local dump=$ZCACHE/zcompdump-$ZSH_VERSION
  if [[ -n $dump(#qN.mh-24) ]]; then
    compinit -C -d $dump
  else
    compinit -d $dump
    touch $dump
  fi
}

setopt complete_in_word always_to_end
setopt no_list_beep

zstyle ':completion:*' menu select
zstyle ':completion:*' use-cache yes
zstyle ':completion:*' cache-path $ZCACHE/compcache

# As typed; else without regard to case; else from the middle of the word.
zstyle ':completion:*' matcher-list '' 'm:{a-zA-Z}={A-Za-z}' 'l:|=* r:|=*'

# Grouped, with a heading for each kind.
zstyle ':completion:*' group-name ''
zstyle ':completion:*:descriptions' format '%F{blue}%d%f'
zstyle ':completion:*:warnings' format '%F{yellow}nothing for: %d%f'
zstyle ':completion:*' list-colors ${(s.:.)LS_COLORS}

# `kill` shows a process list worth reading.
zstyle ':completion:*:*:kill:*:processes' list-colors '=(#b) #([0-9]#)*=0=01;31'
zstyle ':completion:*:processes' command 'ps -u $USER -o pid,%cpu,tty,cputime,cmd'

# Files that nobody edits come last.
zstyle ':completion:*:*:(nvim|hx):*' file-patterns \
  '^*.(o|pyc|pdf|png|jpg|zip|tar|gz):source-files' '*:all-files'
