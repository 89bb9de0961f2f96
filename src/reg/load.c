/* SPDX-License-Identifier: MIT */
#include "reg/load.h"

#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"
#include "reg/schema.h"
#include "sys/folder.h"

enum {
	FILE_SIZE_MAX = 16 * 1024 * 1024,
	/* Ranks: body of the registry < hosts' blocks < local.yaml < hosts' blocks in there;
	 * within each, what is included deeper comes first. */
	INCLUDE_DEPTH_MAX = 32,
	RANK_STEP = INCLUDE_DEPTH_MAX + 1,
	RANK_BODY = 1 * RANK_STEP,
	RANK_HOST = 2 * RANK_STEP,
	RANK_LOCAL = 3 * RANK_STEP,
};

struct load {
	struct registry *registry;
	const struct facts *facts;
	const struct target_rules *rules;
	struct arena *arena;
	struct diags *diags;
	struct err *err;
	size_t limit, size; /* of all files together; 0: no limit */
	bool over;          /* the limit was met: nothing that was read counts */
	/* The chain of files being read, outermost first. */
	struct source *chain[INCLUDE_DEPTH_MAX];
	unsigned depth;
};

static int load_file(struct load *load, const char *path, const char *name, struct span from,
		unsigned rank);

void registry_release(struct registry *registry) {
	for (size_t i = 0; i < registry->files.count; i++) {
		source_release(registry->files.items[i].source);
	}
	VEC_RELEASE(&registry->files);
	VEC_RELEASE(&registry->links);
	VEC_RELEASE(&registry->shadowed);
	VEC_RELEASE(&registry->elsewhere);
	VEC_RELEASE(&registry->packages);
	VEC_RELEASE(&registry->ignored);
	VEC_RELEASE(&registry->groups);
	VEC_RELEASE(&registry->missions);
}

/* ASCII case doesn't matter; "box" also matches the host "box.example.org". */
static bool host_matches(struct str key, const char *host, bool exact) {
	size_t n = exact ? strlen(host) : strcspn(host, ".");
	return key.n == n && strncasecmp(key.p, host, n) == 0;
}

static const struct node *find_host(const struct node *hosts, const char *host) {
	for (int pass = 0; host != NULL && hosts != NULL && pass < 2; pass++) {
		for (const struct node *key = hosts->child; key != NULL;) {
			if (host_matches(key->text, host, pass == 0)) {
				return key;
			}
			key = key->next->next;
		}
	}
	return NULL;
}

/*
 * Opens the folder of an included file without leaving the profile; AT_FDCWD for
 * files that are not included. -1 with errno.
 */
