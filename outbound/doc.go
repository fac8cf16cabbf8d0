// Package outbound decides which numbers may be called, by whom, how often,
// and when. There is one policy for all calls that leave: callbacks,
// transfers, agents' own dialling.
//
//	Check    parse ─> our own? ─> emergency, short? ─> country ─> type ─> E.164
//	Permit   kill switch ─> caps: number/day, agent/hour, hour, day ─> counted
//	Awake    09:00 to 21:00 where the number is
//
// A caller may claim any number, and may ask to be called back at one that
// earns money by the minute; so it is always the number to be called that is
// judged, never the one that was claimed. The package has no clock: now comes
// in. It is safe for use by several goroutines.
//
// Where to look:
//
//	may this number be called    number.go    Check
//	may it be called now         caps.go      Permit; kept over a restart
//	at what hours                quiet.go
//	over which trunk             carriers.go  routes, tripped trunks, the number shown
//	the limits                   policy.go
package outbound
