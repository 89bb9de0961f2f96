/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "reg/source_name.h"

static void test_names(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{"~/.config/foot/foot.ini", "foot/foot.ini"},
		{"~/.config/foot", "foot"},
		{"~/.config/starship.toml", "starship.toml"},
		{"~/.config/a/.b", "a/.b"},
		{"~/.local/bin/x", "bin/x"},
		{"~/.local/share/applications/x.desktop", "applications/x.desktop"},
		{"~/.local/share", "share"},
		{"~/.local/state/x", "state/x"},
		{"~/.local", "local"},
		{"~/.config", "config"},
		{"~/.configs/x", "configs/x"},
		{"~/.zshrc", "zsh/zshrc"},
		{"~/.zshenv", "zsh/zshenv"},
		{"~/.zprofile", "zsh/zprofile"},
		{"~/.zlogin", "zsh/zlogin"},
		{"~/.zlogout", "zsh/zlogout"},
		{"~/.zsh", "zsh/zsh"},
		{"~/.zsh/aliases", "zsh/aliases"},
		{"~/.bashrc", "bash/bashrc"},
		{"~/.bash_profile", "bash/bash_profile"},
		{"~/.profile", "shell/profile"},
		{"~/.gitconfig", "git/gitconfig"},
		{"~/.gitignore", "git/gitignore"},
		{"~/.inputrc", "readline/inputrc"},
		{"~/.tmux.conf", "tmux/tmux.conf"},
		{"~/.tmux/x", "tmux/x"},
		{"~/.vimrc", "vim/vimrc"},
		{"~/.vim/colors/x.vim", "vim/colors/x.vim"},
		{"~/.Xresources", "x11/Xresources"},
		{"~/.xinitrc", "x11/xinitrc"},
		{"~/.xprofile", "x11/xprofile"},
		{"~/.gtkrc-2.0", "gtk/gtkrc-2.0"},
		{"~/.ssh/config", "ssh/config"},
		{"~/.ssh", "ssh"},
		{"~/.foorc", "foorc"},
		{"~/.foo/bar", "foo/bar"},
		{"~/notes", "notes"},
		{"~/bin/x", "bin/x"},
		{"~/a.b/.c", "a.b/.c"},
		{"~/.a", "a"},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_text(rows[i][0], source_name(rows[i][0], &arena), rows[i][1]);
	}
	arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
