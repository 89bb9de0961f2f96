/* SPDX-License-Identifier: MIT */

/* Requests to a compositor that answers, and to ones that don't, in a process of their own. */

#include "sandbox.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "desk/ipc.h"
#include "sys/clock.h"

enum {
	PLENTY_MS = 20000, /* for what must come to a good end on a busy machine */
	SHORT_MS = 120,
	LATE_MS = 5000,    /* what is late must be back long before it */
	STEP = 1023,       /* Hyprland reads so much at once */
	BACKLOG_MAX = 64,
};

/* What the server saw, in memory of both. */
struct seen {
	int connections;
	size_t size;
	char bytes[4 * STEP];
	int64_t held_ms; /* reading the request: the compositor stands still meanwhile */
	bool hung_up;    /* the other side did, before the reply */
};

static struct seen *seen;

/* --- what is watched in between -------------------------------------------------------------- */

static struct {
	bool short_send;
	int sends, open_to_signals;
} watched;

int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
ssize_t __real_send(int fd, const void *bytes, size_t n, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t n, int flags);

static void look_at_mask(void) {
	static const int numbers[] = {SIGALRM, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGUSR1, SIGCHLD};
	sigset_t mask;
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		watched.open_to_signals += sigismember(&mask, numbers[i]) == 0;
	}
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size) {
	look_at_mask();
	return __real_connect(fd, address, size);
}

ssize_t __wrap_send(int fd, const void *bytes, size_t n, int flags) {
	look_at_mask();
	assert_true((flags & MSG_NOSIGNAL) != 0);
	watched.sends++;
	return __real_send(fd, bytes, watched.short_send ? n - 1 : n, flags);
}

/* --- the server ------------------------------------------------------------------------------ */

enum how {
	ANSWERS,      /* with `reply`, and closes */
	STAYS,        /* the same, and never closes */
	NEVER_READS,
	CLOSES,       /* without having read */
	DRIPS,        /* a byte every 10 ms */
	READS_STEPS,  /* as Hyprland up to 0.56 does: until a step isn't full */
	FLOODS,       /* `size` bytes */
};

struct server {
	struct sandbox box;
	struct instance at;
	int listener;
	pid_t pid;
};

static void serve_one(int fd, enum how how, const char *reply, size_t size) {
	int64_t start = clock_ms();
	ssize_t n = how == NEVER_READS || how == CLOSES ? 0 : STEP;
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	while (n == STEP && poll(&wait, 1, 5000) > 0) {
		n = read(fd, seen->bytes + seen->size, STEP);
		seen->size += n > 0 ? (size_t)n : 0;
		n = how == READS_STEPS ? n : 0;
	}
	seen->held_ms = clock_ms() - start;
	if (how == NEVER_READS) {
		wait.events = POLLRDHUP;
		(void)poll(&wait, 1, LATE_MS);
		seen->hung_up = (wait.revents & (POLLRDHUP | POLLHUP)) != 0;
		ssize_t more = recv(fd, seen->bytes, sizeof(seen->bytes), MSG_DONTWAIT);
		seen->size = more > 0 ? (size_t)more : 0;
	}
	for (size_t i = 0; how == DRIPS && i < size; i++) {
		if (send(fd, reply + i, 1, MSG_NOSIGNAL) < 0) {
			break;
		}
		(void)poll(NULL, 0, 10);
	}
	if (how == ANSWERS || how == STAYS || how == READS_STEPS) {
		(void)send(fd, reply, size, MSG_NOSIGNAL);
	}
	char chunk[4096];
	memset(chunk, 'x', sizeof(chunk));
	while (how == FLOODS && size > 0) {
		size_t part = size < sizeof(chunk) ? size : sizeof(chunk);
		ssize_t sent = send(fd, chunk, part, MSG_NOSIGNAL);
		size = sent < 0 ? 0 : size - (size_t)sent;
	}
	if (how == STAYS) {
		(void)poll(&wait, 1, LATE_MS);
	}
}

static void server_bind(struct server *server, int backlog) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	*server = (struct server){0};
	memset(seen, 0, sizeof(*seen));
	sandbox_open(&server->box);
	server->at = (struct instance){.signature = "s", .socket = at(&server->box, "socket")};
	memcpy(address.sun_path, server->at.socket, strlen(server->at.socket) + 1);
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server->listener >= 0);
	assert_int_equal(bind(server->listener, (const struct sockaddr *)&address,
					 sizeof(address)), 0);
	assert_int_equal(listen(server->listener, backlog), 0);
}