static int open_folder(const struct load *load, const char *name, bool included,
		const char **ret_name) {
	if (!included) {
		return AT_FDCWD;
	}
	_cleanup_close_ int profile = open(load->facts->profile, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *last = path_name(name);
	const char *folder = last > name ? arena_strndup(load->arena, name, (size_t)(last - name))
					 : ".";
	*ret_name = last;
	return profile < 0 ? -1 : folder_open_beneath(profile, folder, O_PATH | O_DIRECTORY);
}

static int read_source(struct load *load, const char *path, const char *name, struct span from,
		struct source **ret) {
	static char nothing[] = "";
	char *bytes = nothing;
	size_t size = 0;
	struct file_mark mark = {0};
	int tries = 3;
	size_t left = load->limit - load->size;
	size_t most = load->limit > 0 && left < FILE_SIZE_MAX ? left : FILE_SIZE_MAX;
	const char *opened = path;
	int dir = open_folder(load, name, from.source != NULL, &opened);
	int result = dir == -1 ? -1 : 0;
	while (result == 0) {
		/* EAGAIN: an editor is just writing it in place. */
		result = file_read(dir, opened, most, load->arena, &bytes, &size, &mark);
		if (result == 0 || errno != EAGAIN || --tries == 0) {
			break;
		}
		result = 0;
	}
	int saved = errno;
	cleanup_close_fd(&dir);
	errno = saved;
	struct source *source = arena_zalloc(load->arena, sizeof(*source));
	*source = (struct source){.path = path, .name = name, .bytes = bytes,
			.size = (uint32_t)size};
	*ret = source;
	VEC_ADD(&load->registry->files, (struct registry_file){source, mark});
	load->size += size;
	if (result == 0) {
		return 0;
	}
	if (errno == EFBIG && most < FILE_SIZE_MAX) {
		load->over = true;
		return -1;
	}
	struct span at = from.source != NULL ? from : (struct span){source, 0, 0};
	if (errno == EFBIG) {
		diag_add(load->diags, at, "'%s' is larger than 16 MiB", name);
		return -1;
	}
	if (from.source != NULL) {
		diag_add(load->diags, at, "cannot read '%s': %s", name,
				errno == EXDEV ? "a link in its path leaves the profile"
					       : strerror(errno));
		return -1;
	}
	return err_sys(load->err, "cannot read the registry '%s'", path);
}

static void load_includes(struct load *load, const struct schema *schema, unsigned rank) {
	for (size_t i = 0; i < schema->includes.count; i++) {
		const struct include_decl *include = &schema->includes.items[i];
		/* What goes wrong in there is a problem of the text, and is in diags. */
		(void)load_file(load, path_join(load->facts->profile, include->path, load->arena),
				include->path, include->at, rank - 1);
	}
}

static int compare_links(const void *a, const void *b) {
	const struct link_decl *left = a, *right = b;
	int order = path_compare(left->target, right->target);
	if (order == 0) {
		order = left->rank > right->rank ? -1 : left->rank < right->rank;
	}
	return order;
}

static void sort_links(struct registry *registry) {
	struct link_decl *links = registry->links.items;
	for (size_t i = 1; i < registry->links.count; i++) {
		/* Registries are mostly in order already. */
		if (compare_links(&links[i - 1], &links[i]) > 0) {
			qsort(links, registry->links.count, sizeof(*links), compare_links);
			return;
		}
	}
}

/* The same key twice in one map: reported already, by the reader of the map. */
static bool same_words(struct span a, struct span b) {
	uint32_t n = a.end - a.start;
	return a.source == b.source && n == b.end - b.start &&
			memcmp(a.source->bytes + a.start, b.source->bytes + b.start, n) == 0;
}

/* Keeps the highest rank of each target; the same target twice at one level is an error. */
static void merge_links(struct registry *registry, struct arena *arena, struct diags *diags) {
	struct link_decl *links = registry->links.items;
	size_t kept = 0;
	if (registry->links.count == 0) {
		return;
	}
	sort_links(registry);
	for (size_t i = 0; i < registry->links.count; i++) {
		if (i == 0 || !streq(links[i].target, links[kept - 1].target)) {
			links[kept++] = links[i];
			continue;
		}
		VEC_ADD(&registry->shadowed, links[i]);
		bool told = links[i].rendered == links[kept - 1].rendered &&
				same_words(links[i].at, links[kept - 1].at);
		if (links[i].rank == links[kept - 1].rank && !told) {
			diag_add(diags, links[i].at, "target '%s' is declared at %s already",
					links[i].target,
					span_describe(links[kept - 1].at, arena));
		}
	}
	registry->links.count = kept;
}

/* Takes this host's block; those of others are only looked through for double targets. */
static void load_hosts(struct load *load, struct schema *schema) {
	const struct node *ours = find_host(schema->hosts, load->facts->host);
	/* Other problems of the blocks were found with the file's. */
	struct diags *ignored = arena_zalloc(load->arena, sizeof(*ignored));
	ignored->arena = load->arena;
	schema->diags = ignored;
	schema->rank += RANK_HOST - RANK_BODY;
	const struct node *key = schema->hosts != NULL ? schema->hosts->child : NULL;
	for (; key != NULL; key = key->next->next) {
		struct registry others = {0};
		schema->registry = key == ours ? load->registry : &others;
		schema->host = arena_strndup(load->arena, key->text.p, key->text.n);
		if (key == ours) {
			load->registry->host = schema->host;
		}
		schema_walk_host(schema, key->next);
		merge_links(&others, load->arena, load->diags);
		for (size_t i = 0; i < others.links.count; i++) {
			VEC_ADD(&load->registry->elsewhere, others.links.items[i]);
		}
		registry_release(&others);
	}
}

/* Reads one file into the registry: its includes first, so that they rank below it. */
static int load_source(struct load *load, struct source *source, unsigned rank) {
	struct node *root;
	(void)node_parse(source, load->arena, load->diags, &root);
	if (root == NULL) {
		return 0;
	}
	struct schema schema = {
		.registry = load->registry,
		.arena = load->arena,
		.diags = load->diags,
		.rules = load->rules,
		.source = source,
		.rank = rank,
	};
	schema_walk_file(&schema, root);
	load->chain[load->depth++] = source;
	load_includes(load, &schema, rank);
	load->depth--;
	load_hosts(load, &schema);
	VEC_RELEASE(&schema.includes);
	return 0;
}

static int load_file(struct load *load, const char *path, const char *name, struct span from,
		unsigned rank) {
	for (unsigned i = 0; i < load->depth; i++) {
		if (streq(load->chain[i]->path, path)) {
			diag_add(load->diags, from, "include cycle: '%s' includes itself%s%s%s",
					name, i + 1 < load->depth ? " by way of '" : "",
					i + 1 < load->depth ? load->chain[i + 1]->name : "",
					i + 1 < load->depth ? "'" : "");
			return -1;
		}
	}
	for (size_t i = 0; i < load->registry->files.count; i++) {
		if (streq(load->registry->files.items[i].source->path, path)) {
			return 0; /* included twice, read once */
		}
	}
	if (load->depth == INCLUDE_DEPTH_MAX) {
		diag_add(load->diags, from, "includes are nested deeper than %d files",
				INCLUDE_DEPTH_MAX);
		return -1;
	}
	struct source *source;
	if (read_source(load, path, name, from, &source) < 0 ||
			(source->size > 0 && node_prepare(load->err) < 0)) {
		return -1;
	}
	return load_source(load, source, rank);
}

/* No target may lie below another link's target: it would be written through that link. */
static void check_nesting(struct load *load) {
	const struct link_decl *above = NULL;
	for (size_t i = 0; i < load->registry->links.count; i++) {
		const struct link_decl *link = &load->registry->links.items[i];
		if (above != NULL && path_is_under(link->target, above->target)) {
			diag_add(load->diags, link->at,
					"target '%s' lies below '%s', which is a link itself (%s)",
					link->target, above->target,
					span_describe(above->at, load->arena));
		} else if (!link->tree) {
			above = link;
		}
	}
}

/* Something couldn't be read: what that means for the whole. */
static int fail(const struct load *load) {
	if (load->over) {
		errno = EFBIG;
		return err_sys(load->err, "cannot read the registry '%s' now", load->facts->profile);
	}
	load->err->kind = ERR_USAGE;
	return -1;
}

int registry_load(struct registry *registry, const struct facts *facts,
		const struct target_rules *rules, struct arena *arena, struct diags *diags,
		struct err *err) {
	return registry_load_within(registry, facts, rules, 0, arena, diags, err);
}

int registry_load_within(struct registry *registry, const struct facts *facts,
		const struct target_rules *rules, size_t limit, struct arena *arena,
		struct diags *diags, struct err *err) {
	struct load load = {
		.limit = limit,
		.registry = registry,
		.facts = facts,
		.rules = rules,
		.arena = arena,
		.diags = diags,
		.err = err,
	};
	const struct span nowhere = {0};
	*registry = (struct registry){0};
	const char *path = path_join(facts->profile, "lumina.yaml", arena);
	if (load_file(&load, path, "lumina.yaml", nowhere, RANK_BODY) < 0 && diags->count == 0) {
		if (!load.over && (err->sys == ENOENT || err->sys == ENOTDIR)) {
			uint32_t entries = 0;
			(void)folder_count(AT_FDCWD, facts->profile, &entries);
			(void)err_set(err, ERR_FAILED, "no profile: '%s' is not there", path);
			/* 'lumina init' leaves folders alone that hold something. */
			err_hint(err, entries == 0 ? "lumina init"
						   : "write that file ('man lumina.yaml'); an "
						     "empty one will do for a start");
			return -1;
		}
		return fail(&load);
	}
	const char *local = path_join(facts->config, "local.yaml", arena);
	if (access(local, F_OK) < 0) {
		registry->no_overlay = local;
	} else if (load_file(&load, local, local, nowhere, RANK_LOCAL) < 0 && diags->count == 0) {
		return fail(&load);
	}
	if (load.over) {
		return fail(&load);
	}
	merge_links(registry, arena, diags);
	missions_merge(&registry->missions, arena);
	check_nesting(&load);
	return diags->count > 0 ? err_exit(err, 2) : 0;
}

bool registry_is_current(const struct registry *registry) {
	if (registry->no_overlay != NULL && access(registry->no_overlay, F_OK) == 0) {
		return false;
	}
	for (size_t i = 0; i < registry->files.count; i++) {
		const struct registry_file *file = &registry->files.items[i];
		struct stat info;
		if (stat(file->source->path, &info) < 0) {
			return false;
		}
		struct file_mark mark = file_mark_of(&info);
		if (!file_mark_eq(&mark, &file->mark)) {
			return false;
		}
	}
	return true;
}
