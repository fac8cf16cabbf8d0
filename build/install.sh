#!/bin/sh
# Installs what Press Zero needs and the machine lacks, with Debian's packages.
#
#   build/install.sh run     to build and run
#   build/install.sh test    and to run all tests
#
# Says what it does, asks nothing, does nothing when nothing is missing.
# Needs root or sudo only when a package is missing.
set -eu

for_what=${1:-run}
missing=""
need() { # need PACKAGE PROGRAM...: the package, unless one of the programs is there
	package=$1
	shift
	for program in "$@"; do
		for found in $program; do # a pattern may match
			if [ -x "$found" ] || command -v "$found" >/dev/null 2>&1; then return; fi
		done
	done
	missing="$missing $package"
}

have_asterisk() { # 22.10 or newer on the machine itself
	command -v asterisk >/dev/null 2>&1 || return 1
	asterisk -V | awk '{ split($2, v, "."); exit !(v[1] > 22 || v[1] == 22 && v[2] >= 10) }'
}

need postgresql '/usr/lib/postgresql/*/bin/initdb' initdb
need espeak-ng espeak-ng
need sox sox
need flac flac
need ca-certificates update-ca-certificates
have_asterisk || need mmdebstrap mmdebstrap
have_asterisk || [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
need nodejs node
need npm npm
if [ "$for_what" = test ]; then
	need chromium chromium
	need firefox-esr firefox-esr
	need sip-tester sipp
	need pulseaudio pulseaudio
	need iproute2 ip /sbin/ip
	need gcc gcc
	[ -e /usr/include/stdlib.h ] || missing="$missing libc6-dev"
fi

if [ -n "$missing" ]; then
	echo "presszero: installing$missing"
	as_root=""
	if [ "$(id -u)" != 0 ]; then
		if ! command -v sudo >/dev/null 2>&1; then
			echo "presszero: please install these packages as root, then try again:$missing" >&2
			exit 1
		fi
		as_root=sudo
	fi
	# Postgres is wanted as a program; without this Debian would also start one.
	if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
		$as_root mkdir -p /etc/postgresql-common
		echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
	fi
	log=$(mktemp)
	if ! { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
		tail -n 5 "$log" >&2
		echo "presszero: the packages could not be installed; the whole output is in $log" >&2
		exit 1
	fi
	rm -f "$log"
fi

if ! command -v go >/dev/null 2>&1 && [ ! -x "${XDG_CACHE_HOME:-$HOME/.cache}/presszero/go/bin/go" ]; then
	"$(dirname "$0")/install-go.sh"
fi
