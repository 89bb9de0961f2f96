# Short names. Each one falls back to the plain program when the nicer one is
# not installed, so the same file works on a bare server.

if (( $+commands[eza] )); then
  alias ls='eza --group-directories-first'
  alias ll='eza -l --git --group-directories-first'
  alias la='eza -la --git --group-directories-first'
  alias lt='eza --tree --level=2 --git-ignore'
else
  alias ls='ls --color=auto --group-directories-first'
  alias ll='ls -lh'
  alias la='ls -lhA'
fi

(( $+commands[bat] )) && alias cat='bat --paging=never --style=plain'
(( $+commands[trash-put] )) && alias tp='trash-put'   # rm stays rm

alias cp='cp -iv'
alias mv='mv -iv'
alias mkdir='mkdir -p'
alias df='df -h'
alias du='du -h'
alias diff='diff --color=auto'
alias grep='grep --color=auto'
alias ip='ip -color=auto'

alias v='nvim'
alias t='tmux new-session -A -s main'

# git
alias g='git'
alias gs='git status --short --branch'
alias gd='git diff'
alias gds='git diff --staged'
alias gl='git log --oneline --graph --decorate -20'
alias gc='git commit'
alias gp='git push'
alias gpl='git pull'

# systemd
alias sc='systemctl'
alias scu='systemctl --user'
alias jc='journalctl -b -p warning'

# packages and dotfiles
alias orphans='pacman -Qtdq'
alias lu='lumina'
alias lus='lumina status'
alias lug='lumina git'

# global: `make |& L`
alias -g L='| less'
alias -g C='| wl-copy'
