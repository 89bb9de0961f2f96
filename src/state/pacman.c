/* SPDX-License-Identifier: MIT */
#include "state/pacman.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "state/pacman_ask.h"
#include "state/pacman_conf.h"
#include "sys/proc.h"

/* What pacman was built with, everywhere where it is a package. */
#define CONFIG_FILE "/etc/pacman.conf"
#define DATABASE "/var/lib/pacman"
#define LOG_FILE "/var/log/pacman.log"
#define CACHE "/var/cache/pacman/pkg"

struct words {
	const char **items;
	size_t count, room;
};

/* Options that say where something is, and those whose value must not be taken for one. */
enum said {
	SAID_ROOT,
	SAID_DB,
	SAID_LOG,
	SAID_CONFIG,
	SAID_SYSROOT,
	SAID_CACHE, /* adds up */
	SAID_OTHER,
	SAID_COUNT,
};

struct option {
	const char *name;
	char letter;
	enum said said;
};

static const struct option pacman_options[] = {
	{"root", 'r', SAID_ROOT},
	{"dbpath", 'b', SAID_DB},
	{"logfile", 0, SAID_LOG},
	{"config", 0, SAID_CONFIG},
	{"sysroot", 0, SAID_SYSROOT},
	{"cachedir", 0, SAID_CACHE},
	{"arch", 0, SAID_OTHER},
	{"ask", 0, SAID_OTHER},
	{"assume-installed", 0, SAID_OTHER},
	{"color", 0, SAID_OTHER},
	{"gpgdir", 0, SAID_OTHER},
	{"hookdir", 0, SAID_OTHER},
	{"ignore", 0, SAID_OTHER},
	{"ignoregroup", 0, SAID_OTHER},
	{"overwrite", 0, SAID_OTHER},
	{"print-format", 0, SAID_OTHER},
	{NULL, 0, SAID_OTHER},
};

static const struct option conf_options[] = {
	{"config", 'c', SAID_CONFIG},
	{"rootdir", 'R', SAID_ROOT},
	{"repo", 'r', SAID_OTHER},
	{NULL, 0, SAID_OTHER},
};

struct said_values {
	const char *value[SAID_COUNT]; /* the last one, as getopt has it; or NULL */
	struct pacman_list caches;
};

static void say(struct said_values *said, const struct option *option, const char *value) {
	said->value[option->said] = value;
	if (option->said == SAID_CACHE && value != NULL) {
		VEC_ADD(&said->caches, value);
	}
}

/* "--name value", "--name=value"; true if the next word was used up. */
static bool parse_long(struct said_values *said, const struct option *options, const char *word,
		const char *next) {
	size_t n = strcspn(word, "=");
	for (const struct option *option = options; option->name != NULL; option++) {
		if (!str_is((struct str){word, n}, option->name)) {
			continue;
		}
		say(said, option, word[n] == '=' ? word + n + 1 : next);
		return word[n] != '=';
	}
	return false;
}

/* "-r value", "-rvalue", "-vr value". */
static bool parse_short(struct said_values *said, const struct option *options, const char *letters,
		const char *next) {
	for (; *letters != '\0'; letters++) {
		for (const struct option *option = options; option->name != NULL; option++) {
			if (option->letter != *letters) {
				continue;
			}
			say(said, option, letters[1] != '\0' ? letters + 1 : next);
			return letters[1] == '\0';
		}
	}
	return false;
}

static void parse_options(struct said_values *said, const struct option *options,
		const char *const *argv) {
	for (const char *const *word = argv; *word != NULL && !streq(*word, "--"); word++) {
		bool taken = false;
		if (strncmp(*word, "--", 2) == 0) {
			taken = parse_long(said, options, *word + 2, word[1]);
		} else if ((*word)[0] == '-') {
			taken = parse_short(said, options, *word + 1, word[1]);
		}
		word += taken && word[1] != NULL;
	}
}

/* A variable's words, or the one word it stands for; NULL-terminated. */
static const char *const *split_words(const char *text, const char *otherwise, bool *ret_said,
		struct arena *arena) {
	static const char blanks[] = " \t\n";
	struct words words = {0};
	if (text != NULL) {
		for (const char *at = text + strspn(text, blanks); *at != '\0';) {
			size_t n = strcspn(at, blanks);
			VEC_ADD(&words, arena_strndup(arena, at, n));
			at += n;
			at += strspn(at, blanks);
		}
	}
	*ret_said = words.count > 0;
	if (words.count == 0 && otherwise != NULL) {
		VEC_ADD(&words, otherwise);
	}
	VEC_ADD(&words, NULL);
	const char **copy = arena_alloc(arena, words.count * sizeof(*copy));
	memcpy(copy, words.items, words.count * sizeof(*copy));
	VEC_RELEASE(&words);
	return copy;
}

