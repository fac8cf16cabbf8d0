package web_test

import (
	"testing"

	"presszero/web"
)

// archiveNow is web.Archive with figures that do not change.
type archiveNow web.ArchivePage

func (a archiveNow) Archive() web.ArchivePage { return web.ArchivePage(a) }

// full is an archive with something of everything.
func fullArchive() archiveNow {
	left := 41.5
	return archiveNow{Measured: &nine, Files: 1200, Bytes: 48e9, Free: 83e9, Total: 200e9, PerDay: 2e9, DaysLeft: &left,
		Spooled: 3, Failures: 2, Untold: 1, Bucket: true, Waiting: 12, Verified: &nine, Damaged: 1, Key: "abcdef0123456789", RecoveryHere: true}
}

func TestArchiveNow(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	if got := get[web.ArchivePage](d, d.as("admin"), "/api/v1/archive"); got.DaysLeft == nil || *got.DaysLeft != 41.5 || got.Spooled != 3 || got.Damaged != 1 || !got.RecoveryHere || got.Key != "abcdef0123456789" {
		t.Errorf("%+v", got)
	}
}

func TestArchivePage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	b.visit("/archive", shows("41 days"), shows("48.0 GB"), shows("83.0 GB"), shows("1 file is damaged or missing"), shows("12 files wait for the bucket"), shows("abcdef0123456789"), shows("recovery key is still on this machine"), shows("How long what is kept, and what is on hold"))
	b.accessible("archive")
}
