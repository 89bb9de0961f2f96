/* SPDX-License-Identifier: MIT */
#include "state/pacman_log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

/* A line that doesn't fit into a piece is none of pacman's. */
enum { PIECE = 256 << 10 };

struct search {
	struct log_event **events; /* sorted by name */
	size_t count, missing;
	struct {
		struct log_event **items;
		size_t count, room;
	} unexplained; /* found, but not yet the command above them */
	struct arena *arena;
};

/* n digits as a number; -1 if there are others. */
static int digits(const char *at, size_t n) {
	int number = 0;
	for (size_t i = 0; i < n; i++) {
		if (at[i] < '0' || at[i] > '9') {
			return -1;
		}
		number = number * 10 + (at[i] - '0');
	}
	return number;
}

/* "2026-11-23": everything but the time of day. */
static bool parse_date(const char *at, struct tm *ret) {
	int year = digits(at, 4), month = digits(at + 5, 2), day = digits(at + 8, 2);
	if (year < 1970 || at[4] != '-' || month < 1 || month > 12 || at[7] != '-' || day < 1 ||
			day > 31) {
		return false;
	}
	*ret = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day,
			.tm_isdst = -1};
	return true;
}

/* "10:11" and, with `seconds`, ":12" */
static bool parse_clock(const char *at, bool seconds, struct tm *ret) {
	ret->tm_hour = digits(at, 2);
	ret->tm_min = digits(at + 3, 2);
	ret->tm_sec = seconds ? digits(at + 6, 2) : 0;
	return ret->tm_hour >= 0 && ret->tm_hour < 24 && at[2] == ':' && ret->tm_min >= 0 &&
			ret->tm_min < 60 && (!seconds || at[5] == ':') && ret->tm_sec >= 0 &&
			ret->tm_sec <= 60;
}

/* Takes "[time] " off the line; false if there is none, or an impossible one. */
static bool take_time(struct str *line, int64_t *ret) {
	static const char old[] = "[2013-11-23 10:11] ", now[] = "[2026-11-23T10:11:12+0100] ";
	struct tm time;
	const char *p = line->p;
	if (line->n >= sizeof(old) - 1 && p[0] == '[' && p[11] == ' ' && p[17] == ']') {
		if (p[18] != ' ' || !parse_date(p + 1, &time) || !parse_clock(p + 12, false, &time)) {
			return false;
		}
		*ret = mktime(&time);
		line->p += sizeof(old) - 1;
		line->n -= sizeof(old) - 1;
		return true;
	}
	if (line->n < sizeof(now) - 1 || p[0] != '[' || p[11] != 'T' || p[25] != ']' ||
			p[26] != ' ' || !parse_date(p + 1, &time) ||
			!parse_clock(p + 12, true, &time)) {
		return false;
	}
	int hours = digits(p + 21, 2), minutes = digits(p + 23, 2);
	if ((p[20] != '+' && p[20] != '-') || hours < 0 || minutes < 0) {
		return false;
	}
	int64_t offset = hours * 3600 + minutes * 60;
	*ret = timegm(&time) - (p[20] == '+' ? offset : -offset);
	line->p += sizeof(now) - 1;
	line->n -= sizeof(now) - 1;
	return true;
}

static bool skip(struct str *line, const char *prefix) {
	if (!str_starts(*line, prefix)) {
		return false;
	}
	size_t n = strlen(prefix);
	line->p += n;
	line->n -= n;
	return true;
}

static int compare_events(const void *a, const void *b) {
	return strcmp((*(struct log_event *const *)a)->name, (*(struct log_event *const *)b)->name);
}

