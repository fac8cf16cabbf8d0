#!/bin/sh
# Brings Go where the machine has none: Debian's own, of a newer release than
# this machine's, unpacked into a folder of ours. Nothing is installed.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/presszero
mkdir -p "$cache"
root=$(mktemp -d "$cache/go.XXXXXX")
trap 'rm -rf "$root"' EXIT

echo "presszero: fetching Go"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | head -n 1)
if ! mmdebstrap --variant=extract --include=golang-go,golang-src \
	--aptopt='Acquire::Check-Valid-Until "false"' \
	--keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
	forky "$root/tree" ${mirror:+"$mirror"} >"$root/log" 2>&1; then
	tail -n 5 "$root/log" >&2
	echo "presszero: Go could not be fetched; please install Go 1.26 or newer and try again" >&2
	exit 1
fi
version=$(ls "$root/tree/usr/lib" | grep '^go-1' | sort -V | tail -n 1)
# Debian splits Go over two folders, joined by relative links; keep just these.
mkdir -p "$root/keep/lib" "$root/keep/share"
mv "$root/tree/usr/lib/$version" "$root/keep/lib/"
mv "$root/tree/usr/share/$version" "$root/keep/share/"
"$root/keep/lib/$version/bin/go" version
rm -rf "$cache/go-debian"
mv "$root/keep" "$cache/go-debian"
ln -sfn "go-debian/lib/$version" "$cache/go"
