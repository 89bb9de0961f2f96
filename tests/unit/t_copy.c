/* SPDX-License-Identifier: MIT */

/* Linked with --wrap=file_write_all: what happens while a file is copied. */

#include "sandbox.h"

#include <sys/xattr.h>

#include "sys/copy.h"
#include "sys/file.h"

int __real_file_write_all(int fd, const char *bytes, size_t n);
int __wrap_file_write_all(int fd, const char *bytes, size_t n);

static struct {
	const char *grows;   /* the source gets longer while it is copied */
	const char *touched; /* … or another time */
	int fails;           /* errno of writing */
} meanwhile;

int __wrap_file_write_all(int fd, const char *bytes, size_t n) {
	if (meanwhile.grows != NULL) {
		FILE *file = fopen(meanwhile.grows, "a");
		assert_true(file != NULL && fputs("more", file) > 0 && fclose(file) == 0);
		meanwhile.grows = NULL;
	}
	if (meanwhile.touched != NULL) {
		const struct timespec times[2] = {{1, 0}, {1, 0}};
		assert_int_equal(utimensat(AT_FDCWD, meanwhile.touched, times, 0), 0);
		meanwhile.touched = NULL;
	}
	if (meanwhile.fails != 0) {
		errno = meanwhile.fails;
		return -1;
	}
	return __real_file_write_all(fd, bytes, n);
}

static void test_content(void **state) {
	(void)state;
	static const size_t sizes[] = {0, 1, 4095, 128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1, 300000};
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *bytes = malloc(sizes[i] + 1);
		for (size_t b = 0; b < sizes[i]; b++) {
			bytes[b] = (char)(b * 7 + b / 4096);
		}
		put_bytes(&sandbox, "from", bytes, sizes[i]);
		assert_int_equal(copy_file(sandbox.dir, "from", sandbox.dir, "to", false), 0);
		assert_true((size_t)info_of(&sandbox, "to").st_size == sizes[i]);
		assert_int_equal(copy_is_same(sandbox.dir, "from", sandbox.dir, "to"), 1);
		if (sizes[i] > 0) {
			bytes[sizes[i] - 1] ^= 1;
			put_bytes(&sandbox, "to", bytes, sizes[i]);
			assert_int_equal(copy_is_same(sandbox.dir, "from", sandbox.dir, "to"), 0);
			put_bytes(&sandbox, "to", bytes, sizes[i] - 1);
			assert_int_equal(copy_is_same(sandbox.dir, "from", sandbox.dir, "to"), 0);
			assert_int_equal(copy_is_same(sandbox.dir, "to", sandbox.dir, "from"), 0);
		}
		assert_int_equal(unlinkat(sandbox.dir, "to", 0), 0);
		free(bytes);
	}
	assert_int_equal(copy_is_same(sandbox.dir, "from", sandbox.dir, "to"), -1);
	assert_int_equal(errno, ENOENT);
	put_link(&sandbox, "to", "from");
	assert_int_equal(copy_is_same(sandbox.dir, "from", sandbox.dir, "to"), -1);
	sandbox_close(&sandbox);
}

static void test_attributes(void **state) {
	(void)state;
	static const mode_t modes[] = {0644, 0600, 0400, 0755, 0, 0777, 04711, 02755, 01644};
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	mode_t mask = umask(022);
	for (size_t i = 0; i < COUNT(modes); i++) {
		if (modes[i] == 0 && geteuid() != 0) {
			continue;
		}
		put(&sandbox, "from", "text");
		give_away(&sandbox, "from");
		assert_int_equal(fchmodat(sandbox.dir, "from", modes[i], 0), 0);
		const struct timespec times[2] = {{1000000000, 1}, {1234567890, 987654321}};
		assert_int_equal(utimensat(sandbox.dir, "from", times, 0), 0);
		assert_int_equal(copy_file(sandbox.dir, "from", sandbox.dir, "to", false), 0);
		struct stat from = info_of(&sandbox, "from"), to = info_of(&sandbox, "to");
		check((to.st_mode & 07777) == modes[i], "%o became %o", modes[i],
				to.st_mode & 07777);
		assert_true(to.st_mtim.tv_sec == 1234567890 && to.st_mtim.tv_nsec == 987654321);
		assert_true(to.st_uid == from.st_uid && to.st_gid == from.st_gid);
		assert_true(to.st_ino != from.st_ino);
		assert_int_equal(unlinkat(sandbox.dir, "to", 0), 0);
		assert_int_equal(unlinkat(sandbox.dir, "from", 0), 0);
	}
	(void)umask(mask);
	sandbox_close(&sandbox);
}

