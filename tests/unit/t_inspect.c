/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "state/inspect.h"

/*
 * Keys are put together here, so that nobody who scans this repository is alarmed:
 * "@N" in a row stands for N characters of a key's alphabet.
 */
static const char *key(const char *row, struct arena *arena) {
	static const char alphabet[] = "A1b2C3d4E5f6G7h8J9kLmNpQrStUvWxYz0";
	struct buf buf = BUF_INIT;
	for (const char *p = row; *p != '\0';) {
		if (*p == '~') { /* in the middle of a prefix: nothing */
			p++;
			continue;
		}
		if (*p != '@') {
			buf_addc(&buf, *p++);
			continue;
		}
		char *end;
		unsigned long n = strtoul(p + 1, &end, 10);
		for (unsigned long i = 0; i < n; i++) {
			buf_addc(&buf, alphabet[i % (sizeof(alphabet) - 1)]);
		}
		p = end;
	}
	const char *text = arena_strndup(arena, buf.data, buf.len);
	buf_release(&buf);
	return text;
}

static void check_rows(const char *const rows[][2], size_t count) {
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < count; i++) {
		const char *line = key(rows[i][0], &arena);
		/* A copy of exactly these bytes: a sanitizer sees every read beyond. */
		size_t n = strlen(line);
		char *copy = malloc(n > 0 ? n : 1);
		memcpy(copy, line, n);
		check_text(rows[i][0], secret_in((struct str){copy, n}), rows[i][1]);
		free(copy);
	}
	arena_release(&arena);
}

static void test_secrets(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{"-----BEG~IN OPENSSH PRIV~ATE KEY-----", "a private key"},
		{"-----BEG~IN RSA PRIV~ATE KEY-----\r", "a private key"},
		{"-----BEG~IN PRIV~ATE KEY-----", "a private key"},
		{"-----BEG~IN PGP PRIV~ATE KEY BLOCK-----", "a private key"},
		{"  key: \"-----BEG~IN EC PRIV~ATE KEY-----\\n", "a private key"},
		{"PuTTY-User-Key-Fi~le-3: ssh-ed25519", "a PuTTY key"},
		{"AGE-SEC~RET-KEY-1@58", "an age key"},
		{"aws_access_key_id = AK~IA@16", "an AWS access key"},
		{"export GITHUB_TOKEN=gh~p_@36", "a GitHub token"},
		{"gh~o_@36", "a GitHub token"},
		{"\"gh~s_@36\"", "a GitHub token"},
		{"github_p~at_@22_@59", "a GitHub token"},
		{"GITLAB=gl~pat-@20", "a GitLab token"},
		{"token: h~f_@34", "a Hugging Face token"},
		{"np~m_@36", "an npm token"},
		{"//registry.npmjs.org/:_auth~Token=abc", "an npm token"},
		{"ANTHROPIC_API_KEY=sk~-ant-api03-@80", "an API key"},
		{"sk~-proj-@48", "an API key"},
		{"sk~_live_@24", "a Stripe key"},
		{"xo~xb-123456789012-@24", "a Slack token"},
		{"xo~xp-@24", "a Slack token"},
		{"AI~za@35", "a Google API key"},
		{"'https://x:gh~p_@36@0@github.com'", "a GitHub token"},
		/* a mention first, then the thing itself */
		{"# gh~p_... is set below: gh~p_@36", "a GitHub token"},
		{"max_AK~IA=1 id=AK~IA@16", "an AWS access key"},
		{"xgh~p_@36 gh~p_@36", "a GitHub token"},
	};
	check_rows(rows, COUNT(rows));
}

