/* SPDX-License-Identifier: MIT */
/*
 * spawn OUTPUT PROGRAM [ARGUMENT...]
 * Runs the program with its output in the file OUTPUT and prints what it has used: exit code (or
 * 128 + signal), user and system time in microseconds, peak memory in KiB. A small parent of its
 * own, for the peak that the kernel reports counts the parent's memory as it was before the exec.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* wait4 */
#endif

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static long long micros(struct timeval t) {
	return t.tv_sec * 1000000LL + t.tv_usec;
}

int main(int argc, char *argv[]) {
	if (argc < 3) {
		fputs("usage: spawn OUTPUT PROGRAM [ARGUMENT...]\n", stderr);
		return 2;
	}
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, argv[1],
			O_WRONLY | O_CREAT | O_TRUNC, 0666);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	pid_t pid;
	int error = posix_spawn(&pid, argv[2], &actions, NULL, argv + 2, environ);
	if (error) {
		fprintf(stderr, "%s: %s\n", argv[2], strerror(error));
		return 1;
	}
	posix_spawn_file_actions_destroy(&actions);
	int status;
	struct rusage used;
	if (wait4(pid, &status, 0, &used) < 0) {
		perror("wait4");
		return 1;
	}
	printf("%d %lld %lld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
			micros(used.ru_utime), micros(used.ru_stime), used.ru_maxrss);
	return 0;
}
