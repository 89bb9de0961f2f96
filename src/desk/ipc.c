/* SPDX-License-Identifier: MIT */
#include "desk/ipc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/clock.h"

enum { READ_SIZE = 16 * 1024, SCALE_MAX = 100 };

/* So no request is a multiple of what Hyprland reads at once: it would wait for more, for ever. */
_Static_assert(IPC_REQUEST_MAX < 1023, "a request that fits one read, and doesn't fill it");

static int fail(struct err *err, const char *why) {
	return err_set(err, ERR_FAILED, "cannot ask Hyprland: %s", why);
}

static int fail_sys(struct err *err) {
	return err_sys(err, "cannot ask Hyprland");
}

/* Never waits: EAGAIN if others are in line before us. */
static int dial(const struct sockaddr_un *address, struct err *err) {
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return fail_sys(err);
	}
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		return errno == EAGAIN ? fail(err, "too many others are asking it") : fail_sys(err);
	}
	return steal_fd(&fd);
}

/* From here to the end of send_whole() the compositor may stand still and wait for us. */
static int check_peer(int fd, uid_t uid, struct err *err) {
	struct ucred peer;
	socklen_t size = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
		return fail_sys(err);
	}
	return peer.uid == uid ? 0 : fail(err, "its socket is another user's");
}

static int send_whole(int fd, const char *request, size_t n, struct err *err) {
	ssize_t sent = send(fd, request, n, MSG_NOSIGNAL);
	if (sent < 0) {
		return fail_sys(err);
	}
	return (size_t)sent == n ? 0 : fail(err, "its socket takes no whole request");
}

static int open_and_send(const struct instance *at, const char *request, size_t n,
		struct err *err) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(at->socket);
	if (length >= sizeof(address.sun_path)) {
		return fail(err, "the path of its socket is too long");
	}
	memcpy(address.sun_path, at->socket, length + 1);
	uid_t uid = geteuid();
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	_cleanup_close_ int fd = dial(&address, err);
	bool sent = fd >= 0 && check_peer(fd, uid, err) == 0 &&
			send_whole(fd, request, n, err) == 0;
	/* Closed before a signal may end us, or stop us with the line open. */
	if (!sent) {
		cleanup_close_fd(&fd);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return steal_fd(&fd);
}

static int receive(int fd, int64_t end, size_t most, struct buf *reply, struct err *err) {
	char chunk[READ_SIZE];
	for (;;) {
		/* Asked before each read: a byte now and then doesn't keep us. */
		int left = clock_left(end);
		if (left == 0) {
			return fail(err, "no whole answer in time");
		}
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		if (poll(&wait, 1, left) < 0 && errno != EINTR) {
			return fail_sys(err);
		}
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n == 0) {
			return 0;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return fail_sys(err);
		}
		if (n > 0 && reply->len + (size_t)n > most) {
			return fail(err, "its answer has no end");
		}
		if (n > 0) {
			buf_add(reply, chunk, (size_t)n);
		}
	}
}

int ipc_ask(const struct instance *at, const char *request, unsigned ms, struct buf *reply,
		struct err *err) {
	size_t n = strlen(request), before = reply->len;
	if (n == 0 || n > IPC_REQUEST_MAX) {
		return err_set(err, ERR_FAILED, "a request of %zu bytes is not sent to Hyprland", n);
	}
	if (ms == 0) {
		return fail(err, "no time is left");
	}
	int64_t end = clock_ms() + ms;
	_cleanup_close_ int fd = open_and_send(at, request, n, err);
	if (fd < 0) {
		return -1;
	}
	if (receive(fd, end, before + IPC_REPLY_MAX, reply, err) < 0) {
		if (reply->len > before) {
			reply->len = before;
			reply->data[before] = '\0';
		}
		return -1;
	}
	return 0;
}

unsigned ipc_scale(void) {
	const char *text = getenv("LUMINA_TIMEOUT_SCALE");
	long scale = text != NULL ? strtol(text, NULL, 10) : 1;
	return scale < 1 ? 1 : scale > SCALE_MAX ? SCALE_MAX : (unsigned)scale;
}