static void test_near_misses(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{"", NULL},
		{"-----BEG~IN PUBLIC KEY-----", NULL},
		{"-----BEG~IN CERTIFICATE-----", NULL},
		{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5@43 me@0@host", NULL},
		{"IdentityFile ~/.ssh/id_ed25519", NULL},
		{"AGE-SEC~RET-KEY-1@20", NULL},
		{"age1@58", NULL},
		{"AK~IA@15", NULL},
		{"TAK~IA@16", NULL}, /* in the middle of a word */
		{"gh~p_@35", NULL},
		{"gh~p_", NULL},
		{"gh~p_@20 @20", NULL},
		{"ugh~p_@36", NULL},
		{"gl~pat-@19", NULL},
		{"h~f_hub_download", NULL},
		{"np~m_config_prefix=/usr", NULL},
		{"//registry.npmjs.org/:_auth~Token=${NPM_TOKEN}", NULL},
		{"risk~-ant-colony", NULL},
		{"sk~_live_x", NULL},
		{"sk~_test_@24", NULL},
		{"xo~xb-", NULL},
		{"AI~za", NULL},
		{"export GITHUB_TOKEN=$(pass github)", NULL},
		{"bind = SUPER, Q, exec, foot", NULL},
	};
	check_rows(rows, COUNT(rows));
}

static void open_home(struct sandbox *sandbox, struct facts *facts) {
	sandbox_open(sandbox);
	*facts = (struct facts){.home = sandbox->path, .uid = geteuid()};
}

static int compare_texts(const void *a, const void *b) {
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "kind path:line", sorted: folders are read in any order. */
static const char *found(struct sandbox *sandbox, const struct facts *facts, const char *path) {
	static const char *const kinds[] = {"odd", "owner", "mount", "hidden", "secret", "git", "link"};
	const char *lines[FINDINGS_MAX];
	struct findings findings;
	inspect(&findings, path, facts, &sandbox->arena);
	assert_true(findings.count <= FINDINGS_MAX);
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *finding = &findings.items[i];
		assert_true(finding->what != NULL && finding->what[0] != '\0');
		lines[i] = arena_printf(&sandbox->arena, "%s %s:%u", kinds[finding->kind],
				finding->path, finding->line);
	}
	if (findings.count > 1) {
		qsort(lines, findings.count, sizeof(*lines), compare_texts);
	}
	const char *text = "";
	for (size_t i = 0; i < findings.count; i++) {
		text = arena_printf(&sandbox->arena, "%s%s%s", text, i > 0 ? ", " : "", lines[i]);
	}
	findings_release(&findings);
	return text;
}

static void test_folder(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	open_home(&sandbox, &facts);
	const char *token = key("gh~p_@36", &sandbox.arena);
	put_folder(&sandbox, "d");
	put_folder(&sandbox, "d/e");
	put(&sandbox, "d/plain", "one\ntwo\n");
	put(&sandbox, "d/empty", "");
	check_text("clean", found(&sandbox, &facts, "~/d"), "");
	put(&sandbox, "d/first", token);
	put(&sandbox, "d/e/third", arena_printf(&sandbox.arena, "\n\n%s\n%s\n", token, token));
	put(&sandbox, "d/last", arena_printf(&sandbox.arena, "a\r\nb %s", token));
	check_text("secrets", found(&sandbox, &facts, "~/d"),
			"secret ~/d/e/third:3, secret ~/d/first:1, secret ~/d/last:2");
	check_text("a file", found(&sandbox, &facts, "~/d/last"), "secret ~/d/last:2");
	check_text("nothing", found(&sandbox, &facts, "~/none"), "");
	sandbox_close(&sandbox);
}

static void test_long_files(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	open_home(&sandbox, &facts);
	const char *token = key("gh~p_@36", &sandbox.arena);
	size_t size = 1 << 20, n = strlen(token);
	char *bytes = malloc(size + 1);
	memset(bytes, '\n', size + 1);
	memcpy(bytes + size - n, token, n);
	put_bytes(&sandbox, "f", bytes, size);
	check_text("longest", found(&sandbox, &facts, "~/f"), arena_printf(&sandbox.arena,
			"secret ~/f:%zu", size - n + 1));
	put_bytes(&sandbox, "f", bytes, size + 1);
	check_text("data", found(&sandbox, &facts, "~/f"), "");
	/* Bytes that are no text. */
	memset(bytes, 0, 64);
	memcpy(bytes + 8, token, n);
	bytes[8 + n] = '\0';
	put_bytes(&sandbox, "f", bytes, 64);
	check_text("zeros", found(&sandbox, &facts, "~/f"), "secret ~/f:1");
	free(bytes);
	sandbox_close(&sandbox);
}

