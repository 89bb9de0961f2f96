/* SPDX-License-Identifier: MIT */
#include "state/theme.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/vec.h"
#include "state/theme_paper.h"
#include "state/theme_place.h"
#include "sys/folder.h"
#include "theme/mustache.h"
#include "theme/values.h"

#define TEMPLATES "templates"
#define ENDING ".mustache"

/* Of a template, a scheme, a theme's own file. */
enum { FILE_SIZE_MAX = 1024 * 1024 };

/* Of all that is rendered for a theme: it is in memory, and flushed to a disk. */
enum { THEME_SIZE_MAX = 64 * 1024 * 1024 };

struct making {
	struct theme *theme;
	const struct facts *facts;
	struct arena *arena;
	struct diags *diags;
	struct theme_entry entry;
	struct value values;
	struct span declared; /* the template that is being rendered */
	size_t size;          /* of all that was rendered */
	int profile;
};

/* --- reading ------------------------------------------------------------------------------- */

/*
 * A file of the profile; NULL with errno. The bytes of what a theme is made of live as
 * long as the arena: places in them may be reported.
 */
static struct source *read_source(struct making *making, const char *path) {
	struct arena *arena = making->arena;
	struct theme_input input = {.path = path_join(making->facts->profile, path, arena)};
	struct stat info;
	char *bytes;
	size_t size;
	_cleanup_close_ int fd = folder_open_beneath(making->profile, path,
			O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || file_read_open(fd, FILE_SIZE_MAX, arena, &bytes, &size, &info) < 0) {
		int saved = errno;
		input.absent = saved == ENOENT;
		if (input.absent) {
			VEC_ADD(&making->theme->inputs, input);
		}
		errno = saved;
		return NULL;
	}
	input.mark = file_mark_of(&info);
	VEC_ADD(&making->theme->inputs, input);
	struct source *source = arena_zalloc(arena, sizeof(*source));
	*source = (struct source){.path = input.path, .name = path, .bytes = bytes,
			.size = (uint32_t)size};
	VEC_ADD(&making->theme->sources, source);
	return source;
}

static const char *why_not(int sys) {
	return sys == EXDEV ? "a link in its path leaves the profile"
			: sys == EFBIG ? "it is larger than 1 MiB" : strerror(sys);
}

/* --- rendering ----------------------------------------------------------------------------- */

static bool is_partial_name(struct str name) {
	return name.n > 0 && memchr(name.p, '/', name.n) == NULL && name.p[0] != '.' &&
			memchr(name.p, '\0', name.n) == NULL;
}

/* Of what needn't be there: any other error is one. */
static struct source *read_optional(struct making *making, const char *path, const char *what) {
	struct source *source = read_source(making, path);
	bool is_missing = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
	if (source == NULL && !is_missing) {
		diag_add(making->diags, making->declared, "cannot read the %s '%s': %s", what, path,
				why_not(errno));
	}
	return source;
}

static struct source *find_partial(struct str name, void *context) {
	struct making *making = context;
	return is_partial_name(name)
			? read_optional(making, arena_printf(making->arena, TEMPLATES "/%.*s" ENDING,
								(int)name.n, name.p), "partial")
			: NULL;
}

/* True if the theme has a file of its own for it. */
static bool take_own(struct making *making, struct theme_file *file) {
	if (making->entry.folder == NULL) {
		return false;
	}
	const struct source *own = read_optional(making,
			path_join(making->entry.folder, file->name, making->arena), "theme's own file");
	if (own != NULL) {
		file->bytes = own->bytes;
		file->size = own->size;
	}
	return own != NULL;
}

/* Problems are in diags. */
static void render(struct making *making, struct theme_file *file) {
	const struct mustache_rules rules = {
		.partial = find_partial,
		.context = making,
		.strict = true,
	};
	const struct mustache *mustache;
	struct buf text _cleanup_buf_ = BUF_INIT;
	struct source *source = read_source(making, file->template);
	if (source == NULL) {
		diag_add(making->diags, making->declared, "cannot read the template '%s': %s", file->template,
				why_not(errno));
		return;
	}
	if (mustache_parse(&mustache, source, making->arena, making->diags) < 0 ||
			mustache_render(mustache, &making->values, &rules, making->arena,
					making->diags, &text) < 0) {
		return;
	}
	file->bytes = arena_strndup(making->arena, text.data, text.len);
	file->size = text.len;
}

