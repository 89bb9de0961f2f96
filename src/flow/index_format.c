/* SPDX-License-Identifier: MIT */

/* The index as bytes (see flow/index.h): there and back, without the disk. */

#include "flow/index.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

/* To be counted up whenever other missions come out of the same registry. */
enum { VERSION = 2, FLAG_BROKEN = 1 };

static const char magic[8] = "lumina\0\1";

struct section {
	uint32_t at, count;
};

struct head {
	char magic[8];
	uint64_t sum;
	uint32_t version, size, flags;
	uint32_t home, profile, host;
	uint32_t bar, spare; /* a list */
	struct section files, missions, lists, pairs, texts; /* one behind the other */
};

struct disk_file {
	uint32_t path, there;
	uint64_t dev, ino;
	int64_t size, seconds, nanoseconds;
};

struct disk_mission {
	uint32_t name, label, when, in, env, nenv, path, dotenv;
	int32_t direnv;
	uint32_t nix, hyprland, nhyprland, show, hide;
};

struct disk_pair {
	uint32_t name, value;
};

/* What a sum covers. */
enum { SUM_FROM = offsetof(struct head, sum) + sizeof(uint64_t) };

/* --- writing ------------------------------------------------------------------------------- */

struct writer {
	struct buf files, missions, lists, pairs, texts;
	uint32_t texts_at;
	/* Where each text is among the texts, plus 1: open addressing over their hashes. */
	struct {
		uint32_t *items;
		size_t count, room;
	} known;
};

/* The slot of a text: it holds a text's place, or 0. */
static uint32_t *find_slot(struct writer *writer, const char *text, size_t n) {
	size_t slot = (size_t)hash64(text, n) & (writer->known.room - 1);
	uint32_t *slots = writer->known.items;
	while (slots[slot] != 0 && !streq(writer->texts.data + slots[slot] - 1, text)) {
		slot = (slot + 1) & (writer->known.room - 1);
	}
	return &slots[slot];
}

/* At most half of the slots are taken. */
static void grow(struct writer *writer) {
	uint32_t *old = writer->known.items;
	size_t room = writer->known.room;
	writer->known.room = room > 0 ? room * 2 : 256;
	writer->known.items = xcalloc(writer->known.room, sizeof(*old));
	for (size_t i = 0; i < room; i++) {
		if (old[i] != 0) {
			const char *text = writer->texts.data + old[i] - 1;
			*find_slot(writer, text, strlen(text)) = old[i];
		}
	}
	free(old);
}

/* Each text once: missions are much alike, and every byte is read at every change of folder. */
static uint32_t put_text(struct writer *writer, const char *text) {
	if (text == NULL) {
		return 0;
	}
	if (writer->known.count * 2 >= writer->known.room) {
		grow(writer);
	}
	size_t n = strlen(text);
	uint32_t *slot = find_slot(writer, text, n);
	if (*slot == 0) {
		*slot = (uint32_t)writer->texts.len + 1;
		writer->known.count++;
		buf_add(&writer->texts, text, n + 1);
	}
	return writer->texts_at + *slot - 1;
}

static uint32_t put_list(struct writer *writer, const char *const *list) {
	if (list == NULL) {
		return 0;
	}
	uint32_t number = (uint32_t)(writer->lists.len / sizeof(uint32_t)) + 1;
	for (;; list++) {
		uint32_t text = put_text(writer, *list);
		buf_add(&writer->lists, (const char *)&text, sizeof(text));
		if (text == 0) {
			return number;
		}
	}
}

static uint32_t put_pairs(struct writer *writer, const struct pair *pairs, size_t count) {
	uint32_t number = (uint32_t)(writer->pairs.len / sizeof(struct disk_pair)) + 1;
	for (size_t i = 0; i < count; i++) {
		struct disk_pair pair = {.name = put_text(writer, pairs[i].name)};
		pair.value = put_text(writer, pairs[i].value);
		buf_add(&writer->pairs, (const char *)&pair, sizeof(pair));
	}
	return count > 0 ? number : 0;
}

static void put_file(struct writer *writer, const struct index_file *file) {
	const struct disk_file disk = {
		.path = put_text(writer, file->path),
		.there = file->there,
		.dev = file->mark.dev,
		.ino = file->mark.ino,
		.size = file->mark.size,
		.seconds = file->mark.mtime.tv_sec,
		.nanoseconds = file->mark.mtime.tv_nsec,
	};
	buf_add(&writer->files, (const char *)&disk, sizeof(disk));
}

static void put_mission(struct writer *writer, const struct mission *mission) {
	struct disk_mission disk = {
		.name = put_text(writer, mission->name),
		.direnv = mission->direnv,
		.nenv = (uint32_t)mission->nenv,
		.nhyprland = (uint32_t)mission->nhyprland,
	};
	disk.label = put_text(writer, mission->label);
	disk.when = put_list(writer, mission->when);
	disk.in = put_list(writer, mission->in);
	disk.env = put_pairs(writer, mission->env, mission->nenv);
	disk.path = put_list(writer, mission->path);
	disk.dotenv = put_list(writer, mission->dotenv);
	disk.nix = put_text(writer, mission->nix);
	disk.hyprland = put_pairs(writer, mission->hyprland, mission->nhyprland);
	disk.show = put_list(writer, mission->show);
	disk.hide = put_list(writer, mission->hide);
	buf_add(&writer->missions, (const char *)&disk, sizeof(disk));
}

