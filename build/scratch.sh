#!/bin/sh
# scratch.sh prints the folder in which tests keep what they throw away.
#
# They make and delete some hundred thousand small files. Memory takes them in a
# third of the time that a disk does, so it is used where it has room and lets
# programs run; otherwise the usual folder is.
set -eu
memory=/dev/shm
usual=${TMPDIR:-/tmp}
[ "$usual" = /tmp ] || { echo "$usual"; exit; }
need=6000000 # kB
free() { awk '/^MemAvailable:/ { print $2 }' /proc/meminfo; }
room() { df -k --output=avail "$memory" 2>/dev/null | tail -1; }
if [ "$(free)" -gt $((need + 2000000)) ] && [ "$(room)" -gt $need ] && try=$(mktemp "$memory/presszero.XXXXXX" 2>/dev/null); then
	printf '#!/bin/sh\nexit 0\n' > "$try"
	chmod +x "$try"
	if "$try" 2>/dev/null; then usual=$memory; fi
	rm -f "$try"
fi
echo "$usual"
