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

static const struct fyaml *fail(struct err *err) {
	bool exhausted = errno == ENOMEM;
	const char *why = dlerror();
	if (exhausted) {
		mem_exhausted();
	}
	(void)err_set(err, ERR_FAILED, "cannot load the library that reads YAML: %s",
			why != NULL ? why : FYAML_SONAME);
	err_hint(err, "sudo pacman -S libfyaml");
	return NULL;
}

const struct fyaml *fyaml_load(struct err *err) {
	static struct fyaml table;
	static bool loaded;
	if (loaded) {
		return &table;
	}
	errno = 0;
	void *library = dlopen(FYAML_SONAME, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		return fail(err);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *found = dlsym(library, rows[i].name);
		if (found == NULL) {
			return fail(err);
		}
		/* What dlsym(3) gives is no pointer to a function for ISO C. */
		memcpy((char *)&table + rows[i].offset, &found, sizeof(found));
	}
	loaded = true;
	return &table;
}
