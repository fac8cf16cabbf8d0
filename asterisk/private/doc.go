// Package private installs, configures and runs an Asterisk of our own.
//
// Press Zero needs Asterisk 22.10.1 or newer, which most hosts lack. So this
// package fetches one from Debian into a cache, unpacked but not installed,
// and starts it as an ordinary child process with its own settings, ports and
// folders. Nothing of the host is changed and no privilege is needed.
//
//	cache (shared, only read)              state folder (one per run)
//	  root/usr/sbin/asterisk                 etc/    settings, rendered by WriteConfig
//	  root/usr/lib/...      ── Start ──>     run/    control socket
//	  root/usr/share/...                     log/    messages.log, console.log
//	  music/*.ulaw                           spool/  recording/, fallback/
//	                                         lib/    database
//
// The Debian programs run on any other Debian through their own loader
// (ld.so --library-path), not in a chroot: host paths mean the same inside
// and outside, there is nothing to mount, and so nothing to leave behind.
//
// The dialplan (conf/extensions.conf) is the safety net under the controller
// and is worth reading first. Package private knows nothing about calls or
// ARI events; package asterisk speaks to what is started here.
//
// Installing needs mmdebstrap (which brings apt and dpkg's tools) and Debian's
// archive keyring; running needs nothing.
//
// # Where to look
//
//	install.go   finding an Asterisk, or fetching one from Debian
//	apt.go       how this machine reaches Debian's mirror
//	root.go      where the files of an installed Asterisk are; its version
//	manual.go    the manual that Asterisk reads at its start, made short
//	music.go     music on hold, cut and converted
//	config.go    Config, and the settings that are rendered from it
//	trunks.go    trunks in pjsip.conf, and giving a running Asterisk others
//	process.go   starting, stopping, waiting for the end
//	ready.go     whether it takes calls after its start
//	alive.go     whether it still takes calls
//	console.go   commands on its console
//	stay.go      the log of callers in the fallback
//	conf/        the settings and the dialplan, as templates
package private
