#!/bin/sh
# Builds the PKGBUILD with the real makepkg: package.sh ROOT WORKDIR
# makepkg refuses to run as root, and writes beside the PKGBUILD: a copy of the
# checkout is built, as the user nobody where we are root.
set -eu
root=$1 out=$2
# Outside the checkout, which another user may not be able to enter.
work=$(mktemp -d "${TMPDIR:-/tmp}/lumina-package.XXXXXX")
trap 'find "$work" -depth -delete' EXIT
mkdir -p "$work/tree" "$work/home" "$out"
# What Git knows, and what it doesn't ignore: the tree as it is now.
(cd "$root" && git ls-files -z --cached --others --exclude-standard --deduplicate |
	tar -cf - --null --ignore-failed-read -T - 2>/dev/null) | tar -xf - -C "$work/tree"
# Debian's makepkg knows no Arch packages: what is needed is installed already.
# shellcheck disable=SC2016  # expanded by the other shell
build='cd "$1/tree/packaging" && HOME="$1/home" PKGDEST="$1" BUILDDIR="$1/build" \
	makepkg --nodeps --force --noconfirm --config "$1/makepkg.conf"'
cat >"$work/makepkg.conf" <<'END'
CARCH=x86_64
CHOST=x86_64-pc-linux-gnu
CFLAGS="-march=x86-64 -mtune=generic -O2 -pipe -fno-plt -fexceptions -Wp,-D_FORTIFY_SOURCE=3 -Wformat -Werror=format-security -fstack-clash-protection -fcf-protection"
LDFLAGS="-Wl,-O1 -Wl,--sort-common -Wl,--as-needed -Wl,-z,relro -Wl,-z,now"
LTOFLAGS="-flto=auto"
BUILDENV=(!distcc !color !ccache !check !sign)
OPTIONS=(strip docs !libtool !staticlibs emptydirs zipman purge !debug lto)
INTEGRITY_CHECK=(sha256)
STRIP_BINARIES="--strip-all"
STRIP_SHARED="--strip-unneeded"
STRIP_STATIC="--strip-debug"
MAN_DIRS=({usr{,/local}{,/share},opt/*}/{man,info})
DOC_DIRS=(usr/{,local/}{,share/}{doc,gtk-doc})
PURGE_TARGETS=(usr/{,share}/info/dir .packlist *.pod)
COMPRESSZST=(zstd -c -T0 -)
PKGEXT='.pkg.tar.zst'
SRCEXT='.src.tar.gz'
END
if [ "$(id -u)" -eq 0 ]; then
	chown -R nobody "$work"
	setpriv --reuid nobody --clear-groups sh -c "$build" sh "$work"
else
	sh -c "$build" sh "$work"
fi
for package in "$work"/lumina-*.pkg.tar.zst; do
	bsdtar -tf "$package" | grep -q '^usr/bin/lumina$'
	bsdtar -tf "$package" | grep -q '^usr/share/man/man1/lumina-sync.1'
	cp "$package" "$out/"
	echo "built $(basename "$package")"
done