/* Absolute and folded; below the other root, where there is one. */
static const char *resolve(const char *path, const char *sysroot, struct arena *arena) {
	if (sysroot != NULL) {
		path = path_join(sysroot, path, arena);
	} else if (path[0] != '/') {
		_cleanup_free_ char *folder = getcwd(NULL, 0);
		path = path_join(folder != NULL ? folder : "/", path, arena);
	}
	return path_fold_absolute(path, arena);
}

static const char *const *resolve_list(const struct pacman_list *list, const char *sysroot,
		bool paths, struct arena *arena) {
	const char **copy = arena_alloc(arena, (list->count + 1) * sizeof(*copy));
	for (size_t i = 0; i < list->count; i++) {
		copy[i] = paths ? resolve(list->items[i], sysroot, arena) : list->items[i];
	}
	copy[list->count] = NULL;
	return copy;
}

/* A program by its absolute path; NULL if it isn't there. */
static const char *find_program(const char *name, struct arena *arena) {
	const char *found = proc_find(name, arena);
	if (found == NULL || found[0] == '/') {
		return found;
	}
	_cleanup_free_ char *folder = getcwd(NULL, 0);
	return folder != NULL ? path_join(folder, found, arena) : NULL;
}

/* pacman-conf beside pacman, else on PATH. */
static const char *find_conf(const char *program, struct arena *arena) {
	if (program != NULL) {
		const char *folder = arena_strndup(arena, program,
				(size_t)(path_name(program) - program));
		const char *beside = proc_find(arena_printf(arena, "%spacman-conf", folder), arena);
		if (beside != NULL) {
			return beside;
		}
	}
	return proc_find("pacman-conf", arena);
}

enum conf_kind {
	CONF_NONE,
	CONF_OWN,     /* pacman's own program, with the folders that everybody knows */
	CONF_FOREIGN, /* its own program, maybe built with other folders */
	CONF_OTHER,   /* a script, or something else */
};

