/* SPDX-License-Identifier: MIT */
#include "theme/scheme.h"

#include "base/utf8.h"
#include "theme/scheme_part.h"

enum { SHOWN_MAX = 60 };

const char *const scheme_base_names[SCHEME_BASES + 1] = {
	"base00", "base01", "base02", "base03", "base04", "base05", "base06", "base07",
	"base08", "base09", "base0A", "base0B", "base0C", "base0D", "base0E", "base0F",
	"base10", "base11", "base12", "base13", "base14", "base15", "base16", "base17",
	NULL,
};

int scheme_clip(struct str text) {
	size_t n = text.n < SHOWN_MAX ? text.n : SHOWN_MAX;
	while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80) {
		n--; /* not within a character */
	}
	return (int)n;
}

bool scheme_take_color(struct scheme_reader *reader, struct str text, struct span at,
		struct color *ret) {
	if (color_parse(text, ret)) {
		return true;
	}
	diag_add(reader->diags, at, "'%.*s' is no colour; expected six digits such as 7cafc2",
			scheme_clip(text), text.p);
	return false;
}

void scheme_report_missing(struct scheme_reader *reader, struct span at, uint32_t wanted,
		uint32_t have, const char *const names[]) {
	_cleanup_buf_ struct buf list = BUF_INIT;
	for (size_t i = 0; i < 32; i++) {
		if ((wanted & ~have & UINT32_C(1) << i) != 0) {
			buf_addf(&list, "%s%s", list.len > 0 ? ", " : "", names[i]);
		}
	}
	if (list.len > 0) {
		diag_add(reader->diags, at, "missing: %s", list.data);
	}
}

void scheme_fill_bases(struct scheme *scheme, uint32_t have) {
	static const uint8_t stands_in[] = {0x0, 0x0, 0x8, 0xa, 0xb, 0xc, 0xd, 0xe};
	for (size_t i = 0; i < sizeof(stands_in); i++) {
		if ((have & UINT32_C(1) << (16 + i)) == 0) {
			scheme->base[16 + i] = scheme->base[stands_in[i]];
		}
	}
}

void scheme_derive(struct scheme *scheme) {
	/* As tinted-theming's own templates for terminals have it. */
	static const uint8_t ansi[SCHEME_ANSI] = {0x00, 0x08, 0x0b, 0x0a, 0x0d, 0x0e, 0x0c, 0x05,
			0x03, 0x12, 0x14, 0x13, 0x16, 0x17, 0x15, 0x07};
	for (size_t i = 0; i < SCHEME_ANSI; i++) {
		scheme->ansi[i] = scheme->base[ansi[i]];
	}
	scheme->background = scheme->base[0x00];
	scheme->foreground = scheme->cursor = scheme->base[0x05];
	scheme->accent = scheme->base[0x0d];
	scheme->selection_background = scheme->base[0x02];
	scheme_choose_selection(scheme);
}

void scheme_choose_selection(struct scheme *scheme) {
	static const uint8_t tried[] = {0x05, 0x06, 0x07, 0x00};
	struct color on = scheme->selection_background, best = scheme->base[tried[0]];
	for (size_t i = 1; i < sizeof(tried); i++) {
		struct color other = scheme->base[tried[i]];
		best = color_contrast(other, on) > color_contrast(best, on) ? other : best;
	}
	scheme->selection_foreground = best;
}

static void choose_muted(struct scheme *scheme) {
	const double readable = 4.5; /* what WCAG 2 asks of text */
	const struct color from = scheme->base[0x04], on = scheme->background;
	scheme->muted = from;
	for (unsigned percent = 1; percent <= 100 && color_contrast(scheme->muted, on) < readable;
			percent++) {
		struct color tried = color_mix(from, scheme->foreground, percent);
		if (color_contrast(tried, on) > color_contrast(scheme->muted, on)) {
			scheme->muted = tried;
		}
	}
}

/* Bytes of what ends a line or steers a terminal, or is a blank; 0 for any other character. */
static size_t blank_size(const char *p, const char *end) {
	uint32_t code;
	size_t n = utf8_decode(p, (size_t)(end - p), &code);
	bool is_blank = n > 0 && (code <= ' ' || (code >= 0x7f && code < 0xa0) || code == 0x2028 ||
						 code == 0x2029);
	return is_blank ? n : 0;
}

const char *scheme_one_line(struct str text, struct arena *arena) {
	char *line = arena_strndup(arena, text.p, text.n), *out = line;
	const char *end = text.p + text.n;
	for (const char *p = text.p; p < end;) {
		size_t n = blank_size(p, end);
		if (n == 0) {
			*out++ = *p++;
			continue;
		}
		p += n;
		if (out > line && out[-1] != ' ') {
			*out++ = ' ';
		}
	}
	out -= out > line && out[-1] == ' ';
	*out = '\0';
	return line;
}

/* The specification's "slugify", for what of a name is ASCII. */
static const char *slugify(const char *name, struct arena *arena) {
	char *slug = arena_strdup(arena, name), *out = slug;
	for (const char *p = name; *p != '\0'; p++) {
		char c = *p;
		if (c >= 'A' && c <= 'Z') {
			c = (char)(c | 0x20);
		} else if (c == ' ') {
			c = '-';
		}
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
			*out++ = c;
		}
	}
	*out = '\0';
	return *slug != '\0' ? slug : "scheme";
}

static bool ends_with(const char *text, const char *end) {
	size_t n = strlen(text), m = strlen(end);
	return n > m && streq(text + n - m, end);
}

typedef void read_fn(struct scheme_reader *reader);

/* Which reader a name stands for; NULL for none. */
static read_fn *choose(const char *name) {
	static const struct {
		const char *ending;
		read_fn *read;
	} rows[] = {
		{".yaml", scheme_read_yaml},
		{".yml", scheme_read_yaml},
		{"/colors.toml", scheme_read_toml},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (ends_with(name, rows[i].ending)) {
			return rows[i].read;
		}
	}
	return streq(name, "colors.toml") ? scheme_read_toml : NULL;
}

int scheme_read(struct scheme *ret, struct source *source, const char *stem, struct arena *arena,
		struct diags *diags) {
	unsigned before = diags->count;
	const struct span start = {source, 0, 0};
	read_fn *read = choose(source->name);
	*ret = (struct scheme){0};
	if (read == NULL) {
		diag_add(diags, start,
				"no scheme by its name; expected a .yaml file or colors.toml");
		return -1;
	}
	if (source->size > SCHEME_SIZE_MAX) {
		diag_add(diags, start, "larger than %d KiB", SCHEME_SIZE_MAX / 1024);
		return -1;
	}
	struct scheme_reader reader = {ret, source, arena, diags};
	read(&reader);
	ret->name = ret->name != NULL ? ret->name : scheme_one_line(str_of(stem), arena);
	ret->author = ret->author != NULL ? ret->author : "";
	ret->description = ret->description != NULL ? ret->description : ret->name;
	ret->slug = ret->slug != NULL ? ret->slug : slugify(stem, arena);
	choose_muted(ret);
	return diags->count == before ? 0 : -1;
}
