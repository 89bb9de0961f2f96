/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "sandbox.h"

#include "plan/prune.h"
#include "sys/proc.h"

#define REAL "/usr/bin/pacman"

/* "-name" goes, "<name" is needed, "~name" would take something along, "#name" is protected. */
static const char *prune_text(const struct prune *prune, struct arena *arena) {
	const char *text = "";
	for (size_t i = 0; i < prune->candidates.count; i++) {
		const struct prune_candidate *candidate = &prune->candidates.items[i];
		text = arena_printf(arena, "%s%c%s", text, "-<~#"[candidate->fate],
				candidate->package->name);
		if (candidate->fate == PRUNE_NEEDED || candidate->fate == PRUNE_TAKES) {
			text = arena_printf(arena, "%s(%s)", text, candidate->by);
		}
		text = arena_printf(arena, "%s ", text);
	}
	for (size_t i = 0; i < prune->along.count; i++) {
		text = arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "+ ",
				prune->along.items[i]->name);
	}
	return arena_printf(arena, "%s(%zu/%zu)", text, prune->going, prune->explicit);
}

static const char *const desktops[] = {"Hyprland", "KDE", NULL};
static const char *const hold[] = {"held", NULL};
static const struct prune_names names = {.shell = "zsh", .desktops = desktops, .hold = hold};

static void decide(struct prune *prune, struct machine *machine) {
	prune_init(prune, &machine->haves, &machine->registry);
	prune_protect_names(prune, &machine->haves.installed, &names);
	prune_decide(prune, &machine->haves.installed, &names);
}