static void server_open(struct server *server, enum how how, const char *reply, size_t size) {
	server_bind(server, 10);
	server->pid = fork();
	if (server->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* also where a test has failed */
		for (int fd; (fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
			seen->connections++;
			serve_one(fd, how, reply, size);
			(void)close(fd);
			(void)__atomic_thread_fence(__ATOMIC_SEQ_CST);
		}
		_exit(0);
	}
	assert_true(server->pid > 0);
	assert_int_equal(close(server->listener), 0);
}

static void server_close(struct server *server) {
	if (server->pid > 0) {
		(void)kill(server->pid, SIGKILL);
		assert_int_equal(waitpid(server->pid, NULL, 0), server->pid);
	}
	sandbox_close(&server->box);
}

/* --- asking it ------------------------------------------------------------------------------- */

static int asked(struct server *server, const char *request, unsigned ms, struct buf *reply) {
	struct err err = {0};
	int result = ipc_ask(&server->at, request, ms, reply, &err);
	assert_true((result < 0) == (err.text != NULL));
	assert_true(result == 0 || err.kind == ERR_FAILED);
	err_release(&err);
	return result;
}

/* The reply "before…" is left as it was. */
static void check_fails(struct server *server, const char *what_it_is, unsigned ms) {
	struct buf reply = BUF_INIT;
	buf_adds(&reply, "before");
	int64_t start = clock_ms();
	check(asked(server, "/eval 1", ms, &reply) < 0, "%s: taken for an answer", what_it_is);
	check(strcmp(reply.data, "before") == 0 && reply.len == 6, "%s: '%s'", what_it_is,
			reply.data);
	check(clock_ms() - start < LATE_MS, "%s: late", what_it_is);
	buf_release(&reply);
	check(asked(server, "/eval 1", 0, &reply) < 0 && reply.len == 0, "%s", what_it_is);
}

static void test_replies(void **state) {
	(void)state;
	static const struct str replies[] = {
		{"ok", 2},
		{"", 0},
		{"unknown request", 15},
		{"\xff\xfe\xc3(\x1b]0;x\x07\x1b[31m", 14},
		{"o\0k\0", 4},
		{"\n", 1},
	};
	for (size_t i = 0; i < COUNT(replies); i++) {
		struct server server;
		struct buf reply = BUF_INIT;
		server_open(&server, ANSWERS, replies[i].p, replies[i].n);
		assert_int_equal(asked(&server, "j/status", PLENTY_MS, &reply), 0);
		assert_int_equal(reply.len, replies[i].n);
		assert_memory_equal(reply.data, replies[i].p, replies[i].n);
		/* A second one is a second connection; its reply is added. */
		assert_int_equal(asked(&server, "j/status", PLENTY_MS, &reply), 0);
		assert_int_equal(reply.len, 2 * replies[i].n);
		assert_int_equal(seen->connections, 2);
		buf_release(&reply);
		server_close(&server);
	}
}

static void test_misbehaviour(void **state) {
	(void)state;
	static const struct {
		const char *name;
		enum how how;
		size_t size;
		unsigned ms;
	} rows[] = {
		{"ok, but stays", STAYS, 2, SHORT_MS},
		{"stays silent", STAYS, 0, SHORT_MS},
		{"never reads", NEVER_READS, 0, SHORT_MS},
		{"closes at once", CLOSES, 0, PLENTY_MS},
		{"a byte now and then", DRIPS, 2000, SHORT_MS},
		{"2 MiB", FLOODS, (size_t)2 * IPC_REPLY_MAX, PLENTY_MS},
		{"a byte too much", FLOODS, IPC_REPLY_MAX + 1, PLENTY_MS},
	};
	char *reply = malloc(4096);
	memset(reply, 'o', 4096);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct server server;
		server_open(&server, rows[i].how, reply, rows[i].size);
		check_fails(&server, rows[i].name, rows[i].ms);
		server_close(&server);
	}
	free(reply);
}

