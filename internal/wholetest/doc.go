// Package wholetest tests the whole program as an operator runs it: the built binary of
// cmd/presszero, a real Asterisk, a real Postgres, callers by SIP and browsers. Nothing is
// faked, and nothing of the program's inside is used.
//
//	TestMain builds the program ──> build starts `presszero up` in a folder of its own
//	                                  └──> callers, agents, psql, kill -9 ──> what is heard and booked
//
// # Where to look
//
//	how is a program started, and its callers and agents?   program_test.go
//	how does an admin or a browser sign in?                 publish_test.go, browser_test.go
//	what is heard at the moment of a change?                wiretap_test.go
//	the path of a first customer, with pictures             firstcall_test.go
//	what is recorded of a talk?                             recording_test.go, takes_test.go
//	menus, queues, callbacks, outgoing calls, trunks        the files of these names
//	what if an agent's page is loaded anew, or crashes?     comeback_test.go; in browsers reload_test.go, gone_test.go (what is measured)
//	what if an agent's network changes?                     network_test.go
//	what if a part dies, hangs, or its disk is full?        away_test.go, baddays_test.go, badday_start_test.go, fulldisk_test.go
//	what if everything is stopped, or replaced?             closing_test.go, signals_test.go, upgrade_test.go
//	what does it cost, beside Asterisk's own queue?         figures_test.go (the rows of make bench), sides_test.go, sidequeue_test.go, *bench_test.go
//	what grows?                                             soak_test.go
//	what if the store of recordings is away for an hour?    storeaway_test.go
package wholetest