static void test_table(void **state) {
	(void)state;
	static const struct {
		const char *packages, *yaml, *want;
	} rows[] = {
		{"a e; b", "{}\n", "-a (1/1)"},
		{"a e; b e", "packages: [a, b]\n", "(0/2)"},
		{"a e; b e", "packages: [a]\n", "-b (1/2)"},
		{"a e; b e", "packages: [a]\nignore: [b]\n", "(0/2)"},
		{"a e; b e", "packages: [a]\nhosts: {box: {ignore: [b]}}\n", "(0/2)"},
		/* what stays needs it */
		{"a e d=b; b e", "packages: [a]\n", "<b(a) (0/2)"},
		{"a e d=v; b e p=v", "packages: [a]\n", "<b(a) (0/2)"},
		{"a e d=v; b e p=v; c e p=v", "packages: [a]\n", "<b(a) <c(a) (0/3)"},
		{"a e d=v; b e p=v; c p=v", "packages: [a]\n", "-b (1/2)"},
		{"x d=b; b e", "{}\n", "<b(x) (0/1)"},
		{"a e d=b; b e d=c; c e", "packages: [a]\n", "<b(a) <c(b) (0/3)"},
		/* and its own dependencies go, but no other orphans */
		{"a e d=l; l d=m; m; orphan", "{}\n", "-a + l m(1/1)"},
		{"a e d=l; l; b e d=l", "packages: [b]\n", "-a (1/2)"},
		{"a e d=b; b e", "{}\n", "-a -b (2/2)"},
		{"a e d=b; b e d=a", "{}\n", "-a -b (2/2)"},
		{"a e d=b; b d=c; c d=b", "{}\n", "-a + b c(1/1)"},
		{"a e d=b; b d=c; c d=b,linux; linux", "{}\n", "~a(linux) (0/1)"},
		{"a e d=b; b d=linux; linux d=b", "{}\n", "~a(linux) (0/1)"},
		/* what a machine is lost without */
		{"linux e; linux-lts e; linux-headers e; base e; grub e; pacman e; paru e; sudo e",
				"{}\n", "#base #grub #linux #linux-headers #linux-lts #pacman #paru #sudo (0/8)"},
		{"lumina e d=dep; dep e; lumina-git e d=other; other e; git e", "{}\n",
				"#dep #git #lumina #lumina-git #other (0/5)"},
		{"zsh e; zsh-completions e; bash e; fish e", "{}\n",
				"-bash -fish #zsh -zsh-completions (3/4)"},
		{"hyprland e; hypridle e; hyprland-qt-support e; plasma-desktop e; kwin e; gnome-shell e",
				"{}\n", "-gnome-shell #hypridle #hyprland #hyprland-qt-support #kwin "
				"#plasma-desktop (1/6)"},
		{"held e; held-2 e", "{}\n", "#held -held-2 (1/2)"},
		/* a dependency of what stays protected */
		{"zsh e d=a; a e", "{}\n", "<a(zsh) #zsh (0/2)"},
		/* it would take along what may not go */
		{"a e d=linux; linux", "{}\n", "~a(linux) (0/1)"},
		{"a e d=b; b d=linux; linux; c e d=b", "{}\n", "~a(linux) ~c(linux) (0/2)"},
		{"a e d=linux; linux; c e d=linux", "packages: [c]\n", "-a (1/2)"},
		{"a e d=linux,x; linux; x; y e d=x", "{}\n", "~a(linux) -y (1/2)"},
		{"nothing !", "{}\n", "(0/0)"},
		{"", "packages: [a]\n", "(0/0)"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct machine machine;
		struct prune prune;
		machine_open(&machine, rows[i].packages, rows[i].yaml);
		decide(&prune, &machine);
		check_text(rows[i].packages, prune_text(&prune, &machine.arena), rows[i].want);
		prune_release(&prune);
		machine_close(&machine);
	}
}

/* Whatever name, whatever it is installed for. */
static void test_protected_names(void **state) {
	(void)state;
	static const char *const rows[] = {"base", "base-devel", "filesystem", "glibc", "systemd",
			"systemd-libs", "archlinux-keyring", "chaotic-mirrorlist", "linux", "linux-zen",
			"linux-firmware", "amd-ucode", "intel-ucode", "mkinitcpio", "dracut", "booster",
			"cryptsetup", "lvm2", "mdadm", "btrfs-progs", "zfs-utils", "nvidia-dkms", "grub",
			"limine", "refind", "syslinux", "efibootmgr", "pacman", "pacman-contrib", "paru",
			"paru-bin", "yay", "yay-git", "sudo", "opendoas", "polkit", "flatpak", "lumina",
			"git", "libfyaml", "direnv"};
	static const char *const free_rows[] = {"linuxdoc", "basez", "gruber", "pacmanager", "parun",
			"yayy", "sudoku", "gitg", "keyring", "systemdx"};
	for (size_t i = 0; i < COUNT(rows) + COUNT(free_rows); i++) {
		bool kept = i < COUNT(rows);
		const char *name = kept ? rows[i] : free_rows[i - COUNT(rows)];
		struct machine machine;
		struct prune prune;
		machine_open(&machine, name, "{}\n");
		machine.haves.installed.items[0].is_explicit = true;
		decide(&prune, &machine);
		check((prune.candidates.items[0].fate == PRUNE_PROTECTED) == kept, "%s", name);
		check((prune.candidates.items[0].reason != NULL) == kept, "%s", name);
		prune_release(&prune);
		machine_close(&machine);
	}
}

/* The caller's reason (who holds a file) counts like one of ours. */
static void test_callers_reason(void **state) {
	(void)state;
	struct machine machine;
	struct prune prune;
	machine_open(&machine, "a e d=b; b e; c e; linux e", "{}\n");
	prune_init(&prune, &machine.haves, &machine.registry);
	prune.candidates.items[0].reason = "it holds the shell";
	prune_protect_names(&prune, &machine.haves.installed, &names);
	prune_decide(&prune, &machine.haves.installed, &names);
	check_text("reason", prune.candidates.items[0].reason, "it holds the shell");
	check_text("a", prune_text(&prune, &machine.arena), "#a <b(a) -c #linux (1/4)");
	prune_release(&prune);
	machine_close(&machine);
}

/* --- random machines ------------------------------------------------------------------------ */

enum { PACKAGES_MAX = 26, ROUNDS = 1500, REAL_ROUNDS = 40 };

static uint32_t next_random(uint32_t *seed) {
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static bool chance(uint32_t *seed, unsigned percent) {
	return next_random(seed) % 100 < percent;
}

/* Some names are protected, by each of the ways. */
static const char *const pool[PACKAGES_MAX] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k",
		"l", "m", "n", "o", "p", "q", "r", "s", "t", "linux", "glibc", "zsh", "held",
		"hyprland", "x-keyring"};
static const char *const virtuals[] = {"va", "vb", "vc", "vd"};

static const char *random_packages(uint32_t *seed, struct arena *arena) {
	unsigned density = next_random(seed) % 4, explicit = 10 + next_random(seed) % 40;
	const char *text = "";
	bool tidy = chance(seed, 50); /* nearly no orphans: each needs the next */
	for (size_t i = 0; i < PACKAGES_MAX; i++) {
		if (chance(seed, 30)) {
			continue;
		}
		text = arena_printf(arena, "%s; %s%s", text, pool[i], chance(seed, explicit) ? " e" : "");
		const char *depends = tidy && i + 1 < PACKAGES_MAX && chance(seed, 70) ? pool[i + 1] : "";
		for (unsigned n = next_random(seed) % (1 + density); n > 0; n--) {
			/* Mostly downwards, now and then round in a circle; some aren't there. */
			size_t other = chance(seed, 70) ? i + 1 + next_random(seed) % 6
							: next_random(seed) % PACKAGES_MAX;
			const char *name = chance(seed, 20) ? virtuals[next_random(seed) % 4]
							    : pool[other % PACKAGES_MAX];
			depends = arena_printf(arena, "%s%s%s", depends,
					depends[0] != '\0' ? "," : "", name);
		}
		text = depends[0] != '\0' ? arena_printf(arena, "%s d=%s", text, depends) : text;
		if (chance(seed, 20)) {
			text = arena_printf(arena, "%s p=%s", text, virtuals[next_random(seed) % 4]);
		}
	}
	return text;
}

static const char *random_yaml(uint32_t *seed, struct arena *arena) {
	const char *packages = "", *ignored = "";
	unsigned declared = next_random(seed) % 60;
	for (size_t i = 0; i < PACKAGES_MAX + 4; i++) {
		const char *name = i < PACKAGES_MAX ? pool[i] : virtuals[i - PACKAGES_MAX];
		if (chance(seed, declared)) {
			packages = arena_printf(arena, "%s%s, ", packages, name);
		} else if (chance(seed, 4)) {
			ignored = arena_printf(arena, "%s%s, ", ignored, name);
		}
	}
	return arena_printf(arena, "packages: [%s]\nignore: [%s]\n", packages, ignored);
}

/* What goes: by index. */
static bool *going(const struct prune *prune, const struct installed *installed,
		struct arena *arena) {
	bool *goes = arena_zalloc(arena, (installed->count + 1) * sizeof(*goes));
	size_t count = 0;
	for (size_t i = 0; i < prune->candidates.count; i++) {
		const struct prune_candidate *candidate = &prune->candidates.items[i];
		if (candidate->fate == PRUNE_GOES) {
			goes[candidate->package - installed->items] = true;
			count++;
		}
	}
	assert_int_equal(count, prune->going);
	for (size_t i = 0; i < prune->along.count; i++) {
		size_t index = (size_t)(prune->along.items[i] - installed->items);
		check(!goes[index], "'%s' goes twice", prune->along.items[i]->name);
		check(!prune->along.items[i]->is_explicit, "'%s' goes along", prune->along.items[i]->name);
		goes[index] = true;
	}
	return goes;
}

static bool is_met(const struct installed *installed, const bool *goes, const char *dependency) {
	for (size_t i = 0; i < installed->count; i++) {
		if ((goes == NULL || !goes[i]) &&
				(streq(installed->items[i].name, dependency) ||
						words_have(installed->items[i].provides, dependency))) {
			return true;
		}
	}
	return false;
}

static bool is_lost_without(const char *name) {
	static const char *const kept[] = {"linux", "glibc", "zsh", "held", "hyprland", "x-keyring",
			NULL};
	return words_have(kept, name);
}

static void check_prune(const struct prune *prune, const struct machine *machine,
		struct arena *arena, const char *row) {
	const struct installed *installed = &machine->haves.installed;
	const bool *goes = going(prune, installed, arena);
	for (size_t i = 0; i < installed->count; i++) {
		const struct installed_package *package = &installed->items[i];
		check(!goes[i] || !is_lost_without(package->name), "'%s' goes: %s", package->name, row);
		for (size_t j = 0; !goes[i] && package->depends != NULL && package->depends[j] != NULL;
				j++) {
			const char *needed = package->depends[j];
			check(is_met(installed, goes, needed) || !is_met(installed, NULL, needed),
					"'%s' stays, and lacks '%s': %s", package->name, needed, row);
		}
	}
	/* None goes that is declared or ignored: those are no candidates. */
	for (size_t i = 0; i < prune->candidates.count; i++) {
		const struct installed_package *package = prune->candidates.items[i].package;
		check(package->is_explicit, "'%s' is a candidate: %s", package->name, row);
		for (size_t j = 0; j < machine->registry.packages.count; j++) {
			check(!streq(machine->registry.packages.items[j].name, package->name),
					"'%s' is declared: %s", package->name, row);
		}
		for (size_t j = 0; j < machine->registry.ignored.count; j++) {
			check(!streq(machine->registry.ignored.items[j].name, package->name),
					"'%s' is ignored: %s", package->name, row);
		}
	}
	/* What goes along was needed by something that goes: no other orphans. */
	for (size_t i = 0; i < prune->along.count; i++) {
		const struct installed_package *along = prune->along.items[i];
		bool needed = false;
		for (size_t j = 0; j < installed->count; j++) {
			const struct installed_package *other = &installed->items[j];
			for (size_t k = 0; goes[j] && other != along && other->depends != NULL &&
					other->depends[k] != NULL; k++) {
				needed = needed || streq(along->name, other->depends[k]) ||
						words_have(along->provides, other->depends[k]);
			}
		}
		check(needed, "'%s' goes along with nothing: %s", along->name, row);
	}
}

/* Each that stays says why: and the reason is true. */
static void check_reasons(const struct prune *prune, const struct machine *machine,
		struct arena *arena, const char *row) {
	const struct installed *installed = &machine->haves.installed;
	const bool *goes = going(prune, installed, arena);
	for (size_t i = 0; i < prune->candidates.count; i++) {
		const struct prune_candidate *candidate = &prune->candidates.items[i];
		const struct installed_package *by = candidate->by != NULL
				? installed_find(installed, candidate->by) : NULL;
		switch (candidate->fate) {
		case PRUNE_GOES:
			break;
		case PRUNE_PROTECTED:
			check(candidate->reason != NULL, "'%s': %s", candidate->package->name, row);
			break;
		case PRUNE_NEEDED: {
			bool needs = false;
			for (size_t j = 0; by != NULL && by->depends != NULL && by->depends[j] != NULL;
					j++) {
				needs = needs || streq(by->depends[j], candidate->package->name) ||
						words_have(candidate->package->provides, by->depends[j]);
			}
			check(needs && !goes[by - installed->items], "'%s' by '%s': %s",
					candidate->package->name, candidate->by, row);
			break;
		}
		case PRUNE_TAKES:
			check(by != NULL && is_lost_without(by->name), "'%s' takes '%s': %s",
					candidate->package->name, candidate->by, row);
			break;
		}
	}
}

static void test_random(void **state) {
	(void)state;
	uint32_t seed = 1;
	size_t gone = 0, along = 0, stayed = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct arena arena;
		struct machine machine;
		struct prune prune;
		arena_init(&arena);
		const char *packages = random_packages(&seed, &arena);
		const char *yaml = random_yaml(&seed, &arena);
		machine_open(&machine, packages, yaml);
		decide(&prune, &machine);
		const char *row = arena_printf(&arena, "%s\n%s", packages, yaml);
		check_prune(&prune, &machine, &arena, row);
		check_reasons(&prune, &machine, &arena, row);
		gone += prune.going;
		along += prune.along.count;
		stayed += prune.candidates.count - prune.going;
		prune_release(&prune);
		machine_close(&machine);
		arena_release(&arena);
	}
	/* Or it would prove nothing. */
	assert_true(gone > ROUNDS && along > ROUNDS / 3 && stayed > ROUNDS);
}