static void test_slow_but_in_time(void **state) {
	(void)state;
	struct server server;
	struct buf reply = BUF_INIT;
	server_open(&server, DRIPS, "slow, but whole", 15);
	assert_int_equal(asked(&server, "j/status", PLENTY_MS, &reply), 0);
	check_text("drips", reply.data, "slow, but whole");
	buf_release(&reply);
	server_close(&server);
	server_open(&server, FLOODS, NULL, IPC_REPLY_MAX);
	assert_int_equal(asked(&server, "j/status", PLENTY_MS, &reply), 0);
	assert_int_equal(reply.len, IPC_REPLY_MAX);
	buf_release(&reply);
	server_close(&server);
}

static void ignore(int number) {
	(void)number;
}

static void test_interrupted(void **state) {
	(void)state;
	const struct sigaction action = {.sa_handler = ignore};
	const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {0};
	struct server server;
	struct buf reply = BUF_INIT;
	server_open(&server, DRIPS, "interrupted", 11);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(asked(&server, "j/status", PLENTY_MS, &reply), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	check_text("interrupted", reply.data, "interrupted");
	buf_release(&reply);
	server_close(&server);
}

/* --- what holds the compositor up ------------------------------------------------------------ */

static void test_request_lengths(void **state) {
	(void)state;
	static const size_t sent[] = {1, 2, 1021, 1022}, unsent[] = {0, 1023, 1024, 2046, 3069};
	char *request = malloc(4096);
	struct buf reply = BUF_INIT;
	struct server server;
	for (size_t i = 0; i < COUNT(sent) + COUNT(unsent); i++) {
		bool goes = i < COUNT(sent);
		size_t n = goes ? sent[i] : unsent[i - COUNT(sent)];
		memset(request, '/', n);
		request[n] = '\0';
		server_open(&server, READS_STEPS, "ok", 2);
		buf_clear(&reply);
		check(asked(&server, request, PLENTY_MS, &reply) == (goes ? 0 : -1), "%zu", n);
		check(seen->connections == goes, "%zu: %d connections", n, seen->connections);
		check(seen->size == (goes ? n : 0), "%zu: %zu came", n, seen->size);
		check(memcmp(seen->bytes, request, seen->size) == 0, "%zu: other bytes", n);
		/* Facts: a frame or two; what waits for a second step waits for seconds. */
		check(seen->held_ms < 1000, "%zu: held for %" PRId64 " ms", n, seen->held_ms);
		server_close(&server);
	}
	buf_release(&reply);
	free(request);
}

static void test_line_stays_open(void **state) {
	(void)state;
	struct server server;
	struct buf reply = BUF_INIT;
	server_open(&server, NEVER_READS, NULL, 0);
	int64_t start = clock_ms();
	assert_int_equal(asked(&server, "/eval 1", SHORT_MS, &reply), -1);
	assert_true(clock_ms() - start >= SHORT_MS - 1);
	/* Whole, and then hung up. */
	for (int i = 0; i < 500 && !seen->hung_up; i++) {
		(void)poll(NULL, 0, 10);
	}
	(void)poll(NULL, 0, 20);
	assert_true(seen->hung_up);
	assert_int_equal(seen->size, 7);
	server_close(&server);
}

static void test_signals_wait(void **state) {
	(void)state;
	struct server server;
	struct buf reply = BUF_INIT;
	sigset_t mask;
	memset(&watched, 0, sizeof(watched));
	server_open(&server, ANSWERS, "ok", 2);
	assert_int_equal(asked(&server, "/eval 1", PLENTY_MS, &reply), 0);
	assert_int_equal(watched.sends, 1);
	assert_int_equal(watched.open_to_signals, 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	assert_int_equal(sigismember(&mask, SIGALRM), 0);
	/* Half a request is none, and nothing is sent behind it. */
	watched.short_send = true;
	buf_clear(&reply);
	assert_int_equal(asked(&server, "/eval 1", PLENTY_MS, &reply), -1);
	assert_int_equal(watched.sends, 2);
	assert_int_equal(reply.len, 0);
	watched.short_send = false;
	buf_release(&reply);
	server_close(&server);
}

static void test_full_backlog(void **state) {
	(void)state;
	struct server server;
	int others[BACKLOG_MAX], count = 0;
	server_bind(&server, 3);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, server.at.socket, strlen(server.at.socket) + 1);
	for (; count < BACKLOG_MAX; count++) {
		others[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (__real_connect(others[count], (const struct sockaddr *)&address,
				    sizeof(address)) < 0) {
			assert_int_equal(errno, EAGAIN);
			assert_int_equal(close(others[count]), 0);
			break;
		}
	}
	assert_true(count > 0 && count < BACKLOG_MAX);
	check_fails(&server, "full", PLENTY_MS); /* at once: well before LATE_MS */
	while (count > 0) {
		assert_int_equal(close(others[--count]), 0);
	}
	assert_int_equal(close(server.listener), 0);
	server_close(&server);
}

/* --- nobody there, or somebody else ---------------------------------------------------------- */

static void test_nobody(void **state) {
	(void)state;
	struct server server;
	server_bind(&server, 3);
	assert_int_equal(close(server.listener), 0);
	check_fails(&server, "a socket that is nobody's", PLENTY_MS);
	server.at.socket = at(&server.box, "none");
	check_fails(&server, "no socket", PLENTY_MS);
	put(&server.box, "file", "");
	server.at.socket = at(&server.box, "file");
	check_fails(&server, "a file", PLENTY_MS);
	char path[200];
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	server.at.socket = path;
	check_fails(&server, "a long path", PLENTY_MS);
	path[108] = '\0';
	check_fails(&server, "a path of 108 bytes", PLENTY_MS);
	server.at.socket = "";
	check_fails(&server, "no path", PLENTY_MS);
	server_close(&server);
}

static int ask_as_somebody(struct sandbox *box) {
	struct instance at_socket = {.signature = "s", .socket = at(box, "socket")};
	struct buf reply = BUF_INIT;
	struct err err = {0};
	int result = ipc_ask(&at_socket, "/eval 1", PLENTY_MS, &reply, &err);
	bool says_why = err.text != NULL && strstr(err.text, "another user's") != NULL;
	err_release(&err);
	return result < 0 && reply.len == 0 && says_why ? 0 : 1;
}

static void test_another_users(void **state) {
	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	struct server server;
	server_open(&server, ANSWERS, "ok", 2);
	assert_int_equal(chmod(server.box.path, 0755), 0);
	assert_int_equal(chmod(server.at.socket, 0777), 0);
	assert_int_equal(as_somebody(ask_as_somebody, &server.box), 0);
	for (int i = 0; i < 500 && seen->connections == 0; i++) {
		(void)poll(NULL, 0, 10);
	}
	(void)poll(NULL, 0, 20);
	assert_int_equal(seen->connections, 1);
	assert_int_equal(seen->size, 0);
	server_close(&server);
}

/* --- the rest -------------------------------------------------------------------------------- */

static void test_scale(void **state) {
	(void)state;
	static const struct {
		const char *text;
		unsigned scale;
	} rows[] = {
		{NULL, 1}, {"", 1}, {"1", 1}, {"0", 1}, {"-5", 1}, {"7", 7}, {"100", 100},
		{"101", 100}, {"99999999999999999999", 100}, {"-99999999999999999999", 1},
		{"x", 1}, {" 20", 20}, {"20 s", 20},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(rows[i].text != NULL
						 ? setenv("LUMINA_TIMEOUT_SCALE", rows[i].text, 1)
						 : unsetenv("LUMINA_TIMEOUT_SCALE"),
				0);
		check(ipc_scale() == rows[i].scale, "row %zu: %u", i, ipc_scale());
	}
	assert_int_equal(unsetenv("LUMINA_TIMEOUT_SCALE"), 0);
}

static size_t count_descriptors(void) {
	size_t count = 0;
	DIR *folder = opendir("/proc/self/fd");
	check(folder != NULL, "/proc/self/fd: %s", strerror(errno));
	while (folder != NULL && readdir(folder) != NULL) {
		count++;
	}
	assert_int_equal(closedir(folder), 0);
	return count;
}

static void test_nothing_left_open(void **state) {
	size_t before = count_descriptors();
	test_misbehaviour(state);
	test_nobody(state);
	test_signals_wait(state);
	assert_int_equal(count_descriptors(), before);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_misbehaviour),
		cmocka_unit_test(test_slow_but_in_time),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_request_lengths),
		cmocka_unit_test(test_line_stays_open),
		cmocka_unit_test(test_signals_wait),
		cmocka_unit_test(test_full_backlog),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_another_users),
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_nothing_left_open),
	};
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return seen == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
