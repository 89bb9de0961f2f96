/* SPDX-License-Identifier: MIT */
#include "sys/beside.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/file.h"
#include "sys/signals.h"

/* What the worker leaves in the file that both have; the texts follow, in this order. */
enum { TEXT_ERR, TEXT_OUTPUT, TEXT_ERRORS, NTEXTS };

struct head {
	int result;
	struct child_result ended;
	enum err_kind kind;
	int sys;
	size_t sizes[NTEXTS];
};

/* --- the worker ---------------------------------------------------------------------------- */

static struct str added(const struct buf *buf, size_t before) {
	return buf != NULL && buf->len > before ? (struct str){buf->data + before, buf->len - before}
						: (struct str){"", 0};
}

static _Noreturn void work(const struct beside *one) {
	const struct child *child = &one->child;
	const struct buf *errors = child->errors != child->output ? child->errors : NULL;
	size_t before[] = {child->output != NULL ? child->output->len : 0,
		errors != NULL ? errors->len : 0};
	struct head head = {0};
	struct err err = {0};
	signals_hold(); /* a Ctrl-C shall end the program, not us before it */
	head.result = child_run(child, &head.ended, &err);
	head.kind = err.kind;
	head.sys = err.sys;
	const struct str texts[NTEXTS] = {str_of(err.text != NULL ? err.text : ""),
		added(child->output, before[0]), added(errors, before[1])};
	struct buf news = BUF_INIT;
	for (size_t i = 0; i < NTEXTS; i++) {
		head.sizes[i] = texts[i].n;
	}
	buf_add(&news, (const char *)&head, sizeof(head));
	for (size_t i = 0; i < NTEXTS; i++) {
		buf_add(&news, texts[i].p, texts[i].n);
	}
	_exit(file_write_all(one->news, news.data, news.len) == 0 ? 0 : 1);
}

void beside_begin(struct beside *one) {
	assert(one->child.timeout_ms > 0);
	one->result = 0;
	one->ended = (struct child_result){0};
	one->err = (struct err){0};
	one->worker = -1;
	one->news = memfd_create("lumina", MFD_CLOEXEC);
	if (one->news >= 0) {
		one->worker = fork();
	}
	if (one->worker == 0) {
		work(one);
	}
	if (one->worker < 0) {
		one->result = err_sys(&one->err, "cannot run '%s'", one->child.argv[0]);
	}
}

/* --- its end ------------------------------------------------------------------------------- */

static ssize_t read_at(int fd, char *bytes, size_t n, off_t at) {
	ssize_t got;
	do {
		got = pread(fd, bytes, n, at);
	} while (got < 0 && errno == EINTR);
	return got;
}

/* False if that isn't all there. */
static bool read_text(int fd, off_t *at, size_t n, struct buf *out) {
	char chunk[4096];
	while (n > 0) {
		ssize_t got = read_at(fd, chunk, n < sizeof(chunk) ? n : sizeof(chunk), *at);
		if (got <= 0) {
			return false;
		}
		if (out != NULL) {
			buf_add(out, chunk, (size_t)got);
		}
		*at += got;
		n -= (size_t)got;
	}
	return true;
}

static bool read_news(struct beside *one, struct buf *why) {
	struct head head;
	off_t at = sizeof(head);
	if (read_at(one->news, (char *)&head, sizeof(head), 0) != (ssize_t)sizeof(head)) {
		return false;
	}
	struct buf *errors = one->child.errors != one->child.output ? one->child.errors : NULL;
	bool whole = read_text(one->news, &at, head.sizes[TEXT_ERR], why) &&
			read_text(one->news, &at, head.sizes[TEXT_OUTPUT], one->child.output) &&
			read_text(one->news, &at, head.sizes[TEXT_ERRORS], errors);
	if (whole && head.result < 0) {
		(void)err_set(&one->err, head.kind, "%s", why->len > 0 ? why->data : "");
		one->err.sys = head.sys;
	}
	one->result = head.result;
	one->ended = head.ended;
	return whole;
}

void beside_end(struct beside *one) {
	struct buf why _cleanup_buf_ = BUF_INIT;
	if (one->worker > 0) {
		while (waitpid(one->worker, NULL, 0) < 0 && errno == EINTR) {
		}
		if (!read_news(one, &why)) {
			one->result = err_set(&one->err, ERR_FAILED, "cannot run '%s': %s",
					one->child.argv[0], "what waited for it has died");
		}
	}
	cleanup_close_fd(&one->news);
	one->worker = -1;
}