/* --- the real pacman ------------------------------------------------------------------------ */

static void add_list(struct buf *buf, const char *key, const char *const *list) {
	if (list == NULL) {
		return;
	}
	buf_addf(buf, "%%%s%%\n", key);
	for (; *list != NULL; list++) {
		buf_addf(buf, "%s\n", *list);
	}
	buf_addc(buf, '\n');
}

static void write_database(struct sandbox *sandbox, const char *db,
		const struct installed *installed) {
	struct buf buf = BUF_INIT;
	const char *local = path_join(db, "local", &sandbox->arena);
	put_folder(sandbox, db);
	put_folder(sandbox, local);
	put(sandbox, path_join(local, "ALPM_DB_VERSION", &sandbox->arena), "9\n");
	for (size_t i = 0; i < installed->count; i++) {
		const struct installed_package *package = &installed->items[i];
		const char *folder = arena_printf(&sandbox->arena, "%s/%s-1-1", local, package->name);
		put_folder(sandbox, folder);
		buf_clear(&buf);
		buf_addf(&buf, "%%NAME%%\n%s\n\n%%VERSION%%\n1-1\n\n%%REASON%%\n%d\n\n", package->name,
				!package->is_explicit);
		add_list(&buf, "DEPENDS", package->depends);
		add_list(&buf, "PROVIDES", package->provides);
		put(sandbox, path_join(folder, "desc", &sandbox->arena), buf.data);
		put(sandbox, path_join(folder, "files", &sandbox->arena), "");
	}
	buf_release(&buf);
}