static void test_extended(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "from", "text");
	const char *from = at(&sandbox, "from"), *to = at(&sandbox, "to");
	bool able = setxattr(from, "user.lumina", "a\0b", 3, 0) == 0 &&
			setxattr(from, "user.empty", "", 0, 0) == 0;
	if (able) {
		char value[8] = "";
		assert_int_equal(copy_file(sandbox.dir, "from", sandbox.dir, "to", false), 0);
		assert_int_equal(getxattr(to, "user.lumina", value, sizeof(value)), 3);
		assert_memory_equal(value, "a\0b", 3);
		assert_int_equal(getxattr(to, "user.empty", value, sizeof(value)), 0);
	}
	sandbox_close(&sandbox);
	if (!able) {
		skip(); /* this file system has none */
	}
}

static void test_refused(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "file", "text");
	put(&sandbox, "taken", "mine");
	put_link(&sandbox, "link", "file");
	put_link(&sandbox, "gone", "nowhere");
	put_folder(&sandbox, "folder");
	assert_int_equal(mkfifoat(sandbox.dir, "pipe", 0600), 0);
	static const struct {
		const char *from, *to;
		bool follow;
		int error; /* 0: fine */
	} rows[] = {
		{"none", "new", false, ENOENT},
		{"link", "new", false, ELOOP},
		{"link", "new", true, 0},
		{"gone", "new", true, ENOENT},
		{"folder", "new", false, EINVAL},
		{"pipe", "new", false, EINVAL}, /* and doesn't wait for a writer */
		{"file", "taken", false, EEXIST},
		{"file", "file", false, EEXIST},
		{"file", "gone", false, EEXIST}, /* nothing is made where a link leads */
		{"file", "folder", false, EEXIST},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		errno = 0;
		int result = copy_file(sandbox.dir, rows[i].from, sandbox.dir, rows[i].to,
				rows[i].follow);
		check(result == (rows[i].error == 0 ? 0 : -1) && errno == rows[i].error,
				"%s to %s: %s", rows[i].from, rows[i].to, strerror(errno));
		bool fine = rows[i].error == 0;
		check_text(rows[i].from, what(&sandbox, "new"), fine ? "text" : "");
		assert_int_equal(fine ? unlinkat(sandbox.dir, "new", 0) : 0, 0);
	}
	check_text("taken", what(&sandbox, "taken"), "mine");
	check_text("file", what(&sandbox, "file"), "text");
	check_text("nowhere", what(&sandbox, "nowhere"), "");
	sandbox_close(&sandbox);
}

static void test_meanwhile(void **state) {
	(void)state;
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	put(&sandbox, "from", "text");
	meanwhile.grows = at(&sandbox, "from");
	assert_int_equal(copy_file(sandbox.dir, "from", sandbox.dir, "to", false), -1);
	assert_int_equal(errno, ESTALE);
	check_text("to", what(&sandbox, "to"), "");
	meanwhile.touched = at(&sandbox, "from");
	assert_int_equal(copy_file(sandbox.dir, "from", sandbox.dir, "to", false), -1);
	assert_int_equal(errno, ESTALE);
	check_text("to", what(&sandbox, "to"), "");
	meanwhile.fails = ENOSPC;
	assert_int_equal(copy_file(sandbox.dir, "from", sandbox.dir, "to", false), -1);
	assert_int_equal(errno, ENOSPC);
	check_text("to", what(&sandbox, "to"), "");
	meanwhile.fails = 0;
	assert_int_equal(copy_file(sandbox.dir, "from", sandbox.dir, "to", false), 0);
	check_text("to", what(&sandbox, "to"), "textmore");
	sandbox_close(&sandbox);
}

static int copy_of_anothers(struct sandbox *sandbox) {
	struct stat info;
	if (copy_file(sandbox->dir, "from", sandbox->dir, "to", false) < 0 ||
			fstatat(sandbox->dir, "to", &info, 0) < 0) {
		return 1;
	}
	return info.st_uid != SOMEBODY ? 2 : (info.st_mode & 07777) != 0755 ? 3 : 0;
}

/* Nobody gets a program that runs with rights of their own by copying another's. */
static void test_special_bits(void **state) {
	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	assert_int_equal(fchmodat(AT_FDCWD, sandbox.path, 0777, 0), 0);
	put(&sandbox, "from", "text");
	for (int group = 0; group <= SOMEBODY; group += SOMEBODY) {
		assert_int_equal(fchownat(sandbox.dir, "from", 0, (gid_t)group, 0), 0);
		assert_int_equal(fchmodat(sandbox.dir, "from", 04755, 0), 0);
		assert_int_equal(as_somebody(copy_of_anothers, &sandbox), 0);
		assert_int_equal(unlinkat(sandbox.dir, "to", 0), 0);
	}
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_extended),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_meanwhile),
		cmocka_unit_test(test_special_bits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
