// Package web serves browsers and programs: HTTP pages, the API, sign-in and the
// rights of each role.
//
//	browser ─┬─ /sign-in /agent /supervisor…  one small page, built from frontend/
//	         ├─ /api/v1/…                     JSON; the pages use it, programs may too
//	         ├─ /api/v1/live/events           the floor as it changes
//	         └─ /desk                         websocket, handed on to the softphone
//
// Everything that is served stands in one table (routes.go) with the roles that
// may have it. A path that is not in the table is not served, and a role that is
// not named is refused. Who has queues sees and changes what belongs to these
// (User.Scope): lists are of these, and the rest is answered 404, as if it were not
// there. The package knows neither database nor telephone: the
// data of the pages come through small interfaces (Config lists them), and
// internal/controller implements them. The types of reports are those of package
// report, and those of the present (queues, callers, agents) of package call.
// openapi.yaml describes the API.
//
// Where to look:
//
//	a path, its roles, its handler      routes.go
//	an area's interface and handlers    users.go, reports.go, calls.go, live.go, messages.go, callbacks.go,
//	                                    callers.go, outgoing.go, trunks.go, flow.go, prompts.go
//	reports of spans, people, staffing  figures.go, lost.go, staffing.go, rehearsal.go
//	screens on the wall, limits         wall.go, limits.go
//	what supervisors order              supervision.go: queues; superviseagent.go, supervisewaiting.go,
//	                                    emergency.go
//	what a caller heard, and its sounds heard.go
//	recordings                          recordings.go  findrecordings.go: search; hearrecordings.go, plays.go: links to hear them
//	what is written to the audit        audit.go     acts, one for each route that changes something
//	sign-in, sessions, cookies          signin.go, session.go, device.go, password.go, ownpassword.go
//	limits of failed sign-ins           tries.go
//	an agent's websocket                desk.go
//	what agents know and write besides  talks.go, targets.go
//	what leaves the page, to whom       notices.go
//	with what programs read             tokens.go
//	where recordings are kept           archive.go
//	what is kept of persons, and how long persons.go
//	addresses behind proxies            proxy.go
//	errors and their status             problem.go
//	JSON, CSV and XLSX of a report      sheet.go
//	/healthz, /readyz, /metrics         health.go
//	what the program gives the pages    config.go
//	a page                              frontend/src: main.tsx lists the pages
//
// A page that shows a report of its own takes seven files:
//
//	report/x.go                   the row, its columns, and the interface of its source
//	sql/x.go                      the query: a method of DB, which fills the rows
//	web/routes.go                 the page among pages; periodReport among the report routes
//	web/openapi.yaml              the path and the properties
//	web/frontend/src/openapi.ts   made by make types
//	web/frontend/src/x.tsx        the page, with its texts (ownTexts)
//	web/frontend/src/main.tsx     the page in the list
//
// The tests of these come on top: access_test.go has the roles of every path a
// second time. Data that are not a report of a period need a handler (web/x.go)
// too. Data that the database does not have need a field of Config and an
// implementation in internal/controller in place of the files in report and sql.
//
// Each number that counts calls, or what happened in them, opens these: Counted in
// numbers.tsx, of a kind of kinds.ts. Where a report counts no visits, count in its own
// file makes kinds of its columns, and these have a name in report.CountedNumbers and a
// list in sql/counted.go, whose words are those of the report's query.
package web
