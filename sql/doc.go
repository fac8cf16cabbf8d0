// Package sql keeps in Postgres what outlives the process: the facts of every
// call, what they amount to, and the users who may sign in.
//
//	journal ── Shipper ──> call_event          the facts, never changed
//	                          │ projections, in the same transaction
//	                          ▼
//	        call_fact  queue_visit  offer_fact  agent_span  caller  message
//	              callback_fact  callback_attempt  ewt_shadow  outgoing_call  talk  handover  trunk_call  disposition
//	              talk_quality  listening  recording
//	                          │ triggers, in the same transaction: rollup_stale
//	                          ▼ DB.Rollup, in the background
//	        tally_15m  calls_15m  queue_calls_15m  menu_15m  menu_node_15m  staff_15m  wait_1d
//	                          │
//	                          ▼
//	   schema report: visit, call, abandonment, menu_step, offer, talk, handover, consult, agent, caller,
//	                  message, callback, outgoing, trunk, wait_estimate, queue_log, disposition,
//	                  talk_quality, listening, recording
//	   DB.Tallies, DB.Menus, DB.MenuNodes, DB.Calls, DB.Timeline, DB.WaitFigures,
//	   DB.Callbacks, DB.WaitAccuracy, DB.CallCounts, DB.Talks, DB.Handovers, DB.Consults, DB.HoldFigures,
//	   DB.Learned, DB.CodeCounts, DB.Card, DB.TalkQuality, DB.DialedTallies, DB.WaitSpreads, DB.Balances, DB.Told,
//	   DB.GaveUp, DB.Overdue, DB.Crossings,
//	   DB.PatienceWaits, DB.TellingTimes, DB.LostCounts, DB.LostCallers,
//	   DB.Handling, DB.Present, DB.CallbackCounts, DB.MessageCounts, DB.AgentTimes
//
// What these tell is in the types of package report, which the pages show as they
// are: a column of a query is named by the tag db of the field that it fills.
//
// Some facts also leave the page: their notices stand in outbox, with who gets them in
// delivery, written in the same transaction; DB.Publish writes what is no fact.
//
// Shipping is at least once and takes effect exactly once: a fact is known by
// (call_day, call_id, seq), only facts that are new change a projection, and
// the journal's offset is written in the same transaction. So Postgres may be
// stopped, restarted or fail over at any moment; it costs no call, and when it
// is back the rows are complete. Rebuild computes the projections anew; what
// people wrote beside them (about callers, messages, flows) it leaves alone.
//
// Rollups have what the rows amount to in each quarter of an hour, so that a year is
// reported like a day. They are never added to, only counted: a change makes its quarter
// stale, and reports count a stale quarter from its rows until DB.Rollup has counted it.
// So they are right whoever has changed the rows, and nothing else keeps them. Migration
// 00031 has the first, 00044 those of some queues, of agents and of spreads; and what became
// of people who gave up, which is kept by caller: a call of today may change what is said
// of a wait of last month (gaveup.go).
//
// Rows may be deleted and what they amounted to stay in the rollups, for as long as one
// likes. Otherwise the deleting would make their quarters stale, and count them as empty.
// So keep_rollups(until) comes first, in a transaction of its own: buckets before until, a
// midnight of UTC, are never stale again and are not compared with their rows. It fails
// while one of them has yet to be counted. Then projections of calls whose call_day is two
// days before until, or more, may be deleted, and the months of facts dropped; the two days
// are for calls that last beyond midnight. A rebuild afterwards leaves those buckets alone too. What reports count from the
// rows themselves (lists of calls, callbacks, people who gave up) goes with them; so does,
// of what is counted by day, the part of a day of UTC at either end of a period.
//
// Migrations expand first and contract later. A new controller migrates while
// the old one still works, and the old one may have to come back: so a
// migration only adds, and what it adds has a default or may be NULL. A column,
// table or view that no released version uses any more is dropped by a
// migration of a later release, whose first line says so: "-- contract: " and
// what has not used it since when. migrate_test.go holds this.
//
// Facts are never changed, but for one function, forget_traces (migration 00053; of versions
// before, forget_person): it puts a
// stand-in, the same everywhere, in the place of the number of a person who is forgotten,
// and leaves the name out. Since the projections get the very same stand-in, and a key
// made of it, a rebuild gives what they have, and no count changes. DB.Pseudonymise does the
// same to all facts of an age: their numbers become the keys of their callers.
//
// Nothing here decides about a call. Opening does not need Postgres to be up,
// and users and sessions are remembered while it is down.
//
// Where to look:
//
//	facts reach Postgres            ship.go      reject.go: those that Postgres refuses;
//	                                             partition.go: months
//	what facts amount to            project.go   calls, visits, offers; callback.go, message.go,
//	                                             outgoing.go, talk.go, trunks.go, quality.go, listening.go, recording.go: theirs
//	it is computed anew             rebuild.go   and compared, examine.go
//	the calls behind a number       visits.go    counted.go: those of the reports that count no visits
//	the report of a day             tally.go     spread.go, waits.go, talk.go, outgoing.go, menunode.go, visits.go, timeline.go
//	rollups                         rollup.go    gaveup.go: of people; percentile.go: of lists that lie in many rows
//	who a caller is                 caller.go    the key; callers.go, unify.go
//	what an agent sees of a caller  card.go
//	what agents write beside talks  disposition.go
//	recordings found                recordings.go  agentrecordings.go: an agent's with one of many people; recordingplays.go: comments, who has heard them; recordingbook.go: where it is told that one is kept
//	who gave up and is lost         lost.go
//	what a plan of agents goes by   needs.go
//	callbacks, messages, agents     work.go
//	what the line has learned       learned.go
//	what leaves by mail or webhook  outbox.go    delivery.go, subscription.go
//	with what programs read         token.go
//	users and sessions              users.go     sessions.go; screens on the wall: walls.go
//	the floor, and limits crossed   floor.go
//	what people did                 audit.go
//	who is forgotten                forget.go     trace.go: what no index leads to; what is kept no longer: retain.go, hold.go
//	connections and deadlines       db.go        dial.go
//	a new version's schema          migrate.go   and the folder migrations
//	a backup of the database        content.go   what is in it; dump.go: by pg_dump, and back
package sql