static void put_all(struct writer *writer, struct head *head, const struct index *index,
		const struct facts *facts) {
	head->home = put_text(writer, facts->home);
	head->profile = put_text(writer, facts->profile);
	head->host = put_text(writer, facts->host);
	head->bar = put_list(writer, index->missions.bar);
	for (size_t i = 0; i < index->nfiles; i++) {
		put_file(writer, &index->files[i]);
	}
	for (size_t i = 0; i < index->missions.count; i++) {
		put_mission(writer, &index->missions.items[i]);
	}
}

static struct section place(uint32_t *at, const struct buf *content, size_t each) {
	struct section section = {*at, (uint32_t)(content->len / each)};
	*at += (uint32_t)content->len;
	return section;
}

static void writer_clear(struct writer *writer) {
	struct buf *all[] = {&writer->files, &writer->missions, &writer->lists, &writer->pairs,
			&writer->texts};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		buf_release(all[i]);
	}
	free(writer->known.items);
	*writer = (struct writer){BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, 0, {0}};
}

void index_format(const struct index *index, const struct facts *facts, struct buf *out) {
	struct writer writer = {BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, 0, {0}};
	struct head head = {0};
	/* Twice: where the texts are is known when everything before them is. (Until then they
	 * are anywhere but at 0, which is no text.) */
	writer.texts_at = sizeof(head);
	put_all(&writer, &head, index, facts);
	uint32_t texts_at = (uint32_t)(sizeof(head) + writer.files.len + writer.missions.len +
			writer.lists.len + writer.pairs.len);
	writer_clear(&writer);
	writer.texts_at = texts_at;
	put_all(&writer, &head, index, facts);

	uint32_t at = sizeof(head);
	memcpy(head.magic, magic, sizeof(magic));
	head.version = VERSION;
	head.flags = index->broken ? FLAG_BROKEN : 0;
	head.files = place(&at, &writer.files, sizeof(struct disk_file));
	head.missions = place(&at, &writer.missions, sizeof(struct disk_mission));
	head.lists = place(&at, &writer.lists, sizeof(uint32_t));
	head.pairs = place(&at, &writer.pairs, sizeof(struct disk_pair));
	assert(at == writer.texts_at);
	head.texts = place(&at, &writer.texts, 1);
	head.size = at;

	buf_clear(out);
	buf_add(out, (const char *)&head, sizeof(head));
	buf_add(out, writer.files.data, writer.files.len);
	buf_add(out, writer.missions.data, writer.missions.len);
	buf_add(out, writer.lists.data, writer.lists.len);
	buf_add(out, writer.pairs.data, writer.pairs.len);
	buf_add(out, writer.texts.data, writer.texts.len);
	uint64_t sum = hash64(out->data + SUM_FROM, out->len - SUM_FROM);
	memcpy(out->data + offsetof(struct head, sum), &sum, sizeof(sum));
	writer_clear(&writer);
}

/* --- reading ------------------------------------------------------------------------------- */

struct reader {
	const char *bytes;
	uint32_t texts_at, size;
	const char *const *lists;
	const struct pair *pairs;
	uint32_t nlists, npairs;
	bool damaged;
};

/* The last byte of all is a NUL, so whatever begins among the texts ends there. */
static const char *text_or_null(struct reader *reader, uint32_t at) {
	if (at == 0) {
		return NULL;
	}
	if (at < reader->texts_at || at >= reader->size) {
		reader->damaged = true;
		return NULL;
	}
	return reader->bytes + at;
}

static const char *text(struct reader *reader, uint32_t at) {
	const char *found = text_or_null(reader, at);
	reader->damaged |= found == NULL;
	return found;
}

/* The last entry of all is a NULL, so whatever list begins before it ends there. */
static const char *const *list(struct reader *reader, uint32_t number) {
	if (number > reader->nlists) {
		reader->damaged = true;
		return NULL;
	}
	return number > 0 ? reader->lists + (number - 1) : NULL;
}

static const struct pair *some_pairs(struct reader *reader, uint32_t number, uint32_t count) {
	if (count == 0 && number == 0) {
		return NULL;
	}
	if (number == 0 || number > reader->npairs || count == 0 ||
			count > reader->npairs - (number - 1)) {
		reader->damaged = true;
		return NULL;
	}
	return reader->pairs + (number - 1);
}

static void read_lists(struct reader *reader, const uint32_t *disk, uint32_t count,
		struct arena *arena) {
	const char **lists = arena_alloc(arena, count * sizeof(*lists));
	for (uint32_t i = 0; i < count; i++) {
		lists[i] = text_or_null(reader, disk[i]);
	}
	reader->damaged |= count > 0 && disk[count - 1] != 0;
	reader->lists = lists;
	reader->nlists = count;
}

