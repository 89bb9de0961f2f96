/* SPDX-License-Identifier: MIT */
#include "flow/detect_parts.h"

#include "base/str.h"

/* Together, of all missions: what is beyond is not looked for. */
enum { NAMES_MAX = 16384 };

static void note(uint32_t *bits, unsigned bit) {
	bits[bit / 32] |= (uint32_t)1 << (bit % 32);
}

static bool noted(const uint32_t *bits, unsigned bit) {
	return (bits[bit / 32] >> (bit % 32) & 1) != 0;
}

/* Tells most names apart that nobody wants; 1,024 bits. */
static unsigned first_look(const char *name, size_t length) {
	return ((unsigned)(unsigned char)name[0] * 29 + (unsigned)length * 7) % 1024;
}

/* Eight bytes at a time: a registry may have thousands of names. */
static uint32_t hash(const char *name, size_t length) {
	uint64_t sum = length, part;
	for (; length >= sizeof(part); name += sizeof(part), length -= sizeof(part)) {
		memcpy(&part, name, sizeof(part));
		sum = (sum ^ part) * 0x9e3779b97f4a7c15u;
		sum ^= sum >> 32;
	}
	part = 0;
	for (; length > 0; length--) {
		part = part << 8 | (unsigned char)*name++;
	}
	sum = (sum ^ part) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(sum >> 32);
}

static struct wanted *find(
		const struct wanted_names *wanted, const char *name, size_t length, uint32_t sum) {
	struct wanted *known = wanted->chains[sum & wanted->mask];
	while (known != NULL && (known->hash != sum || known->length != length ||
						memcmp(known->name, name, length) != 0)) {
		known = known->next;
	}
	return known;
}

static bool is_end(const char *name) {
	return name[0] == '*' && name[1] != '\0';
}

bool mission_is_in_only(const struct mission *mission) {
	return (mission->when == NULL || mission->when[0] == NULL) && mission->in != NULL &&
	       mission->in[0] != NULL && kind_of(mission->name) == KINDS;
}

static void add_owner(
		struct wanted_names *names, struct wanted *wanted, const struct mission *mission) {
	if (wanted->last != NULL && wanted->last->mission == mission) {
		return;
	}
	struct owner *owner = names->owners++;
	*owner = (struct owner){.mission = mission};
	if (wanted->last != NULL) {
		wanted->last->next = owner;
	} else {
		wanted->first = owner;
	}
	wanted->last = owner;
}

/* One name of a mission. */
static void add(struct wanted_names *wanted, const char *name, const struct mission *mission) {
	size_t length = strlen(name);
	if (is_end(name)) {
		struct wanted *end = &wanted->ends[wanted->nends++];
		*end = (struct wanted){
			.name = name + 1,
			.length = length - 1,
			.marker = marker_find(name, length),
		};
		add_owner(wanted, end, mission);
		note(wanted->last_bytes, (unsigned char)name[length - 1]);
		return;
	}
	uint32_t sum = hash(name, length);
	struct wanted *known = find(wanted, name, length, sum);
	if (known == NULL) {
		unsigned bit = first_look(name, length);
		struct wanted **chain = &wanted->chains[sum & wanted->mask];
		known = &wanted->names[wanted->count++];
		*known = (struct wanted){
			.name = name,
			.length = length,
			.hash = sum,
			.marker = noted(wanted->table, bit) ? marker_find(name, length)
								    : -1,
			.next = *chain,
		};
		*chain = known;
		note(wanted->seen, bit);
		wanted->asked += known->marker < 0;
	}
	add_owner(wanted, known, mission);
}

static void add_table(struct wanted_names *wanted) {
	for (unsigned i = 0; i < marker_count; i++) {
		const struct marker *marker = &markers[i];
		if (is_end(marker->name)) {
			note(wanted->last_bytes, (unsigned char)marker->name[marker->length - 1]);
			wanted->builtin_ends = i + 1;
		} else {
			note(wanted->seen, first_look(marker->name, marker->length));
			wanted->asked++;
		}
	}
	memcpy(wanted->table, wanted->seen, sizeof(wanted->table));
	note(wanted->seen, first_look(PROJECT_NAME, sizeof(PROJECT_NAME) - 1));
	note(wanted->seen, first_look(ENVRC_NAME, sizeof(ENVRC_NAME) - 1));
	wanted->asked += 2;
}

void wanted_make(
		struct wanted_names *wanted, const struct missions *missions, struct arena *arena) {
	memset(wanted, 0, sizeof(*wanted));
	add_table(wanted);
	size_t names = 0, ends = 0;
	for (size_t i = 0; i < missions->count; i++) {
		const struct mission *mission = &missions->items[i];
		if (mission->when == NULL || mission->when[0] == NULL) {
			enum kind kind = kind_of(mission->name);
			if (kind < KINDS) {
				wanted->of_kind[kind] = mission;
			}
			continue;
		}
		for (const char *const *name = mission->when; *name != NULL; name++) {
			ends += is_end(*name);
			names += !is_end(*name);
		}
	}
	if (names + ends == 0) {
		return;
	}
	uint32_t room = 16;
	while (room < names && room < NAMES_MAX) {
		room *= 2;
	}
	wanted->mask = room - 1;
	wanted->chains = arena_zalloc(arena, room * sizeof(struct wanted *));
	wanted->names = arena_alloc(arena, names * sizeof(struct wanted));
	wanted->ends = arena_alloc(arena, ends * sizeof(struct wanted));
	wanted->owners = arena_alloc(arena, (names + ends) * sizeof(struct owner));
	size_t left = NAMES_MAX;
	for (size_t i = 0; i < missions->count; i++) {
		const struct mission *mission = &missions->items[i];
		for (const char *const *name = mission->when;
				name != NULL && *name != NULL && left > 0; name++, left--) {
			if (**name != '\0') {
				add(wanted, *name, mission);
			}
		}
	}
}

bool wanted_perhaps(const struct wanted_names *wanted, const char *name, size_t length) {
	return noted(wanted->seen, first_look(name, length)) ||
	       noted(wanted->last_bytes, (unsigned char)name[length - 1]);
}

const struct wanted *wanted_find(
		const struct wanted_names *wanted, const char *name, size_t length) {
	return wanted->chains == NULL ? NULL : find(wanted, name, length, hash(name, length));
}
