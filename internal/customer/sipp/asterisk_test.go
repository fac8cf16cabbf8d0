package sipp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"presszero/asterisk/private"
	"presszero/internal/customer"
	"presszero/internal/privatetest"
)

// A real Asterisk is asked what it heard: every digit of every customer, once.
func TestRealAsteriskUnderstandsDigits(t *testing.T) {
	pbx := privatetest.Start(t)
	heard, over := controller(t, pbx)
	const calls = 3
	result, err := Run(deadlineSoon(t), Options{
		Server: pbx.Config().SIPAddr, To: "100", From: []string{"111"}, Calls: calls, Rate: 50,
		Sound: Sound{Wait: 100 * time.Millisecond, Digits: "05#", Tone: 440, Last: 5 * time.Second}, Stay: 2 * time.Second,
	})
	if err != nil || result.OK != calls {
		t.Errorf("%+v, %v", result, err)
	}
	call, err := customer.Dial(deadlineSoon(t), customer.Options{To: "100", From: "222", Server: pbx.Config().SIPAddr, Tone: 440})
	if err != nil {
		t.Fatal(err)
	}
	const pressed = "0055*"
	for _, key := range pressed {
		if _, err := call.Press(deadlineSoon(t), key); err != nil {
			t.Error(err)
		}
	}
	for got := ""; got != "222:"+pressed; { // who hangs up on a digit takes it back
		select {
		case got = <-heard:
		case <-deadlineSoon(t).Done():
			t.Fatalf("Asterisk heard %s", got)
		}
	}
	if err := call.Hangup(); err != nil {
		t.Error(err)
	}
	for i := range calls + 1 {
		want := "111:05#"
		if i == calls {
			want = "222:" + pressed
		}
		select {
		case heard := <-over:
			if heard != want {
				t.Errorf("Asterisk heard %s, want %s", heard, want)
			}
		case <-deadlineSoon(t).Done():
			t.Fatal("Asterisk does not end the call")
		}
	}
}

// controller answers every call and tells who has pressed which digits: after
// each of them, and when the call has ended.
func controller(t *testing.T, pbx *private.Process) (heard, over <-chan string) {
	t.Helper()
	config := pbx.Config()
	ctx, cancel := context.WithCancel(context.Background())
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(pbx.ARIURL(), "http")+"/events?app="+config.App,
		&websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {
			"Basic " + base64.StdEncoding.EncodeToString([]byte(config.ARIUser+":"+config.ARIPassword))}}})
	if err != nil {
		t.Fatal(err)
	}
	order(t, pbx, "/asterisk/variable", "variable", "PZ_BEAT", "value", strconv.FormatInt(time.Now().Unix(), 10))
	now, last, done := make(chan string, 100), make(chan string, 100), make(chan struct{})
	go func() {
		defer close(done)
		pressed := map[string]string{}
		for {
			_, text, err := ws.Read(ctx)
			if err != nil {
				return // the test is over
			}
			var e struct {
				Type, Digit string
				Channel     struct {
					ID     string
					Caller struct{ Number string }
				}
			}
			if err := json.Unmarshal(text, &e); err != nil {
				t.Error(err)
			}
			switch e.Type {
			case "StasisStart":
				order(t, pbx, "/channels/"+e.Channel.ID+"/answer")
			case "ChannelDtmfReceived":
				pressed[e.Channel.ID] += e.Digit
				now <- e.Channel.Caller.Number + ":" + pressed[e.Channel.ID]
			case "StasisEnd":
				last <- e.Channel.Caller.Number + ":" + pressed[e.Channel.ID]
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		_ = ws.CloseNow()
		http.DefaultClient.CloseIdleConnections()
	})
	return now, last
}

func order(t *testing.T, pbx *private.Process, path string, query ...string) {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, pbx.ARIURL()+path+"?"+values.Encode(), nil)
	if err != nil {
		t.Error(err)
		return
	}
	req.SetBasicAuth(pbx.Config().ARIUser, pbx.Config().ARIPassword)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	_ = res.Body.Close()
	if res.StatusCode >= 300 {
		t.Errorf("POST %s: %s", path, res.Status)
	}
}