static struct log_event *find(const struct search *search, struct str name) {
	if (memchr(name.p, '\0', name.n) != NULL) {
		return NULL;
	}
	size_t low = 0, high = search->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *other = search->events[middle]->name;
		int order = strncmp(name.p, other, name.n);
		if (order == 0 && other[name.n] != '\0') {
			order = -1;
		}
		if (order == 0) {
			return search->events[middle];
		}
		if (order < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return NULL;
}

/* "Running 'pacman -S foo'": of everything below it that has no command yet. */
static void explain(struct search *search, struct str command) {
	const char *quote = memrchr(command.p, '\'', command.n);
	size_t n = quote != NULL ? (size_t)(quote - command.p) : command.n;
	const char *text = search->unexplained.count > 0
			? arena_strndup(search->arena, command.p, n)
			: NULL;
	for (size_t i = 0; i < search->unexplained.count; i++) {
		search->unexplained.items[i]->command = text;
	}
	search->unexplained.count = 0;
}

static void read_line(struct search *search, struct str line) {
	int64_t time;
	if (!take_time(&line, &time)) {
		return;
	}
	if (skip(&line, "[PACMAN] ")) {
		if (skip(&line, "Running '")) {
			explain(search, line);
		}
		return;
	}
	if (!skip(&line, "[ALPM] ") && line.n > 0 && line.p[0] == '[') {
		return;
	}
	enum log_change change = skip(&line, "installed ") ? LOG_INSTALLED
			: skip(&line, "removed ")          ? LOG_REMOVED
							    : LOG_UNKNOWN;
	const char *space = memchr(line.p, ' ', line.n);
	if (change == LOG_UNKNOWN || space == NULL || space + 1 == line.p + line.n ||
			space[1] != '(') {
		return;
	}
	struct log_event *event = find(search, (struct str){line.p, (size_t)(space - line.p)});
	if (event != NULL && event->change == LOG_UNKNOWN) {
		event->change = change;
		event->time = time;
		search->missing--;
		VEC_ADD(&search->unexplained, event);
	}
}

static bool is_done(const struct search *search) {
	return search->missing == 0 && search->unexplained.count == 0;
}

/* The lines of a piece, last one first. */
static void read_lines(struct search *search, const char *bytes, size_t n) {
	while (n > 0 && !is_done(search)) {
		if (bytes[n - 1] == '\n') {
			n--;
		}
		const char *newline = memrchr(bytes, '\n', n);
		size_t start = newline != NULL ? (size_t)(newline - bytes) + 1 : 0;
		read_line(search, (struct str){bytes + start, n - start});
		n = start;
	}
}

static ssize_t read_at(int fd, char *bytes, size_t room, off_t at) {
	size_t size = 0;
	while (size < room) {
		ssize_t n = pread(fd, bytes + size, room - size, at + (off_t)size);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return n < 0 ? -1 : (ssize_t)size;
		}
		size += (size_t)n;
	}
	return (ssize_t)size;
}

static void read_backwards(struct search *search, int fd, off_t end) {
	off_t begin = end > PACMAN_LOG_MAX ? end - PACMAN_LOG_MAX : 0;
	_cleanup_free_ char *bytes = xmalloc(PIECE);
	while (end > begin && !is_done(search)) {
		off_t at = end - begin > PIECE ? end - PIECE : begin;
		ssize_t n = read_at(fd, bytes, (size_t)(end - at), at);
		if (n <= 0) {
			return;
		}
		/* The first line may have begun before this piece: it comes with the next one. */
		const char *newline = at > 0 ? memchr(bytes, '\n', (size_t)n) : NULL;
		size_t start = newline != NULL ? (size_t)(newline - bytes) + 1 : 0;
		if (start == (size_t)n) {
			start = 0; /* one line, and too long */
		}
		read_lines(search, bytes + start, (size_t)n - start);
		end = at + (off_t)start;
	}
}

void pacman_log_find(const char *path, struct log_event *events, size_t count,
		struct arena *arena) {
	for (size_t i = 0; i < count; i++) {
		events[i] = (struct log_event){.name = events[i].name};
	}
	_cleanup_close_ int fd = count > 0
			? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
			: -1;
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
		return;
	}
	struct search search = {.count = count, .missing = count, .arena = arena};
	search.events = arena_alloc(arena, count * sizeof(*search.events));
	for (size_t i = 0; i < count; i++) {
		search.events[i] = &events[i];
	}
	qsort(search.events, count, sizeof(*search.events), compare_events);
	read_backwards(&search, fd, info.st_size);
	VEC_RELEASE(&search.unexplained);
}