static bool is_elf(const char *path) {
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char magic[4];
	return fd >= 0 && read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
			memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

static enum conf_kind kind_of_conf(const char *program) {
	if (program == NULL) {
		return CONF_NONE;
	}
	/* The system's own needn't be looked at, so nothing can go wrong with that. */
	if (streq(program, "/usr/bin/pacman-conf") || streq(program, "/bin/pacman-conf")) {
		return CONF_OWN;
	}
	_cleanup_free_ char *real = realpath(program, NULL);
	if (real == NULL || !streq(path_name(real), "pacman-conf") || !is_elf(real)) {
		return CONF_OTHER;
	}
	bool known = streq(real, "/usr/bin/pacman-conf") || streq(real, "/bin/pacman-conf");
	return known ? CONF_OWN : CONF_FOREIGN;
}

/* How pacman-conf was spelled, and what of it is its arguments. */
struct conf_words {
	bool chosen;
	const char *const *argv;
	const char *config; /* as spelled, for pacman or for it; NULL: the one that it knows */
};

static int find_conf_words(struct conf_words *words, struct pacman *pacman,
		struct pacman_conf *conf, const struct said_values *said, struct arena *arena,
		struct err *err) {
	*words = (struct conf_words){.config = said->value[SAID_CONFIG]};
	words->argv = split_words(getenv("LUMINA_PACMAN_CONF"), NULL, &words->chosen, arena);
	if (!words->chosen) {
		pacman->conf = find_conf(pacman->program, arena);
		return 0;
	}
	pacman->conf = find_program(words->argv[0], arena);
	if (pacman->conf == NULL) {
		return err_set(err, ERR_NO_PROGRAM, "cannot run '%s', which LUMINA_PACMAN_CONF names: "
				"there is no such program", words->argv[0]);
	}
	struct said_values own = {0};
	parse_options(&own, conf_options, words->argv + 1);
	words->config = own.value[SAID_CONFIG] != NULL ? own.value[SAID_CONFIG] : words->config;
	conf->root = conf->root != NULL ? conf->root : own.value[SAID_ROOT];
	return 0;
}

/* What the configuration says, into `conf`, which holds what the arguments say. */
static int consult(struct pacman *pacman, struct pacman_conf *conf, const struct said_values *said,
		const struct facts *facts, struct arena *arena, struct err *err) {
	struct conf_words words;
	if (find_conf_words(&words, pacman, conf, said, arena, err) < 0) {
		return -1;
	}
	enum conf_kind kind = kind_of_conf(pacman->conf);
	const char *config = words.config;
	if (kind == CONF_OWN && config == NULL) {
		config = CONFIG_FILE;
	}
	pacman->config = config != NULL ? resolve(config, pacman->sysroot, arena) : NULL;
	if (kind != CONF_OTHER && config != NULL) {
		const struct pacman_conf before = *conf;
		if (pacman_conf_read(conf, config, pacman->sysroot, arena, err) < 0) {
			return -1;
		}
		bool whole = conf->db != NULL && conf->log != NULL && conf->caches.count > 0;
		if (kind != CONF_FOREIGN || whole) {
			return 0;
		}
		/* What isn't said is as it was built, which only it knows. */
		conf->root = before.root;
		conf->db = before.db;
		conf->log = before.log;
		conf->caches.count = before.caches.count;
		conf->hold.count = 0;
	}
	if (kind == CONF_NONE || kind == CONF_OWN) {
		return 0;
	}
	struct pacman_question question = {
		.program = pacman->conf,
		.arguments = words.chosen ? words.argv + 1 : NULL,
		.config = words.chosen ? NULL : pacman->config,
		.root = words.chosen ? NULL : said->value[SAID_ROOT],
		.watched = pacman->config != NULL ? pacman->config : CONFIG_FILE,
	};
	return pacman_ask(conf, &question, facts, arena, err);
}

/* pacman's defaults: the database and the log go with the root, the caches don't. */
static void fill_up(struct pacman_conf *conf, struct arena *arena) {
	const char *root = conf->root != NULL ? conf->root : "";
	if (conf->db == NULL) {
		conf->db = arena_printf(arena, "%s%s", root, DATABASE);
	}
	if (conf->log == NULL) {
		conf->log = arena_printf(arena, "%s%s", root, LOG_FILE);
	}
	if (conf->root == NULL) {
		conf->root = "/";
	}
	if (conf->caches.count == 0) {
		VEC_ADD(&conf->caches, CACHE);
	}
}

/* A key without a value names nothing: not the working directory, and not the default. */
static int check_empty(const struct pacman *pacman, const struct pacman_conf *conf,
		struct err *err) {
	const struct {
		const char *key, *value;
	} rows[] = {{"RootDir", conf->root}, {"DBPath", conf->db}, {"LogFile", conf->log}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].value[0] == '\0') {
			const char *whose = pacman->config != NULL ? pacman->config : pacman->conf;
			return err_set(err, ERR_FAILED, "pacman's %s is empty: '%s'", rows[i].key,
					whose != NULL ? whose : pacman->argv[0]);
		}
	}
	return 0;
}

int pacman_find(struct pacman *ret, const struct facts *facts, struct arena *arena,
		struct err *err) {
	*ret = (struct pacman){0};
	ret->argv = split_words(getenv("LUMINA_PACMAN"), "pacman", &ret->chosen, arena);
	/*
	 * It gets root's rights: where there is a choice, it is the one that only root can have
	 * put there, not a `pacman` in a person's own folder. LUMINA_PACMAN is a choice, and
	 * root's own PATH is root's.
	 */
	if (!ret->chosen && facts->uid != 0) {
		ret->program = proc_find_trusted(ret->argv[0], arena);
	}
	if (ret->program == NULL) {
		ret->program = find_program(ret->argv[0], arena);
	}
	struct said_values said = {0};
	parse_options(&said, pacman_options, ret->argv + 1);
	if (said.value[SAID_SYSROOT] != NULL) {
		ret->sysroot = resolve(said.value[SAID_SYSROOT], NULL, arena);
	}
	struct pacman_conf conf = {
		.root = said.value[SAID_ROOT],
		.db = said.value[SAID_DB],
		.log = said.value[SAID_LOG],
		.caches = said.caches,
	};
	int result = consult(ret, &conf, &said, facts, arena, err);
	if (result == 0) {
		fill_up(&conf, arena);
		result = check_empty(ret, &conf, err);
	}
	if (result == 0) {
		ret->root = resolve(conf.root, ret->sysroot, arena);
		ret->db = resolve(conf.db, ret->sysroot, arena);
		ret->log = resolve(conf.log, ret->sysroot, arena);
		ret->caches = resolve_list(&conf.caches, ret->sysroot, true, arena);
		ret->hold = resolve_list(&conf.hold, ret->sysroot, false, arena);
	}
	pacman_conf_release(&conf);
	return result;
}
