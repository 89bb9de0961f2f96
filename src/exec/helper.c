/* SPDX-License-Identifier: MIT */
#include "exec/helper.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/words.h"
#include "sys/proc.h"

static const char *const aur_helpers[] = {"paru", "yay"};
static const char *const elevators[] = {"sudo", "doas", "run0"};

enum helper helper_for(enum package_from from) {
	return from == FROM_AUR ? HELPER_AUR : from == FROM_FLATPAK ? HELPER_FLATPAK : HELPER_PACMAN;
}

/* --- argument vectors ---------------------------------------------------------------------- */

struct words {
	const char **items;
	size_t count;
};

static size_t length(const char *const *words) {
	size_t count = 0;
	while (words != NULL && words[count] != NULL) {
		count++;
	}
	return count;
}

static void add(struct words *words, const char *word) {
	words->items[words->count++] = word;
}

static void add_all(struct words *words, const char *const *more) {
	for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
		add(words, more[i]);
	}
}

static const char *aur_helper(void) {
	for (size_t i = 0; i < sizeof(aur_helpers) / sizeof(aur_helpers[0]); i++) {
		if (proc_exists(aur_helpers[i])) {
			return aur_helpers[i];
		}
	}
	return NULL;
}

static int no_pacman(struct err *err) {
	(void)err_set(err, ERR_NO_PROGRAM, "cannot run 'pacman': there is no such program on PATH");
	err_hint(err, "links need none: lumina sync --only symlinks");
	return -1;
}

static bool is_elevator(const char *name) {
	for (size_t i = 0; i < sizeof(elevators) / sizeof(elevators[0]); i++) {
		if (streq(elevators[i], name)) {
			return true;
		}
	}
	return false;
}

/* sudo, doas or run0 in front; its end is marked, for what follows comes from the registry. */
static int add_elevator(struct words *words, const struct helpers *helpers, struct err *err) {
	const char *const *chosen = words_split(getenv("LUMINA_SUDO"), helpers->arena);
	if (getenv("LUMINA_SUDO") != NULL) {
		add_all(words, chosen);
		if (chosen != NULL && is_elevator(path_name(chosen[0]))) {
			add(words, "--");
		}
		return 0;
	}
	if (helpers->facts->uid == 0) {
		return 0;
	}
	for (size_t i = 0; i < sizeof(elevators) / sizeof(elevators[0]); i++) {
		const char *found = proc_find(elevators[i], helpers->arena);
		if (found != NULL) {
			add(words, found);
			add(words, "--");
			return 0;
		}
	}
	(void)err_set(err, ERR_NO_PROGRAM, "pacman needs root's rights, and none of sudo, doas and "
					   "run0 is on PATH");
	err_hint(err, "as root: pacman -S --needed sudo");
	return -1;
}

static int add_pacman(struct words *words, const struct helpers *helpers,
		const struct helper_call *call, struct err *err) {
	if (helpers->pacman->program == NULL) {
		return no_pacman(err);
	}
	if (add_elevator(words, helpers, err) < 0) {
		return -1;
	}
	add(words, helpers->pacman->program);
	add_all(words, helpers->pacman->argv + 1);
	add_all(words, call->verb);
	if (helpers->yes) {
		add(words, "--noconfirm");
	}
	return 0;
}

static int add_aur_helper(struct words *words, const struct helpers *helpers,
		const struct helper_call *call, struct err *err) {
	const char *name = aur_helper();
	if (name == NULL) {
		(void)err_set(err, ERR_NO_PROGRAM, "packages from the AUR need paru or yay, and neither "
						   "is on PATH");
		err_hint(err, "git clone https://aur.archlinux.org/paru.git && cd paru && makepkg -si");
		return -1;
	}
	add(words, name);
	add_all(words, call->verb);
	/* Both take pacman's own options, and hand them on: another root is theirs too. */
	if (helpers->pacman->chosen) {
		add_all(words, helpers->pacman->argv + 1);
	}
	return 0;
}

static int add_flatpak(struct words *words, const struct helpers *helpers,
		const struct helper_call *call, struct err *err) {
	if (!proc_exists("flatpak")) {
		(void)err_set(err, ERR_NO_PROGRAM, "cannot run 'flatpak': there is no such program on "
						   "PATH");
		err_hint(err, "lumina install flatpak");
		return -1;
	}
	add(words, "flatpak");
	add_all(words, call->verb);
	if (helpers->yes) {
		add(words, "-y");
	}
	return 0;
}

int helper_vector(const struct helpers *helpers, const struct helper_call *call,
		const char *const **ret, struct err *err) {
	const char *const *elevator = words_split(getenv("LUMINA_SUDO"), helpers->arena);
	size_t room = 8 + length(elevator) + length(helpers->pacman->argv) + length(call->verb) +
			length(call->args) + call->count;
	struct words words = {arena_alloc(helpers->arena, room * sizeof(const char *)), 0};
	int result = call->helper == HELPER_PACMAN ? add_pacman(&words, helpers, call, err)
			: call->helper == HELPER_AUR ? add_aur_helper(&words, helpers, call, err)
						     : add_flatpak(&words, helpers, call, err);
	if (result < 0) {
		return -1;
	}
	add_all(&words, call->args);
	add(&words, "--");
	for (size_t i = 0; i < call->count; i++) {
		add(&words, call->names[i]);
	}
	add(&words, NULL);
	*ret = words.items;
	return 0;
}

