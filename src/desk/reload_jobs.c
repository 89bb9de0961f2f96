/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "desk/ipc.h"
#include "desk/reload_part.h"
#include "sys/beside.h"

struct reload_job {
	size_t tally;
	const char *absent;
	bool goes_on;
	struct buf errors;
	struct beside beside;
};

void reload_begin(struct reload_jobs *jobs, size_t tally, const struct reload_order *order,
		const struct facts *facts) {
	struct reload_job *job = xcalloc(1, sizeof(*job));
	job->tally = tally;
	job->absent = order->absent;
	job->goes_on = order->goes_on;
	buf_init(&job->errors);
	job->beside.child = (struct child){
		.argv = order->argv,
		.env = order->env,
		.umask = facts->umask,
		.output = order->complains ? &job->errors : NULL,
		.errors = &job->errors,
		.timeout_ms = (int)(order->ms * ipc_scale()),
		.apart = true,
		.abrupt = true,
	};
	beside_begin(&job->beside);
	VEC_ADD(jobs, job);
}

static const char *first_line(const struct buf *text, struct arena *arena) {
	size_t from = 0;
	while (from < text->len && strchr(" \t\r\n", text->data[from]) != NULL) {
		from++;
	}
	size_t n = from < text->len ? strcspn(text->data + from, "\r\n") : 0;
	return n > 0 ? arena_strndup(arena, text->data + from, n) : NULL;
}

static enum reload_what outcome(const struct reload_job *job, const char **ret_why, struct arena *arena) {
	const struct beside *beside = &job->beside;
	const char *said = first_line(&job->errors, arena);
	*ret_why = NULL;
	if (beside->result < 0) {
		*ret_why = arena_strdup(arena, beside->err.text);
		return beside->err.kind == ERR_NO_PROGRAM && job->absent != NULL ? RELOAD_NOT_RUNNING
										 : RELOAD_FAILED;
	}
	if (beside->ended.end == CHILD_LATE) {
		return RELOAD_LATE;
	}
	if (beside->ended.end == CHILD_INTERRUPTED) {
		*ret_why = "interrupted";
		return RELOAD_FAILED;
	}
	if (beside->ended.end == CHILD_EXITED && beside->ended.code == 0) {
		return RELOAD_TOLD;
	}
	*ret_why = said != NULL ? said
		: arena_printf(arena, beside->ended.end == CHILD_EXITED ? "it exited with %d"
									: "signal %d ended it",
				beside->ended.code);
	bool absent = job->absent != NULL && job->absent[0] != '\0' && said != NULL &&
			str_starts(str_of(said), job->absent);
	return absent ? RELOAD_NOT_RUNNING : RELOAD_FAILED;
}

void reload_end(struct reload_jobs *jobs, reload_counter count, void *context, struct arena *arena) {
	for (size_t i = 0; i < jobs->count; i++) {
		struct reload_job *job = jobs->items[i];
		const char *why;
		beside_end(&job->beside);
		enum reload_what what = outcome(job, &why, arena);
		if (!job->goes_on || what != RELOAD_TOLD) {
			count(context, job->tally, what, why);
		}
		err_release(&job->beside.err);
		buf_release(&job->errors);
		free(job);
	}
	VEC_RELEASE(jobs);
}