/* As a file below the state folder, listed there on a line of its own; NULL: it can be. */
static const char *why_no_name(const char *name) {
	for (const char *p = name; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f) {
			return "has a control character";
		}
	}
	return name[0] == '.' || name[0] == '\0' ? "begins with '.', or is nothing"
			: strlen(name) > NAME_MAX ? "is longer than a name can be" : NULL;
}

static void make_file(struct making *making, const struct link_decl *decl) {
	struct theme *theme = making->theme;
	struct theme_file file = {
		.name = theme_place_file(decl->source, making->arena),
		.template = decl->source,
	};
	const char *wrong = why_no_name(file.name);
	if (wrong != NULL) {
		diag_add(making->diags, decl->source_at, "the template '%s' would make a file whose name %s",
				file.template, wrong);
		return;
	}
	if (streq(file.name, THEME_PLACE_WALLPAPER)) {
		diag_add(making->diags, decl->source_at, "template '%s' would make the file '%s', which is "
							 "the link to the theme's picture; rename it",
				file.template, file.name);
		return;
	}
	for (size_t i = 0; i < theme->files.count; i++) {
		const struct theme_file *other = &theme->files.items[i];
		if (!streq(other->name, file.name)) {
			continue;
		}
		if (!streq(other->template, file.template)) {
			diag_add(making->diags, decl->source_at, "templates '%s' and '%s' would make "
								 "the same file '%s'; rename one",
					other->template, file.template, file.name);
		}
		return; /* two targets of one template */
	}
	making->declared = decl->source_at;
	if (making->size > THEME_SIZE_MAX) {
		return; /* said already */
	}
	if (!take_own(making, &file)) {
		render(making, &file);
	}
	making->size += file.size;
	if (making->size > THEME_SIZE_MAX) {
		diag_add(making->diags, decl->source_at, "the whole theme is larger than 64 MiB");
	}
	VEC_ADD(&theme->files, file);
}

/* What scripts, and we ourselves once it is shown, tell a light theme by. */
static void mark_light(struct making *making) {
	struct theme *theme = making->theme;
	for (size_t i = 0; i < theme->files.count; i++) {
		if (streq(theme->files.items[i].name, THEME_PLACE_LIGHT)) {
			return; /* somebody's template */
		}
	}
	if (!theme->scheme.is_dark) {
		VEC_ADD(&theme->files, (struct theme_file){.name = THEME_PLACE_LIGHT, .bytes = ""});
	}
}

static void add_wallpaper(struct making *making) {
	const char *path = making->theme->wallpaper;
	if (path != NULL) {
		VEC_ADD(&making->theme->files, (struct theme_file){
			.name = THEME_PLACE_WALLPAPER,
			.bytes = path,
			.size = strlen(path),
			.is_link = true,
		});
	}
}

static int compare_files(const void *a, const void *b) {
	return strcmp(((const struct theme_file *)a)->name, ((const struct theme_file *)b)->name);
}

static uint64_t hash_files(const struct theme *theme) {
	struct buf all _cleanup_buf_ = BUF_INIT;
	for (size_t i = 0; i < theme->files.count; i++) {
		const struct theme_file *file = &theme->files.items[i];
		buf_addf(&all, "%s\n%zu\n%016" PRIx64 "\n", file->name, file->size,
				hash64(file->bytes, file->size));
	}
	return hash64(all.data, all.len);
}

