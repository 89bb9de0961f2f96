/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static char *format_text(const char *format, va_list args)
		__attribute__((format(printf, 1, 0)));

static char *format_text(const char *format, va_list args) {
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	char *text = xmalloc(n > 0 ? (size_t)n + 1 : 1);
	text[0] = '\0';
	if (n > 0) {
		(void)vsnprintf(text, (size_t)n + 1, format, again);
	}
	va_end(again);
	return text;
}

int err_set(struct err *err, enum err_kind kind, const char *format, ...) {
	va_list args;
	va_start(args, format);
	char *text = format_text(format, args);
	va_end(args);
	err_release(err);
	err->kind = kind;
	err->text = text;
	return -1;
}

int err_sys(struct err *err, const char *format, ...) {
	int sys = errno;
	va_list args;
	va_start(args, format);
	_cleanup_free_ char *text = format_text(format, args);
	va_end(args);
	(void)err_set(err, ERR_FAILED, "%s: %s", text, strerror(sys));
	err->sys = sys;
	return -1;
}

int err_exit(struct err *err, int code) {
	err_release(err);
	err->kind = ERR_REPORTED;
	err->code = code;
	return -1;
}

void err_hint(struct err *err, const char *format, ...) {
	va_list args;
	va_start(args, format);
	free(err->hint);
	err->hint = format_text(format, args);
	va_end(args);
}

int err_wrap(struct err *err, const char *format, ...) {
	va_list args;
	va_start(args, format);
	_cleanup_free_ char *context = format_text(format, args);
	va_end(args);
	char *inner = err->text;
	size_t size = strlen(context) + strlen(inner != NULL ? inner : "") + 3;
	err->text = xmalloc(size);
	(void)snprintf(err->text, size, "%s: %s", context, inner != NULL ? inner : "");
	free(inner);
	return -1;
}

void err_release(struct err *err) {
	free(err->text);
	free(err->hint);
	*err = (struct err){0};
}

int err_exit_code(const struct err *err) {
	switch (err->kind) {
	case ERR_NONE:
		return 0;
	case ERR_FAILED:
		return 1;
	case ERR_USAGE:
		return 2;
	case ERR_REFUSED:
		return 3;
	case ERR_NO_PROGRAM:
		return 127;
	case ERR_SIGNAL:
		return 128 + err->code;
	case ERR_REPORTED:
		return err->code;
	}
	return 1;
}
