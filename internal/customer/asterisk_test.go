package customer_test

import (
	"context"
	"testing"
	"time"

	"presszero/internal/customer"
	"presszero/internal/privatetest"
)

// A real Asterisk whose controller is away answers with its fallback: an
// apology, then music. That is enough to prove that this customer and Asterisk
// understand each other.
func TestRealAsterisk(t *testing.T) {
	pbx := privatetest.Start(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	call, err := customer.Dial(ctx, customer.Options{
		To: "100", Server: pbx.Config().SIPAddr, From: "+34600000001", Name: "Ana",
		LocalIP: "127.0.0.1", Tone: 440,
	})
	if err != nil {
		t.Fatal(err)
	}
	sound, err := call.WaitSound(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	pressed, err := call.Press(ctx, '0')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := call.WaitPacket(ctx, pressed); err != nil {
		t.Fatal(err)
	}
	t.Logf("answered after %v, sound after %v, longest gap %v, %d packets",
		call.Answered.Sub(call.Dialled), sound.Sub(call.Dialled), call.LongestGap(time.Time{}, time.Time{}), call.Received())
	if err := call.Hangup(); err != nil {
		t.Fatal(err)
	}
	if by := call.EndedBy(); by.By != customer.Us || by.Status != 200 {
		t.Errorf("ended by %+v", by)
	}
}
