/* SPDX-License-Identifier: MIT */
#include "sys/limit.h"

#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

static void give_up(int number) {
	(void)number;
	_exit(0);
}

void limit_set(unsigned ms) {
	const struct itimerval timer = {.it_value = {.tv_sec = ms / 1000,
			.tv_usec = (suseconds_t)(ms % 1000) * 1000}};
	const struct sigaction action = {.sa_handler = give_up};
	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

void limit_lift(void) {
	const struct itimerval none = {.it_value = {0}};
	(void)setitimer(ITIMER_REAL, &none, NULL);
}

long limit_left(void) {
	struct itimerval timer = {.it_value = {0}};
	(void)getitimer(ITIMER_REAL, &timer);
	if (timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0) {
		return -1;
	}
	return timer.it_value.tv_sec * 1000 + timer.it_value.tv_usec / 1000;
}