static void read_pairs(struct reader *reader, const struct disk_pair *disk, uint32_t count,
		struct arena *arena) {
	struct pair *pairs = arena_alloc(arena, count * sizeof(*pairs));
	for (uint32_t i = 0; i < count; i++) {
		pairs[i] = (struct pair){text(reader, disk[i].name), text(reader, disk[i].value)};
	}
	reader->pairs = pairs;
	reader->npairs = count;
}

static struct mission mission(struct reader *reader, const struct disk_mission *disk) {
	reader->damaged |= disk->direnv < -1 || disk->direnv > 1;
	return (struct mission){
		.name = text(reader, disk->name),
		.label = text_or_null(reader, disk->label),
		.when = list(reader, disk->when),
		.in = list(reader, disk->in),
		.env = some_pairs(reader, disk->env, disk->nenv),
		.nenv = disk->nenv,
		.path = list(reader, disk->path),
		.dotenv = list(reader, disk->dotenv),
		.direnv = disk->direnv,
		.nix = text_or_null(reader, disk->nix),
		.hyprland = some_pairs(reader, disk->hyprland, disk->nhyprland),
		.nhyprland = disk->nhyprland,
		.show = list(reader, disk->show),
		.hide = list(reader, disk->hide),
	};
}

static struct index_file file(struct reader *reader, const struct disk_file *disk) {
	return (struct index_file){
		.path = text(reader, disk->path),
		.there = disk->there != 0,
		.mark = {
			.dev = disk->dev,
			.ino = disk->ino,
			.size = disk->size,
			.mtime = {.tv_sec = disk->seconds, .tv_nsec = disk->nanoseconds},
		},
	};
}

/* Each section begins where the one before ends, and the last ends with the file. */
static bool is_laid_out(const struct head *head, size_t size) {
	const struct {
		struct section section;
		size_t each;
	} rows[] = {
		{head->files, sizeof(struct disk_file)},
		{head->missions, sizeof(struct disk_mission)},
		{head->lists, sizeof(uint32_t)},
		{head->pairs, sizeof(struct disk_pair)},
		{head->texts, 1},
	};
	size_t at = sizeof(*head);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].section.at != at || rows[i].section.count > (size - at) / rows[i].each) {
			return false;
		}
		at += rows[i].section.count * rows[i].each;
	}
	return at == size;
}

static void read_all(struct index *index, struct reader *reader, const struct head *head,
		struct arena *arena) {
	/* Through void: the sections' offsets are multiples of what they hold. */
	const void *files_at = reader->bytes + head->files.at;
	const void *missions_at = reader->bytes + head->missions.at;
	const void *lists_at = reader->bytes + head->lists.at;
	const void *pairs_at = reader->bytes + head->pairs.at;
	const struct disk_file *disk_files = files_at;
	const struct disk_mission *disk_missions = missions_at;
	read_lists(reader, lists_at, head->lists.count, arena);
	read_pairs(reader, pairs_at, head->pairs.count, arena);
	struct index_file *files = arena_alloc(arena, head->files.count * sizeof(*files));
	for (uint32_t i = 0; i < head->files.count; i++) {
		files[i] = file(reader, &disk_files[i]);
	}
	struct mission *missions = arena_alloc(arena, head->missions.count * sizeof(*missions));
	for (uint32_t i = 0; i < head->missions.count; i++) {
		missions[i] = mission(reader, &disk_missions[i]);
	}
	*index = (struct index){
		.missions = {missions, head->missions.count, list(reader, head->bar)},
		.broken = (head->flags & FLAG_BROKEN) != 0,
		.files = files,
		.nfiles = head->files.count,
	};
}

enum index_state index_parse(struct index *ret, const char *bytes, size_t size,
		const struct facts *facts, struct arena *arena) {
	struct head head;
	*ret = (struct index){0};
	if (size <= sizeof(head) || size > UINT32_MAX || bytes[size - 1] != '\0') {
		return INDEX_DAMAGED;
	}
	memcpy(&head, bytes, sizeof(head));
	if (memcmp(head.magic, magic, sizeof(magic)) != 0 || head.version != VERSION ||
			head.size != size ||
			head.sum != hash64(bytes + SUM_FROM, size - SUM_FROM) ||
			!is_laid_out(&head, size)) {
		return INDEX_DAMAGED;
	}
	struct reader reader = {.bytes = bytes, .texts_at = head.texts.at, .size = (uint32_t)size};
	const char *home = text(&reader, head.home), *profile = text(&reader, head.profile);
	const char *host = text_or_null(&reader, head.host);
	if (reader.damaged) {
		return INDEX_DAMAGED;
	}
	if (!str_same(home, facts->home) || !str_same(profile, facts->profile) ||
			!str_same(host, facts->host)) {
		return INDEX_OTHER;
	}
	struct index index;
	read_all(&index, &reader, &head, arena);
	if (reader.damaged || index.nfiles == 0 || (index.broken && index.missions.count > 0)) {
		return INDEX_DAMAGED;
	}
	*ret = index;
	return INDEX_GOOD;
}
