#!/bin/sh
# scratch.sh makes the folder in which tests keep what they throw away, and
# prints its name. Whoever asked for it removes it.
#
# Tests make and delete some hundred thousand small files. Memory takes them in a
# third of the time that a disk does, so the folder is there if it has room and
# lets programs run; otherwise it is in TMPDIR or /tmp. Names are short, as
# sockets lie within.
set -eu
memory=/dev/shm
need=6000000 # kB

free() { awk '/^MemAvailable:/ { print $2 }' /proc/meminfo; }
room() { df -k --output=avail "$memory" 2>/dev/null | tail -1; }
runs() { # programs, in a folder
	printf '#!/bin/sh\nexit 0\n' > "$1/try"
	chmod +x "$1/try"
	"$1/try" 2>/dev/null && rm "$1/try"
}

if [ -z "${TMPDIR:-}" ] && [ "$(free)" -gt $((need + 2000000)) ] && [ "$(room)" -gt $need ] &&
	made=$(mktemp -d "$memory/pz.XXXXXX" 2>/dev/null); then
	if runs "$made"; then
		echo "$made"
		exit
	fi
	rm -rf "$made"
fi
mktemp -d "${TMPDIR:-/tmp}/pz.XXXXXX"
