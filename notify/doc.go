// Package notify takes notices out of the house: by mail (SMTP) and by webhooks, after
// Standard Webhooks 1.0 (https://www.standardwebhooks.com).
//
//	outbox, delivery (Store) ──> Worker ──┬── webhook: POST, signed ──> the other program
//	                    ▲                 └── mail: SMTP with TLS ────> the person
//	                    └── sent, or failed and when next
//
// The Worker keeps nothing by itself: what is due, what is being tried and what has
// failed stands in the store, so a crash at any moment loses nothing. A delivery that
// is under way when the program dies is tried again, with the same id, by which its
// receiver knows it. There is no promise about order; data.seq tells it.
//
// An address that is away for days gets everything afterwards (schedule.go). One that
// hangs keeps only itself waiting.
//
// Where to look:
//
//	what is due is tried              notify.go
//	what a killed one was trying      claims.go
//	when is it tried again            schedule.go
//	a webhook's request and answer    webhook.go, sign.go
//	which addresses may be reached    guard.go
//	a mail                            mail.go, words.go
//	the day's report                  day.go, picture.go
package notify
