// Package sipp lets SIPp be hundreds of customers at once. SIPp shares no code with
// us: it finds mistakes that both sides of our own would make alike.
//
//	Scenario ──┐ rendered into a temporary folder
//	Sound ─────┤ as a recording (pcap): quiet, digits, tone
//	From ──────┘ as a table, one caller a line
//	            └──▶ /usr/bin/sipp ──▶ its statistics ──▶ Result
//
// SIPp's exit code and screen tell little; the Result is read from the
// statistics that it leaves behind, and the errors from its error file.
//
// It plays sound through a raw socket, which needs root or
//
//	setcap cap_net_raw+ep /usr/bin/sipp
//
// Where to look:
//
//	sipp    the options of a run, and the run itself
//	result  what the statistics say
//	sound   the recording that callers play; ports, the sockets that SIPp uses
//	stop    how a run is ended early
package sipp
