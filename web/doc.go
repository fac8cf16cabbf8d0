// Package web is the door for people and programs: HTTP pages, the API,
// sign-in and the rights of each role.
//
//	browser ─┬─ /sign-in /agent /supervisor…  one small page, built from frontend/
//	         ├─ /api/v1/…                     JSON; what the pages use, anybody may
//	         ├─ /api/v1/live/events           the floor as it changes
//	         └─ /desk                         websocket, handed on to the softphone
//
// Everything that is served stands in one table (routes.go) with the roles
// that may have it; what is not in the table is not served, and a role that is
// not named is refused. The package knows neither database nor telephone: what
// it shows comes through small interfaces (Config lists them), and cmd puts the
// others behind them. What went on is told in the types of package report.
// openapi.yaml describes the API.
package web