static void test_kinds(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	open_home(&sandbox, &facts);
	put_folder(&sandbox, "d");
	put_folder(&sandbox, "d/e");
	put_folder(&sandbox, "d/repo");
	put_folder(&sandbox, "d/repo/.git");
	put_folder(&sandbox, "d/module");
	put(&sandbox, "d/module/.git", "gitdir: ../x\n");
	put(&sandbox, "d/.gitignore", "x\n");
	assert_int_equal(mkfifoat(sandbox.dir, "d/pipe", 0600), 0);
	check_text("kinds", found(&sandbox, &facts, "~/d"),
			"git ~/d/module:0, git ~/d/repo:0, odd ~/d/pipe:0");
	check_text("a pipe", found(&sandbox, &facts, "~/d/pipe"), "odd ~/d/pipe:0");
	facts.uid++;
	check_text("another's", found(&sandbox, &facts, "~/d/e"), "owner ~/d/e:0");
	facts.uid--;
	for (unsigned i = 0; i < FINDINGS_MAX + 5; i++) {
		assert_int_equal(mkfifoat(sandbox.dir, arena_printf(&sandbox.arena, "d/e/%u", i), 0600),
				0);
	}
	struct findings findings;
	inspect(&findings, "~/d/e", &facts, &sandbox.arena);
	assert_int_equal(findings.count, FINDINGS_MAX);
	findings_release(&findings);
	sandbox_close(&sandbox);
}

static void test_links(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	open_home(&sandbox, &facts);
	put_folder(&sandbox, "d");
	put_folder(&sandbox, "d/e");
	put_folder(&sandbox, "other");
	put(&sandbox, "other/f", key("gh~p_@36", &sandbox.arena));
	put_link(&sandbox, "d/absolute", "/etc/passwd");
	put_link(&sandbox, "d/within", "e/x");
	put_link(&sandbox, "d/e/up", "../f");
	put_link(&sandbox, "d/e/self", "..");
	put_link(&sandbox, "d/round", "../d/f");
	check_text("inside", found(&sandbox, &facts, "~/d"), "");
	put_link(&sandbox, "d/out", "../other/f"); /* and what is there isn't read */
	put_link(&sandbox, "d/e/out", "../../d2");
	put_link(&sandbox, "d/e/beside", "../../d2/../da");
	check_text("outside", found(&sandbox, &facts, "~/d"),
			"link ~/d/e/beside:0, link ~/d/e/out:0, link ~/d/out:0");
	sandbox_close(&sandbox);
}

static int look_at_hidden(struct sandbox *sandbox) {
	struct facts facts = {.home = sandbox->path, .uid = geteuid()};
	const char *text = found(sandbox, &facts, "~/d");
	return strcmp(text, "hidden ~/d/e:0, hidden ~/d/f:0") == 0 ? 0 : 1;
}

static void test_hidden(void **state) {
	(void)state;
	struct sandbox sandbox;
	struct facts facts;
	open_home(&sandbox, &facts);
	put_folder(&sandbox, "d");
	put_folder(&sandbox, "d/e");
	put(&sandbox, "d/f", "x");
	assert_int_equal(fchmodat(sandbox.dir, "d/e", 0, 0), 0);
	assert_int_equal(fchmodat(sandbox.dir, "d/f", 0, 0), 0);
	give_away(&sandbox, "d");
	give_away(&sandbox, "d/e");
	give_away(&sandbox, "d/f");
	assert_int_equal(fchmodat(AT_FDCWD, sandbox.path, 0755, 0), 0);
	assert_int_equal(as_somebody(look_at_hidden, &sandbox), 0);
	assert_int_equal(fchmodat(sandbox.dir, "d/e", 0700, 0), 0);
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_near_misses),
		cmocka_unit_test(test_folder),
		cmocka_unit_test(test_long_files),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_hidden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
