/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "flow/mounts.h"

static const char table[] =
		"22 27 0:21 / /proc rw,relatime - proc proc rw\n"
		"27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
		"30 27 0:40 / /mnt/nas rw shared:2 master:3 - nfs4 nas:/x rw\n"
		"31 30 0:41 / /mnt/nas/local rw - tmpfs tmpfs rw\n"
		"32 27 0:42 / /mnt/with\\040blank\\134and\\011tab rw - fuse.sshfs me@there: rw\n"
		"33 27 0:43 / /boot rw - autofs systemd-1 rw\n"
		"34 33 8:1 / /boot rw - vfat /dev/sda1 rw\n"
		"35 27 0:44 / /misc rw - autofs /etc/auto.misc rw\n"
		"36 35 8:2 / /misc/disk rw - ext4 /dev/sdb rw\n"
		"37 27 8:3 / /data rw - fuseblk /dev/sdc rw\n"
		"38 27 0:45 / /sys/fs/fuse/connections rw - fusectl none rw\n"
		"39 27 0:46 / /over rw - btrfs /dev/sdd rw\n"
		"40 39 0:47 / /over rw - cifs //there/share rw\n"
		"41 27 0:48 / /fs rw - fuse any rw\n"
		"42 27 0:49 / /9p rw - 9p any rw\n"
		"43 27 0:50 / /proc/fs/nfsd rw - nfsd nfsd rw\n";

static void test_find(void **state) {
	(void)state;
	static const struct {
		const char *path, *point, *type;
		bool slow;
	} rows[] = {
		{"/", "/", "ext4", false},
		{"/home/me", "/", "ext4", false},
		{"/mnt/nas", "/mnt/nas", "nfs4", true},
		{"/mnt/nas/a/b", "/mnt/nas", "nfs4", true},
		{"/mnt/nasty", "/", "ext4", false},
		{"/mnt/na", "/", "ext4", false},
		/* the way to it leads through a server */
		{"/mnt/nas/local/x", "/mnt/nas/local", "tmpfs", true},
		{"/mnt/with blank\\and\ttab/x", "/mnt/with blank\\and\ttab", "fuse.sshfs", true},
		{"/mnt/with", "/", "ext4", false},
		/* mounted already */
		{"/boot/efi", "/boot", "vfat", false},
		{"/misc", "/misc", "autofs", true},
		{"/misc/other", "/misc", "autofs", true},
		{"/misc/disk/x", "/misc/disk", "ext4", false},
		{"/data/x", "/data", "fuseblk", false},
		{"/sys/fs/fuse/connections", "/sys/fs/fuse/connections", "fusectl", false},
		{"/over/x", "/over", "cifs", true},
		{"/fs", "/fs", "fuse", true},
		{"/9p/x", "/9p", "9p", true},
		{"/proc/fs/nfsd", "/proc/fs/nfsd", "nfsd", false},
	};
	struct mounts mounts = {table, sizeof(table) - 1};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mount mount;
		check(mounts_find(&mounts, rows[i].path, strlen(rows[i].path), &mount), "%s",
				rows[i].path);
		size_t point = strcmp(rows[i].point, "/") == 0 ? 0 : strlen(rows[i].point);
		check(mount.point == point, "%s: %zu", rows[i].path, mount.point);
		check(mount.type_size == strlen(rows[i].type) &&
						memcmp(mount.type, rows[i].type, mount.type_size) == 0,
				"%s: %.*s", rows[i].path, (int)mount.type_size, mount.type);
		check(mount.slow == rows[i].slow, "%s: slow %d", rows[i].path, mount.slow);
	}
}

/* "/" on a server: nobody started this program without it. */
static void test_root_on_a_server(void **state) {
	(void)state;
	static const char text[] = "27 1 0:1 / / rw - nfs nas:/root rw\n"
				   "28 27 8:1 / /home rw - ext4 /dev/sda rw\n";
	struct mounts mounts = {text, sizeof(text) - 1};
	struct mount mount;
	assert_true(mounts_find(&mounts, "/home/me", 8, &mount) && !mount.slow);
	assert_true(mounts_find(&mounts, "/srv", 4, &mount) && mount.slow);
}

/* Cut anywhere, or with a byte changed: no read beyond, which a sanitizer would see. */
static void test_damage(void **state) {
	(void)state;
	struct mount mount;
	for (size_t n = 0; n < sizeof(table); n++) {
		char *copy = malloc(n + 1);
		memcpy(copy, table, n);
		copy[n] = '\0';
		struct mounts mounts = {copy, n};
		(void)mounts_find(&mounts, "/mnt/with blank\\and\ttab/x", 24, &mount);
		for (size_t i = n < 80 ? 0 : n - 8; i < n; i++) {
			char saved = copy[i];
			copy[i] = i % 2 == 0 ? '\n' : '\\';
			(void)mounts_find(&mounts, "/mnt/nas/a", 10, &mount);
			copy[i] = saved;
		}
		free(copy);
	}
}

static void test_read(void **state) {
	(void)state;
	struct sandbox box;
	sandbox_open(&box);
	struct mounts mounts;
	assert_int_equal(mounts_read(&mounts, "/proc/self/mountinfo", &box.arena), 0);
	struct mount mount;
	assert_true(mounts_find(&mounts, "/", 1, &mount));
	assert_int_equal(mounts_read(&mounts, at(&box, "none"), &box.arena), -1);
	assert_int_equal(errno, ENOENT);
	/* Hundreds of containers. */
	FILE *file = fopen(at(&box, "long"), "w");
	for (int i = 0; i < 3000; i++) {
		(void)fprintf(file, "%d 1 0:%d / /var/lib/c/%d rw - overlay overlay rw\n", i, i, i);
	}
	(void)fprintf(file, "1 1 0:1 / /last rw - nfs4 x rw\n");
	assert_int_equal(fclose(file), 0);
	assert_int_equal(mounts_read(&mounts, at(&box, "long"), &box.arena), 0);
	assert_true(mounts_find(&mounts, "/last/x", 7, &mount) && mount.slow);
	assert_true(!mounts_find(&mounts, "/lost", 5, &mount));
	assert_int_equal(truncate(at(&box, "long"), 5 << 20), 0);
	assert_int_equal(mounts_read(&mounts, at(&box, "long"), &box.arena), -1);
	assert_int_equal(errno, EFBIG);
	sandbox_close(&box);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_root_on_a_server),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
