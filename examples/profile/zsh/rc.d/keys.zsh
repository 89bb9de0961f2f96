# Keys: Emacs style, with the arrows searching what was begun.

bindkey -e
KEYTIMEOUT=20

autoload -Uz up-line-or-beginning-search down-line-or-beginning-search edit-command-line
zle -N up-line-or-beginning-search
zle -N down-line-or-beginning-search
zle -N edit-command-line

# The terminal has to be in application mode for terminfo's names to hold.
if (( ${+terminfo[smkx]} && ${+terminfo[rmkx]} )); then
  autoload -Uz add-zle-hook-widget
  _keys_app_on() { echoti smkx }
  _keys_app_off() { echoti rmkx }
  add-zle-hook-widget line-init _keys_app_on
  add-zle-hook-widget line-finish _keys_app_off
fi

() {
  local -A key=(
    $terminfo[khome] beginning-of-line
    $terminfo[kend] end-of-line
    $terminfo[kdch1] delete-char
    $terminfo[kcuu1] up-line-or-beginning-search
    $terminfo[kcud1] down-line-or-beginning-search
    $terminfo[kcbt] reverse-menu-complete
  )
  local k
  for k in ${(k)key}; do bindkey -- $k $key[$k]; done
}

bindkey '^P' up-line-or-beginning-search
bindkey '^N' down-line-or-beginning-search
bindkey '^[[1;5C' forward-word      # Ctrl-Right
bindkey '^[[1;5D' backward-word     # Ctrl-Left
bindkey '^[[3;5~' kill-word         # Ctrl-Delete
bindkey '^X^E' edit-command-line    # the line in $EDITOR

# fzf: Ctrl-R history, Ctrl-T files, Alt-C folders.
if [[ -r /usr/share/fzf/key-bindings.zsh ]]; then
  export FZF_DEFAULT_OPTS='--height=40% --layout=reverse --border=none --info=inline'
  (( $+commands[fd] )) && {
    export FZF_DEFAULT_COMMAND='fd --type f --hidden --exclude .git'
    export FZF_CTRL_T_COMMAND=$FZF_DEFAULT_COMMAND
    export FZF_ALT_C_COMMAND='fd --type d --hidden --exclude .git'
  }
  # The theme's colours, read anew by each fzf (0.48 or later): it fails if the file isn't there.
  [[ -r ~/.config/fzf/theme.conf ]] && export FZF_DEFAULT_OPTS_FILE=~/.config/fzf/theme.conf
  source /usr/share/fzf/key-bindings.zsh
fi
