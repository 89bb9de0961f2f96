/* SPDX-License-Identifier: MIT */
#include "text/fyaml.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"

#ifndef FYAML_SONAME
#define FYAML_SONAME "libfyaml.so.0"
#endif

/* Where each function's address belongs. */
struct row {
	const char *name;
	size_t offset;
};

static const struct row rows[] = {
#define FYAML_ROW(name) {"fy_" #name, offsetof(struct fyaml, name)},
	FYAML_FUNCTIONS(FYAML_ROW)
#undef FYAML_ROW
};

static const char *reason(void) {
	bool exhausted = errno == ENOMEM;
	const char *text = dlerror();
	if (exhausted) {
		mem_exhausted();
	}
	return text != NULL ? text : "no reason given";
}

const struct fyaml *fyaml_load(const char **ret_why) {
	static struct fyaml table;
	static bool loaded;
	if (loaded) {
		return &table;
	}
	errno = 0;
	void *library = dlopen(FYAML_SONAME, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		*ret_why = reason();
		return NULL;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *found = dlsym(library, rows[i].name);
		if (found == NULL) {
			*ret_why = reason();
			return NULL;
		}
		/* What dlsym(3) gives is no pointer to a function for ISO C. */
		memcpy((char *)&table + rows[i].offset, &found, sizeof(found));
	}
	loaded = true;
	return &table;
}