/* What `pacman -Rs` would take, sorted by name; NULL if it refuses. */
static const char *ask_pacman(struct sandbox *sandbox, const char *db, const struct prune *prune) {
	const char *argv[PACKAGES_MAX + 16] = {REAL, "--config", "/dev/null", "--root",
			sandbox->path, "--dbpath", at(sandbox, db), "--logfile", "/dev/null", "-Rsp",
			"--print-format", "%n", "--"};
	size_t count = 13;
	for (size_t i = 0; i < prune->candidates.count; i++) {
		if (prune->candidates.items[i].fate == PRUNE_GOES) {
			argv[count++] = prune->candidates.items[i].package->name;
		}
	}
	struct buf output = BUF_INIT;
	struct proc proc = {.argv = argv, .umask = 022, .capture = &output, .quiet = true,
			.no_input = true};
	struct err err = {0};
	int code = -1;
	assert_int_equal(proc_run(&proc, &code, &err), 0);
	const char *text = code == 0 ? arena_strndup(&sandbox->arena, output.data, output.len) : NULL;
	buf_release(&output);
	return text;
}

static int compare_names(const void *a, const void *b) {
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *sorted(const char *text, struct arena *arena) {
	const char *const *found = words_split(text, arena);
	const char *sorted_names[PACKAGES_MAX + 1];
	size_t count = 0;
	for (; found != NULL && found[count] != NULL; count++) {
		assert_true(count < PACKAGES_MAX);
		sorted_names[count] = found[count];
	}
	qsort(sorted_names, count, sizeof(*sorted_names), compare_names);
	const char *result = "";
	for (size_t i = 0; i < count; i++) {
		result = arena_printf(arena, "%s%s ", result, sorted_names[i]);
	}
	return result;
}

static void test_real(void **state) {
	(void)state;
	if (access(REAL, X_OK) != 0) {
		skip();
		return;
	}
	struct sandbox sandbox;
	sandbox_open(&sandbox);
	uint32_t seed = 7;
	size_t asked = 0;
	for (unsigned round = 0; asked < REAL_ROUNDS; round++) {
		struct machine machine;
		struct prune prune;
		const char *packages = random_packages(&seed, &sandbox.arena);
		machine_open(&machine, packages, random_yaml(&seed, &sandbox.arena));
		decide(&prune, &machine);
		if (prune.going > 0) {
			const char *db = arena_printf(&sandbox.arena, "db%u", round);
			write_database(&sandbox, db, &machine.haves.installed);
			const bool *goes = going(&prune, &machine.haves.installed, &sandbox.arena);
			const char *ours = "";
			for (size_t i = 0; i < machine.haves.installed.count; i++) {
				ours = !goes[i] ? ours : arena_printf(&sandbox.arena, "%s%s ", ours,
								machine.haves.installed.items[i].name);
			}
			const char *pacmans = ask_pacman(&sandbox, db, &prune);
			check(pacmans != NULL, "pacman refuses: %s", packages);
			check_text(packages, ours, sorted(pacmans, &sandbox.arena));
			asked++;
		}
		prune_release(&prune);
		machine_close(&machine);
	}
	sandbox_close(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_protected_names),
		cmocka_unit_test(test_callers_reason),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_real),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