/* What is wrong with its text is in diags. */
static int read_scheme(struct making *making, struct err *err) {
	const struct theme_entry *entry = &making->entry;
	struct scheme *scheme = &making->theme->scheme;
	struct source *source = read_source(making, entry->scheme);
	if (source == NULL) {
		return err_set(err, ERR_FAILED, "cannot read the scheme '%s': %s", entry->scheme,
				why_not(errno));
	}
	bool good = scheme_read(scheme, source, entry->name, making->arena, making->diags) == 0;
	if (good && entry->folder != NULL &&
			read_source(making, path_join(entry->folder, THEME_PLACE_LIGHT, making->arena)) != NULL) {
		scheme->is_dark = false;
	}
	return 0;
}

static int make(struct making *making, const struct registry *registry, struct err *err) {
	struct theme *theme = making->theme;
	if (theme_find(&making->entry, theme->name, making->facts, making->arena, err) < 0 ||
			read_scheme(making, err) < 0) {
		return -1;
	}
	if (making->diags->count == 0) {
		theme_paper_find(theme, &registry->theme.wallpaper, making->profile, making->facts,
				making->arena, making->diags);
	}
	if (making->diags->count == 0) {
		making->values = values_make(&theme->scheme, theme->wallpaper, making->arena);
		for (size_t i = 0; i < registry->links.count; i++) {
			if (registry->links.items[i].rendered) {
				make_file(making, &registry->links.items[i]);
			}
		}
	}
	if (making->diags->count > 0) {
		return err_set(err, ERR_FAILED, "the theme '%s' can't be rendered; nothing was changed",
				theme->name);
	}
	mark_light(making);
	add_wallpaper(making);
	if (theme->files.count > 1) {
		qsort(theme->files.items, theme->files.count, sizeof(*theme->files.items),
				compare_files);
	}
	theme->hash = hash_files(theme);
	theme->folder = theme_place_copy(theme->name, theme->hash, 0, making->arena);
	return 0;
}

static struct making begin(struct theme *theme, const char *name, const struct facts *facts,
		struct arena *arena, struct diags *diags) {
	*theme = (struct theme){.name = name};
	return (struct making){
		.theme = theme,
		.facts = facts,
		.arena = arena,
		.diags = diags,
		.profile = open(facts->profile, O_PATH | O_DIRECTORY | O_CLOEXEC),
	};
}

int theme_scheme(struct theme *ret, const struct theme_entry *entry, const struct facts *facts,
		struct arena *arena, struct diags *diags, struct err *err) {
	struct making making = begin(ret, entry->name, facts, arena, diags);
	making.entry = *entry;
	int result = read_scheme(&making, err);
	if (result == 0 && diags->count > 0) {
		result = err_set(err, ERR_FAILED, "'%s' is no scheme", entry->scheme);
	}
	cleanup_close_fd(&making.profile);
	return result;
}

int theme_make(struct theme *ret, const struct registry *registry, const struct facts *facts,
		struct arena *arena, struct diags *diags, struct err *err) {
	struct making making = begin(ret, registry->theme.active, facts, arena, diags);
	int result = make(&making, registry, err);
	cleanup_close_fd(&making.profile);
	return result;
}

const char *theme_problem(const struct diags *diags, const struct err *err, struct arena *arena) {
	return diags->count == 0 ? arena_strdup(arena, err->text)
			: arena_printf(arena, "%s: %s", span_describe(diags->first->at, arena),
					  diags->first->text);
}

void theme_release(struct theme *theme) {
	for (size_t i = 0; i < theme->sources.count; i++) {
		source_release(theme->sources.items[i]);
	}
	VEC_RELEASE(&theme->sources);
	VEC_RELEASE(&theme->files);
	VEC_RELEASE(&theme->inputs);
}

bool theme_is_current(const struct theme *theme) {
	for (size_t i = 0; i < theme->inputs.count; i++) {
		const struct theme_input *input = &theme->inputs.items[i];
		struct stat info;
		bool there = stat(input->path, &info) == 0;
		struct file_mark mark = there ? file_mark_of(&info) : (struct file_mark){0};
		if (there == input->absent || (there && !file_mark_eq(&mark, &input->mark))) {
			return false;
		}
	}
	return true;
}
