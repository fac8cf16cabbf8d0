package controller

import "presszero/web"

// archivePage shows how the archive is.
type archivePage struct {
	archives *archives
	finisher *finisher
}

// Archive implements web.Archive.
func (p archivePage) Archive() web.ArchivePage {
	a := p.archives
	page := web.ArchivePage{Spooled: p.finisher.waiting.Load(), Failures: p.finisher.failures.Load(), Untold: p.finisher.untold.Load(),
		Bucket: a.talks.Bucket != nil, Waiting: a.waiting.Load(), Verified: a.verified.Load(), Damaged: a.damaged.Load(), Missing: a.missing.Load(), Strange: a.strange.Load(),
		RecoveryHere: a.talks.Keys.RecoveryHere()}
	if u := a.usage.Load(); u != nil {
		page.Measured, page.Files, page.Bytes, page.Free, page.Total, page.PerDay = &u.at, u.Bodies, u.Bytes, u.Free, u.Total, u.PerDay
		if u.DaysLeft >= 0 {
			page.DaysLeft = &u.DaysLeft
		}
	}
	var err error
	if page.Key, err = a.talks.Keys.Fingerprint(); err == nil {
		var missing string
		missing, err = a.talks.Keys.Missing()
		page.KeyMissing = missing != ""
	}
	if err != nil {
		page.Trouble = err.Error()
	}
	return page
}
