#!/bin/sh
# What an installation must hold: installed.sh DESTDIR
set -eu
root=$1/usr
status=0
for file in bin/lumina \
	share/man/man1/lumina.1 share/man/man1/lumina-sync.1 share/man/man1/lumina-add.1 \
	share/man/man1/lumina-undo.1 share/man/man5/lumina.yaml.5 share/man/man7/lumina.7 \
	share/man/man5/lumina-json.5 share/man/man7/lumina-recover.7 \
	share/bash-completion/completions/lumina share/zsh/site-functions/_lumina \
	share/fish/vendor_completions.d/lumina.fish share/licenses/lumina/LICENSE \
	lib/systemd/user/lumina-sync.path lib/systemd/user/lumina-sync.service \
	lib/systemd/user/lumina-sync.timer lib/systemd/user/lumina-pull.service \
	share/libalpm/hooks/lumina.hook; do
	if [ ! -s "$root/$file" ]; then
		echo "not installed, or empty: /usr/$file"
		status=1
	fi
done
if [ "$("$root/bin/lumina" --version)" = '' ]; then
	echo 'the installed program does not run'
	status=1
fi
exit $status
