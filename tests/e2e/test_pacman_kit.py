# SPDX-License-Identifier: MIT
"""The kit itself: what the other tests take for granted of the real pacman."""

import os
import subprocess

import pytest

import isolated
from pacman_kit import needs_root, package
from support import REPO, Home


def test_the_real_pacman_works_on_the_kits_root_only(machine):
    kit = machine.kit
    kit.install("foo", "top", "tools")
    assert kit.explicit() == {"foo", "top", "tool-a", "tool-b", "tool-c"}
    assert kit.dependencies() == {"middle", "bottom", "tool-lib"}
    assert (kit.root / "usr/share/foo/foo.txt").read_text() == "foo\n"
    assert not os.path.exists("/usr/share/foo/foo.txt")
    assert kit.transactions()[-1].endswith(" -S --noconfirm -- foo top tools")
    kit.remove("top", how="-Rs")
    assert kit.names() == {"foo", "tool-a", "tool-b", "tool-c", "tool-lib"}


@pytest.mark.parametrize("name", ["corrupt", "gone", "broken-dep", "no-such-package"])
def test_what_is_broken_is_refused(machine, name):
    done = machine.kit.pacman("-S", "--noconfirm", "--", name, check=False)
    assert done.returncode == 1 and machine.kit.names() == set()
    assert b"error" in done.stderr


@needs_root
def test_scriptlets_and_hooks_run_in_the_root(machine):
    kit = machine.kit
    done = kit.pacman("-S", "--noconfirm", "--", "script-fails")
    assert b"failed to execute" in done.stderr and kit.names() == {"script-fails"}
    kit.hook("after", "echo hooked", when="PostTransaction")
    assert "hooked" in kit.pacman("-S", "--noconfirm", "--", "foo").text
    kit.hook("before", "exit 1", abort=True)
    assert kit.pacman("-S", "--noconfirm", "--", "bar", check=False).returncode == 1
    assert "bar" not in kit.names()


def test_a_published_package_is_there_at_once(machine):
    machine.kit.publish(package("mine", provides=["yours"], groups=["ours"]))
    machine.kit.install("yours")
    assert machine.kit.explicit() == {"mine"}


def test_packages_of_makepkg_install_just_as_well(user_machine, root):
    kit = user_machine.kit
    folder = user_machine.path / "build"
    folder.mkdir()
    (folder / "PKGBUILD").write_text(
        "pkgname=made\npkgver=1\npkgrel=1\narch=(any)\n"
        "package() { install -Dm644 /dev/null \"$pkgdir/usr/share/made\"; }\n")
    user_machine.give()
    argv = ["makepkg", "--nodeps", "--nocheck"]
    if user_machine.user is not None and os.geteuid() == 0:
        argv = ["setpriv", f"--reuid={user_machine.user}", f"--regid={user_machine.user}",
                "--clear-groups", "--", *argv]
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, check=False, timeout=60,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(user_machine.path),
                                   "PKGEXT": ".pkg.tar.zst", "LC_ALL": "C"})
    except FileNotFoundError:
        pytest.skip("makepkg is not installed")
    assert done.returncode == 0, done.stderr.decode()
    kit.pacman("-U", "--noconfirm", str(folder / "made-1-1-any.pkg.tar.zst"))
    assert kit.explicit() == {"made"}


def test_an_unprivileged_user_installs_by_the_fake_sudo(user_machine):
    kit = user_machine.kit
    done = subprocess.run([*user_machine.argv()[:-1], user_machine.env["LUMINA_SUDO"], "--",
                           *kit.argv("-S", "--noconfirm", "--", "foo")[-8:]],
                          env=user_machine.env, capture_output=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr.decode()
    assert kit.explicit() == {"foo"}
    call, = kit.calls("sudo")
    assert call.names == ["foo"] and call.uid != 0 and not any(call.tty)


def test_other_tests_reach_no_pacman_at_all(root):
    home = Home(root)
    done = subprocess.run(["pacman", "-S", "foo"], env=home.env, capture_output=True, check=False)
    assert done.returncode == isolated.REFUSED
    done = subprocess.run([*home.env["LUMINA_PACMAN"].split(), "-Qq"], env=home.env,
                          capture_output=True, check=False)
    assert done.returncode == isolated.REFUSED


@pytest.mark.parametrize("script", ["tests/paru/build", "tests/pacman7/fetch"])
def test_the_fetching_scripts_say_what_they_lack(script, tmp_path):
    done = subprocess.run([REPO / script, "--have"], capture_output=True, check=False,
                          env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path),
                               "LUMINA_TEST_CACHE": str(tmp_path)})
    assert done.returncode in (0, 77)
    assert done.returncode == 0 or done.stderr.startswith(b"no pa")
