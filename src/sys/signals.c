/* SPDX-License-Identifier: MIT */
#include "sys/signals.h"

#include <signal.h>
#include <stddef.h>

static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { NHELD = sizeof(held) / sizeof(held[0]) };

static struct sigaction before[NHELD];
static volatile sig_atomic_t pending;

static void on_signal(int number) {
	pending = number;
}

void signals_hold(void) {
	pending = 0;
	for (size_t i = 0; i < NHELD; i++) {
		struct sigaction action = {.sa_handler = on_signal};
		(void)sigemptyset(&action.sa_mask);
		(void)sigaction(held[i], NULL, &before[i]);
		/* nohup(1) and background jobs: what is ignored stays ignored. */
		if (before[i].sa_handler != SIG_IGN) {
			(void)sigaction(held[i], &action, NULL);
		}
	}
}

void signals_release(void) {
	for (size_t i = 0; i < NHELD; i++) {
		(void)sigaction(held[i], &before[i], NULL);
	}
}

int signals_pending(void) {
	return pending;
}
