/* SPDX-License-Identifier: MIT */
#include "flow/shell.h"

#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

static const char *const names[] = {
	[SHELL_ZSH] = "zsh",
	[SHELL_BASH] = "bash",
	[SHELL_FISH] = "fish",
};

bool shell_parse(const char *name, enum shell *ret) {
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (streq(names[i], name)) {
			*ret = (enum shell)i;
			return true;
		}
	}
	return false;
}

const char *shell_name(enum shell shell) {
	return names[shell];
}

static bool is_printable(char c) {
	return c >= ' ' && c <= '~';
}

/*
 * '…' while all is printable, else $'…' with octal codes for what isn't, always three
 * digits. No option changes how that is read (zsh: RC_QUOTES, CSH_JUNKIE_QUOTES), and
 * no byte can be one half of a character that swallows the quote.
 */
static void quote_posix(const char *word, struct buf *out) {
	const char *end = word;
	while (is_printable(*end)) {
		end++;
	}
	if (*end == '\0') {
		buf_add_quoted(out, word);
		return;
	}
	buf_adds(out, "$'");
	for (const char *p = word; *p != '\0'; p++) {
		unsigned char byte = (unsigned char)*p;
		if (*p == '\'' || *p == '\\') {
			buf_addc(out, '\\');
			buf_addc(out, *p);
		} else if (is_printable(*p)) {
			buf_addc(out, *p);
		} else {
			char code[4] = {'\\', (char)('0' + (byte >> 6)),
					(char)('0' + (byte >> 3 & 7)), (char)('0' + (byte & 7))};
			buf_add(out, code, sizeof(code));
		}
	}
	buf_addc(out, '\'');
}

/* How many bytes of `word` stand for themselves between fish's single quotes. */
static size_t plain_in_fish(const char *word, size_t n) {
	size_t at = 0;
	while (at < n && word[at] != '\'' && word[at] != '\\') {
		uint32_t code;
		size_t width = is_printable(word[at])     ? 1
			       : (word[at] & 0x80) != 0 ? utf8_decode(word + at, n - at, &code)
							  : 0;
		if (width == 0) {
			break;
		}
		at += width;
	}
	return at;
}

/*
 * '…' around what stands for itself there; all else is escaped outside of quotes. A
 * backslash in them is none: it would be half of a character in some locales.
 */
static void quote_fish(const char *word, struct buf *out) {
	static const char digits[] = "0123456789abcdef";
	size_t left = strlen(word);
	if (left == 0) {
		buf_adds(out, "''");
	}
	while (left > 0) {
		size_t n = plain_in_fish(word, left);
		if (n > 0) {
			buf_addc(out, '\'');
			buf_add(out, word, n);
			buf_addc(out, '\'');
		} else {
			unsigned char byte = (unsigned char)*word;
			char code[4] = {'\\', 'X', digits[byte >> 4], digits[byte & 15]};
			char self[2] = {'\\', *word};
			bool printable = is_printable(*word);
			buf_add(out, printable ? self : code, printable ? 2 : 4);
			n = 1;
		}
		word += n;
		left -= n;
	}
}

void shell_quote(enum shell shell, const char *word, struct buf *out) {
	(shell == SHELL_FISH ? quote_fish : quote_posix)(word, out);
}

void shell_call(enum shell shell, const char *function, const char *word, struct buf *out) {
	buf_adds(out, function);
	if (word != NULL) {
		buf_addc(out, ' ');
		shell_quote(shell, word, out);
	}
	buf_addc(out, '\n');
}

void shell_steps(enum shell shell, const struct env_change *change, struct buf *out) {
	for (size_t i = 0; i < change->nsteps; i++) {
		const struct env_step *step = &change->steps[i];
		buf_adds(out, step->value != NULL ? "_lumina_set " : "_lumina_unset ");
		/* Names are letters, digits and "_" (base/env_name.h). */
		buf_adds(out, step->name);
		if (step->value != NULL) {
			buf_addc(out, ' ');
			shell_quote(shell, step->value, out);
		}
		buf_addc(out, '\n');
	}
}

void shell_end(struct buf *out) {
	buf_adds(out, "#lumina:end\n");
}
