package private_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"presszero/asterisk/private"
)

// controller stands in for Press Zero's own: it takes the calls of the Stasis
// application and gives orders over ARI.
type controller struct {
	t      *testing.T
	pbx    *private.Process
	events chan event
}

type event struct {
	Type    string   `json:"type"`
	Args    []string `json:"args"`
	Channel struct {
		ID       string            `json:"id"`
		Name     string            `json:"name"`
		Vars     map[string]string `json:"channelvars"`
		Dialplan struct{ Context, Exten string }
		Caller   struct{ Number string }
	} `json:"channel"`
}

// connect registers the application. each, if given, is asked to handle every
// event as it comes; without it the events queue up for next.
func connect(t *testing.T, pbx *private.Process, each func(*controller, event)) *controller {
	t.Helper()
	c := &controller{t: t, pbx: pbx, events: make(chan event, 1000)}
	config := pbx.Config()
	address := "ws" + strings.TrimPrefix(pbx.ARIURL(), "http") + "/events?app=" + config.App
	auth := base64.StdEncoding.EncodeToString([]byte(config.ARIUser + ":" + config.ARIPassword))
	ws, _, err := websocket.Dial(t.Context(), address, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Basic " + auth}},
	})
	if err != nil {
		t.Fatalf("connect to ARI: %v", err)
	}
	ws.SetReadLimit(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		defer ws.CloseNow()
		for {
			_, text, err := ws.Read(ctx)
			if err != nil {
				return
			}
			var e event
			json.Unmarshal(text, &e)
			if each != nil {
				each(c, e)
			} else {
				c.events <- e
			}
		}
	}()
	return c
}

// next waits for the next event of a type and skips all others.
func (c *controller) next(kind string, patience time.Duration) event {
	c.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e := <-c.events:
			if e.Type == kind {
				return e
			}
		case <-timeout:
			c.t.Fatalf("no %s within %v", kind, patience)
		}
	}
}

// order sends a request and fails the test if Asterisk refuses it.
func (c *controller) order(method, path string, query ...string) []byte {
	c.t.Helper()
	status, body := ari(c.t, c.pbx, method, path, query...)
	if status >= 300 {
		c.t.Fatalf("%s %s: %d %s", method, path, status, body)
	}
	return body
}

// ari sends one request; query is name, value, name, value.
func ari(t *testing.T, pbx *private.Process, method, path string, query ...string) (int, []byte) {
	t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	req, err := http.NewRequest(method, pbx.ARIURL()+path+"?"+values.Encode(), nil)
	if err != nil {
		t.Error(err)
		return 599, nil
	}
	req.SetBasicAuth(pbx.Config().ARIUser, pbx.Config().ARIPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return 599, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, body
}

// beat writes the controller's heartbeat, so many seconds old.
func beat(t *testing.T, pbx *private.Process, age int64) {
	t.Helper()
	status, body := ari(t, pbx, "POST", "/asterisk/variable",
		"variable", "PZ_BEAT", "value", strconv.FormatInt(time.Now().Unix()-age, 10))
	if status >= 300 {
		t.Errorf("write the heartbeat: %d %s", status, body)
	}
}

// channelVar reads a variable or function of a channel.
func (c *controller) channelVar(id, name string) string {
	c.t.Helper()
	var answer struct{ Value string }
	body := c.order("GET", "/channels/"+id+"/variable", "variable", name)
	if err := json.Unmarshal(body, &answer); err != nil {
		c.t.Fatal(err)
	}
	return answer.Value
}

// channels lists the live channels.
func channels(t *testing.T, pbx *private.Process) (list []struct {
	ID, Name  string
	Connected struct{ Number string }
	Dialplan  struct {
		Context string
		Exten   string
		App     string `json:"app_name"`
	}
}) {
	t.Helper()
	_, body := ari(t, pbx, "GET", "/channels")
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatalf("list channels: %v: %s", err, body)
	}
	return list
}