const char *helper_name(const struct helpers *helpers, enum helper helper) {
	switch (helper) {
	case HELPER_PACMAN:
		return helpers->pacman->program != NULL ? "pacman" : NULL;
	case HELPER_AUR:
		return aur_helper();
	case HELPER_FLATPAK:
		return proc_exists("flatpak") ? "flatpak" : NULL;
	}
	return NULL;
}

/*
 * pacman and paru themselves end in good order at a SIGINT, and leave a lock behind at a
 * SIGTERM. A script in their place gets what we got.
 */
static bool is_binary(const char *name, struct arena *arena) {
	const char *path = proc_find(name, arena);
	_cleanup_close_ int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	char magic[4];
	return fd >= 0 && read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
			memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

/* --- running ------------------------------------------------------------------------------- */

int helper_run(const struct helpers *helpers, const struct helper_call *call, int *ret_code,
		struct err *err) {
	const char *const *argv;
	if (helper_vector(helpers, call, &argv, err) < 0) {
		return -1;
	}
	struct proc proc = {
		.argv = argv,
		.umask = helpers->facts->umask,
		.to_stderr = helpers->to_stderr,
		.privileged = call->helper == HELPER_PACMAN,
		.forward = true,
		.gently = is_binary(call->helper == HELPER_PACMAN ? helpers->pacman->program : argv[0],
				helpers->arena),
	};
	return proc_run(&proc, ret_code, err);
}

static const char *const *split_lines(const struct buf *text, struct arena *arena) {
	size_t count = 1;
	for (size_t i = 0; i < text->len; i++) {
		count += text->data[i] == '\n';
	}
	const char **lines = arena_alloc(arena, (count + 1) * sizeof(*lines));
	size_t n = 0;
	for (size_t at = 0; at < text->len;) {
		const char *line = text->data + at;
		const char *end = memchr(line, '\n', text->len - at);
		size_t size = end != NULL ? (size_t)(end - line) : text->len - at;
		if (size > 0) {
			lines[n++] = arena_strndup(arena, line, size);
		}
		at += size + 1;
	}
	lines[n] = NULL;
	return lines;
}

int helper_ask(const struct helpers *helpers, const char *const *verb, const char *const *names,
		size_t count, const char *const **ret_lines, bool *ret_yes, struct err *err) {
	const struct pacman *pacman = helpers->pacman;
	if (pacman->program == NULL) {
		return no_pacman(err);
	}
	size_t room = length(pacman->argv) + length(verb) + count + 3;
	struct words words = {arena_alloc(helpers->arena, room * sizeof(const char *)), 0};
	add(&words, pacman->program);
	add_all(&words, pacman->argv + 1);
	add_all(&words, verb);
	add(&words, "--");
	for (size_t i = 0; i < count; i++) {
		add(&words, names[i]);
	}
	add(&words, NULL);
	struct buf text _cleanup_buf_ = BUF_INIT;
	struct proc proc = {.argv = words.items, .umask = helpers->facts->umask, .capture = &text,
			.quiet = true, .no_input = true};
	int code;
	if (proc_run(&proc, &code, err) < 0) {
		return -1;
	}
	*ret_lines = split_lines(&text, helpers->arena);
	*ret_yes = code == 0;
	return 0;
}

int helper_group(const struct helpers *helpers, const struct installed *installed,
		const char *group, const char *const **ret_lacks, struct err *err) {
	static const char *const verb[] = {"-Sgq", NULL};
	const char *const *members;
	bool yes;
	*ret_lacks = NULL;
	if (helpers->pacman->program == NULL) {
		return 0;
	}
	if (helper_ask(helpers, verb, &group, 1, &members, &yes, err) < 0) {
		return -1;
	}
	const char **lacks = arena_alloc(helpers->arena, (length(members) + 1) * sizeof(*lacks));
	size_t count = 0;
	for (size_t i = 0; yes && members[i] != NULL; i++) {
		bool fit = package_name_check(str_of(members[i])) == NULL;
		if (fit && installed_find(installed, members[i]) == NULL) {
			lacks[count++] = members[i];
		}
	}
	lacks[count] = NULL;
	*ret_lacks = count > 0 ? lacks : NULL;
	return 0;
}

bool helper_has_flatpak(const struct helpers *helpers, const char *id) {
	static const char *const argv[] = {"flatpak", "list", "--columns=application", NULL};
	struct buf text _cleanup_buf_ = BUF_INIT;
	struct err ignored = {0};
	struct proc proc = {.argv = argv, .umask = helpers->facts->umask, .capture = &text,
			.quiet = true, .no_input = true};
	int code = 1;
	if (!proc_exists("flatpak")) {
		return false;
	}
	if (proc_run(&proc, &code, &ignored) < 0) {
		err_release(&ignored);
	}
	return code == 0 && words_have(split_lines(&text, helpers->arena), id);
}
