/* SPDX-License-Identifier: MIT */

/*
 * What belongs to pacman and is read: a byte that says what the rest is, an entry's
 * `desc`, the log, the configuration, or pacman-conf's answer.
 */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "state/installed.h"
#include "state/pacman_conf.h"
#include "state/pacman_log.h"
#include "sys/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const char *const *list, const char *none_of) {
	assert(list == NULL || list[0] != NULL);
	for (; list != NULL && *list != NULL; list++) {
		assert(strcspn(*list, none_of) == strlen(*list));
	}
}

static void check_desc(const char *bytes, size_t size, struct arena *arena) {
	struct installed_package package = {.name = "foo", .version = "1-1", .twice = true};
	installed_parse(&package, bytes, size, arena);
	assert(!package.twice && package.time >= 0);
	check_list(package.groups, "\n");
	check_list(package.depends, "\n<>=");
	check_list(package.optdepends, "\n<>=");
	check_list(package.provides, "\n<>=");
	check_list(package.replaces, "\n<>=");
	check_list(package.conflicts, "\n<>=");
	if (package.damaged) {
		assert(!package.is_explicit && !package.is_foreign && package.time == 0 &&
				package.base == NULL && package.groups == NULL &&
				package.depends == NULL && package.provides == NULL);
	} else {
		assert(memmem(bytes, size, "%NAME%\nfoo", 10) != NULL);
	}
}

/* A file that holds the bytes, by a path; it goes with its descriptor. */
static int put_file(const char *bytes, size_t size, char *path, size_t room) {
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	assert(fd >= 0 && file_write_all(fd, bytes, size) == 0);
	(void)snprintf(path, room, "/proc/self/fd/%d", fd);
	return fd;
}

static void check_log(const char *bytes, size_t size, struct arena *arena) {
	char path[64];
	int fd = put_file(bytes, size, path, sizeof(path));
	struct log_event events[] = {{.name = "foo"}, {.name = "a"}, {.name = "foo-bar"}};
	pacman_log_find(path, events, sizeof(events) / sizeof(events[0]), arena);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		const struct log_event *event = &events[i];
		if (event->change == LOG_UNKNOWN) {
			assert(event->time == 0 && event->command == NULL);
		} else {
			assert(memmem(bytes, size, event->name, strlen(event->name)) != NULL);
			assert(event->command == NULL || strchr(event->command, '\n') == NULL);
		}
	}
	assert(close(fd) == 0);
}

static void check_paths(const struct pacman_conf *conf) {
	for (size_t i = 0; i < conf->caches.count; i++) {
		assert(conf->caches.items[i][0] != '\0' && strchr(conf->caches.items[i], ' ') == NULL);
	}
	for (size_t i = 0; i < conf->hold.count; i++) {
		assert(conf->hold.items[i][0] != '\0' && strchr(conf->hold.items[i], ' ') == NULL);
	}
}

static void check_conf(const char *bytes, size_t size, struct arena *arena) {
	if (memmem(bytes, size, "Include", 7) != NULL) {
		return; /* not to wander over the machine */
	}
	char path[64];
	int fd = put_file(bytes, size, path, sizeof(path));
	struct pacman_conf conf = {0};
	struct err err = {0};
	if (pacman_conf_read(&conf, path, NULL, arena, &err) == 0) {
		check_paths(&conf);
		assert(err.kind == ERR_NONE);
	} else {
		assert(err.kind == ERR_FAILED);
	}
	pacman_conf_release(&conf);
	err_release(&err);
	assert(close(fd) == 0);
}

static void check_answer(const char *bytes, size_t size, const char *key, struct arena *arena) {
	struct pacman_conf conf = {0};
	pacman_conf_answer(&conf, (struct str){bytes, size}, key, arena);
	check_paths(&conf);
	pacman_conf_release(&conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0) {
		return 0;
	}
	struct arena arena;
	arena_init(&arena);
	/* Exactly this size, on the heap: a read beyond it is seen. */
	size--;
	char *bytes = xmalloc(size);
	memcpy(bytes, data + 1, size);
	switch (data[0] % 5) {
	case 0:
		check_desc(bytes, size, &arena);
		break;
	case 1:
		check_log(bytes, size, &arena);
		break;
	case 2:
		check_conf(bytes, size, &arena);
		break;
	default:
		check_answer(bytes, size, data[0] % 5 == 3 ? NULL : "DBPath", &arena);
	}
	free(bytes);
	arena_release(&arena);
	return 0;
}
