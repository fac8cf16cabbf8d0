package browsertest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// Firefox is a tab in a real Firefox of the test's own, driven by WebDriver BiDi
// (https://w3c.github.io/webdriver-bidi). Its microphone says 1,000 Hz. It reaches no
// voice that is offered at a loopback address only, and on a machine without a sound
// device its AudioContext never runs.
type Firefox struct {
	conn   *websocket.Conn
	lastID int
	tab    string
}

// firefoxPrefs give leave to use the fake microphone and to play sound. Driven as it is,
// Firefox fetches nothing by itself.
const firefoxPrefs = `
user_pref("media.navigator.permission.disabled", true);
user_pref("media.navigator.streams.fake", true);
user_pref("media.autoplay.default", 0);
user_pref("media.autoplay.block-webaudio", false);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
`

var listensAt = regexp.MustCompile(`WebDriver BiDi listening on (ws://\S+)`)

// OpenFirefox starts a Firefox. Nothing is left of it when the test has ended.
func OpenFirefox(t testing.TB) *Firefox {
	t.Helper()
	dir, err := os.MkdirTemp("", "firefox")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "user.js"), []byte(firefoxPrefs), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("firefox-esr", "--headless", "--no-remote", "--profile", dir, "--remote-debugging-port", "0", "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir, "MOZ_CRASHREPORTER_DISABLE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("no browser: Firefox does not start; apt-get install firefox-esr: %v", err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its content processes, too
		_ = cmd.Wait()
	})
	at := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if m := listensAt.FindStringSubmatch(lines.Text()); m != nil {
				at <- m[1]
			}
		}
	}()
	select {
	case url := <-at:
		f := &Firefox{}
		if err := f.connect(url); err != nil {
			t.Fatalf("Firefox: %v", err)
		}
		t.Cleanup(func() { _ = f.conn.CloseNow() })
		return f
	case <-time.After(life):
		t.Fatal("Firefox does not say where it listens")
	}
	return nil
}

func (f *Firefox) connect(url string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), life)
	defer cancel()
	if f.conn, _, err = websocket.Dial(ctx, url+"/session", nil); err != nil {
		return err
	}
	f.conn.SetReadLimit(16 << 20)
	if err := f.order("session.new", map[string]any{"capabilities": map[string]any{}}, nil); err != nil {
		return err
	}
	var tree struct{ Contexts []struct{ Context string } }
	if err := f.order("browsingContext.getTree", map[string]any{}, &tree); err != nil {
		return err
	}
	f.tab = tree.Contexts[0].Context
	return nil
}

// order has Firefox carry out a command, for a minute at most, and takes its result.
func (f *Firefox) order(method string, params map[string]any, result any) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	f.lastID++
	out, err := json.Marshal(map[string]any{"id": f.lastID, "method": method, "params": params})
	if err == nil {
		err = f.conn.Write(ctx, websocket.MessageText, out)
	}
	for err == nil {
		var in struct {
			ID             int
			Type           string
			Error, Message string
			Result         json.RawMessage
		}
		var data []byte
		if _, data, err = f.conn.Read(ctx); err != nil {
			break
		}
		switch err = json.Unmarshal(data, &in); {
		case err != nil || in.ID != f.lastID:
		case in.Type == "error":
			return fmt.Errorf("%s: %s: %s", method, in.Error, in.Message)
		case result == nil:
			return nil
		default:
			return json.Unmarshal(in.Result, result)
		}
	}
	return fmt.Errorf("%s: %w", method, err)
}

// Preload runs the script in every page before the page's own.
func (f *Firefox) Preload(js string) error {
	return f.order("script.addPreloadScript", map[string]any{"functionDeclaration": "() => {" + js + "}"}, nil)
}

// Navigate opens the address and waits until the page is loaded.
func (f *Firefox) Navigate(url string) error {
	return f.order("browsingContext.navigate", map[string]any{"context": f.tab, "url": url, "wait": "complete"}, nil)
}

// Reload loads the page anew and waits until it is.
func (f *Firefox) Reload() error {
	return f.order("browsingContext.reload", map[string]any{"context": f.tab, "wait": "complete"}, nil)
}

// Evaluate returns what an expression is, as JSON, as if a person had just clicked. A
// promise is waited for.
func (f *Firefox) Evaluate(js string) (string, error) {
	var done struct {
		Type             string
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	err := f.order("script.evaluate", map[string]any{
		"expression": "(async () => JSON.stringify(await (" + js + ")) ?? 'null')()", "awaitPromise": true,
		"target": map[string]string{"context": f.tab}, "userActivation": true,
	}, &done)
	if err == nil && done.Type != "success" {
		err = fmt.Errorf("%s: %s", strings.TrimSpace(js), done.ExceptionDetails.Text)
	}
	return done.Result.Value, err
}
