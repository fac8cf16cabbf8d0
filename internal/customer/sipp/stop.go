package sipp

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

// hangUpEvery is the time between two requests to all callers to hang up. The first
// is not enough: a caller whose call is not answered yet passes it over.
const hangUpEvery = 200 * time.Millisecond

// stopCalls makes SIPp make no more calls, and every caller hang up. SIPp itself has
// no order for that once all calls are made; but it knows a call by its Call-ID
// alone, so a MESSAGE to each does it.
func (o *Options) stopCalls(sipp *os.Process, over <-chan struct{}) {
	_ = sipp.Signal(syscall.SIGUSR1)
	if o.Scenario != Caller {
		return // they hang up by themselves
	}
	socket, err := net.Dial("udp", net.JoinHostPort(o.LocalIP, strconv.Itoa(o.at.sip)))
	if err != nil {
		return
	}
	defer func() { _ = socket.Close() }()
	ticker := time.NewTicker(hangUpEvery)
	defer ticker.Stop()
	for round := 1; ; round++ {
		for call := 1; call <= o.Calls; call++ {
			_, _ = socket.Write(o.message(call, round))
		}
		select {
		case <-ticker.C:
		case <-over:
			return
		}
	}
}

// message tells one caller; each round differs, or SIPp would take it for a
// repetition of the one before.
func (o *Options) message(call, round int) []byte {
	return fmt.Appendf(nil, "MESSAGE sip:sipp@%[1]s SIP/2.0\r\n"+
		"Via: SIP/2.0/UDP %[1]s;branch=z9hG4bK-%[2]s-%[3]d-%[4]d\r\n"+
		"From: <sip:stop@%[1]s>;tag=stop\r\nTo: <sip:sipp@%[1]s>\r\n"+
		"Call-ID: %[3]d-%[2]s\r\nCSeq: %[4]d MESSAGE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		o.LocalIP, o.id, call, round)
}
